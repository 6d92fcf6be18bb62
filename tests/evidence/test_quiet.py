"""When two sights are of one thing, and which alarms about a quiet thing are shown all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from evidence.packet import act_id_of
from evidence.quiet import SHOWN_ONE_IN, Likeness, intersection, is_same_thing, is_shown, overlap

START = datetime(2026, 11, 25, 8, tzinfo=UTC)
RED, BLUE = (0.9, 0.1, 0.0), (0.0, 0.1, 0.9)
THING = Likeness("main", "V2", (0.4, 0.4, 0.6, 0.8), RED)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(THING, True, id="itself"),
        pytest.param(replace(THING, look=(0.7, 0.2, 0.1)), True, id="in another light"),
        pytest.param(replace(THING, outline=(0.41, 0.41, 0.61, 0.79)), True, id="as a detector's boxes vary"),
        pytest.param(replace(THING, look=BLUE), False, id="something new in its place"),
        pytest.param(replace(THING, outline=(0.4, 0.4, 0.6, 0.6)), False, id="something half as high in its place"),
        pytest.param(replace(THING, outline=(0.45, 0.5, 0.55, 0.7)), False, id="something small in front of it"),
        pytest.param(replace(THING, outline=(0.7, 0.4, 0.9, 0.8)), False, id="one that looks so elsewhere"),
        pytest.param(replace(THING, kind="V3"), False, id="as another kind"),
        pytest.param(replace(THING, view_id="preset-2"), False, id="in another view"),
        pytest.param(replace(THING, look=()), False, id="whose look is not known"),
        pytest.param(replace(THING, look=(*RED, 0.0)), False, id="whose look was made otherwise"),
    ],
)
def test_a_thing_is_its_kind_outline_and_look_and_never_its_place(other: Likeness, same: bool) -> None:
    assert is_same_thing(THING, other) is same
    assert is_same_thing(other, THING) is same


def test_nothing_is_like_what_nobody_knows_the_look_of() -> None:
    unknown = replace(THING, look=())
    assert not is_same_thing(unknown, unknown)


def test_one_alarm_in_twenty_is_shown_and_always_the_same_one() -> None:
    acts = [act_id_of("gate-1", "main", "V2", START, f"stay-{number}") for number in range(4000)]
    shown = [act for act in acts if is_shown(act)]
    assert 4000 / SHOWN_ONE_IN * 0.75 < len(shown) < 4000 / SHOWN_ONE_IN * 1.25
    assert [act for act in acts if is_shown(act)] == shown
    assert all(is_shown(act, 1) for act in acts[:50])


@pytest.mark.parametrize(
    ("a", "b", "shared"),
    [
        pytest.param((0, 0, 1, 1), (0, 0, 1, 1), 1.0, id="the same"),
        pytest.param((0, 0, 1, 1), (0.5, 0, 1, 1), 0.5, id="half of it"),
        pytest.param((0, 0, 0.4, 1), (0.2, 0, 0.6, 1), 1 / 3, id="half of each"),
        pytest.param((0, 0, 0.5, 1), (0.5, 0, 1, 1), 0.0, id="side by side"),
        pytest.param((0.2, 0.2, 0.2, 0.9), (0, 0, 1, 1), 0.0, id="a box without area"),
        pytest.param((0, 0, 0, 1), (0, 0, 0, 1), 0.0, id="two without area"),
    ],
)
def test_outlines_overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float], shared: float) -> None:
    assert overlap(a, b) == pytest.approx(shared)


def test_looks_share_what_both_have() -> None:
    assert intersection((0.5, 0.5, 0.0), (0.2, 0.3, 0.5)) == pytest.approx(0.5)
