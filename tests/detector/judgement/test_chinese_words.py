"""What enforcement reads in Chinese carries names and no ids of the program's: every kind and exclusion as shipped, in every turn of its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from detector.judgement.exclusions import checked
from detector.judgement.kinds_on import in_force
from detector.judgement.permits import permit_verdict
from detector.judgement.places import Standing, place_facts
from detector.judgement.rulebook import rulebook_of
from detector.judgement.values import Box, Member, Stay, StaySample, Zoom
from detector.judgement.wording import rule_applied
from evidence.kinds import Catalogue, Kind, load_catalogue, read_catalogue
from evidence.kinds.classes import CLASSES_ZH, KNOWN_CLASSES, LOOKS_ZH, VERIFIER_LOOKS
from evidence.model import Text
from evidence.policies import Policies, Shandong2020
from evidence.views import KindOverride, Permit, StorefrontLine, ViewDocument, Zone, ZoneKind
from evidence.zones import ZONES_ZH
from models.verifier.network import LOOK_CLASSES

from .street import NOON, STALL

LATER = NOON + timedelta(minutes=10)
GROUND = ((0.0, 0.3), (1.0, 0.3), (1.0, 1.0), (0.0, 1.0))
UNDER = ((0.3, 0.6), (0.7, 0.6), (0.7, 0.8), (0.3, 0.8))
FAR = ((0.8, 0.85), (0.95, 0.85), (0.95, 0.95), (0.8, 0.95))
ELSEWHERE: Box = (0.05, 0.35, 0.1, 0.4)
AN_ID = re.compile("[a-z_]")
"""The scenes here name nothing in small letters, so whatever is written so was put there by the program: an id, a `None`, a power of ten."""
NO_WORD = re.compile(r"\bNone\b|\de\+")
LINES = (StorefrontLine(id="L1", shop="S1", points=((0.0, 0.6), (1.0, 0.6)), outside="right"),)
POLICY = Policies(shandong_2020=Shandong2020(vendor_hours=("19:00-23:00",)))
FRUIT = {"goods": "苹果", "classes": ("apple", "orange"), "recall": 0.6, "measured_on": "ten stalls"}
CATALOGUE = load_catalogue()


def permit(**more: object) -> Permit:
    return Permit.model_validate({"id": "P1", "polygon": UNDER, "from": date(2026, 1, 1), "until": date(2026, 12, 31), "breach": "09002", **more})


PERMITS = (
    permit(),
    permit(id="P2", hours=("06:00-08:00",)),
    permit(weekdays=("sat", "workday")),
    permit(except_days=("holiday", "wed")),
    permit(season={"from": "06-01", "until": "08-31"}),
    permit(polygon=FAR),
    permit(goods=("苹果",)),
    permit(goods=("苹果",), goods_shown=(FRUIT,)),
    *(permit(not_on=(kind,)) for kind in ("bike_lane", "no_stall", "controlled", "parking_bay", "bin_site", "loading_zone")),
)


def view_of(*kinds: ZoneKind, **more: object) -> ViewDocument:
    zones = tuple(Zone(id=f"Z{number}", kind=kind, polygon=UNDER) for number, kind in enumerate(kinds))
    return ViewDocument.model_validate({"camera_id": "C1", "zones": (Zone(id="Z", kind=ZoneKind.SIDEWALK, polygon=GROUND), *zones), **more})


NO_WORD = re.compile(r"\bNone\b|\de\+")
DRAWN = tuple(kind for kind in ZoneKind if kind not in (ZoneKind.IGNORE, ZoneKind.PRIVACY_MASK, ZoneKind.WHOLE))
VIEWS = (
    view_of(),
    view_of(*DRAWN, lines=LINES, permits=PERMITS[:2]),
    view_of(policies=POLICY),
    *(view_of(kind, policies=POLICY) for kind in DRAWN),
)


def stays_of(kind: Kind) -> Iterator[Stay]:
    labels = tuple(kind.classes) or ("stall",)
    for label in labels:
        samples = tuple(StaySample(20.0 * n, NOON + timedelta(seconds=20 * n), "looked", label, STALL, 0.6) for n in range(31))
        stay = Stay(
            "s", 0.0, NOON, 600.0, LATER, 600.0, STALL, (), {label: 18.0}, dwell_seconds={kind.id: 600.0}, in_place=(kind.id,), looks=31, attended_looks=20,
            samples=samples, members=(Member("t", label, STALL, NOON, LATER, 1, 600.0),),
        )  # fmt: skip
        yield stay
        yield replace(stay, found_standing=True)
        yield replace(stay, new_share=0.1, attended_looks=0, xyxy=ELSEWHERE)
        yield replace(stay, beside=dict.fromkeys(KNOWN_CLASSES, 31))
    for look in {*LOOK_CLASSES, *VERIFIER_LOOKS}:
        yield replace(stay, zoom=Zoom(True, 0.7, STALL, look, 0.9))
        yield replace(stay, zoom=Zoom(True, 0.7, STALL, look))
    yield replace(stay, zoom=Zoom(True, 0.7, STALL, None, 0.2))


def switched_on(kind: Kind) -> Catalogue:
    return CATALOGUE.overridden({kind.id: KindOverride(enabled=True)}, "a test") if kind.classes else CATALOGUE


def said_of(kind: Kind, view: ViewDocument) -> Iterator[Text]:
    book = rulebook_of(view, in_force(switched_on(kind), view, "a test"))
    judged = book.catalogue.kind(kind.id)
    assert judged is not None
    rule = book.rule(judged)
    for stay in stays_of(kind):
        standing = Standing(book, stay.xyxy, LATER, tuple(stay.votes))
        facts = place_facts(rule, standing)
        yield rule_applied(rule, standing, stay, facts).text
        for one in facts.permits:
            yield one.reason
        for told in checked(rule, standing, stay)[0]:
            yield told.name
            yield told.reason


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.id) for kind in CATALOGUE.kinds])
def test_of_every_kind_and_exclusion_the_chinese_words_name_no_id(kind: Kind) -> None:
    said = [text for view in VIEWS for text in said_of(kind, view)]
    found = {text.zh for text in said}
    assert len(found) > 10
    assert sorted(zh for zh in found if AN_ID.search(zh)) == []
    assert sorted({text.en for text in said if NO_WORD.search(text.en)}) == []


def test_of_every_permit_the_chinese_words_name_no_id() -> None:
    foot: Box = (0.4, 0.65, 0.5, 0.75)
    found = set()
    for each in PERMITS:
        for zones in ((), *((kind,) for kind in DRAWN)):
            for labels in ((), ("stall",), ("apple",), ("banana", "bottle")):
                for one in permit_verdict(view_of(*zones, permits=(each,)), foot, LATER, labels).checked:
                    found |= {one.reason.zh} | ({one.goods.reason.zh} if one.goods else set())
    assert any("识别到苹果" in zh for zh in found)
    assert any(zh.startswith("占用严禁区") for zh in found)
    assert sorted(zh for zh in found if AN_ID.search(zh)) == []


def test_the_names_are_of_all_there_is_and_no_two_have_one() -> None:
    assert set(ZONES_ZH) == set(ZoneKind)
    assert set(CLASSES_ZH) == set(KNOWN_CLASSES)
    assert set(CLASSES_ZH) | set(LOOKS_ZH) >= {*LOOK_CLASSES, *VERIFIER_LOOKS}
    for names in (ZONES_ZH, CLASSES_ZH | LOOKS_ZH):
        assert len(set(names.values())) == len(names)


def test_what_a_city_named_itself_stays_as_it_is() -> None:
    own = read_catalogue(
        "version: city-1\nextends: shipped\nclasses: [cone]\nkinds:\n  - {id: V7, enabled: true, exclusions: [cones]}\nexclusions:\n"
        "  - {id: cones, name: {zh: 锥, en: cones}, rule: {zh: 锥, en: cones}, reason: permit, source: us, seen_by: class, shows: [cone, parasol]}\n",
        "city.yaml",
    )
    book = rulebook_of(view_of(), own)
    kind = own.kind("V7")
    assert kind is not None
    stay = next(stays_of(kind))
    (one,), _, _ = checked(book.rule(kind), Standing(book, stay.xyxy, LATER, tuple(stay.votes)), stay)
    assert one.reason.zh == "0% 的画面中旁边识别到cone、遮阳伞（50% 起算）"
