from __future__ import annotations

from typing import Any

import pytest

from detector.worker.value import value_of, value_of_manifest
from evidence.named import weight_in


@pytest.mark.parametrize(
    ("dearer", "cheaper"),
    [
        pytest.param(("B", "confirmed", 0.1), ("C", "confirmed", 0.9), id="a grade counts as much as the whole range of the score"),
        pytest.param(("C", "confirmed", 0.8), ("C", "confirmed", 0.7), id="of one grade the surer"),
        pytest.param(("C", "confirmed", 0.5, 1.5), ("C", "confirmed", 0.7), id="in its hours it weighs more"),
        pytest.param(("C", "confirmed", 0.0), ("C", "ended", 0.9), id="an end is worth little without its beginning"),
        pytest.param(("B", "confirmed", 0.5), ("C", "confirmed", 0.9, 1.5), id="a heavy lead is not worth a case"),
    ],
)
def test_what_goes_first(dearer: tuple[Any, ...], cheaper: tuple[Any, ...]) -> None:
    assert value_of(*dearer) > value_of(*cheaper)


@pytest.mark.parametrize(
    ("thresholds", "weight"),
    [
        pytest.param({}, 1.0, id="none"),
        pytest.param({"weight": 1.5}, 1.5, id="a weight"),
        pytest.param({"weight": 2}, 2.0, id="a whole one"),
        pytest.param({"weight": True}, 1.0, id="no number"),
        pytest.param({"weight": "2"}, 1.0, id="a text"),
        pytest.param({"weight": 0.1}, 1.0, id="less than one is none"),
        pytest.param({"weight": 11}, 1.0, id="more than a catalogue may say is none"),
    ],
)
def test_the_weight_of_a_rule(thresholds: dict[str, Any], weight: float) -> None:
    assert weight_in(thresholds) == weight


def test_a_manifest_s_value_is_of_its_zoom_look_else_of_its_best_sample() -> None:
    manifest: dict[str, Any] = {
        "grade": "C", "phase": "confirmed", "stay": {"samples": [{"score": 0.4}, {"score": None}, {"score": 0.6}]},
        "rule": {"thresholds": {"weight": 1.5}},
    }  # fmt: skip
    assert value_of_manifest(manifest) == pytest.approx(0.9)
    assert value_of_manifest(manifest | {"zoom_look": {"score": 0.2}}) == pytest.approx(0.3)
    assert value_of_manifest({"grade": "B", "phase": "ended"}) == 0.0
    assert value_of_manifest({}) == 0.0
