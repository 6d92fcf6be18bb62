"""Each row says how far it is shown: by what a rendered clip has, by its name in the clips' script, or why by the rule alone."""

from __future__ import annotations

import pytest

from benchmarks.results import LEDGER, read_result
from evidence.kinds import load_catalogue
from evidence.views import ZoneKind
from models.street.clips import forms

from . import test_exclusions, test_kinds, test_zones
from .rows import Row

ROWS: list[Row] = [
    *test_zones.ANCHOR, *test_zones.ZONES, *test_kinds.MAKES, *test_kinds.HOURS, *test_exclusions.PERMITS, *test_exclusions.POLICY, *test_exclusions.LOADING,
    *test_exclusions.PEOPLE, *test_exclusions.FIXTURES, *test_exclusions.SIGHT,
]  # fmt: skip
FORMS = [form for of_kind in (forms.VIOLATIONS, forms.LOOK_ALIKES) for shown in of_kind.values() for form in shown]
IN_CLIPS = {*(form.asset for form in FORMS), *(form.twin for form in FORMS)}
"""What the script of a clip may draw: violations, the legal twins and the look-alikes."""


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_row_is_shown_in_pixels_or_says_why_not(row: Row) -> None:
    assert bool(row.pixels) != bool(row.rule_only)
    assert not row.pixels or row.pixels in IN_CLIPS


OPEN = read_result(max(LEDGER.glob("*-events-street-open.json")))
"""What came of the open clips, at both look intervals."""
CAME_OUT = {(one["what"], one["kind"], one["violation"]) for row in OPEN.rows for one in row["situations"] if one["right"]}
KEPT_QUIET = {what for what, _, violation in CAME_OUT if not violation}


@pytest.mark.parametrize("row", [row for row in ROWS if row.pixels], ids=str)
def test_a_row_that_pixels_show_came_out_so_in_an_open_clip(row: Row) -> None:
    if row.kinds:
        assert [kind for kind in row.kinds if (row.pixels, kind, True) in CAME_OUT] == list(row.kinds)
    else:
        assert row.pixels in KEPT_QUIET


def test_no_row_stands_twice() -> None:
    says = [row.says for row in ROWS]
    assert sorted({one for one in says if says.count(one) > 1}) == []


def test_every_kind_of_zone_and_every_kind_of_violation_has_a_row() -> None:
    zones = {row.says.partition(":")[0] for row in test_zones.ZONES}
    assert {kind.value for kind in ZoneKind} - zones == {"whole"}, "a camera without a scene is the last row"
    kinds = {word for row in ROWS for word in row.kinds}
    assert {kind.id for kind in load_catalogue().kinds if kind.classes} - kinds == set()


ROWS_OF = {
    "permit": "a permitted pitch in its box and its hours",
    "own_land": "an approved terrace on the shop's own land",
    "off_peak_policy": "switched on: goods that occupy neither pavement nor tactile paving",
    "unloading": "a van that unloads, to the verifier",
    "courier": "a courier who sorts parcels",
    "rider": "a rider who waits for less than five minutes",
    "moving_vendor": "V1: a vendor who moves on",
    "parked_tricycle": "a tricycle that is parked, though somebody stands by",
    "covered_stall": "a covered stall",
    "stall_beneath": "V15: the parasol of a vendor's cart is the vendor's",
    "umbrella_moving": "walkers with umbrellas",
    "queue": "a queue under umbrellas that looks like a parasol",
    "construction": "works behind a fence",
    "construction_site": "construction_zone: material in a site",
    "cleaning": "a street cleaner with a cart",
    "being_handled": "V7: somebody is clearing it away",
    "planter": "planters of the city",
    "bus_shelter": "a bus shelter",
    "window_display": "goods inside the window",
    "parking_bay": "parking_bay: a car in a bay on the pavement",
    "bicycle_bay": "V5: two outside a bay and three in it",
    "scheme_bay": "shared_bike_bay: shared bicycles in theirs",
    "rubbish_container": "bin_site: garbage beside the bins is theirs",
    "fixture": "a planter that has stood there for a fortnight",
    "kiosk": "a kiosk that has",
    "awning": "an awning that has",
    "festival_decor": "flags of a festival, of advertising",
}
"""Exclusion → the row that shows it."""


def test_every_exclusion_that_something_shows_has_a_row() -> None:
    shown = {one.id for one in load_catalogue().exclusions if one.seen_by != "nothing"}
    assert shown == set(ROWS_OF)
    says = {row.says for row in ROWS}
    assert sorted(set(ROWS_OF.values()) - says) == []
