from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.measuring.looked import Looked
from models.measuring.set_report import measure, write_report

NAMES = ("stall", "parasol")


@pytest.fixture
def pictures(looked: Callable[..., Looked], tmp_path: Path) -> list[Looked]:
    path = tmp_path / "street.jpg"
    cv2.imwrite(str(path), np.full((100, 200, 3), 120, np.uint8))
    found = [(0, 0, 50, 50, 0.9, 0), (100, 50, 130, 90, 0.6, 1)]
    return [
        looked(found, [(0, 0, 50, 48, 0)], origin="a", path=path),
        looked(found[:1], [(2, 0, 50, 50, 0), (150, 10, 190, 90, 1)], origin="b", path=path),
        looked([(0, 0, 20, 20, 0.4, 0)], origin="c", path=path),
    ]


def test_the_page_has_every_figure_curve_and_sheet(pictures: list[Looked], tmp_path: Path) -> None:
    measured = measure(pictures, NAMES, {}, of=[0])
    page = write_report(tmp_path / "report", "tiny 1", {"model": "tiny"}, measured, pictures, NAMES, {})
    folder = page.parent
    pictures_of_it = {"precision_recall_1.svg", "roc.svg", "reliability.svg", "confusion.svg", "misses_1.jpg", "false_alarms_1.jpg"}
    assert pictures_of_it | {"index.html", "figures.json"} == {path.name for path in folder.iterdir()}
    text = page.read_text(encoding="utf-8")
    assert all(name in text for name in pictures_of_it)
    assert "模型评估报告" in text
    assert "How good the model is" in text
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    assert figures["model"] == "tiny"
    assert figures["classes"][0]["ap50"] == pytest.approx(0.995)
    assert figures["confusion"]["counts"][0][0] == 2
    assert figures["ranking"]["auc"] == 1.0
    assert set(figures["intervals"]) == {"ap", "ap50"}
    assert figures["by_size"]["medium"]["labels"] == 3


def test_ranking_needs_pictures_of_both_kinds(pictures: list[Looked]) -> None:
    with pytest.raises(ValueError, match="both kinds"):
        measure(pictures[:2], NAMES, {}, of=[0])
    assert measure(pictures[:2], NAMES, {}).ranking is None
