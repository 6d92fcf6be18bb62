"""Following and judging, against a small HTTP server that answers what an API would."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from curbwatch.demo.cameras import DemoCamera
from curbwatch.demo.house import House
from curbwatch.demo.run import Goal, Outcome, Run
from curbwatch.demo.verdict import ExpectedAct
from detector.fleet.processes import Keeper
from evidence.model import Text

TEXT = Text(zh="一", en="one")
CAMERAS = (DemoCamera("cam1", Path("a.mp4"), TEXT, TEXT, "V2"), DemoCamera("cam2", Path("b.mp4"), TEXT, TEXT, None))
EXPECTED = (ExpectedAct("cam1", "V2", (0.4, 0.4, 0.6, 0.7)),)
METRICS = "curbwatch_worker_packets_owed 0.0\ncurbwatch_worker_outbox_waiting 0.0\n"


def camera(camera_id: str, seconds: float) -> dict[str, Any]:
    begin = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    status = {"first_look_at": begin.isoformat(), "last_look_at": (begin + timedelta(seconds=seconds)).isoformat(), "looks": 30, "state": "live"}
    return {"camera_id": camera_id, "status": status}


@contextmanager
def answering(answers: dict[str, Any]) -> Iterator[int]:
    """Serves JSON by path; 404 for what is not there."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path.partition("?")[0])
            if self.path == "/metrics":
                self._answer(200, METRICS)
            else:
                self._answer(404 if body is None or self.headers["Authorization"] != "Bearer word" else 200, json.dumps(body))

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def follow(port: int, folder: Path, goal: Goal) -> Outcome:
    tokens = folder / "api" / "tokens"
    tokens.mkdir(parents=True)
    (tokens / "reviewer.token").write_text("word\n")
    house = House(CAMERAS, Path("scene.yaml"), folder, port, Keeper())
    house._metrics_port = port
    return Run(house, {"cam1": 60, "cam2": 60}, EXPECTED, goal, lambda *_: None, time.monotonic()).follow()


def test_without_a_case_the_timeout_says_what_is_missing(tmp_path: Path) -> None:
    with answering({"/cameras": {"items": [camera("cam1", 72), camera("cam2", 30)]}, "/cases": {"items": [], "next_cursor": None}}) as port:
        outcome = follow(port, tmp_path, Goal(cases=2, timeout_seconds=0.5))
    assert (outcome.judged, outcome.passed) == (True, False)
    assert outcome.lines == (
        "TIMEOUT after 0.5 s  超时",
        "MISSING cases: 0 of 2",
        "MISSING cam2: 50% of its clip was looked at (live)",
        "no case came  没有产生任何案件",
        "MISSED  cam1: an act of kind V2 has no case",
    )


def test_all_was_looked_at_and_nothing_came(tmp_path: Path) -> None:
    with answering({"/cameras": {"items": [camera("cam1", 61), camera("cam2", 60)]}, "/cases": {"items": [], "next_cursor": None}}) as port:
        outcome = follow(port, tmp_path, Goal(cases=0, timeout_seconds=30, settle_seconds=0))
    assert outcome.lines == ("no case came  没有产生任何案件", "MISSED  cam1: an act of kind V2 has no case")
    assert outcome.seconds < 10


def test_a_case_is_judged_by_the_packet_that_confirmed_it(tmp_path: Path) -> None:
    packets = [
        {"packet_id": "a", "manifest": {"phase": phase, "place": {"xyxy": place}, "files": []}, "signature": None}
        for phase, place in (("ended", [0, 0, 0.1, 0.1]), ("confirmed", [0.42, 0.4, 0.6, 0.7]))
    ]
    case = {"id": "c1", "number": "2026-1", "camera_id": "cam1", "kind": "V2"}
    answers = {
        "/cameras": {"items": [camera("cam1", 61), camera("cam2", 60)]},
        "/cases": {"items": [case], "next_cursor": None},
        "/cases/c1": {**case, "packets": packets},
    }
    from evidence.signing import SigningKey

    SigningKey.load_or_create(tmp_path / "worker" / "keys" / "worker.pem")
    SigningKey.load_or_create(tmp_path / "api" / "keys" / "api.pem")
    with answering(answers) as port:
        outcome = follow(port, tmp_path, Goal(cases=1, timeout_seconds=30, settle_seconds=0))
    assert not outcome.passed
    assert outcome.lines[0] == "ok      cam1: case 2026-1, kind V2, at the place of the truth (IoU 0.90)"
    assert outcome.lines[1].startswith("UNPROVEN packet a: ")


def test_an_api_that_never_answers_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curbwatch.demo.run.FETCH_SECONDS", 0.2)
    with answering({}) as port:
        pass
    outcome = follow(port, tmp_path, Goal(cases=1, timeout_seconds=0.5))
    assert not outcome.passed
    assert "MISSING cam1: 0% of its clip was looked at (never heard of)" in outcome.lines
    assert "MISSING the worker's word that it has delivered everything" in outcome.lines
    assert outcome.lines[-1] == "MISSING the API: the cases cannot be fetched"


def test_a_run_without_a_goal_ends_when_its_time_is_over(tmp_path: Path) -> None:
    with answering({"/cameras": {"items": []}, "/cases": {"items": [], "next_cursor": None}}) as port:
        outcome = follow(port, tmp_path, Goal(timeout_seconds=0.3))
    assert (outcome.judged, outcome.passed, outcome.lines) == (False, True, ())
