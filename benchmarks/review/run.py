"""Prepared cases judged by keyboard: one reviewer alone with a stopwatch, then two at once over a dropped network and an API that is killed and restarted.

What is held: a decision takes one key; the next case with a picture of its clip is on the screen within 100 ms of it; and in the end the API holds exactly
the decisions that were made, none lost and none twice.
"""

from __future__ import annotations

import math
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.machine import this_machine
from benchmarks.results import Result, code_version
from benchmarks.review.browser import TWICE_MS, Desk
from benchmarks.review.house import House
from benchmarks.review.judging import Judge, faults_of
from benchmarks.review.prepared import Prepared, prepared, templates
from benchmarks.targets import Target, as_json

ALONE_SHARE = 0.6
WITHIN_MS = 100.0
OFFLINE_CASES = 2
"""Decisions that are made while the network is away; as many cases lie read ahead."""
AWAY_SECONDS = 2.0
"""Between the API's death and its next start."""
ENDLESS = 10_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run brought.

    Attributes:
        alone: the first judge, with times and traffic; `racing`: the two after.
        faults: where the API's decisions differ from the keys that were pressed; empty where all is well.
        dropped, restarted: whether the network and the API were really away while somebody judged.
    """

    cases: int
    alone: Judge
    racing: tuple[Judge, ...]
    faults: tuple[str, ...]
    dropped: bool
    restarted: bool
    second_reviews: int


def judged(count: int, folder: Path, progress: Callable[[str], None] = lambda line: None) -> Outcome:
    """Prepares `count` cases below `folder` and has them judged.

    Raises:
        BenchmarkError: the page or the API failed.
    """
    house = House(folder / "city")
    house.start()
    try:
        made = templates(folder / "templates")
        cases = prepared(made, count, datetime.now(UTC), house.key, "review-bench")
        ids = [_delivered(house, one) for one in cases]
        progress(f"{count} cases delivered")
        alone = Judge("reviewer", house.address, house.login)
        alone.work(round(count * ALONE_SHARE))
        progress(f"{len(alone.pressed)} judged alone")
        racing, dropped, restarted = _race(house, count - len(alone.pressed))
        progress(f"{sum(len(judge.pressed) for judge in racing)} judged by two at once")
        last = Judge("reviewer", house.address, house.login)
        last.work(ENDLESS)
        pressed: dict[str, list[str]] = {"reviewer": alone.pressed + last.pressed, **{judge.name: judge.pressed for judge in racing}}
        reasons = [reason["id"] for reason in house.ask("GET", "/kinds").json()["reasons"]]
        told = {case_id: house.case(case_id) for case_id in ids}
        faults = faults_of(ids, told, pressed, reasons)
        seconds = sum(len([one for one in case["decisions"] if not one["undone"]]) > 1 for case in told.values())
        return Outcome(count, alone, racing, tuple(faults), dropped, restarted, seconds)
    finally:
        house.close()


def _delivered(house: House, case: Prepared) -> str:
    """Delivers a case with the packets that follow; its id.

    Raises:
        BenchmarkError: a later packet came to another case.
    """
    case_id = house.deliver(case.manifest, [file.read_bytes() for file in case.files])
    for manifest in case.later:
        joined = house.deliver(manifest, [])
        if joined != case_id:
            raise BenchmarkError(f"the {manifest['phase']} packet of the case {case_id} came to the case {joined}")
    return case_id


def _race(house: House, left: int) -> tuple[tuple[Judge, ...], bool, bool]:
    """Two people judge what is left; one loses the network for some decisions, then the API is killed under both."""
    judges = tuple(Judge(name, house.address, house.link_of(name)) for name in ("Li Na", "Wang Fang"))
    restart = threading.Event()

    def between(judge: Judge, here: Desk) -> None:
        done = sum(len(one.pressed) for one in judges)
        if judge is judges[0]:
            at = len(judge.pressed)
            if "offline" not in marks and done >= left // 5:
                marks["offline"] = at
                here.page.context.set_offline(True)
            elif marks.get("offline", ENDLESS) + OFFLINE_CASES <= at and "online" not in marks:
                marks["online"] = at
                here.page.context.set_offline(False)
        if done >= left // 2:
            restart.set()

    marks: dict[str, int] = {}
    threads = [judge.start(ENDLESS, between) for judge in judges]
    restarted = False
    while any(thread.is_alive() for thread in threads):
        if restart.wait(0.2) and not restarted:
            house.kill()
            time.sleep(AWAY_SECONDS)
            house.start()
            restarted = True
        elif restarted:
            time.sleep(0.2)
    for judge in judges:
        if judge.fault is not None:
            raise BenchmarkError(f"{judge.name} could not go on: {judge.fault}") from judge.fault
    return judges, "online" in marks, restarted


def run(count: int = 200, folder: Path | None = None, progress: Callable[[str], None] = lambda line: None) -> Result:
    """The bench as a result that is kept; `folder` keeps data and prepared packets, else they go."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        return result_of(judged(count, folder, progress))
    with tempfile.TemporaryDirectory(prefix="curbwatch-review-") as temporary:
        return result_of(judged(count, Path(temporary), progress))


def result_of(outcome: Outcome) -> Result:
    """An outcome with its figures and what they are held against."""
    alone = outcome.alone
    each = max(1, len(alone.pressed))
    struck_twice = sum(judge.struck_twice for judge in (alone, *outcome.racing))
    rows = [_times("alone", "one reviewer: key to next case with its clip", alone.shown_ms), _times("case", "one reviewer: key to next case", alone.changed_ms)]
    rows.append(_times("racing", "two at once, line cut, API restarted", [ms for judge in outcome.racing for ms in judge.shown_ms]))
    targets = (
        Target("next case with its clip on the screen, 95th percentile", quantile(alone.shown_ms, 0.95), WITHIN_MS, "ms"),
        Target("next case on the screen, slowest", max(alone.changed_ms), WITHIN_MS, "ms"),
        Target("keys of a decision, as the page counted them", round(alone.keys / each, 3), 1, "keys"),
        Target("decisions lost or doubled", len(outcome.faults), 0, "decisions"),
        Target("keys struck twice", struck_twice, 1, "keys", at_least=True),
        Target("times that the line was cut while somebody judged", int(outcome.dropped), 1, "times", at_least=True),
        Target("times that the API was killed and restarted meanwhile", int(outcome.restarted), 1, "times", at_least=True),
    )
    by_kind = ", ".join(f"{kind} {number / each:.2f}" for kind, number in sorted(alone.traffic.requests.items(), key=lambda one: -one[1]))
    notes = [
        f"requests of a case: {alone.traffic.total / each:.1f} ({by_kind}); {alone.traffic.bytes / each / 1000:.0f} kB over the line",
        f"{outcome.second_reviews} cases came to a second person unseen (double review), and were judged the same",
        f"{struck_twice} keys were struck twice, {TWICE_MS} ms apart; a second strike decides nothing",
        *outcome.faults[:20],
    ]
    subject = f"{outcome.cases} prepared cases of an H.264 and an H.265 camera in headless Chromium, judged by keys"
    return Result("review", this_machine(), code_version(), subject, {"cases": outcome.cases}, rows, notes=notes, targets=as_json(targets))


def _times(key: str, title: str, milliseconds: Sequence[float]) -> dict[str, Any]:
    figures = {"p50_ms": round(median(milliseconds), 1), "p95_ms": round(quantile(milliseconds, 0.95), 1), "p99_ms": round(quantile(milliseconds, 0.99), 1)}
    return {"key": key, "title": title, "what": "a decision", "count": len(milliseconds), **figures, "most_ms": round(max(milliseconds), 1)}


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
