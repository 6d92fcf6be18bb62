"""`bench soak`: a worker, the case API and simulated cameras for an hour, a tenth of the cameras at random faults, with all that could grow written down.

Each sample is a line of JSON, flushed at once, so a soak that is broken off can be taken up where it stopped: with another run of the processes, whose
level is their own (flatness.py). The faults are decided by the seed, so two soaks of one seed do the same wrong at the same time.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import httpx
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.cameras import Cameras, simulated_cameras
from benchmarks.errors import BenchmarkError, ResultError
from benchmarks.fault_plan import Turn, begin, fault_plan, usable_faults
from benchmarks.live import Progress
from benchmarks.machine import this_machine
from benchmarks.process_cost import cost_of, memory_of, open_files
from benchmarks.results import Result, code_version
from benchmarks.soak_report import SCHEMA, read_log, rows, targets, trends
from benchmarks.targets import as_json
from curbwatch.demo.house import free_port
from detector.fleet.placer import LocalPlacer
from detector.fleet.processes import Keeper, KeptProcess
from detector.fleet.spec import WatchedCamera, WorkerSpec

HOST = "127.0.0.1"
START_SECONDS = 90.0
FAULTY_SHARE = 0.1
UDP_SOCKETS = 2
"""Beside the connection: for RTP and RTCP."""


@dataclass(frozen=True, slots=True)
class Soak:
    """What is run.

    Attributes:
        clips: that the cameras play in turn.
        look_seconds: calm and busy interval of every camera.
        folder: data of API and worker, and their logs.
        log: samples, a line of JSON each.
    """

    clips: Sequence[Path]
    model: str
    folder: Path
    log: Path
    cameras: int = 40
    minutes: float = 60.0
    look_seconds: float = 10.0
    every_seconds: float = 10.0
    seed: int = 1
    decoders: int = 1

    @property
    def faulty(self) -> list[int]:
        """The tenth of the cameras that is at fault, spread over the clips."""
        count = max(1, round(self.cameras * FAULTY_SHARE))
        return [round((number + 0.5) * self.cameras / count) for number in range(count)]


def run(soak: Soak, *, resume: bool, stop: threading.Event, progress: Progress) -> Result:
    """Runs the soak to its end (or until `stop`), and tells.

    Raises:
        BenchmarkError: a part does not start, or the log cannot be used.
    """
    machine, code = this_machine(), code_version()
    head = {"schema": SCHEMA, "cameras": soak.cameras, "faulty": len(soak.faulty), "seed": soak.seed, "minutes": soak.minutes, "code": code}
    number, passed = _take_up(soak, head, resume=resume)
    seconds = soak.minutes * 60
    plan = deque(turn for turn in fault_plan(soak.faulty, seconds, soak.seed, usable_faults()) if turn.at_seconds >= passed)
    soak.folder.mkdir(parents=True, exist_ok=True)
    with soak.log.open("a", encoding="utf-8") as log, simulated_cameras(soak.clips, soak.cameras) as sending, Keeper() as keeper:
        api = _start_api(keeper, soak.folder)
        worker, metrics = _start_worker(keeper, soak, sending, api)
        _Run(soak, number, passed, plan, sending, keeper, worker, api, metrics, log).until(seconds, stop, progress)
    _, samples = read_log(soak.log)
    found = trends(samples)
    settings = {name: value for name, value in asdict(soak).items() if name not in ("clips", "folder", "log")} | {"clips": [clip.name for clip in soak.clips]}
    settings |= {"faulty": soak.faulty, "runs": number + 1, "model": Path(soak.model).name}
    last = samples[-1] if samples else {}
    notes = [f"{last.get('seconds', 0) / 60:.0f} minutes, {last.get('faults', 0)} faults told, {last.get('looks', 0)} looks, {last.get('cases', 0)} cases"]
    return Result("soak", machine, code, ", ".join(clip.stem for clip in soak.clips), settings, rows(found), {}, notes, as_json(targets(found, samples)))


def _take_up(soak: Soak, head: Mapping[str, Any], *, resume: bool) -> tuple[int, float]:
    """The number of this run of the processes and the seconds that earlier ones have soaked; begins the log where there is none."""
    if resume and soak.log.is_file():
        was, samples = read_log(soak.log)
        if any(was[name] != head[name] for name in ("cameras", "seed")):
            raise ResultError(f"{soak.log} is of {was['cameras']} cameras and seed {was['seed']}: give the same, or another --log")
        return (samples[-1]["run"] + 1, samples[-1]["seconds"]) if samples else (0, 0.0)
    try:
        soak.log.parent.mkdir(parents=True, exist_ok=True)
        soak.log.write_text(json.dumps(dict(head)) + "\n", "utf-8")
    except OSError as error:
        raise ResultError(f"the log cannot be written to {soak.log} ({error.strerror})") from error
    return 0, 0.0


def _start_api(keeper: Keeper, folder: Path) -> str:
    port = free_port()
    command = [sys.executable, "-m", "curbwatch", "serve", "--port", str(port), "--data-dir", str(folder / "api")]
    keeper.add(KeptProcess("api", command, output=folder / "api.log"))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://{HOST}:{port}/healthz", timeout=2).is_success:
                return f"http://{HOST}:{port}"
        except httpx.HTTPError:
            time.sleep(0.3)
    raise BenchmarkError(f"the case API does not answer; see {folder / 'api.log'}")


def _start_worker(keeper: Keeper, soak: Soak, sending: Cameras, api: str) -> tuple[KeptProcess, str]:
    watched = tuple(WatchedCamera(f"c{number}", url) for number, url in enumerate(sending.urls))
    token = (soak.folder / "api" / "tokens" / "worker.token").read_text(encoding="utf-8").strip()
    port = free_port()
    placer = LocalPlacer(keeper, output=soak.folder / "worker.log")
    placer.place(
        WorkerSpec(
            name="soak", data_dir=str(soak.folder / "worker"), cameras=watched, api_url=api, token=token, model=soak.model, calm_seconds=soak.look_seconds,
            busy_seconds=soak.look_seconds, decoder_threads=soak.decoders, metrics_port=port,
        )
    )  # fmt: skip
    return placer.placed[0], f"http://{HOST}:{port}/metrics"


@dataclass(slots=True)
class _Run:
    """One run of the processes: tells faults when their time has come, and samples between."""

    soak: Soak
    number: int
    passed: float
    plan: deque[Turn]
    sending: Cameras
    keeper: Keeper
    worker: KeptProcess
    api: str
    metrics: str
    log: TextIO
    told: int = 0

    def until(self, seconds: float, stop: threading.Event, progress: Progress) -> None:
        """Goes on until so many seconds of soak have passed, those of earlier runs included."""
        began = time.monotonic() - self.passed
        due = self.passed + self.soak.every_seconds
        at_fault: dict[int, str] = {}
        while (now := time.monotonic() - began) < seconds and not stop.wait(0.2):
            self.keeper.tend()
            while self.plan and self.plan[0].at_seconds <= now:
                turn = self.plan.popleft()
                begin(self.sending.urls[turn.camera], turn.fault)
                self.told += turn.fault is not None
                at_fault.pop(turn.camera, None)
                if turn.fault is not None:
                    at_fault[turn.camera] = turn.fault
            if now >= due:
                due += self.soak.every_seconds
                sample = self._sample(now, at_fault)
                if sample is not None:
                    self.log.write(json.dumps(sample) + "\n")
                    self.log.flush()
                    progress(_line(sample))

    def _sample(self, now: float, at_fault: Mapping[int, str]) -> dict[str, Any] | None:
        process = self.worker.process
        values = self._scrape()
        if process is None or values is None:
            return None
        cost, api = cost_of(process.pid), self.keeper.processes[0].process
        faulty = {f"c{number}" for number in self.soak.faulty}
        sound = [name for name in values["lag"] if name not in faulty]
        lags = [values["lag"][name] for name in sound] or [0.0]
        live = {name for name, state in values["state"].items() if state == "live"}
        return {
            "run": self.number, "seconds": round(now, 1), "own_mib": round(memory_of(process.pid) / 2**20, 2),
            "worker_mib": round(cost.memory_bytes / 2**20, 2), "worker_cpu_seconds": round(cost.cpu_seconds, 1),
            "threads": cost.threads, "children": cost.processes - 1, "file_descriptors": open_files(process.pid),
            "reader_tasks": values["gauges"].get("reader_tasks"), "ring_mib": round(values["gauges"].get("ring_bytes", 0) / 2**20, 2),
            "sockets": len(live) + UDP_SOCKETS * round(values["udp"]),
            "api_mib": None if api is None else round(cost_of(api.pid).memory_bytes / 2**20, 2), "sound": len(sound), "sound_live": len(live & set(sound)),
            "sound_lag_mean": round(sum(lags) / len(lags), 3), "sound_lag_max": round(max(lags), 3), "not_live": len(values["state"]) - len(live),
            "at_fault": len(at_fault), "faults": self.told, "fault_names": sorted(at_fault.values()), "looks": values["looks"],
            "sound_reconnects": sum(values["reconnects"].get(name, 0) for name in sound), "reconnects": sum(values["reconnects"].values()),
            "restarts": self.worker.restarts, "cases": self._cases(),
        }  # fmt: skip

    def _scrape(self) -> dict[str, Any] | None:
        """The worker's metrics; None while it does not answer."""
        try:
            text = httpx.get(self.metrics, timeout=10).raise_for_status().text
        except httpx.HTTPError:
            return None
        told: dict[str, Any] = {"lag": {}, "state": {}, "reconnects": {}, "gauges": {}, "looks": 0, "udp": 0}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                camera = sample.labels.get("camera", "")
                if sample.name == "curbwatch_camera_look_lag_seconds":
                    told["lag"][camera] = sample.value
                elif sample.name == "curbwatch_camera_state" and sample.value:
                    told["state"][camera] = sample.labels["state"]
                elif sample.name == "curbwatch_camera_reconnects_total":
                    told["reconnects"][camera] = round(sample.value)
                elif sample.name == "curbwatch_camera_udp":
                    told["udp"] += sample.value
                elif sample.name in ("curbwatch_camera_looks_total", "curbwatch_camera_unchanged_total"):
                    told["looks"] += round(sample.value)
                elif sample.name.startswith("curbwatch_worker_"):
                    told["gauges"][sample.name.removeprefix("curbwatch_worker_")] = sample.value
        return told

    def _cases(self) -> int | None:
        token = (self.soak.folder / "api" / "tokens" / "reviewer.token").read_text(encoding="utf-8").strip()
        try:
            answer = httpx.get(f"{self.api}/cases", headers={"Authorization": f"Bearer {token}"}, timeout=20)
            return len(answer.raise_for_status().json()["items"])
        except httpx.HTTPError:
            return None


def _line(sample: Mapping[str, Any]) -> str:
    shown = (
        "own_mib",
        "worker_mib",
        "reader_tasks",
        "file_descriptors",
        "threads",
        "sound_lag_mean",
        "sound_live",
        "not_live",
        "at_fault",
        "looks",
        "reconnects",
        "cases",
    )
    return f"{sample['seconds'] / 60:5.1f} min  " + "  ".join(f"{name} {sample[name]}" for name in shown)
