"""The painters: each makes a small picture from its description, by code, the same every time."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np
from numpy.typing import NDArray

from models.street.assets import lettering
from models.street.assets.looks import CANOPY, CLOTH, PLASTIC, Colour, Picture

Canvas = NDArray[np.uint8]
Ink = tuple[int, int, int]


def paint(picture: Picture) -> Canvas:
    """The picture as sRGB (h, w, 3), or (h, w, 4) where it is `clear`; the first row is its top."""
    return PAINTERS[picture.kind](picture, Random(picture.seed))


def ink(colour: Colour) -> Ink:
    """A linear colour as sRGB bytes."""
    r, g, b = (round(255 * (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055)) for c in colour)
    return (min(255, r), min(255, g), min(255, b))


def _blank(width: int, height: int, colour: Colour) -> Canvas:
    return np.full((height, width, 3), ink(colour), np.uint8)


def _worn(canvas: Canvas, random: Random, amount: float = 0.18) -> Canvas:
    """Dirt: soft blots and streaks that run down."""
    import cv2

    h, w = canvas.shape[:2]
    noise = np.random.default_rng(random.randrange(1 << 30))
    blots = cv2.resize(noise.random((6, 8)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    streaks = cv2.resize(noise.random((2, max(4, w // 6))).astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR)
    share = 1 - amount * np.clip(0.7 * blots + 0.6 * streaks - 0.2, 0, 1)
    canvas[..., :3] = (canvas[..., :3] * share[..., None]).astype(np.uint8)
    return canvas


def _sign(picture: Picture, random: Random) -> Canvas:
    """A shop's or stall's board: words, often a second line, a frame or a stripe."""
    import cv2

    ground, letters = picture.colours[0], picture.colours[1]
    canvas = _blank(384, 96, ground)
    if random.random() < 0.5:
        cv2.rectangle(canvas, (3, 3), (380, 92), ink(letters), 3)
    if random.random() < 0.4:
        canvas[:, :90] = ink(picture.colours[-1])
    small = random.random() < 0.5
    lettering.write(canvas, picture.words, (16, 12, 368, 66 if small else 84), ink(letters))
    if small:
        lettering.write(canvas, f"TEL {random.randint(1300000, 1899999)}{random.randint(1000, 9999)}", (90, 72, 300, 88), ink(letters), bold=False)
    return _worn(canvas, random)


def _tall_sign(picture: Picture, random: Random) -> Canvas:
    """A standing board: words from top to bottom over a block of pictures."""
    canvas = _blank(128, 224, picture.colours[0])
    lettering.write(canvas, picture.words, (10, 10, 60, 214), ink(picture.colours[1]), upright=True)
    for y in range(12, 200, 48):
        canvas[y : y + 36, 72:118] = ink(random.choice(CANOPY + PLASTIC))
        lettering.write(canvas, lettering.price(random), (72, y + 36, 118, y + 46), ink(picture.colours[1]), bold=False)
    return _worn(canvas, random)


def _poster(picture: Picture, random: Random) -> Canvas:
    """A poster or menu: a heading and rows of writing, or a photograph's blots of colour."""
    import cv2

    canvas = _blank(144, 208, picture.colours[0])
    lettering.write(canvas, picture.words, (8, 8, 136, 48), ink(picture.colours[1]))
    if random.random() < 0.5:
        for y in range(60, 190, 20):
            lettering.write(
                canvas, random.choice(("牛肉面", "炒饭", "水饺", "凉皮", "米线", "Tea", "Soup")), (12, y, 80, y + 14), ink(picture.colours[1]), bold=False
            )
            lettering.write(canvas, lettering.price(random), (92, y, 134, y + 14), ink(picture.colours[1]), bold=False)
    else:
        for _ in range(26):
            at = (random.randint(14, 130), random.randint(64, 196))
            cv2.circle(canvas, at, random.randint(8, 26), ink(random.choice(CANOPY + CLOTH)), -1)
    return _worn(canvas, random)


def _card(picture: Picture, random: Random) -> Canvas:
    """A price card."""
    canvas = _blank(72, 48, picture.colours[0])
    lettering.write(canvas, picture.words, (4, 6, 68, 42), ink(picture.colours[1]))
    return canvas


def _banner(picture: Picture, random: Random) -> Canvas:
    """A long cloth with large words."""
    canvas = _blank(768, 88, picture.colours[0])
    lettering.write(canvas, picture.words, (20, 10, 748, 78), ink(picture.colours[1]))
    return _worn(canvas, random, 0.12)


def _valance(picture: Picture, random: Random) -> Canvas:
    """The hanging rim of a canopy: the same word again and again."""
    canvas = _blank(512, 48, picture.colours[0])
    for x in range(0, 512, 128):
        lettering.write(canvas, picture.words, (x + 8, 8, x + 120, 40), ink(picture.colours[1]))
    return _worn(canvas, random)


def _canvas(picture: Picture, random: Random) -> Canvas:
    """Awning cloth after a season: faded in blots, seams, streaks of dirt."""
    import cv2

    noise = np.random.default_rng(picture.seed)
    fade = cv2.resize(noise.random((4, 4)).astype(np.float32), (128, 128), interpolation=cv2.INTER_CUBIC)[..., None]
    fine = cv2.resize(noise.random((40, 40)).astype(np.float32), (128, 128), interpolation=cv2.INTER_LINEAR)[..., None]
    base = np.array(ink(picture.colours[0]), np.float32)
    canvas = base * (0.86 + 0.2 * fade + 0.06 * fine) + 22 * fade * fade
    for x in range(random.randint(10, 40), 128, 42):
        canvas[:, x : x + 2] *= 0.82
    canvas = np.clip(canvas, 0, 255).astype(np.uint8)
    return _worn(canvas, random, 0.3)


def _stripes(picture: Picture, random: Random) -> Canvas:
    """Stripes of two or three colours across the width."""
    canvas = _blank(128, 128, picture.colours[0])
    step = random.choice((8, 12, 16, 24, 32))
    for i, x in enumerate(range(0, 128, step)):
        canvas[:, x : x + step] = ink(picture.colours[i % len(picture.colours)])
    return _worn(canvas, random, 0.15)


def _checks(picture: Picture, random: Random) -> Canvas:
    """A check: two crossing rows of stripes, the red-white-blue of woven bags too."""
    canvas = _blank(128, 128, picture.colours[0]).astype(np.float32)
    step = random.choice((10, 14, 20, 28))
    for i in range(0, 128, 2 * step):
        colour = np.array(ink(picture.colours[1 + (i // (2 * step)) % (len(picture.colours) - 1)]), np.float32)
        canvas[:, i : i + step] = 0.5 * canvas[:, i : i + step] + 0.5 * colour
        canvas[i : i + step] = 0.5 * canvas[i : i + step] + 0.5 * colour
    return _worn(canvas.astype(np.uint8), random, 0.12)


def _floral(picture: Picture, random: Random) -> Canvas:
    """Blossoms on cloth: quilts, bed sheets, dresses."""
    import cv2

    canvas = _blank(128, 128, picture.colours[0])
    for _ in range(random.randint(24, 60)):
        at, r = (random.randrange(128), random.randrange(128)), random.randint(3, 10)
        for k in range(5):
            petal = (int(at[0] + r * math.cos(k * 1.257)), int(at[1] + r * math.sin(k * 1.257)))
            cv2.circle(canvas, petal, max(2, r // 2), ink(picture.colours[1 + k % (len(picture.colours) - 1)]), -1)
    return canvas


def _pack(picture: Picture, random: Random) -> Canvas:
    """A printed pack, book or box: blocks of colour and a word."""
    import cv2

    canvas = _blank(96, 96, picture.colours[0])
    for _ in range(random.randint(1, 3)):
        a, b = (random.randint(0, 70), random.randint(0, 70)), random.randint(20, 60)
        if random.random() < 0.5:
            cv2.circle(canvas, a, b // 2, ink(random.choice(CANOPY + PLASTIC)), -1)
        else:
            cv2.rectangle(canvas, a, (a[0] + b, a[1] + b // 2), ink(random.choice(CANOPY + PLASTIC)), -1)
    lettering.write(canvas, picture.words, (6, random.choice((6, 40, 66)), 90, 92), ink(picture.colours[1]))
    return canvas


def _carton(picture: Picture, random: Random) -> Canvas:
    """A carton's side: corrugated brown, tape, a label, some print."""
    canvas = _blank(96, 96, picture.colours[0])
    canvas = _worn(canvas, random, 0.25)
    canvas[:, 44:52] = np.minimum(255, canvas[:, 44:52].astype(np.int32) + 26).astype(np.uint8)
    if random.random() < 0.7:
        x, y = random.randint(4, 50), random.randint(8, 56)
        canvas[y : y + 28, x : x + 40] = (228, 226, 220)
        for k in range(4):
            canvas[y + 4 + 6 * k : y + 6 + 6 * k, x + 3 : x + random.randint(18, 37)] = (60, 60, 62)
    if picture.words:
        lettering.write(canvas, picture.words, (6, 66, 90, 92), ink(picture.colours[1]))
    return canvas


def _sack(picture: Picture, random: Random) -> Canvas:
    """A woven sack with a round print."""
    import cv2

    canvas = _blank(96, 128, picture.colours[0])
    canvas[::4] = (canvas[::4] * 0.93).astype(np.uint8)
    cv2.circle(canvas, (48, 58), 34, ink(picture.colours[1]), 4)
    lettering.write(canvas, picture.words, (18, 34, 78, 82), ink(picture.colours[1]))
    return _worn(canvas, random, 0.25)


def _smoke(picture: Picture, random: Random) -> Canvas:
    """Smoke or steam: soft puffs on nothing, thinner to the edges."""
    import cv2

    size = 96
    puffs = np.zeros((size, size), np.float32)
    for i in range(40):
        rise = i / 40
        at = (int(size / 2 + random.gauss(0, 4 + 13 * rise)), int(size * (0.95 - 0.85 * rise)))
        cv2.circle(puffs, at, int(4 + 12 * rise), 1.0 - 0.6 * rise, -1)
    puffs = np.asarray(cv2.GaussianBlur(puffs, (0, 0), 6), np.float32)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    alpha = 0.6 * puffs * np.clip(1.2 - 1.2 * np.sqrt(x * x + y * y), 0, 1)
    return np.dstack([_blank(size, size, picture.colours[0]), (255 * np.clip(alpha, 0, 1)).astype(np.uint8)])


def _net(picture: Picture, random: Random) -> Canvas:
    """A wire mesh: lines on nothing."""
    canvas = np.zeros((96, 96, 4), np.uint8)
    canvas[..., :3] = ink(picture.colours[0])
    canvas[::12, :, 3] = canvas[1::12, :, 3] = 255
    canvas[:, ::12, 3] = canvas[:, 1::12, 3] = 255
    return canvas


def _pane(picture: Picture, random: Random) -> Canvas:
    """A pane of glass before goods: almost nothing, a slanting reflection, grease."""
    y, x = np.mgrid[0:96, 0:128]
    alpha = 26 + 46 * ((x + y) % 170 < random.randint(20, 60)) + 10 * np.random.default_rng(picture.seed).random((96, 128))
    return np.dstack([_blank(128, 96, picture.colours[0]), alpha.astype(np.uint8)])


def _hazard(picture: Picture, random: Random) -> Canvas:
    """Slanting stripes of a barrier."""
    y, x = np.mgrid[0:48, 0:192]
    canvas = _blank(192, 48, picture.colours[0])
    canvas[(x + y) // 24 % 2 == 0] = ink(picture.colours[1])
    return _worn(canvas, random)


def _litter(picture: Picture, random: Random) -> Canvas:
    """A flat spread of mixed small waste on nothing, or a stain."""
    import cv2

    size = 128
    canvas = np.zeros((size, size, 4), np.uint8)
    for _ in range(150):
        at = (int(random.gauss(size / 2, 24)), int(random.gauss(size / 2, 24)))
        colour = ink(random.choice(picture.colours))
        box = (at, (random.randint(2, 9), random.randint(2, 6)), random.uniform(0, 180))
        cv2.fillPoly(canvas, [cv2.boxPoints(box).astype(np.int32)], (*colour, 255))
    return canvas


def _stain(picture: Picture, random: Random) -> Canvas:
    """A wet or sandy patch with a ragged edge, on nothing."""
    import cv2

    size = 128
    noise = np.random.default_rng(picture.seed)
    field = sum(cv2.resize(noise.random((n, n)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC) / k for k, n in ((1, 4), (2, 9), (4, 20)))
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    alpha = np.clip((np.asarray(field, np.float32) / 1.75 + 0.55 - 0.95 * np.sqrt(x * x + y * y)) * 5 - 1.6, 0, 1)
    grain = np.clip(noise.normal(1, 0.12, (size, size, 1)), 0.5, 1.4)
    colour = np.clip(np.array(ink(picture.colours[0]), np.float64) * grain, 0, 255).astype(np.uint8)
    return np.dstack([colour, (235 * alpha).astype(np.uint8)])


PAINTERS: dict[str, Callable[[Picture, Random], Canvas]] = {
    "sign": _sign,
    "tall_sign": _tall_sign,
    "poster": _poster,
    "card": _card,
    "banner": _banner,
    "valance": _valance,
    "canvas": _canvas,
    "stripes": _stripes,
    "checks": _checks,
    "floral": _floral,
    "pack": _pack,
    "carton": _carton,
    "sack": _sack,
    "smoke": _smoke,
    "net": _net,
    "pane": _pane,
    "hazard": _hazard,
    "litter": _litter,
    "stain": _stain,
}
"""By kind of picture; the street's own painters join it."""
