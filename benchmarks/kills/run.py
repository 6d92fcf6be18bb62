"""`bench kills`: worker and case API are killed a hundred times, 20 to 60 s apart, while two cameras bring an act a minute; and then everything is counted.

Nothing of it is a mock: simulated RTSP cameras, the worker of `watch` with its model, the case API of `serve`, a disk of its own for each where root allows
one, and between them a proxy that can be slow or lie. At each cut the dead worker's files tell how far its acts had got.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.cameras import simulated_cameras
from benchmarks.errors import BenchmarkError
from benchmarks.kills.audit import Audit, audit
from benchmarks.kills.disk import Disk
from benchmarks.kills.flight import Flight, flight_after_kill, flight_of
from benchmarks.kills.journal import Journal
from benchmarks.kills.parts import Part
from benchmarks.kills.plan import CLOCKS, LONGER_SECONDS, MOST_SECONDS, Cut, Turn, Victim, cuts, spared, troubles
from benchmarks.kills.proxy import HOST, Proxy
from benchmarks.kills.report import result_of
from benchmarks.kills.street import CAMERAS, ROUND_SECONDS, write_clip, write_scene
from benchmarks.kills.timeline import played
from benchmarks.kills.witness import acted
from benchmarks.live import Progress
from benchmarks.machine import this_machine
from benchmarks.results import Result, code_version
from curbwatch.demo.house import free_port
from detector.fleet.spec import WatchedCamera, WorkerSpec
from detector.worker.clocks import boot_id

log = logging.getLogger(__name__)

WORKER = "kills"
START_SECONDS = 120.0
SETTLE_SECONDS = 1200.0
"""How long what waits may take at the end: a packet that failed for long is tried again after half an hour at most, which is then counted as lost time."""
LOOK_SECONDS = 2.0
DISK_BYTES = 3 * 1024**3
TICK_SECONDS = 0.05
FILL_SECONDS = 5.0
"""Between two times that somebody else takes what room there is."""
PATIENCE_SECONDS = 45.0
"""After which a cut takes an act at whatever stage."""


@dataclass(frozen=True, slots=True)
class Kills:
    """What is run; `folder` holds everything."""

    folder: Path
    model: str
    cuts: int = 100
    seed: int = 1


def run(kills: Kills, *, resume: bool, stop: threading.Event, progress: Progress) -> Result:
    """Runs it to its end (or until `stop`), and counts.

    Raises:
        BenchmarkError: a part does not start, or the journal cannot be used.
    """
    machine, code = this_machine(), code_version()
    kills.folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(kills.folder / "journal.jsonl")
    journal.open({"cuts": kills.cuts, "seed": kills.seed, "code": code}, resume=resume)
    with ExitStack() as stack:
        disks = {name: Disk(kills.folder / name, DISK_BYTES) for name in ("worker", "api")}
        for disk in disks.values():
            disk.open()
            stack.callback(disk.close)
        found = _Run(kills, journal, disks, stop, progress).go()
    settings = {"cuts": kills.cuts, "seed": kills.seed, "model": Path(kills.model).name}
    return result_of(settings, journal, found, machine, code)


@dataclass(slots=True)
class _Run:
    """One run of the harness; a run that was broken off goes on in another one."""

    kills: Kills
    journal: Journal
    disks: Mapping[str, Disk]
    stop: threading.Event
    progress: Progress
    worker: Part = field(init=False)
    api: Part = field(init=False)
    proxy: Proxy = field(init=False)
    coming: deque[Turn] = field(default_factory=deque)
    turn: Turn | None = None
    turn_ends: float = 0.0
    lives: bool = True
    """Whether the worker sees its cameras."""
    said: int = 0
    """Bytes of the worker's log before its last start."""
    next_question: float = 0.0
    next_fill: float = 0.0
    next_doubt: float = 0.0
    counted: Mapping[str, int] = field(default_factory=dict)
    """What the line had counted when the trouble began."""
    heard: int = 0
    """Bytes of the worker's log then."""
    worker_was_hit: bool = True
    """Whether a cut has hit the worker since its disk is full."""

    def go(self) -> Audit:
        """All cuts that are left, the rest that settles, and the count."""
        kills = self.kills
        clips = [write_clip(camera, kills.folder / f"{camera.camera_id}.mp4") for camera in CAMERAS]
        scene = write_scene(CAMERAS, kills.folder / "scene.yaml")
        api_port, port = free_port(), free_port()
        stepped = [sys.executable, "-m", "benchmarks.kills.stepped", str(kills.folder / "api-clock")]
        serve = [*stepped, "curbwatch", "serve", "--port", str(api_port), "--data-dir", str(kills.folder / "api" / "data")]
        self.api = Part("api", serve, kills.folder / "api.log")
        self._set_clocks()
        with Proxy(port, api_port) as self.proxy, ExitStack() as stack:
            self.api.start()
            stack.callback(self.api.stop)
            self._await_api()
            with simulated_cameras(clips, len(clips), spread=False) as sending:
                self.worker = self._worker_part(sending.urls, scene, port)
                self._start_worker()
                stack.callback(self.worker.stop)
                self._play()
            self._settle()
            self.journal.note("line", acted=dict(self.proxy.acted))
            return audit(kills.folder, f"http://{HOST}:{api_port}", played(self.journal.events, boot_id()))

    def _play(self) -> None:
        """What goes on while the cameras play."""
        origin = self._await_live()
        self.journal.note("begins", boot_id=boot_id(), origin=origin, at=time.monotonic())
        self.journal.note("live", at=time.monotonic())
        try:
            self._cut_all()
            deadline = time.monotonic() + ROUND_SECONDS  # one more act begins and ends unharmed
            while time.monotonic() < deadline and not self.stop.is_set():
                self._tick()
        finally:
            self.journal.note("ends", at=time.monotonic())

    # The cuts

    def _cut_all(self) -> None:
        done = len(self.journal.of("cut"))
        over = len(self.journal.of("trouble over"))  # one that was broken off is begun again
        self.coming = deque(troubles(self.kills.cuts)[over:])
        last = time.monotonic()
        for cut in cuts(self.kills.cuts, self.kills.seed)[done:]:
            if not self._wait_for(cut, last):
                return
            last = self._cut(cut, last)
        while (self.turn is not None or self.coming) and not self.stop.is_set():
            self._tick()

    def _wait_for(self, cut: Cut, last: float) -> bool:
        """Waits for the moment of a cut; False where the run shall end."""
        while time.monotonic() - last < MOST_SECONDS:
            if self.stop.is_set():
                return False
            self._tick()
            if time.monotonic() - last >= cut.after_seconds:
                flight = flight_of(self.kills.folder / "worker" / "data")
                if flight is not None and (getattr(flight, cut.aim) or (time.monotonic() - last > PATIENCE_SECONDS and flight.any)):
                    time.sleep(cut.linger_seconds)
                    break
        return True

    def _cut(self, cut: Cut, last: float) -> float:
        victim = spared(cut.victim, self._trouble, worker_was_hit=self.worker_was_hit)
        now = time.monotonic()
        self._kill(victim)
        self.worker_was_hit |= victim in ("worker", "both")
        flight = flight_after_kill(self.kills.folder / "worker" / "data", self.kills.folder / "api" / "data") or Flight(0, 0, 0)
        facts = {"number": cut.number, "victim": victim, "after_seconds": round(now - last, 2), "trouble": self._trouble, "stage": flight.stage, "at": now}
        self.journal.note("cut", **facts, **asdict(flight))
        beside = f" ({self._trouble})" if self.turn else ""
        self.progress(f"cut {cut.number} of {self.kills.cuts}: {victim} after {now - last:.0f} s, {flight.stage}{beside}")
        if victim in ("worker", "both"):
            self._start_worker()
        if victim in ("api", "both"):
            self.api.start()
        return now

    def _kill(self, victim: Victim) -> None:
        for name, part in (("worker", self.worker), ("api", self.api)):
            if victim in (name, "both"):
                part.kill()

    # The troubles

    @property
    def _trouble(self) -> Any:
        return None if self.turn is None else self.turn.trouble

    def _begin(self, turn: Turn) -> None:
        self.journal.note("trouble", name=turn.trouble, at=time.monotonic(), seconds=turn.seconds)
        self.progress(f"trouble: {turn.trouble}" + (f" for {turn.seconds:.0f} s" if turn.seconds else ""))
        self.turn, self.turn_ends = turn, time.monotonic() + turn.seconds
        self.counted, self.heard = dict(self.proxy.acted), self.worker.output.stat().st_size
        self._set_clocks()
        if turn.trouble == "api down":
            self.api.kill()
        elif turn.trouble in ("slow", "lying", "cutting"):
            self.proxy.mode = turn.trouble
        self.worker_was_hit = turn.trouble != "worker's disk full"

    def _acted(self, turn: Turn) -> int:
        folders = self.kills.folder / "worker" / "data", self.kills.folder / "api" / "data"
        return acted(turn.trouble, self.counted, self.proxy.acted, *folders, self.worker.output, self.heard)

    def _doubt(self) -> bool:
        """Once a second, since the question reads files."""
        now = time.monotonic()
        if now < max(self.turn_ends, self.next_doubt):
            return False
        self.next_doubt = now + 1.0
        return True

    def _is_over(self, turn: Turn) -> bool:
        """Whether a trouble has gone on long enough, and has acted; on the worker's full disk a worker must have been killed too, while there are cuts."""
        late = time.monotonic() - self.turn_ends
        if late < 0:
            return False
        if not self.worker_was_hit and len(self.journal.of("cut")) < self.kills.cuts:
            return late > 2 * MOST_SECONDS
        return late > LONGER_SECONDS or self._acted(turn) > 0

    def _tick(self) -> None:
        """A moment: troubles go on or end, and what ended by itself is started again."""
        time.sleep(TICK_SECONDS)
        turn = self.turn
        if turn is None and self.coming and self.coming[0].after_cuts <= len(self.journal.of("cut")):
            self._begin(self.coming.popleft())
        elif turn is not None and self._doubt() and self._is_over(turn):
            self._end_trouble()
        elif turn is not None and turn.trouble in ("worker's disk full", "api's disk full") and time.monotonic() >= self.next_fill:
            self.next_fill = time.monotonic() + FILL_SECONDS
            name = "worker" if turn.trouble.startswith("worker") else "api"
            part = self.worker if name == "worker" else self.api
            self.disks[name].fill(None if part.process is None else part.process.pid)
        for part in (self.worker, self.api):
            if part.tend():
                self.journal.note("ended by itself", part=part.name, at=time.monotonic(), trouble=self._trouble)
                self.lives = part is not self.worker and self.lives
        if not self.lives and time.monotonic() >= self.next_question:
            self.next_question = time.monotonic() + 0.5
            if self._is_live():
                self.lives = True
                self.journal.note("live", at=time.monotonic())

    def _end_trouble(self) -> None:
        turn, self.turn = self.turn, None
        if turn is None:
            return
        count = self._acted(turn)
        self.proxy.mode = "well"
        for disk in self.disks.values():
            disk.free()
        if turn.trouble == "api down":
            self.api.start()
        self.journal.note(
            "trouble over", name=turn.trouble, at=time.monotonic(), acted=count, resumed=self.proxy.acted["resumed"] - self.counted.get("resumed", 0)
        )
        self.progress(f"over: {turn.trouble}, acted {count} times")

    def _set_clocks(self) -> None:
        """Each clock as the last trouble of it left it."""
        said = dict.fromkeys(("clock", "api-clock"), 0.0)
        said |= dict(CLOCKS[one["name"]] for one in self.journal.of("trouble") if one["name"] in CLOCKS)
        for name, seconds in said.items():
            draft = self.kills.folder / f"{name}.draft"
            draft.write_text(str(seconds), "ascii")
            draft.replace(self.kills.folder / name)

    # Beginning and end

    def _worker_part(self, urls: Sequence[str], scene: Path, port: int) -> Part:
        folder = self.kills.folder
        watched = tuple(WatchedCamera(camera.camera_id, url) for camera, url in zip(CAMERAS, urls, strict=True))
        token = (folder / "api" / "data" / "tokens" / "worker.token").read_text(encoding="utf-8").strip()
        spec = WorkerSpec(
            name=WORKER, data_dir=str(folder / "worker" / "data"), cameras=watched, scene=str(scene), api_url=f"http://{HOST}:{port}", token=token,
            model=self.kills.model, calm_seconds=LOOK_SECONDS, busy_seconds=LOOK_SECONDS, suspicious_seconds=LOOK_SECONDS,
        )  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.kills.stepped", str(folder / "clock"), "detector.worker"]
        return Part("worker", command, folder / "worker.log", stdin_text=spec.to_json() + "\n")

    def _await_api(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.api.alive:
            try:
                if httpx.get(f"http://{HOST}:{self.proxy.api_port}/healthz", timeout=2).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        raise BenchmarkError(f"the case API does not answer; see {self.api.output}")

    def _start_worker(self) -> None:
        self.said = self.worker.output.stat().st_size if self.worker.output.exists() else 0
        self.worker.start()
        self.lives = False

    def _is_live(self) -> bool:
        """Whether the worker has said since its last start that it sees its cameras."""
        with self.worker.output.open("rb") as file:
            file.seek(self.said)
            return file.read().count(b" is live (") >= len(CAMERAS)

    def _await_live(self) -> float:
        """Waits until the cameras play; the moment at which their first round began, within the time that two connections take."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.worker.alive and not self.stop.is_set():
            if self._is_live():
                self.lives = True
                return time.monotonic() - 1.5  # a log line comes up to three seconds after PLAY
            time.sleep(0.1)
        raise BenchmarkError(f"the worker does not see its cameras; see {self.worker.output}")

    def _settle(self) -> None:
        """Without cameras nothing new happens: waits until nothing is owed and nothing waits."""
        self._end_trouble()
        began = time.monotonic()
        while time.monotonic() - began < SETTLE_SECONDS and not self.stop.is_set():
            self._tick()
            flight = flight_of(self.kills.folder / "worker" / "data")
            if flight is not None and not flight.owed and not flight.waiting:
                break
        self.journal.note("settled", seconds=round(time.monotonic() - began, 1))
