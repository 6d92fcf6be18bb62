"""What goes wrong when: whom each cut hits and at which stage of an act, and the troubles beside it. All of it is decided by the seed before the first cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

Victim = Literal["worker", "api", "both"]
Aim = Literal["suspected", "owed", "waiting"]
Trouble = Literal[
    "api down", "slow", "lying", "cutting", "worker's disk full", "api's disk full", "clock forward", "api's clock forward", "clock back", "api's clock back"
]

LEAST_SECONDS, MOST_SECONDS = 20.0, 60.0
"""Between two cuts."""
FULL_CUTS = 100
SHORTEST_TROUBLE_SECONDS = 20.0
TROUBLES: tuple[tuple[Trouble, float, float], ...] = (
    ("api down", 0.10, 600.0), ("slow", 0.32, 240.0), ("lying", 0.42, 240.0), ("cutting", 0.52, 150.0), ("worker's disk full", 0.60, 200.0),
    ("api's disk full", 0.69, 200.0), ("clock forward", 0.76, 0.0), ("api's clock forward", 0.82, 0.0), ("clock back", 0.88, 0.0),
    ("api's clock back", 0.94, 0.0),
)  # fmt: skip
"""Trouble, the share of the cuts before it, and its seconds in a run of a hundred cuts."""
CLOCK_STEP_SECONDS = 3600.0
CLOCKS: Mapping[Trouble, tuple[str, float]] = {
    "clock forward": ("clock", CLOCK_STEP_SECONDS), "clock back": ("clock", 0.0),
    "api's clock forward": ("api-clock", CLOCK_STEP_SECONDS), "api's clock back": ("api-clock", 0.0),
}  # fmt: skip
"""Which clock such trouble sets (the worker's, the case API's), and by how much it is ahead then."""
LONGER_SECONDS = 240.0
"""How much longer a trouble goes on that has not acted yet: in a short run nobody may have had anything to send in it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut.

    Attributes:
        after_seconds: since the cut before; then the next moment at which an act is at the stage `aim`, at the latest `MOST_SECONDS` after the cut before.
        linger_seconds: from that moment on.
    """

    number: int
    victim: Victim
    aim: Aim
    after_seconds: float
    linger_seconds: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A trouble that begins after so many cuts and goes on for so many seconds."""

    trouble: Trouble
    after_cuts: int
    seconds: float


def cuts(count: int, seed: int) -> list[Cut]:
    """All cuts of a run; the same seed makes the same."""
    made = []
    for number in range(1, count + 1):
        random = Random(f"{seed}/{number}")
        victim: Victim = random.choices(("worker", "api", "both"), (5, 3, 2))[0]
        aim: Aim = random.choices(("suspected", "owed", "waiting"), (4, 3, 3))[0]
        made.append(Cut(number, victim, aim, random.uniform(LEAST_SECONDS, 45.0), random.uniform(0.0, 1.0)))
    return made


def troubles(count: int) -> list[Turn]:
    """The troubles of a run of so many cuts; shorter runs have all of them, each for a shorter time."""
    share = min(1.0, count / FULL_CUTS)
    return [Turn(name, round(at * count), 0.0 if not seconds else max(SHORTEST_TROUBLE_SECONDS, seconds * share)) for name, at, seconds in TROUBLES]


def spared(victim: Victim, trouble: Trouble | None, *, worker_was_hit: bool = True) -> Victim:
    """Whom a cut hits while there is trouble: an API that is down cannot be killed; and the first cut on the worker's full disk is the worker's."""
    if trouble == "api down" or (trouble == "worker's disk full" and not worker_was_hit):
        return "worker"
    return victim


def enough(count: int, whole: int) -> int:
    """How often something must have happened in a run of so many cuts that must happen `whole` times in a hundred."""
    return max(1, round(whole * min(1.0, count / FULL_CUTS)))
