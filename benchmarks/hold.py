"""`bench hold`: many live cameras in one process for many minutes, every keyframe of every camera accounted for.

The cameras' RTP time tells what is missing between two keyframes; the number that came is held against the time that has passed; damage and reconnects
are counted beside. Samples are taken all along, so that a slow growth shows.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.cameras import Cameras, simulated_cameras
from benchmarks.clips import Clip
from benchmarks.contender import START_SECONDS
from benchmarks.conversation import Contender, Conversation
from benchmarks.live import Progress
from benchmarks.machine import this_machine
from benchmarks.process_cost import Cost, busy_seconds, cost_of
from benchmarks.results import Result, code_version
from benchmarks.targets import Target, as_json

SAMPLE_SECONDS = 10.0
KEY = "curbwatch-hold"


@dataclass(frozen=True, slots=True)
class Sample:
    """The reader at a moment of the run; counts are since its beginning."""

    seconds: float
    cpu_seconds: float
    memory_mb: float
    threads: int
    keyframes: int
    keyframes_least: int
    keyframes_most: int
    keyframes_missing: int
    restarts: int
    lost: int
    reconnects: int
    late_p50_ms: int
    late_p99_ms: int
    late_worst_ms: int
    beside_seconds: float
    sender_seconds: float


def run(clip: Clip, *, cameras: int, seconds: float, transport: str, segmented: bool, progress: Progress) -> Result:
    """Holds the cameras and tells.

    Raises:
        BenchmarkError: the simulator or the reader fails.
    """
    machine, code = this_machine(), code_version()
    contender = Contender(
        KEY, f"curbwatch reader, {cameras} cameras held", "curbwatch_reader",
        {"keyframe_seconds": clip.keyframe_seconds, "report_seconds": 1.0, "by_camera": True}, cameras=cameras, transport=transport, segmented=segmented,
    )  # fmt: skip
    with simulated_cameras([clip.path], cameras, segmented=segmented) as sending, Conversation(contender) as running:
        before = cost_of(running.pid).memory_bytes
        running.say({"urls": list(sending.urls)})
        running.wait(lambda said: said.get("keyframes_known", 0) >= cameras, START_SECONDS, f"does not play all of its {cameras} cameras")
        samples = _samples(running, sending, before, seconds, progress)
    first, last = samples[0], samples[-1]
    row = _row(clip, contender, first, last)
    settings = {"clip": clip.path.name, "cameras": cameras, "seconds": seconds, "transport": transport, "segmented": segmented}
    settings["samples"] = [asdict(sample) for sample in samples]
    notes = [
        f"keyframes of a camera: {row['keyframes_least']} to {row['keyframes_most']}, expected {row['keyframes_expected']} "
        f"(one each {clip.keyframe_seconds:g} s)",
        f"lateness of keyframes beside the camera's own clock: half within {row['late_p50_ms']} ms, 99 % within {row['late_p99_ms']} ms, "
        f"worst {row['late_worst_ms']} ms",
        f"the simulator used {row['sender_ms']:.2f} ms per camera-second on the same machine",
    ]
    return Result("hold", machine, code, clip.subject, settings, [row], {}, notes, as_json(targets(row)))


def _samples(running: Conversation, sending: Cameras, before: int, seconds: float, progress: Progress) -> list[Sample]:
    began, busy, sender = time.monotonic(), busy_seconds(), cost_of(sending.pid).cpu_seconds
    base, start, each = cost_of(running.pid), running.counters(), running.latest("by_camera")
    samples = [_sample(0.0, start, start, [0], base, base, before, 0.0, 0.0)]
    while (passed := time.monotonic() - began) < seconds:
        running.sleep(min(SAMPLE_SECONDS, seconds - passed))
        now, cost = running.counters(), cost_of(running.pid)
        came = [round(count - each.get(camera_id, 0)) for camera_id, count in running.latest("by_camera").items()]
        beside = busy_seconds() - busy - (cost.cpu_seconds - base.cpu_seconds)
        at = time.monotonic() - began
        samples.append(_sample(at, start, now, came, base, cost, before, beside, cost_of(sending.pid).cpu_seconds - sender))
        one = samples[-1]
        progress(f"{at:4.0f} s: {one.keyframes} keyframes, {one.keyframes_missing} missing, {one.memory_mb:.0f} MB, {one.cpu_seconds / at:.2f} cores")
    return samples


def _sample(
    seconds: float, start: dict[str, int], now: dict[str, int], came: list[int], base: Cost, cost: Cost, before: int, beside: float, sender: float
) -> Sample:
    growing = ("keyframes", "keyframes_missing", "restarts", "lost", "reconnects")
    counts = {name: now[name] - start[name] for name in growing}
    late = {name: now[name] for name in ("late_p50_ms", "late_p99_ms", "late_worst_ms")}
    memory = (cost.memory_bytes - before) / 1e6
    return Sample(
        round(seconds, 2), round(cost.cpu_seconds - base.cpu_seconds, 2), round(memory, 1), cost.threads, keyframes_least=min(came),
        keyframes_most=max(came), **counts, **late,
        beside_seconds=round(beside, 1), sender_seconds=round(sender, 1),
    )  # fmt: skip


def _row(clip: Clip, contender: Contender, first: Sample, last: Sample) -> dict[str, Any]:
    cameras, seconds = contender.cameras, last.seconds - first.seconds
    names = (
        "keyframes", "keyframes_least", "keyframes_most", "keyframes_missing", "restarts", "lost", "reconnects", "late_p50_ms", "late_p99_ms", "late_worst_ms",
    )  # fmt: skip
    return {
        "key": contender.key,
        "title": contender.title,
        "cameras": cameras,
        "transport": contender.transport + (", coalesced" if contender.segmented else ""),
        "seconds": round(seconds, 1),
        "cpu_ms": round(1000 * last.cpu_seconds / (cameras * seconds), 3),
        "cores": round(last.cpu_seconds / seconds, 3),
        "memory_mb": round(last.memory_mb / cameras, 2),
        "keyframes_expected": int(seconds / clip.keyframe_seconds),
        **{name: getattr(last, name) for name in names},
        "beside_seconds": last.beside_seconds,
        "sender_ms": round(1000 * last.sender_seconds / (cameras * seconds), 3),
    }


def targets(row: dict[str, Any]) -> list[Target]:
    """What is asked of many cameras (issue "Streams", point 5): no keyframe lost. One more or less is where keyframes fall about the ends of the run."""
    return [
        Target("keyframes missing, by the cameras' own time", row["keyframes_missing"], 0, "keyframes"),
        Target("pictures damaged", row["lost"], 0, "pictures"),
        Target("connections begun anew", row["reconnects"], 0, "connections"),
        Target("keyframes of the camera with the fewest", row["keyframes_least"], row["keyframes_expected"] - 1, "keyframes", at_least=True),
    ]
