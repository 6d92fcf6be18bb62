"""What is measured of a picture's luma. CPU time of one core: 30 µs for what each look measures (36x64 cells), 0.4 ms for the blur effect of 320x180."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]

BLUR_TAPS = 9
"""Length of the filter that blurs again (Crété-Roffet and others 2007)."""
HALVINGS = 2
"""How often a picture is halved to tell blur that is wider than the filter."""


def brightness_of(luma: Luma) -> float:
    """Mean grey level, 0..255."""
    return float(luma.mean())


def contrast_of(luma: Luma) -> float:
    """Standard deviation of the grey levels."""
    return float(luma.std())


def edge_strength(luma: Luma) -> float:
    """Mean difference of neighbours, across and down, in grey levels."""
    levels = luma.astype(np.int16)
    return float((np.abs(np.diff(levels, axis=1)).mean() + np.abs(np.diff(levels, axis=0)).mean()) / 2)


def alike_share(before: Luma, now: Luma) -> float:
    """Share of the cells of two pictures that have the same grey level; 0 where they are of other shapes."""
    return float(np.count_nonzero(before == now)) / now.size if before.shape == now.shape else 0.0


def changed_cells(before: Luma, now: Luma, levels: int) -> int:
    """How many cells changed by so many grey levels or more."""
    return int(np.count_nonzero(np.abs(before.astype(np.int16) - now) >= levels)) if before.shape == now.shape else 0


def fine_detail(luma: Luma) -> float:
    """Mean strength of the Laplacian, in grey levels: what of a picture is finer than a few cells. Only held against what the camera had it tells blur."""
    return float(np.abs(cv2.Laplacian(luma, cv2.CV_16S)).mean())


def blur_effect(luma: Luma) -> float:
    """How blurred a picture is, 0 (sharp) to 1: how little of its neighbours' differences it loses when it is blurred once more.

    Crété-Roffet, Dolmiere, Ladret and Nicolas, "The blur effect: perception and estimation with a new no-reference perceptual blur metric", 2007. It tells
    the same by any light and contrast; noise makes a picture look sharper than it is, so a slight smoothing takes that off first. A flat picture is 1.

    Of a picture that is blurred by far more than the filter's length little is left but the steps of its grey levels and the blocks of its coding, and those
    are sharp. Halved and halved again it loses them, so the worst of the three sizes is what it is; a sharp picture is sharpest when it is small.
    """
    worst, smaller = 0.0, luma.astype(np.float32)
    for halved in range(HALVINGS + 1):
        if halved:
            smaller = np.asarray(cv2.resize(smaller, (max(1, smaller.shape[1] // 2), max(1, smaller.shape[0] // 2)), interpolation=cv2.INTER_AREA), np.float32)
        worst = max(worst, _blur_effect(smaller if halved else luma))
    return worst


def _blur_effect(luma: Luma | NDArray[np.float32]) -> float:
    levels = cv2.GaussianBlur(luma, (3, 3), 0.8).astype(np.float32)
    worst = 0.0
    for axis, kernel in ((1, (BLUR_TAPS, 1)), (0, (1, BLUR_TAPS))):
        again = cv2.blur(levels, kernel, borderType=cv2.BORDER_REFLECT)
        sharp, soft = np.abs(np.diff(levels, axis=axis)), np.abs(np.diff(again, axis=axis))
        total = float(sharp.sum())
        lost = float(np.maximum(0.0, sharp - soft).sum())
        worst = max(worst, 1.0 - lost / total if total > 0 else 1.0)
    return worst
