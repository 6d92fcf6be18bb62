"""Contenders on the same simulated cameras, one after the other, round by round, and the rows of their table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.cameras import simulated_cameras
from benchmarks.clips import Clip
from benchmarks.contender import Window, kept_up, measure
from benchmarks.conversation import Contender
from benchmarks.errors import BenchmarkError, PeerMissing
from benchmarks.parts import BareParts

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How contenders are measured.

    Attributes:
        seconds: of each window; a multiple of the look interval, so that a window holds whole looks.
        warm_up_seconds: between the first pictures of all cameras and the window: first looks of all cameras come at once.
        rounds: windows of each contender, in turns; the table has the median.
    """

    clip: Clip
    seconds: float = 12.0
    warm_up_seconds: float = 5.0
    rounds: int = 1


def measure_all(
    contenders: Sequence[Contender], plan: Plan, progress: Progress, parts: BareParts | None = None
) -> tuple[dict[str, list[Window]], dict[str, str]]:
    """Windows by contender's key, and why which one was skipped; the bare parts are timed once a round, among the contenders.

    Raises:
        BenchmarkError: the simulator or the first contender (this project's own) fails; a peer that fails is skipped by name.
    """
    windows: dict[str, list[Window]] = {}
    skipped: dict[str, str] = {}
    with ExitStack() as stack:
        cameras = {
            segmented: stack.enter_context(simulated_cameras([plan.clip.path], max(min(one.cameras, 5000) for one in those), segmented=segmented))
            for segmented in (False, True)
            if (those := [one for one in contenders if one.segmented is segmented])
        }
        for number in range(plan.rounds):
            if parts is not None:
                progress(f"bare parts, round {number + 1} of {plan.rounds}")
                parts.take()
            for contender in contenders:
                if contender.key in skipped:
                    continue
                progress(f"{contender.title}, {contender.cameras} cameras, {plan.seconds:g} s, round {number + 1} of {plan.rounds}")
                try:
                    window = measure(contender, cameras[contender.segmented], warm_up_seconds=plan.warm_up_seconds, seconds=plan.seconds)
                except PeerMissing as reason:
                    skipped[contender.key] = str(reason)
                except BenchmarkError as error:
                    if contender is contenders[0]:
                        raise
                    skipped[contender.key] = f"failed: {error}"
                else:
                    windows.setdefault(contender.key, []).append(window)
    return windows, skipped


def row_of(contender: Contender, windows: Sequence[Window], base_cpu_ms: float | None) -> dict[str, Any]:
    """A contender's row: medians of its windows, and how often the base's cost its own is."""
    cpu = [window.cpu_ms for window in windows]
    last = windows[-1]
    middle = median(cpu)
    return {
        "key": contender.key,
        "title": contender.title,
        "cameras": last.cameras,
        "transport": contender.transport + (", coalesced" if contender.segmented else ""),
        "cpu_ms": round(middle, 3),
        "cpu_ms_low": round(min(cpu), 3),
        "cpu_ms_high": round(max(cpu), 3),
        "ratio": round(middle / base_cpu_ms, 2) if base_cpu_ms else None,
        "memory_mb": round(median(window.memory_mb for window in windows), 2),
        "base_mb": round(median(window.base_bytes for window in windows) / 1e6, 1),
        "threads": last.threads,
        "pictures_per_second": round(median(window.rate("pictures") for window in windows), 3),
        "looks_per_second": round(median(window.rate("looks") for window in windows), 4),
        "lost": sum(window.counts.get("lost", 0) for window in windows),
        "kept_up": kept_up(windows, contender.must),
        "seconds": round(sum(window.seconds for window in windows), 1),
        "beside_seconds": round(sum(window.beside_seconds for window in windows), 1),
        "sender_ms": round(median(window.sender_ms for window in windows), 3),
        "said": dict(last.said),
    }
