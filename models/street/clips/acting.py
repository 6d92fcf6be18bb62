"""How an event goes: a vendor comes, unpacks, trades and packs up; a shop puts its goods out; a van is emptied; a queue moves on. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

from models.street.assets.asset import turned
from models.street.assets.mesh import Mesh
from models.street.clips.figures import Figure, Staged, cartons, reach, somebody
from models.street.clips.script import Script
from models.street.compose import Plan

AISLE = 0.38
"""Metres between a stall and who stands at it."""
COMES_FROM = (9.0, 22.0)
"""How far off a vehicle is one and two shots before it stops, in metres, where shots are four seconds apart."""
WALK, PUSH = 1.2, 1.0
"""Metres a second of somebody with a load, and with a cart."""
POSTURES: dict[str, tuple[str, ...]] = {
    "stall_mat": ("squat", "bend", "stand", "squat"),
    "": ("serve", "stand", "hand_over", "phone", "serve", "bend"),
}
GUEST_POSTURES = ("stand", "hand_over", "serve", "stand", "phone")


@dataclass(frozen=True, slots=True)
class Scene:
    """An event to be acted: the shots of its standing, and its own source of chance."""

    script: Script
    plan: Plan
    index: int
    staged: Staged
    first: int
    last: int
    random: Random

    @property
    def ends(self) -> bool:
        """Whether it is over before the clip is."""
        return self.last < self.script.shots

    def seed(self, what: str) -> str:
        """The seed of somebody or something of this event."""
        return f"{self.script.split} {self.script.seed} {self.index} {what}"

    def at(self, offset: tuple[float, float, float]) -> tuple[float, float, float]:
        """A point of the asset's frame in the street."""
        x, y, _ = turned((self.staged.x, self.staged.y, 0.0), self.staged.turn, offset)
        floor = self.staged.z if self.staged.event.strip == "balcony" else self.plan.layout.floor(y)
        return x, y, floor + offset[2]

    def figure(
        self, mesh: partial[Mesh] | Mesh, offset: tuple[float, float, float], turn: float, first: int, last: int, part: str, label: str | None = None
    ) -> Figure:
        """A figure in the asset's frame that stands."""
        made = mesh if isinstance(mesh, partial) else partial(_same, mesh)
        return Figure(made, self.at(offset), self.staged.turn + turn, max(0, first), min(last, self.script.shots), event=self.index, part=part, label=label)

    def who(self, what: str, pose: str, offset: tuple[float, float, float], turn: float, first: int, last: int, part: str = "people", **rest: object) -> Figure:
        """Somebody who stands."""
        return self.figure(partial(_call, somebody(self.seed(what), self.plan.split, pose, **rest)), offset, turn, first, last, part)


def _same(mesh: Mesh) -> Mesh:
    return mesh


def _call(make: object) -> Mesh:
    mesh = make()  # type: ignore[operator]
    assert isinstance(mesh, Mesh)
    return mesh


def _goods(scene: Scene, first: int, last: int) -> Iterator[Figure]:
    """The main part of the asset, the one that its class is of."""
    part = scene.staged.asset.parts[_main(scene)]
    yield scene.figure(part.mesh, part.at, part.turn, first, last, "goods")


def _main(scene: Scene) -> int:
    """Which part the event's box is of."""
    return next(parts[0] for label, parts in scene.staged.asset.boxes if label == scene.staged.event.label)


def _shade(scene: Scene, first: int, last: int) -> Iterator[Figure]:
    """All other parts but people: parasols, tents, their poles."""
    for index, part in enumerate(scene.staged.asset.parts):
        if index != _main(scene) and part.label != "person":
            yield scene.figure(part.mesh, part.at, part.turn, first, last, "shade", part.label)


def trade(scene: Scene) -> Iterator[Figure]:
    """A vendor comes, sets up, trades with whoever stops, packs and leaves."""
    mobile = scene.staged.event.label == "vendor_vehicle"
    comes = scene.first > 0
    yield from _goods(scene, scene.first, scene.last)
    folded = scene.last - 1 if scene.ends and scene.last - scene.first > 6 else scene.last
    yield from _shade(scene, scene.first + (1 if comes else 0), folded)
    yield from _vendor(scene, scene.first, scene.last)
    yield from _guests(scene, scene.first + (2 if comes else 0), scene.last - (1 if scene.ends else 0))
    if mobile:
        yield from _drive(scene)
        return
    unpack = partial(cartons, scene.seed("cartons"))
    _, high = reach(scene.staged.asset.parts[_main(scene)].mesh)
    behind = (0.0, high[1] + AISLE, 0.0)
    for shot, gone in ((scene.first - 1, False), (scene.last, True)):
        if (not gone and comes and shot >= 0) or (gone and scene.ends):
            yield scene.figure(unpack, (0.0, 0.0, 0.0), 0.0, shot, shot + 1, "pile")
            yield scene.who("vendor", "bend", behind, scene.random.uniform(-0.3, 0.3), shot, shot + 1, "vendor", role="vendor")
    side = scene.random.choice((-1.0, 1.0))
    for shot, sign in ((scene.first - 2, -1.0), (scene.last + 1, 1.0)):
        if 0 <= shot < scene.script.shots and (comes if sign < 0 else scene.ends):
            yield from walks(scene, "vendor", shot, side * (1.6 + WALK * scene.script.step_seconds * 0.5), -side * sign, carries="carton", role="vendor")


def walks(scene: Scene, what: str, shot: int, away: float, heading: float, **rest: object) -> Iterator[Figure]:
    """Somebody of the event on the way along the street, `away` metres from its place."""
    x = scene.staged.x + away
    y = free_y(scene.plan, x, scene.staged.y, 0.3)
    if y is not None:
        make = somebody(scene.seed(what), scene.plan.split, "carry" if rest.get("carries") else "walk", phase=scene.random.random(), **rest)
        yield Figure(
            make, (x, y, scene.plan.layout.floor(y)), heading * math.pi / 2, shot, shot + 1, passing=True, way=(heading * WALK, 0.0), event=scene.index,
            part="people",
        )  # fmt: skip


def free_y(plan: Plan, x: float, y: float, half: float) -> float | None:
    """The y nearest to the wanted one, on the same pavement, at which there is room; None where there is none."""
    floor = plan.layout.floor(y)
    for step in range(24):
        for sign in (-1.0, 1.0):
            at = y + sign * 0.2 * step
            if plan.layout.floor(at) == floor and at < -0.35 and plan.free(x, at, half, half):
                return at
    return None


def _vendor(scene: Scene, first: int, last: int) -> Iterator[Figure]:
    """The vendor in one posture after the other, behind the goods or at their side where they are high."""
    random, event = scene.random, scene.staged.event
    low, high = reach(scene.staged.asset.parts[_main(scene)].mesh)
    high_goods = high[2] > 1.25 and event.asset in ("stall_rack", "stall_crates", "stall_cart_stand")
    beside = random.random() < (1.0 if high_goods else 0.25)
    side = random.choice((-1.0, 1.0))
    middle = 0.5 * (low[0] + high[0])
    postures = POSTURES.get(event.asset, POSTURES[""])
    shot = first
    while shot < last:
        until = min(last, shot + random.randint(2, 4))
        if beside:
            edge = high[0] if side > 0 else low[0]
            offset, turn = (edge + side * (AISLE + random.uniform(0.0, 0.15)), random.uniform(-0.2, 0.3), 0.0), -side * random.uniform(0.2, 1.2)
        else:
            offset, turn = (
                (middle + random.uniform(-0.3, 0.3) * (high[0] - low[0]), high[1] + AISLE + random.uniform(-0.05, 0.15), 0.0),
                random.uniform(-0.5, 0.5),
            )
        pose = "bend" if shot == first and first > 0 else random.choice(postures)
        yield scene.who("vendor", pose, offset, turn, shot, until, "vendor", role="vendor")
        shot = until


def _guests(scene: Scene, first: int, last: int) -> Iterator[Figure]:
    """Customers who stop for a while, each at a place of their own before the goods."""
    random = scene.random
    low, high = reach(scene.staged.asset.parts[_main(scene)].mesh)
    calm = {4: (2, 9), 1: (6, 30)}.get(scene.script.step_seconds, (2, 9))
    slots = random.choice((1, 2, 2, 3))
    for slot in range(slots):
        shot = first + random.randint(0, calm[1])
        x = low[0] + (slot + 0.5) / slots * (high[0] - low[0])
        while shot < last:
            until = min(last, shot + random.randint(*calm))
            offset = (x + random.uniform(-0.2, 0.2), low[1] - AISLE - random.uniform(0.1, 0.4), 0.0)
            pose = random.choice(("bend", "squat", "stand") if scene.staged.event.asset in ("stall_mat", "stall_crates") else GUEST_POSTURES)
            yield scene.who(f"guest {slot} {shot}", pose, offset, math.pi + random.uniform(-0.5, 0.5), shot, until)
            shot = until + random.randint(*calm)


def _drive(scene: Scene) -> Iterator[Figure]:
    """The vehicle on its way to its place and away from it, with its driver where it has no cab."""
    staged, step = scene.staged, scene.script.step_seconds
    mesh = staged.asset.parts[_main(scene)].mesh
    low, _ = reach(mesh)
    ahead = turned((0.0, 0.0, 0.0), staged.turn, (-1.0, 0.0, 0.0))
    ahead = (1.0 if ahead[0] >= 0 else -1.0, 0.0, 0.0)
    turn = math.pi if ahead[0] > 0 else 0.0
    cart = "cart" in staged.event.asset
    far = (PUSH * step, 2 * PUSH * step) if cart else tuple(metres * step / 4 for metres in COMES_FROM)
    speed = PUSH if cart else 2.4
    runs = [(scene.first - 1 - i, -metres) for i, metres in enumerate(far)] if scene.first > 0 else []
    runs += [(scene.last + i, metres) for i, metres in enumerate(far)] if scene.ends else []
    for shot, metres in runs:
        x = staged.x + ahead[0] * metres
        y = staged.y if not cart else free_y(scene.plan, x, staged.y, 0.7)
        if y is None or not 0 <= shot < scene.script.shots:
            continue
        if not cart and not scene.plan.free(x, y, 1.5, 0.5):  # past what is parked there
            y = min(y, scene.plan.layout.bike_y) - 2.0 if staged.event.strip != "gutter" else y - 1.3
        z = scene.plan.layout.floor(y)
        way = (ahead[0] * speed, 0.0)
        yield Figure(partial(_same, mesh), (x, y, z), turn, shot, shot + 1, passing=True, way=way, event=scene.index, part="vehicle")
        if staged.event.asset == "vendor_truck":
            continue
        who, offset = ("push", (low[0] - 0.35, 0.0, 0.0)) if cart else ("sit", (low[0] + 0.97, 0.0, 0.0))
        rest: dict[str, object] = {} if cart else {"seat": 0.78}
        make = somebody(scene.seed("vendor"), scene.plan.split, who, phase=scene.random.random(), role="vendor", **rest)
        at = turned((x, y, z), turn, offset)
        yield Figure(make, at, turn - math.pi / 2, shot, shot + 1, passing=True, way=way, event=scene.index, part="people")


def put_out(scene: Scene) -> Iterator[Figure]:
    """Somebody of the shop carries its goods out and later in again; now and then a customer looks at them, and guests sit at its tables."""
    random = scene.random
    yield from _goods(scene, scene.first, scene.last)
    yield from _shade(scene, scene.first + 1, scene.last)
    low, _ = reach(scene.staged.asset.parts[_main(scene)].mesh)
    for shot, gone in ((scene.first - 1, False), (scene.last, True)):
        if (scene.first > 0 and not gone and shot >= 0) or (gone and scene.ends):
            yield scene.who(
                "keeper", "carry", (random.uniform(-0.4, 0.4), random.uniform(0.0, 0.3), 0.0), random.uniform(-0.4, 0.4), shot, shot + 1, carries="carton"
            )
    if scene.first > 0:
        yield scene.who("keeper", "bend", (random.uniform(-0.5, 0.5), low[1] - AISLE, 0.0), math.pi, scene.first, scene.first + 1)
    for part in (one for one in scene.staged.asset.parts if one.label == "person"):
        shot = scene.first + random.randint(3, 10)
        stays = random.randint(2, 3) if abs(part.at[1]) > 0.75 else random.randint(5, 20)
        yield scene.figure(part.mesh, part.at, part.turn, shot, min(scene.last, shot + stays), "people")


def unload(scene: Scene) -> Iterator[Figure]:
    """A van with open doors; workers carry cartons between it and the shops, now here, now there."""
    random, staged = scene.random, scene.staged
    van = staged.asset.parts[0]
    yield scene.figure(van.mesh, van.at, van.turn, scene.first, scene.last, "goods")
    for part in (one for one in staged.asset.parts[1:] if one.label != "person"):
        yield scene.figure(part.mesh, part.at, part.turn, scene.first + (1 if scene.first else 0), scene.last, "goods")
    back = reach(van.mesh)[1][0]
    for shot in range(scene.first + 1, scene.last):
        moment = shot % 4
        if moment == 0:
            yield scene.who(
                "worker", "bend", (back + 0.55, random.uniform(-0.3, 0.3), 0.0), -math.pi / 2 + random.uniform(-0.3, 0.3), shot, shot + 1, role="worker"
            )
        elif moment in (1, 3):
            x, _, _ = scene.at((back + 1.2, 0.0, 0.0))
            y = free_y(scene.plan, x, random.uniform(scene.plan.layout.kerb_y + 0.5, -0.6), 0.3)
            if y is not None:
                laden = moment == 1
                make = somebody(
                    scene.seed("worker"),
                    scene.plan.split,
                    "carry" if laden else "walk",
                    phase=random.random(),
                    role="worker",
                    carries="carton" if laden else None,
                )
                turn, z = math.pi if laden else 0.0, scene.plan.layout.floor(y)
                yield Figure(make, (x, y, z), turn, shot, shot + 1, passing=True, way=(0.0, WALK if laden else -WALK), event=scene.index, part="people")


def queue(scene: Scene) -> Iterator[Figure]:
    """People wait in a row, most under umbrellas; every now and then the first is served and all move up."""
    random, gap = scene.random, 0.82
    count = max(3, int((scene.staged.half[0] * 2 - 0.4) / gap))
    served, shot = 0, scene.first
    while shot < scene.last:
        until = min(scene.last, shot + max(3, round(random.uniform(16, 32) / scene.script.step_seconds)))
        for i in range(count):
            who = Random(scene.seed(f"waits {served + i}"))
            offset = (gap * (i - (count - 1) / 2) + who.uniform(-0.1, 0.1), who.uniform(-0.15, 0.15), 0.0)
            umbrella = who.random() < 0.8
            yield scene.who(f"queue {served + i}", "stand", offset, math.pi / 2 + random.uniform(-0.4, 0.4), shot, until, "goods", umbrella=umbrella)
        served, shot = served + 1, until


def stand(scene: Scene) -> Iterator[Figure]:
    """What just stands there; people of it turn about now and then."""
    random = scene.random
    named = {index for label, parts in scene.staged.asset.boxes if label == scene.staged.event.label for index in parts}
    named = named or {index for index, part in enumerate(scene.staged.asset.parts) if part.label != "person"}
    for index, part in enumerate(scene.staged.asset.parts):
        if part.label != "person":
            yield scene.figure(part.mesh, part.at, part.turn, scene.first, scene.last, "goods" if index in named else "shade", part.label)
            continue
        seated = abs(part.at[2]) > 0.01 or "terrace" in scene.staged.event.asset or index in named
        shot = scene.first
        while shot < scene.last:
            until = min(scene.last, shot + max(3, round(random.uniform(14, 40) / scene.script.step_seconds)))
            yield scene.figure(part.mesh, part.at, part.turn + (0.0 if seated else random.uniform(-0.5, 0.5)), shot, until, "people")
            shot = until
