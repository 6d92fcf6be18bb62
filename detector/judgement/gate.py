"""The change gate: whether a keyframe may pass undetected because nothing moved since the last one that was detected.

It compares two luma pictures of 64x36 cells. A change of exposure (gain and offset, fitted on the cells that agree) is no motion; one cell that
changed by more than the threshold is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["look", "unchanged"]


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What counts as motion.

    Attributes:
        cell_levels: grey levels (of 255) by which one cell must change, exposure apart.
        forced_seconds: a look at least this often, whatever the gate thinks (DESIGN.md: each minute).
        enabled: False looks at every keyframe that is due.
    """

    cell_levels: float = 6.0
    forced_seconds: float = 60.0
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ChangeGate:
    """Judges keyframes; holds settings only, the caller keeps each view's reference."""

    settings: GateSettings = GateSettings()

    def verdict(self, reference: NDArray[np.uint8] | None, luma: NDArray[np.uint8], seconds_since_detected: float, suspicious: bool) -> Verdict:
        """`look` unless nothing moved.

        Args:
            reference: luma of the last keyframe that was detected, (36, 64) uint8; None before the first.
            luma: of this keyframe, the same rectangle of the picture.
            seconds_since_detected: age of the reference.
            suspicious: a view with a stay under suspicion is never gated.
        """
        if not self.settings.enabled or suspicious or reference is None or reference.shape != luma.shape:
            return "look"
        if not 0 <= seconds_since_detected < self.settings.forced_seconds:
            return "look"
        return "look" if largest_change(reference, luma) > self.settings.cell_levels else "unchanged"


def largest_change(reference: NDArray[np.uint8], luma: NDArray[np.uint8]) -> float:
    """The largest change of one cell in grey levels, after the exposure step between the two pictures has been taken out."""
    old, new = reference.astype(np.float32).ravel(), luma.astype(np.float32).ravel()
    change = new - old
    agreeing = np.ones(old.shape, bool)
    left = change - np.median(change)
    for _ in range(2):
        agreeing = np.abs(left) <= max(2.0, 2.0 * float(np.median(np.abs(left))))
        spread = old[agreeing] - old[agreeing].mean()
        gain = float(spread @ change[agreeing]) / max(float(spread @ spread), 1.0)
        left = change - (change[agreeing].mean() + gain * (old - old[agreeing].mean()))
    return float(np.abs(left).max())
