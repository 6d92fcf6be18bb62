"""The worker's two clocks: the monotonic one that dwell is counted on, and the wall clock that a packet shows beside it.

Wall times are derived from the monotonic arrival time at the moment of use, so a wall clock that is stepped moves no dwell. Whether the
kernel considers the wall clock synchronised is read with `adjtimex(2)`: the same question that `timedatectl` answers.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from evidence.clocks import ArrivalClock

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")
TIME_ERROR = 5
"""Return value of adjtimex(2) when the clock is not synchronised."""
TIMEX_BYTES = 208
"""sizeof(struct timex) on 64-bit Linux."""


@dataclass(frozen=True, slots=True)
class WallState:
    """What the kernel says of the wall clock.

    Attributes:
        synchronised: whether it is disciplined by a time source; None where the kernel does not tell.
        max_error_seconds: the kernel's bound of its error; None where unknown.
        estimated_error_seconds: its estimate of the error.
    """

    synchronised: bool | None
    max_error_seconds: float | None = None
    estimated_error_seconds: float | None = None

    @property
    def named(self) -> ArrivalClock:
        """The clock as a packet tells it; how far it was set during a stay is the stay's to tell."""
        return ArrivalClock(wall_synchronised=self.synchronised, max_error_seconds=self.max_error_seconds, estimated_error_seconds=self.estimated_error_seconds)


def read_wall_state() -> WallState:
    """Asks the kernel whether the wall clock is synchronised; changes nothing."""
    library = ctypes.util.find_library("c")
    if library is None:
        return WallState(None)
    timex = ctypes.create_string_buffer(TIMEX_BYTES)  # modes = 0: read only
    status = ctypes.CDLL(library, use_errno=True).adjtimex(timex)
    if status < 0:
        return WallState(None)
    # struct timex { unsigned modes; long offset, freq, maxerror, esterror, …}: maxerror and esterror (µs) are the third and the fourth long.
    max_error_us, estimated_error_us = (int.from_bytes(timex.raw[at : at + 8], "little", signed=True) for at in (24, 32))
    return WallState(status != TIME_ERROR, max(0, max_error_us) / 1e6, max(0, estimated_error_us) / 1e6)


@cache
def boot_id() -> str:
    """Names this boot of the machine: within one boot the monotonic clock goes on across restarts of the worker."""
    try:
        return BOOT_ID_FILE.read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


def wall_at(monotonic_seconds: float) -> datetime:
    """The wall time (UTC) of a moment of the monotonic clock."""
    return datetime.fromtimestamp(time.time() - (time.monotonic() - monotonic_seconds), UTC)
