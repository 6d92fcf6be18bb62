"""Standing orders: read from whatever the API answers, put in force for the cameras that are watched here, taken once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.worker.orders import obey, read_orders
from detector.worker.state import Debt, StateStore
from detector.worker.watched import Watched
from evidence.packet import act_id_of
from tests.detector.worker.test_watched import STALL, START, look, watched

NOW = START + timedelta(hours=1)
UNTIL = (NOW + timedelta(days=1)).isoformat()


def unknown(act_id: str) -> tuple[float, ...]:
    return ()


def item(what: str = "look_again", **changes: Any) -> dict[str, Any]:
    """An order as `GET /orders` has it."""
    made: dict[str, Any] = {
        "id": 1, "what": what, "camera_id": "c1", "case_id": "ca5e", "act_id": "ac7", "view_id": None, "kind": None, "xyxy": None, "signature": None,
        "made_at": NOW.isoformat(), "until": UNTIL,
    }  # fmt: skip
    return {**made, **changes}


def standing_act(one: Watched) -> str:
    """Lets something stand before the camera until it is an act, its id."""
    for second in range(3):
        look(one, float(second), STALL)
    stay = one.state.stays[0]
    one.state = replace(one.state, stays=(replace(stay, confirmed_kind="V2", confirmed_wall=START),))
    return act_id_of("c1", one.document.view_id, "V2", stay.first_wall, stay.stay_id)


def test_an_order_to_look_again_is_taken_once_and_the_act_says_for_which_case() -> None:
    one, taken = watched(), set[int]()
    order = item(act_id=standing_act(one))
    assert obey(read_orders([order]), {"c1": one}, taken, NOW, unknown) == ["c1"]
    assert list(one.asked.values()) == ["ca5e"]
    one.asked.clear()  # as after the look that answered
    assert obey(read_orders([order]), {"c1": one}, taken, NOW, unknown) == []
    assert one.asked == {}
    assert obey([], {"c1": one}, taken, NOW, unknown) == []
    assert taken == set(), "an order that stands no more is forgotten"


@pytest.mark.parametrize(
    "order",
    [item(), item(camera_id="c2"), item(until=(NOW - timedelta(seconds=1)).isoformat()), item(case_id=None), item("sing")],
    ids=["of an act that is over", "for another worker's camera", "over", "for no case", "that nobody knows"],
)
def test_an_order_that_asks_for_nothing_here_hurries_nobody(order: dict[str, Any]) -> None:
    one = watched()
    standing_act(one)
    assert obey(read_orders([order]), {"c1": one}, set(), NOW, unknown) == []
    assert one.asked == {}


def test_a_thing_is_quiet_while_its_order_stands() -> None:
    one = watched()
    standing_act(one)
    quiet = item("be_quiet", view_id="main", kind="V2", xyxy=list(STALL.xyxy), signature=[0.5, 0.5])
    obey(read_orders([quiet]), {"c1": one}, set(), NOW, unknown)
    assert [(thing.kind, thing.signature, thing.order_id, thing.case_id) for thing in one.hush.things] == [("V2", (0.5, 0.5), 1, "ca5e")]
    obey(read_orders([]), {"c1": one}, set(), NOW, unknown)
    assert one.hush.things == ()


def test_what_a_rejected_thing_looked_like_is_remembered_by_the_worker_that_saw_it(tmp_path: Path) -> None:
    one, state = watched(), StateStore(tmp_path / "state.sqlite")
    state.open()
    state.save([], [Debt("ac7/confirmed", "c1", {"act_id": "ac7", "stay": {"signature": [0.25, 0.75]}}), Debt("b/confirmed", "c1", {"act_id": "b"})])
    state.close()
    state.open()
    quiet = item("be_quiet", view_id="main", kind="V2", xyxy=list(STALL.xyxy))
    obey(read_orders([quiet, {**quiet, "id": 2, "act_id": "never seen here"}]), {"c1": one}, set(), NOW, state.appearance)
    assert [thing.signature for thing in one.hush.things] == [(0.25, 0.75)]
    state.close()


@pytest.mark.parametrize(
    "broken",
    [3, None, {}, item(until="soon"), item(until="2026-11-25T00:00:00"), item(xyxy=[1]), item(signature=["a"]), item(id="x")],
    ids=["a number", "nothing", "an empty one", "no time", "a time without zone", "half a box", "a signature of letters", "no number"],
)
def test_what_is_no_order_is_passed_over_and_the_others_are_read(broken: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert [order.order_id for order in read_orders([broken, item(id=7)])] == [7]
    assert "passed over" in caplog.text
