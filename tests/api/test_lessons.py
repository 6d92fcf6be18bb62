"""What a decided case teaches a detector: what the thing looks like, never what the law says of it."""

from __future__ import annotations

from typing import get_args

import pytest

from api.lessons import NOT_EMPTY, Decided, Seen, is_for_validation, lesson, trained_classes
from api.states import State
from evidence.kinds import load_catalogue
from evidence.stays import Ending

CATALOGUE = load_catalogue()
CONFIRMED, STALL = Decided(State.CONFIRMED, "V2"), Seen("stall")


def rejected(reason: str | None) -> Decided:
    return Decided(State.REJECTED, "V2", reason)


@pytest.mark.parametrize(
    ("decided", "seen", "use", "label"),
    [
        pytest.param(CONFIRMED, STALL, "positive", "stall", id="a stall that was confirmed"),
        pytest.param(Decided(State.CONFIRMED, "V3"), Seen("laundry"), "unlabelled", "laundry", id="a class that makes no such kind"),
        pytest.param(Decided(State.CONFIRMED, "V99"), STALL, "unlabelled", "stall", id="a kind that the catalogue has no more"),
        pytest.param(rejected("permit"), STALL, "positive", "stall", id="a stall with a permit is a stall"),
        pytest.param(rejected("wrong_zone"), STALL, "positive", "stall", id="a stall outside the zone is a stall"),
        pytest.param(rejected("moving_vendor"), STALL, "positive", "stall", id="a stall that moved on is a stall"),
        pytest.param(rejected("static_fixture"), STALL, "negative", "stall", id="a fixture is none"),
        pytest.param(rejected("not_a_violation"), STALL, "unlabelled", "stall", id="no violation: what it is was not said"),
        pytest.param(rejected("unloading"), STALL, "unlabelled", "stall", id="unloading: what it is was not said"),
        pytest.param(rejected("image_bad"), STALL, "unlabelled", "stall", id="a bad picture"),
        pytest.param(rejected("of another day"), STALL, "unlabelled", "stall", id="a reason that the catalogue has no more"),
        pytest.param(rejected(None), STALL, "unlabelled", "stall", id="no reason"),
        pytest.param(CONFIRMED, Seen(None), "unlabelled", None, id="a picture that no look saw"),
        pytest.param(CONFIRMED, Seen(None, "gone"), "negative", None, id="the empty place"),
        pytest.param(CONFIRMED, Seen(None, "replaced"), "unlabelled", None, id="the place with another thing"),
        pytest.param(CONFIRMED, Seen(None, "unseen"), "unlabelled", None, id="the place that nobody had seen"),
        pytest.param(CONFIRMED, Seen(None, "too_few"), "unlabelled", None, id="the place with too few"),
        pytest.param(CONFIRMED, Seen(None, "allowed"), "unlabelled", None, id="the place where it was allowed by then"),
        pytest.param(CONFIRMED, Seen("stall", ""), "unlabelled", None, id="a place of which nothing says how its act ended"),
    ],
)
def test_what_a_case_teaches(decided: Decided, seen: Seen, use: str, label: str | None) -> None:
    found = lesson(decided, seen, CATALOGUE)
    assert (found.use, found.label) == (use, label)
    assert found.why


def test_every_ending_but_one_says_why_it_teaches_no_empty_place() -> None:
    assert {"gone", *NOT_EMPTY} == set(get_args(Ending.model_fields["reason"].annotation))


def test_every_reason_of_the_catalogue_says_what_it_teaches() -> None:
    taught = {reason.id: reason.teaches for reason in CATALOGUE.reasons}
    assert {name for name, what in taught.items() if what == "other"} == {"static_fixture"}
    assert {reason.id for reason in CATALOGUE.reasons if reason.standing} == {"static_fixture"}


def test_a_camera_lies_on_one_side_of_the_split() -> None:
    sides = [is_for_validation(f"gate-{number}") for number in range(2000)]
    assert sides == [is_for_validation(f"gate-{number}") for number in range(2000)]
    assert 0.15 < sum(sides) / len(sides) < 0.25


def test_a_citys_own_classes_come_after_the_shipped_ones() -> None:
    own = trained_classes(("sugar_cane", "stall"))
    assert own[-1] == "sugar_cane"
    assert own[:-1] == trained_classes(())
    assert own.count("stall") == 1
