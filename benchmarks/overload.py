"""`bench overload`: more cameras than the machine can look at, in the worker of `watch`: what is stretched, what is not, and whether the worker says so.

The cameras play the drawn street, and one in twenty a rendered street with a stall, so that some views are under suspicion. Nothing may be lost by the
reader, no camera may starve, the lag that the worker reports must be the lag that an observer measures, and a view under suspicion keeps its interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cameras import simulated_cameras
from benchmarks.clips import Clip
from benchmarks.contender import START_SECONDS
from benchmarks.conversation import Contender, Conversation
from benchmarks.errors import BenchmarkError
from benchmarks.live import Progress
from benchmarks.machine import this_machine
from benchmarks.process_cost import busy_seconds, cost_of
from benchmarks.results import Result, code_version
from benchmarks.targets import Target, as_json

KEY = "curbwatch-overload"
STALL = Path(__file__).parent.parent / "curbwatch" / "demo" / "media" / "cam1_stall.mp4"
ONE_IN = 20
SLOWEST_TO_MEDIAN, LAG_ERROR, SUSPICION_LATE = 1.5, 0.1, 1.25
SAMPLE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of the worker.

    Attributes:
        look_seconds, suspicious_seconds: intervals that are wanted; the clip's keyframes must come as often.
        warm_up_seconds: before the observer counts: the first looks of all cameras are due at once, and suspicion takes some looks to arise.
    """

    model: str
    provider: str
    cameras: int = 200
    look_seconds: float = 4.0
    suspicious_seconds: float = 2.0
    detectors: int = 1
    decoders: int = 1
    warm_up_seconds: float = 60.0
    seconds: float = 180.0


def run(clip: Clip, load: Load, *, progress: Progress) -> Result:
    """Overloads a worker and tells.

    Raises:
        BenchmarkError: the simulator, the model or the worker fails.
    """
    if not STALL.is_file():
        raise BenchmarkError(f"the clip {STALL.name} of the demo is not there: no view would come under suspicion")
    machine, code = this_machine(), code_version()
    task = {
        "model": load.model, "provider": load.provider, "look_seconds": load.look_seconds, "suspicious_seconds": load.suspicious_seconds,
        "detectors": load.detectors, "decoders": load.decoders, "cameras": load.cameras, "observe": load.warm_up_seconds, "report_seconds": 2.0,
        "keyframe_seconds": clip.keyframe_seconds,
    }  # fmt: skip
    contender = Contender(KEY, f"curbwatch worker, {load.cameras} cameras", "curbwatch_worker", task, cameras=load.cameras)
    clips = [clip.path] * (ONE_IN - 1) + [STALL]
    with simulated_cameras(clips, load.cameras) as sending, Conversation(contender) as running:
        running.say({"urls": list(sending.urls)})
        running.wait(lambda said: said.get("playing", 0) >= load.cameras, START_SECONDS, f"does not play all of its {load.cameras} cameras")
        _pass(running, load.warm_up_seconds, "warming up", progress)
        first, cost, busy = running.counters(), cost_of(running.pid), busy_seconds()
        _pass(running, load.seconds, "observed", progress)
        last, after, beside = running.counters(), cost_of(running.pid), busy_seconds() - busy
        observed = running.latest("observed")
    counts = {name: last[name] - first.get(name, 0) for name in ("keyframes", "keyframes_missing", "lost", "reconnects", "looks", "undecodable")}
    cpu = after.cpu_seconds - cost.cpu_seconds
    row = {
        "key": KEY, "title": contender.title, "cameras": load.cameras, "transport": "tcp", "seconds": load.seconds,
        "cpu_ms": round(1000 * cpu / (load.cameras * load.seconds), 3), "cores": round(cpu / load.seconds, 3),
        "memory_mb": round(after.memory_bytes / 1e6 / load.cameras, 2),
        "looks_per_second": round(counts["looks"] / (load.cameras * load.seconds), 4), "beside_seconds": round(beside - cpu, 1),
        "suspicious_cameras": last["suspicious"], **counts, **observed,
    }  # fmt: skip
    wanted = load.cameras / load.look_seconds
    notes = [
        f"{wanted:g} looks a second were wanted, {counts['looks'] / load.seconds:.1f} were done by {load.detectors} detector and {load.decoders} decoder",
        f"views under suspicion: {observed.get('under_suspicion', 0):g}, wanted each {load.suspicious_seconds:g} s",
    ]
    settings = {
        "clip": clip.path.name, "stall": STALL.name, "model": Path(load.model).name, "cameras": load.cameras, "look_seconds": load.look_seconds,
        "suspicious_seconds": load.suspicious_seconds, "detectors": load.detectors, "decoders": load.decoders, "warm_up_seconds": load.warm_up_seconds,
        "seconds": load.seconds,
    }  # fmt: skip
    return Result("overload", machine, code, clip.subject, settings, [row], {}, notes, as_json(targets(row, load)))


def _pass(running: Conversation, seconds: float, what: str, progress: Progress) -> None:
    passed = 0.0
    while passed < seconds:
        step = min(SAMPLE_SECONDS, seconds - passed)
        running.sleep(step)
        passed += step
        now, observed = running.counters(), running.latest("observed")
        slow = f", intervals {observed['interval_median']:.1f} s, slowest {observed['interval_slowest']:.1f}" if "interval_median" in observed else ""
        progress(
            f"{what} {passed:.0f} of {seconds:.0f} s: {now['looks']} looks, {now['keyframes_missing']} keyframes missing, {now['suspicious']} suspicious{slow}"
        )


def targets(row: Mapping[str, Any], load: Load) -> list[Target]:
    """What is asked under overload (issue "Streams", point 5)."""
    found = [
        Target("keyframes missing, by the cameras' own time", row["keyframes_missing"], 0, "keyframes"),
        Target("pictures damaged", row["lost"], 0, "pictures"),
        Target("connections begun anew", row["reconnects"], 0, "connections"),
    ]
    if "interval_slowest" in row:
        ratio = row["interval_slowest"] / row["interval_median"]
        found.append(Target("the slowest camera's look interval, to the median", ratio, SLOWEST_TO_MEDIAN, "times"))
    if row.get("lag_measured"):
        error = abs(row["lag_reported"] - row["lag_measured"]) / row["lag_measured"]
        found.append(Target("error of look_lag_seconds, mean", error, LAG_ERROR, "of the measured lag"))
        found.append(Target("error of look_lag_seconds, 95 % of the comparisons within", row.get("lag_error_p95", 0.0), LAG_ERROR, "of the measured lag"))
    if "suspicious_p95" in row:
        late = row["suspicious_p95"] / load.suspicious_seconds
        found.append(Target("interval of views under suspicion, 95 % within", late, SUSPICION_LATE, "times what is wanted"))
    else:
        found.append(Target("views under suspicion", row["suspicious_cameras"], 1, "views", at_least=True))
    return found
