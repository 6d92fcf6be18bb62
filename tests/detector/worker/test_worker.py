"""A whole worker on a file as a camera: from the first keyframe to a signed packet in its outbox, and over a restart."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import httpx
import pytest

from detector.fleet.placer import LocalPlacer
from detector.fleet.processes import EXIT_TRY_AGAIN, EXIT_WRONG_USE, Keeper, KeptProcess
from detector.fleet.spec import WatchedCamera, WorkerSpec
from detector.scene.errors import SceneError
from detector.worker.worker import Worker
from evidence.holidays import known_until_seconds
from evidence.signing import SigningKey
from evidence.verify import verify_path
from models.errors import ModelNotFound
from streams.errors import CameraSpecError
from tests.stall_clip import write_stall

SCENE = """
schema: curbwatch.scene/1
kinds: {V2: {dwell_seconds: 3, minimum_looks: 3, grace_seconds: 20, minimum_score: 0.1, attendance: "off"}}
views:
  - camera_id: gate
    version: 4
    zones: [{id: pavement, kind: sidewalk, polygon: [[0, 0.2], [1, 0.2], [1, 1], [0, 1]]}]
"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of the rendered stall, a keyframe each second."""
    return write_stall(tmp_path_factory.mktemp("clip") / "stall.mp4", rate=10, seconds=12)


@pytest.fixture
def spec(tmp_path: Path, clip: Path) -> WorkerSpec:
    scene = tmp_path / "scene.yaml"
    scene.write_text(SCENE, encoding="utf-8")
    return WorkerSpec(
        name="w1", data_dir=str(tmp_path / "data"), cameras=(WatchedCamera("gate", str(clip), name_zh="东门", name_en="East gate"),), scene=str(scene),
        provider="cpu", calm_seconds=1.0, busy_seconds=1.0, suspicious_seconds=1.0, gated=False, tail_seconds=1.0,
    )  # fmt: skip


class Running:
    """A worker on a thread of its own."""

    def __init__(self, spec: WorkerSpec) -> None:
        self.worker, self.stop = Worker(spec), threading.Event()
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.worker.run(self.stop)
        except BaseException as error:
            self.failure = error

    def __enter__(self) -> Running:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(30)
        assert not self.thread.is_alive(), "the worker does not stop"
        assert self.failure is None, self.failure

    def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.failure is None, self.failure
            assert time.monotonic() < deadline, "it did not come to that in time"
            time.sleep(0.1)


def looks(worker: Worker, camera_id: str) -> int:
    try:
        return int(worker._health()["cameras"][camera_id]["looks"])
    except (AttributeError, KeyError):  # it is only just beginning
        return 0


def packets(spec: WorkerSpec) -> list[Path]:
    folder = spec.folder / "packets"
    return sorted(folder.glob("*/manifest.json")) if folder.is_dir() else []


def test_a_stall_before_a_file_camera_becomes_one_packet_that_verifies_over_a_restart(spec: WorkerSpec) -> None:
    with Running(spec) as running:
        running.until(lambda: bool(packets(spec)), seconds=100.0)
    key = SigningKey.load_or_create(spec.folder / "keys" / "worker.pem")
    report = verify_path(spec.folder / "packets", [key.public_key], unreceipted=True)
    assert report.ok, report
    assert len(packets(spec)) == 1
    with Running(spec) as running:  # the stall stands on: the act goes on, and no second packet is made of it
        began = time.monotonic()
        running.until(lambda: time.monotonic() - began > 7)
    assert len(packets(spec)) == 1


def test_what_cannot_work_is_said_before_anything_starts(spec: WorkerSpec) -> None:
    stop = threading.Event()
    with pytest.raises(SceneError, match=r"nowhere\.yaml"):
        Worker(replace(spec, scene="nowhere.yaml")).run(stop)
    with pytest.raises(ModelNotFound, match="no-such-model"):
        Worker(replace(spec, model="no-such-model")).run(stop)
    with pytest.raises(CameraSpecError, match="http"):
        Worker(replace(spec, cameras=(WatchedCamera("gate", "gopher://127.0.0.1/x"),))).run(stop)


def test_a_camera_that_cannot_be_used_is_told_of_and_the_others_go_on(spec: WorkerSpec, clip: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told: list[str] = []

    def scraped(line: str) -> bool:
        try:
            told[:] = httpx.get(f"http://127.0.0.1:{port}/metrics").text.splitlines()
        except httpx.HTTPError:
            return False
        return line in told

    with Running(replace(spec, cameras=(WatchedCamera("gone", str(clip.with_name("removed.mp4"))), *spec.cameras), metrics_port=port)) as running:
        running.until(lambda: scraped('curbwatch_camera_state{camera="gate",state="live"} 1.0'))
        assert 'curbwatch_camera_state{camera="gone",state="refused"} 1.0' in told
        (until,) = (float(line.split()[1]) for line in told if line.startswith("curbwatch_worker_holidays_known_until_seconds "))
        assert until == known_until_seconds(), "when permits by the calendar are no longer judged"
        assert "removed.mp4" in running.worker._health()["cameras"]["gone"]["reason"]


@pytest.mark.parametrize(
    ("model", "disk_bytes", "status"),
    [("curbwatch-n-street", 0, EXIT_TRY_AGAIN), ("no-such-model", resource.RLIM_INFINITY, EXIT_WRONG_USE)],
    ids=["a full disk", "a model that is not there"],
)
def test_a_full_disk_at_the_start_lets_the_keeper_try_again(spec: WorkerSpec, model: str, disk_bytes: int, status: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "detector.worker"], input=replace(spec, model=model).to_json(), capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (disk_bytes, resource.RLIM_INFINITY)),
    )  # fmt: skip
    assert ended.returncode == status, ended.stderr
    assert (status in KeptProcess("worker", ["true"]).gives_up) is (status == EXIT_WRONG_USE)
    assert ended.stderr.strip().splitlines()[-1].startswith("curbwatch: ")


def test_a_decoder_that_crashes_takes_no_camera_but_its_own_with_it(spec: WorkerSpec, clip: Path) -> None:
    cameras = (spec.cameras[0], WatchedCamera("yard", str(clip)))
    with Running(replace(spec, cameras=cameras, decoder_threads=1)) as running:
        worker = running.worker

        def states() -> dict[str, str]:
            return {name: status["state"] for name, status in worker._health()["cameras"].items()}

        def looks() -> dict[str, int]:
            return {name: status["looks"] for name, status in worker._health()["cameras"].items()}

        running.until(lambda: hasattr(worker, "_looker") and all(looks().values()))
        for _ in range(3):  # of two cameras, one is hit twice
            pid, crashes, before = worker._pool.pids[0], worker._pool.counts.crashes, looks()
            os.kill(pid, signal.SIGSTOP)
            time.sleep(1.5)  # both are looked at once a second: one's keyframe is in the child's hands now
            os.kill(pid, signal.SIGSEGV)
            os.kill(pid, signal.SIGCONT)
            began = time.monotonic()
            running.until(lambda crashes=crashes: worker._pool.counts.crashes > crashes)  # type: ignore[misc]
            others = [name for name, state in states().items() if state != "refused"]
            running.until(lambda others=others, before=before: any(looks()[name] > before[name] + 1 for name in others))  # type: ignore[misc]
            assert time.monotonic() - began < 5.0
            if worker._pool.counts.set_aside:
                break
        running.until(lambda: "refused" in states().values())
        (aside,) = [name for name, state in states().items() if state == "refused"]
        assert "broke the decoder twice within an hour" in worker._reader.status(aside).reason  # type: ignore[operator]
        (other,) = set(states()) - {aside}
        now = looks()[other]
        running.until(lambda: looks()[other] > now + 1)


def test_cameras_join_change_and_leave_while_the_worker_works(spec: WorkerSpec, clip: Path, tmp_path: Path) -> None:
    other, missing = tmp_path / "other.mp4", tmp_path / "missing.mp4"
    other.write_bytes(clip.read_bytes())
    gate, yard = spec.cameras[0], WatchedCamera("yard", str(clip))
    with Running(spec) as running:
        worker = running.worker
        running.until(lambda: hasattr(worker, "_looker") and worker._health()["cameras"]["gate"]["looks"] >= 2)
        before = worker._reader.status("gate")
        worker.want([gate, yard, WatchedCamera("gone", str(missing))])
        running.until(lambda: worker._health()["cameras"].get("yard", {}).get("looks", 0) >= 2)
        after = worker._reader.status("gate")
        assert (after.reconnects, after.pictures > before.pictures) == (0, True), "a camera that stays is read without a break"
        assert worker._health()["cameras"]["gone"]["state"] == "refused"
        missing.write_bytes(clip.read_bytes())
        worker._taken_seconds -= 61
        running.until(lambda: worker._health()["cameras"]["gone"].get("looks", 0) >= 1)
        worker.want([WatchedCamera("yard", str(other))])
        running.until(lambda: set(worker._health()["cameras"]) == {"yard"})
        running.until(lambda: worker._reader.status("yard").pictures > 5)
        assert worker._health()["cameras"]["yard"]["looks"] >= 2, "what is known of a camera outlives a change of its address"
        worker.want([WatchedCamera("yard", str(tmp_path / "nothing.mp4"))])
        time.sleep(1.5)
        assert worker._health()["cameras"]["yard"]["state"] == "live", "a list of which nothing can be read is not taken"


def test_a_worker_process_is_told_of_other_cameras_by_its_input(spec: WorkerSpec, clip: Path, tmp_path: Path) -> None:
    output = tmp_path / "worker.log"
    with Keeper() as keeper:
        placer = LocalPlacer(keeper, output=output)
        placer.place(spec)
        deadline = time.monotonic() + 30
        while "reads 1 cameras" not in output.read_text() and time.monotonic() < deadline:
            time.sleep(0.1)
        placer.change(replace(spec, cameras=(*spec.cameras, WatchedCamera("yard", str(clip)))))
        while "1 joined (yard)" not in output.read_text() and time.monotonic() < deadline:
            time.sleep(0.1)
    assert "worker w1: 1 joined (yard)" in output.read_text()


def test_of_two_streams_the_small_one_is_looked_at_and_the_large_one_from_suspicion_on(spec: WorkerSpec, clip: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.mp4"
    with av.open(str(clip)) as source, av.open(str(small), "w") as container:
        video = source.streams.video[0]
        full = (video.width, video.height)
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "x264-params": "keyint=10:min-keyint=10:scenecut=0"})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 576, 324, "yuv420p", Fraction(1, 10)
        for frame in source.decode(video):
            container.mux(stream.encode(frame.reformat(576, 324, "yuv420p", threads=1)))
        container.mux(stream.encode(None))
    assert full[0] > 576
    camera = replace(spec.cameras[0], sub_url=str(small))
    with Running(replace(spec, cameras=(camera,))) as running:
        worker = running.worker
        running.until(lambda: looks(worker, "gate") >= 1)
        watched = worker._roster.watched["gate"]
        running.until(lambda: watched.streams.main)
        assert watched.streams.sub_size == (576, 324)
        running.until(lambda: watched.picture_size == full)
        assert worker._reader.status("gate").main_open
        running.until(lambda: bool(packets(spec)))
    (manifest,) = packets(spec)
    widths = {}
    for file in manifest.parent.glob("*.mp4"):
        with av.open(str(file)) as container:
            widths[file.name] = container.streams.video[0].width
    assert full[0] in widths.values(), widths
