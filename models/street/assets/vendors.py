"""What sells from wheels: tricycles, carts, food carts, trucks that sell from the bed."""

from __future__ import annotations

import math
from random import Random

from models.street.assets import chassis, fixtures, goods, lettering
from models.street.assets.asset import Asset, Draft, Light
from models.street.assets.families import family
from models.street.assets.goods_pieces import puff
from models.street.assets.looks import CANOPY, DARK_STEEL, PAINT, PLASTIC, STEEL, WOOD, Look, Picture, Surface, canvas, tinted
from models.street.assets.mesh import Mesh
from models.street.assets.people import person
from models.street.assets.shade import plant


def tricycle_bed(mesh: Mesh, random: Random, name: str, paint: Look) -> tuple[float, float, float, float]:
    """A tricycle without load; returns the bed's middle x, its length, width and height of its floor."""
    width, length, deck = random.uniform(0.95, 1.2), random.uniform(1.35, 1.9), random.uniform(0.5, 0.66)
    x = 0.35
    mesh.box((x, 0, deck - 0.03), (length, width, 0.06), DARK_STEEL)
    high = 0.5 if name == "boxed" else random.uniform(0.22, 0.34)
    if name != "pedal" or random.random() < 0.6:
        for side in (-1, 1):
            mesh.box((x, side * width / 2, deck + high / 2), (length, 0.03, high), paint)
            for i in range(3):
                mesh.box((x + (i - 1) * length * 0.32, side * (width / 2 + 0.02), deck + high / 2), (0.04, 0.02, high), Look(paint.colour, rough=0.6))
        mesh.box((x + length / 2, 0, deck + high / 2), (0.03, width, high), paint)
    mesh.box((x - length / 2, 0, deck + high / 2), (0.03, width, high), paint)
    for side in (-1, 1):
        if name == "pedal":
            chassis.spoked(mesh, (x + 0.3, side * (width / 2 + 0.05), 0.33), 0.32)
        else:
            chassis.wheel(mesh, (x + 0.3, side * (width / 2 - 0.02), 0.27), 0.27, width=0.11)
        mesh.box((x + 0.3, side * (width / 2 + 0.02), 0.58), (0.62, 0.16, 0.025), paint)
        mesh.box((x + length / 2 + 0.015, side * width * 0.4, deck), (0.02, 0.12, 0.08), chassis.TAIL)
    chassis.tricycle_front(mesh, random, name, x - length / 2, deck, paint)
    return x, length, width, deck


def vendor_tricycle(random: Random, split: str, *, attended: bool | None = None, customers: int | None = None) -> Asset:
    """A cargo tricycle that sells: goods heaped on its bed, boxes hung on, a board, often a parasol or roof. Front of the vehicle towards -x."""
    draft, mesh = Draft("vendor_tricycle"), Mesh()
    name = family("tricycle", random, split, draft.families)
    x, length, width, deck = tricycle_bed(mesh, random, name, tinted(random, PAINT + PLASTIC, 0.25, rough=0.4, scale=3.0, noise=0.12))
    _load(draft, mesh, random, split, (x, 0.0, deck), (length, width), high=0.2)
    if random.random() < 0.5:  # a tray hung out at the selling side
        mesh.box((x, -width / 2 - 0.22, deck + 0.25), (length * 0.9, 0.42, 0.03), tinted(random, WOOD))
        _row(draft, mesh, random, split, (x, -width / 2 - 0.22, deck + 0.27), (length * 0.86, 0.38))
    _sign(mesh, random, split, (x, -width / 2 - 0.03, deck + 0.1), length * 0.8)
    draft.add(mesh, label="vendor_vehicle")
    if random.random() < 0.5:
        _roof(draft, mesh, random, (x, 0.0), (length * 1.1, width * 1.35), deck)
    elif random.random() < 0.55:
        plant(draft, random, split, (x + random.uniform(-0.4, 0.4), width / 2 + 0.25, 0.0))
    _folk(draft, random, split, x, width, attended, customers)
    return draft.done((3.0, width + 2.4))


def _load(draft: Draft, mesh: Mesh, random: Random, split: str, at: tuple[float, float, float], size: tuple[float, float], *, high: float) -> None:
    """Goods on a bed: crates, heaps over the side boards, or a display that rises to the back."""
    wares = [
        _ware(draft, random, split, kind)
        for kind in goods.assortment(
            random, 3, random.choice(("greengrocer", "greengrocer", "greengrocer", "kitchen", "odds", "florist", "clothier", "grocer"))
        )
    ]
    box = family("crate", random, split, draft.families)
    x, y, z = at
    count = max(2, round(size[0] / 0.5))
    w = size[0] / count
    crates = random.random() < 0.5
    for i in range(count):
        cx = x - size[0] / 2 + (i + 0.5) * w
        for j in (-1, 1):
            place = (cx, y + j * size[1] / 4, z + (0.02 if crates else high))
            if crates:
                for level in range(2 if j > 0 else 1):
                    contents = wares[(i + j) % len(wares)] if level or j < 0 else None
                    mesh.merge(fixtures.crate(random, box, (w * 0.94, size[1] * 0.47, 0.25), contents), (place[0], place[1], place[2] + 0.26 * level))
            else:
                mesh.box((cx, place[1], z + high / 2), (w * 0.98, size[1] * 0.48, high), tinted(random, WOOD))
                goods.lay(mesh, random, wares[i % len(wares)], place, (w * 0.94, size[1] * 0.46))
    fixtures.price_cards(mesh, random, y - size[1] / 2 + 0.05, z + 0.35, size[0] * 0.8, random.randint(0, 3))
    if random.random() < 0.5:
        fixtures.scale(mesh, (x + size[0] * 0.42, y, z + 0.4))


def _row(draft: Draft, mesh: Mesh, random: Random, split: str, at: tuple[float, float, float], size: tuple[float, float]) -> None:
    wares = [_ware(draft, random, split, kind) for kind in goods.assortment(random, 3)]
    for i, ware in enumerate(wares):
        goods.lay(mesh, random, ware, (at[0] - size[0] / 2 + (i + 0.5) * size[0] / 3, at[1], at[2]), (size[0] / 3 * 0.95, size[1]))


def _ware(draft: Draft, random: Random, split: str, kind: str) -> str:
    kind, name = goods.family_of(random, split, kind, low=True)
    draft.families.append(f"{kind}/{name}")
    return name


def _sign(mesh: Mesh, random: Random, split: str, at: tuple[float, float, float], width: float) -> None:
    if random.random() < 0.6:
        ground = random.choice(((0.50, 0.02, 0.02), (0.68, 0.45, 0.03), (0.66, 0.65, 0.62), (0.05, 0.25, 0.1)))
        ink = (0.70, 0.69, 0.66) if ground[0] < 0.6 else (0.50, 0.02, 0.02)
        mesh.panel(at, width, width * 0.25, Picture("sign", lettering.words(random, split), (ground, ink, random.choice(CANOPY)), random.randrange(20)))


def _roof(draft: Draft, mesh: Mesh, random: Random, at: tuple[float, float], size: tuple[float, float], deck: float) -> None:
    """A canvas roof on four rods over the bed."""
    top, cloth = random.uniform(1.85, 2.05), canvas(random, tinted(random, CANOPY).colour)
    for sx in (-1, 1):
        for sy in (-1, 1):
            mesh.tube(
                (at[0] + sx * size[0] * 0.42, at[1] + sy * size[1] * 0.36, deck),
                (at[0] + sx * size[0] * 0.42, at[1] + sy * size[1] * 0.36, top),
                0.016,
                STEEL,
                sides=5,
            )
    bow = random.choice((0.0, 0.12, 0.22))
    rows = [[(at[0] + size[0] * (u - 0.5), at[1] + size[1] * v / 2, top + bow * (1 - v * v)) for u in (0.0, 0.5, 1.0)] for v in (1.0, 0.5, 0.0, -0.5, -1.0)]
    low = [(x, y, z - 0.2) for x, y, z in rows[-1]]
    mesh.sheet([*rows, low], cloth)
    draft.lights.append(Light((at[0], at[1], top - 0.15), random.uniform(25, 50)))


def _folk(draft: Draft, random: Random, split: str, x: float, width: float, attended: bool | None, customers: int | None) -> None:
    here = random.random() < 0.9
    if here if attended is None else attended:
        pose = random.choice(("serve", "stand", "hand_over", "phone", "bend"))
        draft.add(
            person(random, split, pose=pose, role="vendor"),
            (x + random.uniform(-0.7, 0.9), width / 2 + random.uniform(0.35, 0.6), 0.0),
            random.uniform(-0.5, 0.5),
            label="person",
        )
    for _ in range(random.choice((0, 0, 1, 1, 2, 3)) if customers is None else customers):
        figure = person(random, split, pose=random.choice(("stand", "stand", "hand_over", "serve", "phone")))
        draft.add(figure, (x + random.uniform(-1.0, 1.0), -width / 2 - random.uniform(0.6, 1.2), 0.0), math.pi + random.uniform(-0.6, 0.6), label="person")


def vendor_cart(random: Random, split: str, *, attended: bool | None = None, customers: int | None = None) -> Asset:
    """A hand cart or barrow with goods, or a cart with a glass case or roof."""
    draft, mesh = Draft("vendor_cart"), Mesh()
    name = family("cart", random, split, draft.families)
    length, width, deck = random.uniform(1.2, 1.7), random.uniform(0.65, 0.9), random.uniform(0.6, 0.8)
    paint = tinted(random, PLASTIC + WOOD + CANOPY, rough=0.5, noise=0.2)
    mesh.box((0, 0, deck - 0.03), (length, width, 0.06), paint)
    for side in (-1, 1):
        if name in ("barrow", "two_wheel_cart"):
            chassis.spoked(mesh, (0.1, side * (width / 2 + 0.05), 0.34), 0.33)
            mesh.tube((-length / 2 + 0.1, side * width * 0.35, 0), (-length / 2 + 0.1, side * width * 0.35, deck), 0.018, STEEL, sides=5)
        else:
            for end in (-1, 1):
                chassis.wheel(mesh, (end * length * 0.38, side * width * 0.42, 0.12), 0.12, width=0.05)
        mesh.tube((-length / 2, side * width * 0.3, deck), (-length / 2 - 0.45, side * width * 0.3, deck + 0.3), 0.018, STEEL, sides=6)
    mesh.tube((-length / 2 - 0.45, -width * 0.3, deck + 0.3), (-length / 2 - 0.45, width * 0.3, deck + 0.3), 0.018, STEEL, sides=6)
    if name in ("glass_cart", "roofed_cart"):
        _counter(draft, mesh, random, split, length, width, deck, paint, glazed=name == "glass_cart")
    else:
        _load(draft, mesh, random, split, (0.0, 0.0, deck), (length, width), high=0.08)
    draft.add(mesh, label="vendor_vehicle")
    if name in ("barrow", "two_wheel_cart") and random.random() < 0.5:
        plant(draft, random, split, (random.uniform(-0.3, 0.3), width / 2 + 0.2, 0.0))
    _folk(draft, random, split, 0.0, width, attended, customers)
    return draft.done((2.4, width + 2.4))


def _counter(draft: Draft, mesh: Mesh, random: Random, split: str, length: float, width: float, deck: float, paint: Look, *, glazed: bool) -> None:
    """A closed body, a counter with food, a glass case or open posts, a roof with words on its rim."""
    steel = Look((0.50, 0.51, 0.52), rough=0.35, metal=0.5)
    body: Surface = paint if random.random() < 0.5 else steel
    mesh.box((0, 0, (deck + 0.16) / 2), (length, width, deck - 0.16), body)
    mesh.panel(
        (0, -width / 2 - 0.006, deck * 0.58),
        length * 0.96,
        deck * 0.6,
        Picture(
            "sign",
            lettering.words(random, split),
            (random.choice(((0.50, 0.02, 0.02), (0.68, 0.45, 0.03))), (0.70, 0.69, 0.66), random.choice(CANOPY)),
            random.randrange(20),
        ),
    )
    for i, kind in enumerate(goods.assortment(random, 3, "kitchen")):
        goods.lay(mesh, random, _ware(draft, random, split, kind), (length * (i - 1) / 3, -0.05, deck), (length / 3 * 0.9, width * 0.7))
    top = deck + random.uniform(0.95, 1.15)
    for sx in (-1, 1):
        for sy in (-1, 1):
            mesh.tube((sx * length * 0.48, sy * width * 0.46, deck), (sx * length * 0.48, sy * width * 0.46, top), 0.018, steel, sides=5)
    if glazed:
        pane = Picture("pane", "", ((0.60, 0.66, 0.68),), random.randrange(6), rough=0.1, clear=True)
        mesh.panel((0, -width * 0.46, deck + 0.25), length * 0.96, 0.5, pane)
        for side in (-1, 1):
            mesh.panel((side * length * 0.48, -width * 0.2, deck + 0.25), width * 0.5, 0.5, pane, turn=side * math.pi / 2)
        mesh.box((0, -width * 0.25, deck + 0.5), (length * 0.96, width * 0.45, 0.015), steel)
    colour = random.choice(CANOPY)
    mesh.box((0, 0, top + 0.03), (length * 1.15, width * 1.4, 0.06), Look(colour, rough=0.5))
    mesh.panel(
        (0, -width * 0.7 - 0.01, top - 0.02), length * 1.15, 0.24, Picture("valance", lettering.words(random, split), (colour, (0.70, 0.69, 0.66)), 0, glow=0.3)
    )
    if random.random() < 0.5:
        puff(mesh, random, (random.uniform(-0.4, 0.4), 0.1, deck + 0.3), 0.6)
    draft.lights.append(Light((0.0, -0.1, top - 0.12), random.uniform(30, 70), (1.0, 0.93, 0.8)))


def food_cart(random: Random, split: str, *, attended: bool | None = None, customers: int | None = None) -> Asset:
    """A larger snack cart with counter and roof, its cook behind, gas bottle and stools beside it."""
    draft, mesh = Draft("vendor_food_cart"), Mesh()
    draft.families.append(f"cart/{family('cart', random, split, [])}")
    length, width, deck = random.uniform(1.7, 2.3), random.uniform(0.8, 1.0), 0.85
    paint = tinted(random, CANOPY, rough=0.4)
    for side in (-1, 1):
        for end in (-1, 1):
            chassis.wheel(mesh, (end * length * 0.36, side * width * 0.4, 0.16), 0.16, width=0.08)
    _counter(draft, mesh, random, split, length, width, deck, paint, glazed=random.random() < 0.6)
    gas_bottle(mesh, random, (length / 2 + 0.3, 0.2, 0.0))
    for _ in range(random.randint(0, 3)):
        fixtures.stool(mesh, random, (random.uniform(-1.2, 1.2), -width / 2 - random.uniform(0.5, 1.0), 0.0))
    draft.add(mesh, label="vendor_vehicle")
    _folk(draft, random, split, 0.0, width, attended, customers)
    return draft.done((length + 1.4, width + 2.6))


def gas_bottle(mesh: Mesh, random: Random, at: tuple[float, float, float]) -> None:
    """A bottle of cooking gas."""
    x, y, z = at
    look = tinted(random, ((0.45, 0.46, 0.45), (0.40, 0.05, 0.04), (0.10, 0.25, 0.35)), rough=0.5, noise=0.35)
    mesh.loft([((x, y, z + 0.02), 0.15, 0.15), ((x, y, z + 0.12), 0.17, 0.17), ((x, y, z + 0.48), 0.17, 0.17), ((x, y, z + 0.58), 0.09, 0.09)], look)
    mesh.tube((x, y, z + 0.56), (x, y, z + 0.7), 0.09, look, sides=10, caps=False)


def vendor_truck(random: Random, split: str, *, attended: bool | None = None, customers: int | None = None) -> Asset:
    """A light truck that sells: side boards down and goods heaped on the bed, or a box body with its side flap up. Front towards -x."""
    draft, mesh = Draft("vendor_truck"), Mesh()
    name = family("truck", random, split, draft.families)
    width, paint = (
        random.uniform(1.55, 1.8),
        tinted(random, ((0.66, 0.66, 0.65), (0.05, 0.14, 0.42), (0.55, 0.56, 0.58), (0.35, 0.04, 0.04), (0.10, 0.25, 0.30)), rough=0.35, noise=0.15),
    )
    front = -2.3
    back = chassis.truck_cab(mesh, random, front, width, paint) + 0.08
    length, deck = random.uniform(2.4, 3.1), random.uniform(0.72, 0.85)
    x = back + length / 2
    mesh.box((x, 0, deck - 0.05), (length, width, 0.1), DARK_STEEL)
    mesh.box((x, 0, deck - 0.22), (length, width * 0.5, 0.2), DARK_STEEL)
    for side in (-1, 1):
        for dx in (-0.05, 0.0):
            chassis.wheel(mesh, (back + length * 0.68 + dx, side * (width / 2 - 0.12), 0.36), 0.36, width=0.22)
        mesh.box((back + length, side * width * 0.4, deck - 0.12), (0.03, 0.2, 0.1), chassis.TAIL)
    if name == "box_truck":
        _box_body(draft, mesh, random, split, x, length, width, deck, paint)
    else:
        mesh.box((back, 0, deck + 0.45), (0.05, width, 0.9), paint)
        high = 0.75 if name == "stake_truck" else 0.4
        mesh.box((x, width / 2, deck + high / 2), (length, 0.04, high), paint)
        mesh.box((x, -width / 2 - 0.03, deck - 0.22), (length, 0.04, 0.38), paint)  # the near board hangs down
        mesh.box((back + length, 0, deck - 0.2), (0.04, width, 0.38), paint)
        if name == "stake_truck":
            for i in range(6):
                mesh.tube(
                    (back + 0.2 + i * (length - 0.3) / 5, width / 2, deck), (back + 0.2 + i * (length - 0.3) / 5, width / 2, deck + 1.3), 0.022, paint, sides=5
                )
        _load(draft, mesh, random, split, (x, 0.0, deck), (length * 0.97, width * 0.95), high=random.uniform(0.1, 0.35))
        if random.random() < 0.4:
            _roof(draft, mesh, random, (x, 0.0), (length * 1.05, width * 1.3), deck)
    _sign(mesh, random, split, (x, -width / 2 - 0.065, deck - 0.2), length * 0.6)
    draft.add(mesh, label="vendor_vehicle")
    if random.random() < 0.35:
        plant(draft, random, split, (back + length + 0.7, -0.4, 0.0))
    _folk(draft, random, split, x, width, attended, customers)
    return draft.done((length + 2.6, width + 2.4))


def _box_body(draft: Draft, mesh: Mesh, random: Random, split: str, x: float, length: float, width: float, deck: float, paint: Look) -> None:
    """A box whose near side is open under a raised flap, with a counter and lit shelves."""
    high, lit = 1.55, Look((0.62, 0.58, 0.48), glow=0.25)
    mesh.box((x, 0, deck + high), (length, width, 0.06), paint)
    mesh.box((x, width / 2, deck + high / 2), (length, 0.05, high), lit)
    for end in (-1, 1):
        mesh.box((x + end * length / 2, 0, deck + high / 2), (0.05, width, high), paint)
    mesh.box((x, -width / 2, deck + 0.2), (length, 0.05, 0.4), paint)
    mesh.box((x, -width / 2 - 0.18, deck + 0.42), (length * 0.9, 0.4, 0.04), STEEL)
    mesh.box((x, -width / 2 - 0.45, deck + high + 0.18), (length * 0.92, 0.95, 0.04), paint, tilt=-0.35)
    _row(draft, mesh, random, split, (x, -width / 2 - 0.15, deck + 0.45), (length * 0.8, 0.3))
    for level in (0.5, 0.95):
        mesh.box((x, width / 2 - 0.2, deck + level), (length * 0.9, 0.35, 0.03), STEEL)
        _row(draft, mesh, random, split, (x, width / 2 - 0.2, deck + level + 0.02), (length * 0.85, 0.3))
    words = Picture("sign", lettering.words(random, split), ((0.66, 0.45, 0.04), (0.45, 0.02, 0.02), random.choice(CANOPY)), random.randrange(20), glow=0.3)
    mesh.panel((x, -width / 2 - 0.04, deck + high - 0.16), length * 0.9, 0.3, words)
    draft.lights.append(Light((x, -0.2, deck + high - 0.2), 60.0, (1.0, 0.95, 0.85)))
