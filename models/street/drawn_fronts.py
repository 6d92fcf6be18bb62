"""Pictures drawn by code for houses: walls with windows, what is seen behind a shop's glass, shutters, posters, signs, the far side of the street."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.street.assets import lettering
from models.street.drawn import SHOP_COLOURS, Pixels, clouds, finish, speckle

Canvas = NDArray[np.float32]
Paint = tuple[float, float, float]

WALLS: tuple[Paint, ...] = (
    (188, 178, 160), (164, 128, 104), (196, 194, 188), (204, 186, 150), (142, 148, 156), (176, 160, 148), (214, 208, 196), (150, 110, 92), (122, 126, 124),
)  # fmt: skip


def _rect(picture: Canvas, x: float, y: float, w: float, h: float, paint: Paint) -> None:
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(0, round(x)), max(0, round(y)), min(width, round(x + w)), min(height, round(y + h))
    if x1 > x0 and y1 > y0:
        picture[y0:y1, x0:x1] = paint


def _shop_paint(rng: Generator) -> Paint:
    r, g, b = SHOP_COLOURS[int(rng.integers(len(SHOP_COLOURS)))]
    k = float(rng.uniform(0.75, 1.15))
    return (r * k, g * k, b * k)


def letters(picture: Canvas, rng: Generator, x: float, y: float, w: float, h: float, count: int, paint: Paint) -> None:
    """Writes `count` square signs of strokes into a rectangle: what lettering is from a pole."""
    import cv2

    cell = min(h, w / max(1, count))
    left = x + (w - cell * count) / 2
    thick = max(1, round(cell * 0.09))
    for i in range(count):
        cx, cy = left + (i + 0.08) * cell, y + (h - cell) / 2 + 0.08 * cell
        size = 0.84 * cell
        for _ in range(int(rng.integers(4, 8))):
            a = (round(cx + size * float(rng.uniform(0, 1))), round(cy + size * float(rng.uniform(0, 1))))
            across = rng.random() < 0.5
            run = size * float(rng.uniform(0.4, 1.0))
            b = (round(min(cx + size, a[0] + run)), a[1]) if across else (a[0] - round(0.15 * size * float(rng.random())), round(min(cy + size, a[1] + run)))
            cv2.line(picture, a, b, paint, thick, cv2.LINE_AA)
        if rng.random() < 0.4:
            cv2.rectangle(picture, (round(cx), round(cy)), (round(cx + size), round(cy + size)), paint, thick, cv2.LINE_AA)


def wall(rng: Generator, *, columns: int, floors: int, size: tuple[int, int] = (384, 512)) -> Pixels:
    """Upper floors: rendered or tiled wall, windows with frames and curtains, grilles, air conditioners with their stains, pipes; (height, width)."""
    height, width = size
    base = np.array(WALLS[int(rng.integers(len(WALLS)))], np.float32)
    out = np.broadcast_to(base, (height, width, 3)).astype(np.float32).copy()
    if rng.random() < 0.6:
        step = int(rng.choice((4, 6, 10)))
        out[::step] *= 0.9
        out[:, ::step] *= 0.93
    out *= (1 + 0.06 * clouds(rng, height, width, (4, 9, 30)))[:, :, None]
    cell_w, cell_h = width / columns, height / floors
    frame: Paint = ((70, 70, 72), (225, 225, 222), (96, 70, 50))[int(rng.integers(3))]
    window_w, window_h = cell_w * float(rng.uniform(0.4, 0.75)), cell_h * float(rng.uniform(0.42, 0.62))
    for row in range(floors):
        for column in range(columns):
            x, y = (column + 0.5) * cell_w - window_w / 2, (row + 0.45) * cell_h - window_h / 2
            _rect(out, x - 3, y - 3, window_w + 6, window_h + 8, frame)
            glass = float(rng.choice((rng.uniform(22, 60), rng.uniform(22, 60), rng.uniform(70, 150))))
            _rect(out, x, y, window_w, window_h, (glass, glass * 1.08, glass * 1.14))
            if rng.random() < 0.55:
                curtain = float(rng.uniform(110, 215))
                _rect(out, x, y, window_w * float(rng.uniform(0.15, 0.6)), window_h, (curtain, curtain * 0.96, curtain * 0.88))
            _rect(out, x + window_w / 2 - 1, y, 3, window_h, frame)
            if rng.random() < 0.35:
                for k in range(9):
                    _rect(out, x + k * window_w / 8, y, 1.4, window_h, (60, 58, 56))
            if rng.random() < 0.45:
                ax, ay = x + float(rng.uniform(-0.1, 0.6)) * window_w, y + window_h + 6
                _rect(out, ax, ay, cell_w * 0.26, cell_h * 0.17, (206, 206, 200))
                _rect(out, ax + cell_w * 0.03, ay + 2, cell_w * 0.14, cell_h * 0.13, (70, 72, 72))
                stain = out[min(height - 1, round(ay + cell_h * 0.17)) : min(height, round(ay + cell_h * 0.4)), max(0, round(ax)) : round(ax + cell_w * 0.2)]
                stain *= 0.86
    speckle(rng, out, 2.5)
    return finish(out)


def interior(rng: Generator, *, size: tuple[int, int] = (192, 384)) -> Pixels:
    """What a pole sees behind a shop's glass: a lit ceiling, shelves full of small coloured things, a counter, posters; (height, width)."""
    height, width = size
    base = np.array([[150, 138, 118], [176, 172, 160], [112, 104, 98], [160, 150, 150]][int(rng.integers(4))], np.float32)
    out = np.broadcast_to(base, (height, width, 3)).astype(np.float32).copy()
    out *= np.linspace(1.25, 0.6, height, dtype=np.float32)[:, None, None]
    lamps = int(rng.integers(2, 6))
    for i in range(lamps):
        _rect(out, (i + 0.3) * width / lamps, height * 0.04, width / lamps * 0.4, 5, (255, 252, 238))
    kind = int(rng.integers(4))
    if kind <= 1:  # shelves of goods
        levels = int(rng.integers(3, 6))
        for level in range(levels):
            floor = height * (0.25 + 0.72 * (level + 1) / levels)
            x = 0.0
            while x < width:
                w, h = float(rng.uniform(3, 13)), float(rng.uniform(0.4, 0.95)) * height * 0.6 / levels
                _rect(out, x, floor - h, w, h, _shop_paint(rng))
                x += w + float(rng.choice((0.0, 1.0, 1.0, 6.0)))
            _rect(out, 0, floor, width, 3, (90, 86, 80))
    elif kind == 2:  # an eating house: tables, stools, people's dark shapes, a menu on the wall
        _rect(out, width * 0.1, height * 0.15, width * 0.5, height * 0.24, _shop_paint(rng))
        letters(out, rng, width * 0.12, height * 0.17, width * 0.46, height * 0.2, 8, (245, 240, 225))
        for _ in range(9):
            x, y = float(rng.uniform(0, width)), height * float(rng.uniform(0.55, 0.85))
            _rect(out, x, y, width * 0.1, 5, (120, 84, 50))
            _rect(out, x + 2, y - height * 0.16, width * 0.035, height * 0.22, (float(rng.uniform(20, 140)),) * 3)
    else:  # a counter before panels
        for i in range(5):
            _rect(out, i * width / 5 + 3, height * 0.18, width / 5 - 6, height * 0.45, _shop_paint(rng))
            letters(out, rng, i * width / 5 + 6, height * 0.3, width / 5 - 12, height * 0.14, 3, (250, 248, 240))
        _rect(out, width * 0.15, height * 0.68, width * 0.7, height * 0.32, (116, 92, 70))
    out *= (1 + 0.08 * clouds(rng, height, width, (6, 20), seamless=False))[:, :, None]
    return finish(out)


def shutter(rng: Generator, *, size: tuple[int, int] = (160, 256)) -> Pixels:
    """A closed roller shutter with stickers and scribbled numbers."""
    height, width = size
    base = np.array([[148, 152, 156], [120, 128, 136], [168, 164, 150], [98, 116, 136]][int(rng.integers(4))], np.float32)
    out = np.broadcast_to(base, (height, width, 3)).astype(np.float32).copy()
    out *= (0.88 + 0.14 * np.sin(np.arange(height) * 1.15))[:, None, None].astype(np.float32)
    out *= (1 + 0.08 * clouds(rng, height, width, (5, 15), seamless=False))[:, :, None]
    for _ in range(int(rng.integers(0, 9))):
        _rect(out, float(rng.uniform(0, width)), float(rng.uniform(0.2, 0.9)) * height, float(rng.uniform(8, 22)), float(rng.uniform(5, 14)), _shop_paint(rng))
    return finish(out)


def poster(rng: Generator, *, size: tuple[int, int] = (160, 112)) -> Pixels:
    """A poster: a ground, a picture of something, two lines of large letters."""
    import cv2

    height, width = size
    out = np.broadcast_to(np.array(_shop_paint(rng), np.float32), (height, width, 3)).copy()
    for _ in range(int(rng.integers(1, 5))):
        centre = (int(rng.integers(0, width)), int(rng.integers(height // 4, height)))
        cv2.ellipse(out, centre, (int(rng.integers(8, 40)), int(rng.integers(8, 34))), 0, 0, 360, _shop_paint(rng), -1, cv2.LINE_AA)
    letters(out, rng, 6, 6, width - 12, height * 0.26, int(rng.integers(2, 5)), (250, 246, 230))
    letters(out, rng, 6, height * 0.74, width - 12, height * 0.14, int(rng.integers(4, 8)), (250, 230, 120))
    return finish(out)


def sign(rng: Generator, words: str = "", *, size: tuple[int, int] = (96, 512)) -> Pixels:
    """A shop's board: its name, mostly a smaller line, an emblem, a framed end; without `words` there are strokes for letters."""
    import cv2

    height, width = size
    ground = _shop_paint(rng)
    out = np.broadcast_to(np.array(ground, np.float32), (height, width, 3)).astype(np.uint8).copy()
    light = sum(ground) / 3 < 120
    ink: tuple[int, int, int] = (
        ((250, 244, 226), (252, 214, 60), (248, 250, 250))[int(rng.integers(3))]
        if light
        else ((170, 22, 24), (24, 26, 30), (16, 60, 130))[int(rng.integers(3))]
    )
    left, right = 0.06, 0.94
    if rng.random() < 0.4:
        cv2.circle(out, (height // 2 + 6, height // 2), int(height * 0.34), ink, -1 if rng.random() < 0.5 else 4, cv2.LINE_AA)
        left = 0.24
    if rng.random() < 0.35:
        right = 0.78
        end = tuple(int(v) for v in _shop_paint(rng))
        cv2.rectangle(out, (int(width * 0.8), int(height * 0.08)), (int(width * 0.985), int(height * 0.92)), end, -1)
    low = 0.72 if rng.random() < 0.6 else 0.92
    canvas = out.astype(np.float32)
    if words:
        lettering.write(out, words, (int(left * width), int(0.08 * height), int(right * width), int(low * height)), ink)
        canvas = out.astype(np.float32)
    else:
        letters(canvas, rng, left * width, 0.08 * height, (right - left) * width, (low - 0.08) * height, int(rng.integers(3, 7)), ink)
    if low < 0.8:
        letters(canvas, rng, (left + 0.1) * width, height * 0.79, (right - left - 0.2) * width, height * 0.14, 12, ink)
    canvas *= (1 + 0.05 * clouds(rng, height, width, (5, 20), seamless=False))[:, :, None]
    canvas *= np.linspace(1.0, float(rng.uniform(0.8, 1.0)), height, dtype=np.float32)[:, None, None]
    return finish(canvas)


def far_side(rng: Generator, *, kind: str = "fronts", size: tuple[int, int] = (512, 1024)) -> Pixels:
    """What closes the picture across the way, 30 m of it: a row of fronts, a wall with a fence, or trees; (height, width)."""
    height, width = size
    if kind == "park":
        green = clouds(rng, height, width, (12, 30, 80, 160))
        out = np.array([54, 78, 40], np.float32) * (1 + 0.35 * green)[:, :, None]
        out *= np.linspace(1.3, 0.55, height, dtype=np.float32)[:, None, None]
        _rect(out, 0, height * 0.9, width, height * 0.1, (120, 112, 100))
        return finish(out.astype(np.float32))
    out = np.zeros((height, width, 3), np.float32)
    if kind == "wall":
        out[:] = np.array(WALLS[int(rng.integers(len(WALLS)))], np.float32) * 0.9
        out[: int(height * 0.55)] = (108, 122, 96)
        out[: int(height * 0.55)] *= (1 + 0.25 * clouds(rng, int(height * 0.55), width, (20, 60, 140)))[:, :, None]
        out *= (1 + 0.08 * clouds(rng, height, width, (5, 12, 40)))[:, :, None]
        for _ in range(int(rng.integers(0, 4))):  # boards and posters
            x, w = float(rng.uniform(0, 0.9)) * width, float(rng.uniform(20, 90))
            _rect(out, x, height * 0.66, w, height * 0.18, _shop_paint(rng))
            letters(out, rng, x + 3, height * 0.7, w - 6, height * 0.1, max(2, int(w / 16)), (240, 236, 226))
        _rect(out, 0, height * 0.56, width, 5, (92, 90, 86))
        _rect(out, 0, height * 0.94, width, height * 0.06, (96, 92, 88))
        return finish(out)
    x = 0
    while x < width:
        w = min(width - x, int(rng.integers(110, 200)))
        upper = wall(rng, columns=max(1, w // 70), floors=3, size=(int(height * 0.62), w))
        out[: len(upper), x : x + w] = upper
        board = sign(rng, size=(int(height * 0.12), w))
        out[len(upper) : len(upper) + len(board), x : x + w] = board
        below = len(upper) + len(board)
        shop = interior(rng, size=(height - below, w)) if rng.random() < 0.8 else shutter(rng, size=(height - below, w))
        out[below:, x : x + w] = shop.astype(np.float32) * 0.8
        out[below:, x : x + 4] = (70, 68, 66)
        x += w
    return finish(out)
