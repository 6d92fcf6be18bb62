"""A camera's process of the fallback: what it knows, what of it can be seen, and what its death costs."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.errors import ProtocolViolation, RtspError
from streams.libav.framing import HEAD, MARK, Kind, message
from streams.libav.line import USUAL_BYTES, Line
from streams.libav.play import play_libav
from streams.media import AccessUnit
from streams.simulator import SimulatorServer

Clip = Callable[[str], Path]


def children() -> list[int]:
    """This process' children that read a camera."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if entry.name.isdigit() and int(fields[1]) == os.getpid() and b"streams.libav.child" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def seen(pid: int) -> bytes:
    """What others may read of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


class Two:
    """Two cameras of one simulator, each with a process."""

    def __init__(self, port: int) -> None:
        self.units: tuple[list[AccessUnit], list[AccessUnit]] = [], []
        self.tasks = [
            asyncio.create_task(play_libav(f"rtsp://inspector:s3cret@127.0.0.1:{port}/{n + 1}", self.units[n].append, connect_seconds=5, stale_seconds=5))
            for n in range(2)
        ]

    async def live(self) -> None:
        for _ in range(100):
            if all(self.units):
                return
            await asyncio.sleep(0.1)
        raise AssertionError("no pictures")

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@pytest.mark.parametrize("way", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT], ids=lambda way: way.name)
async def test_a_crash_takes_its_camera_only(clip: Clip, way: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURBWATCH_TOKEN", "s3cret-token")
    async with SimulatorServer([clip("h264")], 2, username="inspector", password="s3cret") as simulator:
        two = Two(simulator.port)
        try:
            await two.live()
            pids = children()
            assert len(pids) == 2
            assert not [word for word in (b"s3cret", b"rtsp:") for pid in pids if word in seen(pid)]
            os.kill(pids[0], way)
            done, running = await asyncio.wait(two.tasks, timeout=5, return_when=asyncio.FIRST_COMPLETED)
            assert (len(done), len(running)) == (1, 1)
            error = done.pop().exception()
            assert isinstance(error, RtspError)
            assert way.name in str(error)
            other = two.units[1] if two.tasks[0].done() else two.units[0]
            before = len(other)
            await asyncio.sleep(0.6)
            assert len(other) > before
        finally:
            await two.end()
    assert children() == [], "none is left, not even as a zombie"


async def test_a_process_that_stops_is_given_up_within_its_deadline(clip: Clip) -> None:
    """SIGSTOP stands for a libavformat that hangs: no word, no exit."""
    async with SimulatorServer([clip("h264")], 1) as simulator:
        units: list[AccessUnit] = []
        task = asyncio.create_task(play_libav(f"rtsp://127.0.0.1:{simulator.port}/1", units.append, connect_seconds=5, stale_seconds=0.5))
        for _ in range(200):
            if units:
                break
            await asyncio.sleep(0.05)
        os.kill(children()[0], signal.SIGSTOP)
        began = time.monotonic()
        await asyncio.wait([task], timeout=5)
        assert "no picture for 1 s" in str(task.exception())
        assert time.monotonic() - began < 2.5
    assert children() == []


PARENT = """
import asyncio, sys
from streams.libav.play import play_libav
asyncio.run(play_libav(sys.argv[1], lambda unit: print("picture", flush=True), connect_seconds=5, stale_seconds=5))
"""


async def test_no_process_outlives_its_reader(clip: Clip) -> None:
    async with SimulatorServer([clip("h264")], 1) as simulator:
        reader = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, f"rtsp://127.0.0.1:{simulator.port}/1", stdout=subprocess.PIPE)
        assert reader.stdout is not None
        assert await reader.stdout.readline() == b"picture\n"
        found = children_of(reader.pid)
        assert len(found) == 1
        reader.kill()
        await reader.communicate()
        for _ in range(100):
            if not alive(found[0]):
                break
            await asyncio.sleep(0.02)
        assert not alive(found[0])


async def test_the_line_takes_messages_in_any_pieces() -> None:
    taken: list[tuple[int, bytes]] = []
    line = Line(lambda head, body: taken.append((head.kind, bytes(body))))
    bodies = [b"", b"a", b"b" * 5000, b"c" * (3 * USUAL_BYTES), b"d" * (12 * USUAL_BYTES), b"e"]
    data = b"".join(message(Kind.PICTURE, body=body) for body in bodies)
    at = 0
    for step in [1, 2, 3, 15, 16, 17, 400] + [60_000] * 100:
        view = line.get_buffer(-1)
        piece = data[at : at + min(step, len(view))]
        if not piece:
            break
        view[: len(piece)] = piece
        line.buffer_updated(len(piece))
        at += len(piece)
    assert at == len(data)
    assert [body for _, body in taken] == bodies
    assert not line.over.done()
    assert len(line.get_buffer(-1)) == USUAL_BYTES, "what a large picture took is given back"


@pytest.mark.parametrize(
    "data", [b"x" * 16, HEAD.pack(MARK, 3, 0, 0xFFFFFFFF, 0), HEAD.pack(MARK, 77, 0, 0, 0)], ids=["junk", "four gigabytes", "an unknown kind"]
)
async def test_the_line_ends_with_what_is_no_message(data: bytes) -> None:
    line = Line(lambda head, body: None)
    line.get_buffer(-1)[: len(data)] = data
    line.buffer_updated(len(data))
    assert isinstance(line.over.exception(), ProtocolViolation)
