"""The result of `bench kills`: counts, what they are held against, and every finding in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmarks.kills.audit import Audit
from benchmarks.kills.journal import Journal
from benchmarks.kills.timeline import SEEN_SECONDS, excuses
from benchmarks.machine import Machine
from benchmarks.results import Result
from benchmarks.targets import Target, as_json


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
        Target("packets waiting, owed or refused at the end", found.left, 0, "packets"),
    ]
    notes = [*verdict.missed, *verdict.excused, *verdict.twice, *verdict.strange, *verdict.halves, *found.faults[:20], *found.notes]
    told = {**settings, "runs": len(journal.of("begins")), "troubles": [one["name"] for one in journal.of("trouble")]}
    return Result("kills", machine, code, "two cameras of the demo, an act a minute", told, rows, {}, notes, as_json(targets))
