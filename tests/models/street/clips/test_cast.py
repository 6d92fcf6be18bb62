"""Casts: everything has room and stands on the ground, and what a shot shows changes as the script says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from models.street.clips.cast import PITCH_MARGIN, Cast, cast
from models.street.clips.script import draw_script
from models.street.compose import CLOSE


@pytest.fixture(scope="module")
def casts() -> list[Cast]:
    return [cast(draw_script(seed, "open")) for seed in (700_001, 700_004, 700_008)]


def test_a_cast_is_a_function_of_its_script(casts: list[Cast]) -> None:
    again = cast(draw_script(700_001, "open"))
    assert [(one.x, one.y, one.turn) for one in again.staged] == [(one.x, one.y, one.turn) for one in casts[0].staged]
    assert [(one.at, one.turn, one.first, one.last) for one in again.figures] == [(one.at, one.turn, one.first, one.last) for one in casts[0].figures]


def test_every_event_has_its_own_room(casts: list[Cast]) -> None:
    for one in casts:
        assert [staged.event for staged in one.staged] == list(one.script.events)
        for a, b in itertools.combinations(one.staged, 2):
            assert abs(a.x - b.x) > a.half[0] + b.half[0] or abs(a.y - b.y) > a.half[1] + b.half[1]


def test_goods_stand_from_the_first_to_the_last_shot_of_their_event(casts: list[Cast]) -> None:
    for one in casts:
        for index, staged in enumerate(one.staged):
            goods = [figure for figure in one.figures if figure.event == index and figure.part == "goods"]
            step = one.script.step_seconds
            shots = set(range(staged.event.start_second // step, -(-staged.event.end_second // step)))
            assert {shot for figure in goods for shot in range(figure.first, figure.last)} == shots


def test_who_attends_is_there_in_every_shot_of_a_trade(casts: list[Cast]) -> None:
    attended = [(one, index) for one in casts for index, staged in enumerate(one.staged) if staged.event.kind in ("V1", "V2")]
    assert attended
    for one, index in attended:
        event = one.staged[index].event
        vendor = [figure for figure in one.figures if figure.event == index and figure.part == "vendor"]
        for shot in range(event.start_second // 4, -(-event.end_second // 4)):
            assert sum(figure.seen(shot) for figure in vendor) == 1


def test_everybody_stands_on_the_ground_and_nobody_in_a_thing(casts: list[Cast]) -> None:
    for one in casts:
        for figure in one.figures:
            if figure.part == "passer":
                assert figure.at[2] == one.plan.layout.floor(figure.at[1])
                assert one.plan.free(figure.at[0], figure.at[1], 0.3, 0.3)
    walker = next(figure for figure in casts[0].figures if figure.part == "passer")
    low = walker.make().arrays().points[:, 2].min()
    assert -0.06 < low < 0.12


def test_people_keep_to_one_look_while_they_move(casts: list[Cast]) -> None:
    vendor = [figure for figure in casts[0].figures if figure.part == "vendor" and not figure.passing][:2]
    first, second = (figure.make().arrays() for figure in vendor)
    assert set(map(repr, first.surfaces)) & set(map(repr, second.surfaces))
    assert not np.array_equal(first.points, second.points)


def test_rooms_are_no_larger_than_footprints(casts: list[Cast]) -> None:
    for staged in casts[0].staged:
        w, d = staged.asset.footprint
        assert max(staged.half) <= CLOSE * (w + d) / 2 + PITCH_MARGIN + 1e-6
