"""What happens in a clip, drawn from its seed: vendors who come, trade and go, shops that put goods out, and what looks like that and is lawful.

Pure. Every clip has a main violation by its seed's turn (V1, V2, V3, and each seventh none), a second one in nearly half of the clips, and two to four
things that must not fire: look-alikes, legal twins, a vendor who stops for less than the dwell. Times lie on the grid of the shots.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from models.street import light
from models.street.lists import LOOKALIKE_STRIPS
from models.street.sensor import HOURS_OF

SCRIPT_VERSION = 1
"""Rises when the same seed would tell another story."""
STEP_SECONDS = 4
SECONDS = 180
DWELL_SECONDS = 60.0
"""What the scene beside a clip shortens every kind's dwell to."""
KINDS = ("V1", "V2", "V3")
LAWFUL_EVERY = 7
"""Each so many clips one shows no violation."""
SECOND_SHARE, NUDGE_SHARE, EXPIRED_SHARE, SHAKE_SHARE, HEVC_SHARE, AT_FIVE_SHARE = 0.45, 0.15, 0.2, 0.25, 0.3, 0.4
LEAST_STAND_SECONDS = 100
"""A violation stands for its dwell, the looks that must see it, and the time that an alarm may take."""
TIME_ZONE = dt.timezone(dt.timedelta(hours=8))

TRADES: dict[str, tuple[tuple[str, str, str, float], ...]] = {
    "V1": (
        ("vendor_tricycle", "vendor_vehicle", "gutter", 3.0),
        ("vendor_cart", "vendor_vehicle", "kerb", 2.0),
        ("vendor_food_cart", "vendor_vehicle", "kerb", 1.6),
        ("vendor_truck", "vendor_vehicle", "parking", 1.4),
        ("stall_mat", "stall", "walk", 1.0),
    ),
    "V2": (
        ("stall_table", "stall", "kerb", 3.0),
        ("stall_rack", "stall", "walk", 1.4),
        ("stall_crates", "stall", "kerb", 1.6),
        ("stall_cart_stand", "stall", "kerb", 1.2),
        ("stall_tent", "stall", "kerb", 1.4),
    ),
    "V3": (
        ("out_shelf", "goods_out", "front", 1.1),
        ("out_crates", "goods_out", "front", 1.4),
        ("out_freezer", "goods_out", "front", 0.8),
        ("out_tables", "goods_out", "front", 1.0),
        ("out_rack", "goods_out", "front", 1.0),
        ("out_plants", "goods_out", "front", 0.6),
        ("out_counter", "goods_out", "front", 0.8),
        ("out_mixed", "goods_out", "front", 1.6),
    ),
}
"""What makes each kind: asset, class, strip of the street, weight. A mat of goods is a roaming vendor's by definition and a stall by its looks: both fit."""

LAWFUL: tuple[tuple[str, str, str, str, float, str], ...] = (
    ("permitted_pitch", "stall_table", "stall", "kerb", 1.2, "trades in its painted box within the hours of its permit"),
    ("permitted_pitch", "stall_tent", "stall", "kerb", 0.6, "trades in its painted box within the hours of its permit"),
    ("covered_stall", "stall_covered", "stall", "kerb", 1.2, "is closed and covered, nobody sells"),
    ("closed_stall", "stall_covered", "stall", "kerb", 0.6, "is closed and left alone in its painted box"),
    ("terrace_inside_line", "terrace", "goods_out", "front", 1.0, "stands on the shop's side of its line"),
    ("stops_briefly", "vendor_tricycle", "vendor_vehicle", "gutter", 0.9, "stops for less than the dwell"),
    ("stops_briefly", "vendor_cart", "vendor_vehicle", "kerb", 0.7, "stops for less than the dwell"),
)
"""Legal twins: twin, asset, class, strip, weight, why it must not fire."""

INNOCENT: dict[str, tuple[float, str]] = {
    "unloading": (2.0, "a van unloads closed cartons"),
    "courier": (1.2, "a courier sorts parcels"),
    "rider": (1.2, "delivery riders wait"),
    "construction": (0.7, "a fenced site"),
    "cleaning_cart": (0.8, "a street cleaner with a cart"),
    "bus_shelter": (0.6, "a bus shelter"),
    "umbrella_queue": (1.4, "people queue under umbrellas"),
    "planter": (0.7, "planters of the city"),
    "flag": (0.5, "flags"),
    "parked_tricycle": (1.6, "a tricycle is parked, nobody sells from it"),
}
"""Look-alikes: weight, and what they are."""
LASTING = ("construction", "bus_shelter", "planter", "flag", "parked_tricycle", "terrace", "stall_covered")
"""Assets that stand there for the whole clip."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that stands from a second to another; a multiple of the step, and the clip's end at most.

    Attributes:
        asset: name in the catalogue.
        label: class of the detector or of the verifier's look-alikes.
        strip: of the street where it stands, see `Layout.strip_of`.
        start_second, end_second: from when to when it stands.
        kind: the violation that it is, else None.
        also: other kinds that name it rightly too.
        twin: what it is of the legal twins or look-alikes, else None.
        why: in words, for those that must not fire.
        permit: `valid` or `expired` where it stands in a painted box, else None.
    """

    asset: str
    label: str
    strip: str
    start_second: int
    end_second: int
    kind: str | None = None
    also: tuple[str, ...] = ()
    twin: str | None = None
    why: str | None = None
    permit: str | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """A clip's story.

    Attributes:
        seed, split: of its street and everything in it.
        seconds, step_seconds: its length, and how often it changes.
        weather: kind of light, see `light`.
        events: what stands when.
        busy: how many passers-by and vehicles a shot has on average.
        began: the hour of its first picture, with its zone; its caption and container tell it too.
        codec: h264 or hevc; `bit_rate` in bits a second.
        nudged_second: when somebody turns the camera away, None for never.
        shakes: whether its pole sways.
    """

    seed: int
    split: str
    seconds: int
    step_seconds: int
    weather: str
    events: tuple[Event, ...]
    busy: float
    began: dt.datetime
    codec: str
    bit_rate: int
    nudged_second: int | None
    shakes: bool

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.split}_{self.seed}"

    @property
    def shots(self) -> int:
        """How many states it has."""
        return self.seconds // self.step_seconds

    def summary(self) -> str:
        """What happens, in a few words."""
        acts = [f"{event.kind} {event.asset} {event.start_second}-{event.end_second} s" for event in self.events if event.kind]
        baits = [f"{event.asset} {event.why}" for event in self.events if not event.kind]
        nudge = [f"the camera is nudged at {self.nudged_second} s"] if self.nudged_second is not None else []
        return "; ".join([self.weather, *acts, *baits, *nudge])


def draw_script(seed: int, split: str, *, seconds: int = SECONDS) -> Script:
    """The story of a seed; seconds between 160 and an hour, a multiple of the step."""
    random = Random(f"clip {SCRIPT_VERSION} {split} {seed}")
    weather = light.draw_light(random, wet=random.random() < 0.2).kind
    nudged = random.random() < NUDGE_SHARE
    events: list[Event] = []
    if seed % LAWFUL_EVERY != LAWFUL_EVERY - 1:
        main = KINDS[seed % len(KINDS)]
        kinds = [main, random.choice([kind for kind in KINDS if kind != main])] if random.random() < SECOND_SHARE else [main]
        events += [_violation(random, kind, seconds) for kind in kinds]
    lawful = random.choice((2, 3, 3, 4)) - len(events) // 2
    twins = random.choice((0, 1, 1))
    for i in range(lawful):
        used = [event.asset for event in events]
        events.append(_twin(random, seconds, used) if i < twins else _innocent(random, seconds, used))
    return Script(
        seed=seed,
        split=split,
        seconds=seconds,
        step_seconds=STEP_SECONDS,
        weather=weather,
        events=tuple(events),
        busy=random.choice((0.8, 1.4, 2.0, 2.6)),
        began=_began(random, weather, events),
        codec="hevc" if random.random() < HEVC_SHARE else "h264",
        bit_rate=random.choice((700_000, 1_000_000, 1_500_000)),
        nudged_second=random.randrange(seconds - 44, seconds - 20, STEP_SECONDS) if nudged else None,
        shakes=random.random() < SHAKE_SHARE,
    )


def _drawn(random: Random, rows: Sequence[tuple[str, str, str, float]]) -> tuple[str, str, str]:
    asset, label, strip, _ = random.choices(rows, weights=[row[3] for row in rows])[0]
    return asset, label, strip


def _violation(random: Random, kind: str, seconds: int) -> Event:
    asset, label, strip = _drawn(random, TRADES[kind])
    start = random.randrange(8, 48, STEP_SECONDS)
    end = random.randrange(start + LEAST_STAND_SECONDS, max(start + LEAST_STAND_SECONDS + 1, seconds - 8), STEP_SECONDS)
    if random.random() < 0.35:
        end = seconds
    expired = kind == "V2" and random.random() < EXPIRED_SHARE
    also = ("V2",) if asset == "stall_mat" else ()
    return Event(asset, label, strip, start, end, kind, also, permit="expired" if expired else None)


def _twin(random: Random, seconds: int, used: list[str]) -> Event:
    rows = [row for row in LAWFUL if row[1] not in used]
    twin, asset, label, strip, _, why = random.choices(rows, weights=[row[4] for row in rows])[0]
    if asset in LASTING:
        start, end = 0, seconds
    elif twin == "stops_briefly":
        start = random.randrange(12, seconds - 60, STEP_SECONDS)
        end = start + random.randrange(20, 40, STEP_SECONDS)
    else:
        start, end = random.randrange(8, 40, STEP_SECONDS), seconds
    return Event(asset, label, strip, start, end, twin=twin, why=why, permit="valid" if twin in ("permitted_pitch", "closed_stall") else None)


def _innocent(random: Random, seconds: int, used: list[str]) -> Event:
    names = [name for name in INNOCENT if name not in used]
    name = random.choices(names, weights=[INNOCENT[one][0] for one in names])[0]
    start, end = 0, seconds
    if name not in LASTING:
        start = random.choice((0, random.randrange(8, 48, STEP_SECONDS)))
        end = random.choice((seconds, random.randrange(seconds - 60, seconds, STEP_SECONDS)))
    return Event(name, name, LOOKALIKE_STRIPS[name], start, end, twin=name, why=INNOCENT[name][1])


def _began(random: Random, weather: str, events: list[Event]) -> dt.datetime:
    """The day and hour of the first picture; now and then a shop puts its goods out at 17:00 sharp."""
    day = dt.datetime(2026, random.randint(3, 10), random.randint(1, 28), tzinfo=TIME_ZONE)
    low, high = HOURS_OF.get(weather, (7, 17))
    moment = day + dt.timedelta(seconds=random.randrange(low * 3600, high * 3600))
    shop = next((event for event in events if event.kind == "V3"), None)
    if shop is not None and weather not in HOURS_OF and random.random() < AT_FIVE_SHARE:
        moment = day + dt.timedelta(hours=17, seconds=-shop.start_second)
    return moment
