from __future__ import annotations

import pytest

from streams.media import AccessUnit, Codec, ParameterSets
from streams.ring import Ring

SETS = ParameterSets(Codec.H264)


def picture(seconds: float, *, keyframe: bool = False, size: int = 1000) -> AccessUnit:
    return AccessUnit(Codec.H264, (bytes(size),), round(seconds * 90_000), keyframe, seconds, None, SETS)


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
    assert most <= 1_000_000
    assert ring.snapshot() == (), "half a group cannot be decoded"
    ring.push(picture(200.0, keyframe=True))
    assert len(ring.snapshot()) == 1


def test_tiny_pictures_weigh_what_they_cost() -> None:
    ring = Ring(max_bytes=100_000)
    ring.push(picture(0.0, keyframe=True, size=1))
    for number in range(1, 5000):
        ring.push(picture(number / 1e6, size=1))
        assert len(ring.snapshot()) < 250


def test_one_gigantic_picture_is_not_held() -> None:
    ring = Ring(max_bytes=10_000)
    ring.push(picture(0.0, keyframe=True, size=20_000))
    assert ring.bytes == 0


def test_cleared_it_is_empty() -> None:
    ring = Ring()
    fill(ring, 5.0, group_seconds=1)
    ring.clear()
    assert (ring.snapshot(), ring.bytes, ring.seconds) == ((), 0, 0.0)
    ring.push(picture(9.0))
    assert ring.snapshot() == ()
