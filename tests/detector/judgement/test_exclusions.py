"""What a packet says of each exclusion: whether it applied, what shows it, and why where it could not be judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from detector.judgement.exclusions import checked, excused_by_look, refused_by_look
from detector.judgement.places import Standing
from detector.judgement.rulebook import rulebook_of
from detector.judgement.values import Stay, StaySample, Zoom
from evidence.kinds import Catalogue, load_catalogue, read_catalogue
from evidence.named import ExclusionChecked
from evidence.policies import Policies, Shandong2020
from evidence.views import KindOverride, Permit, Shop, StorefrontLine, ViewDocument, Zone, ZoneKind

from .street import NOON, STALL

LATER = NOON + timedelta(minutes=10)
GROUND = ((0.0, 0.3), (1.0, 0.3), (1.0, 1.0), (0.0, 1.0))
UNDER = ((0.3, 0.6), (0.7, 0.6), (0.7, 0.8), (0.3, 0.8))
BESIDE = ((0.55, 0.6), (0.9, 0.6), (0.9, 0.8), (0.55, 0.8))
LINE = StorefrontLine(id="l1", shop="7", points=((0.0, 0.6), (1.0, 0.6)), outside="right")
POLICY = Policies(shandong_2020=Shandong2020())
PERMIT = Permit.model_validate({"id": "p1", "polygon": UNDER, "from": date(2026, 1, 1), "until": date(2026, 12, 31), "hours": ("18:00-22:00",)})


def drawn(*kinds: ZoneKind, polygon: tuple[tuple[float, float], ...] = UNDER, **more: object) -> ViewDocument:
    zones = (Zone(id="pavement", kind=ZoneKind.SIDEWALK, polygon=GROUND), *(Zone(id=kind.value, kind=kind, polygon=polygon) for kind in kinds))
    return ViewDocument.model_validate({"camera_id": "c1", "zones": zones, **more})


def aprons(land_of: str, front_of: str | None) -> ViewDocument:
    """One shop's strip of own land before another's line."""
    shops = (Shop(id="fruit", name="水果店"), Shop(id="silk", name="瑞蚨祥"))
    strip = Zone(id="strip", kind=ZoneKind.SHOP_APRON, shop=land_of, polygon=UNDER)
    return drawn(lines=(LINE.model_copy(update={"shop": front_of}),), shops=shops).model_copy(
        update={"zones": (Zone(id="pavement", kind=ZoneKind.SIDEWALK, polygon=GROUND), strip)}
    )


def stay(kind_id: str = "V2", label: str = "stall", attended: int = 20, **more: object) -> Stay:
    samples = tuple(StaySample(20.0 * n, NOON + timedelta(seconds=20 * n), "looked", label, STALL, 0.6, n < attended) for n in range(31))
    whole = Stay(
        "s", 0.0, NOON, 600.0, LATER, 600.0, STALL, (), {label: 18.0}, dwell_seconds={kind_id: 600.0}, in_place=(kind_id,), looks=31, attended_looks=attended,
        samples=samples,
    )  # fmt: skip
    return replace(whole, **more)  # type: ignore[arg-type]


def said(kind_id: str, view: ViewDocument, there: Stay, catalogue: Catalogue | None = None) -> dict[str, ExclusionChecked]:
    book = rulebook_of(view, catalogue or load_catalogue().overridden({kind_id: KindOverride(enabled=True)}, "a test"))
    told, judged, not_judged = checked(book.rules[kind_id], Standing(book, there.xyxy, LATER, tuple(there.votes)), there)
    assert sorted([*judged, *not_judged]) == sorted(one.id for one in told)
    assert [one.id for one in told if one.verdict == "not_judged"] == list(not_judged)
    return {one.id: one for one in told}


def test_every_exclusion_of_a_kind_is_told_with_its_name_what_shows_it_and_why() -> None:
    found = said("V2", drawn(), stay())
    kind = load_catalogue().kind("V2")
    assert kind is not None
    assert tuple(found) == kind.exclusions
    for one in found.values():
        assert one.name.zh
        assert one.reason.zh != one.reason.en
    assert (found["permit"].verdict, found["permit"].shown_by) == ("does_not_apply", "measurement: permit")
    unloading, shipped = found["unloading"], load_catalogue().exclusion("unloading")
    assert shipped is not None
    assert (unloading.verdict, unloading.shown_by, unloading.recall) == ("not_judged", "verifier: unloading", shipped.recall)
    assert (found["street_people"].verdict, found["street_people"].shown_by) == ("not_judged", "nothing")


@pytest.mark.parametrize(
    ("name", "kind_id", "view", "there", "verdict", "why"),
    [
        pytest.param("permit", "V2", drawn(), stay(), "does_not_apply", "this view has no permit", id="no permit is there"),
        pytest.param("permit", "V2", drawn(permits=(PERMIT,)), stay(), "does_not_apply", "none of the permits of this view (1) covers it", id="none covers it"),
        pytest.param("own_land", "V3", drawn(), stay("V3"), "not_judged", "no shop's own land is drawn", id="nobody drew own land"),
        pytest.param(
            "own_land", "V3", drawn(ZoneKind.SHOP_APRON), stay("V3"), "applies", "100% of its footprint lies on own land (50% would count)", id="on own land"
        ),
        pytest.param(
            "own_land", "V3", aprons("fruit", "fruit"), stay("V3"), "applies", "on own land of the shop 水果店 (50% would count)", id="on its shop's land"
        ),
        pytest.param(
            "own_land", "V3", aprons("silk", "fruit"), stay("V3"), "does_not_apply", "on own land of the shop 瑞蚨祥, but it is taken for the shop 水果店's",
            id="on another shop's land",
        ),
        pytest.param(
            "own_land", "V3", aprons("silk", None), stay("V3"), "does_not_apply", "on own land of the shop 瑞蚨祥, but whose it is is not known",
            id="on a shop's land, whosever it is",
        ),
        pytest.param(
            "own_land", "V3", drawn(ZoneKind.SHOP_APRON, polygon=BESIDE), stay("V3"), "does_not_apply", "25% of its footprint", id="a quarter on own land"
        ),
        pytest.param("parking_bay", "V4", drawn(), stay("V4", "car"), "not_judged", "no zone parking_bay is drawn", id="nobody drew a bay"),
        pytest.param("bicycle_bay", "V5", drawn(), stay("V5", "bicycle"), "not_judged", "no zone nonmotor_bay, shared_bike_bay", id="nor one for bicycles"),
        pytest.param(
            "parking_bay", "V4", drawn(ZoneKind.PARKING_BAY, polygon=BESIDE), stay("V4", "car"), "does_not_apply", "25%", id="a quarter in a bay"
        ),
        pytest.param("rubbish_container", "V7", drawn(ZoneKind.BIN_SITE), stay("V7", "garbage_pile"), "applies", "100%", id="beside the bins"),
        pytest.param("construction_site", "V10", drawn(ZoneKind.CONSTRUCTION_ZONE), stay("V10", "material_pile"), "applies", "100%", id="in a site"),
        pytest.param("window_display", "V3", drawn(), stay("V3"), "not_judged", "no storefront line is drawn", id="nobody drew a line"),
        pytest.param("window_display", "V3", drawn(lines=(LINE,)), stay("V3"), "does_not_apply", "100% of its footprint lies beyond the line l1", id="outside"),
        pytest.param("moving_vendor", "V2", drawn(), stay(), "does_not_apply", "it stood 600 s in one place (the rule's are 300 s)", id="it stayed"),
        pytest.param(
            "being_handled", "V7", drawn(), stay("V7", "garbage_pile", attended=3), "does_not_apply", "10% of the looks (30% would", id="hardly anybody"
        ),
        pytest.param("being_handled", "V7", drawn(), stay("V7", "garbage_pile"), "applies", "65% of the looks", id="somebody clears it away"),
        pytest.param("fixture", "V2", drawn(), stay(), "does_not_apply", "since 2026-11-25 12:00 (14 days make", id="it came while somebody looked"),
        pytest.param("fixture", "V2", drawn(), stay(found_standing=True), "not_judged", "too little was seen of the place before", id="it may have stood"),
        pytest.param("fixture", "V2", drawn(), stay(new_share=0.1), "not_judged", "looked so before it was first seen (10% is new)", id="the ground was so"),
        pytest.param("fixture", "V2", drawn(), stay(new_share=0.8, found_standing=True), "does_not_apply", "since 2026", id="the ground was otherwise"),
        pytest.param("fixture", "V2", drawn(), stay(last_seconds=15 * 86400.0), "applies", "since 2026-11-25", id="it has stood there for a fortnight"),
        pytest.param("fixture", "V2", drawn(), stay(stood_seconds=15 * 86400.0), "applies", "since 2026-11-10 12:10, by what its place", id="its place has"),
        pytest.param("kiosk", "V2", drawn(), stay(stood_seconds=15 * 86400.0, new_share=0.1), "applies", "since 2026-11-10", id="the ground says so too"),
        pytest.param("fixture", "V2", drawn(), stay(stood_seconds=15 * 86400.0, new_share=0.4), "does_not_apply", "since 2026-11-25", id="the ground does not"),
        pytest.param("fixture", "V2", drawn(), stay(stood_seconds=13 * 86400.0, new_share=0.1), "not_judged", "looked so before", id="not for a fortnight"),
        pytest.param("off_peak_policy", "V2", drawn(), stay(), "not_judged", "switched off: a city decides first", id="a policy that nobody switched on"),
        pytest.param(
            "off_peak_policy", "V3", drawn(policies=POLICY), stay("V3"), "does_not_apply", "sidewalk", id="on, and on the pavement"
        ),
        pytest.param("off_peak_policy", "V2", drawn(policies=POLICY), stay(), "not_judged", "say nothing", id="on for goods only"),
        pytest.param("permitted_goods", "V2", drawn(), stay(), "not_judged", "a reviewer decides, with the reason permit", id="nothing shows goods"),
        pytest.param("unloading", "V2", drawn(), stay(zoom=Zoom(True, 0.7)), "not_judged", "has no verifier", id="a model without a verifier"),
        pytest.param(
            "unloading", "V2", drawn(), stay(zoom=Zoom(True, 0.7, STALL, "stall", 0.1)), "does_not_apply",
            "it looks most like stall (unloading would excuse for 1200 s)", id="the verifier says a stall",
        ),
        pytest.param(
            "unloading", "V2", drawn(), stay(zoom=Zoom(False, 0.2, STALL, "unloading")), "applies", "most like unloading, which excuses for 1200 s",
            id="unloading",
        ),
        pytest.param(
            "unloading", "V2", drawn(), stay(zoom=Zoom(False, 0.2, STALL, "unloading"), dwell_seconds={"V2": 1500.0}), "does_not_apply",
            "most like unloading, which excuses for 1200 s; it has stood for 1500 s", id="unloading for too long",
        ),
        pytest.param(
            "parked_tricycle", "V2", drawn(), stay(zoom=Zoom(False, 0.2, STALL, "stall")), "does_not_apply", "most like stall", id="what excuses for good"
        ),
        pytest.param("covered_stall", "V2", drawn(), stay(zoom=Zoom(True, 0.7, STALL, "stall", 0.1)), "does_not_apply", "10% of being covered", id="open"),
        pytest.param("covered_stall", "V2", drawn(), stay(zoom=Zoom(True, 0.7, STALL, "stall", 0.9)), "applies", "90% of being covered", id="covered"),
        pytest.param("covered_stall", "V2", drawn(), stay(zoom=Zoom(True, 0.7, STALL, "stall")), "not_judged", "did not say whether", id="it did not say"),
    ],
)  # fmt: skip
def test_what_is_said_of_an_exclusion(name: str, kind_id: str, view: ViewDocument, there: Stay, verdict: str, why: str) -> None:
    one = said(kind_id, view, there)[name]
    assert one.verdict == verdict
    assert why in one.reason.en
    assert one.reason.zh


@pytest.mark.parametrize("there", [stay(), stay(zoom=Zoom(True, 0.7))])
@pytest.mark.parametrize(
    ("has_verifier", "zh", "en"),
    [
        pytest.param(False, "所用模型没有复核器", "the model in use has no verifier", id="no verifier"),
        pytest.param(True, "未向复核器询问该物", "the verifier was not asked about this thing", id="not asked"),
        pytest.param(None, "所用模型没有复核器，或未复核该物", "the model in use has no verifier, or it was not asked about this thing", id="not known"),
    ],
)
def test_it_is_told_whether_there_was_no_verifier_or_nobody_asked_it(there: Stay, has_verifier: bool | None, zh: str, en: str) -> None:
    book = rulebook_of(drawn(), load_catalogue())
    told = checked(book.rules["V2"], Standing(book, there.xyxy, LATER, tuple(there.votes)), there, has_verifier=has_verifier)[0]
    (one,) = [each for each in told if each.id == "unloading"]
    assert (one.verdict, one.reason.zh, one.reason.en) == ("not_judged", zh, en)


def test_no_shop_is_named_of_a_strip_that_is_no_one_shop_s() -> None:
    whole, other = (said("V3", view, stay("V3"))["own_land"].reason.zh for view in (drawn(ZoneKind.SHOP_APRON), aprons("silk", "fruit")))
    assert whole == "占地的 100% 位于自有用地（50% 起算）"
    assert other == "占地的 100% 位于瑞蚨祥的自有用地，但该物推定属于水果店"


def city(more: str) -> Catalogue:
    return read_catalogue(
        "version: city-1\nextends: shipped\nclasses: [cone]\nkinds:\n  - {id: V7, enabled: true, exclusions: [cones]}\nexclusions:\n"
        "  - {id: cones, name: {zh: 锥, en: cones}, rule: {zh: 锥, en: cones}, reason: permit, source: us, " + more + "}\n",
        "city.yaml",
    )


def test_a_city_s_own_exclusion_by_a_class_of_its_model() -> None:
    own = city("seen_by: class, shows: [cone], recall: 0.8, measured_on: our streets")
    one = said("V7", drawn(), stay("V7", "garbage_pile", beside={"cone": 20}), own)["cones"]
    assert (one.verdict, one.shown_by, one.recall) == ("applies", "class: cone", 0.8)
    assert one.reason.en == "cone was seen beside it in 65% of the looks (50% would count)"
    assert said("V7", drawn(), stay("V7", "garbage_pile"), own)["cones"].verdict == "does_not_apply"


def test_a_measurement_that_names_no_measure_is_not_judged() -> None:
    one = said("V7", drawn(), stay("V7", "garbage_pile"), city("seen_by: measurement, shows: [the moon]"))["cones"]
    assert (one.verdict, one.shown_by) == ("not_judged", "measurement")
    assert "names no measurement" in one.reason.en


@pytest.mark.parametrize(
    ("looks_like", "covered", "dwell", "name"),
    [
        pytest.param("unloading", None, 600.0, "unloading", id="shown"),
        pytest.param("unloading", None, 1201.0, None, id="for longer than it excuses"),
        pytest.param("stall", 0.9, 600.0, "covered_stall", id="covered"),
        pytest.param("stall", 0.4, 600.0, None, id="not covered"),
        pytest.param("planter", None, 600.0, None, id="an exclusion of another kind"),
        pytest.param(None, None, 600.0, None, id="nothing was said"),
    ],
)
def test_what_the_verifier_excuses(looks_like: str | None, covered: float | None, dwell: float, name: str | None) -> None:
    book = rulebook_of(drawn(), load_catalogue())
    there = stay(dwell_seconds={"V2": dwell})
    found = excused_by_look(book.rules["V2"], there, looks_like, covered)
    assert (None if found is None else found.id) == name
    zoom = Zoom(True, 0.7, STALL, looks_like, covered)
    assert refused_by_look(book.rules["V2"], there, zoom) == replace(zoom, agreed=name is None)
    refused = replace(zoom, agreed=False)
    assert refused_by_look(book.rules["V2"], there, refused) == refused
