"""The check of the picture: flipped bits that no gap shows and that the decoder swallows.

In H.265 a flipped bit throws the arithmetic decoder off, and everything after it in raster order is invented: the decoder either meets an end of the slice
too early and leaves the rest as its memory was (zero in all planes, a green that no camera can send), or paints the rest with what it takes for pictures.
So a portrait of each picture (means over 36x64 cells) is held against the last sound one of the same camera. Two things speak against it:

- colours that are none: every picture comes from a sensor's red, green and blue; what is invented leaves that room in most cases, unpainted memory always.
  It is known without a picture before;
- a line above which all is as it was and below which nearly nothing is, over the whole width, down to the lower edge, and what is below does not resemble
  what was there: cars and people change some cells of a row, light changes all rows or leaves what it falls on recognisable.

Measured over 22 clips of H.265 keyframes (three scenes by day, at night, in rain and fog, blurred, swaying, at 1080p; 11,322 pictures with one to eight
flipped bits): the decoder raises on 51 %, the check finds another 41 %; of the 8 % left, a third differ from the sound picture by more than three grey levels
on average. None of 9,044 pairs of sound pictures is doubted. The bounds were chosen on the same three scenes; `tests/streams/decoding/test_soundness.py`
measures them again, and on a rendered street that they were not chosen on.

A picture that looks like the doubted one before it is what the camera shows now, and is sound: what flipped bits paint never comes twice.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from streams.decoding.planes import cell_means, rows_of

PORTRAIT_SHAPE = (4, 36, 64)
Portrait = NDArray[np.uint8]
"""Means over 36x64 cells of the whole picture, (4, 36, 64) uint8: luma, both chroma planes, and 255 times the share of pixels with an impossible colour."""

UNPAINTED = 8
"""Both chroma means below it: outside of what RGB can show."""
UNPAINTED_CELLS = 2
CHANGES = ((24, 8, 0.5), (48, 20, 0.33))
"""Levels of luma and of chroma by which a cell counts as changed, and the score from which a line through the picture is doubted. The highest scores of
sound pairs: 0.44 (a drawn parade through the lower half) and 0.27."""
ABOVE_WEIGHT = 2.0
"""The score is the share of changed cells below the line, less this times the share above it."""
ABOVE_ROWS = 3
"""Rows of cells before the line that count for neither: the row of blocks in which the damage begins."""
ALIKE = 0.8
"""Correlation of luma below the line: light that changes under a white sky leaves it at 0.9 and more, of what flipped bits paint one in 500 reaches it."""
IMPOSSIBLE = 24.0
"""Grey levels beyond black or white in red, green or blue from which a pixel is counted."""
IMPOSSIBLE_SHARE = 0.0005
"""More of such pixels than in the picture before speak against a picture; sound ones have 0.0002 at most. A camera whose colours are turned up too far is
doubted once."""
TO_RGB = ((1.402, -0.344, -0.714, 1.772), (1.5748, -0.1873, -0.4681, 1.8556))
"""Red of V, green of U and of V, blue of U (BT.601 and BT.709 at full range, which holds all of the limited range)."""
SAME = 10.0
"""Mean difference of two portraits of one scene, most of the time; the doubted picture and the next one are compared by it."""


def portrait_of(frame: VideoFrame) -> Portrait:
    """The portrait of a yuv420p frame; of a large one, of every eighth row and column (fourteen pixels a cell at 1080p)."""
    step = 8 if frame.height >= 24 * PORTRAIT_SHAPE[1] else 4 if frame.height >= 12 * PORTRAIT_SHAPE[1] else 2
    y, u, v = (rows_of(plane)[: (frame.height + side) >> side, : (frame.width + side) >> side] for plane, side in zip(frame.planes, (0, 1, 1), strict=True))
    fine = [y[::step, ::step], *(plane[:: step // 2, :: step // 2] for plane in (u, v))]
    coarse = [y[:: 2 * step, :: 2 * step], *(plane[::step, ::step] for plane in (u, v))]
    return np.stack([cell_means(plane, PORTRAIT_SHAPE[1:]) for plane in (*fine, _impossible(*coarse) * np.uint8(255))])


def _impossible(luma: NDArray[np.uint8], blueness: NDArray[np.uint8], redness: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which pixels no red, green and blue gives, by either standard."""
    height, width = min(luma.shape[0], blueness.shape[0]), min(luma.shape[1], blueness.shape[1])
    y, u, v = luma[:height, :width].astype(np.float32), *(plane[:height, :width].astype(np.float32) - 128 for plane in (blueness, redness))
    outside = np.ones(y.shape, bool)
    for red_v, green_u, green_v, blue_u in TO_RGB:
        middle = np.float32(127.5)
        red, green, blue = y + red_v * v - middle, y + green_u * u + green_v * v - middle, y + blue_u * u - middle
        outside &= np.maximum(np.maximum(np.abs(red), np.abs(green)), np.abs(blue)) > middle + IMPOSSIBLE
    return outside


def doubt(portrait: Portrait, before: Portrait | None, doubted: Portrait | None) -> str | None:
    """Why a picture that decoded is not what the camera sent, or None.

    Args:
        before: the portrait of the camera's last sound picture.
        doubted: the portrait of its last picture, if that was doubted.
    """
    if np.count_nonzero((portrait[1] < UNPAINTED) & (portrait[2] < UNPAINTED)) >= UNPAINTED_CELLS:
        return "a part was never painted"
    if portrait[3].mean() - (0.0 if before is None else before[3].mean()) > 255 * IMPOSSIBLE_SHARE:
        reason = "colours that no camera can see"
    elif before is not None and _has_line(portrait, before):
        reason = "everything below a line is another picture"
    else:
        return None
    if doubted is not None and np.abs(portrait[:3].astype(np.int16) - doubted[:3]).mean() < SAME:
        return None
    return reason


def _has_line(portrait: Portrait, before: Portrait) -> bool:
    change = np.abs(portrait[:3].astype(np.int16) - before[:3])
    rows = change.shape[1]
    lines = np.arange(ABOVE_ROWS + 1, rows)
    for luma, chroma, least in CHANGES:
        changed = ((change[0] > luma) | (change[1] > chroma) | (change[2] > chroma)).mean(axis=1)
        if changed[-1] == 0:
            continue
        total = np.concatenate([[0.0], np.cumsum(changed)])
        below = (total[rows] - total[lines]) / (rows - lines)
        above = total[lines - ABOVE_ROWS] / (lines - ABOVE_ROWS)
        scores = below - ABOVE_WEIGHT * above
        best = int(np.argmax(scores))
        if scores[best] > least and not _alike(portrait[0, lines[best] :], before[0, lines[best] :]):
            return True
    return False


def _alike(now: NDArray[np.uint8], before: NDArray[np.uint8]) -> bool:
    one, other = now.astype(np.float64) - now.mean(), before.astype(np.float64) - before.mean()
    spread = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return spread > 0 and float((one * other).sum()) / spread > ALIKE


class Portraits:
    """What each camera's last pictures looked like. Any thread."""

    def __init__(self) -> None:
        self._sound: dict[str, Portrait] = {}
        self._doubted: dict[str, Portrait] = {}
        self._lock = threading.Lock()

    def remembered(self, camera_id: str) -> tuple[bytes, bytes]:
        """Of the last sound picture, and of the last one if it was doubted; empty where there is none."""
        with self._lock:
            sound, doubted = self._sound.get(camera_id), self._doubted.get(camera_id)
        return b"" if sound is None else sound.tobytes(), b"" if doubted is None else doubted.tobytes()

    def learn(self, camera_id: str, portrait: Portrait, damage: Sequence[str], seen: bool) -> None:
        """Takes down what a picture looked like.

        Args:
            damage: of the picture; empty where it is sound.
            seen: whether the check of the picture is among it.
        """
        with self._lock:
            if not damage:
                self._sound[camera_id] = portrait
                self._doubted.pop(camera_id, None)
            elif seen:
                self._doubted[camera_id] = portrait

    def forget(self, camera_id: str) -> None:
        """Drops what is known of a camera."""
        with self._lock:
            self._sound.pop(camera_id, None)
            self._doubted.pop(camera_id, None)
