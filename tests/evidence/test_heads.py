from __future__ import annotations

from typing import Any

import pytest

from evidence.errors import PacketError, SignatureFault
from evidence.heads import HeadRead, head_faults, read_head, signed_head
from evidence.signing import SigningKey
from tests.evidence.shop import NOON

KEY = SigningKey.generate()
HASHES = {number: f"{number:064x}" for number in range(1, 6)}


def head(index: int, sha256: str | None = None, where: str = "heads/day.json") -> HeadRead:
    return read_head(signed_head(KEY, "worker", index=index, sha256=sha256 or HASHES[index], at=NOON, name="w1"), where)


def test_a_head_is_signed_and_comes_back() -> None:
    one = head(3)
    one.verify(KEY.public_key)
    assert (one.head.chain, one.head.name, one.head.index, one.head.sha256, one.head.at) == ("worker", "w1", 3, HASHES[3], NOON)
    with pytest.raises(SignatureFault):
        read_head(one.signed.model_dump() | {"head": one.signed.head | {"index": 4}}, "x").verify(KEY.public_key)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param({"schema": "curbwatch.head/9"}, "d: schema: Input should be 'curbwatch.head/1'", id="schema"),
        pytest.param({"index": 0}, "d: index: Input should be greater than or equal to 1", id="nothing"),
        pytest.param({"at": "noon"}, "d: at: ", id="time"),
        pytest.param({"key_id": "0" * 16}, "d: names the key 0000000000000000, but is signed by the key ", id="another key"),
        pytest.param({"chain": "log"}, "d: a worker's head has its name, the log's has none", id="a log with a name"),
        pytest.param({"more": 1}, "d: more: is not a known key", id="more"),
    ],
)
def test_what_is_no_head_is_said_in_one_line(change: dict[str, Any], what: str) -> None:
    data = signed_head(KEY, "worker", index=1, sha256=HASHES[1], at=NOON, name="w1")
    with pytest.raises(PacketError) as caught:
        read_head(data | {"head": data["head"] | change}, "d")
    assert str(caught.value).startswith(what)


@pytest.mark.parametrize(
    ("heads", "held", "whole", "what"),
    [
        pytest.param([head(3)], HASHES, True, None, id="it fits"),
        pytest.param([head(3, "0" * 64)], HASHES, True, "says that manifest 3 is 000000000000…", id="rewritten"),
        pytest.param([head(5)], {1: HASHES[1], 2: HASHES[2]}, True, "says that there were 5 by ", id="cut off"),
        pytest.param([head(5)], {1: HASHES[1], 2: HASHES[2]}, False, None, id="a selection"),
        pytest.param([head(5)], {}, True, None, id="nothing of this chain is here"),
        pytest.param([head(3), head(3, "0" * 64)], {}, True, "gives manifest 3 another hash than ", id="two heads"),
    ],
)
def test_what_heads_vouch_for(heads: list[HeadRead], held: dict[int, str], whole: bool, what: str | None) -> None:
    found = [fault.what for fault in head_faults(heads, KEY.key_id, held, whole=whole)]
    assert len(found) == (what is not None)
    assert all(one.startswith(str(what)) for one in found)
