from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from detector.worker.order import OrderFault, PacketOrder
from evidence.packet import Phase, packet_id_of


@pytest.mark.parametrize("phase", [Phase.CONFIRMED, Phase.ENDED])
def test_an_order_comes_back_from_json_as_it_was(made_order: Callable[..., PacketOrder], phase: Phase) -> None:
    order = made_order(phase)
    assert PacketOrder.from_json(json.loads(json.dumps(order.to_json(), ensure_ascii=False))) == order


def test_key_debt_and_packet_are_named_by_act_and_phase(made_order: Callable[..., PacketOrder]) -> None:
    order = made_order(Phase.ENDED)
    assert order.key == f"{order.act_id}/ended"
    assert order.packet_id == packet_id_of(order.act_id, Phase.ENDED)
    assert (order.to_debt().key, order.to_debt().camera_id) == (order.key, "cam-3")


@pytest.mark.parametrize(
    ("break_it", "complaint"),
    [
        (lambda body: body.pop("act_id"), "KeyError: 'act_id'"),
        (lambda body: body["stay"].pop("first_wall"), "first_wall"),
        (lambda body: body["stay"].update(first_wall="2026-11-25T08:00:00"), "has no zone"),
        (lambda body: body["kind"].update(colour="red"), "colour: is not a known key"),
        (lambda body: body.update(phase="begun"), "begun"),
        (lambda body: body.update(grade="A"), "has grade A: a worker grades at most B; A needs people"),
    ],
    ids=["a field is missing", "the stay is not whole", "a time without a zone", "an unknown field", "an unknown phase", "a grade that needs people"],
)
def test_what_is_no_order_is_named_in_one_line(made_order: Callable[..., PacketOrder], break_it: Callable[[dict], object], complaint: str) -> None:
    body = made_order().to_json()
    break_it(body)
    with pytest.raises(OrderFault, match=complaint) as raised:
        PacketOrder.from_json(body)
    assert "\n" not in str(raised.value)
