"""A stall that stands all the while, whatever happens between the looks, is one act; and its dwell is what was seen of it, reckoned a second way."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.judgement.memory import state_from_json, state_to_json
from detector.judgement.stays import judge
from detector.judgement.unseen import LONGEST_UNSEEN_SECONDS
from detector.judgement.values import Box, Look, Thing

from .street import BLUE, DWELL, GRACE, NOON, STALL, Street, catalogue, stall

BUS = Thing("bus", (0.05, 0.30, 0.95, 0.85), 0.9, BLUE)
STEP = 2.0 / 1.8 * (STALL[3] - STALL[1]) / (16 / 9)
"""Two metres of the stall's own scale, in shares of the picture's width."""
happenings = st.tuples(
    st.sampled_from(["missed", "hidden", "away", "outage", "unchanged"]),
    st.floats(1.0, 600.0),
    st.sampled_from([0, 0, 1, -1]),
    st.booleans(),
    st.integers(3, 12),
)  # fmt: skip
"""What happens, for how long, whether the vendor shifts meanwhile, whether the worker is restarted, and how often the stall is seen afterwards."""


class Day:
    """One stall and what is seen of it."""

    def __init__(self) -> None:
        self.street = Street(the_catalogue=catalogue(attendance="off"))
        self.at, self.place, self.seen = 0.0, 0, [0.0]

    @property
    def box(self) -> Box:
        left, top, right, bottom = STALL
        return left + self.place * STEP, top, right + self.place * STEP, bottom

    def sees(self, looks: int) -> None:
        for _ in range(looks):
            self.street.look(self.at, [stall(self.box)])
            self.seen.append(self.at)
            self.at += 3.0

    def passes(self, what: str, seconds: float) -> None:
        """So long nothing is seen of the stall, or only that nothing has changed."""
        until = self.at + (min(seconds, GRACE - 6) if what == "missed" else seconds)
        while self.at < until and what != "outage":
            if what == "away":
                look = Look(self.at, NOON + timedelta(seconds=self.at), status="away")
                self.street.state, events = judge(self.street.view, self.street.catalogue, self.street.state, look)
                self.street.events += events
            elif what == "unchanged":
                self.street.look(self.at, unchanged=True)
                self.seen.append(self.at)
            else:
                self.street.look(self.at, [BUS] if what == "hidden" else [])
            self.at += 3.0
        self.at = max(self.at, until)

    def restarts(self) -> None:
        self.street.state = state_from_json(state_to_json(self.street.state))


@given(st.lists(happenings, max_size=6))
@settings(max_examples=60)
def test_whatever_happens_it_is_one_act_and_dwell_is_what_was_seen(day: list[tuple[str, float, int, bool, int]]) -> None:
    one = Day()
    one.sees(6)
    shifts = 0
    for what, seconds, shift, restarted, looks in day:
        one.passes(what, seconds)
        if restarted:
            one.restarts()
        if shift and what != "unchanged" and -2 <= one.place + shift <= 2:
            one.place += shift
            shifts += 1
        one.sees(looks)
    (stay,) = one.street.state.stays
    assert (stay.first_seconds, len(stay.shifts)) == (0.0, shifts)
    assert [event.name for event in one.street.events if event.name in ("ended", "dropped")] == []
    counted = sum(b - a for a, b in pairwise(sorted(set(one.seen))) if b - a <= GRACE)
    assert stay.dwell_seconds["V2"] == pytest.approx(counted)
    confirmed = one.street.of("confirmed")
    assert len(confirmed) == (1 if counted >= DWELL else 0)
    beyond = sum(b - a > GRACE for a, b in pairwise(sorted(set(one.seen))))
    assert len(stay.gaps) == beyond
    assert all(a.ends <= b.begins for a, b in pairwise(stay.gaps)), "no second lies in two gaps"


@given(st.floats(LONGEST_UNSEEN_SECONDS + 30, 5 * LONGEST_UNSEEN_SECONDS), st.sampled_from(["away", "outage", "hidden"]), st.booleans())
@settings(max_examples=10)
def test_what_nobody_saw_for_too_long_is_judged_anew_and_counts_no_second_of_before(seconds: float, what: str, restarted: bool) -> None:
    one = Day()
    one.sees(30)
    one.passes(what, seconds)
    if restarted:
        one.restarts()
    begins = one.at
    one.sees(4)
    (stay,) = one.street.state.stays
    assert (stay.first_seconds, stay.gaps) == (begins, ())
    assert stay.dwell_seconds["V2"] == pytest.approx(9.0)
    assert [event.unseen for event in one.street.of("ended")] == [True]
