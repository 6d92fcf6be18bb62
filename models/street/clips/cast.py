"""Who and what a script needs: every mesh of a clip with its place and the shots that show it. Pure.

A *figure* is one mesh that is seen from a shot to another. What stands is part of the still picture; what passes is drawn over it. People who stay do not
freeze: a vendor takes another posture every few shots, customers come and go, who waits turns about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from models.errors import StreetError
from models.street import fronts, surfaces
from models.street.assets.asset import Asset, Light, turned
from models.street.assets.catalogue import build
from models.street.assets.mesh import Point
from models.street.clips import acting, coming, passing
from models.street.clips.figures import Figure, Staged, balcony, reach, whole
from models.street.clips.forms import TRADED
from models.street.clips.script import Event, Script
from models.street.compose import CLOSE, Plan, Stood, empty, park_cars, settle, sides, turn_of
from models.street.furniture import Furniture
from models.street.layout import draw_layout
from models.street.lists import CLUTTER

TRIES = 160
STREETS, SHUFFLES, REBUILT = 80, 4, 8
BOX_TRIES = 4
"""Of so many the shallowest stands in a painted box: a market's wide parasol is deeper than most pavements."""
SPREADS = (6.5, 8.0, 9.5, 11.0, 13.0)
"""Metres to either side of the middle within which the events find room: the first that has any."""
PITCH_MARGIN = 0.2
"""How much larger a painted box is than the room of what stands in it."""
PAINTED = ("nonmotor_bay", "parking_bay")
"""Zones that are painted on the ground."""
BALCONY_OUT, BALCONY_UP = 0.75, fronts.GROUND_FLOOR + 0.02
"""How far before the front's wall the middle of a balcony hangs, and how high over the pavement its floor."""
LIT = ("stall", "vendor_vehicle", "open_grill")
"""Classes of what brings its lamp along by night; a grill its coals."""
ARCADE_OUT = 2.0
"""So far before the shops an arcade's upper floors stand."""
BALCONY_SPREAD = 7.0
COLUMN_Y, COLUMN, GOODS_DEEP = -1.75, 0.28, 0.45
"""Where an arcade's columns stand, half their side with some room, and half the depth of goods before a shop."""
ZONE_MARGIN = 0.35
"""How far a zone that nobody painted reaches beyond what stands in it."""
STANDING_CLUTTER = tuple(name for name in CLUTTER if name not in ("spill", "pram", "stools", "folding_seat"))


@dataclass(slots=True)
class Cast:
    """A clip's street with its events in place and all its figures; `lamps` are what shines by night with an event, by its index."""

    script: Script
    plan: Plan
    staged: list[Staged] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    lamps: list[tuple[int, Point, Light]] = field(default_factory=list)

    @property
    def families(self) -> tuple[str, ...]:
        """All that the clip is made of."""
        assets = [*(one.asset for one in self.staged), *(one.asset for one in self.plan.stood)]
        return tuple(sorted({name for asset in assets for name in asset.families} | {f"street/{self.plan.layout.family}"}))


def cast(script: Script, take: int = 0) -> Cast:
    """The cast of a script; an event that finds no room in its street draws another street, so that a script's events all take place. Each `take` is another
    street with other places.

    Raises:
        StreetError: no such split, or no street has room for all of them.
    """
    needed = max((event.deep for event in script.events), default=0.0)
    for attempt in range(STREETS):
        if attempt % REBUILT == 0:
            built = _built(script, f"{take} {attempt}")
        key = f"cast {script.split} {script.seed} {take} {attempt}"
        layout = draw_layout(Random(key), script.split)  # what `empty` will draw first, at a hundredth of its cost
        if layout.pavement - layout.strip < needed:
            continue
        random = Random(key)
        plan, furniture = empty(random, script.seed, script.split, wet=script.weather.startswith("rain"))
        out = Cast(script, plan)
        if _place_all(out, random, built, SPREADS[attempt * len(SPREADS) // STREETS]):
            break
    else:
        raise StreetError(f"the events of clip {script.name} find no room in {STREETS} streets: take another seed")
    if plan.layout.arcade:
        for front in plan.fronts:
            plan.take(front.x0, COLUMN_Y, COLUMN, COLUMN)
    order = {id(event): i for i, event in enumerate(script.events)}
    out.staged.sort(key=lambda one: order[id(one.event)])
    _dress(out, random, furniture)
    for index, staged in enumerate(out.staged):
        out.figures += _figures(script, out, index, staged)
        if staged.event.label in LIT:
            out.lamps += [(index, turned((staged.x, staged.y, staged.z), staged.turn, light.at), light) for light in staged.asset.lights]
    out.figures += passing.passers(script, plan)
    return out


def _wishes(event: Event) -> dict[str, object]:
    """What an event asks of its asset: who sells and buys comes and goes by itself."""
    if event.asset.startswith(("stall_", "vendor_")) and event.asset != "stall_covered":
        return {"attended": False, "customers": 0}
    if event.asset == "open_grill":
        return {"attended": False}
    return {} if event.count is None else {"count": event.count}


def _built(script: Script, take: str) -> list[tuple[Event, Asset]]:
    """All events with their assets, the largest first: they find no room later."""
    made = []
    for index, event in enumerate(script.events):
        random = Random(f"asset {script.split} {script.seed} {take} {index}")
        tried = [build(event.asset, random, script.split, **_wishes(event)) for _ in range(BOX_TRIES if _boxed(event) else 1)]
        made.append((event, min(tried, key=_deep)))
    return sorted(made, key=lambda one: -one[1].footprint[0] * one[1].footprint[1])


def _boxed(event: Event) -> bool:
    """Whether a box is painted about it."""
    return event.permit is not None or event.zone in PAINTED


def _deep(asset: Asset) -> float:
    """How far an asset's meshes reach from its front to its back, in metres."""
    low, high = reach(whole(asset))
    return high[1] - low[1]


def _place_all(out: Cast, random: Random, built: list[tuple[Event, Asset]], spread: float) -> bool:
    """Stands all events in a street; begins anew a few times where one finds no room."""
    for _ in range(SHUFFLES):
        out.plan.taken, out.plan.pitches, out.staged = [], [], []
        if all(_place(out, random, event, asset, spread) for event, asset in built):
            return True
    return False


def _place(out: Cast, random: Random, event: Event, asset: Asset, spread: float) -> bool:
    """Stands an event somewhere free in its strip."""
    plan, layout = out.plan, out.plan.layout
    if event.strip == "balcony":
        return _hang(out, random, event, asset)
    low, high = layout.strip_of(event.strip)
    boxed = _boxed(event)
    extent = reach(whole(asset)) if boxed or event.zone is not None else ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    for _ in range(TRIES):
        turn = turn_of(random, event.strip)
        half_x, half_y = (CLOSE * side for side in sides(asset, turn))
        if boxed:
            half_x, half_y = (max(half, taken) + PITCH_MARGIN for half, taken in zip((half_x, half_y), _taken(extent, turn), strict=True))
        x, y = random.uniform(-spread, spread), random.uniform(min(low, high), max(low, high))
        if event.strip in ("front", "walk", "kerb"):
            y = min(y, -half_y - 0.15) if event.strip == "front" else y
            # Customers may step down from the kerb; what nobody sells from, or has its box, stands on the pavement whole.
            spills = event.label in TRADED and event.asset != "stall_covered" and not boxed
            y = max(y, layout.kerb_y + 0.1 + (min(half_y, 0.6) if spills else half_y)) if event.strip != "front" else y
            if not spills and y > -half_y - 0.1:
                continue
        if event.strip == "front" and y - half_y < layout.kerb_y + 0.2:
            return False
        if not plan.free(x, y, half_x + 0.25, half_y + 0.05) or _at_column(plan, event, x, y, half_x, half_y):
            continue
        plan.take(x, y, half_x, half_y)
        pitch: tuple[tuple[float, float], ...] = ()
        if boxed:
            box_x, y0, y1 = half_x, max(y - half_y, layout.kerb_y + 0.12), min(y + half_y, -0.4)
            plan.pitches.append((surfaces.pitch(random, layout, box_x, (y1 - y0) / 2), x, (y0 + y1) / 2))
            pitch = _corners(x, box_x, y0, y1)
        elif event.zone is not None:
            zone_x, zone_y = (max(half, taken) + ZONE_MARGIN for half, taken in zip((half_x, half_y), _taken(extent, turn), strict=True))
            pitch = _corners(x, zone_x, y - zone_y, min(y + zone_y, 0.0))
        out.staged.append(Staged(event, asset, x, y, layout.floor(y), turn, (half_x, half_y), pitch))
        return True
    return False


def _corners(x: float, half_x: float, y0: float, y1: float) -> tuple[tuple[float, float], ...]:
    return (x - half_x, y0), (x + half_x, y0), (x + half_x, y1), (x - half_x, y1)


def _taken(extent: tuple[Point, Point], turn: float) -> tuple[float, float]:
    """How far what lies between two corners, turned, reaches along and across the street, to the farther side."""
    low, high = extent
    corners = [turned((0.0, 0.0, 0.0), turn, (a, b, 0.0)) for a in (low[0], high[0]) for b in (low[1], high[1])]
    return max(abs(x) for x, _, _ in corners), max(abs(y) for _, y, _ in corners)


def _hang(out: Cast, random: Random, event: Event, asset: Asset) -> bool:
    """Hangs something on a balcony of the first floor; what passes below has room."""
    plan = out.plan
    y = -(ARCADE_OUT if plan.layout.arcade else 0.0) - BALCONY_OUT
    half_x, half_y = (side / 2 for side in asset.footprint)
    x = random.uniform(-BALCONY_SPREAD, BALCONY_SPREAD)
    z = plan.layout.kerb + BALCONY_UP
    out.staged.append(Staged(event, asset, x, y, z, 0.0, (half_x, half_y)))
    plan.pitches.append((balcony(random, half_x + 0.15, z - plan.layout.kerb), x, y))
    return True


def _at_column(plan: Plan, event: Event, x: float, y: float, half_x: float, half_y: float) -> bool:
    """Whether a thing would stand in a column of an arcade; a shop's goods may reach between two columns."""
    if not plan.layout.arcade:
        return False
    deep = GOODS_DEEP if event.label == "goods_out" and event.asset != "terrace" else half_y
    return any(abs(x - front.x0) < half_x + COLUMN and abs(y - COLUMN_Y) < deep + COLUMN for front in plan.fronts)


def _dress(out: Cast, random: Random, furniture: Furniture) -> None:
    """What stands about and is of no account: parked cars in painted bays, clutter, the street's furniture. No bicycle: three are a violation."""
    plan = out.plan
    if plan.layout.parking:
        park_cars(plan, random)
    for name in random.sample(STANDING_CLUTTER, k=random.randint(1, 3)):
        asset, strip = build(name, random, plan.split), random.choice(("kerb", "kerb", "front"))
        low, high = plan.layout.strip_of(strip)
        for _ in range(24):
            turn = turn_of(random, strip)
            half_x, half_y = sides(asset, turn)
            x, y = random.uniform(-24, 24), random.uniform(min(low, high), max(low, high))
            if plan.free(x, y, half_x + 0.2, half_y + 0.1):
                plan.take(x, y, half_x, half_y)
                plan.stood.append(Stood(name, asset, x, y, plan.layout.floor(y), turn))
                break
    settle(plan, furniture)


def _figures(script: Script, out: Cast, index: int, staged: Staged) -> Iterator[Figure]:
    event, step = staged.event, script.step_seconds
    first, last = event.start_second // step, -(-event.end_second // step)
    random = Random(f"figures {script.split} {script.seed} {index}")
    stage = acting.Scene(script, out.plan, index, staged, first, last, random)
    yield from _way(event)(stage)


def _way(event: Event) -> Callable[[acting.Scene], Iterator[Figure]]:
    """How an event goes."""
    if event.reason == "handled":
        return coming.handled
    if event.label in ("stall", "vendor_vehicle") and event.asset != "stall_covered":
        return acting.trade
    if event.label == "goods_out" and event.asset != "terrace":
        return acting.put_out
    if event.asset == "open_grill":
        return coming.grill
    if event.label == "car":
        return coming.park
    if event.label in coming.BROUGHT:
        return coming.brought
    return {"unloading": acting.unload, "umbrella_queue": acting.queue}.get(event.asset, acting.stand)
