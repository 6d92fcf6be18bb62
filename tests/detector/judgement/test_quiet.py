"""A thing that people have silenced raises no alarm but one in twenty, and nothing else is quiet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from detector.judgement.quiet import QuietThing, Suppressed, quiet_thing, suppresses
from detector.judgement.values import Stay
from evidence.quiet import is_shown

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
RED, BLUE = (0.9, 0.1, 0.0), (0.0, 0.1, 0.9)
STAY = Stay("s", 0.0, NOW, 0.0, NOW, 0.0, (0.4, 0.4, 0.6, 0.6), RED, {"stall": 1.0})
QUIET = QuietThing("main", "V2", (0.41, 0.4, 0.6, 0.6), RED, NOW + timedelta(days=1), 7, "ca5e")


@pytest.mark.parametrize(
    ("stay", "view", "kind", "at", "expected"),
    [
        (STAY, "main", "V2", NOW, True),
        (replace(STAY, signature=(0.7, 0.2, 0.1)), "main", "V2", NOW, True),
        (replace(STAY, signature=BLUE), "main", "V2", NOW, False),
        (replace(STAY, xyxy=(0.45, 0.45, 0.55, 0.6)), "main", "V2", NOW, False),
        (replace(STAY, xyxy=(0.0, 0.0, 0.2, 0.2)), "main", "V2", NOW, False),
        (replace(STAY, signature=()), "main", "V2", NOW, False),
        (replace(STAY, signature=(*RED, 0.0)), "main", "V2", NOW, False),
        (STAY, "main", "V3", NOW, False),
        (STAY, "preset-2", "V2", NOW, False),
        (STAY, "main", "V2", NOW + timedelta(days=1), False),
    ],
    ids=[
        "the thing", "the thing in another light", "another thing in its place", "a smaller thing in its place", "a like thing elsewhere",
        "a thing of unknown looks", "a signature of another make", "as another kind", "in another view", "when the time is over",
    ],
)  # fmt: skip
def test_only_the_thing_itself_is_quiet(stay: Stay, view: str, kind: str, at: datetime, expected: bool) -> None:
    assert (quiet_thing((QUIET,), view, kind, stay, at) is QUIET) is expected


def test_a_thing_whose_looks_are_not_known_makes_no_place_quiet() -> None:
    assert quiet_thing((replace(QUIET, signature=()),), "main", "V2", STAY, NOW) is None


def test_it_is_told_which_thing_it_is() -> None:
    other = replace(QUIET, signature=BLUE, order_id=8)
    assert quiet_thing((other, QUIET), "main", "V2", STAY, NOW) is QUIET
    assert (QUIET.named.order, QUIET.named.case_id, QUIET.named.until) == (7, "ca5e", QUIET.until)


def test_what_is_quiet_is_kept_back_but_for_one_act_in_twenty() -> None:
    acts = [f"{number:032x}" for number in range(400)]
    assert [act for act in acts if not suppresses(QUIET, act)] == [act for act in acts if is_shown(act)]
    assert not any(suppresses(None, act) for act in acts)


def test_an_alarm_that_was_kept_back_is_told_as_json() -> None:
    told = Suppressed(7, "c1", "a" * 32, "V2", NOW).to_json()
    assert told == {"order": 7, "camera_id": "c1", "act_id": "a" * 32, "kind": "V2", "at": NOW.isoformat()}
