from __future__ import annotations

import pytest

from evidence.chains import Link, beginning_faults, chain_faults


def link(sequence: int, sha256: str, previous: str | None, key_id: str = "k") -> Link:
    return Link("w1", key_id, sequence, previous, sha256)


A, B, C = link(1, "a", None), link(2, "b", "a"), link(3, "c", "b")


@pytest.mark.parametrize(
    ("links", "selection", "whats"),
    [
        pytest.param([A, B, C], False, [], id="whole"),
        pytest.param([C, A, B, B], False, [], id="in any order, one twice"),
        pytest.param([B, C], False, [], id="without its beginning"),
        pytest.param([A, C], False, ["manifest 2 is missing before it"], id="gap"),
        pytest.param([A, link(9, "i", "h")], False, ["the manifests 2 to 8 are missing before it"], id="long gap"),
        pytest.param([A, C], True, [], id="gap in a selection"),
        pytest.param([A, link(2, "b", "x")], True, ["names x… as its predecessor, but manifest 1 is a…"], id="another predecessor"),
        pytest.param([A, link(2, "b", None)], True, ["names none as its predecessor, but manifest 1 is a…"], id="no predecessor"),
        pytest.param([A, link(1, "z", None)], True, ["two manifests have this number (a…, z…): the chain was forked"], id="fork"),
        pytest.param([A, link(5, "e", "a")], True, ["follows manifest 1 by hash; one of them has a wrong number"], id="wrong number"),
        pytest.param([A, link(1, "z", None, "other")], False, [], id="two keys, two chains"),
    ],
)
def test_a_chain(links: list[Link], selection: bool, whats: list[str]) -> None:
    found = [fault.what for fault in chain_faults(links, selection=selection)]
    assert len(found) == len(whats)
    assert all(fault.startswith(what) for fault, what in zip(found, whats, strict=True))


@pytest.mark.parametrize(("sequence", "previous", "ok"), [(1, None, True), (2, "a", True), (1, "a", False), (2, None, False)])
def test_the_first_and_only_the_first_follows_none(sequence: int, previous: str | None, ok: bool) -> None:
    assert (not list(beginning_faults(sequence, previous))) is ok
