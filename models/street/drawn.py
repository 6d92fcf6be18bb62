"""Pictures drawn by code for the street's own surfaces: paving, asphalt, house walls, shop interiors, shutters, posters, the far side.

Each painter takes a generator and gives RGB uint8 (h, w, 3), row 0 on top. Bare geometry is what a detector sees through at once; stains, joints,
wear, clutter behind glass and lettering are cheap as pictures and dear as meshes.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Colour = tuple[float, float, float]

SHOP_COLOURS: tuple[tuple[int, int, int], ...] = (
    (176, 28, 30), (22, 72, 150), (18, 110, 62), (214, 150, 22), (236, 232, 222), (198, 78, 20), (92, 28, 104), (28, 30, 34), (16, 120, 132), (120, 66, 30),
)  # fmt: skip


def srgb(colour: Colour) -> NDArray[np.float32]:
    """Linear 0..1 to display values 0..255."""
    c = np.clip(np.asarray(colour, np.float32), 0, 1)
    return np.asarray(255 * np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055), np.float32)


def clouds(rng: Generator, height: int, width: int, cells: tuple[int, ...] = (3, 7, 15, 40), *, seamless: bool = True) -> Plane:
    """Soft noise of several sizes about 0, standard deviation near 1; it joins at its left and right edge."""
    import cv2

    out = np.zeros((height, width), np.float32)
    weight = 1.0
    for cell in cells:
        rows = max(2, round(cell * height / max(height, width)) + 1)
        grid = rng.standard_normal((rows, cell)).astype(np.float32)
        if seamless:
            grid = np.concatenate([grid, grid[:, :1]], 1)
        out += weight * np.asarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
        weight *= 0.62
    return np.asarray(out / (out.std() + 1e-6), np.float32)


def finish(picture: NDArray[np.float32]) -> Pixels:
    """Values to bytes."""
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def speckle(rng: Generator, picture: NDArray[np.float32], amount: float) -> None:
    """Grain of single pixels."""
    picture += rng.standard_normal((*picture.shape[:2], 1)).astype(np.float32) * amount


def asphalt(rng: Generator, *, grey: float, lanes: int, dirt: float, height: int = 512, width: int = 1024) -> Pixels:
    """The carriageway along x: worn wheel tracks, patches, cracks with sealing, oil, a sewer lid or two; row 0 is the side of the pavement."""
    import cv2

    base = float(srgb((grey, grey, grey))[0])
    plane = base + 7 * clouds(rng, height, width) + 4 * clouds(rng, height, width, (60, 140))
    rows = np.arange(height)[:, None] / height * lanes
    tracks = np.cos((rows % 1.0 - 0.5) * 2 * np.pi * 2) * 3.5
    plane = plane + tracks.astype(np.float32)
    out = np.repeat(plane[:, :, None], 3, 2) * np.array([1.0, 0.995, 0.98], np.float32)
    for _ in range(int(rng.integers(2, 8))):
        x, y, w, h = int(rng.integers(0, width)), int(rng.integers(0, height)), int(rng.integers(20, 200)), int(rng.integers(12, 90))
        tone = base * float(rng.uniform(0.62, 1.18))
        patch = out[y : y + h, x : x + w]
        patch[:] = 0.25 * patch + 0.75 * (tone + 4 * rng.standard_normal((*patch.shape[:2], 1)).astype(np.float32))
    for _ in range(int(4 + 14 * dirt)):
        points = [(float(rng.uniform(0, width)), float(rng.uniform(0, height)))]
        heading = float(rng.choice((0.0, np.pi / 2, np.pi))) + float(rng.normal(0, 0.4))
        for _ in range(int(rng.integers(6, 30))):
            heading += float(rng.normal(0, 0.35))
            points.append((points[-1][0] + 12 * np.cos(heading), points[-1][1] + 12 * np.sin(heading)))
        line = np.array(points, np.int32).reshape(-1, 1, 2)
        cv2.polylines(out, [line], False, (base * 0.55,) * 3, int(rng.choice((1, 1, 2, 4))), cv2.LINE_AA)
    stains = np.zeros((height, width), np.float32)
    for _ in range(int(3 + 12 * dirt)):
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        axes = (int(rng.integers(4, 26)), int(rng.integers(3, 14)))
        cv2.ellipse(stains, centre, axes, 0, 0, 360, float(rng.uniform(0.2, 0.7)), -1, cv2.LINE_AA)
    out *= 1 - 0.5 * np.asarray(cv2.GaussianBlur(stains, (0, 0), 3), np.float32)[:, :, None]
    speckle(rng, out, 5.0)
    return finish(out)


def paving(
    rng: Generator, *, stones: tuple[Colour, Colour], bond: str, dirt: float, metres: tuple[float, float], height: int = 512, width: int = 1024
) -> Pixels:
    """Paving of `metres` (along x, across): tiles, running bond, herringbone or large slabs, each stone a little its own, with joints, stains and gum."""
    import cv2

    first, second = srgb(stones[0]), srgb(stones[1])
    step = {"tile": (0.3, 0.3), "bond": (0.2, 0.1), "herringbone": (0.24, 0.12), "slabs": (0.6, 0.6)}[bond]
    if bond == "slabs" and rng.random() < 0.5:
        step = (0.8, 0.4)
    columns, rows = max(4, round(metres[0] / step[0])), max(3, round(metres[1] / step[1]))
    share = rng.choice((0.0, 0.12, 0.5))
    tone = rng.normal(0, 5.0, (rows, columns)).astype(np.float32) + 3 * clouds(rng, rows, columns, (3, 6))
    pattern = rng.random((rows, columns)) < share
    if share and rng.random() < 0.5:
        pattern = (np.add.outer(np.arange(rows), np.arange(columns)) // int(rng.integers(1, 5))) % 2 == 0
    cells = np.where(pattern[:, :, None], second, first) + tone[:, :, None]
    cells[rng.random((rows, columns)) < 0.015] *= 0.72
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    fy = y / height * rows
    row = np.minimum(fy.astype(np.int32), rows - 1)
    shift = 0.5 * (row % 2) if bond in ("bond", "herringbone") else 0.0
    fx = (x / width * columns + shift) % columns
    column = np.minimum(fx.astype(np.int32), columns - 1)
    out = cells[row, column].astype(np.float32)
    joint_x, joint_y = 1.2 * columns / width, 1.2 * rows / height
    inset = np.minimum((fx - column) / max(joint_x, 1e-6), (fy - row) / max(joint_y, 1e-6))
    out *= (0.72 + 0.28 * np.clip(inset, 0, 1))[:, :, None]
    out *= (1 + (0.05 + 0.06 * dirt) * clouds(rng, height, width))[:, :, None]
    marks = np.zeros((height, width), np.float32)
    for _ in range(int(15 + 110 * dirt)):  # chewing gum
        cv2.circle(
            marks, (int(rng.integers(0, width)), int(rng.integers(0, height))), int(rng.choice((1, 1, 2))), float(rng.uniform(0.1, 0.4)), -1, cv2.LINE_AA
        )
    for _ in range(int(2 + 12 * dirt)):  # what ran out of bags and kitchens
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        cv2.ellipse(marks, centre, (int(rng.integers(6, 60)), int(rng.integers(4, 26))), float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(0.1, 0.5)), -1)
    out *= 1 - 0.55 * np.asarray(cv2.GaussianBlur(marks, (0, 0), 1.2), np.float32)[:, :, None]
    edge = np.abs(np.linspace(-1, 1, height, dtype=np.float32)) ** 6
    out *= (1 - 0.16 * dirt * edge)[:, None, None]
    speckle(rng, out, 3.0)
    return finish(out)


def tactile(rng: Generator, *, kind: str = "bars", height: int = 48, width: int = 1024) -> Pixels:
    """A strip of yellow tactile stones, worn."""
    base = np.array([196, 158, 52], np.float32) * float(rng.uniform(0.75, 1.05))
    out = np.broadcast_to(base, (height, width, 3)).astype(np.float32).copy()
    y, x = np.mgrid[0:height, 0:width]
    raised = ((y * 8 // height) % 2 == 0) if kind == "bars" else (((y * 10 // height) % 2 == 0) & ((x // 5) % 2 == 0))
    out *= np.where(raised, 1.06, 0.9)[:, :, None].astype(np.float32)
    out *= np.where(x % (width // 32) < 2, 0.7, 1.0)[:, :, None].astype(np.float32)
    out *= (1 + 0.12 * clouds(rng, height, width, (9, 30, 80)))[:, :, None]
    tone = rng.normal(1.0, 0.07, 32).astype(np.float32)
    out *= np.repeat(tone, width // 32)[None, :, None]
    return finish(out)


def soil(rng: Generator, *, size: int = 256) -> Pixels:
    """Earth with leaves and grass, for beds and tree pits."""
    green = clouds(rng, size, size, (5, 12, 40))
    out = np.where(green[:, :, None] > -0.3, np.array([74, 88, 44], np.float32), np.array([92, 74, 54], np.float32))
    out = (out * (1 + 0.2 * clouds(rng, size, size, (20, 60)))[:, :, None]).astype(np.float32)
    speckle(rng, out, 14.0)
    return finish(out)


def markings(rng: Generator, *, colour: tuple[int, int, int] = (205, 205, 198), height: int = 32, width: int = 512) -> Pixels:
    """Worn paint: holes where the asphalt shows."""
    wear = clouds(rng, height, width, (10, 40, 120))
    out = np.where((wear > 1.1)[:, :, None], np.array([92, 92, 90], np.float32), np.array(colour, np.float32))
    out = (out * (0.9 + 0.06 * wear)[:, :, None]).astype(np.float32)
    return finish(out)
