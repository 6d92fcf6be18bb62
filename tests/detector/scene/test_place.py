"""How a scene's lines and zones decide about a box: two rows of shops that face each other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from detector.judgement.places import Standing, place_facts
from detector.judgement.rulebook import rulebook_of
from evidence.kinds import load_catalogue
from evidence.views import StorefrontLine, ViewDocument, Zone, ZoneKind

STREET = ViewDocument(
    camera_id="cam1",
    zones=(Zone(id="street", kind=ZoneKind.SIDEWALK, polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))),),
    lines=(
        StorefrontLine(id="west", points=((0.2, 1.0), (0.3, 0.2)), outside="right"),
        StorefrontLine(id="east", points=((0.8, 1.0), (0.7, 0.2)), outside="left"),
    ),
)


@pytest.mark.parametrize(
    ("left", "line_id"),
    [
        pytest.param(0.05, None, id="inside the western shop"),
        pytest.param(0.30, "west", id="before the western shop"),
        pytest.param(0.62, "east", id="before the eastern shop"),
        pytest.param(0.85, None, id="inside the eastern shop, though beyond the western line"),
    ],
)
def test_the_nearest_line_decides(left: float, line_id: str | None) -> None:
    book = rulebook_of(STREET, load_catalogue())
    facts = place_facts(book.rules["V3"], Standing(book, (left, 0.5, left + 0.08, 0.7), datetime(2026, 7, 1, tzinfo=UTC)))
    assert facts.line_id == line_id
    assert facts.inside is (line_id is not None)
