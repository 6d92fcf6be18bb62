"""What a worker's manifest must hold to beyond its shape."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.canonical import sha256_hex
from evidence.claims import MOST_CONTINUED, claim_faults
from evidence.packet import Phase, packet_id_of, read_manifest

ACT = sha256_hex(b"act")[:32]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        pytest.param({}, [], id="a case"),
        pytest.param({"grade": "C"}, [], id="a lead"),
        pytest.param({"grade": "A"}, ["grade"], id="a penalty"),
        pytest.param({"packet_id": "0" * 32}, ["packet_id"], id="an id of its own choice"),
        pytest.param({"act_id": "0" * 32}, ["packet_id"], id="the packet of another act"),
        pytest.param({"phase": "ended"}, ["packet_id"], id="an end under the id of the confirmation"),
        pytest.param({"phase": "ended", "packet_id": packet_id_of(ACT, Phase.ENDED)}, [], id="an end"),
        pytest.param({"packet_id": packet_id_of(ACT, Phase.CONFIRMED, 1)}, ["packet_id"], id="a second confirmation"),
        pytest.param({"phase": "continued", "packet_id": packet_id_of(ACT, Phase.CONTINUED, 7)}, [], id="it goes on for the seventh time"),
        pytest.param({"phase": "continued", "packet_id": packet_id_of(ACT, Phase.CONTINUED, MOST_CONTINUED)}, [], id="the last number"),
        pytest.param({"phase": "continued", "packet_id": packet_id_of(ACT, Phase.CONTINUED, MOST_CONTINUED + 1)}, ["packet_id"], id="past the last number"),
        pytest.param({"grade": "A", "packet_id": "0" * 32}, ["grade", "packet_id"], id="both"),
    ],
)
def test_claims(manifest: dict[str, Any], changes: dict[str, Any], fields: list[str]) -> None:
    assert [where for where, _ in claim_faults(read_manifest(manifest | changes, "manifest"))] == fields
