"""Packets come in once, whatever is sent how often; what is wrong is refused by its reason."""

from __future__ import annotations

from evidence.packet import Receipt
from evidence.signing import verify_receipt

from .conftest import Packet, Site


async def test_a_packet_becomes_a_case_with_a_signed_receipt(site: Site) -> None:
    body = await site.deliver(Packet())
    verify_receipt(Receipt.model_validate_json(__import__("json").dumps(body["receipt"])), site.api.key.public_key)
    case = await site.case(body["case_id"])
    assert (case["state"], case["kind"], case["camera_id"], case["version"], case["number"]) == ("open", "V2", "gate-1", 1, 1)
    assert case["packets"][0]["manifest"] == Packet().manifest()
