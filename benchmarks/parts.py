"""The parts of a look that nobody can save, bare decoding and bare onnxruntime, loaded once and timed in every round of a run.

A keyframe costs 14 to 26 ms to decode on one machine and 40 on the next (MEASURED.md has the first ones' figures), so what a reader or a pipeline costs is
told as a ratio to these too, taken between the contenders' own windows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from types import TracebackType
from typing import Any

from benchmarks.conversation import Contender, Conversation
from benchmarks.job import timed_round

PIECES = 20
DECODE, DETECT = "decode", "onnxruntime"
USUAL_MS: Mapping[str, float] = {DECODE: 26.0, DETECT: 59.0}
"""CPU milliseconds of a 1080p keyframe that x264's preset medium made, and of YOLO26n at 640x384, on the machine of MEASURED.md (the dearest)."""


@dataclass(slots=True)
class BareParts:
    """A context in which `take` times each part once.

    Attributes:
        took: CPU milliseconds a piece of each round, by part.
    """

    jobs: Sequence[Contender]
    took: dict[str, list[float]] = field(default_factory=dict)
    said: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _running: list[tuple[str, Conversation]] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> BareParts:
        for job in self.jobs:
            process = self._stack.enter_context(Conversation(job))
            self._running.append((job.key, process))
            self.said[job.key] = {name: value for name, value in process.ready.items() if name != "ready"}
            timed_round(process, {"pieces": 1})  # warms up
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def take(self) -> None:
        """Times each part on some pieces.

        Raises:
            BenchmarkError: a part fails.
        """
        for key, process in self._running:
            cpu_ms, *_ = timed_round(process, {"pieces": PIECES})
            self.took.setdefault(key, []).append(cpu_ms)

    @property
    def look_ms(self) -> float:
        """CPU milliseconds of all parts of one look: the sum of their medians."""
        return sum(median(rounds) for rounds in self.took.values())

    def row(self, key: str, title: str, look_seconds: float) -> dict[str, Any]:
        """The parts as a row beside the contenders': CPU per camera-second at one look per `look_seconds`."""
        costs = {f"{name}_ms": round(median(rounds), 2) for name, rounds in self.took.items()}
        low, high = (sum(side(rounds) for rounds in self.took.values()) / look_seconds for side in (min, max))
        cpu = {"cpu_ms": round(self.look_ms / look_seconds, 3), "cpu_ms_low": round(low, 3), "cpu_ms_high": round(high, 3)}
        return {"key": key, "title": title, **cpu, "looks_per_second": round(1 / look_seconds, 4), **costs}

    @property
    def dearer(self) -> bool:
        """Whether a part costs more here than on the machine of MEASURED.md, so that the ratio to it is the figure that counts."""
        return any(median(rounds) > USUAL_MS[name] for name, rounds in self.took.items())


def bare_decode(clip_path: str) -> Contender:
    """Decoding the clip's keyframes by PyAV and nothing else."""
    return Contender(DECODE, "bare decode", "bare_decode", {"clip": clip_path})


def bare_detection(told: Mapping[str, Any], picture: str) -> Contender:
    """One `run` of onnxruntime on the model's file."""
    return Contender(DETECT, "bare onnxruntime", "curbwatch_session", {**told, "picture": picture, "bare": True})
