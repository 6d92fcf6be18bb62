from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.errors import ResultError
from benchmarks.results import LEDGER, SCHEMA, Result, read_result, write_result


def test_what_is_kept_is_read_again(tmp_path: Path, ingest_result: Result) -> None:
    path = tmp_path / "deeper" / "ingest.json"
    write_result(ingest_result, path)
    again = read_result(path)
    assert again.machine == ingest_result.machine
    assert again.rows == ingest_result.rows
    assert json.loads(path.read_text())["schema"] == SCHEMA


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "is not JSON", id="empty"),
        pytest.param("[1]", "no schema", id="JSON of another kind"),
        pytest.param('{"schema": "curbwatch.bench/1", "bench": "ingest"}', "not a whole result", id="cut"),
        pytest.param('{"schema": "curbwatch.bench/1", "machine": {"cards": [], "wheels": 4}}', "not a whole result", id="an unknown field"),
    ],
)
def test_a_file_that_is_no_result(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(content)
    with pytest.raises(ResultError, match=message):
        read_result(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="cannot be read"):
        read_result(tmp_path / "none.json")


@pytest.mark.parametrize("path", sorted(LEDGER.glob("*.json")), ids=lambda path: path.name)
def test_every_result_in_the_ledger_can_be_read(path: Path) -> None:
    result = read_result(path)
    assert path.stem.endswith(result.bench) or f"-{result.bench}-" in path.stem
    assert result.rows
