from __future__ import annotations

import pytest

from streams.media import AccessUnit, Codec, ParameterSets
from streams.ring import Ring

SETS = ParameterSets(Codec.H264)


def picture(seconds: float, *, keyframe: bool = False, size: int = 1000, recovery: bool = False) -> AccessUnit:
    return AccessUnit(Codec.H264, (bytes(size),), round(seconds * 90_000), keyframe, seconds, None, SETS, recovery=recovery)


def fill(ring: Ring, seconds: float, *, group_seconds: float, size: int = 1000, rate: int = 5) -> None:
    for number in range(round(seconds * rate)):
        ring.push(picture(number / rate, keyframe=number % round(group_seconds * rate) == 0, size=size))


@pytest.mark.parametrize(
    ("group_seconds", "held"),
    [(1, (10, 11)), (2, (10, 12)), (4, (10, 14)), (20, (20, 40)), (50, (50, 60))],
    ids=["1 s", "2 s", "4 s", "20 s: the last complete group and the one that grows", "50 s"],
)
def test_whole_groups_of_at_least_ten_seconds_are_held(group_seconds: float, held: tuple[float, float]) -> None:
    ring = Ring(seconds=10.0)
    fill(ring, 60.0, group_seconds=group_seconds)
    units = ring.snapshot()
    assert units[0].keyframe
    assert held[0] - 1 <= ring.seconds <= held[1]
    assert ring.seconds == units[-1].arrival_seconds - units[0].arrival_seconds


def test_nothing_is_held_before_the_first_keyframe() -> None:
    ring = Ring()
    ring.push(picture(0.0))
    assert (ring.snapshot(), ring.bytes, ring.seconds) == ((), 0, 0.0)
    ring.push(picture(0.1, keyframe=True))
    ring.push(picture(0.2))
    assert len(ring.snapshot()) == 2


def test_beyond_its_bytes_the_last_complete_group_stays() -> None:
    ring = Ring(seconds=10.0, max_bytes=60_000)
    fill(ring, 30.0, group_seconds=2, size=4000)
    assert [unit.keyframe for unit in ring.snapshot()].count(True) == 2
    assert ring.bytes <= 2 * 60_000


def test_a_camera_that_sends_no_more_keyframes_fills_no_memory() -> None:
    ring = Ring(max_bytes=1_000_000)
    ring.push(picture(0.0, keyframe=True))
    most = 0
    for number in range(1, 3000):
        ring.push(picture(number / 25))
        most = max(most, ring.bytes)
    assert 1_900_000 < most <= 2_000_000
    assert ring.snapshot() == (), "half a group cannot be decoded"
    assert ring.overflows == 1
    ring.push(picture(200.0, keyframe=True))
    assert len(ring.snapshot()) == 1


def test_tiny_pictures_weigh_what_they_cost() -> None:
    ring = Ring(max_bytes=100_000)
    ring.push(picture(0.0, keyframe=True, size=1))
    for number in range(1, 5000):
        ring.push(picture(number / 1e6, size=1))
        assert len(ring.snapshot()) < 450


def test_one_gigantic_picture_is_not_held() -> None:
    ring = Ring(max_bytes=10_000)
    ring.push(picture(0.0, keyframe=True, size=20_001))
    assert ring.bytes == 0


def test_cleared_it_is_empty() -> None:
    ring = Ring()
    fill(ring, 5.0, group_seconds=1)
    ring.clear()
    assert (ring.snapshot(), ring.bytes, ring.seconds) == ((), 0, 0.0)
    ring.push(picture(9.0))
    assert ring.snapshot() == ()


class TestLargeGroups:
    """Of 20 s at 1 KB a picture: 500 KB."""

    def test_a_group_beyond_the_bound_is_kept_whole_while_it_grows(self) -> None:
        ring = Ring(seconds=10.0, max_bytes=300_000)
        most = 0
        for number in range(3000):
            ring.push(picture(number / 25, keyframe=number % 330 == 0))
            most = max(most, ring.bytes)
            assert ring.snapshot()[0].keyframe
            assert number < 330 or ring.seconds > 0.0
        assert most <= 600_000
        assert ring.overflows == 0

    def test_the_last_complete_group_goes_only_for_a_growing_one_that_is_long(self) -> None:
        ring = Ring(seconds=10.0, max_bytes=300_000)
        shortest = 100.0
        for number in range(3000):
            ring.push(picture(number / 25, keyframe=number % 330 == 0))
            if number > 330:
                shortest = min(shortest, ring.seconds)
        assert shortest > 60_000 / 1512 / 25, "never less than half the bound"

    def test_after_an_overflow_a_recovery_point_is_as_good_as_a_keyframe(self) -> None:
        ring = Ring(max_bytes=100_000)
        ring.push(picture(0.0, keyframe=True))
        for number in range(200):
            ring.push(picture(number / 25))
        assert (ring.snapshot(), ring.overflows) == ((), 1)
        ring.push(picture(9.0, recovery=True))
        ring.push(picture(9.1))
        assert [unit.recovery for unit in ring.snapshot()] == [True, False]


class TestBlind:
    def test_a_recovery_point_begins_a_group_only_where_keyframes_are_rare(self) -> None:
        ring = Ring(seconds=2.0)
        ring.push(picture(0.0, recovery=True))
        assert ring.snapshot() == ()
        ring.push(picture(0.1, keyframe=True))
        for number in range(1, 20):
            ring.push(picture(number, recovery=True))
        assert len(ring.snapshot()) == 20, "one group"
        ring.blind = True
        for number in range(20, 40):
            ring.push(picture(number, recovery=True))
        assert 2 <= len(ring.snapshot()) <= 4
        assert ring.snapshot()[0].recovery

    def test_a_camera_that_never_sends_a_keyframe_has_clips(self) -> None:
        ring = Ring(seconds=10.0)
        ring.blind = True
        for number in range(1000):
            ring.push(picture(number / 25, recovery=number % 25 == 7))
        assert ring.snapshot()[0].recovery
        assert 10.0 <= ring.seconds <= 12.0


def test_no_two_sessions_have_the_same_number() -> None:
    one, other = Ring(), Ring()
    first = one.now().session
    assert one.now().session == first
    one.clear()
    assert len({first, one.now().session, other.now().session}) == 3
