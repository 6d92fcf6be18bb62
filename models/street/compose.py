"""Who stands where: the plan of a scene from its seed and the asset split, without Blender.

Subjects of the detector's classes, legal twins and look-alikes stand in their strips of the street without touching each other; traffic and
passers-by are drawn apart, since they move from picture to picture. Every scene has something to tell apart: look-alikes or twins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random

from models.street import fronts, surfaces
from models.street.assets.asset import Asset
from models.street.assets.catalogue import build
from models.street.assets.mesh import Mesh
from models.street.furniture import Furniture, furnish
from models.street.layout import Layout, draw_layout
from models.street.lists import CLUTTER, LOOKALIKE_STRIPS, SUBJECTS, TWINS

BARE_SHARE = 0.14
"""Share of scenes with nothing of the detector's classes."""
TWIN_SHARE = 0.55
WET_SHARE = 0.22
TRIES = 24
NEAR, FAR = 12.0, 34.0
"""Metres along the street within which most subjects stand, and the rest."""
CLOSE = 0.85
"""Share of its room that a thing needs to itself: people about two stalls may mingle."""


@dataclass(frozen=True, slots=True)
class Stood:
    """An asset with its place.

    Attributes:
        name: in the catalogue.
        twin: which legal twin it is (see `lists`), None for what is what it seems.
        look_alike: its class in the verifier's list, None for others.
        attended: whether its people are there.
        weight: how much it wants to be looked at by a camera.
    """

    name: str
    asset: Asset
    x: float
    y: float
    z: float
    turn: float
    twin: str | None = None
    look_alike: str | None = None
    attended: bool = True
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Mover:
    """An asset that stands elsewhere in each picture: on the pavement, in the bicycle lane, in a lane of vehicles; metres a second."""

    name: str
    asset: Asset
    where: str
    speed: float


@dataclass(slots=True)
class Plan:
    """A scene: its street, what stands in it and what moves."""

    seed: int
    split: str
    layout: Layout
    wet: bool
    ground: Mesh
    fronts: list[fronts.Front]
    far_side: Mesh
    furniture: Furniture
    stood: list[Stood] = field(default_factory=list)
    movers: list[Mover] = field(default_factory=list)
    pitches: list[tuple[Mesh, float, float]] = field(default_factory=list)
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    def free(self, x: float, y: float, half_x: float, half_y: float) -> bool:
        """Whether a rectangle about (x, y) touches nothing that stands."""
        return all(abs(x - tx) > half_x + thx or abs(y - ty) > half_y + thy for tx, ty, thx, thy in self.taken)

    def take(self, x: float, y: float, half_x: float, half_y: float) -> None:
        """Keeps a rectangle."""
        self.taken.append((x, y, half_x, half_y))


def empty(random: Random, seed: int, split: str, *, wet: bool | None = None) -> tuple[Plan, Furniture]:
    """A street in which nothing stands yet, and its furniture, which finds its room last; `wet` is drawn where it is not told.

    Raises:
        StreetError: no such split.
    """
    layout = draw_layout(random, split)
    rains = random.random() < WET_SHARE
    wet = rains if wet is None else wet
    plan = Plan(seed, split, layout, wet, surfaces.lay_ground(random, layout), fronts.row(random, layout, split), fronts.far_side(random, layout), Furniture())
    return plan, furnish(random, layout, split)


def settle(plan: Plan, furniture: Furniture) -> None:
    """Puts up the furniture where there is room."""
    plan.furniture.lamps = furniture.lamps
    for mesh, at, turn in furniture.things:
        tall = at != (0.0, 0.0, 0.0)
        if not tall or plan.free(at[0], at[1], 0.3, 0.3):
            plan.furniture.things.append((mesh, at, turn))


def compose(seed: int, split: str) -> Plan:
    """The plan of a scene.

    Raises:
        StreetError: no such split.
    """
    random = Random(f"street 2 {split} {seed}")
    plan, furniture = empty(random, seed, split)
    if random.random() < TWIN_SHARE:
        _twin(plan, random)
    subjects = random.choice((4, 5, 5, 6, 7)) if random.random() >= BARE_SHARE else 0
    look_alikes = random.choice((1, 2, 2, 3))
    for i in range(max(subjects, look_alikes)):
        if i < look_alikes:
            name = random.choice(tuple(LOOKALIKE_STRIPS))
            _stand(plan, random, name, LOOKALIKE_STRIPS[name], random.choice((NEAR, NEAR, FAR)), look_alike=name, weight=0.5)
        if i < subjects:
            name, _, strip, _ = random.choices(SUBJECTS, weights=[weight for *_, weight in SUBJECTS])[0]
            _stand(plan, random, name, strip, NEAR if i < 5 else FAR, weight=1.0)
    for _ in range(random.randint(2, 6)):
        _stand(plan, random, random.choice(CLUTTER), random.choice(("kerb", "kerb", "front")), FAR)
    _park(plan, random)
    settle(plan, furniture)
    plan.movers = _movers(random, plan)
    return plan


def sides(asset: Asset, turn: float) -> tuple[float, float]:
    """Half extents along and across the street of a turned footprint."""
    w, d = asset.footprint
    c, s = abs(math.cos(turn)), abs(math.sin(turn))
    return (c * w + s * d) / 2, (s * w + c * d) / 2


def turn_of(random: Random, strip: str) -> float:
    """Which way a thing faces: shops' goods face the street, stalls at the kerb mostly face the pavement, vehicles stand along the street."""
    little = random.gauss(0, 0.08)
    match strip:
        case "front":
            return little
        case "kerb":
            return random.choice((math.pi, math.pi, math.pi, 0.0, 0.0, math.pi / 2, -math.pi / 2)) + random.gauss(0, 0.12)
        case "walk":
            return random.choice((0.0, math.pi, random.uniform(-math.pi, math.pi))) + little
        case _:
            return random.choice((0.0, math.pi)) + random.gauss(0, 0.04)


def _stand(
    plan: Plan, random: Random, name: str, strip: str, spread: float, *, twin: str | None = None, look_alike: str | None = None, weight: float = 0.0
) -> Stood | None:
    """Stands an asset somewhere free in its strip; None where there is no room."""
    attended = random.random() < 0.85
    wishes = {"attended": attended} if twin is None and name.startswith(("stall_", "vendor_")) and name != "stall_covered" else {}
    asset = build(name, random, plan.split, **wishes)
    low, high = plan.layout.strip_of(strip)
    for _ in range(TRIES):
        turn = turn_of(random, strip)
        half_x, half_y = (CLOSE * side for side in sides(asset, turn))
        x = random.uniform(-spread, spread)
        y = random.uniform(min(low, high), max(low, high))
        if strip in ("front", "walk", "kerb"):
            y = min(y, -half_y - 0.15) if strip == "front" else y
            y = max(y, plan.layout.kerb_y + 0.1 + min(half_y, 0.6)) if strip != "front" else y
        if plan.free(x, y, half_x + 0.1, half_y + 0.05):
            plan.take(x, y, half_x, half_y)
            stood = Stood(name, asset, x, y, plan.layout.floor(y), turn, twin, look_alike, attended or not wishes, weight)
            plan.stood.append(stood)
            return stood
    return None


def _twin(plan: Plan, random: Random) -> None:
    """A legal twin; a permitted pitch is painted under its stall, and sometimes one more that is empty."""
    twin, name, _, strip, _ = random.choices(TWINS, weights=[weight for *_, weight in TWINS])[0]
    stood = _stand(plan, random, name, strip, NEAR, twin=twin, weight=1.0)
    if stood is None:
        return
    if twin in ("permitted_pitch", "closed_stall"):
        half_x, half_y = (max(0.9, side + 0.15) for side in sides(stood.asset, stood.turn))
        half_y = min(half_y, plan.layout.pavement / 2 - 0.2)
        paint = surfaces.pitch(random, plan.layout, half_x, half_y)
        plan.pitches.append((paint, stood.x, stood.y))
        for side in random.sample((-1, 1), k=random.choice((0, 1, 2))):
            plan.pitches.append((paint, stood.x + side * (2 * half_x + 0.25), stood.y))


def park_cars(plan: Plan, random: Random) -> None:
    """A row of vehicles in the parking lane or, where there is none, at the kerb."""
    layout = plan.layout
    y = layout.bike_y - (layout.parking / 2 if layout.parking else 1.15)
    x = -34 + random.uniform(0, 6)
    while x < 34:
        if random.random() < 0.5:
            name = random.choice(("car", "car", "car", "car", "van", "truck"))
            asset = build(name, random, plan.split)
            half_x, half_y = sides(asset, 0.0)
            if plan.free(x, y, half_x + 0.3, half_y):
                plan.take(x, y, half_x, half_y)
                turn = random.choice((0.0, 0.0, 0.0, math.pi)) + random.gauss(0, 0.02)
                plan.stood.append(Stood(name, asset, x, y, 0.0, turn))
        x += random.uniform(5.6, 7.0)


def _park(plan: Plan, random: Random) -> None:
    """Parked vehicles in the parking lane or at the kerb, bicycles and scooters on the pavement, now and then a car there."""
    if plan.layout.parking or random.random() < 0.4:
        park_cars(plan, random)
    for _ in range(random.randint(0, 5)):
        _stand(plan, random, random.choice(("bicycle", "scooter", "scooter")), random.choice(("kerb", "kerb", "front")), FAR)
    if random.random() < 0.1:
        _stand(plan, random, "car_on_pavement", "walk", FAR)


def _movers(random: Random, plan: Plan) -> list[Mover]:
    """Who passes; under umbrellas where it rains."""
    out: list[Mover] = []

    def add(name: str, where: str, speed: float, **wishes: object) -> None:
        out.append(Mover(name, build(name, random, plan.split, **wishes), where, speed))

    for _ in range(random.choice((3, 5, 7, 9, 12))):
        umbrella = random.random() < (0.8 if plan.wet else 0.06)
        add("pedestrian", "pavement", 1.2, pose="walk", phase=random.random(), umbrella=umbrella)
    if random.random() < 0.4:
        add("group", "pavement", 0.0)
    for _ in range(random.randint(0, 4)):
        add(random.choice(("cyclist", "scooterist", "scooterist")), "bike", 4.5)
    for _ in range(random.randint(1, 5)):
        add(random.choice(("car", "car", "car", "car", "van", "bus", "truck")), "lane", random.choice((0.0, 5.0, 9.0)))
    return out


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a mover is in one picture; `hidden` where it found no room. `way` is its velocity in metres a second."""

    x: float
    y: float
    z: float
    turn: float
    way: tuple[float, float]
    hidden: bool = False


def scatter(random: Random, plan: Plan) -> list[Moved]:
    """Places of all movers for one picture."""
    layout, places = plan.layout, []
    taken = list(plan.taken)
    for mover in plan.movers:
        where = Moved(0, 0, -50, 0, (0, 0), hidden=True)
        for _ in range(TRIES):
            x, heading = random.uniform(-22, 22), random.choice((-1.0, 1.0))
            if mover.where == "pavement":
                x = random.uniform(-14, 14) if random.random() < 0.75 else x
                y = random.uniform(layout.kerb_y + 0.4, -0.5) if random.random() < 0.88 else random.uniform(layout.far_front_y + 0.4, layout.far_kerb_y - 0.4)
                turn = heading * math.pi / 2 + random.gauss(0, 0.25) if mover.speed else random.uniform(-math.pi, math.pi)
                way = (heading * mover.speed, 0.0)
            elif mover.where == "bike":
                y = random.uniform(layout.bike_y + 0.4, layout.kerb_y - 0.7) if layout.bike_lane else layout.parking_y - random.uniform(0.4, 1.2)
                turn, way = (0.0 if heading < 0 else math.pi) + random.gauss(0, 0.06), (heading * mover.speed, 0.0)
            else:
                lane = random.randrange(max(1, layout.lanes))
                y = layout.parking_y - (lane + 0.5) * layout.lane + random.gauss(0, 0.15)
                heading = 1.0 if lane < max(1, layout.lanes) / 2 else -1.0
                turn, way = (math.pi if heading > 0 else 0.0) + random.gauss(0, 0.015), (heading * mover.speed, 0.0)
            half_x, half_y = sides(mover.asset, turn)
            if all(abs(x - tx) > half_x + thx or abs(y - ty) > half_y + thy for tx, ty, thx, thy in taken):
                taken.append((x, y, half_x, half_y))
                where = Moved(x, y, layout.floor(y), turn, way)
                break
        places.append(where)
    return places
