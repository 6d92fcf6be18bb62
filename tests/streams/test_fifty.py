"""One broken camera among fifty changes nothing for the other forty-nine: it hangs, closes, resets and sends garbage, each in turn."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from streams.camera import CameraSpec, CameraState
from streams.media import AccessUnit
from streams.reader import Reader, ReaderSettings

CAMERAS = 50
SECONDS_EACH = 8.0
KEYFRAME_TICKS = 90_000
FAULTS = {
    "hangs at DESCRIBE": "fault=hang_describe",
    "hangs in play": "fault=stall&after=1",
    "closes at SETUP": "fault=close_setup",
    "closes in play": "fault=close&after=1",
    "resets at PLAY": "fault=reset_play",
    "resets in play": "fault=reset&after=1",
    "garbage for an answer": "fault=garbage_describe",
    "garbage in play": "fault=garbage&after=0",
}
SETTINGS = ReaderSettings(answer_seconds=4.0, stale_seconds=3.0, connects_per_host=16)


@pytest.fixture
def addresses(clip: Callable[[str], Path]) -> Iterator[list[str]]:
    """Fifty simulated cameras, H.264 and H.265 by turns, in a process of their own."""
    command = [sys.executable, "-m", "curbwatch", "simulate", "--streams", str(CAMERAS), "--port", "0", "--spread", "--json"]
    command += ["--clip", str(clip("h264")), "--clip", str(clip("hevc"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["streams"]
        finally:
            process.terminate()


@pytest.mark.slow
def test_one_broken_camera_changes_nothing_for_the_others(addresses: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    keyframes: defaultdict[str, list[AccessUnit]] = defaultdict(list)
    states: defaultdict[str, set[CameraState]] = defaultdict(set)
    broken = f"c{CAMERAS // 2}"
    healthy = [f"c{number}" for number in range(CAMERAS) if f"c{number}" != broken]
    rows: list[tuple[str, int, int, str]] = []
    still = 0.0  # the longest that this machine kept the test itself waiting
    with Reader(lambda camera, unit: keyframes[camera].append(unit), SETTINGS) as reader:
        for number, address in enumerate(addresses):
            reader.add(CameraSpec.parse(f"c{number}", address))
        deadline = time.monotonic() + 40.0
        while not all(len(keyframes[camera]) >= 2 for camera in (*healthy, broken)):
            late = [reader.status(camera) for camera in (*healthy, broken) if len(keyframes[camera]) < 2]
            assert time.monotonic() < deadline, late
            time.sleep(0.1)
        began, cpu = time.monotonic(), time.process_time()
        for name, query in FAULTS.items():
            before = {camera: len(keyframes[camera]) for camera in healthy}
            reader.add(CameraSpec.parse(broken, f"{addresses[CAMERAS // 2]}?{query}"))
            told: set[str] = set()
            until = time.monotonic() + SECONDS_EACH
            while time.monotonic() < until:
                slept = time.monotonic()
                time.sleep(0.1)
                still = max(still, time.monotonic() - slept - 0.1)
                for camera, status in reader.statuses().items():
                    states[camera].add(status.state)
                    if camera == broken:
                        told |= {f"{status.state}: {(status.reason or '').partition(';')[0]}"} | set(status.drops)
            counts = [len(keyframes[camera]) - before[camera] for camera in healthy]
            rows.append((name, min(counts), max(counts), ", ".join(sorted(told - {"connecting: "}))))
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
        last = {camera: reader.status(camera) for camera in healthy}
    with capsys.disabled():
        print(f"\n{len(healthy)} healthy cameras beside a broken one, {seconds:.0f} s; keyframes of the healthy ones in {SECONDS_EACH:.0f} s each:")
        for name, least, most, said in rows:
            print(f"  {name:<22} {least} to {most}; the broken one: {said}")
        print(f"  reconnects {sum(s.reconnects for s in last.values())}, damaged {sum(s.damaged for s in last.values())}, ", end="")
        print(f"drops {sum(sum(s.drops.values()) for s in last.values())}; CPU {1000 * cpu / seconds / CAMERAS:.2f} ms a camera-second, with the test itself")
        print(f"  the machine kept the test waiting for {still:.1f} s at most")
    for name, least, _, _ in rows:
        assert least >= SECONDS_EACH - 1 - 2 * still, f"a camera received {least} keyframes while another one {name}; the machine stood still for {still:.1f} s"
    for camera in healthy:
        assert states[camera] == {CameraState.LIVE}, f"{camera}; the machine stood still for {still:.1f} s"
        assert (last[camera].reconnects, last[camera].damaged, dict(last[camera].drops)) == (0, 0, {})
        steps = {after.timestamp - before.timestamp for before, after in pairwise(keyframes[camera])}
        assert steps == {KEYFRAME_TICKS}, f"{camera}: every keyframe came"
    assert all("live: " not in said or "garbage_bytes" in said or "in play" in name for name, _, _, said in rows), "the broken one was broken"
