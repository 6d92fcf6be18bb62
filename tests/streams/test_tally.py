from __future__ import annotations

import pytest

from streams.media import AccessUnit, Codec, ParameterSets
from streams.tally import Tally, summed

SETS = ParameterSets(Codec.H264)


def unit(ticks: int, arrival: float, *, keyframe: bool = True, damaged: bool = False) -> AccessUnit:
    return AccessUnit(Codec.H264, (b"x",), ticks, keyframe, arrival, None, SETS, damaged)


@pytest.mark.parametrize(
    ("ticks", "arrival", "seconds"),
    [(180_000, 2.0, 2.0), (180_000, 0.1, 2.0), (180_000, 3.5, 2.0), (180_000 + 3600 * 90_000, 2.0, 2.0), (-180_000, 2.0, 2.0), (0, 2.0, 2.0)],
    ids=["in time", "in a burst", "late", "a clock that jumped", "a clock set back", "a clock that stands"],
)
def test_the_keyframe_interval_is_the_streams_own_unless_its_clock_jumps(ticks: int, arrival: float, seconds: float) -> None:
    tally = Tally(clock=lambda: arrival)
    assert tally.interval_seconds is None
    tally.picture(unit(0, 0.0))
    tally.picture(unit(ticks, arrival))
    assert tally.interval_seconds == seconds


def test_the_keyframe_interval_grows_while_none_comes() -> None:
    now = 2.0
    tally = Tally(clock=lambda: now)
    tally.picture(unit(0, 0.0))
    tally.picture(unit(180_000, 2.0))
    assert tally.interval_seconds == 2.0
    now = 3.5
    assert tally.interval_seconds == 2.0
    now = 62.0
    tally.picture(unit(60 * 90_000, 62.0, keyframe=False))
    assert tally.interval_seconds == 60.0
    tally.close(100, {})
    now = 100.0
    assert tally.interval_seconds == 98.0, "a session that ended brought none either"
    tally.picture(unit(0, 100.0))
    assert tally.interval_seconds == 2.0


def test_a_stream_that_is_joined_in_the_middle_has_lost_nothing() -> None:
    tally = Tally()
    tally.picture(unit(0, 0.0, keyframe=False, damaged=True))
    tally.picture(unit(1, 1.0))
    tally.picture(unit(2, 2.0, keyframe=False, damaged=True))
    assert (tally.pictures, tally.keyframes, tally.damaged, tally.last_picture_seconds) == (3, 1, 1, 2.0)
    tally.close(100, {"gap": 2})
    tally.close(50, {"gap": 1, "late": 1})
    assert (tally.bytes, tally.drops, tally.last_keyframe_seconds) == (150, {"gap": 3, "late": 1}, None)


def test_counts_of_two_together() -> None:
    assert summed({"a": 1, "b": 2}, {"b": 3, "c": 4}) == {"a": 1, "b": 5, "c": 4}
