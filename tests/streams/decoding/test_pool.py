"""Children that really crash, hang, eat memory and lie: each costs one picture of one camera."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path

import pytest

from streams.confinement.calls import ARCHITECTURES
from streams.decoding import WHOLE, Crop, DecoderPool, decode_keyframe
from streams.decoding.process import DecoderProcess, StartFault
from streams.errors import DecodeError, DecoderCrashed
from streams.media import AccessUnit, ParameterSets
from streams.recorded import read_access_units

Clip = Callable[[str], Path]
SMALL = (Crop(0, 0, 1, 1, 64, 64),)


@pytest.fixture
def unit(clip: Clip) -> AccessUnit:
    return next(read_access_units(clip("h264")))


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., DecoderPool]]:
    """Pools of children that obey words in the pictures."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    pools: list[DecoderPool] = []

    def make(workers: int = 1, **settings: object) -> DecoderPool:
        pools.append(DecoderPool(workers, module="hostile_child", **settings))  # type: ignore[arg-type]
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def saying(unit: AccessUnit, word: bytes) -> AccessUnit:
    return replace(unit, nals=(*unit.nals, b"\x0c" + word))  # a filler unit: no decoder minds it


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_what_is_shrunk_is_decoded_without_smoothing_and_looks_the_same(clip: Clip, codec: str) -> None:
    """The size is known from the second picture on; what is wanted whole is decoded as the decoder would."""
    unit = next(read_access_units(clip(codec)))
    with DecoderPool(1) as pool:
        first, second = (pool.decode("c1", unit, SMALL).crops[0].pixels.astype(int) for _ in range(2))
        assert pool.coarse("c1", unit, SMALL)
        assert abs(first - second).mean() < 1.0
        assert not pool.coarse("c1", unit, (*SMALL, WHOLE))
        assert not pool.coarse("c1", replace(unit, nals=(unit.nals[0][:40],)), SMALL), "compressed so hard that blocks show"
        assert not pool.coarse("c1", replace(unit, parameter_sets=ParameterSets(unit.codec)), SMALL), "its size is not known"
        assert (pool.decode("c1", unit, (WHOLE,)).crops[0].pixels == decode_keyframe(unit, (WHOLE,)).crops[0].pixels).all()
        pool.forget("c1")
        assert not pool.coarse("c1", unit, SMALL)


def test_a_pool_decodes_for_many_and_names_the_camera(unit: AccessUnit) -> None:
    with DecoderPool(2) as pool:
        futures = [pool.submit(f"c{n}", unit, SMALL) for n in range(8)]
        assert {future.result(10).crops[0].pixels.shape for future in futures} == {(64, 64, 3)}
        with pytest.raises(DecodeError, match="camera c9: "):
            pool.decode("c9", replace(unit, nals=(b"\x65\x88",)), ())
        pids = pool.pids
        assert len(set(pids)) == 2
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decoder")]
    assert not any(is_running(pid) for pid in pids)
    with pytest.raises(DecodeError, match="closed"):
        pool.decode("c1", unit, ())


def test_what_a_child_gives_is_what_this_process_would_have_made(clip: Clip) -> None:
    crops = (WHOLE, Crop(0.25, 0.25, 0.75, 0.75, 64, 48), Crop(0.5, 0.5, 1.0, 1.0))
    with DecoderPool(1) as pool:
        for codec in ("h264", "hevc"):
            unit = next(read_access_units(clip(codec)))
            here, there = decode_keyframe(unit, crops), pool.decode("c1", unit, crops)
            assert (there.width, there.height, there.damage) == (here.width, here.height, here.damage)
            assert (there.luma == here.luma).all()
            for one, other in zip(here.crops, there.crops, strict=True):
                assert one.letterbox == other.letterbox
                assert (one.pixels == other.pixels).all()
                assert other.pixels.flags.writeable


@pytest.mark.parametrize(
    ("word", "how"),
    [
        (b"SEGV-NOW", "crashed .SIGSEGV."),
        (b"ABORT-NOW", "crashed .SIGABRT."),
        (b"EXIT-NOW", "ended .status 3."),
        (b"HANG-NOW", "hung and was killed"),
        (b"LIE-SIZE", "answered nonsense"),
        (b"LIE-FACTS", "answered nonsense"),
        (b"LIE-PIXELS", "answered nonsense"),
        (b"LIE-KIND", "answered nonsense"),
        (b"LIE-HUGE", "answered nonsense"),
    ],
    ids=["a crash", "an abort", "an exit", "a hang", "a gigantic size", "short facts", "endless pixels", "no picture", "endless words"],
)
def test_a_child_that_fails_costs_its_picture_only(hostile: Callable[..., DecoderPool], unit: AccessUnit, word: bytes, how: str) -> None:
    pool = hostile(picture_seconds=1.0)
    pool.decode("sound", unit, SMALL)
    before = pool.pids
    with pytest.raises(DecoderCrashed, match=f"camera bad: the decoder {how}"):
        pool.decode("bad", saying(unit, word), SMALL)
    assert not is_running(before[0])
    began = time.monotonic()
    assert not pool.decode("sound", unit, SMALL).damage
    assert time.monotonic() - began < 5.0
    assert pool.counts.crashes == 1


@pytest.mark.parametrize(
    ("word", "told"), [(b"EAT-MEMORY", "needs more memory"), (b"TALK-NOW", r"ValueError: \[31mred lines")], ids=["memory", "words that move a terminal"]
)
def test_what_a_child_survives_is_a_refusal(hostile: Callable[..., DecoderPool], unit: AccessUnit, word: bytes, told: str) -> None:
    pool = hostile()
    with pytest.raises(DecodeError, match=f"camera c1: .*{told}") as failed:
        pool.decode("c1", saying(unit, word), SMALL)
    assert not isinstance(failed.value, DecoderCrashed)
    assert len(str(failed.value)) < 700
    assert str(failed.value).isprintable()
    pids = pool.pids
    assert not pool.decode("c1", saying(unit, b"PRINT-NOW"), SMALL).damage, "what a library prints is no answer"
    assert pool.pids == pids


def test_the_others_lose_nothing_and_the_second_crash_sets_the_camera_aside(hostile: Callable[..., DecoderPool], unit: AccessUnit) -> None:
    aside: list[tuple[str, str]] = []
    pool = hostile(2, on_set_aside=lambda camera_id, reason: aside.append((camera_id, reason)))
    for _ in range(2):
        pool.decode("warm", unit, SMALL)
    gaps: list[float] = []
    for crash in (1, 2):
        futures = [pool.submit(f"c{n}", unit, SMALL) for n in range(20)]
        bad = pool.submit("bad", saying(unit, b"SEGV-NOW"), SMALL)
        futures += [pool.submit(f"c{n}", unit, SMALL) for n in range(20, 40)]
        with pytest.raises(DecoderCrashed):
            bad.result(20)
        began = time.monotonic()
        assert until(lambda: len(pool.pids) == 2 and all(map(is_running, pool.pids)))
        gaps.append(time.monotonic() - began)
        assert all(not future.result(20).damage for future in futures), "the other cameras' pictures are all there"
        assert len(aside) == crash - 1
    assert max(gaps) < 5.0
    assert aside == [("bad", "its pictures broke the decoder twice within an hour (the last time it crashed (SIGSEGV)); it is set aside")]
    assert (pool.counts.crashes, pool.counts.set_aside, pool.counts.decoded) == (2, 1, 82)


def test_a_child_killed_at_work_by_the_system(unit: AccessUnit) -> None:
    with DecoderPool(1, picture_seconds=20) as pool:
        pool.decode("c1", unit, SMALL)
        os.kill(pool.pids[0], signal.SIGSTOP)
        future = pool.submit("c1", unit, SMALL)
        time.sleep(0.1)
        os.kill(pool.pids[0], signal.SIGSEGV)
        os.kill(pool.pids[0], signal.SIGCONT)
        with pytest.raises(DecoderCrashed, match="SIGSEGV"):
            future.result(10)
        assert not pool.decode("c2", unit, SMALL).damage


def test_an_idle_child_that_dies_is_replaced_and_nobody_is_blamed(unit: AccessUnit) -> None:
    with DecoderPool(1) as pool:
        pool.decode("c1", unit, SMALL)
        os.kill(pool.pids[0], signal.SIGKILL)
        assert until(lambda: not is_running(pool.pids[0]))
        assert not pool.decode("c1", unit, SMALL).damage
        assert pool.counts.crashes == 0


@pytest.mark.skipif(platform.machine() not in ARCHITECTURES, reason="the filter of system calls knows x86-64 and ARM64")
def test_a_child_that_is_taken_over_gets_nowhere(hostile: Callable[..., DecoderPool], unit: AccessUnit) -> None:
    pool = hostile()
    with pytest.raises(DecodeError, match="ValueError: all refused"):
        pool.decode("c1", saying(unit, b"ESCAPE-NOW"), SMALL)
    assert not pool.decode("c1", unit, SMALL).damage


def test_children_die_with_their_parent() -> None:
    script = (
        "import time, os; from streams.decoding import DecoderPool; pool = DecoderPool(2);\nwhile len(pool.pids) < 2: time.sleep(0.05)\n"
        "print(*pool.pids, flush=True); time.sleep(100)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert all(map(is_running, pids))
        parent.kill()
    assert until(lambda: not any(map(is_running, pids)), 5.0)


def test_a_child_inherits_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURBWATCH_TOKEN", "a secret")
    child = DecoderProcess()
    child.start()
    try:
        environment = Path(f"/proc/{child.pid}/environ").read_bytes()
        assert b"secret" not in environment
        assert b"OPENBLAS_NUM_THREADS=1" in environment
        descriptors = {os.readlink(f"/proc/{child.pid}/fd/{name}") for name in os.listdir(f"/proc/{child.pid}/fd")}
        assert {one.split(":")[0] for one in descriptors} <= {"/dev/null", "pipe"}
    finally:
        child.end()


def test_a_child_that_does_not_come_up_is_told_and_tried_again_later(unit: AccessUnit, caplog: pytest.LogCaptureFixture) -> None:
    with DecoderPool(1, module="streams.no_such_child") as pool, pytest.raises(DecodeError, match="camera c1: the decoder process did"):
        pool.decode("c1", unit, SMALL)
    with pytest.raises(StartFault, match="no_such_child` shows why"):
        DecoderProcess("streams.no_such_child").start()


def group_of(units: list[AccessUnit], pictures: int) -> AccessUnit:
    """A picture so many after its only keyframe."""
    between = [one for one in units if not one.keyframe]
    held = [replace(one, nals=(*one.nals,)) for one in (units[0], *(between[n % len(between)] for n in range(pictures)))]
    return replace(held[-1], prelude=tuple(held[:-1]))


def test_no_turn_holds_a_child_longer_than_some_seconds() -> None:
    with DecoderPool(1) as pool:
        assert [round(pool.deadline(count) - time.monotonic()) for count in (1, 9, 2000)] == [10, 12, 15]


def test_ordinary_looks_go_on_beside_runs_without_end(clip: Clip) -> None:
    units = list(read_access_units(clip("h264")))
    with DecoderPool(1) as pool:
        pool.decode("warm", units[0], SMALL)
        runs = [pool.submit(f"blind{n}", group_of(units, 3000), SMALL) for n in range(2)]
        waited = []
        while not any(future.done() for future in runs) and len(waited) < 20:
            began = time.monotonic()
            pool.submit("ordinary", units[0], SMALL).result(20)
            waited.append(time.monotonic() - began)
        assert len(waited) > 5
        assert max(waited) < 1.0
        for future in runs:
            future.cancel()


def test_a_camera_that_costs_too_much_must_rest(hostile: Callable[..., DecoderPool], unit: AccessUnit) -> None:
    pool = hostile(picture_seconds=1.5)
    for n in range(10):
        pool.decode(f"c{n}", unit, SMALL)
    assert pool.rest_seconds("slow") == 0
    pool._shares.charge("slow", 8.0, time.monotonic())
    with pytest.raises(DecoderCrashed):
        pool.decode("slow", saying(unit, b"HANG-NOW"), SMALL)
    assert pool.rest_seconds("slow") > 10
    assert max(pool.rest_seconds(f"c{n}") for n in range(10)) == 0
    assert pool.gauges()["cameras_over_share"] == 1
    pool.forget("slow")
    assert pool.rest_seconds("slow") == 0


def test_a_machine_out_of_breath_is_no_cameras_fault(unit: AccessUnit) -> None:
    with DecoderPool(1) as pool:
        pool.decode("c0", unit, ())
        os.kill(pool.pids[0], signal.SIGSTOP)
        future = pool.submit("c1", unit, ())
        time.sleep(1.2)
        os.kill(pool.pids[0], signal.SIGCONT)
        future.result(10)
        assert until(lambda: pool._shares.used("c1", time.monotonic()) > 0)
        assert 0.25 < pool._shares.used("c1", time.monotonic()) < 0.6


def test_who_waits_for_a_picture_does_not_wait_for_ever(hostile: Callable[..., DecoderPool], unit: AccessUnit) -> None:
    pool = hostile(picture_seconds=3.0)
    hanging = pool.submit("bad", saying(unit, b"HANG-NOW"), SMALL)
    assert until(hanging.running)
    began = time.monotonic()
    with pytest.raises(DecodeError, match="camera c1: the decoders had no time for its picture within 0 s"):
        pool.decode("c1", unit, SMALL, wait_seconds=0.2)
    assert time.monotonic() - began < 1.5
    with pytest.raises(DecoderCrashed):
        hanging.result(10)
    assert not pool.decode("c1", unit, SMALL).damage
    assert pool.counts.decoded == 1, "what nobody waits for is not decoded"


def test_runs_that_wait_when_the_pool_closes_are_told(clip: Clip) -> None:
    units = list(read_access_units(clip("h264")))
    pool = DecoderPool(1)
    futures = [pool.submit(f"c{n}", group_of(units, 2000), ()) for n in range(3)]
    assert until(futures[0].running)
    pool.close()
    for future in futures:
        with pytest.raises((DecodeError, CancelledError)):
            future.result(5)
