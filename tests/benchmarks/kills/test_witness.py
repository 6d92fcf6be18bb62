"""That a trouble acted: by what the line counted, by what a worker said, and by the clock that it wrote down; and that a run in which one did not fails."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.kills.audit import Audit
from benchmarks.kills.plan import TROUBLES
from benchmarks.kills.report import limits
from benchmarks.kills.witness import acted, felt
from detector.worker.state import SavedView, StateStore


def remember(folder: Path, ahead_seconds: float) -> None:
    store = StateStore(folder / "state.sqlite")
    store.open()
    wall = (datetime.now(UTC) + timedelta(seconds=ahead_seconds)).isoformat()
    store.save([SavedView("c1", "main", "b", 0.0, wall, {"stays": []})])
    store.close()


@pytest.mark.parametrize(("ahead", "forward", "back"), [(0.0, 0, 1), (3590.0, 1, 0), (1800.0, 0, 0)], ids=["set back", "an hour ahead", "neither"])
def test_a_clock_step_is_seen_by_what_the_worker_wrote_down(tmp_path: Path, ahead: float, forward: int, back: int) -> None:
    assert acted("clock forward", {}, {}, tmp_path, tmp_path, tmp_path / "log", 0) == 0, "there is nothing written down yet"
    remember(tmp_path, ahead)
    assert acted("clock forward", {}, {}, tmp_path, tmp_path, tmp_path / "log", 0) == forward
    assert acted("clock back", {}, {}, tmp_path, tmp_path, tmp_path / "log", 0) == back


def test_a_full_disk_is_seen_by_what_the_worker_said_since(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    before = b"held evidence waits in memory: x: cannot be written; free space there\n"
    log.write_bytes(before + b"camera cam1: is live\nthe disk is full: 32 MiB are let go\n")
    assert acted("worker's disk full", {}, {}, tmp_path, tmp_path, log, len(before)) == 1
    assert acted("worker's disk full", {}, {}, tmp_path, tmp_path, tmp_path / "no log", 0) == 0


@pytest.mark.parametrize(
    ("trouble", "name"), [("slow", "slow"), ("lying", "lied"), ("cutting", "cut"), ("api down", "no API"), ("api's disk full", "no space")]
)
def test_the_line_counts_since_the_trouble_began(trouble: Any, name: str, tmp_path: Path) -> None:
    assert acted(trouble, {name: 4}, {name: 7}, tmp_path, tmp_path, tmp_path / "log", 0) == 3


WHOLE: list[dict[str, Any]] = [{"event": "trouble over", "name": name, "acted": 50} for name, _, _ in TROUBLES] + [
    {"event": "line", "acted": {"resumed": 5, "cut whole": 4}},
    {"event": "cut", "trouble": "worker's disk full", "victim": "both"},
]
FOUND = Audit((), (), packets=80, left=0, given_up=0, exported=80, checkers=("one", "two"), faults=(), notes=())


def failing(events: list[dict[str, Any]], acts: int = 50, excused: int = 0, found: Audit = FOUND) -> list[str]:
    return [target.what for target in limits(100, events, acts, excused, found) if not target.met]


def test_a_whole_run_meets_all_limits() -> None:
    assert failing(WHOLE) == []
    assert felt(WHOLE, "slow") == 50


@pytest.mark.parametrize("name", [name for name, _, _ in TROUBLES])
def test_a_trouble_that_did_not_act_fails_the_run(name: str) -> None:
    without = [one for one in WHOLE if one.get("name") != name]
    assert len(failing(without)) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"events": WHOLE[:-1]}, "workers killed on their full disk"),
        ({"events": [*WHOLE[:-2], {"event": "line", "acted": {"cut whole": 4}}, WHOLE[-1]]}, "uploads that went on where they were cut"),
        ({"events": [*WHOLE[:-2], {"event": "line", "acted": {"resumed": 5}}, WHOLE[-1]]}, "packets cut in the middle of their one request"),
        ({"acts": 10}, "acts that needed a case"),
        ({"excused": 4}, "acts without a case that a full disk excuses"),
        ({"found": replace(FOUND, given_up=9)}, "packets given up on a full disk"),
    ],
    ids=["no worker killed", "nothing resumed", "nothing cut whole", "few acts", "much excused", "much given up"],
)
def test_what_makes_a_run_prove_little_fails_it(change: dict[str, Any], told: str) -> None:
    assert failing(**{"events": WHOLE, **change}) == [told]


@pytest.mark.parametrize(("ahead", "forward", "back"), [(-20.0, 0, 1), (3580.0, 1, 0), (-3600.0, 0, 0)], ids=["set back", "an hour ahead", "long ago"])
def test_a_step_of_the_apis_clock_is_seen_by_the_last_receipt(tmp_path: Path, ahead: float, forward: int, back: int) -> None:
    with closing(sqlite3.connect(tmp_path / "curbwatch.sqlite")) as db:
        db.execute("CREATE TABLE log (log_index INTEGER, event TEXT, at INTEGER)")
        db.execute("INSERT INTO log VALUES (1, 'manifest', ?), (2, 'decision', 0)", [int((time.time() + ahead) * 1e6)])
        db.commit()
    assert acted("api's clock forward", {}, {}, tmp_path, tmp_path, tmp_path / "log", 0) == forward
    assert acted("api's clock back", {}, {}, tmp_path, tmp_path, tmp_path / "log", 0) == back


def test_both_clocks_step_in_the_processes_that_read_them(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("3600", "ascii")
    told = "import time; from api.moments import utc_now; print(time.time(), utc_now().timestamp())"
    (tmp_path / "told.py").write_text(told, "utf-8")
    command = [sys.executable, "-m", "benchmarks.kills.stepped", str(tmp_path / "clock"), "told"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(tmp_path)}, timeout=60)
    assert [round((float(one) - time.time()) / 600) for one in done.stdout.split()] == [6, 6]
