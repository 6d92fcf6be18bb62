from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from detector.judgement.continuing import continuing
from detector.judgement.values import Look, Stay, ViewState

NOON = datetime(2026, 11, 25, 4, tzinfo=UTC)
STAY = Stay(
    stay_id="s1", first_seconds=0.0, first_wall=NOON, last_seconds=4000.0, last_wall=NOON, known_seconds=4000.0, xyxy=(0.1, 0.1, 0.2, 0.2), signature=(),
    votes={"stall": 1.0}, suspected=True, confirmed_kind="V2", told_seconds=1000.0, in_place=("V2",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("stay", "asked", "due"),
    [
        pytest.param(STAY, {}, True, id="half an hour has passed"),
        pytest.param(replace(STAY, told_seconds=3000.0), {}, False, id="it was told of a while ago"),
        pytest.param(replace(STAY, told_seconds=3000.0), {"s1": "case-7"}, True, id="somebody asks"),
        pytest.param(replace(STAY, told_seconds=3000.0), {"s2": "case-7"}, False, id="somebody asks about another"),
        pytest.param(replace(STAY, in_place=()), {}, False, id="a permit has begun to cover it"),
        pytest.param(replace(STAY, in_place=()), {"s1": "case-7"}, True, id="it is covered, and somebody asks"),
        pytest.param(replace(STAY, told_seconds=None), {}, False, id="this very look confirmed it"),
        pytest.param(replace(STAY, told_seconds=None), {"s1": "case-7"}, True, id="somebody asks at once"),
        pytest.param(replace(STAY, confirmed_kind=None), {"s1": "case-7"}, False, id="it is no violation yet"),
        pytest.param(replace(STAY, last_seconds=3990.0), {"s1": "case-7"}, False, id="this look did not see it"),
    ],
)
def test_an_act_that_goes_on_is_told_from_time_to_time_and_when_asked(stay: Stay, asked: dict[str, str], due: bool) -> None:
    state, events = continuing(ViewState((stay,)), Look(4000.0, NOON), asked)
    assert [(event.name, event.kind, event.case) for event in events] == ([("continued", "V2", asked.get("s1"))] if due else [])
    assert state.stays[0].continued == due
    if due:
        assert state.stays[0].told_seconds == 4000.0
        assert events[0].stay == state.stays[0]


def test_the_first_look_of_a_confirmed_stay_begins_its_time() -> None:
    state, _ = continuing(ViewState((replace(STAY, told_seconds=None),)), Look(4000.0, NOON), {})
    assert state.stays[0].told_seconds == 4000.0
