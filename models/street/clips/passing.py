"""Who passes while a clip runs: walkers, cyclists, cars; each is a figure per shot. Pure."""

from __future__ import annotations

import math
from functools import partial
from random import Random

from models.street.assets.asset import Asset
from models.street.assets.catalogue import build
from models.street.clips.acting import free_y
from models.street.clips.figures import Figure, somebody, whole
from models.street.clips.script import Script
from models.street.compose import Plan

EDGE = 17.0
"""Where walkers come into the stretch of street that cameras see, in metres from the middle."""
CYCLIST_SHARE, CAR_SHARE = 0.22, 0.5
"""How many cyclists come on a walker, and cars on a shot with one walker."""


def passers(script: Script, plan: Plan) -> list[Figure]:
    """All that pass, over all shots."""
    random = Random(f"passers {script.split} {script.seed}")
    out: list[Figure] = []
    stay = 2 * EDGE / (1.25 * script.step_seconds)
    number = 0
    for shot in range(-round(stay), script.shots):
        if random.random() < script.busy / stay:
            out += _walker(random, script, plan, shot, number)
            number += 1
        if random.random() < CYCLIST_SHARE * script.busy / stay * 2:
            out += _cyclist(random, script, plan, shot)
        if random.random() < CAR_SHARE * script.busy * min(1.0, script.step_seconds / 4) / 2:
            out += _car(random, script, plan, shot)
    return out


def _walker(random: Random, script: Script, plan: Plan, first: int, number: int) -> list[Figure]:
    """Somebody who walks along the pavement and round what stands there."""
    heading, speed = random.choice((-1.0, 1.0)), random.uniform(1.0, 1.45)
    umbrella = random.random() < (0.8 if plan.wet else 0.05)
    carries = random.choice((None, None, None, "bag"))
    wanted = random.uniform(plan.layout.kerb_y + 0.5, -0.6)
    start = -heading * EDGE + random.uniform(-2.0, 2.0)
    seed, out = f"walker {script.split} {script.seed} {number}", []
    phase = random.random()
    for shot in range(first, min(script.shots, first + math.ceil(2 * EDGE / (speed * script.step_seconds)))):
        x = start + heading * speed * script.step_seconds * (shot - first)
        y = free_y(plan, x, wanted, 0.32)
        phase = (phase + random.uniform(0.2, 0.8)) % 1.0
        if y is None or shot < 0:
            continue
        make = somebody(seed, plan.split, "walk", phase=phase, umbrella=umbrella, carries=carries)
        turn = heading * math.pi / 2 + random.gauss(0, 0.1)
        out.append(Figure(make, (x, y, plan.layout.floor(y)), turn, shot, shot + 1, passing=True, way=(heading * speed, 0.0), part="passer"))
    return out


def _cyclist(random: Random, script: Script, plan: Plan, first: int) -> list[Figure]:
    """Somebody on a bicycle or scooter along the kerb."""
    layout, heading, speed = plan.layout, random.choice((-1.0, 1.0)), random.uniform(3.0, 5.0)
    y = random.uniform(layout.bike_y + 0.5, layout.kerb_y - 0.7) if layout.bike_lane else layout.parking_y - random.uniform(0.5, 1.0)
    asset = build(random.choice(("cyclist", "scooterist", "scooterist")), random, plan.split)
    start = -heading * random.uniform(EDGE - 8, EDGE)
    return _ride(script, plan, asset, first, start, y, heading, speed)


def _car(random: Random, script: Script, plan: Plan, first: int) -> list[Figure]:
    """A vehicle in its lane."""
    layout = plan.layout
    lane = random.randrange(max(1, layout.lanes))
    heading = 1.0 if lane < max(1, layout.lanes) / 2 else -1.0
    y = layout.parking_y - (lane + 0.5) * layout.lane + random.gauss(0, 0.12)
    asset = build(random.choice(("car", "car", "car", "car", "van", "bus", "truck")), random, plan.split)
    return _ride(script, plan, asset, first, -heading * random.uniform(10, 30), y, heading, random.uniform(6.0, 10.0))


def _ride(script: Script, plan: Plan, asset: Asset, first: int, start: float, y: float, heading: float, speed: float) -> list[Figure]:
    out, turn = [], math.pi if heading > 0 else 0.0
    make = partial(whole, asset)
    lamps = (asset.footprint[0] / 2, asset.footprint[1] * 0.36 if asset.footprint[1] > 1.2 else 0.0)
    for shot in range(max(0, first), min(script.shots, first + math.ceil(60 / (speed * script.step_seconds)))):
        x = start + heading * speed * script.step_seconds * (shot - first)
        if abs(x) < 34 and plan.free(x, y, asset.footprint[0] / 2, asset.footprint[1] / 2):
            way = (heading * speed, 0.0)
            out.append(Figure(make, (x, y, plan.layout.floor(y)), turn, shot, shot + 1, passing=True, way=way, part="vehicle", lamps=lamps))
    return out
