"""What a picture is recognised by: where its edges run, whatever the light.

An edge's direction stays by day and by night, in rain and under a low sun; its strength does not, and not even its sign (a shop window is brighter than
its wall at night and darker by day). So a picture becomes a field of doubled angles, which is the same for either sign, weighed by how an edge stands out
from what is about it. Blocks in which edges run in more than one direction are landmarks: a block with a single edge fits anywhere along it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Field = NDArray[np.float32]
"""(h, w, 2): cosine and sine of twice an edge's angle, times its weight."""

GAUGE_WIDTH = 320
"""Pixels across a picture that is measured: a shift is known to about 0.15 px then, 1 px of a 1080p picture."""
ACROSS, DOWN = 8, 5
"""Blocks of a picture."""
NOISE_LEVELS = 3.0
"""Differences of grey levels that are noise after smoothing."""
SURROUNDINGS = 31
"""Pixels about a point whose edges it is weighed against."""
TEXTURED = 0.10
"""Mean squared weight from which a block has edges enough."""
TWO_WAYS = 0.08
"""Smaller over larger eigenvalue of the block's structure tensor from which edges run in more than one direction."""
COARSE = 4
"""By how much a field is shrunk for the search over the whole picture."""


@dataclass(frozen=True)
class Block:
    """A landmark: the left upper corner of a block of the reference picture, in pixels of its gauge."""

    x: int
    y: int


@dataclass(frozen=True)
class Landmarks:
    """What is known of a picture that others are held against.

    Attributes:
        edges: (h, w, 2), what it is recognised by.
        strength: (h, w), how strong its edges are, in grey levels; tells later what is gone.
        block_size: width and height of a block in pixels.
        coarse: (h/4, w/4, 2).
    """

    edges: Field
    strength: NDArray[np.float32]
    blocks: tuple[Block, ...]
    block_size: tuple[int, int]
    coarse: Field = field(repr=False)

    @property
    def width(self) -> int:
        return int(self.edges.shape[1])

    @property
    def height(self) -> int:
        return int(self.edges.shape[0])

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height

    def template(self, block: Block) -> Field:
        """The field of one block."""
        width, height = self.block_size
        return self.edges[block.y : block.y + height, block.x : block.x + width]


def gauge_height(width_px: int, height_px: int) -> int:
    """Pixels down a gauge of a picture of that size."""
    return max(64, min(640, round(GAUGE_WIDTH * height_px / width_px)))


def gauge_of(luma: Luma, height: int) -> Luma:
    """A luma picture of any size as a gauge."""
    if luma.shape == (height, GAUGE_WIDTH):
        return luma
    return np.asarray(cv2.resize(luma, (GAUGE_WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)


def edges_of(luma: Luma, *, smoothing: float = 1.0, surroundings: int = SURROUNDINGS) -> tuple[Field, NDArray[np.float32], NDArray[np.float32]]:
    """The field of a picture (h, w), how strong its edges are (h, w), and their gradients (h, w, 2) weighed likewise."""
    smooth = cv2.GaussianBlur(luma.astype(np.float32), (0, 0), smoothing)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=0.25), cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=0.25)
    strength = cv2.magnitude(across, down)
    about = cv2.blur(strength, (surroundings, surroundings)) + np.float32(NOISE_LEVELS)
    weight = strength / (strength + about)
    unit = weight / (strength + np.float32(1e-6))
    across, down = across * unit, down * unit
    # (a + ib)² = a² - b² + 2iab has twice the angle, and the square of the weight.
    squared = weight + np.float32(1e-6)
    edges = np.dstack(((across * across - down * down) / squared, 2 * across * down / squared))
    return np.asarray(edges, np.float32), np.asarray(strength, np.float32), np.asarray(np.dstack((across, down)), np.float32)


def landmarks_of(luma: Luma) -> Landmarks:
    """What a gauge (h, w) uint8 is recognised by."""
    edges, strength, gradients = edges_of(luma)
    height, width = luma.shape
    size = width // ACROSS, height // DOWN
    blocks = []
    for row in range(DOWN):
        for column in range(ACROSS):
            x, y = column * size[0], row * size[1]
            part = gradients[y : y + size[1], x : x + size[0]].reshape(-1, 2)
            xx, yy, xy = (float((part[:, i] * part[:, j]).mean()) for i, j in ((0, 0), (1, 1), (0, 1)))
            spread = ((xx - yy) ** 2 + 4 * xy * xy) ** 0.5
            if xx + yy >= TEXTURED and (xx + yy - spread) >= TWO_WAYS * (xx + yy + spread):
                blocks.append(Block(x, y))
    coarse = cv2.resize(edges, (max(1, width // COARSE), max(1, height // COARSE)), interpolation=cv2.INTER_AREA)
    return Landmarks(edges, strength, tuple(blocks), size, np.asarray(coarse, np.float32))
