"""Weather and stray light before and on a camera's lens, in 2D: haze by distance, falling rain, light that spills, a low sun's veil, drops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.street.light import DARK, Light
from models.street.seeing import Eye

Canvas = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Beam:
    """A vehicle's lit lamp: its place in the straight picture in pixels, how squarely it faces the camera (0..1), metres away, whether it is a rear one."""

    at: tuple[float, float]
    facing: float
    distance_metres: float
    red: bool


FAR_METRES = 220.0
"""Where haze of strength 1 has taken 95 % of the contrast at a third of this."""


def ground_distance(eye: Eye, height: int) -> NDArray[np.float64]:
    """Metres from the camera to the ground, by row of the straight picture (at its middle column); far above the horizon."""
    y = (0.5 - (np.arange(height) + 0.5) / height) * 2 * eye.half_tangent / eye.aspect
    rays = y[:, None] * eye.axes[1] - eye.axes[2]
    fall = -rays[:, 2]
    with np.errstate(divide="ignore"):
        reach = np.where(fall > 1e-3, eye.at[2] / np.maximum(fall, 1e-3), FAR_METRES)
    return np.asarray(np.minimum(reach * np.linalg.norm(rays, axis=1), FAR_METRES))


def haze(out: Canvas, eye: Eye, light: Light) -> None:
    """Distance fades to the sky's grey."""
    reach = ground_distance(eye, len(out))
    share = (1 - np.exp(-3.0 * light.haze * reach / (FAR_METRES / 3))).astype(np.float32)[:, None, None]
    level = {"lit_night": 30.0, "rain_night": 36.0, "dusk": 90.0}.get(light.kind, 178.0)
    veil = level * (0.5 + 0.5 * np.array(light.sky_colour, np.float32))
    out *= 1 - 0.85 * share
    out += 0.85 * share * veil


def rain(out: Canvas, rng: Generator, light: Light, *, manner: Generator | None = None) -> None:
    """Streaks of drops that fall past the lens; `manner` draws slant and strength where they are another generator's, as in a clip they stay."""
    import cv2

    h, w = out.shape[:2]
    layer = np.zeros((h, w), np.float32)
    manner = rng if manner is None else manner
    slant = float(manner.normal(0, 0.14))
    for _ in range(int(light.wet * float(manner.uniform(60, 420)) * w / 640)):
        x, y, length = float(rng.uniform(0, w)), float(rng.uniform(0, h)), float(rng.exponential(9) + 4) * h / 360
        end = (round(x + slant * length), round(y + length))
        cv2.line(layer, (round(x), round(y)), end, float(rng.uniform(0.15, 0.6)), 1, cv2.LINE_AA)
    layer = np.asarray(cv2.GaussianBlur(layer, (0, 0), 0.7), np.float32)
    bright = 150.0 if light.kind in DARK else 205.0
    out += layer[:, :, None] * np.maximum(bright - out, 0) * 0.5


def bloom(out: Canvas, light: Light) -> None:
    """Light spills round what is overexposed, most at night."""
    import cv2

    strength = 0.32 if light.kind in DARK else 0.12 + 0.3 * light.glare
    small = cv2.resize(np.maximum(out - 215, 0), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    wide = cv2.GaussianBlur(small, (0, 0), 3.0) + 0.8 * cv2.GaussianBlur(small, (0, 0), 10.0)
    out += strength * np.asarray(cv2.resize(wide, (out.shape[1], out.shape[0]), interpolation=cv2.INTER_LINEAR), np.float32) * 4


def veil(out: Canvas, rng: Generator, light: Light) -> None:
    """A low sun or a headlight in the lens: a glow from one side, a few ghosts across."""
    import cv2

    h, w = out.shape[:2]
    night = light.kind in DARK
    at = (
        (float(rng.uniform(0.1, 0.9)) * w, float(rng.uniform(0.2, 0.6)) * h)
        if night
        else (float(rng.uniform(-0.1, 1.1)) * w, float(rng.uniform(-0.25, 0.12)) * h)
    )
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    reach = np.hypot(x - at[0], y - at[1]) / w
    glow = light.glare * (np.exp(-reach * (16 if night else 3.2)) * (240 if night else 150) + (0 if night else 22))
    colour = np.array((1.0, 0.97, 0.9) if night else (1.0, 0.92, 0.78), np.float32)
    out += glow[:, :, None].astype(np.float32) * colour
    if not night:
        ghosts = np.zeros((h, w, 3), np.float32)
        for _ in range(int(rng.integers(1, 5))):
            t = float(rng.uniform(0.4, 1.9))
            centre = (round(at[0] + t * (w / 2 - at[0])), round(at[1] + t * (h / 2 - at[1])))
            paint = tuple(float(v) for v in rng.uniform(4, 26, 3) * light.glare)
            cv2.circle(ghosts, centre, int(rng.integers(4, 26) * w / 640), paint, -1, cv2.LINE_AA)
        out += np.asarray(cv2.GaussianBlur(ghosts, (0, 0), 2.0), np.float32)


def drops(out: Canvas, rng: Generator, amount: float) -> None:
    """Drops and dirt on the dome: soft discs that blur what is behind them."""
    import cv2

    h, w = out.shape[:2]
    mask = np.zeros((h, w), np.float32)
    for _ in range(int(rng.integers(2, 3 + int(14 * amount)))):
        centre = (int(rng.integers(0, w)), int(rng.integers(0, h)))
        cv2.circle(mask, centre, int(rng.integers(3, 5 + int(14 * amount)) * w / 640), float(rng.uniform(0.4, 1.0)), -1, cv2.LINE_AA)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 2.5), np.float32)[:, :, None]
    soft = np.asarray(cv2.GaussianBlur(out, (0, 0), 6.0 * w / 640), np.float32)
    out *= 1 - mask
    out += mask * soft * float(rng.uniform(0.8, 1.08))


def headlights(out: Canvas, beams: Sequence[Beam]) -> None:
    """The lamps of vehicles at night: white-hot spots, red ones behind; `bloom` makes their halos."""
    import cv2

    height, width = out.shape[:2]
    for beam in beams:
        radius = max(0.8, (1.0 if beam.red else 2.2) * width / 640 * 12 / beam.distance_metres * beam.facing)
        layer = np.zeros((height, width), np.float32)
        cv2.circle(layer, (round(beam.at[0] * 8), round(beam.at[1] * 8)), round(radius * 8), 1.0, -1, cv2.LINE_AA, 3)
        paint = np.array((420.0, 40.0, 20.0) if beam.red else (1500.0, 1450.0, 1300.0), np.float32) * beam.facing
        out += layer[:, :, None] * paint
