"""`bench ingest --scaling`: what a camera costs to read as their number grows, 25 to 400, and the plot of it.

The sizes take turns, round by round, so that a change of the machine meets all of them; the figures are medians of the rounds. A reader that scales costs
no camera more because there are others: no size may cost over 1.2 times the cheapest.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.errors import ResultError
from benchmarks.ingest import FLOOR, contenders
from benchmarks.live import Plan, Progress, measure_all, row_of
from benchmarks.machine import this_machine
from benchmarks.plots import Panel, Series, svg
from benchmarks.results import Result, code_version
from benchmarks.targets import Target, as_json

SIZES = (25, 50, 100, 200, 400)
SPREAD = 1.2


def run(plan: Plan, *, cameras: Sequence[int], transports: Sequence[str], progress: Progress) -> Result:
    """Measures the floor (reading, ring kept) at each size and transport.

    Raises:
        BenchmarkError: the simulator or the reader fails.
    """
    machine, code = this_machine(), code_version()
    among = [one for one in contenders(plan.clip, sorted(cameras), 4.0, transports) if one.key.startswith(FLOOR) and not one.segmented]
    windows, skipped = measure_all(among, plan, progress)
    rows = [row_of(one, windows[one.key], None) for one in among if one.key in windows]
    found = []
    for way in dict.fromkeys(str(row["transport"]) for row in rows):
        of_way = [row for row in rows if row["transport"] == way]
        cheapest = min(row["cpu_ms"] for row in of_way)
        for row in of_way:
            row["ratio"] = round(row["cpu_ms"] / cheapest, 3) if cheapest else None
        dearest = max(of_way, key=lambda row: float(row["cpu_ms"]))
        what = f"the dearest size over {way} ({dearest['cameras']} cameras) to the cheapest"
        found.append(Target(what, dearest["ratio"] or 0.0, SPREAD, "times"))
    settings = {
        "clip": plan.clip.path.name, "cameras": list(cameras), "seconds": plan.seconds, "rounds": plan.rounds, "transports": list(transports),
    }  # fmt: skip
    notes = [f"ratio: to the cheapest size over the same transport; {plan.rounds} rounds in turns, medians"]
    return Result("scaling", machine, code, plan.clip.subject, settings, rows, skipped, notes, as_json(found))


def plot(result: Result) -> str:
    """The plot: CPU per camera-second by the number of cameras, a panel for each transport, with the bound of 1.2 times the cheapest."""
    panels = []
    for way in dict.fromkeys(str(row["transport"]) for row in result.rows):
        rows = sorted((row for row in result.rows if row["transport"] == way), key=lambda row: int(row["cameras"]))
        line = Series(way, [(row["cameras"], row["cpu_ms"]) for row in rows], [(row["cpu_ms_low"], row["cpu_ms_high"]) for row in rows])
        bound = SPREAD * min(row["cpu_ms"] for row in rows)
        panels.append(Panel(f"CPU ms per camera-second, over {way.replace('tcp', 'TCP').replace('udp', 'UDP')}", [line], [(bound, "1.2 times the cheapest")]))
    sizes = sorted({int(row["cameras"]) for row in result.rows})
    title = f"Reading a camera: cost by number of cameras ({result.machine.processor}, {result.code})"
    return svg(title, panels, "cameras in one process", x_ticks=sizes, log_x=True)


def write_plot(text: str, path: Path) -> None:
    """Writes an SVG.

    Raises:
        ResultError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ResultError(f"the plot cannot be written to {path} ({error.strerror})") from error
