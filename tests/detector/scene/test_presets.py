"""Which of a camera's views is seen, found by their pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from detector.judgement.drift import Gallery
from detector.judgement.drift.landmarks import gauge_of
from detector.judgement.drift.matching import Looked
from detector.scene.presets import Candidate, drawing_of, drawn_points, is_measured, recognised
from evidence.views import Permit, StorefrontLine, ViewDocument, Zone, ZoneKind, whole_view
from tests.street_picture import by_night, in_rain, seen, street, with_noise, with_people

WHOLE = street(1)
POSITIONS = {"left": seen(WHOLE, right=-0.4), "middle": seen(WHOLE), "right": seen(WHOLE, right=0.35), "close": seen(street(3), zoom=1.4)}
CANDIDATES = [Candidate(name, Gallery.of(gauge_of(picture, 180))) for name, picture in POSITIONS.items()]

Luma = np.ndarray


def seen_in(picture: Luma, *, search: bool = True) -> str | None:
    found = recognised(CANDIDATES, Looked.of(gauge_of(picture, 180)), search=search)
    return None if found is None else found.view_id


LIGHTS: dict[str, Callable[[Luma], Luma]] = {
    "day": lambda luma: with_noise(luma, 3), "night": by_night, "rain": in_rain, "people": lambda luma: with_people(luma, 20),
}  # fmt: skip


@pytest.mark.parametrize("name", POSITIONS)
@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS)
def test_each_position_is_known(name: str, light: Callable[[Luma], Luma]) -> None:
    assert seen_in(light(POSITIONS[name]), search=False) == name


def test_positions_that_overlap_are_told_apart_by_which_lies_nearer() -> None:
    assert seen_in(seen(WHOLE, right=0.03)) == "middle"
    assert seen_in(seen(WHOLE, right=0.33)) == "right"
    assert seen_in(seen(WHOLE, right=-0.36)) == "left"


def test_elsewhere_is_none_of_them() -> None:
    assert seen_in(seen(street(2))) is None
    assert seen_in(np.full((450, 800), 100, np.uint8)) is None
    assert recognised([], Looked.of(gauge_of(POSITIONS["left"], 180))) is None


SQUARE = ((0.1, 0.5), (0.9, 0.5), (0.9, 0.9), (0.1, 0.9))
ZONE = Zone(id="walk", kind=ZoneKind.SIDEWALK, polygon=SQUARE)
LINE = StorefrontLine(id="shops", points=((0.1, 0.5), (0.9, 0.5)), outside="left")
DRAWN = ViewDocument(camera_id="c1", zones=(ZONE,), lines=(LINE,))


def test_a_view_on_which_nothing_is_drawn_may_look_anywhere() -> None:
    assert not is_measured(whole_view("c1"))
    assert not is_measured(ViewDocument(camera_id="c1"))
    assert is_measured(DRAWN)
    assert is_measured(ViewDocument(camera_id="c1", lines=(LINE,)))
    assert drawn_points(DRAWN) == (*SQUARE, *LINE.points)


def test_a_drawing_is_the_same_whatever_else_of_the_view_changes() -> None:
    permit = Permit.model_validate({"id": "p1", "polygon": SQUARE, "from": "2026-01-01", "until": "2026-12-31"})
    assert drawing_of(DRAWN.model_copy(update={"version": 9, "permits": (permit,)})) == drawing_of(DRAWN)
    other = ZONE.model_copy(update={"polygon": (*SQUARE[:3], (0.1, 0.89))})
    assert drawing_of(DRAWN.model_copy(update={"zones": (other,)})) != drawing_of(DRAWN)
