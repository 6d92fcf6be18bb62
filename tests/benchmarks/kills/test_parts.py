"""The pieces of the harness: killed groups, a line that lies, a clock that steps, a journal that is taken up, files that are read from outside."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from benchmarks.errors import ResultError
from benchmarks.kills.flight import Flight, flight_after_kill, flight_of
from benchmarks.kills.journal import Journal
from benchmarks.kills.parts import Part
from benchmarks.kills.proxy import HOST, Proxy
from benchmarks.kills.stepped import stepped_clock
from curbwatch.demo.house import free_port
from detector.worker.outbox import Outbox
from detector.worker.state import Debt, SavedView, StateStore

CHILDREN = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); print(p.pid, flush=True); time.sleep(60)"


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_cut_takes_a_process_and_all_that_it_has_started(tmp_path: Path) -> None:
    part = Part("x", [sys.executable, "-c", CHILDREN], tmp_path / "log")
    part.start()
    deadline = time.monotonic() + 60
    while not (told := (tmp_path / "log").read_text().split()) and time.monotonic() < deadline:
        time.sleep(0.02)
    part.kill()
    while is_running(int(told[0])) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(int(told[0]))
    assert not part.tend(), "what was killed is not started again by itself"
    assert part.own_ends == 0


class Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.got.append(self.rfile.read(int(self.headers["Content-Length"])))  # type: ignore[attr-defined]
        self.send_response(201)
        self.send_header("Content-Length", "2")
        self.send_header("ETag", '"1"')
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def upstream() -> Iterator[HTTPServer]:
    server = HTTPServer((HOST, 0), Upstream)
    server.got = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_lying_line_stores_and_denies_and_each_third_time_says_nothing(upstream: HTTPServer) -> None:
    with Proxy(free_port(), upstream.server_address[1]) as proxy, httpx.Client(base_url=f"http://{HOST}:{proxy.server_address[1]}") as client:
        well = client.post("/packets", content=b"a")
        assert (well.status_code, well.text, well.headers["ETag"]) == (201, "ok", '"1"')
        proxy.mode = "lying"
        assert [client.post("/packets", content=b"b").status_code for _ in range(2)] == [500, 500]
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/packets", content=b"c")
        assert client.post("/elsewhere", content=b"d").status_code == 201
    assert upstream.got == [b"a", b"b", b"b", b"c", b"d"]  # type: ignore[attr-defined]
    assert proxy.acted["lied"] == 3


def test_without_an_api_there_is_no_answer() -> None:
    with Proxy(free_port(), free_port()) as proxy, pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"http://{HOST}:{proxy.server_address[1]}/packets", content=b"a")


def test_a_clock_steps_when_the_file_says_so_and_keeps_what_it_said_last(tmp_path: Path) -> None:
    file, now = tmp_path / "clock", [1000.0]
    clock = stepped_clock(file, wall=lambda: now[0], monotonic=lambda: now[0])
    assert clock() == 1000.0
    file.write_text("3600.0")
    now[0] += 1
    assert clock() == 4601.0
    file.write_text("")
    now[0] += 1
    assert clock() == 4602.0
    file.write_text("0.0")
    assert clock() == 4602.0, "it is read some times a second, not at each question"
    now[0] += 1
    assert clock() == 1003.0


def test_a_run_is_taken_up_by_its_journal_and_by_no_other(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.open({"cuts": 5, "seed": 1, "code": "a"}, resume=False)
    journal.note("cut", number=1)
    with path.open("a") as file:
        file.write('{"event": "cut", "numb')  # cut off
    again = Journal(path)
    again.open({"cuts": 5, "seed": 1, "code": "b"}, resume=True)
    assert [one["number"] for one in again.of("cut")] == [1]
    for head, resume, complaint in (({"cuts": 5, "seed": 2}, True, "seed 1"), ({"cuts": 5, "seed": 1}, False, "--resume")):
        with pytest.raises(ResultError, match=complaint):
            Journal(path).open(head, resume=resume)


def test_the_stage_of_acts_is_read_from_a_workers_files(tmp_path: Path) -> None:
    worker = tmp_path / "worker"
    assert flight_of(worker) is None
    assert flight_after_kill(worker, tmp_path / "api") is None
    state, outbox = StateStore(worker / "state.sqlite"), Outbox(worker)
    state.open()
    outbox.open()
    stays = [{"suspected": True, "confirmed_kind": None}, {"suspected": True, "confirmed_kind": "V2"}, {"suspected": False, "confirmed_kind": None}]
    state.save([SavedView("c1", "main", "b", 0.0, "2026-11-25T00:00:00+00:00", {"stays": stays})], [Debt("a/confirmed", "c1", {})])
    assert flight_of(worker) == Flight(suspected=1, owed=1, waiting=0)
    assert [Flight(*counts).stage for counts in ((0, 0, 0, 0), (1, 0, 0, 0), (1, 1, 0, 0), (1, 1, 1, 0), (1, 1, 1, 1))] == [
        "nothing", "suspected", "owed", "waiting", "stored, not known",
    ]  # fmt: skip
    outbox.close()
    state.close()
