from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.errors import ResultError
from benchmarks.results import Result, write_result
from benchmarks.stage_costs import cross_check, measured_card, results_for, stage_costs


def test_stages_come_from_the_rows_with_their_origin(ingest_result: Result, infer_result: Result) -> None:
    costs = stage_costs({"ingest": ingest_result, "infer": infer_result})
    assert [round(one.value, 2) for one in costs.all()] == [0.5, 26.0, 55.0, 4.5, 3.0]
    assert costs.decode.kind == "derived from measured"
    assert "Test CPU, 2026-11-25, abc1234" in costs.read.source


def test_a_bit_rate_of_the_users_own_is_an_assumption(ingest_result: Result, infer_result: Result) -> None:
    rate = stage_costs({"ingest": ingest_result, "infer": infer_result}, 2.0).bit_rate
    assert (rate.value, rate.kind) == (2.0, "assumed")


def test_no_card_was_measured_on_a_cpu_and_the_best_batch_counts_on_a_gpu(infer_result: Result) -> None:
    assert measured_card({"infer": infer_result}) is None
    assert measured_card({"infer": infer_result, "infer-gpu": infer_result}) is None
    rows = [{**infer_result.rows[0], "provider": "tensorrt", "batch": batch, "wall_ms": ms} for batch, ms in ((1, 2.0), (16, 0.9))]
    card = measured_card({"infer-gpu": replace(infer_result, rows=rows, machine=replace(infer_result.machine, cards=("NVIDIA T4, 16 GiB, 580.1",)))})
    assert card is not None
    assert (card.name, card.ms_per_look, card.measured) == ("NVIDIA T4", 0.9, True)


def test_the_whole_pipeline_is_held_against_the_sum(ingest_result: Result, infer_result: Result) -> None:
    results = {"ingest": ingest_result, "infer": infer_result}
    costs = stage_costs(results)
    assert cross_check(results, costs) is None
    pipeline = replace(ingest_result, bench="pipeline", rows=[{"key": "curbwatch-pipeline", "cpu_ms": 21.0, "looks_per_second": 0.25}])
    assert "21.0 CPU ms" in (cross_check({**results, "pipeline": pipeline}, costs) or "")
    assert "add up to 20.8" in (cross_check({**results, "pipeline": pipeline}, costs) or "")


def test_files_come_before_the_ledger_and_its_newest_before_older(tmp_path: Path, ingest_result: Result, infer_result: Result) -> None:
    for day, code in (("2026-11-24", "old"), ("2026-11-25", "new")):
        write_result(replace(ingest_result, code=code), tmp_path / f"{day}-ingest.json")
    write_result(replace(ingest_result, code="variant"), tmp_path / "2026-11-26-ingest-h265.json")
    write_result(infer_result, tmp_path / "2026-11-25-infer.json")
    write_result(replace(infer_result, code="mine"), tmp_path / "elsewhere.json")
    assert results_for([], tmp_path)["ingest"].code == "new"
    assert results_for([tmp_path / "elsewhere.json"], tmp_path)["infer"].code == "mine"


def test_a_run_on_a_card_stands_beside_the_one_on_a_core(tmp_path: Path, ingest_result: Result, infer_result: Result) -> None:
    for name, result in (("ingest", ingest_result), ("infer", infer_result)):
        write_result(result, tmp_path / f"2026-11-25-{name}.json")
    rows = [{**infer_result.rows[0], "provider": "cuda", "batch": 16, "wall_ms": 0.4}]
    write_result(replace(infer_result, rows=rows, machine=replace(infer_result.machine, cards=("NVIDIA H200, 143771 MiB, 580.1",))), tmp_path / "card.json")
    results = results_for([tmp_path / "card.json"], tmp_path)
    assert stage_costs(results).detect.value == 55.0
    card = measured_card(results)
    assert card is not None
    assert (card.name, card.ms_per_look) == ("NVIDIA H200", 0.4)


def test_an_empty_ledger_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"run `curbwatch bench ingest --out FILE`"):
        results_for([], tmp_path)


def test_rows_that_are_missing_are_named(ingest_result: Result, infer_result: Result) -> None:
    with pytest.raises(ResultError, match="no row 'curbwatch-look'"):
        stage_costs({"ingest": replace(ingest_result, rows=ingest_result.rows[:1]), "infer": infer_result})
    with pytest.raises(ResultError, match="no row 'curbwatch-floor' at 40 cameras"):
        stage_costs({"ingest": replace(ingest_result, rows=ingest_result.rows[1:]), "infer": infer_result})
    with pytest.raises(ResultError, match="no CPU row at batch 1"):
        stage_costs({"ingest": ingest_result, "infer": replace(infer_result, rows=[])})
