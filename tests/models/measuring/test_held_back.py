from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.errors import EvaluationError
from models.measuring import held_back
from models.measuring.scores import read_scores
from models.photographs import PhotoBox, Photograph

Make = Callable[..., Photograph]
Write = Callable[..., Path]
HALF = (0.0, 0.0, 0.5, 1.0)


def box(name: str = "stall", xyxy: tuple[float, float, float, float] = HALF, **marks: bool) -> PhotoBox:
    return PhotoBox(xyxy, name, **marks)


@pytest.mark.parametrize(
    ("labels", "found", "label", "passed"),
    [
        pytest.param([box()], [HALF], [0], [False], id="found"),
        pytest.param([box("goods_out")], [HALF], [0], [False], id="the class is not compared"),
        pytest.param([box()], [HALF, HALF], [0, -1], [False, False], id="said twice"),
        pytest.param([box()], [(0.0, 0.0, 0.5, 0.45)], [-1], [False], id="IoU 0.45 is too little"),
        pytest.param([box(group=True)], [(0.0, 0.0, 0.5, 0.45)], [0], [False], id="but enough for a group"),
        pytest.param([box(difficult=True)], [HALF], [-1], [True], id="too hard to judge: neither right nor wrong"),
        pytest.param([box(difficult=True), box(xyxy=(0.5, 0, 1, 1))], [HALF, (0.5, 0, 1, 1)], [-1, 0], [True, False], id="a hard one beside"),
        pytest.param([box("parasol")], [HALF], [-1], [False], id="a parasol is nothing sold"),
        pytest.param([box(), box(xyxy=(0.0, 0.0, 0.5, 0.9))], [(0.0, 0.0, 0.5, 0.92)], [1], [False], id="the label that it overlaps most"),
    ],
)
def test_what_a_box_found(labels: list[PhotoBox], found: list[tuple[float, ...]], label: list[int], passed: list[bool], photograph: Make) -> None:
    one = photograph("a", *labels)
    hard = [hard for hard in one.boxes if hard.difficult]
    got = held_back.pair(np.array(found, np.float32), one.counted, hard)
    assert (got[0].tolist(), got[1].tolist()) == (label, passed)


def test_a_picture_s_score_is_its_best_verified_box_of_the_eight_surest_of_selling(photograph: Make, scores_file: Write) -> None:
    nine = [("stall", 0.9 - 0.1 * i, 0.1 * i, (0, 0, 1, 1), None) for i in range(9)]
    path = scores_file({"a": [("parasol", 0.99, 0.99, (0, 0, 1, 1), None), *nine], "b": []})
    first, second = held_back.judge([photograph("a", box()), photograph("b")], read_scores([path]))
    assert len(first.scores) == 8
    assert first.score == pytest.approx(0.7)  # the ninth, of 0.8, is not among the eight
    assert second.score == 0.0


def test_figures_of_whole_pictures_and_boxes(photograph: Make, scores_file: Write) -> None:
    tall, low = box(xyxy=(0.0, 0.0, 0.5, 1.0)), box(xyxy=(0.6, 0.5, 0.8, 0.6))
    photographs = [photograph("p1", tall, low), photograph("p2", low), photograph("hard", box(difficult=True))] + [photograph(f"n{i}") for i in range(20)]
    lines = {
        "p1": [("stall", 0.9, 0.9, (0, 0, 0.5, 1), None), ("stall", 0.8, 0.8, (0.9, 0.9, 1, 1), None)],
        "p2": [("stall", 0.2, 0.2, (0.6, 0.5, 0.8, 0.6), None)],
        "hard": [("stall", 0.9, 0.9, (0, 0, 0.5, 1), None)],
        "n0": [("goods_out", 0.95, 0.95, (0, 0, 1, 1), None)],
        "n1": [("goods_out", 0.3, 0.3, (0, 0, 1, 1), None)],
    } | {f"n{i}": [] for i in range(2, 20)}
    judged = held_back.judge(photographs, read_scores([scores_file(lines)]))
    figures = held_back.figures(judged, times=20)
    assert (figures.ranking.positives, figures.ranking.negatives, figures.left_out) == (2, 20, 1)
    assert figures.ranking.recall == 0.5  # one negative in twenty may be flagged: the threshold lies above 0.3
    assert figures.box_recall == pytest.approx(1 / 3)
    assert figures.box_precision == 0.5
    assert {name: (one.labels, one.recall) for name, one in figures.by_height.items()} == {"height 8-15 %": (2, 0.0), "height above 30 %": (1, 1.0)}
    assert [one.photograph.id for one in held_back.misses(judged, figures.ranking.threshold)] == ["p2"]
    assert [one.photograph.id for one in held_back.false_alarms(judged, figures.ranking.threshold)] == ["n0"]
    fixed = held_back.at_threshold(judged, 0.15)
    assert (fixed.recall, fixed.flagged, fixed.precision) == (1.0, 0.1, 0.5)
    assert fixed.box_recall == pytest.approx(2 / 3)


def test_covered_stalls_are_told_apart(photograph: Make, scores_file: Write) -> None:
    photographs = [photograph("a", box(covered=True)), photograph("b", box(covered=True), view="elevated")]
    photographs += [photograph("c", box()), photograph("d", box())]
    path = scores_file({"a": [("stall", 0.9, 0.9, HALF, None)], "b": [], "c": [("stall", 0.9, 0.8, HALF, None)], "d": [("stall", 0.1, 0.1, HALF, None)]})
    path.write_text(path.read_text(encoding="utf-8").replace('"verified": 0.9', '"verified": 0.9, "covered": 0.7'), encoding="utf-8")
    judged = held_back.judge(photographs, read_scores([path]))
    assert held_back.covered_figures(judged, 0.5) == held_back.CoveredFigures(labels=2, found=1, told=1, others=1, wrongly=0)
    assert [one.photograph.id for one in held_back.elevated(judged)] == ["b"]
    assert held_back.covered_figures([], 0.5) is None


def test_what_is_missing_is_told(photograph: Make, scores_file: Write) -> None:
    path = scores_file({"a": [("stall", 0.9, None, HALF, None)]})
    with pytest.raises(EvaluationError, match=r"1 of 2 photographs were not scored, b first"):
        held_back.judge([photograph("a"), photograph("b")], read_scores([path]))
    with pytest.raises(EvaluationError, match="without a verifier"):
        held_back.judge([photograph("a")], read_scores([path]))
    only = held_back.judge([photograph("a", box())], read_scores([path]), held_back.by_detector)
    with pytest.raises(EvaluationError, match="1 positives and 0 negatives"):
        held_back.figures(only)
