"""Casts: everything has room and stands on the ground, and what a shot shows changes as the script says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from models.street.clips.cast import Cast, cast
from models.street.clips.coming import BROUGHT
from models.street.clips.forms import TRADED
from models.street.clips.script import draw_script
from models.street.compose import CLOSE

SEEDS = (700_003, 700_006, 700_012)
"""Bicycles in a bay and a car too; a grill and a permit by night; seen without a balcony."""


@pytest.fixture(scope="module")
def casts() -> list[Cast]:
    return [cast(draw_script(seed, "open")) for seed in SEEDS]


def test_a_cast_is_a_function_of_its_script(casts: list[Cast]) -> None:
    again = cast(draw_script(SEEDS[0], "open"))
    assert [(one.x, one.y, one.turn) for one in again.staged] == [(one.x, one.y, one.turn) for one in casts[0].staged]
    assert [(one.at, one.turn, one.first, one.last) for one in again.figures] == [(one.at, one.turn, one.first, one.last) for one in casts[0].figures]


def test_every_event_has_its_own_room(casts: list[Cast]) -> None:
    for one in casts:
        assert [staged.event for staged in one.staged] == list(one.script.events)
        for a, b in itertools.combinations([staged for staged in one.staged if staged.event.strip != "balcony"], 2):
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


def test_rooms_are_no_larger_than_footprints_but_for_painted_boxes(casts: list[Cast]) -> None:
    for staged in (staged for one in casts for staged in one.staged if not staged.pitch):
        w, d = staged.asset.footprint
        assert max(staged.half) <= CLOSE * (w + d) / 2 + 1e-6


def test_what_nobody_sells_from_stands_on_the_pavement_whole(casts: list[Cast]) -> None:
    for one in casts:
        for staged in one.staged:
            if staged.event.strip in ("kerb", "walk", "front") and staged.event.label not in TRADED:
                assert staged.y - staged.half[1] > one.plan.layout.kerb_y
                assert staged.y + staged.half[1] < 0


def test_no_bicycle_stands_about_that_would_make_three(casts: list[Cast]) -> None:
    assert not {stood.name for one in casts for stood in one.plan.stood} & {"bicycle", "scooter"}


def test_somebody_brings_and_fetches_what_stays(casts: list[Cast]) -> None:
    found = 0
    for one in casts:
        for index, staged in enumerate(one.staged):
            if staged.event.label in BROUGHT and staged.event.start_second > 0 and staged.event.reason != "handled":
                first, last = staged.event.start_second // 4, staged.event.end_second // 4
                around = [figure for figure in one.figures if figure.event == index and figure.part == "people"]
                assert any(figure.seen(first - 1) for figure in around)
                assert last >= one.script.shots or any(figure.seen(last) for figure in around)
                found += 1
    assert found


def test_a_cleaner_stays_with_what_is_cleared_away() -> None:
    seed = next(seed for seed in range(700_002, 700_200) if any(event.reason == "handled" for event in draw_script(seed, "open").events))
    one = cast(draw_script(seed, "open"))
    index = next(i for i, staged in enumerate(one.staged) if staged.event.reason == "handled")
    event = one.staged[index].event
    for shot in range(event.start_second // 4, event.end_second // 4):
        assert sum(figure.seen(shot) for figure in one.figures if figure.event == index and figure.part == "vendor") == 1


def test_laundry_on_a_balcony_hangs_over_heads_and_out_of_the_way() -> None:
    seed = next(seed for seed in range(700_002, 700_200) if any(event.strip == "balcony" for event in draw_script(seed, "open").events))
    one = cast(draw_script(seed, "open"))
    index = next(i for i, staged in enumerate(one.staged) if staged.event.strip == "balcony")
    goods = [figure for figure in one.figures if figure.event == index and figure.part == "goods"]
    assert goods
    assert all(figure.at[2] > 3.0 for figure in goods)


def test_another_take_is_another_street(casts: list[Cast]) -> None:
    again = cast(draw_script(SEEDS[0], "open"), 1)
    assert [staged.event for staged in again.staged] == [staged.event for staged in casts[0].staged]
    assert [(staged.x, staged.y) for staged in again.staged] != [(staged.x, staged.y) for staged in casts[0].staged]


@pytest.mark.slow
def test_every_story_of_the_open_set_finds_room() -> None:
    for seed in range(700_002, 700_056):
        script = draw_script(seed, "open")
        assert len(cast(script).staged) == len(script.events)
