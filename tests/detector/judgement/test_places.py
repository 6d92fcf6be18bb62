"""How a box lies in zones, as a kind sees it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from detector.judgement.geometry import Box
from detector.judgement.places import PlaceFacts, Standing, begins, place_facts, standing_of
from detector.judgement.rulebook import rulebook_of
from evidence.kinds import load_catalogue
from evidence.views import KindOverride, StorefrontLine, ViewDocument, Zone, ZoneKind

NOON, NIGHT = datetime(2026, 7, 1, 4, 0, tzinfo=UTC), datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
BOX: Box = (0.40, 0.50, 0.60, 0.70)
ON = KindOverride(enabled=True)
CATALOGUE = load_catalogue().overridden(dict.fromkeys(("V4", "V5", "V11", "V13", "V17"), ON), "a test")


def area(x0: float, y0: float, x1: float, y1: float) -> tuple[tuple[float, float], ...]:
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def drawn(**zones: tuple[tuple[float, float], ...]) -> ViewDocument:
    return ViewDocument(camera_id="c1", zones=tuple(Zone(id=name, kind=ZoneKind(name), polygon=polygon) for name, polygon in zones.items()))


def facts(kind_id: str, view: ViewDocument, box: Box = BOX, at: datetime = NOON) -> PlaceFacts:
    book = rulebook_of(view, CATALOGUE)
    return place_facts(book.rules[kind_id], Standing(book, box, at))


WHOLE = area(0, 0, 1, 1)


@pytest.mark.parametrize(
    ("kind_id", "view", "share", "inside"),
    [
        pytest.param("V4", drawn(sidewalk=WHOLE), 1.0, True, id="on the pavement"),
        pytest.param("V4", drawn(sidewalk=area(0.5, 0, 1, 1)), 0.5, True, id="half on it"),
        pytest.param("V4", drawn(sidewalk=area(0.52, 0, 1, 1)), 0.4, False, id="less than half"),
        pytest.param("V4", drawn(carriageway=WHOLE), 0.0, False, id="in no zone of the kind"),
        pytest.param("V4", drawn(), 0.0, False, id="in a view without zones"),
        pytest.param("V4", drawn(sidewalk=area(0, 0, 0.5, 1), no_parking=area(0.5, 0, 1, 1)), 1.0, True, id="half in each of two zones of the kind"),
        pytest.param("V4", drawn(sidewalk=WHOLE, no_parking=WHOLE), 1.0, True, id="two zones that lie on each other count once"),
        pytest.param("V4", drawn(sidewalk=WHOLE, parking_bay=WHOLE), 0.0, False, id="all of it in a bay"),
        pytest.param("V4", drawn(sidewalk=WHOLE, parking_bay=area(0.51, 0, 1, 1)), 0.55, True, id="nearly half of it in a bay"),
        pytest.param("V4", drawn(sidewalk=WHOLE, parking_bay=area(0.48, 0, 1, 1)), 0.4, False, id="more than half of it in a bay"),
        pytest.param("V4", drawn(sidewalk=area(0, 0, 0.5, 1), parking_bay=area(0.51, 0, 1, 1)), 0.5, True, id="a bay beside the zone takes nothing from it"),
        pytest.param("V4", drawn(sidewalk=WHOLE, ignore=area(0.5, 0, 1, 1)), 0.0, False, id="half of it where nothing is judged"),
        pytest.param("V11", drawn(sidewalk=area(0, 0.5, 1, 1)), 1.0, True, id="what hangs is measured whole"),
        pytest.param("V11", drawn(sidewalk=area(0, 0.64, 1, 1)), 0.25, False, id="and its foot alone is not enough"),
    ],
)
def test_the_share_of_the_zones_of_a_kind(kind_id: str, view: ViewDocument, share: float, inside: bool) -> None:
    found = facts(kind_id, view)
    assert found.footprint_share == pytest.approx(share, abs=0.15 if kind_id == "V11" else 1e-9)
    assert (found.inside, found.holds) == (inside, inside)


def test_the_zones_of_the_kind_that_it_stands_in_are_named() -> None:
    view = drawn(sidewalk=WHOLE, no_parking=area(0.55, 0, 1, 1), tactile_paving=WHOLE, fire_lane=area(0.595, 0, 1, 1))
    assert facts("V4", view).zone_ids == ("sidewalk", "no_parking"), "the fire lane is none of its zones"
    assert facts("V17", view).zone_ids == ("tactile_paving",), "of the fire lane it covers a fortieth"


def test_out_of_its_hours_it_is_inside_and_does_not_hold() -> None:
    by_day, by_night = facts("V11", drawn(sidewalk=WHOLE)), facts("V11", drawn(sidewalk=WHOLE), at=NIGHT)
    assert (by_day.inside, by_day.holds, by_day.in_hours) == (True, True, True)
    assert (by_night.inside, by_night.holds, by_night.in_hours) == (True, False, False)


def test_what_excuses_it_there_is_named_and_it_does_not_hold() -> None:
    found = facts("V13", drawn(sidewalk=WHOLE, shop_apron=WHOLE))
    assert (found.inside, found.holds, found.excused_by) == (True, False, ("own_land",))


@pytest.mark.parametrize(
    ("label", "box", "does"),
    [
        pytest.param("car", BOX, True, id="a class of a kind, in its zone"),
        pytest.param("car", (0.4, 0.0, 0.6, 0.2), False, id="out of it"),
        pytest.param("parasol", BOX, False, id="a class that only supports"),
        pytest.param("person", BOX, False, id="a class of no kind"),
    ],
)
def test_what_may_begin_a_stay(label: str, box: Box, does: bool) -> None:
    assert begins(rulebook_of(drawn(sidewalk=area(0, 0.3, 1, 1)), CATALOGUE), label, box, NOON) is does


def test_a_stay_knows_the_kinds_of_the_classes_that_it_was_seen_as() -> None:
    line = StorefrontLine(id="l1", shop="7", points=((0.0, 0.6), (1.0, 0.6)), outside="right")
    view = drawn(sidewalk=WHOLE, fire_lane=WHOLE).model_copy(update={"lines": (line,)})
    book = rulebook_of(view, CATALOGUE)
    assert standing_of(book, ["stall"], BOX, NOON) == (("V2", "V3", "V17"), ("V3",))
    assert standing_of(book, ["car"], BOX, NOON) == (("V4", "V17"), ())
    assert standing_of(book, ["person"], BOX, NOON) == ((), ())
    far = (0.4, 0.75, 0.6, 0.95)
    assert standing_of(book, ["stall"], far, NOON)[1] == (), "further from the line than its reach"


def test_each_share_is_reckoned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from detector.judgement import places

    asked: list[object] = []
    real = places.share_in
    monkeypatch.setattr(places, "share_in", lambda box, polygons: asked.append(1) or real(box, polygons))
    book = rulebook_of(drawn(sidewalk=WHOLE, bin_site=area(0.0, 0.0, 0.1, 0.1), green_belt=area(0.9, 0.9, 1, 1)), CATALOGUE)
    standing = Standing(book, BOX, NOON)
    for rule in book.rules.values():
        place_facts(rule, standing)
    assert len(asked) == 2, "the pavement under its foot, and under the whole box of what hangs"
