"""The demo's processes: camera simulator, case API and one worker, kept alive; each writes to a log file of its own.

The cameras ask for a password (digest), so that the whole path is walked; it is made anew for each run and travels by pipe. Cameras, API and
worker keep their ports and folders over a restart, so any of them may be killed at any time.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
from prometheus_client.parser import text_string_to_metric_families

from curbwatch.demo.cameras import DemoCamera
from curbwatch.demo.errors import StartError
from detector.fleet.placer import LocalPlacer
from detector.fleet.processes import Keeper, KeptProcess
from detector.fleet.spec import WatchedCamera, WorkerSpec

HOST = "127.0.0.1"
START_SECONDS = 60.0
"""Until the API answers: it imports, migrates and listens in two to five seconds, far longer where both cores are taken."""
CAMERA_USER = "demo"
WORKER_NAME = "demo"
LOOK_SECONDS = 4.0
"""Between two looks of a calm view: eight cameras are few, so all of them are looked at as often as a busy one."""


def free_port() -> int:
    """A port of loopback that nobody listens on at the moment."""
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


def check_port(port: int) -> int:
    """The port, if it is free.

    Raises:
        StartError: somebody listens there.
    """
    try:
        with socket.create_server((HOST, port)):
            return port
    except OSError as error:
        raise StartError(f"{HOST}:{port} is not free to listen on ({os.strerror(error.errno or 0)}); choose another --port, or leave it out") from None


@dataclass(slots=True)
class House:
    """Starts the parts in order and knows where they are.

    Attributes:
        folder: holds `api/`, `worker/` and `logs/`.
        port: the API's.
    """

    cameras: Sequence[DemoCamera]
    scene: Path
    folder: Path
    port: int
    keeper: Keeper
    parts: dict[str, KeptProcess] = field(default_factory=dict, init=False)
    _metrics_port: int = field(default=0, init=False)

    @property
    def page(self) -> str:
        """The address of the review page and of the API."""
        return f"http://{HOST}:{self.port}"

    @property
    def api_folder(self) -> Path:
        return self.folder / "api"

    @property
    def worker_folder(self) -> Path:
        return self.folder / "worker"

    @property
    def api_key(self) -> Path:
        """The API's key for receipts."""
        return self.api_folder / "keys" / "api.pem"

    @property
    def worker_key(self) -> Path:
        """The worker's key for packets."""
        return self.worker_folder / "keys" / "worker.pem"

    def login_link(self) -> str:
        """The reviewer's way in; it holds the token, so it is for the person at this terminal alone."""
        return f"{self.page}/login?token={quote(self.token('reviewer'))}"

    def token(self, role: str) -> str:
        """A role's token, as the API wrote it at its first start."""
        return (self.api_folder / "tokens" / f"{role}.token").read_text(encoding="utf-8").strip()

    def start(self, stopping: Callable[[], bool] = lambda: False) -> None:
        """Starts cameras, API and worker; returns when the API answers and the worker was started, or when `stopping()`.

        Raises:
            StartError: a part says that it cannot start, or the API does not answer in time.
        """
        for name in ("api", "worker", "logs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        password, rtsp_port = secrets.token_urlsafe(12), free_port()
        self._metrics_port = free_port()
        simulate = [sys.executable, "-m", "curbwatch", "simulate", "--streams", str(len(self.cameras)), "--port", str(rtsp_port)]
        simulate += ["--username", CAMERA_USER, "--password-stdin"]
        for camera in self.cameras:
            simulate += ["--clip", str(camera.clip)]
        self._keep("cameras", simulate, stdin_text=password)
        self._keep("api", [sys.executable, "-m", "curbwatch", "serve", "--host", HOST, "--port", str(self.port), "--data-dir", str(self.api_folder)])
        self._await_api(stopping)
        if stopping():
            return
        placer = LocalPlacer(self.keeper, output=self._log("worker"))
        placer.place(self._spec(f"rtsp://{CAMERA_USER}:{password}@{HOST}:{rtsp_port}"))
        self.parts["worker"] = placer.placed[0]

    def tend(self) -> None:
        """Starts again what died.

        Raises:
            StartError: a part has said why it cannot go on.
        """
        self.keeper.tend()
        for name, part in self.parts.items():
            if part.gave_up:
                raise StartError(f"the demo's {name} ended: {self.last_words(name)}")

    def restarts(self) -> dict[str, int]:
        """How often each part was started again, of those that were."""
        return {name: part.restarts for name, part in self.parts.items() if part.restarts}

    def owed(self) -> int | None:
        """Packets that the worker has not made or not delivered yet, by its metrics; None where it does not answer."""
        try:
            text = httpx.get(f"http://{HOST}:{self._metrics_port}/metrics", timeout=2.0).raise_for_status().text
        except httpx.HTTPError:
            return None
        values = {sample.name: sample.value for family in text_string_to_metric_families(text) for sample in family.samples}
        waiting = [values.get(f"curbwatch_worker_{name}") for name in ("packets_owed", "outbox_waiting")]
        return None if None in waiting else int(sum(value for value in waiting if value is not None))

    def last_words(self, name: str) -> str:
        """The last line of a part's log, without the command's name before it."""
        try:
            lines = self._log(name).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1].removeprefix("curbwatch: ") if lines else f"it said nothing; see {self._log(name)}"

    def _await_api(self, stopping: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        with httpx.Client(base_url=self.page, timeout=2.0) as client:
            while not stopping():
                self.tend()
                try:
                    if client.get("/healthz").is_success:
                        return
                except httpx.HTTPError:
                    pass
                if time.monotonic() > deadline:
                    raise StartError(f"the case API does not answer after {START_SECONDS:.0f} s: {self.last_words('api')}")
                time.sleep(0.1)

    def _spec(self, cameras_at: str) -> WorkerSpec:
        watched = tuple(
            WatchedCamera(camera.camera_id, f"{cameras_at}/{number}", name_zh=camera.name.zh, name_en=camera.name.en)
            for number, camera in enumerate(self.cameras, 1)
        )
        return WorkerSpec(
            name=WORKER_NAME,
            data_dir=str(self.worker_folder),
            cameras=watched,
            scene=str(self.scene),
            api_url=self.page,
            token=self.token("worker"),
            calm_seconds=LOOK_SECONDS,
            busy_seconds=LOOK_SECONDS,
            metrics_port=self._metrics_port,
        )

    def _keep(self, name: str, command: Sequence[str], *, stdin_text: str | None = None) -> None:
        self.parts[name] = self.keeper.add(KeptProcess(name, command, stdin_text=stdin_text, output=self._log(name)))

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"
