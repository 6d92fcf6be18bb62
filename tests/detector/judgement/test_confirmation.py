"""The last word of a zoom look."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detector.judgement.confirmation import put_off, zoom_verdict
from detector.judgement.values import Stay, Thing, ViewState, Zoom
from evidence.kinds import Kind, load_catalogue

from .street import NOON

PLACE = (0.4, 0.4, 0.6, 0.7)


def stay(stay_id: str = "s") -> Stay:
    return Stay(stay_id, 0.0, NOON, 10.0, NOON, 10.0, PLACE, (), {"stall": 3.0})


@pytest.fixture
def kind() -> Kind:
    found = load_catalogue().kind("V2")
    assert found is not None
    return found.model_copy(update={"minimum_score": 0.3})


@pytest.mark.parametrize(
    ("things", "needed", "verdict"),
    [
        pytest.param((), {}, Zoom(False, None), id="nothing is seen"),
        pytest.param((Thing("stall", PLACE, 0.5),), {}, Zoom(True, 0.5, PLACE), id="the detector alone is enough"),
        pytest.param((Thing("stall", PLACE, 0.2),), {}, Zoom(False, 0.2, PLACE), id="less than the kind asks"),
        pytest.param((Thing("stall", PLACE, 0.5),), {"stall": 0.6}, Zoom(False, 0.5, PLACE), id="less than the verifier asks"),
        pytest.param((Thing("stall", PLACE, 0.7),), {"stall": 0.6}, Zoom(True, 0.7, PLACE), id="as much as the verifier asks"),
        pytest.param((Thing("stall", PLACE, 0.2),), {"stall": 0.1}, Zoom(False, 0.2, PLACE), id="the kind's own bar stays"),
        pytest.param((Thing("stall", (0, 0, 0.1, 0.1), 0.9),), {}, Zoom(False, None), id="elsewhere"),
    ],
)
def test_a_zoom_look_agrees_where_the_score_is_reached(kind: Kind, things: tuple[Thing, ...], needed: dict[str, float], verdict: Zoom) -> None:
    assert zoom_verdict(kind, stay(), things, needed) == verdict


def test_a_stay_is_put_off_and_never_brought_forward() -> None:
    state = ViewState((stay("a"), replace(stay("b"), zoom_due_seconds=300.0)))
    assert [one.zoom_due_seconds for one in put_off(state, "a", 70.0).stays] == [70.0, 300.0]
    assert [one.zoom_due_seconds for one in put_off(state, "b", 70.0).stays] == [0.0, 300.0]
