"""How things come and go that nobody sells: somebody brings and fetches them, a car drives up, a cleaner clears away, a cook grills. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from models.street.clips.acting import AISLE, WALK, Scene, stand, walks
from models.street.clips.figures import Figure, reach, whole

BROUGHT = frozenset(("bikes_row", "garbage_pile", "bin_overflow", "material_pile", "laundry", "banner", "parasol"))
"""Classes of what somebody brings and fetches."""
COOK_POSTURES = ("serve", "serve", "bend", "hand_over")
CLEANER_POSTURES = ("bend", "stand", "bend", "squat")
BESIDE = 0.35
"""Metres between a heap and who clears it away."""
ROLLS = (5.0, 13.0)
"""How far off a car is one and two shots before it stands, in metres, where shots are four seconds apart; it rolls at a walker's pace by then."""
ROLLING = 1.8


def brought(scene: Scene) -> Iterator[Figure]:
    """What stands there; in the shot before somebody bends where it will stand, and in the shot after, having come with a load and leaving with one."""
    yield from stand(scene)
    low, high = _extent(scene)
    side = scene.random.choice((-1.0, 1.0))
    comes = scene.first > 0
    for shot, wanted in ((scene.first - 1, comes), (scene.last, scene.ends)):
        if wanted and 0 <= shot < scene.script.shots:
            offset = (scene.random.uniform(low[0], high[0]) * 0.5, scene.random.uniform(-0.2, 0.2), 0.0)
            yield scene.who("bearer", "bend", offset, scene.random.uniform(-math.pi, math.pi), shot, shot + 1)
    for shot, sign, wanted in ((scene.first - 2, -1.0, comes), (scene.last + 1, 1.0, scene.ends)):
        if wanted and 0 <= shot < scene.script.shots:
            yield from walks(scene, "bearer", shot, side * (1.6 + WALK * scene.script.step_seconds * 0.5), -side * sign, carries="carton")


def handled(scene: Scene) -> Iterator[Figure]:
    """A heap, and a cleaner who stays with it for as long as it is there."""
    yield from stand(scene)
    low, high = _extent(scene)
    shot, side = scene.first, scene.random.choice((-1.0, 1.0))
    while shot < scene.last:
        until = min(scene.last, shot + scene.random.randint(2, 4))
        x = (high[0] if side > 0 else low[0]) + side * BESIDE
        offset = (x, scene.random.uniform(low[1], high[1]) * 0.6, 0.0)
        pose = scene.random.choice(CLEANER_POSTURES)
        yield scene.who("cleaner", pose, offset, -side * math.pi / 2 + scene.random.uniform(-0.5, 0.5), shot, until, "vendor", role="cleaner")
        side = -side if scene.random.random() < 0.3 else side
        shot = until


def grill(scene: Scene) -> Iterator[Figure]:
    """A grill with its cook, who fans and turns; it is brought and fetched as other things are."""
    yield from brought(scene)
    _, high = _extent(scene)
    shot = scene.first
    while shot < scene.last:
        until = min(scene.last, shot + scene.random.randint(2, 4))
        offset = (scene.random.uniform(-0.25, 0.25), min(high[1], 0.3) + AISLE, 0.0)
        yield scene.who("cook", scene.random.choice(COOK_POSTURES), offset, scene.random.uniform(-0.3, 0.3), shot, until, "vendor", role="cook")
        shot = until


def park(scene: Scene) -> Iterator[Figure]:
    """A car that rolls to its place and later away from it."""
    yield from stand(scene)
    staged, script = scene.staged, scene.script
    ahead = 1.0 if math.cos(staged.turn + math.pi) >= 0 else -1.0
    turn = math.pi if ahead > 0 else 0.0
    half = staged.asset.footprint[0] / 2, staged.asset.footprint[1] / 2
    lamps = (half[0], half[1] * 0.72)
    far = tuple(metres * script.step_seconds / 4 for metres in ROLLS)
    runs = [(scene.first - 1 - i, -metres) for i, metres in enumerate(far)] if scene.first > 0 else []
    runs += [(scene.last + i, metres) for i, metres in enumerate(far)] if scene.ends else []
    for shot, metres in runs:
        x, y = staged.x + ahead * metres, staged.y
        if not scene.plan.free(x, y, *half):  # past what stands on the pavement
            y = scene.plan.layout.kerb_y - half[1] - 0.3
        if 0 <= shot < script.shots and scene.plan.free(x, y, *half):
            make = partial(whole, staged.asset)
            yield Figure(
                make, (x, y, scene.plan.layout.floor(y)), turn, shot, shot + 1, passing=True, way=(ahead * ROLLING, 0.0), event=scene.index, part="vehicle",
                lamps=lamps,
            )  # fmt: skip


def _extent(scene: Scene) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """The lowest and highest corner of the goods in the asset's frame."""
    return reach(whole(scene.staged.asset))
