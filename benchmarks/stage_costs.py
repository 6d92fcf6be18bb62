"""Stage costs for `bench capacity`, taken from results of the other benchmarks: this run's files, else the newest of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.capacity import Figure, StageCosts
from benchmarks.errors import ResultError
from benchmarks.infer import SESSION
from benchmarks.ingest import FLOOR, LOOK, base_key
from benchmarks.pipeline import OWN
from benchmarks.published import Card
from benchmarks.results import LEDGER, Result, newest, read_result

CARD_RESULT = "infer-gpu"
"""A run of bench infer has one provider: the one on a core and the one on a card are two results, the second kept as `…-infer-gpu.json`."""
ON_A_CARD = ("cuda", "tensorrt")
MEASURED, DERIVED, ASSUMED = "measured", "derived from measured", "assumed"


def results_for(files: Sequence[Path], folder: Path = LEDGER) -> dict[str, Result]:
    """A result by benchmark: those of `files`, and for the others the newest that is kept; `infer-gpu` is an `infer` that ran on a card, if there is one.

    Raises:
        ResultError: a file cannot be used, or none is kept of `ingest` or `infer`.
    """
    found = {_kind(result): result for result in map(read_result, files)}
    for kind in ("ingest", "infer", CARD_RESULT, "pipeline"):
        kept = None if kind in found else newest(kind, folder)
        if kept is not None:
            found[kind] = read_result(kept)
    for bench in ("ingest", "infer"):
        if bench not in found:
            raise ResultError(f"no result of bench {bench} is kept: run `curbwatch bench {bench} --out FILE` and name it with --from FILE")
    return found


def _kind(result: Result) -> str:
    on_a_card = result.bench == "infer" and any(row["provider"] in ON_A_CARD for row in result.rows)
    return CARD_RESULT if on_a_card else result.bench


def stage_costs(results: dict[str, Result], bit_rate_mbit: float | None = None) -> StageCosts:
    """The costs of each stage with their origins.

    Raises:
        ResultError: a result lacks the rows that are needed.
    """
    ingest, infer = results["ingest"], results["infer"]
    look = ingest.row(LOOK)
    over_tcp = [row for row in ingest.rows if row.get("transport", "tcp") == "tcp"]
    floors = sorted((row for row in over_tcp if base_key(str(row["key"])) == FLOOR), key=lambda row: int(row["cameras"]))
    few = next((row for row in floors if row["cameras"] == look["cameras"]), None)
    if few is None:
        raise ResultError(f"the result of bench ingest of {ingest.machine.at} has no row {FLOOR!r} at {look['cameras']} cameras: run the benchmark anew")
    floor = floors[-1]
    detect = next((row for row in infer.rows if row["key"] == SESSION and row["batch"] == 1 and row["provider"] == "cpu"), None)
    if detect is None:
        raise ResultError(f"the result of bench infer of {infer.machine.at} has no CPU row at batch 1: run `curbwatch bench infer --provider cpu --batch 1`")
    if not look["looks_per_second"]:
        raise ResultError(f"the result of bench ingest of {ingest.machine.at} has no looks: run the benchmark anew")
    decode = max(0.0, look["cpu_ms"] - few["cpu_ms"]) / look["looks_per_second"]
    if bit_rate_mbit is None:
        bit_rate = Figure("bit rate", float(ingest.settings["clip_mbit"]), "Mb/s per camera", MEASURED, f"the clip of {ingest.origin}")
    else:
        bit_rate = Figure("bit rate", bit_rate_mbit, "Mb/s per camera", ASSUMED, "--mbit")
    return StageCosts(
        Figure("reading", floor["cpu_ms"], "CPU ms per camera-second", MEASURED, f"{ingest.origin}, at {floor['cameras']} cameras"),
        Figure("decoding and scaling", round(decode, 2), "CPU ms per look", DERIVED, f"{ingest.origin}, at {look['cameras']} cameras, with looks less without"),
        Figure("detection on a core", detect["cpu_ms"], "CPU ms per look", MEASURED, f"{infer.origin}, {infer.subject}"),
        Figure("memory", max(floor["memory_mb"], look["memory_mb"]), "MB per camera", MEASURED, ingest.origin),
        bit_rate,
    )


def measured_card(results: dict[str, Result]) -> Card | None:
    """The card that `bench infer` ran on, at its best batch; None while it ran on a CPU only."""
    infer = results.get(CARD_RESULT)
    rows = [row for row in infer.rows if row["key"] == SESSION and row["provider"] in ON_A_CARD] if infer else []
    if infer is None or not rows or not infer.machine.cards:
        return None
    best = min(rows, key=lambda row: float(row["wall_ms"]))
    holds = f"inference, {best['provider']}, batch {best['batch']}"
    return Card(infer.machine.cards[0].split(",")[0], str(infer.settings["model"]), float(best["wall_ms"]), holds, infer.origin, measured=True)


def cross_check(results: dict[str, Result], costs: StageCosts) -> str | None:
    """The whole pipeline as it was measured beside the sum of its stages, in a sentence; None where it was not measured."""
    pipeline = results.get("pipeline")
    if pipeline is None:
        return None
    row = pipeline.row(OWN)
    rate = float(row["looks_per_second"])
    total = costs.read.value + rate * (costs.decode.value + costs.detect.value)
    return (
        f"the pipeline was measured whole at {row['cpu_ms']:.1f} CPU ms per camera-second ({rate:.3f} looks a second, {pipeline.origin}); "
        f"the stages above add up to {total:.1f}"
    )
