"""The whole bench, small: the served API and the peer, asked by four clients and brought packets with receipts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.case_api import deliveries, rows, run
from benchmarks.case_api.clients import Taken
from benchmarks.case_api.run import Plan
from evidence.signing import SigningKey


def test_figures_of_answers() -> None:
    taken = Taken()
    other = Taken()
    for number in range(100):
        (taken if number % 2 else other).add("list", (number + 1) / 1000)
    taken.merge(other)
    (row,) = taken.rows("x")
    assert row == {"key": "x/list", "title": "x", "what": "list", "count": 100, "p50_ms": 51.0, "p95_ms": 96.0, "p99_ms": 100.0, "most_ms": 100.0}


def test_every_third_packet_goes_on_with_an_act_that_was_brought_before() -> None:
    key = SigningKey.generate()
    manifests = [json.loads(parcel.body)["manifest"] for parcel in deliveries.parcels(90, key, "worker", 1)]
    seen: dict[str, int] = {}
    went_on = 0
    for number, manifest in enumerate(manifests):
        if manifest["phase"] == "continued":
            went_on += 1
            assert number - seen[manifest["act_id"]] >= deliveries.BEFORE, "its act came well before, so that no other sender has it in hand"
            assert manifest["ordinal"] == 1
        else:
            seen[manifest["act_id"]] = number
    assert 15 <= went_on <= 30
    assert len({manifest["packet_id"] for manifest in manifests}) == 90


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_small_city(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setattr(rows, "OPEN", 200)
    monkeypatch.setattr(run, "BURST_SECONDS", 5.0)
    monkeypatch.setattr(deliveries, "BEFORE", 2)
    folder = reachable(tmp_path_factory)
    result = run.run(Plan(folder, cases=1000, seconds=2, burst=10, steady_seconds=1, databases=(database,)), lambda said: None)
    ours = {row["what"]: row for row in result.rows if row["title"] == f"curbwatch, {database}"}
    looked = {"list", "list deep", "filter", "filter that finds little", "search", "claim", "decide"}
    assert looked | {"packet (burst)", "packet with its files (steady)"} <= ours.keys()
    assert (ours["packets with receipt (burst)"]["count"], ours["packet with its files (burst)"]["count"]) == (10, 10)
    assert {row["what"] for row in result.rows if row["title"].startswith("plain")} >= {"list", "search", "claim", "decide", "packet (burst)"}
    assert any(what.startswith("filter that finds little: ") for what in ours), "each query has its own row"
    assert len(result.targets) == 9


def reachable(factory: pytest.TempPathFactory) -> Path:
    """A folder that another user may enter, who runs PostgreSQL where root runs the tests."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="curbwatch-bench-"))
    folder.chmod(0o755)
    return folder
