"""What a surveillance camera makes of a rendered picture, in 2D: weather before the lens, lens, sensor, its own clean-up, its caption, its encoder.

Pure numpy and OpenCV; everything is a function of the picture, the drawn `Imager` and a seed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.street import weather
from models.street.encoding import through_encoder
from models.street.light import DARK, Light
from models.street.seeing import Eye
from models.street.weather import Beam

Pixels = NDArray[np.uint8]
Canvas = NDArray[np.float32]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PLACES = (
    "Jingshi Rd",
    "Quancheng St",
    "Wenhua E Rd",
    "Market Gate 2",
    "School N Gate",
    "Bus Stop 17",
    "Shanda Rd",
    "Jiefang Rd W",
    "Lane 12",
    "Hospital E",
    "Metro Exit C",
    "Old Town 4",
)


HOURS_OF = {"lit_night": (19, 29), "rain_night": (19, 29), "infrared": (21, 29), "dusk": (17, 19), "glare": (6, 8)}
"""Hours of the clock by light, past midnight counted on; 7 to 17 for all others."""


@dataclass(frozen=True, slots=True)
class Imager:
    """A camera's electronics.

    Attributes:
        resolve: share of the picture's pixels across that the lens and sensor really resolve, 0..1: so large is the rendering.
        softness: standard deviation of the blur in pixels.
        noise: standard deviation of the sensor's noise in grey levels at gain 1.
        sharpen: strength of the camera's own sharpening.
        saturation, contrast: factors about 1.
        cast: factors of red and blue.
        vignette: darkening in the corners, 0..1.
        crf: of its H.264 encoder, or None for a JPEG camera of `quality`.
        caption: how date, place and number are written: none, top, corners, bottom.
        grime: what sticks to the dome, 0..1.
    """

    resolve: float
    softness: float
    noise: float
    sharpen: float
    saturation: float
    contrast: float
    cast: tuple[float, float]
    vignette: float
    crf: int | None
    quality: int
    caption: str
    grime: float


def draw_imager(random: Random) -> Imager:
    """Draws a camera's electronics, from a new dome to an old one on a thin line."""
    return Imager(
        resolve=random.choice((1.0, 0.9, 0.8, 0.7, 0.6)),
        softness=random.choice((0.0, 0.3, 0.5, 0.8)),
        noise=random.uniform(0.4, 2.2),
        sharpen=random.choice((0.0, 0.3, 0.6, 1.0)),
        saturation=random.uniform(0.6, 1.2),
        contrast=random.uniform(0.98, 1.28),
        cast=(random.uniform(0.94, 1.06), random.uniform(0.93, 1.08)),
        vignette=random.uniform(0.0, 0.28),
        crf=random.randint(22, 35) if random.random() < 0.7 else None,
        quality=random.randint(38, 85),
        caption=random.choice(("none", "top", "corners", "corners", "bottom", "top")),
        grime=random.choice((0.0, 0.0, 0.0, 0.3, 0.7)),
    )


@dataclass(frozen=True, slots=True)
class Streak:
    """Something that moved while the shutter was open: its outline in pixels and its way in pixels."""

    outline: NDArray[np.float64]
    way: tuple[float, float]


def expose(picture: Pixels, eye: Eye, light: Light, imager: Imager, seed: int, *, streaks: Sequence[Streak] = (), beams: Sequence[Beam] = ()) -> Pixels:
    """The camera's picture of a rendered one (h, w, 3) RGB; `streaks` and `beams` lie in the straight picture."""
    rng, random = np.random.default_rng(seed), Random(seed)
    out = picture.astype(np.float32)
    for streak in streaks:
        smear(out, streak)
    if light.kind in DARK:
        weather.headlights(out, beams)
    if light.haze:
        weather.haze(out, eye, light)
    if light.wet:
        weather.rain(out, rng, light)
    weather.bloom(out, light)
    if light.glare:
        weather.veil(out, rng, light)
    bent = eye.lens.picture(np.asarray(np.clip(out, 0, 255), np.uint8)).astype(np.float32)
    if (light.wet and rng.random() < 0.5) or imager.grime > 0.5:
        weather.drops(bent, rng, 0.5 * light.wet + 0.5 * imager.grime)
    taken = develop(bent, rng, light, imager)
    if imager.caption != "none":
        caption(taken, random, imager.caption, HOURS_OF.get(light.kind, (7, 17)))
    if imager.crf is not None:
        taken = through_encoder(taken, imager.crf)
    return taken


def enlarged(picture: Pixels, width: int, height: int) -> Pixels:
    """A picture at the size that the camera sends, whatever it resolves."""
    import cv2

    if picture.shape[:2] == (height, width):
        return picture
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def smear(out: Canvas, streak: Streak) -> None:
    """Blurs what lies in the outline along its way."""
    import cv2

    length = math.hypot(*streak.way)
    if length < 1.2:
        return
    taps = min(25, max(3, round(length) | 1))
    h, w = out.shape[:2]
    x0, y0 = np.floor(streak.outline.min(axis=0) - length - 2).astype(int)
    x1, y1 = np.ceil(streak.outline.max(axis=0) + length + 2).astype(int)
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(w, x1), min(h, y1)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    part = out[y0:y1, x0:x1]
    mask = np.zeros(part.shape[:2], np.float32)
    cv2.fillPoly(mask, [np.round(streak.outline - (x0, y0)).astype(np.int32)], 1.0)
    moved, cover = np.zeros_like(part), np.zeros_like(mask)
    for t in np.linspace(-0.5, 0.5, taps):
        shift = np.array([[1, 0, t * streak.way[0]], [0, 1, t * streak.way[1]]], np.float32)
        size = (part.shape[1], part.shape[0])
        moved += cv2.warpAffine(part * mask[:, :, None], shift, size, flags=cv2.INTER_LINEAR)
        cover += cv2.warpAffine(mask, shift, size, flags=cv2.INTER_LINEAR)
    cover /= taps
    mean = moved / taps / np.maximum(cover, 1e-3)[:, :, None]
    share = np.clip(cover, 0, 1)[:, :, None]
    part[:] = part * (1 - share) + mean * share


def develop(bent: Canvas, rng: Generator, light: Light, imager: Imager) -> Pixels:
    """Lens softness, shading, noise with the gain of the hour, colours, and the camera's own smoothing and sharpening."""
    out, deviation = developed(bent, light, imager)
    out = out + grain(rng, out.shape[1], out.shape[0], deviation, grey=light.kind == "infrared")
    return np.asarray(np.clip(calmed(out) if light.kind in DARK else out, 0, 255), np.uint8)


def developed(bent: Canvas, light: Light, imager: Imager) -> tuple[Canvas, float]:
    """The picture without its noise, and the noise's standard deviation, which grows with the gain."""
    import cv2

    h, w = bent.shape[:2]
    dark = light.kind in DARK
    out = bent
    if imager.softness:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), imager.softness * w / 640), np.float32)
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    out = out * (1.0 - imager.vignette * (x * x + y * y) / 2)[:, :, None].astype(np.float32)
    # Automatic exposure: the middle grey wanders back towards the middle, as far as gain goes.
    mean = float(out.mean())
    gain = min(2.2 if dark else 1.5, max(0.75, (70.0 if dark else 118.0) / max(mean, 1.0))) ** 0.8
    out = out * gain
    out = out * np.array([imager.cast[0], 1.0, imager.cast[1]], np.float32)
    grey = out @ np.array([0.299, 0.587, 0.114], np.float32)
    saturation = 0.0 if light.kind == "infrared" else imager.saturation * (0.75 if dark else 1.0)
    out = grey[:, :, None] + (out - grey[:, :, None]) * saturation
    out = (out - 110) * imager.contrast + 110
    if imager.sharpen:
        out = out + imager.sharpen * (out - np.asarray(cv2.GaussianBlur(out, (0, 0), 1.2), np.float32))
    return np.asarray(out, np.float32), imager.noise * (2.6 if dark else 1.0) * (0.6 + 0.4 * gain)


def grain(rng: Generator, width: int, height: int, deviation: float, *, grey: bool) -> Canvas:
    """The sensor's noise (h, w, 3 or 1): fine in brightness, coarser in colour."""
    import cv2

    luma = rng.normal(0, deviation, (height, width, 1)).astype(np.float32)
    chroma = rng.normal(0, deviation, (height // 2 + 1, width // 2 + 1, 3)).astype(np.float32)
    return luma if grey else luma + np.asarray(cv2.resize(chroma, (width, height)), np.float32) * 0.5


def calmed(out: Canvas) -> Canvas:
    """By night, temporal noise reduction leaves smears instead of grain."""
    import cv2

    return np.asarray(0.45 * out + 0.55 * np.asarray(cv2.GaussianBlur(out, (0, 0), 1.1), np.float32).reshape(out.shape), np.float32)


@dataclass(frozen=True, slots=True)
class Caption:
    """How a camera writes its day, hour and place: layout (top | corners | bottom), size in pixels, weight of the letters and how slim they are."""

    layout: str
    day: str
    weekday: str
    place: str
    size: float
    weight: int
    slim: float


def draw_caption(random: Random, layout: str, hours: tuple[int, int], height: int) -> tuple[Caption, str]:
    """Draws a caption and an hour of the day."""
    day = f"20{random.randint(19, 26)}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}"
    hour = random.randint(*hours) % 24
    clock = f"{hour:02d}:{random.randrange(60):02d}:{random.randrange(60):02d}"
    weekday = random.choice((*WEEKDAYS, ""))
    where = random.choice(PLACES)
    place = random.choice((f"CAM {random.randint(1, 64):02d}", f"{where}-{random.randint(1, 9)}", f"IPC {random.randint(100, 999)} {where}"))
    size = random.uniform(0.034, 0.05) * height
    weight, slim = random.choice((400, 600)), random.uniform(0.78, 1.0)
    shown = random.random() < 0.85
    return Caption(layout, day, weekday, place if shown else "", size, weight, slim), clock


def caption(picture: Pixels, random: Random, layout: str, hours: tuple[int, int] = (0, 23)) -> None:
    """Writes date, hour (from and to), place and number into the picture as cameras do."""
    drawn, clock = draw_caption(random, layout, hours, picture.shape[0])
    write_caption(picture, drawn, clock)


def write_caption(picture: Pixels, caption: Caption, clock: str) -> None:
    """Writes a caption into the picture, white with a black rim."""
    import cv2

    h, w = picture.shape[:2]

    def write(text: str, corner: str) -> None:
        mask = _text(text, caption.size, caption.weight, caption.slim)
        th, tw = mask.shape
        x = round(0.02 * w) if "left" in corner else w - tw - round(0.02 * w)
        y = round(0.025 * h) if "top" in corner else h - th - round(0.025 * h)
        part = picture[max(0, y) : y + th, max(0, x) : x + tw]
        ink = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255
        rim = np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)), np.float32)[: part.shape[0], : part.shape[1], None] / 255
        part[:] = (part * (1 - 0.9 * rim) * (1 - ink) + 240 * ink).astype(np.uint8)

    places = {"top": ("top left", "top right"), "corners": ("top left", "bottom right"), "bottom": ("bottom right", "bottom left")}[caption.layout]
    write(f"{caption.day} {caption.weekday} {clock}", places[0])
    if caption.place:
        write(caption.place, places[1])


def _text(text: str, size: float, weight: int, slim: float) -> Pixels:
    """White letters on black (h, w), with a margin for their rim."""
    import cv2

    big = 40
    canvas = np.zeros((2 * big, big * (len(text) + 2), 3), np.uint8)
    face = getattr(cv2, "FontFace", None)
    if face is None:
        cv2.putText(canvas, text, (8, 56), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (255, 255, 255), 3, cv2.LINE_AA)
    else:
        cv2.putText(canvas, text, (8, 56), (255, 255, 255), face("sans"), big, weight)
    ink = canvas[..., 0]
    columns = np.flatnonzero(ink.max(axis=0))
    ink = ink[: big + 30, max(0, columns[0] - 6) : columns[-1] + 7]
    k = size / big
    shape = (max(4, round(ink.shape[1] * k * slim)), max(4, round(ink.shape[0] * k)))
    return np.asarray(cv2.resize(ink, shape, interpolation=cv2.INTER_AREA), np.uint8)
