"""The result of `bench kills`: counts, what they are held against, and every finding in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.kills.audit import Audit
from benchmarks.kills.journal import Journal
from benchmarks.kills.plan import Trouble, enough
from benchmarks.kills.timeline import SEEN_SECONDS, excuses
from benchmarks.kills.witness import felt
from benchmarks.machine import Machine
from benchmarks.results import Result
from benchmarks.targets import Target, as_json

MUST_ACT: tuple[tuple[Trouble, str, int], ...] = (
    ("api down", "requests that found no API", 20), ("slow", "deliveries that were slowed", 5), ("lying", "deliveries that were stored and denied", 10),
    ("cutting", "uploads that were cut in the middle", 3), ("worker's disk full", "lines in which the worker tells of its full disk", 3),
    ("api's disk full", "answers in which the API tells of its full disk", 3), ("clock forward", "cameras written down by a clock an hour ahead", 1),
    ("clock back", "cameras written down by the clock that was set back", 1), ("api's clock forward", "packets received by an API's clock an hour ahead", 1),
    ("api's clock back", "packets received by the API's clock that was set back", 1),
)  # fmt: skip
"""Trouble, by what it is told that it acted, and how often at least in a run of a hundred cuts. A small packet is one delivery, and two cameras bring an act a
minute: in the four minutes in which the line is slow there are about ten."""


def limits(count: int, events: Sequence[Mapping[str, Any]], acts: int, excused: int, found: Audit) -> list[Target]:
    """That the run was what it says: its troubles acted, there were acts, and what is excused is little."""
    on_full = [one for one in events if one["event"] == "cut" and one["trouble"] == "worker's disk full" and one["victim"] in ("worker", "both")]
    resumed, whole = (sum(one["acted"].get(name, 0) for one in events if one["event"] == "line") for name in ("resumed", "cut whole"))
    return [
        *(Target(title, felt(events, trouble), enough(count, least), "times", at_least=True) for trouble, title, least in MUST_ACT),
        Target("packets cut in the middle of their one request", whole, 1, "times", at_least=True),
        Target("uploads that went on where they were cut", resumed, enough(count, 3), "times", at_least=True),
        Target("workers killed on their full disk", len(on_full), 1, "times", at_least=True),
        Target("acts that needed a case", acts, enough(count, 40), "acts", at_least=True),
        Target("acts without a case that a full disk excuses", excused, max(1, round(0.05 * acts)), "acts"),
        Target("packets given up on a full disk", found.given_up, max(1, round(0.05 * found.packets)), "packets"),
    ]


def result_of(settings: Mapping[str, Any], journal: Journal, found: Audit, machine: Machine, code: str) -> Result:
    """Rows, targets and notes of a run."""
    done = journal.of("cut")
    in_flight = [one for one in done if one["stage"] != "nothing"]
    verdict = found.verdict(excuses(journal.events))
    gaps = [one["after_seconds"] for one in done] or [0.0]
    counts = {"cuts": len(done)}
    counts |= {f"cuts of {name}": count for name, count in sorted(Counter(one["victim"] for one in done).items())}
    counts |= {f"cuts with an act: {name}": count for name, count in sorted(Counter(one["stage"] for one in done).items())}
    counts |= {f"acts that no living worker saw for {SEEN_SECONDS:.0f} s": sum(standing == "hardly seen" for _, standing in found.played)}
    counts |= {"acts that needed a case": verdict.acts, "acts with their case": verdict.matched, "acts without one on a full disk": len(verdict.excused)}
    counts |= {"cases": len(found.found), "packets with the API": found.packets, "packets given up on a full disk": found.given_up}
    rows = [{"key": name.replace(" ", "-"), "title": name, "count": count} for name, count in counts.items()]
    targets = [
        Target("cuts between first suspicion and receipt", len(in_flight), 0.6 * settings["cuts"], "cuts", at_least=True),
        Target("shortest time between two cuts", min(gaps), 20.0, "s", at_least=True),
        Target("longest time between two cuts", max(gaps), 62.0, "s"),
        Target("acts without a case (lost)", len(verdict.missed), 0, "acts"),
        Target("acts with two cases (twice)", len(verdict.twice), 0, "acts"),
        Target("cases of nothing", len(verdict.strange), 0, "cases"),
        Target("cases without their confirmation and their end, once each", len(verdict.halves), 0, "cases"),
        Target("packets that do not verify, links that are missing", len(found.faults), 0, "faults"),
        Target("packets in an auditor's export of everything", found.exported, found.packets, "packets", at_least=True),
        Target("checkers of that export, which share no code", len(found.checkers), 2, "checkers", at_least=True),
        Target("packets waiting, owed or refused at the end", found.left, 0, "packets"),
        *limits(settings["cuts"], journal.events, verdict.acts, len(verdict.excused), found),
    ]
    notes = [*verdict.missed, *verdict.excused, *verdict.twice, *verdict.strange, *verdict.halves, *found.faults[:20], *found.notes]
    told = {**settings, "runs": len(journal.of("begins")), "troubles": [one["name"] for one in journal.of("trouble")]}
    return Result("kills", machine, code, "two cameras of the demo, an act a minute", told, rows, {}, notes, as_json(targets))
