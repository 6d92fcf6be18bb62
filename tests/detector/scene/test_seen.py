from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from detector.judgement.values import Thing
from detector.scene.seen import COLUMNS, FORGET_SECONDS, MOST_KNOWN, MOST_VIEWS, ROWS, SHEET_SECONDS, SeenByView, SeenError, SeenGrid, seen_from_json

START = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
WHOLE = (0.0, 0.0, 1.0, 1.0)


def thing(label: str, x: float, y: float, width: float = 0.05, height: float = 0.1) -> Thing:
    """A thing that touches the ground at (x, y)."""
    return Thing(label, (x - width / 2, y - height, x + width / 2, y), 0.8)


def looked(grid: SeenGrid, *looks: tuple[float, list[Thing]]) -> SeenGrid:
    for seconds, things in looks:
        grid.add(things, seconds, START + timedelta(seconds=seconds), WHOLE)
    return grid


def test_what_stands_counts_once_and_what_passes_each_time() -> None:
    grid = SeenGrid()
    looked(grid, *[(4.0 * n, [thing("car", 0.8, 0.8), thing("person", 0.1 + 0.1 * n, 0.6)]) for n in range(7)])
    assert (grid.arrivals("vehicles"), grid.arrivals("people"), grid.looks) == (1, 7, 7)


def test_what_comes_again_after_it_was_gone_has_come_anew() -> None:
    grid = looked(SeenGrid(), (0.0, [thing("car", 0.5, 0.5)]), (100.0, [thing("car", 0.5, 0.5)]), (100.0 + FORGET_SECONDS + 1, [thing("car", 0.5, 0.5)]))
    assert grid.arrivals("vehicles") == 2


@pytest.mark.parametrize(
    ("one", "group"),
    [
        pytest.param(thing("truck", 0.5, 0.5), "vehicles", id="a lorry"),
        pytest.param(thing("motorcycle", 0.5, 0.5), "cycles", id="a motorcycle"),
        pytest.param(thing("stall", 0.5, 0.5), None, id="a stall is none of them"),
        pytest.param(thing("person", 0.5, 0.995), None, id="feet below the picture"),
        pytest.param(thing("car", 0.02, 0.5), None, id="cut off at the left"),
        pytest.param(thing("car", 0.98, 0.5), None, id="cut off at the right"),
    ],
)
def test_whose_feet_are_seen(one: Thing, group: str | None) -> None:
    grid = looked(SeenGrid(), (0.0, [one]))
    assert {name: grid.arrivals(name) for name in ("people", "vehicles", "cycles")} == {name: int(name == group) for name in ("people", "vehicles", "cycles")}


def test_columns_tell_place_number_and_size() -> None:
    grid = looked(SeenGrid(), (0.0, [thing("person", 0.25, 0.5, 0.04, 0.1)]), (8.0, [thing("person", 0.2501, 0.5, 0.04, 0.3)]))
    ((x, y, count, height, width),) = grid.columns("people").tolist()
    assert (x, y) == pytest.approx((0.25, 0.5), abs=0.6 / ROWS)
    assert (count, height, width) == pytest.approx((2, 0.2, 0.04))
    assert grid.columns("vehicles").shape == (0, 5)


def test_it_holds_the_last_half_day_or_day_and_never_more() -> None:
    grid = SeenGrid()
    step = FORGET_SECONDS  # watched time grows by so much a look at most
    for number in range(int(3.5 * SHEET_SECONDS / step)):
        grid.add([thing("person", (number % 60) / 64 + 0.02, 0.5)], number * step, START + timedelta(seconds=number * step), WHOLE)
    assert len(grid.sheets) == 2
    assert SHEET_SECONDS <= sum(sheet.watched_seconds for sheet in grid.sheets) <= 2 * SHEET_SECONDS
    assert len(json.dumps(grid.to_json())) < 20_000


def test_a_pause_is_not_watched() -> None:
    grid = looked(SeenGrid(), (0.0, []), (4.0, []), (90_000.0, []))
    assert grid.sheets[0].watched_seconds == pytest.approx(4.0 + FORGET_SECONDS)


def test_what_is_known_is_bounded() -> None:
    crowd = [thing("person", 0.02 + 0.96 * (n % 24) / 24, 0.2 + 0.7 * (n // 24) / 12, 0.01, 0.02) for n in range(3 * MOST_KNOWN)]
    grid = looked(SeenGrid(), (0.0, crowd))
    assert len(grid._known) == MOST_KNOWN
    assert grid.arrivals("people") == len(crowd)


def test_another_rectangle_begins_anew() -> None:
    grid = looked(SeenGrid(), (0.0, [thing("car", 0.5, 0.5)]))
    grid.add([], 4.0, START, (0.2, 0.2, 0.8, 0.8))
    assert grid.arrivals("vehicles") == 0
    assert grid.rectangle == (0.2, 0.2, 0.8, 0.8)


def test_it_comes_back_as_it_was_written() -> None:
    grid = looked(SeenGrid(), (0.0, [thing("car", 0.5, 0.5), thing("person", 0.3, 0.9)]), (4.0, [thing("person", 0.6, 0.9)]))
    again = seen_from_json(json.loads(json.dumps(grid.to_json())), "cam1")
    assert again.to_json() == grid.to_json()
    assert not again.changed
    for group in ("people", "vehicles", "cycles"):
        np.testing.assert_allclose(again.columns(group), grid.columns(group), atol=1e-4)
    looked(again, (8.0, [thing("car", 0.9, 0.5)]))
    assert again.arrivals("vehicles") == 2


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param(lambda data: data.update(schema="other"), "is no record", id="another schema"),
        pytest.param(lambda data: data.update(grid=[8, 8]), "a grid of another size", id="another size"),
        pytest.param(lambda data: data.update(rectangle=[0, 0, 2, 1]), "is damaged", id="a rectangle beyond the picture"),
        pytest.param(lambda data: data.pop("sheets"), "is damaged", id="no sheets"),
        pytest.param(lambda data: data["sheets"][0]["people"].append([COLUMNS * ROWS, 1, 0.1, 0.1]), "is damaged", id="a cell that is none"),
        pytest.param(lambda data: data["sheets"][0]["people"].append([3, 1, 7.0, 0.1]), "is damaged", id="a person taller than the picture"),
        pytest.param(lambda data: data["sheets"][0].update(began="2026-07-01T00:00:00"), "is damaged", id="a time without zone"),
    ],
)
def test_what_is_no_such_record_is_refused(change: object, what: str) -> None:
    data = looked(SeenGrid(), (0.0, [thing("person", 0.3, 0.9)])).to_json()
    change(data)  # type: ignore[operator]
    with pytest.raises(SeenError, match=what) as caught:
        seen_from_json(data, "file.json")
    assert str(caught.value).startswith("file.json: ")


def test_each_view_has_its_own_grid_and_views_are_bounded() -> None:
    seen = SeenByView()
    for number in range(MOST_VIEWS + 3):
        seen.add(f"preset{number}", [thing("person", 0.5, 0.5)], 0.0, START, WHOLE)
    assert len(seen.grids) == MOST_VIEWS
    assert "preset0" not in seen.grids
    assert all(grid.arrivals("people") == 1 for grid in seen.grids.values())
