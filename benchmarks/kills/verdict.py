"""What came of a run: every act that was played has one case, no case is of nothing, and every packet verifies. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.kills.street import TrueAct

SLACK_SECONDS = 5.0
"""Between the moment that a picture was played and the one that it arrived at, on a machine that is busy."""


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case as the API has it; moments of the monotonic clock that the worker read when it first saw the thing, and phases of its packets."""

    number: str
    camera_id: str
    kind: str
    first_seen: float
    phases: tuple[str, ...]
    act_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings in sentences; empty lists are what is wanted.

    Attributes:
        missed: acts without a case that stood where nothing excuses it.
        excused: acts without a case while the disk was full.
        twice: acts with more than one case.
        strange: cases of no act that was played there, of that kind.
        halves: cases that lack the confirmation or the end, or have one of them twice.
    """

    acts: int
    matched: int
    missed: tuple[str, ...]
    excused: tuple[str, ...]
    twice: tuple[str, ...]
    strange: tuple[str, ...]
    halves: tuple[str, ...]


def case_of(number: str, packets: Sequence[Mapping[str, Any]]) -> FoundCase:
    """A case by its packets' manifests."""
    first = min((sample["monotonic_seconds"] for manifest in packets for sample in manifest["stay"]["samples"]), default=0.0)
    one = packets[0]
    return FoundCase(
        number, one["camera"]["id"], one["kind"]["id"], float(first), tuple(manifest["phase"] for manifest in packets),
        tuple(sorted({manifest["act_id"] for manifest in packets})),
    )  # fmt: skip


def judge(played: Sequence[TrueAct], must: Sequence[TrueAct], cases: Sequence[FoundCase], excuses: Sequence[tuple[float, float]] = ()) -> Verdict:
    """Compares acts with cases.

    Args:
        played: all acts, also those that the run began or ended in.
        must: those that need a case: they were played from beginning to end while the run went on.
        excuses: stretches in which nothing could be kept.
    """
    of_act: dict[TrueAct, list[FoundCase]] = {act: [] for act in played}
    strange = []
    for case in cases:
        act = next((act for act in played if _is_of(case, act)), None)
        if act is None:
            strange.append(f"case {case.number} ({case.camera_id}, {case.kind}) is of no act that was played")
        else:
            of_act[act].append(case)
    missed: list[str] = []
    excused: list[str] = []
    for act in must:
        if not of_act[act]:
            told = f"{act.camera_id}: the act of {act.begins:.0f} to {act.ends:.0f} s has no case"
            overlaps = any(act.begins < end and begin < act.ends for begin, end in excuses)
            (excused if overlaps else missed).append(told)
    doubled = {act: ", ".join(case.number for case in found) for act, found in of_act.items() if len(found) > 1}
    twice = [f"{act.camera_id}: the act of {act.begins:.0f} s has the cases {numbers}" for act, numbers in doubled.items()]
    ended = [case for act in must for case in of_act[act]]
    halves = [f"case {case.number} has the phases {', '.join(case.phases)}" for case in ended if not _is_whole(case)]
    halves += [f"case {case.number} has {len(case.act_ids)} acts" for case in ended if len(case.act_ids) != 1]
    return Verdict(len(must), sum(bool(of_act[act]) for act in must), tuple(missed), tuple(excused), tuple(twice), tuple(strange), tuple(halves))


def _is_whole(case: FoundCase) -> bool:
    return all(case.phases.count(phase) == 1 for phase in ("confirmed", "ended"))


def _is_of(case: FoundCase, act: TrueAct) -> bool:
    return (case.camera_id, case.kind) == (act.camera_id, act.kind) and act.begins - SLACK_SECONDS <= case.first_seen <= act.ends + SLACK_SECONDS
