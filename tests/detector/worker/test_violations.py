"""From an event to the order for its packet: the grade that the kind's standing allows, the number that its zone has, the exclusions that were judged."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from detector.judgement.values import Box, Event, EventName, Member, Stay, StaySample
from detector.worker.order import PacketOrder
from detector.worker.violations import order_for
from evidence.clocks import Clocks
from evidence.kinds import load_catalogue
from evidence.named import VerifierNamed
from evidence.packet import CameraNamed, Ending, Grade, ModelNamed
from evidence.views import ViewDocument, Zone, ZoneKind, whole_view
from tests.detector.judgement.street import NOON, STALL
from tests.evidence.pinhole import JINAN, Pinhole, square

LOWER = ((0.0, 0.4), (1.0, 0.4), (1.0, 1.0), (0.0, 1.0))
MODEL = ModelNamed(name="m", version="1", sha256="0" * 64, provider="CPU")


def ordered(
    kind_id: str, view: ViewDocument, *, began: datetime = NOON, others: tuple[Stay, ...] = (), members: tuple[Member, ...] = (), xyxy: Box = STALL,
    name: EventName = "confirmed", short_since_seconds: float | None = None, confirmed_after: float = 600.0, model: ModelNamed = MODEL,
) -> PacketOrder:  # fmt: skip
    """The order for a thing that stood for ten minutes."""
    catalogue = load_catalogue()
    kind = catalogue.kind(kind_id)
    assert kind is not None
    end = began + timedelta(minutes=10)
    samples = (StaySample(0.0, began, "looked", kind.objects[0], xyxy, 0.6), StaySample(600.0, end, "looked", kind.objects[0], xyxy, 0.6))
    stay = Stay(
        "s", 0.0, began, 600.0, end, 600.0, xyxy, (), {kind.objects[0]: 1.2}, samples=samples, confirmed_kind=kind_id,
        confirmed_wall=began + timedelta(seconds=confirmed_after), members=members,
        dwell_seconds={kind_id: 600.0}, in_place=(kind_id,), short_since_seconds=short_since_seconds,
    )  # fmt: skip
    event = Event(name, stay, kind_id)
    return order_for(event, kind, view, catalogue, CameraNamed(id="c1"), model, Clocks(kind="media"), 0.0, look_seconds=600.0, look_wall=end, others=others)


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


CAMERA = Pinhole(14.0, 0.0)


@pytest.mark.parametrize(
    ("kind_id", "how"),
    [pytest.param("V2", "corners", id="what stands on the ground"), pytest.param("V11", None, id="what hangs has no place there")],
)
def test_a_thing_in_a_zone_that_is_on_the_map_has_a_place_there(kind_id: str, how: str | None) -> None:
    view = ViewDocument(camera_id="c1", zones=(CAMERA.zone("sidewalk", square(4.0)),))
    ground = ordered(kind_id, view, xyxy=CAMERA.box(1.0, -1.0)).place.ground
    assert (None if ground is None else ground.how) == how
    if ground is not None:
        assert math.dist(JINAN.to_metres(ground.middle), (1.0, -1.0)) < 1.0


def test_what_nobody_could_see_for_too_long_has_ended_unseen_and_was_not_seen_gone() -> None:
    stay = replace(ordered("V2", drawn(ZoneKind.SIDEWALK)).stay, zoom=None)
    catalogue, later = load_catalogue(), NOON + timedelta(hours=2)
    kind = catalogue.kind("V2")
    assert kind is not None
    told = order_for(
        Event("ended", stay, "V2", unseen=True), kind, drawn(ZoneKind.SIDEWALK), catalogue, CameraNamed(id="c1"), MODEL, Clocks(kind="media"), 0.0,
        look_seconds=7200.0, look_wall=later,
    )  # fmt: skip
    ten_past = NOON + timedelta(minutes=10)
    assert told.ending == Ending(reason="unseen", last_seen=ten_past, first_gone=ten_past, sure_at=later)
    assert PacketOrder.from_json(told.to_json()).ending == told.ending, "as it is owed"


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


def test_a_packet_says_of_every_exclusion_of_its_kind_whether_it_applied_or_why_nobody_could_tell() -> None:
    order = ordered("V2", drawn(ZoneKind.SIDEWALK))
    kind = load_catalogue().kind("V2")
    assert kind is not None
    told = order.exclusions
    assert tuple(one.id for one in told.checked) == kind.exclusions
    assert {"permit", "moving_vendor"} <= set(told.judged)
    assert {"unloading", "street_people", "off_peak_policy"} <= set(told.not_judged)
    assert sorted([*told.judged, *told.not_judged]) == sorted(kind.exclusions)
    assert told.unseen == kind.unseen
    assert not any(one.verdict == "applies" for one in told.checked)


def test_the_others_of_several_are_told_with_the_leader() -> None:
    members = (Member("t", "bikes_row", (0.1, 0.5, 0.3, 0.7), NOON, NOON + timedelta(minutes=9), 3, 540.0),)
    order = ordered("V5", drawn(ZoneKind.SIDEWALK), members=members)
    (member,) = order.place.members
    assert (member.label, member.stands_for, member.dwell_seconds, member.xyxy) == ("bikes_row", 3, 540.0, (0.1, 0.5, 0.3, 0.7))
    assert (member.first_seen, member.last_seen) == (NOON, NOON + timedelta(minutes=9))
    assert order.rule.thresholds["counted"] == 4
    assert PacketOrder.from_json(order.to_json()) == order, "as it is owed"


def test_an_act_of_several_that_ends_since_there_are_too_few_says_so() -> None:
    order = ordered("V5", drawn(ZoneKind.SIDEWALK), name="ended", short_since_seconds=480.0)
    ten_past = NOON + timedelta(minutes=10)
    assert order.ending == Ending(reason="too_few", last_seen=ten_past, first_gone=NOON + timedelta(minutes=8), sure_at=ten_past)


def test_an_act_that_ends_since_a_permit_has_begun_says_since_when() -> None:
    kind, catalogue = load_catalogue().kind("V2"), load_catalogue()
    assert kind is not None
    stay = replace(ordered("V2", drawn(ZoneKind.SIDEWALK)).stay, allowed_since_seconds=480.0)
    ten_past = NOON + timedelta(minutes=10)
    told = order_for(
        Event("ended", stay, "V2", allowed=True), kind, drawn(ZoneKind.SIDEWALK), catalogue, CameraNamed(id="c1"), MODEL, Clocks(kind="media"), 0.0,
        look_seconds=600.0, look_wall=ten_past,
    )  # fmt: skip
    assert told.ending == Ending(reason="allowed", last_seen=ten_past, first_gone=NOON + timedelta(minutes=8), sure_at=ten_past)


def test_whose_goods_stand_before_whose_shop_is_told() -> None:
    shops = [{"id": "a", "name": "甲"}, {"id": "b", "name": "乙"}]
    lines = [
        {"id": "la", "shop": "a", "points": [[0.0, 0.6], [0.38, 0.6]], "outside": "right"},
        {"id": "lb", "shop": "b", "points": [[0.38, 0.6], [1.0, 0.6]], "outside": "right"},
    ]
    view = ViewDocument.model_validate({**drawn(ZoneKind.SIDEWALK).to_json(), "shops": shops, "lines": lines})
    alone = ordered("V3", view)
    assert (alone.place.line_id, alone.place.shop, alone.place.in_front_of) == ("lb", "乙", None)
    crates = replace(alone.stay, stay_id="crates", xyxy=(0.0, 0.5, 0.38, 0.7))
    in_a_row = ordered("V3", view, others=(crates,))
    assert (in_a_row.place.line_id, in_a_row.place.shop, in_a_row.place.in_front_of) == ("lb", "甲", "乙")
    bicycles = ordered("V3", view, others=(replace(crates, votes={"bicycle": 1.2}),))
    assert (bicycles.place.shop, bicycles.place.in_front_of) == ("乙", None), "what a shop does not set out is no part of its row"


@pytest.mark.parametrize(("name", "verdict"), [("confirmed", "outside_hours"), ("continued", "covers"), ("ended", "outside_hours")])
def test_an_act_that_goes_on_is_judged_as_of_the_look_that_tells_so(name: EventName, verdict: str) -> None:
    """It was confirmed at noon sharp, ten minutes before the permit begins; it is told of again at ten past."""
    permit = {"id": "p1", "polygon": LOWER, "from": "2026-01-01", "until": "2026-12-31", "hours": ["12:05-18:00"]}
    view = ViewDocument.model_validate({**drawn(ZoneKind.SIDEWALK).to_json(), "permits": [permit]})
    order = ordered("V2", view, name=name, confirmed_after=0.0)
    assert [one.verdict for one in order.permits] == [verdict]


def test_where_a_permit_might_cover_it_there_is_no_case() -> None:
    """The calendar of holidays does not know the year 2090."""
    permit = {"id": "p1", "polygon": LOWER, "from": "2026-01-01", "until": "2099-12-31", "weekdays": ["workday"]}
    view = ViewDocument.model_validate({**drawn(ZoneKind.SIDEWALK).to_json(), "permits": [permit]})
    assert ordered("V2", view, began=NOON.replace(year=2090)).grade is Grade.C
    assert "permit" in ordered("V2", view, began=NOON.replace(year=2090)).exclusions.not_judged


def test_a_packet_says_that_its_model_has_no_verifier_or_that_it_was_not_asked() -> None:
    def said(order: PacketOrder) -> str:
        return next(one.reason.en for one in order.exclusions.checked if one.id == "unloading")

    assert said(ordered("V2", drawn(ZoneKind.SIDEWALK))) == "the model in use has no verifier"
    verified = MODEL.model_copy(update={"verifier": VerifierNamed(sha256="1" * 64, threshold=0.6)})
    assert said(ordered("V2", drawn(ZoneKind.SIDEWALK), model=verified)) == "the verifier was not asked about this thing"
