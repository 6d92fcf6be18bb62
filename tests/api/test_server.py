"""The process: one line for what stops it from starting, an orderly end, and nothing acknowledged lost by `kill -9`."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import server
from api.errors import StartError
from api.service import opened
from api.settings import Settings
from evidence.canonical import manifest_sha256
from evidence.signing import SigningKey

from .conftest import JPEG, WORKER_KEY, Packet

START_SECONDS = 110
"""Far more than it takes: these tests also run beside others on starved machines."""


class Served:
    """`curbwatch serve` in a process of its own."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        command = [sys.executable, "-m", "curbwatch", "serve", "--port", "0", "--json", "--data-dir", str(data_dir), *options]
        self.data_dir = data_dir
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate(timeout=START_SECONDS)[1]
        self.told: dict[str, Any] = json.loads(line)
        self.address: str = self.told["address"]

    def client(self, role: str) -> httpx.Client:
        token = (self.data_dir / "tokens" / f"{role}.token").read_text().strip()
        return httpx.Client(base_url=self.address, headers={"Authorization": f"Bearer {token}"}, timeout=60)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit status and standard error; may be called again."""
        self.process.send_signal(number)
        if self.process.stderr is None or self.process.stderr.closed:
            return self.process.wait(START_SECONDS), ""
        _, errors = self.process.communicate(timeout=START_SECONDS)
        return self.process.returncode, errors


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    one = Served(tmp_path / "data")
    yield one
    one.end(signal.SIGKILL)


def refused(*options: str) -> str:
    """The one line on standard error of a `serve` that cannot start."""
    ended = subprocess.run([sys.executable, "-m", "curbwatch", "serve", *options], capture_output=True, text=True, timeout=START_SECONDS, check=False)
    assert ended.returncode == 2, ended
    assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = refused("--port", str(taken.getsockname()[1]), "--data-dir", str(tmp_path / "data"))
    assert "the port is in use" in told


def test_an_address_of_another_machine() -> None:
    with pytest.raises(StartError, match="cannot listen there"):
        server.bind("192.0.2.1", 0)


def test_an_address_that_is_none() -> None:
    with pytest.raises(StartError, match="cannot listen there"):
        server.bind("not a host", 0)


def test_a_data_folder_that_is_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be written"), opened(Settings.of(tmp_path / "file" / "data")):
        pass


def test_a_data_folder_in_use(tmp_path: Path) -> None:
    settings = Settings.of(tmp_path / "data")
    with opened(settings), pytest.raises(StartError, match="another `curbwatch serve`"), opened(settings):
        pass


def test_a_broken_database(tmp_path: Path) -> None:
    (tmp_path / "curbwatch.sqlite").write_bytes(b"x" * 5000)
    assert "cannot be used as the database" in refused("--port", "0", "--data-dir", str(tmp_path))


def test_it_ends_within_seconds_although_pages_hang_on(served: Served) -> None:
    with served.client("reviewer") as client, client.stream("GET", "/events") as events:
        lines = events.iter_lines()
        assert next(lines) == ": ready"
        began = time.monotonic()
        served.process.terminate()
        assert list(lines)[-1:] in ([""], [])
        served.process.wait(START_SECONDS)
        took = time.monotonic() - began
    assert served.end() == (0, "")
    assert took < 30


def test_the_login_link_opens_the_door_and_stands_in_no_log(served: Served) -> None:
    with httpx.Client(follow_redirects=False) as client:
        assert client.get(served.told["login"]).status_code == 303
        assert client.get(f"{served.address}/me").json()["role"] == "reviewer"
    status, errors = served.end()
    assert status == 0
    assert served.told["login"].partition("token=")[2] not in errors


@pytest.mark.parametrize("on_a_terminal", [True, False], ids=["on a terminal", "in a journal"])
def test_the_login_link_is_printed_on_a_terminal_alone(tmp_path: Path, on_a_terminal: bool) -> None:
    command = [sys.executable, "-m", "curbwatch", "serve", "--port", "0", "--data-dir", str(tmp_path / "data")]
    reading, writing = pty.openpty() if on_a_terminal else os.pipe()
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.DEVNULL) as process:
        os.close(writing)
        with open(reading, encoding="utf-8") as output:
            lines = [output.readline() for _ in range(3)]
            process.terminate()
            process.wait(START_SECONDS)
    token = (tmp_path / "data" / "tokens" / "reviewer.token").read_text().strip()
    assert lines[1].startswith("login link of a reviewer: http://127.0.0.1:")
    assert (token in "".join(lines)) is on_a_terminal
    assert on_a_terminal or f"with the token of {tmp_path / 'data' / 'tokens' / 'reviewer.token'}" in lines[1]


@pytest.mark.timeout(300)  # it starts the process three times
def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path) -> None:
    """Killed twice in the middle of deliveries; then everything that had its receipt is there, once, and what was cut off can be sent again."""
    key = WORKER_KEY
    acknowledged: dict[str, dict[str, Any]] = {}
    numbers = itertools.count()
    cut_off: list[Packet] = []
    chain: list[str] = []
    for round_ in range(2):
        served = Served(tmp_path / "data")
        with served.client("worker") as client:
            client.put("/workers/worker-1/key", json={"public_key": key.public_key.to_base64()}).raise_for_status()
            killer = threading.Timer(0.2 + 0.13 * round_, served.process.kill)
            for delivered in itertools.count():
                if delivered == 4:
                    killer.start()
                number = next(numbers)
                place = {"sequence": number + 1, "previous_sha256": chain[-1] if chain else None}
                packet = Packet(camera=f"camera-{number}", files=(("closeup", "c.jpg", JPEG + b"%d" % number, "image/jpeg"),), changes={"chain": place})
                chain.append(manifest_sha256(packet.manifest()))
                try:
                    _deliver(client, key, packet, acknowledged)
                except httpx.TransportError:
                    cut_off.append(packet)
                    break
            killer.join()
        served.end(signal.SIGKILL)
    assert len(acknowledged) >= 8
    served = Served(tmp_path / "data")
    with served.client("worker") as worker, served.client("admin") as admin:
        for case_id, signed in list(acknowledged.items()):
            again = worker.post("/packets", json=signed)
            assert (again.status_code, again.json()["case_id"]) == (200, case_id)
            for file in signed["manifest"]["files"]:
                content = admin.get(f"/cases/{case_id}/files/{file['sha256']}", params={"purpose": "audit"}).content
                assert hashlib.sha256(content).hexdigest() == file["sha256"]
        for packet in cut_off:
            _deliver(worker, key, packet, acknowledged)
        numbers_given = [item["number"] for item in admin.get("/cases", params={"limit": 200}).json()["items"]]
    assert sorted(numbers_given) == list(range(1, len(acknowledged) + 1))
    assert served.end()[0] == 0
    assert list((tmp_path / "data" / "evidence" / "incoming").iterdir()) == []


def _deliver(client: httpx.Client, key: SigningKey, packet: Packet, acknowledged: dict[str, dict[str, Any]]) -> None:
    manifest = packet.manifest()
    for _, _, data, _ in packet.files:
        client.put(f"/blobs/{hashlib.sha256(data).hexdigest()}", content=data).raise_for_status()
    signed = {"manifest": manifest, "signature": key.sign(manifest).model_dump(mode="json")}
    answer = client.post("/packets", json=signed)
    answer.raise_for_status()
    acknowledged[answer.json()["case_id"]] = signed


def test_a_token_for_one_more_person(served: Served) -> None:
    command = [sys.executable, "-m", "curbwatch", "serve", "token", "--role", "auditor", "--name", "李娜", "--data-dir", str(served.data_dir)]
    made = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONUTF8": "1"})
    answer = httpx.get(f"{served.address}/me", headers={"Authorization": f"Bearer {made.stdout.strip()}"})
    assert (answer.json()["name"], answer.json()["role"]) == ("李娜", "auditor")
