"""A drawn street, larger than a camera sees of it, and what hours, weather and people do to its picture; for the tests of drift and picture health."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
WIDE, HIGH = 1600, 1000
"""The whole street in pixels."""
SEEN = (800, 450)
"""What a camera sees of it."""


def street(seed: int = 1) -> Luma:
    """Facades with windows and signs, a pavement with slabs, a kerb, poles: (1000, 1600) uint8."""
    random = np.random.default_rng(seed)
    picture = np.full((HIGH, WIDE), 190, np.uint8)
    horizon = HIGH // 2
    x = 0
    while x < WIDE:
        width, height, grey = int(random.integers(90, 220)), int(random.integers(200, 420)), int(random.integers(70, 180))
        cv2.rectangle(picture, (x, horizon - height), (x + width, horizon + 120), grey, -1)
        for wx in range(x + 12, x + width - 22, 38):
            for wy in range(horizon - height + 15, horizon + 20, 52):
                if random.random() < 0.85:
                    cv2.rectangle(picture, (wx, wy), (wx + 20, wy + 30), int(random.integers(25, 230)), -1)
        cv2.rectangle(picture, (x + 6, horizon + 30), (x + width - 6, horizon + 62), int(random.integers(20, 240)), -1)
        cv2.putText(picture, f"{random.integers(100, 999)}", (x + 12, horizon + 58), cv2.FONT_HERSHEY_SIMPLEX, 1.0, int(random.integers(0, 255)), 3)
        x += width
    cv2.rectangle(picture, (0, horizon + 120), (WIDE, HIGH - 180), 150, -1)
    for sx in range(-HIGH, WIDE, 60):
        cv2.line(picture, (sx + 300, horizon + 120), (sx, HIGH - 180), 128, 2)
    for sy in range(horizon + 150, HIGH - 180, 45):
        cv2.line(picture, (0, sy), (WIDE, sy), 132, 2)
    cv2.rectangle(picture, (0, HIGH - 180), (WIDE, HIGH), 85, -1)
    for sx in range(40, WIDE, 170):
        cv2.rectangle(picture, (sx, HIGH - 110), (sx + 80, HIGH - 98), 205, -1)
    for _ in range(9):
        px = int(random.integers(20, WIDE - 20))
        cv2.rectangle(picture, (px, horizon - 180), (px + 9, horizon + 210), int(random.integers(30, 70)), -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.uint8)


def seen(whole: Luma, *, right: float = 0.0, down: float = 0.0, turn: float = 0.0, zoom: float = 1.0) -> Luma:
    """What a camera sees (450, 800): turned to the right and downwards by shares of its picture's width, rolled by degrees, zoomed in."""
    width, height = SEEN
    about = cv2.getRotationMatrix2D((WIDE / 2 + right * width, HIGH / 2 + down * width), turn, zoom)
    about[:, 2] += (width / 2 - (WIDE / 2 + right * width), height / 2 - (HIGH / 2 + down * width))
    return np.asarray(cv2.warpAffine(whole, about, SEEN, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), np.uint8)


@lru_cache
def _noise(shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal(shape, np.float32)


def with_noise(luma: Luma, levels: float, seed: int = 0) -> Luma:
    """A sensor's noise: one and the same, moved about by the seed, since a new one for each picture would take most of the tests' time."""
    moved = np.roll(_noise(luma.shape), (37 * seed + 11, 53 * seed + 29), axis=(0, 1))
    return np.clip(luma + np.float32(levels) * moved, 0, 255).astype(np.uint8)


def by_night(luma: Luma, seed: int = 0) -> Luma:
    """Dark, every third window lit, a lamp with its halo, noise."""
    random = np.random.default_rng(seed)
    dark = 255.0 * (luma / 255.0) ** 1.6 * 0.32 + 8
    height, width = luma.shape
    for _ in range(3):
        x, y = int(random.integers(0, width)), int(random.integers(0, height // 2))
        away = np.hypot(*np.meshgrid(np.arange(width) - x, np.arange(height) - y))
        dark += 140 * np.exp(-((away / 60) ** 2))
    return with_noise(np.clip(dark, 0, 255).astype(np.uint8), 5.0, seed)


def in_rain(luma: Luma, seed: int = 0) -> Luma:
    """Less contrast, soft, with streaks."""
    random = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(luma, (0, 0), 1.2).astype(np.float32) * 0.6 + 70
    for _ in range(400):
        x, y = int(random.integers(0, luma.shape[1])), int(random.integers(0, luma.shape[0]))
        cv2.line(soft, (x, y), (x + 2, y + int(random.integers(8, 26))), 200.0, 1)
    return with_noise(np.clip(soft, 0, 255).astype(np.uint8), 3.0, seed)


def with_people(luma: Luma, count: int, seed: int = 0) -> Luma:
    """People and vehicles in front."""
    random = np.random.default_rng(seed)
    crowded = luma.copy()
    height, width = luma.shape
    for _ in range(count):
        x, y, grey = int(random.integers(0, width)), int(random.integers(height // 3, height)), int(random.integers(10, 240))
        size = (int(random.integers(12, 30)), int(random.integers(40, 90))) if random.random() < 0.7 else (int(random.integers(70, 160)), 60)
        cv2.rectangle(crowded, (x, y - size[1]), (x + size[0], y), grey, -1)
        cv2.circle(crowded, (x + size[0] // 2, y - size[1]), max(4, size[0] // 3), grey // 2 + 60, -1)
    return crowded
