"""A picture that does not lie on the ground as it is remembered: another cut of the picture, a camera that was nudged, a switch to infrared.

A cut is mapped, a nudge is found by phase correlation of the edges (Kuglin and Hines 1975) and mapped too. What fits nowhere for minutes is learned anew; what
stood on the old ground keeps its place, and the ground under it is filled in from what surrounds it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.ground.picture import GroundPicture, inner_box
from detector.ground.values import LEVEL, UNKNOWN, Draft, GroundState, Standing
from detector.judgement.geometry import Box

FARTHEST_CELLS = 12.0
"""A nudge of more (a thirteenth of the picture's width) is no nudge; such a camera is suspended."""
SUREST = 0.1
"""Response of the phase correlation below which nothing was found."""
SAME_CUT = 0.25
"""Of a cell: two cuts that lie so close are one."""
FILLED_FROM = 0.6
"""Share of the cells about a thing that must be known before the ground under it is filled in."""
WHOLLY = 0.99
RING = np.ones((7, 7), np.uint8)
FILL_RADIUS = 3.0


def fresh(picture: GroundPicture, at_seconds: float) -> GroundState:
    """Nothing is known yet."""
    rows, columns = picture.shape
    nothing = np.zeros((rows, columns), bool)
    return GroundState(
        picture.rectangle, at_seconds, np.zeros((3, rows, columns), np.int16), np.full((rows, columns), UNKNOWN, np.float32), picture.cells.copy(),
        np.zeros((rows, columns), np.uint16), np.zeros((rows, columns), np.uint8), np.zeros((rows, columns), np.uint16), np.zeros((rows, columns), np.uint8),
        nothing, ~nothing, brightness_of(picture),
    )  # fmt: skip


def brightness_of(picture: GroundPicture) -> float:
    """Mean luma of a picture."""
    return float(picture.cells[0].mean())


def lies_on(state: GroundState, picture: GroundPicture) -> bool:
    """Whether the picture shows the same cut of the camera's picture."""
    cell = (state.rectangle[2] - state.rectangle[0]) / state.shape[1]
    return state.shape == picture.shape and max(abs(a - b) for a, b in zip(state.rectangle, picture.rectangle, strict=True)) <= SAME_CUT * cell


def recut(state: GroundState, picture: GroundPicture, moved: NDArray[np.float64] | None = None) -> GroundState:
    """The ground as another cut of the picture shows it, or a camera that moved; what it did not show before is unknown.

    Args:
        moved: homography (3, 3) from where a spot lay in the whole picture (in shares) to where it lies now; None where the camera stands still.
    """
    before = np.eye(3) if moved is None else np.linalg.inv(moved)
    backward = _cells_of(state.rectangle, state.shape) @ before @ np.linalg.inv(_cells_of(picture.rectangle, picture.shape))
    return _mapped(state, backward, picture.shape, picture.rectangle)


def shifted(state: GroundState, right: float, down: float) -> GroundState:
    """The ground moved by so many cells."""
    return _mapped(state, np.array([[1, 0, -right], [0, 1, -down], [0, 0, 1]], float), state.shape, state.rectangle)


def _cells_of(rectangle: Box, shape: tuple[int, int]) -> NDArray[np.float64]:
    """The matrix (3, 3) from a spot of the whole picture, in shares, to the column and row of its cell; a cell's middle has whole numbers."""
    left, top, right, bottom = rectangle
    across, down = shape[1] / (right - left), shape[0] / (bottom - top)
    return np.array([[across, 0, -left * across - 0.5], [0, down, -top * down - 0.5], [0, 0, 1]], float)


def nudge(now_edges: NDArray[np.uint8], old_edges: NDArray[np.uint8]) -> tuple[float, float] | None:
    """By how many cells (right, down) the picture lies away from the ground, by the edges of both; None where that cannot be told."""
    rows, columns = now_edges.shape
    (right, down), response = cv2.phaseCorrelate(old_edges.astype(np.float32), now_edges.astype(np.float32), _window(columns, rows))
    distance = float(np.hypot(right, down))
    return (float(right), float(down)) if response >= SUREST and 0.3 <= distance <= FARTHEST_CELLS else None


def anew(state: GroundState, picture: GroundPicture, at_seconds: float) -> GroundState:
    """The ground is learned anew; what stood there keeps its cells."""
    begun = fresh(picture, at_seconds)
    return replace(begun, owner=state.owner, regions=tuple(replace(region, present=False) for region in state.regions), standing=state.standing)


def fill(draft: Draft) -> None:
    """Fills in the ground under regions that the new ground lies about: nobody has seen it in this light."""
    hidden = (draft.owner > 0) & ~(draft.since > UNKNOWN / 2)
    if not hidden.any():
        return
    known = draft.since > UNKNOWN / 2
    around = (cv2.dilate(hidden.astype(np.uint8), RING) > 0) & (draft.owner == 0)
    if not around.any() or float(known[around].mean()) < FILLED_FROM:
        return
    levels = np.ascontiguousarray(np.moveaxis(np.clip(draft.old, 0, 255).astype(np.uint8), 0, 2))
    filled = cv2.inpaint(levels, (~known).astype(np.uint8), FILL_RADIUS, cv2.INPAINT_TELEA)
    draft.old[:, hidden] = np.moveaxis(filled, 2, 0)[:, hidden]
    draft.since[hidden] = draft.at_seconds


def _mapped(state: GroundState, backward: NDArray[np.float64], shape: tuple[int, int], rectangle: Box) -> GroundState:
    """The state on other cells.

    Args:
        backward: (3, 3), from a new cell (column, row) to the old one.
    """
    size = (shape[1], shape[0])

    def mapped(plane: NDArray[Any], outside: float, how: int = cv2.INTER_NEAREST) -> NDArray[Any]:
        flags = how | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpPerspective(plane, backward, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=outside))

    owner = np.asarray(mapped(state.owner, 0), np.uint8)
    known = np.asarray(mapped(state.known.astype(np.float32), 0.0, cv2.INTER_LINEAR)) > WHOLLY  # what is mixed with the unknown is
    standing = state.standing
    if standing is not None:
        wholly = np.asarray(mapped((standing.since > UNKNOWN / 2).astype(np.float32), 0.0, cv2.INTER_LINEAR)) > WHOLLY
        since = np.where(wholly, mapped(standing.since, UNKNOWN), np.float32(UNKNOWN))
        standing = Standing(
            standing.at_seconds, np.stack([np.asarray(mapped(plane, 128, cv2.INTER_LINEAR), np.uint8) for plane in standing.picture]),
            np.asarray(since, np.float32), np.asarray(mapped(standing.compared, UNKNOWN), np.float32), np.asarray(mapped(standing.doubts, 0), np.uint8),
        )  # fmt: skip
    regions = tuple(
        replace(region, xyxy=inner_box(owner == region.number, rectangle), present=False) for region in state.regions if bool((owner == region.number).any())
    )
    return replace(
        state, rectangle=rectangle, owner=owner, regions=regions, standing=standing,
        old=np.stack([np.asarray(mapped(plane, 128 * LEVEL, cv2.INTER_LINEAR), np.int16) for plane in state.old]),
        since=np.where(known, np.asarray(mapped(state.since, UNKNOWN), np.float32), np.float32(UNKNOWN)),
        candidate=np.stack([np.asarray(mapped(plane, 0), np.uint8) for plane in state.candidate]),
        vote=np.asarray(mapped(state.vote, 0), np.uint16), noise=np.asarray(mapped(state.noise, 0), np.uint8),
        cover=np.asarray(mapped(state.cover, 0), np.uint16),
        differs=np.zeros(shape, bool), visible=np.zeros(shape, bool),
    )  # fmt: skip


@lru_cache(maxsize=8)
def _window(columns: int, rows: int) -> NDArray[np.float32]:
    return np.asarray(cv2.createHanningWindow((columns, rows), cv2.CV_32F), np.float32)
