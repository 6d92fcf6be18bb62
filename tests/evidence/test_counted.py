"""What heads count and an export of everything lacks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from evidence.counted import ChainHere, Stretch, counted_of, filled, uncovered
from evidence.heads import HeadRead, read_head, signed_head
from evidence.logs import Gap, Reached
from evidence.report import Fault
from evidence.signing import SigningKey
from tests.evidence.shop import NOON

KEY = SigningKey.generate()
YESTERDAY = NOON - timedelta(hours=25)


def head(index: int, at: datetime = YESTERDAY) -> HeadRead:
    return read_head(signed_head(KEY, "worker", index=index, sha256=f"{index:064x}", at=at, name="w1"), f"heads/{index}.json")


@pytest.mark.parametrize(
    ("known", "left"),
    [
        pytest.param([], [(1, 9)], id="nothing"),
        pytest.param([(1, 9)], [], id="all"),
        pytest.param([(3, 3), (1, 1), (4, 6)], [(2, 2), (7, 9)], id="in any order"),
        pytest.param([(0, 2), (2, 5), (3, 4), (9, 99)], [(6, 8)], id="over each other and beyond"),
        pytest.param([(50, 60)], [(1, 9)], id="behind"),
    ],
)
def test_what_is_left_of_places(known: list[Stretch], left: list[Stretch]) -> None:
    assert uncovered(1, 9, known) == left


def test_a_chain_of_any_length_takes_no_time() -> None:
    assert uncovered(1, 10**15, [(5, 5)]) == [(1, 4), (6, 10**15)]


CUT = "fault: says that there were 5 by 2026-11-24T03:00:00+00:00, but the manifests 4 to 5 are not here, and the log tells of no gap there: the chain was cut"


@pytest.mark.parametrize(
    ("heads", "places", "gaps", "from_first", "revoked", "said"),
    [
        pytest.param([head(5)], {1, 2, 3, 4, 5}, [], True, False, [], id="all here"),
        pytest.param([head(3), head(5)], {1, 2, 3}, [], True, False, [CUT], id="cut off"),
        pytest.param([head(5)], {1, 2, 3}, [], True, True, ["5; the manifests 4 to 5 are not here: its key was revoked at "], id="revoked"),
        pytest.param([head(3), head(5, NOON)], {1, 2, 3}, [], True, False, ["5; the manifests 4 to 5 are not here: on the way, it may be"], id="on the way"),
        pytest.param(
            [head(3), head(5, NOON)], {1, 2}, [], True, False, ["but manifest 3 is not here", "5; the manifests 4 to 5 are not here: on the way"], id="both"
        ),
        pytest.param([head(5)], {1, 3, 5}, [(2, 2)], True, False, ["but manifest 4 is not here, and the log tells of no gap there: taken out, or lost",
                                                                   "counts 1 manifest that the API's log calls missing"], id="one gap told, one not"),
        pytest.param([head(5)], {1, 5}, [(2, 4)], True, False, ["counts 3 manifests that the API's log calls missing (chain_gap)"], id="a gap"),
        pytest.param([head(5)], set(), [], True, False, ["but the manifests 1 to 5 are not here"], id="nothing here"),
        pytest.param([head(5)], {4, 5}, [], True, False, ["but the manifests 1 to 3 are not here"], id="cut at its beginning"),
        pytest.param([head(5)], {4, 5}, [], False, False, [], id="went on with another key's chain"),
        pytest.param([head(5)], set(), [], False, False, [], id="went on, and nothing here"),
        pytest.param([head(5)], {1, 2, 3, 4, 5, 9}, [], True, False, [], id="beyond the head nothing is counted"),
        pytest.param([head(20)], set(range(1, 20, 2)), [], True, False, ["but the manifests 2, 4, 6, 8, 10 and 5 stretches more are not here"], id="many"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_chain(heads: list[HeadRead], places: set[int], gaps: list[Stretch], from_first: bool, revoked: bool, said: list[str]) -> None:
    chain = ChainHere(heads, frozenset(places), gaps, from_first, NOON if revoked else None, NOON)
    found = [f"fault: {one.what}" if isinstance(one, Fault) else one for one in counted_of(chain)]
    assert len(found) == len(said), found
    assert all(any(part in one for one in found) for part in said), found


def reach(index: int, came: datetime, behind: timedelta = timedelta(0)) -> Reached:
    """What the API wrote down when a head came; the worker's clock was so far behind."""
    return Reached(log_index=index, worker="w1", key_id=KEY.key_id, index=index, sha256=f"{index:064x}", came_at=came, head_at=came - behind)


MINUTE, BEHIND = timedelta(minutes=1), timedelta(hours=26)
WRONG = "the clock of the worker w1 was 26.0 h behind the API's, or its head waited so long: its head of 5 manifests, of "
BY = "fault: says that there were 5 by 2026-11-24T03:00:00+00:00, but "
CUT_OFF = f"{BY}manifest 5 is not here, and the log tells of no gap there: the chain was cut"
ON_THE_WAY = "counts 5; manifest 5 is not here: on the way, it may be, when the export was made"


@pytest.mark.parametrize(
    ("heads", "places", "reached", "received", "said"),
    [
        pytest.param([head(5, NOON - MINUTE - BEHIND)], {1, 2, 3, 4}, [reach(4, YESTERDAY), reach(5, NOON - MINUTE, BEHIND)], {}, [WRONG, ON_THE_WAY],
                     id="a clock 26 h behind, and a packet that left a minute ago"),
        pytest.param([head(5, NOON - MINUTE - BEHIND)], {1, 2, 3, 4}, [], {4: NOON - timedelta(hours=1)}, [ON_THE_WAY],
                     id="the same, by a version that wrote no head down: the last receipt tells"),
        pytest.param([head(5, YESTERDAY - BEHIND)], {1, 2, 3, 4}, [reach(5, YESTERDAY, BEHIND)], {},
                     [WRONG, CUT_OFF],
                     id="the same clock, a day later: the packet was left out"),
        pytest.param([head(5, NOON + timedelta(hours=23))], {1, 2, 3, 4}, [reach(5, YESTERDAY, -timedelta(hours=48))], {},
                     ["was 48.0 h ahead of the API's: ", f"{BY}manifest 5 is not here"],
                     id="a clock ahead excuses nothing"),
        pytest.param([], {1, 2, 3}, [reach(5, YESTERDAY)], {}, [f"{BY}the manifests 4 to 5 are not here"],
                     id="cut off, and the heads left out: the log still says it"),
        pytest.param([head(5, YESTERDAY)], {1, 2, 3}, [reach(3, YESTERDAY), reach(5, NOON - MINUTE)], {},
                     ["counts 5; the manifests 4 to 5 are not here: on the way"], id="a head that waited at its worker"),
        pytest.param([head(5, NOON)], {1, 2, 4}, [reach(4, NOON - MINUTE)], {1: YESTERDAY, 4: YESTERDAY},
                     ["fault: says that there were 4 by ", "manifest 5 is not here"], id="one before a packet that came long ago"),
        pytest.param([head(5)], {1, 2, 3, 4, 5}, [reach(5, YESTERDAY, timedelta(minutes=59))], {}, [], id="a clock that is hardly off"),
    ],
)  # fmt: skip
def test_when_a_head_came_is_judged_by_the_clock_of_the_api(
    heads: list[HeadRead], places: set[int], reached: list[Reached], received: dict[int, datetime], said: list[str]
) -> None:
    chain = ChainHere(heads, frozenset(places), (), True, None, NOON, reached, received)
    found = [f"fault: {one.what}" if isinstance(one, Fault) else one for one in counted_of(chain)]
    assert len(found) == len(said), found
    assert all(any(part in one for one in found) for part in said), found


def gap(**changes: object) -> Gap:
    told: dict[str, Any] = {"index": 9, "key_id": KEY.key_id, "first": 2, "last": 4, **changes}
    return Gap(**told)


@pytest.mark.parametrize(
    ("told", "places", "said"),
    [
        pytest.param(gap(), [1, 5], None, id="nothing came"),
        pytest.param(gap(filled={3: 20}, left=0), [1, 2, 3, 4, 5], None, id="all came and are here"),
        pytest.param(
            gap(filled={3: 20}, left=0), [1, 2, 4, 5],
            "20: says that of the manifests 2 to 4, which were missing by entry 9, 3 had come, but manifest 3 is not here", id="one is not here",
        ),
        pytest.param(gap(filled={3: 20}, left=0), [1, 5], "3 had come, but the manifests 2 to 4 are not here", id="none is here"),
        pytest.param(gap(filled={3: 20}, left=1), [1, 2, 3, 5], None, id="one had not come"),
        pytest.param(gap(filled={3: 20}, left=1), [1, 2, 5], "2 had come, but the manifests 3 to 4 are not here", id="one had not come, two are not here"),
        pytest.param(gap(filled={3: 20}, left=1), [1, 2, 4, 5], "20: says that manifest 3 came after all, but it is not here", id="another had not come"),
        pytest.param(gap(filled={3: 20}), [1, 3, 5], None, id="an older log does not say how many had not come"),
        pytest.param(gap(filled={3: 20}), [1, 2, 4, 5], "20: says that manifest 3 came after all, but it is not here", id="an older log, and it is not here"),
        pytest.param(gap(filled={2: 20, 4: 30}, left=0), [1, 2, 4, 5], "30: says that of the manifests", id="in parts"),
    ],
)  # fmt: skip
def test_a_gap_that_was_filled_excuses_nothing(told: Gap, places: list[int], said: str | None) -> None:
    found = [f"{one.where}: {one.what}" for one in filled("log/log.jsonl", [told], places)]
    assert len(found) == (said is not None), found
    assert said is None or said in found[0]
