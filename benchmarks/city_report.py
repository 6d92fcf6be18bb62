"""The report of `bench capacity`: the city, every input with its origin, what each kind of machine would have to be bought, and what is not known."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.capacity import NOT_MEASURED, City, Need, StageCosts, needs
from benchmarks.errors import BenchmarkError, ResultError
from benchmarks.published import CARDS, SERVERS, Card, Server
from benchmarks.results import SCHEMA, Result
from benchmarks.stage_costs import cross_check, measured_card, results_for, stage_costs
from benchmarks.tables import Cell, table

OWN_FORM = re.compile(r"(\d+):(\d+(?:\.\d+)?):(\d+(?:\.\d+)?):(\d+)")


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that `bench capacity` tells."""

    city: City
    costs: StageCosts
    needs: Sequence[Need]
    cards: Sequence[Card]
    check: str | None

    def as_json(self) -> dict[str, Any]:
        """The object that is printed and kept."""
        return {
            "schema": SCHEMA,
            "bench": "capacity",
            "city": {**asdict(self.city), "looks_per_second": round(self.city.looks_per_second, 1)},
            "inputs": [asdict(figure) for figure in self.costs.all()],
            "cards": [{**asdict(card), "ms_per_look": round(card.ms_per_look, 3)} for card in self.cards],
            "needs": [need.as_json() for need in self.needs],
            "check": self.check,
            "not_measured": list(NOT_MEASURED),
        }


def make(city: City, machines: Sequence[str], cards: Sequence[str], files: Sequence[Path], mbit: float | None) -> Report:
    """Reads the results and multiplies.

    Raises:
        BenchmarkError: a machine or card that there is not, or results that are missing or faulty.
    """
    results = results_for(files)
    costs = stage_costs(results, mbit)
    measured = measured_card(results)
    servers = [server_named(name, results["ingest"]) for name in machines or ("measured", *SERVERS)]
    ways = [card_named(name, measured) for name in cards] if cards else [None, CARDS["t4"], *([measured] if measured else [])]
    pairs = [(server, card) for server in servers for card in ways if card is None or server.slots or machines]
    found = [need for server, card in pairs for need in needs(city, costs, [server], [card])]
    return Report(city, costs, found, [card for card in ways if card], cross_check(results, costs))


def server_named(name: str, ingest: Result) -> Server:
    """A machine by name, `measured`, or `cores:memory_gib:network_gbit:slots`.

    Raises:
        BenchmarkError: there is none of this name.
    """
    if name == "measured":
        machine = ingest.machine
        return Server(f"measured: {machine.processor}, {machine.cores} cores, {machine.memory_gib:.0f} GiB", machine.cores, machine.memory_gib, None, 0)
    if name in SERVERS:
        return SERVERS[name]
    own = OWN_FORM.fullmatch(name)
    if own is None or int(own[1]) == 0 or float(own[2]) == 0 or float(own[3]) == 0:
        raise BenchmarkError(f"no machine {name!r}: there are measured, {', '.join(SERVERS)}, or write cores:memory_gib:network_gbit:slots, as 48:192:25:2")
    return Server(f"{own[1]} cores, {own[2]} GiB, {own[3]} Gb/s", int(own[1]), float(own[2]), float(own[3]), int(own[4]))


def card_named(name: str, measured: Card | None) -> Card | None:
    """A card by name; `none` is detection on the cores.

    Raises:
        BenchmarkError: there is none of this name.
    """
    if name == "none":
        return None
    if name == "measured":
        if measured is None:
            raise BenchmarkError("no result of bench infer on a GPU is kept: run `curbwatch bench infer --provider cuda --out FILE` on one, then --from FILE")
        return measured
    if name not in CARDS:
        raise BenchmarkError(f"no card {name!r}: there are none, measured, {', '.join(CARDS)}")
    return CARDS[name]


def keep(report: Report, path: Path) -> None:
    """Keeps the report as a file.

    Raises:
        ResultError: the file cannot be written.
    """
    try:
        path.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise ResultError(f"the report cannot be written to {path} ({error.strerror})") from error


def as_text(report: Report) -> str:
    """The report for people."""
    city = report.city
    busy = f"{city.busy_share:.0%} busy (a look per {city.busy_seconds:g} s), the others calm (per {city.calm_seconds:g} s)"
    head = f"bench capacity: {city.cameras:,} cameras, {busy}: {city.looks_per_second:,.0f} looks a second; machines and cards filled to {city.fill:.0%}"
    inputs: list[list[Cell]] = [[one.name, one.value, one.unit, one.kind, one.source] for one in report.costs.all()]
    for card in report.cards:
        kind = "measured" if card.measured else "published"
        inputs.append([f"detection on {card.name}", card.ms_per_look, "card ms per look", kind, f"{card.source}: {card.model}, {card.holds}"])
    rows: list[list[Cell]] = []
    for need in report.needs:
        way = f"{need.card.name}, {need.card.model}" if need.card else "on the cores"
        rows.append([need.server.name, way, need.machines, need.cards, need.cores, need.busy_cards if need.card else None, need.bottleneck])
    parts = [
        head,
        table(["input", "value", "unit", "kind", "from"], inputs),
        table(["machine", "detection", "machines", "cards", "busy cores", "busy cards", "bottleneck"], rows),
        *([f"Check: {report.check}."] if report.check else []),
        "Not measured:\n" + "\n".join(f"- {what}" for what in NOT_MEASURED),
    ]
    return "\n\n".join(parts)
