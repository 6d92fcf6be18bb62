from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.errors import EvaluationError
from models.measuring.scores import read_scores

Write = Callable[..., Path]


def test_lines_of_detect_are_read(scores_file: Write) -> None:
    path = scores_file(
        {
            "a": [
                ("stall", 0.4, 0.9, (0.1, 0.2, 0.5, 0.8), {"detector": -1.0, "crop": 2.0}),
                ("goods_out", 0.2, 0.1, (0, 0, 1, 1), {"detector": 0, "crop": 1}),
            ],
            "b": [],
        }
    )
    found = read_scores([path])
    assert sorted(found) == ["a", "b"]
    one = found["a"]
    assert one.classes == ("stall", "goods_out")
    np.testing.assert_allclose(one.xyxy[0], [0.1, 0.2, 0.5, 0.8], atol=1e-6)
    np.testing.assert_allclose(one.verified, [0.9, 0.1])
    np.testing.assert_allclose(one.voices["crop"], [2.0, 1.0])
    assert one.has_verified
    assert len(found["b"].scores) == 0


def test_a_line_without_verifier_says_so(scores_file: Write) -> None:
    assert not read_scores([scores_file({"a": [("stall", 0.4, None, (0, 0, 1, 1), None)]})])["a"].has_verified


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param("no json\n", r"line 1: .*detect --json", id="no JSON"),
        pytest.param('{"image": "a.jpg"}\n', r"line 1: KeyError 'detections'", id="a field is missing"),
        pytest.param(
            '{"image": "a.jpg", "width": 9, "height": 9, "model": "m", "detections": [{"class": "stall", "score": 1, "xyxy": [1, 2]}]}\n',
            "line 1",
            id="a box of two sides",
        ),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "scores.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationError, match=says):
        read_scores([path])


def test_a_picture_is_held_back_once(scores_file: Write, tmp_path: Path) -> None:
    first, second = scores_file({"a": []}, "1.jsonl"), scores_file({"a": []}, "2.jsonl")
    with pytest.raises(EvaluationError, match="a was scored already"):
        read_scores([first, second])
    with pytest.raises(EvaluationError, match=r"gone\.jsonl"):
        read_scores([tmp_path / "gone.jsonl"])
