"""The judge of a run: each way in which one can fail is told, and a good one passes."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.kills.street import CAMERAS, ROUND_SECONDS, TrueAct, acts_between
from benchmarks.kills.timeline import excuses, outages, played
from benchmarks.kills.verdict import FoundCase, case_of, judge

ACTS = [TrueAct("cam1", "V2", 100.0, 178.0), TrueAct("cam2", "V3", 160.0, 238.0)]
GOOD = [
    FoundCase("1", "cam1", "V2", 103.0, ("confirmed", "ended"), ("a",)),
    FoundCase("2", "cam2", "V3", 163.0, ("confirmed", "continued", "ended"), ("b",)),
]


def test_an_act_a_case_is_what_is_wanted() -> None:
    verdict = judge(ACTS, ACTS, GOOD)
    assert (verdict.acts, verdict.matched) == (2, 2)
    assert not (verdict.missed)
    assert not (verdict.excused)
    assert not (verdict.twice)
    assert not (verdict.strange)
    assert not (verdict.halves)


@pytest.mark.parametrize(
    ("cases", "field", "told"),
    [
        (GOOD[:1], "missed", "cam2: the act of 160 to 238 s has no case"),
        ([*GOOD, replace(GOOD[0], number="3", first_seen=150.0)], "twice", "cam1: the act of 100 s has the cases 1, 3"),
        ([*GOOD, replace(GOOD[0], number="3", first_seen=400.0)], "strange", "case 3 (cam1, V2) is of no act"),
        ([GOOD[0], replace(GOOD[1], kind="V2")], "missed", "cam2: the act of 160 to 238 s has no case"),
        ([GOOD[0], replace(GOOD[1], kind="V2")], "strange", "case 2 (cam2, V2) is of no act"),
        ([GOOD[0], replace(GOOD[1], phases=("confirmed",))], "halves", "case 2 has the phases confirmed"),
        ([GOOD[0], replace(GOOD[1], phases=("confirmed", "confirmed", "ended"))], "halves", "case 2 has the phases confirmed, confirmed, ended"),
        ([GOOD[0], replace(GOOD[1], act_ids=("b", "c"))], "halves", "case 2 has 2 acts"),
    ],
    ids=["lost", "there twice", "of nothing", "of another kind", "another kind is of nothing", "without its end", "confirmed twice", "two acts in one"],
)
def test_what_went_wrong_is_told_by_name(cases: list[FoundCase], field: str, told: str) -> None:
    findings = getattr(judge(ACTS, ACTS, cases), field)
    assert [finding for finding in findings if told in finding]


def test_an_act_without_a_case_is_excused_only_while_the_disk_was_full() -> None:
    verdict = judge(ACTS, ACTS, GOOD[:1], [(200.0, 210.0)])
    assert (len(verdict.missed), len(verdict.excused)) == (0, 1)
    assert len(judge(ACTS, ACTS, GOOD[:1], [(240.0, 250.0)]).missed) == 1


def test_acts_at_the_edges_of_a_run_need_no_case_and_may_have_one() -> None:
    assert not judge(ACTS, ACTS[1:], GOOD[1:]).missed
    assert not judge(ACTS, ACTS[1:], GOOD).strange


def test_a_case_is_first_seen_when_the_first_of_its_samples_was() -> None:
    manifest: dict[str, Any] = {"camera": {"id": "cam1"}, "kind": {"id": "V2"}, "act_id": "a", "phase": "confirmed"}
    first, second = ({**manifest, "stay": {"samples": [{"monotonic_seconds": at}]}} for at in (105.5, 104.0))
    assert case_of("7", [first, {**second, "phase": "ended"}]) == FoundCase("7", "cam1", "V2", 104.0, ("confirmed", "ended"), ("a",))


def test_two_cameras_bring_an_act_a_minute_and_each_place_is_empty_between() -> None:
    acts = acts_between(CAMERAS, 0.0, 0.0, 10 * ROUND_SECONDS)
    begins = [act.begins for act in acts]
    assert {round(b - a, 3) for a, b in itertools.pairwise(begins)} == {60.0}
    for camera in CAMERAS:
        own = [act for act in acts if act.camera_id == camera.camera_id]
        assert {round(b.begins - a.ends, 3) for a, b in itertools.pairwise(own)} == {42.0}


JOURNAL: list[dict[str, Any]] = [
    {"event": "head"},
    {"event": "begins", "boot_id": "b", "origin": 0.0, "at": 1.0},
    {"event": "cut", "victim": "api", "at": 130.0},
    {"event": "cut", "victim": "worker", "at": 250.0},
    {"event": "live", "at": 290.0},
    {"event": "trouble", "name": "worker's disk full", "at": 300.0},
    {"event": "ended by itself", "part": "worker", "at": 310.0},
    {"event": "trouble over", "name": "worker's disk full", "at": 320.0},
    {"event": "live", "at": 330.0},
    {"event": "cut", "victim": "both", "at": 420.0},
]


def test_a_run_that_was_broken_off_ends_with_its_last_line() -> None:
    needed = [act for act, standing in played(JOURNAL, "b") if standing == "needs a case"]
    assert [(act.camera_id, act.begins) for act in needed] == [("cam2", 60.0), ("cam1", 120.0), ("cam2", 180.0), ("cam2", 300.0)]
    assert [(act.camera_id, act.begins) for act, standing in played(JOURNAL, "b") if standing == "hardly seen"] == [("cam1", 240.0)]
    assert played(JOURNAL, "another boot") == []


def test_nobody_sees_the_cameras_from_a_cut_until_a_worker_lives_again() -> None:
    assert outages(JOURNAL, 500.0) == [(250.0, 290.0), (310.0, 330.0), (420.0, 500.0)]
    assert excuses(JOURNAL) == [(300.0, 320.0)]


def test_a_full_disk_that_was_broken_off_excuses_until_the_run_ended() -> None:
    events: list[dict[str, Any]] = [
        {"event": "trouble", "name": "worker's disk full", "at": 10.0}, {"event": "ends", "at": 30.0},
        {"event": "trouble", "name": "worker's disk full", "at": 50.0}, {"event": "trouble over", "name": "slow", "at": 55.0},
        {"event": "trouble over", "name": "worker's disk full", "at": 60.0},
    ]  # fmt: skip
    assert excuses(events) == [(10.0, 30.0), (50.0, 60.0)]
