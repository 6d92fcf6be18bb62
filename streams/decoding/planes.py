"""The planes of a decoded picture: always yuv420p from here on."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

LARGEST_KEPT = 1024
"""Side of a plane up to which what its means take is kept, 64 sizes at most: then 20 MB. A 4K picture's thinned luma has 540x960."""


def planar(frame: VideoFrame) -> VideoFrame:
    """The frame as yuv420p, whatever the camera sends; the frame itself if it is."""
    if frame.format.name == "gray":
        return _uncoloured(frame)
    if frame.format.name not in ("yuv420p", "yuvj420p"):
        return frame.reformat(format="yuv420p", threads=1)
    return frame


def rows_of(plane: VideoPlane) -> NDArray[np.uint8]:
    """A plane's memory as rows, writable where the frame is our own."""
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)


def cell_means(plane: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """The means of a plane over `shape` cells, rounded down, uint8; cells of a smaller plane repeat its rows and columns.

    As two products of matrices, which sum exactly as long as a cell has fewer than 65,000 pixels: a third to a half of the time of `np.add.reduceat` as long as
    the matrices are kept. For large planes none are made: a hostile camera chooses a new size for each picture, and they would fill the memory.
    """
    if max(plane.shape) > LARGEST_KEPT:
        return _means_of_large(plane, shape)
    down, across, counts = _cells_of(*plane.shape, *shape)
    sums = down @ plane.astype(np.float32) @ across
    return np.asarray(sums.astype(np.uint32) // counts, np.uint8)


def _means_of_large(plane: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    starts, counts = [], []
    for length, cells in zip(plane.shape, shape, strict=True):
        firsts, ends = _bounds(length, cells)
        starts.append(firsts)
        counts.append(ends - firsts)
    sums = np.add.reduceat(np.add.reduceat(plane, starts[0], axis=0, dtype=np.uint32), starts[1], axis=1)
    return np.asarray(sums // np.outer(*counts), np.uint8)


@lru_cache(maxsize=64)
def _cells_of(height: int, width: int, rows: int, columns: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint32]]:
    """Which rows belong to which row of cells (rows, height), which columns to which (width, columns), and how many pixels a cell has."""
    down, across = _members(height, rows), _members(width, columns)
    counts = np.outer(down.sum(axis=1), across.sum(axis=1)).astype(np.uint32)
    return down, np.ascontiguousarray(across.T), counts


def _bounds(length: int, cells: int) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Where each cell begins, and where it ends: one pixel at least."""
    edges = np.linspace(0, length, cells + 1).astype(int)
    firsts = np.minimum(edges[:-1], length - 1)
    return firsts, np.maximum(edges[1:], firsts + 1)


def _members(length: int, cells: int) -> NDArray[np.float32]:
    firsts, ends = _bounds(length, cells)
    at = np.arange(length)
    members: NDArray[np.float32] = ((at >= firsts[:, None]) & (at < ends[:, None])).astype(np.float32)
    return members


def _uncoloured(frame: VideoFrame) -> VideoFrame:
    """A frame without colour with neutral chroma; swscale would take its luma for full range."""
    whole = VideoFrame(frame.width, frame.height, "yuv420p")
    luma = rows_of(frame.planes[0])
    rows_of(whole.planes[0])[: frame.height, : frame.width] = luma[: frame.height, : frame.width]
    for plane in whole.planes[1:]:
        rows_of(plane)[:] = 128
    whole.color_range, whole.colorspace = frame.color_range, frame.colorspace
    return whole
