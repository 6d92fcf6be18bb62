from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from evidence.errors import PacketError, SignatureFault
from evidence.given_up import read_given_up, signed_given_up
from evidence.signing import SigningKey
from tests.evidence.shop import NOON

KEY = SigningKey.generate()
FACTS: dict[str, Any] = {
    "worker": "w1",
    "packet_id": "a" * 32,
    "manifest_sha256": "b" * 64,
    "sequence": 7,
    "reason": "disk_full",
    "files": 9,
    "size": 4_100_000,
}


def made(at: datetime = NOON, **changes: Any) -> dict[str, Any]:
    return signed_given_up(KEY, at=at, **{**FACTS, **changes})


def test_a_record_says_what_went_and_is_signed() -> None:
    read = read_given_up(made(NOON.astimezone(timezone(timedelta(hours=8)))), "given_up.json")
    read.verify(KEY.public_key)
    assert (read.record.sequence, read.record.bytes, read.record.at, read.key_id) == (7, 4_100_000, NOON, KEY.key_id)
    assert made()["record"]["at"] == "2026-11-25T04:00:00+00:00"


@pytest.mark.parametrize("field", ["worker", "packet_id", "manifest_sha256", "sequence", "at", "reason", "files", "bytes"])
def test_each_field_is_needed_and_signed(field: str) -> None:
    data = made()
    value = data["record"][field]
    data["record"][field] = value + 1 if isinstance(value, int) else {"at": "2026-11-26T04:00:00Z"}.get(field, value[:-1] + "0")
    with pytest.raises(SignatureFault):
        read_given_up(data, "x").verify(KEY.public_key)
    del data["record"][field]
    with pytest.raises(PacketError, match=f"^x: {field}: is missing"):
        read_given_up(data, "x")


@pytest.mark.parametrize("data", [None, [], {}, {"record": {}}, {"record": 3, "signature": 4}, {**made(), "more": 1}])
def test_what_is_no_record_is_one_line(data: Any) -> None:
    with pytest.raises(PacketError, match=r"^x: [^\n]+$"):
        read_given_up(data, "x")
