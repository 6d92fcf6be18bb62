"""Cameras without keyframes: pictures with a prelude, in this process and in a child whose decoder stays open."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from streams.blind import with_prelude
from streams.decoding import WHOLE, DecoderPool, decode_keyframe
from streams.decoding.runs import IDLE_SECONDS, MOST_RUNS, TENURE_SECONDS, TURN_PICTURES, NoRoom, Runs
from streams.decoding.whole import beginning_of, pictures_of
from streams.errors import DecodeError, DecoderCrashed
from streams.media import H264_SEI, H265_SEI, AccessUnit, Codec, ParameterSets, nal_type, recovery_pictures, split_annexb, starts_decoding

REFRESH = 30
ENCODERS = {
    "refresh-h264": ("libx264", Codec.H264, {"x264-params": f"intra-refresh=1:keyint={REFRESH}:bframes=0:ref=1:scenecut=0"}),
    "refresh-h265": ("libx265", Codec.H265, {"x265-params": f"log-level=none:intra-refresh=1:keyint={REFRESH}:bframes=0:scenecut=0"}),
    "rare-h264": ("libx264", Codec.H264, {"x264-params": "keyint=500:min-keyint=500:bframes=0:scenecut=0"}),
    "rare-h265": ("libx265", Codec.H265, {"x265-params": "log-level=none:keyint=500:min-keyint=500:bframes=0:scenecut=0"}),
}
H265_RECOVERY_POINT = bytes([H265_SEI << 1, 1, 6, 2, 0b00000010, 0b11010101, 0x80])
"""`recovery_poc_cnt` 45 (H.265 D.2.8): what x265 needs for a picture of this size."""
assert recovery_pictures(Codec.H265, H265_RECOVERY_POINT) == 45
Street = tuple[list[AccessUnit], list[NDArray[np.uint8]]]


def street_of(name: str, pictures: int) -> Street:
    """A moving pattern as access units, and its pictures as they went in."""
    encoder, codec, options = ENCODERS[name]
    noise = np.random.default_rng(7).integers(30, 220, (15, 20, 3), np.uint8).repeat(16, 0).repeat(16, 1)
    context = CodecContext.create(encoder, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt, context.time_base, context.framerate = 320, 240, "yuv420p", Fraction(1, 25), Fraction(25)
    context.options = {"preset": "ultrafast", "tune": "zerolatency", **options}
    shown = [np.roll(noise, 4 * number, axis=1) for number in range(pictures)]
    coded = [bytes(packet) for one in shown for packet in context.encode(av.VideoFrame.from_ndarray(one, format="rgb24"))]
    coded += [bytes(packet) for packet in context.encode(None)]
    units, sets = [], ParameterSets(codec)
    for number, data in enumerate(coded):
        nals = split_annexb(data)
        if name == "refresh-h265" and number and number % REFRESH == 0:  # x265 does not say where its refresh begins
            nals = (*nals[:-1], H265_RECOVERY_POINT, nals[-1])
        for nal in nals:
            sets = sets.updated(nal)
        kinds = [nal_type(codec, nal) for nal in nals]
        keyframe = any(starts_decoding(codec, kind) for kind in kinds)
        recovery = not keyframe and any(
            recovery_pictures(codec, nal) is not None for kind, nal in zip(kinds, nals, strict=True) if kind in (H264_SEI, H265_SEI)
        )
        units.append(AccessUnit(codec, nals, number * 3600, keyframe, number / 25, None, sets, recovery=recovery))
    return units, shown


@pytest.fixture(scope="module")
def streets() -> Callable[[str], Street]:
    made: dict[str, Street] = {}

    def get(name: str) -> Street:
        if name not in made:
            made[name] = street_of(name, 120)
        return made[name]

    return get


def at(units: list[AccessUnit], number: int, joined: int = 0) -> AccessUnit:
    """A picture as the reader hands it out when it joined the stream at a picture."""
    held = units[joined : number + 1]
    begin = next((n for n, one in enumerate(held) if one.keyframe or one.recovery), None)
    assert begin is not None
    unit = with_prelude(held[-1], held[begin:])
    assert unit is not None
    return unit


def apart(pixels: NDArray[np.uint8], shown: NDArray[np.uint8]) -> float:
    return float(np.abs(pixels.astype(int) - shown).mean())


@pytest.mark.parametrize("name", ENCODERS)
def test_the_last_picture_is_decoded_with_what_it_needs(streets: Callable[[str], Street], name: str) -> None:
    units, shown = streets(name)
    joined = 5 if name.startswith("refresh") else 0  # after the only keyframe: there are recovery points alone
    unit = at(units, 110, joined)
    assert beginning_of(unit) > 0 if joined else beginning_of(unit) == 0
    decoded = decode_keyframe(unit, (WHOLE,))
    assert decoded.damage == ()
    assert apart(decoded.crops[0].pixels, shown[110]) < 8.0


@pytest.mark.parametrize("name", ["refresh-h264", "refresh-h265"])
def test_a_picture_before_the_refresh_is_through_is_not_called_sound(streets: Callable[[str], Street], name: str) -> None:
    units, _ = streets(name)
    first = next(n for n, one in enumerate(units) if one.recovery)
    with pytest.raises(DecodeError, match="no whole picture yet"):
        decode_keyframe(replace(units[first + 5], prelude=tuple(units[first : first + 5])), (WHOLE,))
    with DecoderPool(1) as pool:
        with pytest.raises(DecodeError, match="no whole picture yet"):
            pool.decode("c1", replace(units[first + 5], prelude=tuple(units[first : first + 5])), (WHOLE,))
        later = replace(units[first + 50], prelude=tuple(units[first : first + 50]))
        assert not pool.decode("c1", later, (WHOLE,)).damage, "the decoder went on where it was"


@pytest.mark.parametrize("name", ENCODERS)
def test_a_child_is_sent_only_what_is_new(streets: Callable[[str], Street], name: str) -> None:
    units, shown = streets(name)
    joined = 5 if name.startswith("refresh") else 0
    with DecoderPool(2) as pool:
        for number in (80, 90, 99, 110):
            unit = at(units, number, joined)
            for _ in range(2):  # the zoom look asks for the same picture again
                decoded = pool.decode("c1", unit, (WHOLE,))
                assert decoded.damage == ()
                assert apart(decoded.crops[0].pixels, shown[number]) < 8.0
        assert sum(len(seat.runs) for seat in pool._seats) == 1


def test_a_crash_begins_the_run_anew(streets: Callable[[str], Street]) -> None:
    units, shown = streets("rare-h264")
    with DecoderPool(1) as pool:
        pool.decode("c1", at(units, 50), (WHOLE,))
        os.kill(pool.pids[0], signal.SIGSTOP)
        future = pool.submit("c1", at(units, 60), (WHOLE,))
        os.kill(pool.pids[0], signal.SIGSEGV)
        os.kill(pool.pids[0], signal.SIGCONT)
        with pytest.raises(DecoderCrashed):
            future.result(10)
        decoded = pool.decode("c1", at(units, 70), (WHOLE,))
        assert (decoded.damage, apart(decoded.crops[0].pixels, shown[70]) < 8.0) == ((), True)


@pytest.mark.parametrize("name", ["rare-h264", "rare-h265"])
def test_a_damaged_picture_spoils_those_after_it_until_the_next_beginning(streets: Callable[[str], Street], name: str) -> None:
    units, _ = streets(name)
    with DecoderPool(1) as pool:
        pool.decode("c1", at(units, 20), (WHOLE,))
        hurt = [*units[:25], replace(units[25], damaged=True, nals=tuple(nal[: len(nal) // 2] for nal in units[25].nals)), *units[26:]]
        try:
            damage = pool.decode("c1", at(hurt, 40), (WHOLE,)).damage
        except DecodeError:
            damage = ("refused",)
        assert damage
        again = [replace(one, timestamp=one.timestamp) for one in units]
        assert not pool.decode("c1", at(again, 60), (WHOLE,)).damage, "without the damaged one in its prelude it begins anew"


@pytest.mark.parametrize("name", ["refresh-h264", "refresh-h265"])
def test_after_a_gap_pictures_are_sound_once_the_next_refresh_is_through(streets: Callable[[str], Street], name: str) -> None:
    units, shown = streets(name)
    held = [*units[REFRESH : REFRESH + 20], *units[2 * REFRESH :]]  # what was damaged is not held; the ring goes on at the recovery point

    def asked(number: int) -> AccessUnit:
        return at([*held[: held.index(units[number])], units[number]], held.index(units[number]))

    with DecoderPool(1) as pool:
        told = {}
        for number in (REFRESH + 15, 2 * REFRESH + 5, 115):
            try:
                decoded = pool.decode("c1", asked(number), (WHOLE,))
                told[number] = decoded.damage
            except DecodeError as error:
                told[number] = (str(error),)
        assert "gap" in told[2 * REFRESH + 5] or "no picture among" in told[2 * REFRESH + 5][0]
        assert not told[115]
        assert apart(decoded.crops[0].pixels, shown[115]) < 8.0


def test_a_group_of_twenty_seconds_is_decoded_in_turns() -> None:
    units, shown = street_of("rare-h264", 500)
    asked: list[str] = []
    with DecoderPool(1) as pool:
        pool.decode("other", units[0], ())
        ask = pool._seats[0].child.ask
        pool._seats[0].child.ask = lambda told, *rest: (asked.append(told["do"]), ask(told, *rest))[1]  # type: ignore[method-assign, func-returns-value]
        first = pool.submit("c1", at(units, 499), (WHOLE,))
        others = [pool.submit(f"c{n}", units[0], ()) for n in range(2, 5)]
        decoded = first.result(20)
        assert all(other.done() for other in others), "others had their turns in between"
        assert asked.count("run") == 500 / TURN_PICTURES
        past = pool.decode("c1", at(units, 480), (WHOLE,), once=True)
    assert (decoded.damage, past.damage) == ((), ())
    assert max(apart(decoded.crops[0].pixels, shown[499]), apart(past.crops[0].pixels, shown[480])) < 8.0


def test_a_run_that_does_not_catch_up_goes_on_at_the_next_look(streets: Callable[[str], Street], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.decoding.pool.MOST_LOOK_SECONDS", 0.0)
    units, shown = streets("rare-h264")
    with DecoderPool(1) as pool:
        for _ in range(4):
            with pytest.raises(DecodeError, match="has not caught up"):
                pool.decode("c1", at(units, 110), (WHOLE,))
        decoded = pool.decode("c1", at(units, 110), (WHOLE,))
    assert (decoded.damage, apart(decoded.crops[0].pixels, shown[110]) < 8.0) == ((), True)


def test_pictures_of_the_past_leave_the_run_and_the_portrait_alone(streets: Callable[[str], Street]) -> None:
    units, shown = streets("rare-h264")
    with DecoderPool(1) as pool:
        pool.decode("c1", at(units, 50), (WHOLE,))
        run = pool._seats[0].runs._runs["c1", -1].number
        held = pool.decode("c1", at(units, 30), (WHOLE,), once=True)
        assert apart(held.crops[0].pixels, shown[30]) < 8.0
        assert not pool.decode("c1", at(units, 60), (WHOLE,)).damage
        assert pool._seats[0].runs._runs["c1", -1].number == run


def test_a_run_that_nobody_looks_at_is_closed_in_the_child(streets: Callable[[str], Street], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.decoding.seat.IDLE_SECONDS", 0.05)
    units, _ = streets("rare-h264")
    with DecoderPool(1) as pool:
        pool.decode("c1", at(units, 50), (WHOLE,))
        (seat,) = pool._seats
        seat.runs._runs["c1", -1].used_seconds -= IDLE_SECONDS
        end = time.monotonic() + 5
        while len(seat.runs) and time.monotonic() < end:
            pool.decode("c2", units[0], (WHOLE,))
        assert (len(seat.runs), seat.runs.expire(0.0)) == (0, []), "and the child was told"
        assert not pool.decode("c1", at(units, 60), (WHOLE,)).damage


class TestRuns:
    def test_they_are_bounded_and_no_camera_takes_anothers_place_at_once(self, streets: Callable[[str], Street]) -> None:
        units, _ = streets("rare-h264")
        runs, unit, later = Runs(), at(units, 10), at(units, 12)
        for n in range(MOST_RUNS):
            runs.request((f"c{n}", -1), unit if n else later, float(n))
        for turn in range(3):
            with pytest.raises(NoRoom):
                runs.request(("one more", -1), unit, 20.0)
            again = [runs.request((f"c{n}", -1), later, 20.0 + turn) for n in range(MOST_RUNS)]
            assert not any(asked.told["fresh"] for asked in again), "nobody begins anew because of it"
        assert (runs.turned_away, len(runs)) == (3, MOST_RUNS)

    def test_after_a_while_the_cheapest_makes_room(self, streets: Callable[[str], Street]) -> None:
        units, _ = streets("rare-h264")
        runs = Runs()
        asked = [runs.request((f"c{n}", -1), at(units, 4 if n == 3 else 12), 0.0) for n in range(MOST_RUNS)]
        told = runs.request(("one more", -1), at(units, 10), TENURE_SECONDS).told
        assert ("c3", -1) not in runs
        assert told["over"] == [asked[3].told["run"]]
        with pytest.raises(NoRoom):
            Runs.request(runs, ("c3", -1), at(units, 10), TENURE_SECONDS - 1)

    def test_pictures_of_the_past_have_room_and_leave_none_behind(self, streets: Callable[[str], Street]) -> None:
        units, _ = streets("rare-h264")
        runs = Runs()
        for n in range(MOST_RUNS):
            runs.request((f"c{n}", -1), at(units, 4), 0.0)
        turns = [runs.request(("c1", 7), at(units, 60), 0.0, once=True) for _ in range(3)]
        assert [(turn.told["fresh"], turn.told["last"], turn.more, len(turn.pictures)) for turn in turns] == [
            (True, False, True, 25),
            (False, False, True, 25),
            (False, True, False, 11),
        ]
        assert len(runs) == MOST_RUNS

    def test_one_that_nobody_looks_at_is_closed(self, streets: Callable[[str], Street]) -> None:
        units, _ = streets("rare-h264")
        runs, unit = Runs(), at(units, 10)
        told = runs.request(("c1", -1), unit, 0.0).told
        assert runs.expire(IDLE_SECONDS - 1) == []
        assert runs.expire(IDLE_SECONDS) == [told["run"]]
        assert runs.expire(IDLE_SECONDS) == []
        assert len(runs) == 0

    def test_what_was_sent_is_not_sent_again(self, streets: Callable[[str], Street]) -> None:
        units, _ = streets("rare-h264")
        runs = Runs()
        asked = runs.request(("c1", -1), at(units, 10), 0.0)
        assert (asked.told["fresh"], len(asked.pictures)) == (True, 11)
        asked = runs.request(("c1", -1), at(units, 14), 1.0)
        assert (asked.told["fresh"], len(asked.pictures)) == (False, 4)
        assert [one.data for one in asked.pictures] == [units[n].annexb(with_parameter_sets=False) for n in range(11, 15)]
        assert runs.request(("c1", -1), at(units, 14), 1.0).pictures == []
        runs.forget(("c1", -1))
        asked = runs.request(("c1", -1), at(units, 15), 2.0)
        assert (asked.told["fresh"], len(asked.pictures)) == (True, 16)

    def test_a_look_costs_by_what_is_new_not_by_what_was_before(self, streets: Callable[[str], Street]) -> None:
        units, _ = streets("rare-h264")
        copied: list[int] = []

        class Counting(bytes):
            def __radd__(self, other: bytes) -> bytes:
                copied.append(len(self))
                return other + bytes(self)

        held = [replace(one, nals=tuple(Counting(nal) for nal in one.nals)) for one in units]
        runs, unit = Runs(), at(held, 100)
        while runs.request(("c1", -1), unit, 0.0).more:
            pass
        copied.clear()
        assert len(runs.request(("c1", -1), at(held, 103), 1.0).pictures) == 3
        assert len(copied) == sum(len(one.nals) for one in held[101:104])


@pytest.mark.parametrize("name", ENCODERS)
def test_pictures_are_the_same_in_stretches(streets: Callable[[str], Street], name: str) -> None:
    units, _ = streets(name)
    unit = at(units, 110, 5 if name.startswith("refresh") else 0)
    whole = pictures_of(unit)
    assert [one for begin in range(0, len(whole), 25) for one in pictures_of(unit, begin, min(begin + 25, len(whole)))] == whole
