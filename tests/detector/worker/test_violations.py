"""From an event to the order for its packet: the grade that the kind's standing allows, the number that its zone has, the exclusions that were judged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from detector.judgement.values import Event, Stay, StaySample
from detector.worker.order import PacketOrder
from detector.worker.violations import order_for
from evidence.clocks import Clocks
from evidence.kinds import load_catalogue
from evidence.packet import CameraNamed, Grade, ModelNamed
from evidence.views import ViewDocument, Zone, ZoneKind, whole_view
from tests.detector.judgement.street import NOON, STALL

LOWER = ((0.0, 0.4), (1.0, 0.4), (1.0, 1.0), (0.0, 1.0))
MODEL = ModelNamed(name="m", version="1", sha256="0" * 64, provider="CPU")


def ordered(kind_id: str, view: ViewDocument) -> PacketOrder:
    """The order for a thing that stood for ten minutes."""
    catalogue = load_catalogue()
    kind = catalogue.kind(kind_id)
    assert kind is not None
    end = NOON + timedelta(minutes=10)
    samples = (StaySample(0.0, NOON, "looked", kind.objects[0], STALL, 0.6), StaySample(600.0, end, "looked", kind.objects[0], STALL, 0.6))
    stay = Stay("s", 0.0, NOON, 600.0, end, 600.0, STALL, (), {kind.objects[0]: 1.2}, samples=samples, confirmed_kind=kind_id, confirmed_wall=end)
    event = Event("confirmed", stay, kind_id)
    return order_for(event, kind, view, catalogue, CameraNamed(id="c1"), MODEL, Clocks(kind="media"), 0.0, look_seconds=600.0, look_wall=end)


def drawn(*kinds: ZoneKind) -> ViewDocument:
    return ViewDocument(camera_id="c1", zones=tuple(Zone(id=kind.value, kind=kind, polygon=LOWER) for kind in kinds))


@pytest.mark.parametrize(
    ("kind_id", "view", "grade"),
    [
        pytest.param("V2", drawn(ZoneKind.SIDEWALK), Grade.B, id="proven, in a zone"),
        pytest.param("V2", whole_view("c1"), Grade.C, id="proven, where nobody drew a zone"),
        pytest.param("V4", drawn(ZoneKind.SIDEWALK), Grade.C, id="known from rendered pictures only"),
        pytest.param("V16", drawn(ZoneKind.SIDEWALK), Grade.C, id="named by people only"),
    ],
)
def test_what_is_not_proven_is_a_lead(kind_id: str, view: ViewDocument, grade: Grade) -> None:
    assert ordered(kind_id, view).grade is grade


@pytest.mark.parametrize(
    ("kind_id", "zones", "numbers"),
    [
        pytest.param("V17", (ZoneKind.FIRE_LANE,), ["09012"], id="a fire lane"),
        pytest.param("V17", (ZoneKind.TACTILE_PAVING, ZoneKind.SIDEWALK), ["09019"], id="tactile paving on a pavement"),
        pytest.param("V3", (ZoneKind.FIRE_LANE,), ["09005", "04-05", "05-04", "660"], id="a kind whose number is one everywhere"),
    ],
)
def test_a_packet_names_the_numbers_of_its_zones(kind_id: str, zones: tuple[ZoneKind, ...], numbers: list[str]) -> None:
    assert [code["code"] for code in ordered(kind_id, drawn(*zones)).kind.codes] == numbers


def test_a_packet_claims_no_exclusion_that_nothing_judged() -> None:
    told = ordered("V2", drawn(ZoneKind.SIDEWALK)).exclusions
    assert told.judged == ("permit",)
    assert "unloading" in told.not_judged
