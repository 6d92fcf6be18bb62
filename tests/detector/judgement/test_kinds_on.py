"""Which kinds are judged, and what is kept of that."""

from __future__ import annotations

from datetime import date

import pytest

from detector.judgement.kinds_on import enabled, in_force, keep, kinds_on
from detector.judgement.rulebook import rulebook_of
from evidence.errors import CatalogueError
from evidence.kinds import load_catalogue
from evidence.views import KindOverride, Permit, ViewDocument, Zone, ZoneKind

SQUARE = ((0.1, 0.4), (0.9, 0.4), (0.9, 0.9), (0.1, 0.9))


def view(breach: str | None = None, **kinds: KindOverride) -> ViewDocument:
    permit = {"id": "p1", "polygon": SQUARE, "from": date(2026, 1, 1), "until": date(2026, 12, 31), "breach": breach}
    return ViewDocument(camera_id="c1", zones=(Zone(id="z", kind=ZoneKind.SIDEWALK, polygon=SQUARE),), permits=(Permit.model_validate(permit),), kinds=kinds)


def test_it_is_reckoned_once_a_catalogue_and_anew_for_another() -> None:
    shipped = load_catalogue()
    assert kinds_on(shipped) is kinds_on(shipped)
    assert [kind.id for kind in enabled(shipped)] == ["V2", "V3"]
    other = shipped.overridden({"V4": KindOverride(enabled=True)}, "a test")
    assert [kind.id for kind in enabled(other)] == ["V2", "V3", "V4"]
    assert [kind.id for kind in enabled(shipped)] == ["V2", "V3"]
    one = view()
    assert rulebook_of(one, shipped) is rulebook_of(one, shipped)
    assert rulebook_of(one, shipped) is not rulebook_of(one, other)
    assert rulebook_of(view(), shipped).view is not one, "an equal view is another one, and reckoned anew"


def test_what_is_kept_stays_bounded() -> None:
    kept: dict[int, int] = {}
    for number in range(10):
        keep(kept, number, number, 3)
        assert len(kept) <= 3
    assert kept[9] == 9


@pytest.mark.parametrize(
    ("labels", "kinds"),
    [
        pytest.param(["stall"], ["V2", "V3", "V12", "V17"], id="what a stall makes, or stands in for"),
        pytest.param(["car"], ["V4", "V17"], id="a car"),
        pytest.param(["person"], [], id="a person is nothing"),
        pytest.param(["garbage_pile", "material_pile"], ["V7", "V10", "V16", "V17"], id="a class that wavers"),
    ],
)
def test_the_kinds_of_a_class(labels: list[str], kinds: list[str]) -> None:
    shipped = load_catalogue()
    on = shipped.overridden({kind.id: KindOverride(enabled=True) for kind in shipped.kinds if kind.classes and kind.id not in ("V1", "V18")}, "a test")
    assert [kind.id for kind in kinds_on(on).of(labels)] == kinds


def test_what_stands_in_is_related_to_what_it_stands_in_for_alone() -> None:
    on = kinds_on(load_catalogue())
    assert on.related(["stall"], "parasol")
    assert on.related(["stall", "goods_out"], "stall")
    assert not on.related(["parasol"], "dining table"), "two that only support are nothing"
    assert not on.related(["stall"], "car")


@pytest.mark.parametrize(
    ("breach", "kinds", "is_on"),
    [
        pytest.param(None, {}, False, id="no permit asks for it"),
        pytest.param("09002", {}, True, id="a permit asks for it"),
        pytest.param("09002", {"V18": KindOverride(enabled=False)}, False, id="the view says no"),
        pytest.param(None, {"V18": KindOverride(enabled=True)}, True, id="the view says yes"),
    ],
)
def test_the_kind_of_permit_breaches_is_on_where_a_permit_asks_for_it(breach: str | None, kinds: dict[str, KindOverride], is_on: bool) -> None:
    found = in_force(load_catalogue(), view(breach, **kinds), "a test")
    assert ("V18" in [kind.id for kind in enabled(found)]) is is_on
    assert [kind.id for kind in enabled(load_catalogue())] == ["V2", "V3"]


def test_an_override_of_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(CatalogueError, match="there is no kind 'V99'"):
        in_force(load_catalogue(), view(V99=KindOverride(enabled=True)), "view of c1")
