"""Stalls on the public way: a table, mat, rack or crates with goods, its vendor, customers and shade."""

from __future__ import annotations

import math
from random import Random

from models.street.assets import fixtures, goods, lettering
from models.street.assets.asset import Asset, Draft, Light
from models.street.assets.families import family
from models.street.assets.looks import CANOPY, DARK_STEEL, STEEL, Look, Picture, Surface, tinted
from models.street.assets.mesh import Mesh
from models.street.assets.people import person
from models.street.assets.shade import shade_over
from models.street.assets.wares import WARES


def stall(random: Random, split: str, *, form: str = "table", attended: bool | None = None, customers: int | None = None, shade: bool | None = None) -> Asset:
    """A stall.

    Args:
        random: what it looks like.
        split: whose families.
        form: table | mat | rack | crates | cart_stand | tent.
        attended: whether its vendor is there; else drawn (nine of ten are).
        customers: how many; else drawn.
        shade: whether it has a parasol or tent; else drawn.
    """
    draft = Draft(f"stall_{form}")
    mesh = Mesh()
    width, depth = random.uniform(1.3, 2.8), random.uniform(0.7, 1.05)
    kinds = goods.assortment(random, 4, random.choice(("greengrocer", "greengrocer", "grocer", "fishmonger", "kitchen")) if form == "crates" else None)
    wares = [_ware(random, split, kind, draft, form) for kind in kinds]
    if form in ("table", "tent", "cart_stand"):
        _on_table(draft, mesh, random, split, width, depth, wares)
    elif form == "mat":
        depth *= 1.4
        _on_mat(draft, mesh, random, split, width, depth, wares)
    elif form == "rack":
        _on_rack(draft, mesh, random, split, width, wares)
    else:
        _in_crates(draft, mesh, random, split, width, wares)
    y, z = {"mat": (-depth / 2 + 0.05, 0.03), "crates": (-0.48, 0.25), "rack": (-0.5, 0.28)}.get(form, (-depth / 2 + 0.05, 0.75))
    fixtures.price_cards(mesh, random, y, z, width * 0.85, random.randint(0, 4))
    if random.random() < 0.35:
        _board(mesh, random, split, width, depth)
    if random.random() < 0.75:
        fixtures.clutter(mesh, random, split, draft.families, width, depth / 2 + 0.5)
    draft.add(mesh, label="stall")
    _shade(draft, random, split, width, form, shade)
    present = random.random() < 0.9
    seated = _people(draft, random, split, form, width, depth, attended=present if attended is None else attended, customers=customers)
    draft.lights.append(
        Light((random.uniform(-0.4, 0.4), 0.1, 1.75), random.uniform(25, 60), random.choice(((1.0, 0.95, 0.85), (1.0, 0.8, 0.5), (0.85, 0.95, 1.0))))
    )
    return draft.done((width + 1.2, depth + (2.6 if not seated else 2.2)))


def _ware(random: Random, split: str, kind: str, draft: Draft, form: str) -> str:
    forms = {"crates": goods.FILLING, "rack": goods.SHELVED}.get(form, ())
    kind, name = goods.family_of(random, split, kind, low=form == "table", forms=forms)
    draft.families.append(f"{kind}/{name}")
    return name


def _on_table(draft: Draft, mesh: Mesh, random: Random, split: str, width: float, depth: float, wares: list[str]) -> None:
    name = family("table", random, split, draft.families)
    height = random.uniform(0.55, 0.85)
    fixtures.table(mesh, random, name, width, depth, height)
    box = family("crate", random, split, draft.families)
    count = max(2, round(width / random.uniform(0.42, 0.7)))
    w = width / count
    boxed = random.random() < 0.5
    for i in range(count):
        at = (-width / 2 + (i + 0.5) * w, random.uniform(-0.03, 0.03), height + 0.02)
        ware = wares[i * len(wares) // count]
        if boxed and WARES[ware].form not in goods.TALL:
            mesh.merge(fixtures.crate(random, box, (w * 0.94, depth * 0.85, 0.13), ware), at, tilt=0.0)
        else:
            goods.lay(mesh, random, ware, at, (w * 0.92, depth * 0.9))
    if random.random() < 0.6:
        fixtures.scale(mesh, (random.uniform(-0.4, 0.4) * width, depth * 0.3, height + 0.1))
    for _ in range(random.choice((0, 0, 1, 2, 3, 4))):
        at = (random.uniform(-0.5, 0.5) * width, -depth / 2 - random.uniform(0.25, 0.35), 0.0)
        mesh.merge(fixtures.crate(random, box, (0.5, 0.36, 0.26), random.choice(wares)), at, random.uniform(-0.15, 0.15))
    if random.random() < 0.3:  # bags and samples hang from a line over the table
        _line(mesh, random, width, depth, height)


def _line(mesh: Mesh, random: Random, width: float, depth: float, height: float) -> None:
    top = height + random.uniform(0.85, 1.05)
    for side in (-1, 1):
        mesh.tube((side * width / 2, depth * 0.4, height), (side * width / 2, depth * 0.4, top), 0.014, STEEL, sides=5)
    mesh.tube((-width / 2, depth * 0.4, top), (width / 2, depth * 0.4, top), 0.01, STEEL, sides=5)
    for i in range(int(width / 0.16)):
        x, look = -width / 2 + 0.16 * (i + 0.5), tinted(random, CANOPY, rough=0.35)
        mesh.soft_box((x, depth * 0.4, top - 0.18), (0.13, 0.06, random.uniform(0.2, 0.3)), look)


def _on_mat(draft: Draft, mesh: Mesh, random: Random, split: str, width: float, depth: float, wares: list[str]) -> None:
    fixtures.mat(mesh, random, family("mat", random, split, draft.families), width, depth)
    across, down = max(2, round(width / 0.55)), max(2, round(depth / 0.6))
    for i in range(across):
        for j in range(down):
            if random.random() < 0.92:
                at = (-width / 2 + (i + 0.5) * width / across, -depth / 2 + (j + 0.5) * depth / down, 0.03)
                goods.lay(mesh, random, wares[(i + j) % len(wares)], at, (width / across * 0.85, depth / down * 0.8))


def _on_rack(draft: Draft, mesh: Mesh, random: Random, split: str, width: float, wares: list[str]) -> None:
    box = family("crate", random, split, draft.families)
    for level, (at, (w, d)) in enumerate(fixtures.stepped(mesh, random, family("rack", random, split, draft.families), width)):
        count = max(2, round(w / 0.5))
        for i in range(count):
            place = (at[0] - w / 2 + (i + 0.5) * w / count, at[1], at[2])
            if random.random() < 0.4:
                mesh.merge(fixtures.crate(random, box, (w / count * 0.92, d * 0.95, 0.12), wares[(i + level) % len(wares)]), place)
            else:
                goods.lay(mesh, random, wares[(i + level) % len(wares)], place, (w / count * 0.9, d * 0.9))


def _in_crates(draft: Draft, mesh: Mesh, random: Random, split: str, width: float, wares: list[str]) -> None:
    box = family("crate", random, split, draft.families)
    for row in range(random.choice((1, 2, 2, 3))):
        for i in range(int(width / 0.54)):
            for level in range(1 + (row if random.random() < 0.8 else 0)):
                at = (-width / 2 + 0.27 + 0.54 * i + random.uniform(-0.02, 0.02), 0.4 * row - 0.3, 0.27 * level)
                contents = wares[(i + row) % len(wares)] if level >= row else None
                mesh.merge(fixtures.crate(random, box, (0.5, 0.36, 0.26), contents), at, random.uniform(-0.06, 0.06))


def _board(mesh: Mesh, random: Random, split: str, width: float, depth: float) -> None:
    """A sign on the stall: on its front, or on two poles over it."""
    ground, ink = (
        random.choice(((0.50, 0.02, 0.02), (0.68, 0.45, 0.03), (0.03, 0.10, 0.40), (0.66, 0.65, 0.62))),
        random.choice(((0.70, 0.69, 0.66), (0.72, 0.55, 0.05))),
    )
    if ground[0] > 0.6:
        ink = random.choice(((0.45, 0.02, 0.02), (0.03, 0.03, 0.03), (0.03, 0.08, 0.35)))
    picture = Picture("sign", lettering.words(random, split), (ground, ink, random.choice(CANOPY)), random.randrange(20))
    if random.random() < 0.5:
        mesh.panel((0, -depth / 2 - 0.035, 0.38), min(width * 0.8, 1.6), 0.38, picture)
    else:
        z = random.uniform(1.75, 1.95)
        for side in (-1, 1):
            mesh.tube((side * width * 0.45, depth / 2, 0), (side * width * 0.45, depth / 2, z + 0.15), 0.016, STEEL, sides=5)
        mesh.panel((0, depth / 2 - 0.03, z), width * 0.92, 0.4, picture)


def _shade(draft: Draft, random: Random, split: str, width: float, form: str, shade: bool | None) -> None:
    wanted = random.random() < (0.35 if form == "mat" else 0.65)
    if form == "tent":
        shade_over(draft, random, split, width, (0, 0, 0), "tent")
    elif wanted if shade is None else shade:
        shade_over(draft, random, split, width, (random.uniform(-0.4, 0.4) * width, random.uniform(0.35, 0.7), 0.0), "tent" if random.random() < 0.15 else None)


def _people(draft: Draft, random: Random, split: str, form: str, width: float, depth: float, *, attended: bool, customers: int | None) -> bool:
    """The vendor behind and the customers before; tells whether the vendor sits."""
    seated = random.random() < (0.6 if form == "mat" else 0.3)
    if attended:
        at, turn = (random.uniform(-0.35, 0.35) * width, depth / 2 + random.uniform(0.4, 0.65), 0.0), random.uniform(-0.4, 0.4)
        if seated:
            mesh = Mesh()
            fixtures.stool(mesh, random, (0, 0.02, 0), 0.36)
            draft.add(mesh, at, turn)
            draft.add(person(random, split, pose="sit", role="vendor", seat=0.38), at, turn, label="person")
        else:
            pose = random.choice(("serve", "serve", "stand", "hand_over", "bend", "phone") if form != "mat" else ("squat", "bend", "stand"))
            draft.add(person(random, split, pose=pose, role="vendor"), at, turn, label="person")
    for _ in range(random.choice((0, 0, 1, 1, 2, 3)) if customers is None else customers):
        pose = random.choice(
            ("stand", "stand", "hand_over", "serve", "bend", "phone") if form not in ("mat", "crates") else ("bend", "squat", "stand", "stand")
        )
        at = (random.uniform(-0.55, 0.55) * width, -depth / 2 - random.uniform(0.45, 1.0), 0.0)
        figure = person(random, split, pose=pose, carries=random.choice((None, None, "bag")) if pose == "stand" else None)
        draft.add(figure, at, math.pi + random.uniform(-0.6, 0.6), label="person")
    return seated


def covered_stall(random: Random, split: str) -> Asset:
    """A closed stall: everything under a tied tarpaulin, the parasol folded or gone, nobody there."""
    draft, mesh = Draft("stall_covered"), Mesh()
    width, depth, height = random.uniform(1.4, 2.6), random.uniform(0.8, 1.1), random.uniform(0.8, 1.3)
    kind = random.random()
    cloth: Surface = tinted(random, ((0.05, 0.14, 0.40), (0.10, 0.28, 0.14), (0.45, 0.44, 0.42), (0.35, 0.22, 0.10)), rough=0.5, scale=3.0)
    if kind < 0.4:
        cloth = Picture("checks", "", ((0.62, 0.62, 0.6), (0.50, 0.05, 0.05), (0.05, 0.10, 0.40)), random.randrange(20), rough=0.5)
    mat_name = family("mat", random, split, draft.families)
    n = 9
    rows = []
    for j in range(n):
        row = []
        for i in range(n):
            u, v = 2 * i / (n - 1) - 1, 2 * j / (n - 1) - 1
            out = max(abs(u), abs(v))
            top = height * (1 - 0.12 * random.random()) if out < 0.8 else 0.02 if out > 0.95 else height * 0.45
            spread = 1.0 if out < 0.8 else 1.06
            row.append((u * width / 2 * spread * (1.0 if out > 0.7 else 1.05), -v * depth / 2 * spread, top))
        rows.append(row)
    mesh.sheet(rows, cloth, smooth=mat_name != "cardboard_mat")
    rope = Look((0.5, 0.48, 0.42))
    for share in (-0.5, 0.5):
        x = share * width * 0.6
        mesh.limb(
            [(x, -depth / 2 - 0.02, 0.1), (x, -depth * 0.4, height * 0.97), (x, depth * 0.4, height * 0.97), (x, depth / 2 + 0.02, 0.1)],
            (0.012,) * 4,
            rope,
            sides=4,
        )
    for _ in range(random.randint(0, 3)):
        mesh.box(
            (random.uniform(-0.5, 0.5) * width, random.choice((-0.62, 0.62)) * depth, 0.05),
            (0.24, 0.12, 0.1),
            Look((0.36, 0.16, 0.10), scale=12.0),
            turn=random.uniform(0, 3),
        )
    if random.random() < 0.4:  # the folded parasol stands or lies there
        cloth_folded = tinted(random, CANOPY, rough=0.7)
        mesh.tube((width * 0.4, depth * 0.6, 0), (width * 0.4, depth * 0.6, 2.2), 0.02, DARK_STEEL)
        mesh.loft(
            [((width * 0.4, depth * 0.6, 0.9), 0.11, 0.11), ((width * 0.4, depth * 0.6, 1.5), 0.09, 0.09), ((width * 0.4, depth * 0.6, 2.15), 0.03, 0.03)],
            cloth_folded,
        )
    draft.add(mesh, label="stall")
    return draft.done((width + 0.4, depth + 0.4), covered=True)
