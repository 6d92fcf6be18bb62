from __future__ import annotations

from typing import Any

import pytest

from benchmarks import ingest, pipeline
from benchmarks.targets import Target, told


@pytest.mark.parametrize(
    ("target", "line"),
    [
        pytest.param(Target("reading", 0.8, 1.0, "ms"), "met    reading: 0.8 ms (at most 1)", id="below"),
        pytest.param(Target("reading", 1.0, 1.0, "ms"), "met    reading: 1 ms (at most 1)", id="just"),
        pytest.param(Target("reading", 1.2, 1.0, "ms"), "MISSED reading: 1.2 ms (at most 1)", id="above"),
        pytest.param(Target("peer", 9.0, 8.0, "times", at_least=True), "met    peer: 9 times (at least 8)", id="a lower bound"),
        pytest.param(Target("reading", 12.0, 9.0, "ms", counts=False), "(over) reading: 12 ms (at most 9; here the ratio counts)", id="another counts"),
    ],
)
def test_a_target_in_a_line(target: Target, line: str) -> None:
    assert told(target.as_json()) == line


def row(key: str, cpu_ms: float, **more: Any) -> dict[str, Any]:
    return {"key": key, "cpu_ms": cpu_ms, "cameras": 100, "transport": "tcp", "memory_mb": 5.0, "looks_per_second": 0.25, **more}


@pytest.mark.parametrize(
    ("dearer", "verdicts"), [pytest.param(False, {9.0: True, 1.3: False}, id="9 ms counts"), pytest.param(True, {9.0: False, 1.3: True}, id="1.3 counts")]
)
def test_reading_and_decoding_is_held_against_the_bare_decode_where_that_is_dearer(dearer: bool, verdicts: dict[float, bool]) -> None:
    rows = [row("curbwatch-floor@100", 0.9), row("curbwatch-floor@100.udp", 2.5, transport="udp"), row("curbwatch-look", 10.8)]
    found = ingest.targets(rows, {"cpu_ms": 8.5, "looks_per_second": 0.25}, dearer=dearer)
    assert [target.need for target in found] == [1.0, 6.0, 3.0, 6.0, 9.0, 1.3, 6.0]
    assert {target.need: target.counts for target in found if target.need in verdicts} == verdicts
    assert next(target for target in found if target.need == 1.3).got == pytest.approx(10.8 / 8.5)


def test_fewer_looks_than_the_bare_parts_were_reckoned_for_make_the_share_smaller() -> None:
    rows = [row(pipeline.OWN, 22.0, looks_per_second=0.2), row(pipeline.PEER, 100.0)]
    found = pipeline.targets(rows, {"cpu_ms": 20.0, "looks_per_second": 0.25}, dearer=True)
    assert [round(target.got, 3) for target in found] == [22.0, round(22 / 16, 3), round(100 / 22, 3)]
    assert [target.met for target in found] == [True, False, False]
