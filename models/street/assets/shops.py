"""What shops put out before their line: shelves, crates, freezers, tables and chairs, racks, gas bottles, drinks, plants, shoes in rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from models.street.assets import fixtures, goods, lettering
from models.street.assets.asset import Asset, Draft, turned
from models.street.assets.families import family
from models.street.assets.goods_pieces import garment
from models.street.assets.looks import CANOPY, DARK_STEEL, PLASTIC, STEEL, WOOD, Look, Picture, tinted
from models.street.assets.mesh import Mesh
from models.street.assets.people import person
from models.street.assets.shade import plant
from models.street.assets.vendors import gas_bottle
from models.street.assets.wares import WARES

Piece = Callable[[Draft, Mesh, Random, str, float], None]


def goods_out(random: Random, split: str, *, form: str = "mixed", pieces: int | None = None) -> Asset:
    """A shop's goods outside; front towards -y, the shop behind at +y.

    Args:
        random: what it looks like.
        split: whose families.
        form: a name of `PIECES`, or mixed.
        pieces: how many metres-wide pieces stand side by side; else drawn.
    """
    draft, mesh = Draft(f"out_{form}"), Mesh()
    count = pieces or (random.randint(2, 3) if form == "mixed" else random.choice((1, 1, 2)))
    names = random.choices(tuple(PIECES), k=count) if form == "mixed" else [form] * count
    for i, name in enumerate(names):
        PIECES[name](draft, mesh, random, split, (i - (count - 1) / 2) * 1.45 + random.uniform(-0.08, 0.08))
    draft.add(mesh, label="goods_out")
    if random.random() < 0.2:
        plant(draft, random, split, (random.uniform(-0.8, 0.8), -0.2, 0.0))
    if random.random() < 0.4:
        pose, turn = random.choice((("stand", math.pi), ("bend", math.pi), ("serve", math.pi), ("stand", 0.0)))
        draft.add(person(random, split, pose=pose), (random.uniform(-1, 1), -random.uniform(0.8, 1.2), 0.0), turn + random.uniform(-0.5, 0.5), label="person")
    return draft.done((1.45 * count + 0.3, 2.2))


def _ware(draft: Draft, random: Random, split: str, kinds: tuple[str, ...], *, low: bool = True, forms: tuple[str, ...] = ()) -> str:
    kind, name = goods.family_of(random, split, kinds, low=low, forms=forms)
    draft.families.append(f"{kind}/{name}")
    return name


GROCERIES = ("drinks", "household", "nuts", "fruit", "bread", "toys", "books", "vegetables")


def _shelf(draft: Draft, mesh: Mesh, random: Random, split: str, x: float) -> None:
    name = family("shelf", random, split, draft.families)
    look = STEEL if name in ("steel_shelf", "wire_shelf") else tinted(random, WOOD) if name == "wooden_shelf" else tinted(random, PLASTIC)
    levels, high, deep = random.choice((3, 4)), random.uniform(1.1, 1.6), 0.42
    ware = [_ware(draft, random, split, GROCERIES, forms=goods.SHELVED) for _ in range(3)]
    for level in range(levels):
        z = 0.15 + (high - 0.35) * level / (levels - 1)
        y = -0.15 + 0.12 * level if name == "tiered_shelf" else 0.0
        mesh.box((x, y, z), (1.25, deep, 0.025), look)
        goods.lay(mesh, random, ware[level % 3], (x, y, z + 0.015), (1.2, deep * 0.9))
    for side in (-1, 1):
        for y in (-deep / 2, deep / 2):
            mesh.tube((x + side * 0.63, y, 0), (x + side * 0.63, y, high if y > 0 else high * 0.9), 0.018, look, sides=5)
    if name == "steel_shelf":
        mesh.box((x, deep / 2, high * 0.6), (1.25, 0.01, high * 0.8), Look((0.55, 0.56, 0.56), rough=0.5))


def _crates(draft: Draft, mesh: Mesh, random: Random, split: str, x: float) -> None:
    box, ware = (
        family("crate", random, split, draft.families),
        [_ware(draft, random, split, ("fruit", "vegetables", "melons", "drinks", "fish"), forms=goods.FILLING) for _ in range(2)],
    )
    for row in range(2):
        for i in range(2):
            for level in range(1 + row):
                at = (x - 0.28 + 0.56 * i, 0.4 * row - 0.25, 0.27 * level)
                mesh.merge(fixtures.crate(random, box, (0.52, 0.37, 0.26), ware[(i + row) % 2] if level == row else None), at, random.uniform(-0.05, 0.05))


def _freezer(draft: Draft, mesh: Mesh, random: Random, split: str, x: float) -> None:
    name = family("freezer", random, split, draft.families)
    body = tinted(random, ((0.70, 0.71, 0.72), (0.45, 0.05, 0.05), (0.05, 0.15, 0.45)), 0.1, rough=0.3, noise=0.06)
    if name == "upright_fridge":
        mesh.box((x, 0.1, 0.95), (0.75, 0.65, 1.85), body)
        mesh.box((x, -0.235, 0.9), (0.66, 0.01, 1.45), Look((0.12, 0.14, 0.15), rough=0.05))
        for level in range(4):
            goods.lay(mesh, random, _ware(draft, random, split, ("drinks",)), (x, -0.29, 0.25 + 0.36 * level), (0.6, 0.09))
        mesh.panel((x, -0.24, 1.74), 0.7, 0.2, _brand(random, split, 0.6))
        return
    mesh.box((x, 0, 0.43), (1.3, 0.64, 0.78), body)
    mesh.box((x, 0, 0.835), (1.26, 0.6, 0.03), Look((0.22, 0.27, 0.30), rough=0.08) if name != "chest_freezer" else body)
    mesh.panel((x, -0.325, 0.45), 1.15, 0.5, _brand(random, split, 0.0))
    if name == "ice_cream_freezer":
        goods.lay(mesh, random, _ware(draft, random, split, ("drinks", "toys")), (x, 0.0, 0.855), (1.1, 0.45))
    elif random.random() < 0.6:
        goods.lay(mesh, random, _ware(draft, random, split, ("drinks",)), (x + 0.25, 0.05, 0.85), (0.6, 0.4))


def _brand(random: Random, split: str, glow: float) -> Picture:
    return Picture("sign", lettering.words(random, split), (random.choice(CANOPY), (0.70, 0.69, 0.66), random.choice(CANOPY)), random.randrange(20), glow=glow)


def _tables(draft: Draft, mesh: Mesh, random: Random, split: str, x: float) -> None:
    name = family("dining", random, split, draft.families)
    look = {"plastic_set": tinted(random, PLASTIC, rough=0.4), "folding_set": tinted(random, WOOD), "wooden_set": tinted(random, WOOD), "metal_set": STEEL}[
        name
    ]
    high = 0.55 if name == "folding_set" else 0.72
    mesh.box((x, 0, high), (0.72, 0.72, 0.035), look)
    for sx in (-1, 1):
        for sy in (-1, 1):
            mesh.tube((x + sx * 0.3, sy * 0.3, 0), (x + sx * 0.3, sy * 0.3, high), 0.02, DARK_STEEL if name != "wooden_set" else look, sides=5)
    for k in range(random.choice((2, 3, 4, 4))):
        a = k * math.pi / 2 + random.uniform(-0.25, 0.25)
        at = (x + 0.62 * math.sin(a), -0.62 * math.cos(a), 0.0)
        if (name == "plastic_set" and random.random() < 0.6) or name == "folding_set":
            fixtures.stool(mesh, random, at, 0.42 if name == "plastic_set" else 0.3)
        else:
            fixtures.chair(mesh, random, at, a + math.pi, look)
    for _ in range(random.randint(0, 5)):  # bowls and bottles
        at = (x + random.uniform(-0.28, 0.28), random.uniform(-0.28, 0.28), high + 0.02)
        mesh.tube(
            at,
            (at[0], at[1], at[2] + random.choice((0.06, 0.22))),
            0.035,
            tinted(random, ((0.66, 0.65, 0.62), (0.1, 0.25, 0.1), (0.5, 0.1, 0.05)), rough=0.2),
            end_radius=0.05,
            sides=7,
        )
    for k in range(random.choice((0, 0, 0, 1, 2))):
        a = k * math.pi + random.uniform(-0.2, 0.2)
        draft.add(person(random, split, pose="sit", seat=0.43), (x + 0.6 * math.sin(a), -0.6 * math.cos(a), 0.0), a + math.pi, label="person")


def _rack(draft: Draft, mesh: Mesh, random: Random, split: str, x: float) -> None:
    """Clothes, bags or shoes: a rail or steps, what the side has."""
    ware = _ware(draft, random, split, ("clothes", "clothes", "shoes", "bags", "accessories"), low=False)
    if WARES[ware].form in goods.TALL:
        low = WARES[ware].form == "strings" and WARES[ware].size < 0.4
        if low:
            mesh.box((x, 0, 0.7), (1.25, 0.5, 0.04), tinted(random, WOOD))
            for side in (-1, 1):
                mesh.box((x + side * 0.55, 0, 0.35), (0.05, 0.45, 0.7), tinted(random, WOOD))
        goods.lay(mesh, random, ware, (x, 0, 0.72 if low else 0.0), (1.25, 0.5))
    elif WARES[ware].form == "rags" or random.random() < 0.4:
        rail = Mesh()
        top = random.uniform(1.45, 1.65)
        for side in (-1, 1):
            rail.tube((side * 0.6, 0, 0), (side * 0.6, 0, top), 0.016, STEEL, sides=6)
            rail.tube((side * 0.6, -0.25, 0.02), (side * 0.6, 0.25, 0.02), 0.016, STEEL, sides=6)
        rail.tube((-0.6, 0, top), (0.6, 0, top), 0.014, STEEL, sides=6)
        for i in range(random.randint(9, 14)):
            cloth = tinted(random, WARES[ware].colours if WARES[ware].form in ("stacks", "rags") else CANOPY, 0.3, scale=14.0)
            garment(rail, random, (-0.54 + i * 0.085, 0, top - 0.06), random.uniform(0.55, 1.0), 0.48, cloth, turn=math.pi / 2 + random.uniform(-0.35, 0.35))
        mesh.merge(rail, (x, 0, 0))
    else:
        for level in range(3):
            mesh.box((x, 0.25 * level - 0.25, 0.2 + 0.25 * level), (1.25, 0.3, 0.025), tinted(random, WOOD), tilt=0.2)
            goods.lay(mesh, random, ware, (x, 0.25 * level - 0.25, 0.23 + 0.25 * level), (1.2, 0.28))


def _gas(draft: Draft, mesh: Mesh, random: Random, split: str, x: float) -> None:
    for i in range(random.randint(3, 7)):
        gas_bottle(mesh, random, (x - 0.5 + 0.38 * (i % 4) + random.uniform(-0.03, 0.03), 0.38 * (i // 4) - 0.1, 0.0))


def _cartons(draft: Draft, mesh: Mesh, random: Random, split: str, x: float) -> None:
    """Cartons of drinks or fruit, stacked, the top ones open or with samples."""
    w, h = random.uniform(0.38, 0.5), random.uniform(0.24, 0.32)
    for i in range(2):
        for level in range(random.randint(1, 4)):
            fixtures.carton(
                mesh,
                random,
                (x - 0.3 + 0.6 * i, random.uniform(-0.03, 0.03), h * (level + 0.5)),
                (w, w * 0.75, h),
                random.uniform(-0.06, 0.06),
                words=random.choice(("", "FRESH", "特产")),
            )
        goods.lay(mesh, random, _ware(draft, random, split, ("fruit", "drinks", "nuts")), (x - 0.3 + 0.6 * i, 0, h * (level + 1)), (w * 0.9, w * 0.65))


def _plants(draft: Draft, mesh: Mesh, random: Random, split: str, x: float) -> None:
    ware = _ware(draft, random, split, ("flowers",))
    for level in range(2):
        mesh.box((x, 0.3 * level - 0.15, 0.18 + 0.3 * level), (1.25, 0.3, 0.03), tinted(random, WOOD))
        for side in (-1, 1):
            mesh.box((x + side * 0.58, 0.3 * level - 0.15, 0.09 + 0.15 * level), (0.04, 0.28, 0.18 + 0.3 * level), tinted(random, WOOD))
        goods.lay(mesh, random, ware, (x, 0.3 * level - 0.15, 0.2 + 0.3 * level), (1.2, 0.28))
    goods.lay(mesh, random, ware, (x, -0.5, 0.0), (1.2, 0.3))


def _counter(draft: Draft, mesh: Mesh, random: Random, split: str, x: float) -> None:
    """A table with food or goods before the door."""
    table = Mesh()
    fixtures.table(table, random, family("table", random, split, draft.families), 1.3, 0.65, 0.75)
    mesh.merge(table, (x, 0, 0))
    kinds = random.choice((("steamed", "bread", "snacks"), ("fruit", "vegetables"), ("nuts", "drinks"), ("shoes", "clothes"), ("household", "toys"), ("fish",)))
    for i in range(2):
        goods.lay(mesh, random, _ware(draft, random, split, kinds), (x + (i - 0.5) * 0.63, 0, 0.78), (0.58, 0.55))


PIECES: dict[str, Piece] = {
    "shelf": _shelf,
    "crates": _crates,
    "freezer": _freezer,
    "tables": _tables,
    "rack": _rack,
    "gas": _gas,
    "cartons": _cartons,
    "plants": _plants,
    "counter": _counter,
}


def terrace(random: Random, split: str) -> Asset:
    """A café's tables and chairs in the open, some taken, under parasols: `goods_out`, whether it is inside its line the zone tells."""
    draft, mesh = Draft("terrace"), Mesh()
    columns, rows = random.randint(2, 4), random.randint(1, 2)
    for i in range(columns):
        for j in range(rows):
            one, inner = Mesh(), Draft("table")
            _tables(inner, one, random, split, 0.0)
            at, turn = (1.7 * (i - (columns - 1) / 2), 1.6 * (j - (rows - 1) / 2), 0.0), random.uniform(-0.3, 0.3)
            mesh.merge(one, at, turn)
            draft.families += inner.families
            for part in inner.parts:
                draft.add(part.mesh, turned(at, turn, part.at), turn + part.turn, label=part.label)
            if random.random() < 0.4:
                plant(draft, random, split, (at[0] + 0.5, at[1] + 0.5, 0.0))
    draft.add(mesh, label="goods_out")
    return draft.done((1.7 * columns + 0.4, 1.6 * rows + 0.6))
