from __future__ import annotations

import pytest

from benchmarks.tables import cell_text, table


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        pytest.param(None, "", id="nothing"),
        pytest.param(8000, "8,000", id="thousands"),
        pytest.param(0.0123, "0.012", id="a small share"),
        pytest.param(0.5, "0.50", id="under one"),
        pytest.param(21.37, "21.4", id="tens"),
        pytest.param(186.2, "186", id="hundreds"),
        pytest.param(0.0, "0.00", id="zero"),
        pytest.param("车", "车", id="text"),
    ],
)
def test_cells(cell: str | float | None, text: str) -> None:
    assert cell_text(cell) == text


def test_numbers_stand_at_the_right_and_texts_at_the_left() -> None:
    assert table(["who", "ms"], [["a", 1.5], ["bcd", None], ["e", 100.0]]).splitlines() == ["who    ms", "---  ----", "a    1.50", "bcd", "e     100"]


def test_no_rows_leave_the_header() -> None:
    assert table(["who", "ms"], []).splitlines() == ["who  ms", "---  --"]
