"""What happens in a clip, drawn from its seed: violations of many kinds that come, stay past their dwell and go, and what looks like them and is none.

Pure. The kinds are dealt, not drawn: by its turn a clip shows three kinds as violations and four as look-alikes, so that over `ROUND` turns each kind comes
as often as any other, whatever the seeds are. Every ninth clip is of a camera that somebody turns away before any dwell is over: after that no alarm may
leave. Nights and rain have their turns. Times lie on the grid of the shots.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from models.street import light
from models.street.clips.forms import KINDS, LOOK_ALIKES, UNLAWFUL, VIOLATIONS, Form
from models.street.sensor import HOURS_OF

SCRIPT_VERSION = 2
"""Rises when the same seed would tell another story."""
STEP_SECONDS = 4
SECONDS = 180
DWELL_SECONDS = 60.0
"""What the scene beside a clip shortens every kind's dwell to."""
VIOLATIONS_EACH, LOOK_ALIKES_EACH = 3, 4
NUDGED_EVERY = 9
"""Each so many clips somebody turns the camera away."""
ROUND = 45
"""So many clips in a row show each kind as a violation in ten clips whose camera stays, and as a look-alike in thirteen."""
SHAKE_SHARE, HEVC_SHARE, AT_FIVE_SHARE = 0.25, 0.3, 0.4
LEAST_STAND_SECONDS = 100
"""A violation stands for its dwell, the looks that must see it, and the time that an alarm may take."""
NIGHTS, RAINS, DAYS = ("lit_night", "lit_night", "rain_night", "infrared"), ("rain",), ("day", "hard_shadow", "overcast")
TIME_ZONE = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that stands from a second to another; a multiple of the step, and the clip's end at most.

    Attributes:
        asset: name in the catalogue.
        label: class of the detector or of the verifier's look-alikes.
        strip: of the street where it stands, see `Layout.strip_of`.
        start_second, end_second: from when to when it stands.
        of: the kind that it is, or that it could be taken for.
        violation: whether it is one.
        reason: one of `forms.REASONS`.
        also: other kinds that name it rightly too.
        twin: what it is of the legal twins or look-alikes, else None.
        why: in words, for those that must not fire.
        permit: `valid` or `expired` where it stands in a painted box, else None.
        zone: kind of zone that is drawn about it, else None.
        count: how many, of what comes in rows.
        deep: the least pavement in metres that it needs.
    """

    asset: str
    label: str
    strip: str
    start_second: int
    end_second: int
    of: str
    violation: bool
    reason: str
    also: tuple[str, ...] = ()
    twin: str | None = None
    why: str | None = None
    permit: str | None = None
    zone: str | None = None
    count: int | None = None
    deep: float = 0.0

    @property
    def kind(self) -> str | None:
        """The violation that it is, else None."""
        return self.of if self.violation else None


@dataclass(frozen=True, slots=True)
class Script:
    """A clip's story.

    Attributes:
        seed, split: of its street and everything in it.
        turn: which of the kinds it shows.
        seconds, step_seconds: its length, and how often it changes.
        weather: kind of light, see `light`.
        events: what stands when.
        busy: how many passers-by and vehicles a shot has on average.
        began: the hour of its first picture, with its zone; its caption and container tell it too.
        codec: h264 or hevc; `bit_rate` in bits a second.
        nudged_second: when somebody turns the camera away, None for never.
        shakes: whether its pole sways.
        seeds_of: the commit of which its seed follows, of sealed clips.
    """

    seed: int
    split: str
    turn: int
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
    seeds_of: str | None = None

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
        acts = [f"{event.kind} {event.asset} {event.start_second}-{event.end_second} s" for event in self.events if event.violation]
        baits = [f"no {event.of}: {event.asset} {event.why}" for event in self.events if not event.violation]
        nudge = [f"the camera is nudged at {self.nudged_second} s"] if self.nudged_second is not None else []
        return "; ".join([self.weather, *acts, *baits, *nudge])


def nudges(turn: int) -> bool:
    """Whether the camera is turned away in the clip of a turn."""
    return turn % NUDGED_EVERY == NUDGED_EVERY - 1


def dealt(turn: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds that the clip of a turn shows as violations, and those of its look-alikes; every deck of all kinds is dealt out before the next begins."""
    played = turn - turn // NUDGED_EVERY
    if nudges(turn):
        random = Random(f"nudged {turn}")
        chosen = random.sample(KINDS, k=VIOLATIONS_EACH + 1)
        return tuple(chosen[:-1]), tuple(chosen[-1:])
    return _hand("violations", played, VIOLATIONS_EACH), _hand("look-alikes", played, LOOK_ALIKES_EACH)


def _hand(deck: str, played: int, each: int) -> tuple[str, ...]:
    hands = len(KINDS) // each
    cards = Random(f"{deck} {played // hands}").sample(KINDS, k=len(KINDS))
    at = played % hands * each
    return tuple(cards[at : at + each])


def draw_script(seed: int, split: str, *, turn: int | None = None, seconds: int = SECONDS) -> Script:
    """The story of a seed and its turn, which is the seed itself where none is told; seconds between 160 and an hour, a multiple of the step."""
    turn = seed if turn is None else turn
    random = Random(f"clip {SCRIPT_VERSION} {split} {seed} {turn}")
    unlawful, lawful = dealt(turn)
    weather = _weather(random, turn, by_day="V11" in unlawful)
    nudged = random.randrange(72, 92, STEP_SECONDS) if nudges(turn) else None
    events = [_violation(random, kind, seconds, nudged) for kind in unlawful]
    for kind in lawful:
        events.append(_look_alike(random, kind, seconds, events, weather))
    return Script(
        seed=seed,
        split=split,
        turn=turn,
        seconds=seconds,
        step_seconds=STEP_SECONDS,
        weather=weather,
        events=tuple(events),
        busy=random.choice((0.8, 1.2, 1.6, 2.2)),
        began=_began(random, weather, events),
        codec="hevc" if random.random() < HEVC_SHARE else "h264",
        bit_rate=random.choice((700_000, 1_000_000, 1_500_000)),
        nudged_second=nudged,
        shakes=random.random() < SHAKE_SHARE,
    )


def _weather(random: Random, turn: int, *, by_day: bool) -> str:
    """Nights and rain come by turns, where what happens is not judged by day only."""
    kind = light.draw_light(random, wet=random.random() < 0.1).kind
    night, rain, day = random.choice(NIGHTS), random.choice(RAINS), random.choice(DAYS)
    if turn % 5 == 1 and not by_day:
        return night
    if turn % 5 == 3:
        return rain
    return day if by_day and kind in HOURS_OF else kind


def _drawn(random: Random, forms: Sequence[Form]) -> Form:
    return random.choices(forms, weights=[form.weight for form in forms])[0]


def _violation(random: Random, kind: str, seconds: int, nudged: int | None) -> Event:
    """A violation comes, stays past its dwell and goes; before a camera that is turned away it came too late for that, and stays."""
    form = _drawn(random, VIOLATIONS[kind])
    if nudged is None:
        start = random.randrange(8, 44, STEP_SECONDS)
        return _event(random, form, kind, start, random.randrange(start + LEAST_STAND_SECONDS, seconds - 4, STEP_SECONDS))
    return _event(random, form, kind, random.randrange(nudged - 44, nudged - 20, STEP_SECONDS), seconds)


def _look_alike(random: Random, kind: str, seconds: int, others: Sequence[Event], weather: str) -> Event:
    used = {event.asset for event in others}
    bicycles = any(event.of == "V5" for event in others)
    forms = [form for form in LOOK_ALIKES[kind] if _fits(form, kind, bicycles, used, weather)]
    form = _drawn(random, forms)
    if form.lasts:
        start, end = 0, seconds
    elif form.reason == "short":
        start = random.randrange(12, seconds - 60, STEP_SECONDS)
        end = start + random.randrange(20, 40, STEP_SECONDS)
    else:
        start = random.randrange(8, 40, STEP_SECONDS)
        end = random.choice((seconds, random.randrange(seconds - 40, seconds, STEP_SECONDS)))
    return _event(random, form, kind, start, end)


def _fits(form: Form, kind: str, bicycles: bool, used: set[str], weather: str) -> bool:
    """Whether a look-alike's truth holds beside what else the clip shows.

    Bicycles count over the whole view: where others stand, only those in a bay are none, and riders' scooters stay away. Two kinds may share a look-alike, and
    one of it in a clip is enough. What is lawful by night hangs by night.
    """
    if form.reason == "out_of_hours" and weather not in light.DARK:
        return False
    if kind == "V5" and bicycles and form.reason != "inside_zone":
        return False
    if form.asset in ("rider", "courier") and bicycles:
        return False
    return form.reason != "look_alike" or form.asset not in used


def _event(random: Random, form: Form, kind: str, start: int, end: int) -> Event:
    violation = form.reason in UNLAWFUL
    return Event(
        asset=form.asset,
        label=form.label,
        strip=form.strip,
        start_second=start,
        end_second=end,
        of=kind,
        violation=violation,
        reason=form.reason,
        also=form.also,
        twin=None if violation else form.twin or form.asset,
        why=form.why or None,
        permit=form.permit,
        zone=form.zone,
        count=random.randint(*form.count) if form.count else None,
        deep=form.deep,
    )


def _began(random: Random, weather: str, events: Sequence[Event]) -> dt.datetime:
    """The day and hour of the first picture; now and then a shop puts its goods out at 17:00 sharp."""
    day = dt.datetime(2026, random.randint(3, 10), random.randint(1, 28), tzinfo=TIME_ZONE)
    low, high = HOURS_OF.get(weather, (7, 17))
    moment = day + dt.timedelta(seconds=random.randrange(low * 3600, high * 3600))
    shop = next((event for event in events if event.kind == "V3"), None)
    if shop is not None and weather not in HOURS_OF and random.random() < AT_FIVE_SHARE:
        moment = day + dt.timedelta(hours=17, seconds=-shop.start_second)
    return moment
