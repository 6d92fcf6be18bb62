from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.judgement.memory import MemoryFault, state_from_json, state_to_json, stay_from_json, stay_to_json
from detector.judgement.values import Bystander, Newcomer, Stay, StayGap, StaySample, StayShift, ViewState, Zoom

numbers = st.floats(allow_nan=False, allow_infinity=False, width=64)
shares = st.floats(0, 1)
boxes = st.tuples(shares, shares, shares, shares)
zones = st.integers(-720, 720).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=zones | st.just(UTC))  # noqa: DTZ001 (the strategy adds the zone)
counts = st.integers(0, 10**6)
signatures = st.lists(shares, max_size=4).map(tuple)
samples = st.builds(
    StaySample,
    numbers,
    moments,
    st.sampled_from(["looked", "unchanged"]),
    st.none() | st.text(max_size=8),
    st.none() | boxes,
    st.none() | shares,
    st.booleans(),
)
many_samples = st.lists(samples, max_size=3).map(tuple)
by_kind = st.dictionaries(st.sampled_from(["V2", "V3"]), numbers)
stays = st.builds(
    Stay,
    stay_id=st.text(max_size=8), first_seconds=numbers, first_wall=moments, last_seconds=numbers, last_wall=moments, known_seconds=numbers, xyxy=boxes,
    signature=signatures, votes=by_kind, dwell_seconds=by_kind, in_place=st.lists(st.text(max_size=3), max_size=2).map(tuple), looks=counts,
    attended_looks=counts, missed=counts, unchanged=counts, missed_since_seconds=st.none() | numbers, samples=many_samples,
    gaps=st.lists(st.builds(StayGap, moments, moments, st.text(max_size=8)), max_size=2).map(tuple),
    newcomer=st.none() | st.builds(Newcomer, signatures, many_samples), suspected=st.booleans(), halfway=st.booleans(),
    confirmed_kind=st.none() | st.just("V2"), confirmed_wall=st.none() | moments,
    zoom=st.none() | st.builds(Zoom, st.booleans(), st.none() | shares, st.none() | boxes), zoom_due_seconds=numbers,
    hidden_seconds=st.none() | numbers, hidden_share=shares, shifts=st.lists(st.builds(StayShift, moments, boxes, boxes, numbers), max_size=2).map(tuple),
)  # fmt: skip
states = st.builds(
    ViewState,
    stays=st.lists(stays, max_size=2).map(tuple),
    bystanders=st.lists(st.builds(Bystander, boxes, numbers, numbers, counts, counts), max_size=2).map(tuple),
    last_look_seconds=st.none() | numbers,
    away=st.booleans(),
)


@given(states)
@settings(max_examples=60, deadline=None)
def test_a_view_comes_back_from_json_as_it_was(state: ViewState) -> None:
    assert state_from_json(json.loads(json.dumps(state_to_json(state), ensure_ascii=False))) == state


def plain() -> dict[str, Any]:
    at = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    return stay_to_json(Stay("s1", 1.0, at, 2.0, at, 2.0, (0.1, 0.1, 0.2, 0.2), (), {"stall": 1.0}))


def test_what_an_older_version_did_not_write_takes_its_default() -> None:
    body = plain()
    for name in ("dwell_seconds", "newcomer", "zoom", "zoom_due_seconds", "halfway", "samples", "shifts", "hidden_seconds"):
        del body[name]
    assert stay_from_json(body) == stay_from_json(plain())
    assert state_from_json({}) == ViewState()


def test_every_field_of_a_stay_is_written() -> None:
    assert set(plain()) == set(Stay.__slots__), "a new field of Stay needs its place in memory.py"


@pytest.mark.parametrize(
    "harm",
    [{"xyxy": [0.1]}, {"first_wall": "yesterday"}, {"first_wall": "2026-11-25T08:00:00"}, {"samples": [[1]]}, {"votes": 3}, {"zoom": []}, {"shifts": [[1]]}],
    ids=["half a box", "no time", "a time without a zone", "half a sample", "no mapping", "half a zoom", "half a shift"],
)
def test_what_cannot_be_read_is_one_error(harm: dict[str, Any]) -> None:
    with pytest.raises(MemoryFault):
        stay_from_json(plain() | harm)
    with pytest.raises(MemoryFault):
        state_from_json({"stays": [plain() | harm]})


def test_a_bystander_of_an_older_version_was_missed_by_no_look() -> None:
    (one,) = state_from_json({"bystanders": [[[0.1, 0.2, 0.3, 0.4], 1.0, 9.0, 3]]}).bystanders
    assert one == Bystander((0.1, 0.2, 0.3, 0.4), 1.0, 9.0, 3, 0)


@pytest.mark.parametrize("body", [[], "text", {"stays": 3}, {"bystanders": [[1, 2]]}])
def test_a_state_of_another_shape_is_one_error(body: Any) -> None:
    with pytest.raises(MemoryFault):
        state_from_json(body)
