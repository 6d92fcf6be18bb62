"""A moving street drawn with numpy: what the benchmark clips show, the same on every machine without a renderer or foreign footage.

A still background (shopfronts, tiled pavement, road) with a fixed texture, people and cars that cross it at their own speed, and the noise of a
sensor over all: what makes a real camera's keyframes costly to decode is texture and noise, not the story.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 1920, 1080
NOISE_LEVELS = 2.0
"""Standard deviation of the sensor noise in grey levels: a street camera by day."""
NOISE_PICTURES = 7

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Mover:
    """Something that crosses the street: its patch (h, w, 3), the row of its feet, its speed in pixels a second and where it begins."""

    patch: Picture
    feet_px: int
    speed_px: float
    begin_px: float


class DrawnStreet:
    """Pictures of the street by the second: `picture(seconds)` is RGB (1080, 1920, 3)."""

    def __init__(self, seed: int = 1) -> None:
        random = np.random.default_rng(seed)
        self._background = _background(random)
        self._movers = [*_cars(random), *_people(random)]
        self._noise = [random.normal(0, NOISE_LEVELS, (HEIGHT_PX, WIDTH_PX, 1)).astype(np.int8) for _ in range(NOISE_PICTURES)]

    def picture(self, seconds: float) -> Picture:
        """The street at a moment; the same moment is always the same picture."""
        canvas = self._background.copy()
        for mover in self._movers:
            _paste(canvas, mover, seconds)
        number = round(seconds * 1000)
        noise = np.roll(self._noise[number % NOISE_PICTURES], (number * 37 % HEIGHT_PX, number * 101 % WIDTH_PX), (0, 1))
        return np.asarray(np.clip(canvas.astype(np.int16) + noise, 0, 255), np.uint8)


def _texture(random: np.random.Generator, height: int, width: int, cell: int, levels: float) -> NDArray[np.float32]:
    """Grain of one cell size, (height, width, 1)."""
    grain = random.normal(0, levels, (height // cell + 1, width // cell + 1)).astype(np.float32)
    return grain.repeat(cell, 0).repeat(cell, 1)[:height, :width, None]


def _background(random: np.random.Generator) -> Picture:
    canvas = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.float32)
    canvas[:420] = (150, 146, 140)
    for left in range(0, WIDTH_PX, 240):  # a shop each 240 px: sign, window with goods, door
        canvas[60:140, left + 10 : left + 230] = random.integers(60, 230, 3)
        canvas[70:130, left + 30 : left + 210 : 12] = 240
        canvas[160:410, left + 14 : left + 160] = (46, 52, 60)
        shelves = random.integers(40, 220, (5, 14, 3)).astype(np.float32).repeat(44, 0).repeat(10, 1)
        canvas[176:396, left + 18 : left + 158] = shelves
        canvas[170:418, left + 170 : left + 226] = random.integers(50, 140, 3)
    canvas[420:640] = (168, 164, 158)
    canvas[420:640:28] = 128
    canvas[420:640, ::40] = 132
    canvas[640:656] = (196, 196, 190)
    canvas[656:] = (92, 93, 96)
    canvas[850:862, ::] = 92
    for left in range(0, WIDTH_PX, 160):
        canvas[850:862, left : left + 90] = (220, 220, 214)
    for cell, levels in ((1, 6.0), (2, 5.0), (7, 4.0), (31, 5.0)):
        canvas += _texture(random, HEIGHT_PX, WIDTH_PX, cell, levels)
    return np.asarray(np.clip(canvas, 0, 255), np.uint8)


def _patch(random: np.random.Generator, height: int, width: int, colour: NDArray[np.int64]) -> NDArray[np.float32]:
    return np.asarray(np.full((height, width, 3), colour, np.float32) + _texture(random, height, width, 3, 9.0), np.float32)


def _cars(random: np.random.Generator) -> list[Mover]:
    movers = []
    for number in range(4):
        patch = _patch(random, 150, 380, random.integers(30, 230, 3))
        patch[10:62, 70:300] = (36, 42, 50)  # windows
        patch[110:150, 40:110] = patch[110:150, 270:340] = (18, 18, 20)  # wheels
        direction = -1 if number % 2 else 1
        movers.append(Mover(_bytes(patch), 800 + 110 * (number % 3), direction * (260.0 + 70 * number), 530.0 * number))
    return movers


def _people(random: np.random.Generator) -> list[Mover]:
    movers = []
    for number in range(9):
        height = int(random.integers(130, 190))
        patch = _patch(random, height, height // 3, random.integers(20, 210, 3))
        patch[: height // 6, height // 12 : height // 4] = (196, 160, 136)  # head
        patch[height // 2 :, :] *= 0.55  # trousers
        direction = 1 if number % 2 else -1
        movers.append(Mover(_bytes(patch), int(random.integers(520, 645)), direction * float(random.uniform(28, 75)), float(random.uniform(0, WIDTH_PX))))
    return movers


def _bytes(patch: NDArray[np.float32]) -> Picture:
    return np.asarray(np.clip(patch, 0, 255), np.uint8)


def _paste(canvas: Picture, mover: Mover, seconds: float) -> None:
    height, width = mover.patch.shape[:2]
    span = WIDTH_PX + width
    left = round((mover.begin_px + mover.speed_px * seconds) % span) - width
    top = mover.feet_px - height
    x0, x1 = max(0, left), min(WIDTH_PX, left + width)
    if x0 < x1:
        canvas[top : mover.feet_px, x0:x1] = mover.patch[:, x0 - left : x1 - left]
