from __future__ import annotations

import pytest

from streams.blind import BlindWatch, with_prelude
from streams.media import AccessUnit, Codec, ParameterSets

SETS = ParameterSets(Codec.H264, (), (b"\x67a",), (b"\x68a",))


def unit(number: int, kind: str = "p") -> AccessUnit:
    return AccessUnit(Codec.H264, (bytes((number,)),), number, kind == "k", float(number), None, SETS, False, kind == "r")


@pytest.mark.parametrize(
    ("kinds", "begins_at"),
    [
        ("kppp", 0),
        ("kpkpp", 2),
        ("rppp", 0),
        ("rpprpp", 0),
        ("rpprpprpp", 3),
        ("kpprpprpp", 3),
        ("kpprpp", 0),
        ("pppp", None),
    ],
    ids=["a keyframe", "the last keyframe", "one recovery point", "the last but one", "the last but one of three", "recovery points behind a keyframe",
         "one behind a keyframe", "no beginning"],
)  # fmt: skip
def test_where_decoding_begins(kinds: str, begins_at: int | None) -> None:
    held = [unit(number, kind) for number, kind in enumerate(kinds)]
    whole = with_prelude(held[-1], held)
    if begins_at is None:
        assert whole is None
    else:
        assert whole is not None
        assert [one.timestamp for one in (*whole.prelude, whole)] == list(range(begins_at, len(kinds)))
        assert not whole.keyframe


def test_a_ring_that_does_not_end_with_the_picture_has_none_for_it() -> None:
    held = [unit(0, "k"), unit(1)]
    assert with_prelude(unit(2), held) is None
    assert with_prelude(unit(2), []) is None


def test_it_begins_when_keyframes_stay_away_and_ends_when_they_come_often() -> None:
    watch = BlindWatch(8.0)
    assert not watch.look(7.9)
    assert not watch.due(7.9)
    assert watch.look(8.1)
    assert watch.due(8.1)
    watch.last_given_seconds = 8.1
    assert not watch.due(9.0)
    assert watch.due(9.1)
    watch.keyframe(20.0)
    assert watch.look(0.1), "one keyframe after a long while changes nothing"
    watch.begin()
    assert watch.look(0.0), "nor does a fresh session"
    watch.keyframe(2.0)
    assert not watch.look(0.1)
