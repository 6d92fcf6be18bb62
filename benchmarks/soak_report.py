"""What a soak's log says: the trend of each quantity, the verdict, and the plots."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.errors import ResultError
from benchmarks.flatness import Trend, trend
from benchmarks.plots import Panel, Series, svg
from benchmarks.targets import Target

SCHEMA = "curbwatch.soak/1"
Samples = Sequence[Mapping[str, Any]]

WATCHED: tuple[tuple[str, str, str, str, Callable[[float], float]], ...] = (
    ("own_mib", "memory of the worker", "MiB", "ring_mib", lambda mean: 0.03 * mean),
    ("worker_mib", "memory of the worker with its children", "MiB", "ring_mib", lambda mean: 0.05 * mean),
    ("ring_mib", "what the rings hold", "MiB", "not_live", lambda mean: 0.05 * mean),
    ("reader_tasks", "asyncio tasks of the reader", "tasks", "not_live", lambda mean: 1.0),
    ("file_descriptors", "file descriptors of the worker", "descriptors", "sockets", lambda mean: 2.0),
    ("threads", "threads of the worker and its children", "threads", "not_live", lambda mean: 1.0),
    ("children", "child processes", "processes", "not_live", lambda mean: 1.0),
    ("sound_lag_mean", "look lag, mean of the sound cameras", "s", "not_live", lambda mean: 0.25),
)
"""Field, name, unit, what the faults of the moment move it by, and the growth an hour (by the mean level) that is still flat. Memory beside what the rings
hold (a camera that comes back fills its ring for twelve seconds), descriptors beside the sockets of live cameras (one that refused TCP stays on UDP)."""


def read_log(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The head and the samples of a soak's log; a last line that was cut off is passed over.

    Raises:
        ResultError: it cannot be read, or is no such log.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise ResultError(f"the log {path} cannot be read ({error.strerror})") from error
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    if not found or found[0].get("schema") != SCHEMA:
        raise ResultError(f"{path} is no log of `curbwatch bench soak`")
    return found[0], [one for one in found[1:] if "schema" not in one]


def trends(samples: Samples) -> list[Trend]:
    """The trend of each quantity that can be told."""
    found = []
    for field, name, unit, moved_by, bound in WATCHED:
        beside = {float(one["seconds"]): float(one.get(moved_by, one["not_live"])) for one in samples}
        values = [(int(one["run"]), float(one["seconds"]), float(one[field])) for one in samples if one.get(field) is not None]
        if values:
            mean = sum(value for _, _, value in values) / len(values)
            one = trend(name, unit, values, bound(mean), beside)
            if one is not None:
                found.append(one)
    return found


def targets(found: Sequence[Trend], samples: Samples) -> list[Target]:
    """Each trend, and that the cameras without a fault stayed live and were never connected anew."""
    held = [Target(f"{one.name}: growth an hour, with 95 % confidence at most", one.high, one.bound, one.unit) for one in found]
    if samples:
        fewest = min(one["sound_live"] / max(1, one["sound"]) for one in samples if one["seconds"] > 60) if samples[-1]["seconds"] > 60 else 1.0
        held.append(Target("sound cameras live, at the worst sample", fewest, 1.0, "of them", at_least=True))
        restarts = [max(one["sound_reconnects"] for one in samples if one["run"] == run) for run in {one["run"] for one in samples}]
        held.append(Target("reconnects of sound cameras", sum(restarts), 0, "reconnects"))
        held.append(Target("restarts of the worker", max(one["restarts"] for one in samples), 0, "restarts"))
    return held


def rows(found: Sequence[Trend]) -> list[dict[str, Any]]:
    """The trends as rows of a result."""
    return [{"key": one.name, **asdict(one), "flat": one.flat} for one in found]


def plot(head: Mapping[str, Any], samples: Samples) -> str:
    """Memory; tasks, descriptors, threads; lag; what the faults did."""
    minutes = [one["seconds"] / 60 for one in samples]

    def line(field: str, name: str) -> Series:
        return Series(name, [(at, float(one[field])) for at, one in zip(minutes, samples, strict=True) if one.get(field) is not None])

    panels = [
        Panel("Memory, MiB", [line("own_mib", "worker"), line("worker_mib", "with its children"), line("ring_mib", "rings")]),
        Panel(
            "Open",
            [
                line("file_descriptors", "file descriptors"),
                line("sockets", "sockets of live cameras"),
                line("reader_tasks", "asyncio tasks"),
                line("threads", "threads"),
            ],
        ),
        Panel("Look lag of sound cameras, s", [line("sound_lag_max", "highest"), line("sound_lag_mean", "mean")]),
        Panel("Cameras at fault", [line("not_live", "not live"), line("at_fault", "told to do wrong")]),
    ]
    title = f"Soak: {head['cameras']} cameras, {head['faulty']} of them at random faults, seed {head['seed']}"
    return svg(title, panels, "minutes")
