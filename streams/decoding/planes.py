"""The planes of a decoded picture: always yuv420p from here on."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray


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


def _uncoloured(frame: VideoFrame) -> VideoFrame:
    """A frame without colour with neutral chroma; swscale would take its luma for full range."""
    whole = VideoFrame(frame.width, frame.height, "yuv420p")
    luma = rows_of(frame.planes[0])
    rows_of(whole.planes[0])[: frame.height, : frame.width] = luma[: frame.height, : frame.width]
    for plane in whole.planes[1:]:
        rows_of(plane)[:] = 128
    whole.color_range, whole.colorspace = frame.color_range, frame.colorspace
    return whole
