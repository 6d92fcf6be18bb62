"""Random faults for a soak: which camera does what wrong from when to when, decided by a seed before the first one begins, and told to the simulator live."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from urllib.parse import urlsplit

from benchmarks.errors import BenchmarkError
from streams.simulator import FAULTS

FAULT_SECONDS = (10.0, 90.0)
SOUND_SECONDS = (10.0, 60.0)
ANSWER_SECONDS = 10.0
TRIES = 3
RESET_SECONDS = 0.2
"""Between a connection that is closed and the fault that the next session meets: the simulator ends connections in its rounds of 40 ms."""
NEEDS_PASSWORD = "needs a password"
WHILE_PLAYING = ("in_play", "on_packets", "on_keyframe", "on_clock", "on_ticks", "garbage", "trickle")
"""Fields of a fault's line that act on a session that plays already …"""
WHILE_PLAYING_BY_NAME = frozenset({"new_source", "restart", "resolution", "monstrous"})
"""… and faults that do so though no field says it."""


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """At a moment of the soak a camera (by its place, from 0) begins a fault, or is made sound again (`fault` None)."""

    at_seconds: float
    camera: int
    fault: str | None


def usable_faults() -> tuple[list[str], list[str]]:
    """The simulator's faults that a camera without a password can have: those that act while it plays, and those that a session meets at its beginning."""
    names = sorted(name for name, kind in FAULTS.items() if NEEDS_PASSWORD not in kind.summary)
    return [name for name in names if acts_while_playing(name)], [name for name in names if not acts_while_playing(name)]


def acts_while_playing(fault: str) -> bool:
    """Whether a fault shows in a session that plays already."""
    return fault in WHILE_PLAYING_BY_NAME or any(getattr(FAULTS[fault], field) for field in WHILE_PLAYING)


def fault_plan(cameras: Sequence[int], seconds: float, seed: int, faults: Sequence[Sequence[str]]) -> list[Turn]:
    """Every turn of the soak, in order; the same seed makes the same plan. Each camera is by turns sound and at fault, for times of its own; each sort of
    faults has the same chance."""
    turns = []
    for camera in cameras:
        random = Random(f"{seed}/{camera}")
        at = random.uniform(*SOUND_SECONDS)
        while at < seconds:
            turns.append(Turn(round(at, 1), camera, random.choice(random.choice(faults))))
            at += random.uniform(*FAULT_SECONDS)
            turns.append(Turn(round(at, 1), camera, None))
            at += random.uniform(*SOUND_SECONDS)
    return sorted(turns, key=lambda turn: (turn.at_seconds, turn.camera))


def begin(url: str, fault: str | None) -> None:
    """Puts a simulated camera at fault; where only a session's beginning shows it, the one that plays is closed first.

    Raises:
        BenchmarkError: the simulator does not take it.
    """
    if fault is not None and not acts_while_playing(fault):
        tell(url, "close")
        time.sleep(RESET_SECONDS)
    tell(url, fault)


def tell(url: str, fault: str | None) -> None:
    """Tells a simulated camera what to do wrong from now on, by the live command (SET_PARAMETER, RFC 2326 10.9).

    A busy machine may be late with an answer; the same command twice does what it does once, so it is given again.

    Raises:
        BenchmarkError: the simulator does not take it.
    """
    for _ in range(TRIES - 1):
        try:
            _tell_once(url, fault)
        except BenchmarkError:
            continue
        return
    _tell_once(url, fault)


def _tell_once(url: str, fault: str | None) -> None:
    parts = urlsplit(url)
    body = f"fault: {fault or 'none'}\nafter: 0\n".encode()
    request = f"SET_PARAMETER {url} RTSP/1.0\r\nCSeq: 1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 554), ANSWER_SECONDS) as line:
            line.settimeout(ANSWER_SECONDS)
            line.sendall(request)
            answer = line.recv(4096).partition(b"\r\n")[0]
    except OSError as error:
        raise BenchmarkError(f"the simulator does not take the fault {fault!r} ({error.strerror or error})") from error
    if b" 200 " not in answer + b" ":
        raise BenchmarkError(f"the simulator does not take the fault {fault!r}: {answer.decode('ascii', 'replace')}")
