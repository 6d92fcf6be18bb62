"""What a city may change of a proven kind, and what it has then not proven."""

from __future__ import annotations

from datetime import date

import pytest

from evidence.kinds import Catalogue, Kind, load_catalogue, read_catalogue
from evidence.kinds.faults import warnings
from evidence.kinds.proofs import no_longer_proven
from evidence.views import KindOverride

OWN_PROOF = "standing: proven, proof: {model: ours, version: '1', positives: 30, negatives: 100, origins: 2, note: {zh: 注, en: note}}"
SHIPPED_PROOF = "standing: proven, proof: {model: curbwatch-n-street, version: '0.3', positives: 417, negatives: 552, origins: 107, note: {zh: 注, en: note}}"
EXCLUDED = ", ".join(next(kind.exclusions for kind in load_catalogue().kinds if kind.id == "V2"))


def city(kind: str, extends: bool = True) -> Catalogue:
    reasons = ", ".join(f"{{id: {reason.id}, zh: 因, en: why}}" for reason in load_catalogue().reasons)
    return read_catalogue(f"version: city-1\n{'extends: shipped' if extends else f'reasons: [{reasons}]'}\nkinds:\n  - {{{kind}}}\n", "city.yaml")


def of(catalogue: Catalogue, kind_id: str) -> Kind:
    found = catalogue.kind(kind_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("id: V2, objects: [car]", ("objects",)),
        ("id: V2, objects: [stall, vendor_vehicle, car]", ("objects",)),
        ("id: V2, objects: [stall]", ("objects",)),
        ("id: V2, line_objects: [car]", ("line_objects",)),
        ("id: V2, supporting: [car]", ("supporting",)),
        ('id: V2, attendance: "off"', ("attendance",)),
        ("id: V2, attended_share: 0.05", ("attended_share",)),
        ("id: V2, minimum_score: 0.05", ("minimum_score",)),
        ("id: V2, minimum_footprint_share: 0.01", ("minimum_footprint_share",)),
        ("id: V2, dwell_seconds: 20", ("dwell_seconds",)),
        ("id: V2, minimum_looks: 2", ("minimum_looks",)),
        ("id: V2, anchor: box", ("anchor",)),
        ("id: V3, line: null", ("line",)),
        ("id: V3, line_reach: 5", ("line_reach",)),
        ("id: V3, zones: [parking_bay, whole]", ("zones",)),
        ("id: V18, permit_breach: false", ("permit_breach",)),
        ("id: V2, exclusions: []", ("exclusions",)),
        ("id: V3, exclusions: [permit]", ("exclusions",)),
        ('id: V2, objects: [car], attendance: "off", standing: proven', ("objects", "attendance")),
        (f"id: V2, objects: [car], {SHIPPED_PROOF}", ("objects",)),
    ],
)
def test_who_asks_other_or_less_than_was_proven_gets_leads(kind: str, fields: tuple[str, ...]) -> None:
    found = of(city(kind), kind[4:].partition(",")[0])
    assert (found.standing, found.leads_only, found.proof, found.unproven) == ("rendered_only", True, None, fields)
    assert found.enabled is (found.id != "V18"), "whether it is judged is not changed with it"


@pytest.mark.parametrize(
    "kind",
    [
        "id: V2",
        "id: V2, zones: [sidewalk, no_stall]",
        "id: V2, dwell_seconds: 60, minimum_looks: 3",
        "id: V2, dwell_seconds: 3600, minimum_score: 0.3, attended_share: 0.5",
        "id: V2, minimum_footprint_share: 0.25, grace_seconds: 10, hours: ['07:00-19:00']",
        f"id: V2, exclusions: [{EXCLUDED}, removal]",
        "id: V2, line: beyond, except_zones: [shop_apron], supporting: [parasol]",
        "id: V3, zones: [sidewalk], objects: [goods_out]",
        f'id: V2, objects: [car], attendance: "off", {OWN_PROOF}',
    ],
)
def test_who_asks_the_same_or_more_or_has_a_proof_of_its_own_keeps_the_standing(kind: str) -> None:
    found = of(city(kind), kind[4:6])
    assert (found.standing, found.leads_only, found.unproven) == ("proven", False, ())
    assert found.proof is not None


BOUGHT = (
    "id: J1, slug: cars, name: {zh: 车, en: cars}, codes: [], objects: [OBJECTS], attendance: required, attended_share: 0.2, zones: [sidewalk],"
    " dwell_seconds: 300, minimum_looks: 5, grace_seconds: 45, minimum_score: 0.08, explanation: {zh: 车, en: cars}, "
)


@pytest.mark.parametrize("extends", [True, False])
@pytest.mark.parametrize(("objects", "standing"), [("car", "rendered_only"), ("stall, vendor_vehicle", "proven")])
def test_an_own_kind_cannot_take_the_shipped_proof_for_other_things(objects: str, standing: str, extends: bool) -> None:
    assert of(city(BOUGHT.replace("OBJECTS", objects) + f"exclusions: [{EXCLUDED}], {SHIPPED_PROOF}", extends), "J1").standing == standing


def test_it_is_told_in_both_languages_with_its_line() -> None:
    found = city('id: V2, objects: [car], attendance: "off"')
    text = no_longer_proven(of(found, "V2"))
    assert text.zh.startswith("不再视为已证实：与证实时相比要求不同或更低（objects, attendance）")
    assert text.en.startswith("is proven no longer: it asks other or less than what was proven (objects, attendance), and gives leads (grade C) only")
    told = [(path[2], what) for path, what in warnings(found, date(2026, 11, 27)) if "proven no longer" in what]
    assert told == [("objects", f"{text.zh} / {text.en}")]
    assert not [what for _, what in warnings(load_catalogue(), date(2026, 11, 27)) if "proven no longer" in what]


NO_PERMIT = "leaves out `permit`, which the shipped kind heeds: permits do not count for it, and what stands there by its permit is judged as if it had none"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        pytest.param("id: V2, exclusions: []", True, id="none at all"),
        pytest.param("id: V1, exclusions: [unloading]", True, id="a kind that was never proven"),
        pytest.param(f"id: V2, exclusions: [], {OWN_PROOF}", True, id="with a proof of its own"),
        pytest.param("id: V2, exclusions: [permit]", False, id="permits alone"),
        pytest.param("id: V4, exclusions: []", False, id="what never had permits"),
        pytest.param("id: V2, dwell_seconds: 400", False, id="another field"),
    ],
)
def test_a_seller_for_whom_permits_do_not_count_is_told(kind: str, told: bool) -> None:
    what = [what for path, what in warnings(city(kind), date(2026, 11, 27), load_catalogue()) if path[-1] == "exclusions" and "permits do not count" in what]
    assert what == ([NO_PERMIT] if told else [])


def test_permits_that_count_no_longer_since_the_exclusion_is_another() -> None:
    text = "version: city-1\nextends: shipped\nkinds: []\nexclusions:\n  - {id: permit, seen_by: nothing, shows: [], measured: []}\n"
    found = [path for path, what in warnings(read_catalogue(text, "city.yaml"), date(2026, 11, 27), load_catalogue()) if "permits do not count" in what]
    assert found == [("exclusions", 0, "measured")]


def test_a_scene_sets_its_dwell_and_attendance_and_no_lower_score() -> None:
    shipped = load_catalogue()
    short = shipped.overridden({"V2": KindOverride(dwell_seconds=3, minimum_looks=2, grace_seconds=5, attendance="off", minimum_score=0.1)}, "scene")
    assert (of(short, "V2").standing, of(short, "V2").unproven) == ("proven", ())
    faint = of(shipped.overridden({"V2": KindOverride(minimum_score=0.01)}, "scene"), "V2")
    assert (faint.standing, faint.leads_only, faint.unproven) == ("rendered_only", True, ("minimum_score",))
    assert of(shipped.overridden({"V4": KindOverride(minimum_score=0.01)}, "scene"), "V4").unproven == ()
