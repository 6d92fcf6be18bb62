"""Random faults for a soak: which camera does what wrong from when to when, decided by a seed before the first one begins, and told to the simulator live."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from urllib.parse import urlsplit

from benchmarks.errors import BenchmarkError
from streams.simulator import FAULTS

FAULT_SECONDS = (10.0, 90.0)
SOUND_SECONDS = (10.0, 60.0)
ANSWER_SECONDS = 10.0
NEEDS_PASSWORD = "needs a password"


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """At a moment of the soak a camera (by its place, from 0) begins a fault, or is made sound again (`fault` None)."""

    at_seconds: float
    camera: int
    fault: str | None


def usable_faults() -> list[str]:
    """The simulator's faults that a camera without a password can have."""
    return sorted(name for name, kind in FAULTS.items() if NEEDS_PASSWORD not in kind.summary)


def fault_plan(cameras: Sequence[int], seconds: float, seed: int, faults: Sequence[str]) -> list[Turn]:
    """Every turn of the soak, in order; the same seed makes the same plan. Each camera is by turns sound and at fault, for times of its own."""
    turns = []
    for camera in cameras:
        random = Random(f"{seed}/{camera}")
        at = random.uniform(*SOUND_SECONDS)
        while at < seconds:
            turns.append(Turn(round(at, 1), camera, random.choice(faults)))
            at += random.uniform(*FAULT_SECONDS)
            turns.append(Turn(round(at, 1), camera, None))
            at += random.uniform(*SOUND_SECONDS)
    return sorted(turns, key=lambda turn: (turn.at_seconds, turn.camera))


def tell(url: str, fault: str | None) -> None:
    """Tells a simulated camera what to do wrong from now on, by the live command (SET_PARAMETER, RFC 2326 10.9).

    Raises:
        BenchmarkError: the simulator does not take it.
    """
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
