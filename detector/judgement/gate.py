"""The change gate: whether a keyframe may pass undetected because nothing moved since the last one that was detected.

It compares two luma pictures of 64x36 cells. A change of exposure (gain and offset, fitted on the cells that agree) is no motion, nor is noise or a
pole's sway by a pixel or two; one cell that changed by more than that is.

Measured, whole 1080p pictures coded by x264 (one keyframe each, three scenes of recorded footage enlarged, sensor noise of 3, 8 and 16 levels), looks
called for:

- nothing moved: 0 of 45. Exposure, gain 0.8 to 1.1 or offset -20 to +12: 1 of 36; gain 1.25, which clips the highlights: 5 of 9 (a look too many, no more).
- sway by (1, 0) and (2, 1) px: 1 of 18; by (4, 2) px: 6 of 9.
- something new of 32x32 px that differs from its ground by 60 levels: 36 of 36, by 30 levels: 32 of 36, by 15: 21 of 36; 24x64 px by 30 levels: 34 of 36;
  64x64 px by 30 levels: 36 of 36; 16x32 px by 60 levels: 36 of 36, by 30: 20 of 36. What is missed waits for the forced look.
- footage: walkers on a path, H.264 and H.265, 78 of 78 pairs of keyframes; cars driving off a car park, under cameras that sway, 13 of 13.

A verdict costs 0.3 ms of one core, a look 50 ms and more. A view that is cut to its zones has smaller cells, and so sees smaller things.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["look", "unchanged"]

EXPOSURE_GAINS = (0.5, 2.0)
"""Beyond a stop either way it is no exposure control: a lens that is covered, a picture gone black or grey."""
FLAT_LEVELS = 4.0
"""A picture of less contrast (standard deviation of its cells) tells noise, not a gain."""


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What counts as motion.

    Attributes:
        cell_levels: grey levels (of 255) by which one cell must change, exposure apart.
        sway_cells: change that a shift of the picture by this share of a cell (a cell is 30 px of a whole 1080p picture) explains is none.
        noise_factor, noise_levels: where the picture is noisy, a cell must change by so many standard deviations of the noise, at most by so many levels.
        forced_seconds: a look at least this often, whatever the gate thinks (DESIGN.md: each minute).
        enabled: False looks at every keyframe that is due.
    """

    cell_levels: float = 6.0
    sway_cells: float = 0.15
    noise_factor: float = 5.0
    noise_levels: float = 12.0
    forced_seconds: float = 60.0
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ChangeGate:
    """Judges keyframes; holds settings only, the caller keeps each view's reference."""

    settings: GateSettings = GateSettings()

    def verdict(
        self,
        reference: NDArray[np.uint8] | None,
        luma: NDArray[np.uint8],
        seconds_since_detected: float,
        suspicious: bool,
        watched: NDArray[np.bool_] | None = None,
    ) -> Verdict:
        """`look` unless nothing moved.

        Args:
            reference: luma of the last keyframe that was detected, (36, 64) uint8; None before the first.
            luma: of this keyframe, the same rectangle of the picture.
            seconds_since_detected: age of the reference.
            suspicious: a view with a stay under suspicion, or of which the last look missed something, is never gated.
            watched: cells that count, (36, 64); None for all. What lies in `ignore` zones (a clock burned into the picture, a tree) should not.
        """
        settings = self.settings
        if not settings.enabled or suspicious or reference is None or reference.shape != luma.shape:
            return "look"
        if not 0 <= seconds_since_detected < settings.forced_seconds:
            return "look"
        change, noise = unexplained_change(reference, luma, settings.sway_cells)
        if watched is not None:
            change = change[watched]
        threshold = max(settings.cell_levels, min(settings.noise_factor * noise, settings.noise_levels))
        return "look" if change.size and float(change.max()) > threshold else "unchanged"


def unexplained_change(reference: NDArray[np.uint8], luma: NDArray[np.uint8], sway_cells: float) -> tuple[NDArray[np.float32], float]:
    """What changed from one luma picture to the next beyond exposure and sway.

    Returns:
        Grey levels a cell, the shape of the pictures (endless where no exposure explains the gain); the standard deviation of the noise in grey levels.
    """
    old, new = reference.astype(np.float32), luma.astype(np.float32)
    change = new - old
    left = change - np.median(change)
    noise = gain = 0.0
    for _ in range(2):
        agreeing = np.abs(left) <= max(2.0, 3.0 * noise)
        base = old[agreeing]
        mean = float(base.mean())
        spread, shift = base - mean, change[agreeing]
        contrast = float(spread @ spread)
        gain = float(spread @ shift) / contrast if contrast > spread.size * max(FLAT_LEVELS, 3.0 * noise) ** 2 else 0.0
        left = change - (float(shift.mean()) + gain * (old - mean))
        noise = _deviation(left)
    if not EXPOSURE_GAINS[0] <= 1 + gain <= EXPOSURE_GAINS[1]:
        return np.full_like(old, np.inf), noise
    edges = np.zeros_like(old)
    across, down = np.abs(np.diff(old, axis=1)), np.abs(np.diff(old, axis=0))
    np.maximum(edges[:, 1:], across, out=edges[:, 1:])
    np.maximum(edges[:, :-1], across, out=edges[:, :-1])
    np.maximum(edges[1:], down, out=edges[1:])
    np.maximum(edges[:-1], down, out=edges[:-1])
    return np.abs(left) - np.float32(sway_cells) * edges, noise


def _deviation(left: NDArray[np.float32]) -> float:
    """Standard deviation of what is left, from its lower four fifths: motion in a fifth of the picture does not move it, and, unlike a median's, it is
    not rounded to whole grey levels. 0.5586 is the mean of a normal value's amount below its 80th percentile.
    """
    amounts = np.abs(left).ravel()
    count = amounts.size * 4 // 5
    return float(np.partition(amounts, count)[:count].mean()) / 0.5586
