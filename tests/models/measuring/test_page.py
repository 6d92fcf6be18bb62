from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.errors import EvaluationError
from models.measuring.page import Text, cell_text, open_page


def test_a_page_holds_both_languages_tables_and_pictures(tmp_path: Path) -> None:
    page = open_page(tmp_path / "report", Text("报告", "Report"), "model <n> 1")
    page.section(Text("精度", "Precision"), Text("一句。", "A sentence."))
    page.table([Text("类别", "class"), Text("值", "value")], [["stall & co", 0.5], ["none", None], ["count", 3]])
    page.drawing("curve", "<svg/>", Text("曲线", "A curve"))
    written = page.write({"map": 0.5, "名": "值"})
    text = written.read_text(encoding="utf-8")
    for part in ("报告", "Report", "精度", "A sentence.", "stall &amp; co", "0.500", "–", "<td>3</td>", 'src="curve.svg"', "model &lt;n&gt; 1"):
        assert part in text
    assert (tmp_path / "report" / "curve.svg").read_text() == "<svg/>"
    assert json.loads((tmp_path / "report" / "figures.json").read_text(encoding="utf-8")) == {"map": 0.5, "名": "值"}


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvaluationError, match="cannot be made"):
        open_page(tmp_path / "file" / "report", Text("", ""), "")


@pytest.mark.parametrize(("cell", "text"), [(0.12345, "0.123"), (7, "7"), (None, "–"), ("0.5 (0.4–0.6)", "0.5 (0.4–0.6)")])
def test_cells(cell: str | int | float | None, text: str) -> None:
    assert cell_text(cell) == text
