"""Which fields of a result's rows its table shows, under which heads; the same on the terminal and in docs/performance.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.tables import Cell

Columns = Sequence[tuple[str, str]]

LIVE: Columns = (
    ("contender", "title"), ("by", "transport"), ("cameras", "cameras"), ("CPU ms/camera-s", "cpu_ms"), ("low", "cpu_ms_low"), ("high", "cpu_ms_high"),
    ("ratio", "ratio"), ("MB/camera", "memory_mb"), ("MB before", "base_mb"), ("pictures/s", "pictures_per_second"), ("looks/s", "looks_per_second"),
    ("lost", "lost"), ("kept up", "kept_up"),
)  # fmt: skip
TIMED: Columns = (
    ("contender", "title"), ("provider", "provider"), ("batch", "batch"), ("CPU ms/image", "cpu_ms"), ("low", "cpu_ms_low"), ("high", "cpu_ms_high"),
    ("wall ms/image", "wall_ms"), ("ratio", "ratio"), ("images", "images"),
)  # fmt: skip
HELD: Columns = (
    ("reader", "title"), ("by", "transport"), ("seconds", "seconds"), ("CPU ms/camera-s", "cpu_ms"), ("cores", "cores"), ("MB/camera", "memory_mb"),
    ("keyframes", "keyframes"), ("least", "keyframes_least"), ("most", "keyframes_most"), ("missing", "keyframes_missing"), ("damaged", "lost"),
    ("reconnects", "reconnects"),
)  # fmt: skip
LOADED: Columns = (
    ("worker", "title"), ("cores", "cores"), ("looks/s and camera", "looks_per_second"), ("interval, median s", "interval_median"),
    ("slowest s", "interval_slowest"), ("lag told s", "lag_reported"), ("lag measured s", "lag_measured"), ("suspicious", "under_suspicion"),
    ("their interval, median s", "suspicious_median"), ("95 % s", "suspicious_p95"), ("missing", "keyframes_missing"), ("damaged", "lost"),
)  # fmt: skip
TRENDS: Columns = (
    ("quantity", "name"), ("unit", "unit"), ("mean", "mean"), ("slope/h", "slope"), ("95 % from", "low"), ("to", "high"), ("bound", "bound"), ("flat", "flat"),
)  # fmt: skip
ANSWERED: Columns = (
    ("API", "title"), ("what", "what"), ("count", "count"), ("median ms", "p50_ms"), ("95 % ms", "p95_ms"), ("99 % ms", "p99_ms"), ("most ms", "most_ms"),
    ("all, s", "seconds"),
)  # fmt: skip
COUNTED: Columns = (("what", "title"), ("count", "count"))
OF_BENCH: Mapping[str, Columns] = {
    "ingest": LIVE, "scaling": LIVE, "pipeline": LIVE, "infer": TIMED, "hold": HELD, "overload": LOADED, "soak": TRENDS, "kills": COUNTED, "api": ANSWERED,
    "review": ANSWERED,
}  # fmt: skip
SAID = {True: "yes", False: "NO"}


def cells(rows: Sequence[Mapping[str, Any]], columns: Columns) -> list[list[Cell]]:
    """The rows' cells in the order of the columns."""
    return [[SAID.get(value, value) if isinstance(value, bool) else value for value in (row.get(field) for _, field in columns)] for row in rows]
