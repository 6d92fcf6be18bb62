"""The street itself: carriageway, bicycle lane, kerb, pavement with tactile strip, shop fronts with signs, trees, lamp posts, bins."""

from __future__ import annotations

import math
from pathlib import Path
from random import Random
from typing import Any

from models.street.materials import CANOPY, PAINT, Palette
from models.street.mesh import MeshBuilder

SHOP_LINE_Y = 0.0
KERB_Y = -4.2
BIKE_LANE_Y = -6.4
FAR_KERB_Y = -14.5
TACTILE_Y = -2.6
HALF_LENGTH = 45.0

NAMES = (
    "老王果蔬", "便民超市", "兰州拉面", "泉城烤鱼", "五金建材", "小李理发", "鲜花礼品", "文具百货",
    "济南大包", "手机维修", "千佛药房", "黄焖鸡米饭", "烟酒副食", "童装世界", "热干面馆", "水产海鲜",
)  # fmt: skip
FONTS = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
"""Debian's fonts-noto-cjk. Without them a sign has strokes instead of letters, which takes other random numbers: the street of a seed is then another."""


def lay_ground(palette: Palette, random: Random) -> None:
    """Lays the surfaces of the street with their markings."""
    ground = MeshBuilder()
    asphalt = palette.plain((random.uniform(0.07, 0.13),) * 3, rough=0.9, noise=0.35, scale=2.5)
    patch = palette.plain((0.05, 0.05, 0.055), rough=0.9, noise=0.3, scale=5.0)
    width = KERB_Y - FAR_KERB_Y
    ground.box((0, FAR_KERB_Y + width / 2, -0.06), (2 * HALF_LENGTH, width, 0.02), asphalt)
    for _ in range(5):
        where = (random.uniform(-15, 15), random.uniform(FAR_KERB_Y + 1, KERB_Y - 1), -0.049)
        ground.box(where, (random.uniform(0.6, 3.0), random.uniform(0.5, 1.5), 0.004), patch)
    stones = [(0.42, 0.40, 0.37), (0.36, 0.33, 0.31), (0.45, 0.32, 0.27), (0.30, 0.32, 0.33), (0.50, 0.47, 0.42)]
    a, b = random.choice(stones), random.choice(stones)
    paving = palette.pattern(random.choice(("tile", "bond")), a, b, scale=random.choice((1.2, 1.8, 2.5)), joint=(0.18, 0.17, 0.16))
    ground.box((0, (KERB_Y + SHOP_LINE_Y) / 2, 0.04), (2 * HALF_LENGTH, SHOP_LINE_Y - KERB_Y, 0.08), paving)
    ground.box((0, KERB_Y - 0.08, 0.045), (2 * HALF_LENGTH, 0.16, 0.13), palette.pattern("bond", (0.45, 0.44, 0.42), (0.4, 0.4, 0.39), scale=1.0))
    ground.box((0, TACTILE_Y, 0.083), (2 * HALF_LENGTH, 0.35, 0.012), palette.pattern("tile", (0.60, 0.45, 0.08), (0.52, 0.40, 0.10), scale=3.0))
    white, yellow = palette.plain((0.65, 0.65, 0.63), rough=0.8, noise=0.3, scale=9.0), palette.plain((0.6, 0.42, 0.05), rough=0.8, noise=0.3, scale=9.0)
    ground.box((0, BIKE_LANE_Y, -0.047), (2 * HALF_LENGTH, 0.14, 0.004), white)
    for i in range(-20, 21):
        ground.box((i * 4.0, (BIKE_LANE_Y + FAR_KERB_Y) / 2, -0.047), (2.0, 0.14, 0.004), random.choice((white, yellow)) if i == 0 else white)
    for _ in range(3):
        at = (random.uniform(-12, 12), random.uniform(FAR_KERB_Y + 1, KERB_Y - 0.5), -0.048)
        ground.tube(at, (at[0], at[1], -0.044), 0.35, palette.plain((0.12, 0.12, 0.12), metal=0.3), sides=20)
    # The other side, so that no picture ends in emptiness.
    ground.box((0, FAR_KERB_Y - 3, 0.0), (2 * HALF_LENGTH, 6, 0.1), paving)
    for _ in range(60):  # litter and stains: no pavement is clean
        at = (random.uniform(-20, 20), random.uniform(KERB_Y, SHOP_LINE_Y - 0.2), 0.081)
        ground.box(at, (random.uniform(0.03, 0.3), random.uniform(0.03, 0.2), 0.002), palette.plain((random.uniform(0.1, 0.5),) * 3), turn=random.uniform(0, 3))
    ground.finish("ground")


def build_shops(palette: Palette, random: Random) -> list[tuple[float, float]]:
    """Builds the row of shops; returns each shop's extent along x."""
    spans: list[tuple[float, float]] = []
    x = -HALF_LENGTH * 0.8
    while x < HALF_LENGTH * 0.8:
        width = random.uniform(3.6, 6.5)
        _shop(palette, random, x, width)
        spans.append((x, x + width))
        x += width
    return spans


def _shop(palette: Palette, random: Random, x: float, width: float) -> None:
    front = MeshBuilder()
    height = random.choice((7.0, 10.0, 13.0))
    walls = ((0.50, 0.46, 0.40), (0.42, 0.25, 0.18), (0.55, 0.54, 0.52), (0.60, 0.52, 0.40), (0.35, 0.38, 0.42))
    tone = random.choice(walls)
    wall = palette.pattern(random.choice(("bond", "tile")), tone, tuple(c * 0.85 for c in tone), scale=random.choice((1.5, 3.0, 4.0)), joint=(0.3, 0.29, 0.28))  # type: ignore[arg-type]
    frame = palette.plain(random.choice(((0.2, 0.2, 0.2), (0.6, 0.6, 0.6), (0.3, 0.15, 0.08))), metal=0.3)
    middle = x + width / 2
    front.box((middle, 0.6 + 2.0, height / 2 + 1.7), (width, 4.0, height - 3.4), wall)
    for side in (x + 0.15, x + width - 0.15):
        front.box((side, 0.6, 1.7), (0.3, 1.0, 3.4), wall)
    # The room behind the glass: a back wall, a lit ceiling, shelves.
    front.box((middle, 3.5, 1.7), (width, 0.1, 3.4), palette.plain((0.55, 0.5, 0.42), noise=0.5, scale=1.5))
    front.box((middle, 2.0, 3.3), (width, 3.0, 0.05), palette.plain((0.9, 0.88, 0.8), glow=random.choice((0.2, 0.6, 1.2))))
    for _ in range(6):
        sx = random.uniform(x + 0.4, x + width - 0.4)
        h = random.uniform(0.8, 2.0)
        front.box((sx, random.uniform(1.6, 3.3), h / 2), (random.uniform(0.4, 1.0), 0.4, h), palette.pick(CANOPY + PAINT, scale=10.0, noise=0.6))
    door = random.uniform(x + 0.8, x + width - 1.6)
    shut = random.random() < 0.12
    if shut:
        front.box((middle, 0.45, 1.4), (width - 0.5, 0.05, 2.8), palette.pattern("bond", (0.45, 0.46, 0.48), (0.40, 0.41, 0.43), scale=8.0))
    else:
        for sx, w in ((x + 0.3, door - x - 0.35), (door + 1.05, x + width - door - 1.4)):
            if w > 0.3:
                front.box((sx + w / 2, 0.4, 0.25), (w, 0.2, 0.5), wall)
                front.box((sx + w / 2, 0.45, 1.55), (w, 0.03, 2.1), palette.glass())
                for k in range(int(w / 1.2) + 1):
                    front.box((sx + k * w / (int(w / 1.2) + 1), 0.43, 1.55), (0.06, 0.06, 2.1), frame)
                if random.random() < 0.5:  # posters on the glass
                    front.box((sx + w / 2, 0.42, 1.5), (min(0.8, w * 0.6), 0.01, 0.9), palette.pick(CANOPY, noise=0.5, scale=8.0))
        front.box((door, 0.4, 1.35), (0.07, 0.12, 2.7), frame)
        front.box((door + 1.0, 0.4, 1.35), (0.07, 0.12, 2.7), frame)
    board = palette.pick(CANOPY + PAINT, rough=0.5, noise=0.12, scale=1.0)
    front.box((middle, 0.2, 3.15), (width - 0.15, 0.3, 0.95), board)
    if random.random() < 0.45:
        cloth = palette.pick(CANOPY, scale=2.0)
        front.box((middle, -0.45, 2.55), (width - 0.6, 1.3, 0.04), cloth, tilt=0.28)
        front.box((middle, -1.07, 2.28), (width - 0.6, 0.02, 0.22), cloth)
    for floor in range(int((height - 4) / 3)):
        z = 5.2 + 3 * floor
        for k in range(2):
            wx = x + (k + 0.5) * width / 2
            front.box((wx, 0.58, z), (1.3, 0.1, 1.5), palette.glass())
            front.box((wx, 0.55, z), (0.06, 0.1, 1.5), frame)
            if random.random() < 0.5:
                front.box((wx + 0.2, 0.35, z - 1.05), (0.85, 0.4, 0.6), palette.plain((0.7, 0.7, 0.68)))
            if random.random() < 0.3:
                for g in range(6):
                    front.box((wx - 0.6 + 0.24 * g, 0.4, z), (0.02, 0.02, 1.5), frame)
    front.finish("shop")
    _lettering(palette, random, middle, width)


def _lettering(palette: Palette, random: Random, middle: float, width: float) -> None:
    """The shop's name on its board: a font with Chinese where the machine has one, else strokes."""
    import bpy

    ink = palette.plain(random.choice(((0.85, 0.82, 0.75), (0.85, 0.7, 0.05), (0.75, 0.05, 0.05))), rough=0.4, glow=0.25)
    path = next((name for name in FONTS if Path(name).is_file()), None)
    if path is None:
        strokes = MeshBuilder()
        for i in range(4):
            for _ in range(5):
                at = (middle + (i - 1.5) * 0.75 + random.uniform(-0.22, 0.22), 0.03, 3.15 + random.uniform(-0.22, 0.22))
                strokes.box(at, random.choice(((0.45, 0.02, 0.07), (0.07, 0.02, 0.4))), ink)
        strokes.finish("sign")
        return
    font = next((font for font in bpy.data.fonts if font.filepath == path), None) or bpy.data.fonts.load(path)
    curve = bpy.data.curves.new("sign", "FONT")
    curve.body, curve.font, curve.align_x, curve.align_y = random.choice(NAMES), font, "CENTER", "CENTER"
    curve.size, curve.extrude = min(0.8, width / 6), 0.02
    curve.materials.append(ink)
    sign: Any = bpy.data.objects.new("sign", curve)
    sign.location, sign.rotation_euler = (middle, 0.02, 3.13), (1.5708, 0.0, 0.0)
    bpy.context.scene.collection.objects.link(sign)


def _crown(things: MeshBuilder, palette: Palette, random: Random, x: float) -> None:
    """Leaves as a cloud of small turned quads round a few branches."""
    leaves = [palette.pick(((0.05, 0.16, 0.03), (0.08, 0.22, 0.04), (0.12, 0.20, 0.05)), noise=0.5, scale=9.0) for _ in range(3)]
    for _ in range(7):
        cx, cy, cz = x + random.uniform(-1.1, 1.1), KERB_Y + 0.6 + random.uniform(-1.1, 1.1), random.uniform(3.7, 5.4)
        for _ in range(70):
            a, b, r = random.uniform(0, 6.28), random.uniform(-1.4, 1.4), random.uniform(0.35, 1.0)
            at = (cx + r * math.cos(a) * math.cos(b), cy + r * math.sin(a) * math.cos(b), cz + 0.8 * r * math.sin(b))
            u = (random.uniform(-0.2, 0.2), random.uniform(-0.2, 0.2), random.uniform(-0.12, 0.12))
            v = (random.uniform(-0.2, 0.2), random.uniform(-0.2, 0.2), random.uniform(-0.12, 0.12))
            corners = [tuple(at[i] + s * u[i] + t * v[i] for i in range(3)) for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            things.add(corners, [(0, 1, 2, 3)], random.choice(leaves))  # type: ignore[arg-type]


def furnish(palette: Palette, random: Random, *, clear_x: tuple[float, ...] = ()) -> None:
    """Trees, lamp posts, bins, bollards, meter boxes along the kerb; a wall of houses across the way."""
    things = MeshBuilder()
    bark = palette.plain((0.16, 0.11, 0.07), noise=0.4, scale=12.0)
    x = -36 + random.uniform(0, 4)
    while x < 36:
        if random.random() < 0.8 and all(abs(x - spot) > 2.2 for spot in clear_x):
            lean = random.uniform(-0.15, 0.15)
            things.tube((x, KERB_Y + 0.6, 0), (x + lean, KERB_Y + 0.6, 3.2), 0.13, bark, end_radius=0.08)
            _crown(things, palette, random, x + lean)
            things.box((x, KERB_Y + 0.6, 0.083), (1.0, 1.0, 0.01), palette.plain((0.13, 0.10, 0.07), noise=0.5, scale=10.0))
        x += random.uniform(5.5, 8.0)
    steel = palette.plain((0.35, 0.36, 0.38), metal=0.5, rough=0.5)

    def free(x: float) -> bool:
        return all(abs(x - spot) > 2.2 for spot in clear_x)

    for x in filter(free, (-27, 3 + random.uniform(-6, 6), 25)):
        things.tube((x, KERB_Y + 0.3, 0), (x, KERB_Y + 0.3, 7.5), 0.09, steel)
        things.tube((x, KERB_Y + 0.3, 7.4), (x, KERB_Y - 1.6, 7.7), 0.05, steel)
    for x in filter(free, [random.uniform(-14, 14) for _ in range(2)]):
        paint = palette.pick(((0.05, 0.25, 0.1), (0.3, 0.3, 0.3), (0.05, 0.15, 0.35)))
        for dx in (0, 0.55):
            things.box((x + dx, KERB_Y + 0.45, 0.5), (0.45, 0.42, 0.95), paint)
            things.box((x + dx, KERB_Y + 0.24, 0.8), (0.3, 0.02, 0.12), palette.plain((0.02, 0.02, 0.02)))
    for x in filter(free, [random.uniform(-18, 18) for _ in range(random.randint(0, 6))]):
        things.tube((x, KERB_Y + 0.25, 0), (x, KERB_Y + 0.25, 0.8), 0.07, steel)
    for x in (-40, -20, 0, 20):  # houses opposite
        tone = random.uniform(0.25, 0.6)
        things.box(
            (x + 10, FAR_KERB_Y - 8, 5), (19, 4, random.uniform(8, 14)), palette.pattern("bond", (tone, tone, tone * 0.95), (tone * 0.9,) * 3, scale=2.0)
        )
    things.finish("furniture")
