"""Dwell by properties: how often a camera looks, and which looks miss the thing within the grace, changes it by one interval at most; where nobody looked for
longer than the grace, or the thing was not seen for longer, nothing is added.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.kinds import Catalogue
from evidence.views import KindOverride

from .street import Street, catalogue, person, stall, view

GRACE = 45.0
FAST, SLOW = 2.0, 10.0
VIEW = view()
"""One view and one catalogue for all examples: what is reckoned of them is reckoned once."""


def with_grace() -> Catalogue:
    one = KindOverride(dwell_seconds=10_000.0, minimum_looks=5, grace_seconds=GRACE)
    return catalogue().overridden({"V2": one, "V3": one}, "the table")


RULES = with_grace()


def dwell_of(street: Street) -> list[float]:
    """Of every stay that is remembered."""
    return [stay.dwell_seconds.get("V2", 0.0) for stay in street.state.stays]


def watched(moments: Sequence[float], seen: Sequence[bool]) -> Street:
    """A camera that looks at these moments and sees the stall in those looks; its seller is always there."""
    street = Street(VIEW, RULES)
    for at, sees in zip(moments, seen, strict=True):
        street.look(at, [person(), *([stall()] if sees else [])])
    return street


def moments_of(step: float, phase: float, seconds: float) -> list[float]:
    return [phase + step * number for number in range(int((seconds - phase) // step) + 1)]


def kept_within_grace(moments: Sequence[float], wishes: Sequence[bool]) -> list[bool]:
    """Which looks see the thing: as wished, but never missed for longer than the grace, and seen first and last."""
    seen, last = [], moments[0]
    for number, (at, wish) in enumerate(zip(moments, wishes, strict=True)):
        following = moments[number + 1] if number + 1 < len(moments) else None
        sees = wish or number == 0 or following is None or following - last > GRACE
        last = at if sees else last
        seen.append(sees)
    return seen


@given(
    st.floats(0.0, SLOW, exclude_max=True),
    st.integers(12, 40),
    st.lists(st.booleans(), min_size=201, max_size=201),
    st.lists(st.booleans(), min_size=41, max_size=41),
)
@settings(max_examples=25, deadline=None)
def test_dwell_is_the_same_within_one_interval_however_often_it_is_looked_at_and_whatever_is_missed(
    begins: float, intervals: int, fast_wishes: list[bool], slow_wishes: list[bool]
) -> None:
    """The thing comes at a moment that no camera knows; at the end both look at once."""
    end, found = SLOW * intervals, []
    for step, wishes in ((FAST, fast_wishes), (SLOW, slow_wishes)):
        moments = [at for at in moments_of(step, 0.0, end) if at >= begins]
        (dwell,) = dwell_of(watched(moments, kept_within_grace(moments, wishes[: len(moments)])))
        assert dwell == pytest.approx(end - moments[0]), "from the first look that saw it to the last, whatever was missed between"
        assert end - begins - step <= dwell <= end - begins, "less than one interval short, and never too long"
        found.append(dwell)
    assert abs(found[0] - found[1]) <= SLOW


@given(st.floats(60.0, 300.0), st.sampled_from([FAST, SLOW]), st.sampled_from([FAST, SLOW]))
@settings(max_examples=15, deadline=None)
def test_with_the_same_first_and_last_look_dwell_is_the_same_to_the_digit(seconds: float, one: float, other: float) -> None:
    ends = SLOW * int(seconds // SLOW)
    dwells = [dwell_of(watched(moments, [True] * len(moments))) for moments in (moments_of(one, 0.0, ends), moments_of(other, 0.0, ends))]
    assert dwells[0] == dwells[1] == [ends]


@given(
    st.lists(st.floats(GRACE + 0.5, 900.0), min_size=1, max_size=4),
    st.lists(st.floats(20.0, 120.0), min_size=5, max_size=5),
    st.sampled_from([FAST, 4.0, SLOW]),
)
@settings(max_examples=25, deadline=None)
def test_time_in_which_nobody_looked_for_longer_than_the_grace_adds_nothing(pauses: list[float], stretches: list[float], step: float) -> None:
    moments, expected, at = [], 0.0, 0.0
    for number, pause in enumerate([0.0, *pauses]):
        at += pause
        part = [at + step * n for n in range(int(stretches[number] // step) + 1)]
        moments += part
        expected += part[-1] - part[0]
        at = part[-1]
    street = watched(moments, [True] * len(moments))
    (stay,) = street.state.stays
    assert abs(stay.dwell_seconds["V2"] - expected) < 1e-6
    assert len(stay.gaps) == len(pauses), "each is declared"
    assert stay.first_seconds == moments[0], "and the act goes on"


@given(st.floats(GRACE + 0.5, 300.0), st.floats(30.0, 200.0), st.sampled_from([FAST, 4.0, SLOW]))
@settings(max_examples=25, deadline=None)
def test_what_was_looked_for_and_not_seen_for_longer_than_the_grace_begins_anew(away: float, stays: float, step: float) -> None:
    before, between = moments_of(step, 0.0, 60.0), []
    at = before[-1] + step
    while at < before[-1] + away:
        between.append(at)
        at += step
    after = [at + step * n for n in range(int(stays // step) + 1)]
    street = watched([*before, *between, *after], [True] * len(before) + [False] * len(between) + [True] * len(after))
    was_over = len(between) > 1 and between[-1] - before[-1] > GRACE
    missing = after[0] - before[-1]
    whole = before[-1] + (missing if missing <= GRACE else 0.0) + after[-1] - after[0]
    assert dwell_of(street) == pytest.approx([after[-1] - after[0] if was_over else whole])
