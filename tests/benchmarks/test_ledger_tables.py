from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.errors import ResultError
from benchmarks.ledger_tables import as_markdown, write, written
from benchmarks.results import Result, write_result
from benchmarks.targets import Target, as_json

DOCUMENT = "# Title\n\n<!-- ledger: ingest -->\nold\n<!-- end -->\n\nwords\n<!-- ledger: ingest-h265 -->\n<!-- end -->\n"


def test_a_result_becomes_a_table_without_empty_columns(ingest_result: Result) -> None:
    held = as_json([Target("reading", 1.2, 1.0, "ms"), Target("memory", 4.0, 6.0, "MB")])
    text = as_markdown(replace(ingest_result, targets=held, skipped={"motion": "it is not installed"}))
    head = next(line for line in text.splitlines() if line.startswith("| contender"))
    assert "kept up" not in head
    assert "| curbwatch-look |  | 40 | 7.10 | 4.50 | 0.25 |" in text
    assert "- **missed** reading: 1.2 ms (at most 1)" in text
    assert "- memory: 4 MB (at most 6)" in text
    assert "- skipped motion: it is not installed" in text


def test_a_document_gets_the_newest_of_each_name(tmp_path: Path, ingest_result: Result) -> None:
    for day, code in (("2026-11-24", "0ldc0de"), ("2026-11-25", "newc0de")):
        write_result(replace(ingest_result, code=code), tmp_path / f"{day}-ingest.json")
    after = written(DOCUMENT, tmp_path)
    assert "newc0de" in after
    assert "0ldc0de" not in after
    assert "old\n" not in after
    assert after.endswith("<!-- ledger: ingest-h265 -->\nNot measured yet.\n<!-- end -->\n")
    assert written(after, tmp_path) == after


def test_a_document_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"none\.md cannot be written anew"):
        write(tmp_path / "none.md", tmp_path)
