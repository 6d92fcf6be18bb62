from __future__ import annotations

import pytest

from curbwatch.wide import cells, pad, table


@pytest.mark.parametrize(("text", "count"), [("", 0), ("V2", 2), ("占道经营", 8), ("《条》", 6), ("ａ１", 4), ("e\u0301", 1), ("ｱ", 1), ("é–×", 3)])
def test_cells(text: str, count: int) -> None:
    assert cells(text) == count


def test_pad_never_cuts() -> None:
    assert pad("店外", 6) == "店外  "
    assert pad("店外经营", 6) == "店外经营"


def test_columns_begin_in_the_same_cell() -> None:
    lines = table(["kind", "名称", "name"], [["V2", "占道经营", "stall"], ["V33", "x", "goods"]])
    assert lines == ["kind  名称      name", "V2    占道经营  stall", "V33   x         goods"]
    assert {cells(line[: line.rindex("  ") + 2]) for line in lines} == {16}


def test_a_table_without_head_or_rows() -> None:
    assert table(None, []) == []
    assert table(None, [["a", ""]]) == ["a"]
