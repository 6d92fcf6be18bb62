"""A worker that takes its cameras from the registry, as a user runs it: enrolled, given cameras with logins, and revoked; the case API comes and goes."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.vault import VARIABLE
from tests.detector.worker.test_delivery import served
from tests.stall_clip import write_stall

USER, PASSWORD = "watcher", "hid-den:pass/word"
WAIT_SECONDS = 150.0
KIND = {"V2": {"dwell_seconds": 3, "minimum_looks": 3, "grace_seconds": 20, "minimum_score": 0.1, "attendance": "off"}}
VIEW = {"kinds": KIND, "zones": [{"id": "pavement", "kind": "sidewalk", "polygon": [[0, 0.2], [1, 0.2], [1, 1], [0, 1]]}]}


def until(done: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS) -> float:
    """Waits; how long it took."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() < began + seconds, what
        time.sleep(0.2)
    return time.monotonic() - began


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def cameras(folder: Path) -> Iterator[list[str]]:
    """Two simulated cameras that ask for a login; their addresses."""
    clip = write_stall(folder / "stall.mp4", rate=5, seconds=8)
    command = [
        sys.executable,
        "-m",
        "curbwatch",
        "simulate",
        "--streams",
        "2",
        "--clip",
        str(clip),
        "--port",
        "0",
        "--username",
        USER,
        "--password-stdin",
        "--json",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(PASSWORD + "\n")
        process.stdin.close()
        try:
            yield json.loads(process.stdout.readline())["streams"]
        finally:
            process.terminate()


class Admin:
    """An administrator of the served API."""

    def __init__(self, url: str, folder: Path) -> None:
        token = (folder / "tokens" / "admin.token").read_text().strip()
        self.client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}", "Connection": "close"}, timeout=30)

    def put(self, camera: str, worker: str | None, url: str, **changes: Any) -> None:
        login = {"username": USER, "password": PASSWORD}
        answer = self.client.put(f"/cameras/{camera}", json={"url": url, "worker": worker, "district": "east", "login": login, **changes})
        assert answer.status_code == 200, answer.text

    def state(self, camera: str) -> str | None:
        status = self.client.get(f"/cameras/{camera}").json()["status"]
        return None if status is None else str(status["state"])

    def invitation(self, worker: str) -> str:
        return str(self.client.post("/enrolments", json={"worker": worker}).json()["token"])


class Watch:
    """`curbwatch watch --registry` as a process, its log and its metrics."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder, self.port, self.log = folder, free_port(), folder.with_suffix(".log")
        self.command = [
            sys.executable, "-m", "curbwatch", "watch", "--registry", url, "--data-dir", str(folder), "--provider", "cpu", "--no-gate", "--calm-seconds", "1",
            "--busy-seconds", "1", "--metrics-port", str(self.port), "--json",
        ]  # fmt: skip

    def __enter__(self) -> Watch:
        with self.log.open("a") as log:
            environment = {name: value for name, value in os.environ.items() if name != VARIABLE}  # that is the API's alone
            self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def told(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def metrics(self) -> str:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=5).text
        except httpx.HTTPError:
            return ""

    def values(self, name: str) -> dict[str, float]:
        """Of one family, by camera (and for states, of the one that it is in)."""
        found = {}
        for family in text_string_to_metric_families(self.metrics()):
            for sample in family.samples:
                if sample.name == name and sample.labels.get("state", "live") == "live":
                    found[sample.labels.get("camera", "")] = sample.value
        return found

    def live(self) -> set[str]:
        return {camera for camera, value in self.values("curbwatch_camera_state").items() if value}

    def looks(self, camera: str) -> float:
        return self.values("curbwatch_camera_looks_total").get(camera, 0.0)

    def children(self) -> list[int]:
        pids, found = [self.process.pid], []
        while pids:
            one = pids.pop()
            more = [int(pid) for task in Path(f"/proc/{one}/task").glob("*/children") for pid in task.read_text().split()]
            found += more
            pids += more
        return found


def enrolled(url: str, admin: Admin, worker: str, folder: Path) -> Path:
    """The data folder of a worker that was enrolled by the command."""
    command = [sys.executable, "-m", "curbwatch", "cameras", "enroll", "--api", url, "--token-stdin", "--data-dir", str(folder), "--name", worker]
    told = subprocess.run(command, input=admin.invitation(worker) + "\n", capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 0, told.stderr
    return folder


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_from_enrolment_to_a_case_and_on_to_the_last_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, base64.b64encode(bytes(32)).decode())
    with ExitStack() as stack:
        gate, yard = stack.enter_context(cameras(tmp_path))
        api = stack.enter_context(ExitStack())
        url, _ = api.enter_context(served(tmp_path / "api"))
        admin = Admin(url, tmp_path / "api")
        admin.put("gate", "gate-north", gate)
        assert admin.client.put("/views/gate", json=VIEW).status_code == 200
        watch = Watch(url, enrolled(url, admin, "gate-north", tmp_path / "north"))
        stack.enter_context(watch)

        until(lambda: bool(admin.client.get("/cases").json()["items"]), "no case came")
        (case,) = admin.client.get("/cases").json()["items"]
        assert (case["camera_id"], case["kind"], case["district"]) == ("gate", "V2", "east")
        assert watch.process.stdout is not None
        assert json.loads(watch.process.stdout.readline())["workers"] == [{"name": "gate-north", "data_dir": str(tmp_path / "north")}]

        admin.put("yard", "gate-north", yard, login={"username": USER, "password": "wrong"})
        until(lambda: admin.state("yard") in ("refused", "backing_off"), "a camera that joins is not told of")
        admin.put("yard", "gate-north", yard)
        until(lambda: watch.live() == {"gate", "yard"}, "the right login is not taken up")

        other = stack.enter_context(ExitStack())
        second = other.enter_context(Watch(url, enrolled(url, admin, "gate-south", tmp_path / "south")))
        until(lambda: "registry_cameras" in second.metrics(), "a worker without cameras does not run")
        before = watch.looks("gate")
        admin.put("yard", "gate-south", yard)
        both = []
        until(lambda: both.append((watch.live(), second.live())) or second.live() == {"yard"}, "the camera does not go over")  # type: ignore[func-returns-value]
        assert not any("yard" in first and "yard" in other_one for first, other_one in both), "two workers held one camera"
        assert watch.live() == {"gate"}
        assert watch.looks("gate") > before
        other.close()

        _kill_while_the_api_is_away(api, watch)
        url, _ = stack.enter_context(served(tmp_path / "api", urlsplit(url).port or 0))
        until(lambda: admin.state("gate") == "live", "it does not report again")

        admin.put("gate", "gate-north", gate, enabled=False)
        until(lambda: watch.values("curbwatch_worker_cameras") == {"": 0.0}, "a camera that is taken away stays")
        _nothing_shows_the_login(watch, tmp_path)
        assert admin.client.delete("/workers/gate-north").status_code == 204
        assert watch.process.wait(60) == 1
        assert watch.told.count("the registry gives the worker gate-north no cameras") == 1
        assert not (tmp_path / "north" / "registry.sealed").exists()
        assert "Traceback" not in watch.told
        admin.client.close()


def _kill_while_the_api_is_away(api: ExitStack, watch: Watch) -> None:
    api.close()
    before = watch.looks("gate")
    until(lambda: watch.looks("gate") > before + 2, "it stops looking with the API")
    worker = next(pid for pid in watch.children() if b"detector.worker" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(worker, signal.SIGKILL)
    until(lambda: "going on with the 1 cameras that it gave at" in watch.told, "it does not begin with what it kept")
    until(lambda: watch.looks("gate") > 2, "it does not look at what it kept")


def _nothing_shows_the_login(watch: Watch, folder: Path) -> None:
    told = watch.told + watch.metrics()
    arguments = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in [watch.process.pid, *watch.children()])
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".mp4"]
    for secret in (PASSWORD, "hid-den%3Apass%2Fword", "hid-den", (folder / "north" / "keys" / "api.token").read_text().strip()):
        assert secret not in told
        assert secret.encode() not in arguments
        assert not [path for path in files if path.name != "api.token" and secret.encode() in path.read_bytes()], secret
