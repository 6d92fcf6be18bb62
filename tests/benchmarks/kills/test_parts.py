"""The pieces of the harness: killed groups, a line that lies, a clock that steps, a journal that is taken up, files that are read from outside."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
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
    server = ThreadingHTTPServer((HOST, 0), Upstream)
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


class Uploads(BaseHTTPRequestHandler):
    """Keeps what has come of a body, also of one that breaks off."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        left, body = int(self.headers["Content-Length"]), b""
        while left and (piece := self.rfile.read1(left)):
            body += piece
            left -= len(piece)
        self.server.got.append((self.headers.get("Content-Range"), body))  # type: ignore[attr-defined]
        self.close_connection = bool(left)
        if not left:
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_cutting_line_leaves_half_an_upload_and_counts_that_it_was_gone_on_with(upstream: HTTPServer) -> None:
    upstream.RequestHandlerClass = Uploads
    large, small = bytes(range(256)) * 1024, b"s" * 100
    with Proxy(free_port(), upstream.server_address[1]) as proxy, httpx.Client(base_url=f"http://{HOST}:{proxy.server_address[1]}") as client:
        proxy.mode = "cutting"
        assert client.put("/blobs/a", content=small).status_code == 201
        with pytest.raises(httpx.HTTPError):
            client.put("/blobs/b", content=large, headers={"Content-Range": f"bytes 0-{len(large) - 1}/{len(large)}"})
        rest = large[len(large) // 2 :]
        told = f"bytes {len(large) // 2}-{len(large) - 1}/{len(large)}"
        proxy.mode = "well"
        assert client.put("/blobs/b", content=rest, headers={"Content-Range": told}).status_code == 201
        deadline = time.monotonic() + 20
        while len(upstream.got) < 3 and time.monotonic() < deadline:  # type: ignore[attr-defined]
            time.sleep(0.01)
        assert {name: proxy.acted[name] for name in ("cut", "resumed", "slow", "lied", "no API")} == {"cut": 1, "resumed": 1, "slow": 0, "lied": 0, "no API": 0}
    got = dict(upstream.got)  # type: ignore[attr-defined]
    assert got[None] == small
    assert got[f"bytes 0-{len(large) - 1}/{len(large)}"] + got[told] == large


def test_a_slow_line_counts_deliveries_only(upstream: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.kills.proxy.SLOW_SECONDS", 0.0)
    with Proxy(free_port(), upstream.server_address[1]) as proxy, httpx.Client(base_url=f"http://{HOST}:{proxy.server_address[1]}") as client:
        proxy.mode = "slow"
        for path in ("/packets", "/workers/w/health"):
            assert client.post(path, content=b"a").status_code == 201
    assert proxy.acted["slow"] == 1


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
