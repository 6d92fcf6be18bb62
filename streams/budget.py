"""What one camera may take of its reader's loop: a few milliseconds a visit, and a share of a core in the long run.

A limit in bytes bounds no cost: 256 KiB of twelve-byte packets take 30 to 70 ms, of ordinary ones less than 1 ms. So each visit is timed. What it has cost
decides how many bytes are read at once from then on, so that the clock can be asked in between; and a camera that takes more than any camera needs is cut.

Time is first taken from the wall, which costs 0.1 µs and includes what other threads and processes took meanwhile. Only where that is long is the visit's
own CPU counted, from the next visit on.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from streams.errors import ProtocolViolation

VISIT_SECONDS = 0.01
"""After which a visit ends, and the rest waits for the next round."""
DEAR_SECONDS = 0.002
"""A visit below costs too little to be counted: 75 KB of an ordinary camera take 0.2 ms."""
MOST_READ_BYTES = 96 * 1024
"""At once; of the dearest bytes, which nobody has seen yet, they take 30 ms. A keyframe of 150 KB takes one read more."""
LEAST_READ_BYTES = 2048
MAX_SHARE = 0.04
"""Of a core, over `SHARE_SECONDS`: 3 Mb/s take 0.001, 100 Mb/s 0.03. A camera that uses up each of its visits takes 0.05; over UDP,
visited twice a round, 0.1."""
SHARE_SECONDS = 4.0
CHEAP_VISITS = 8
"""In a row, until visits are timed by the wall again: asking for a thread's CPU costs 1.2 µs."""
FORGET = 0.97
"""By which the price of a byte falls with each visit that was cheap: ten seconds until the dearest counts as ordinary again."""


class Budget:
    """The account of one camera. Times a visit by `began = clock()`; ends it when `clock() - began` passes `VISIT_SECONDS`; books it by `spent`."""

    __slots__ = ("_cheap", "_price", "_used", "_used_up_since", "_window_began", "clock", "metered", "read_bytes")

    def __init__(self) -> None:
        self.clock: Callable[[], float] = time.perf_counter
        """What visits are timed with."""
        self.metered = False
        """Whether that is their own CPU: then each is to be booked, else only those above `DEAR_SECONDS`."""
        self.read_bytes = MOST_READ_BYTES
        """How much may be read at once."""
        self._price = 0.0
        """Seconds a byte, of the dearest lately."""
        self._cheap = 0
        """Visits in a row that were."""
        self._used = 0.0
        self._window_began = 0.0
        self._used_up_since: float | None = None

    def spent(self, seconds: float, count: int, now_seconds: float) -> None:
        """Books a visit that took `count` bytes in so many seconds by `clock`.

        Raises:
            ProtocolViolation: the camera takes more of the machine than a camera needs.
        """
        if not self.metered:
            if seconds > DEAR_SECONDS:
                self.metered, self.clock, self._cheap = True, time.thread_time, 0
                if now_seconds - self._window_began >= SHARE_SECONDS:
                    self._used, self._window_began = 0.0, now_seconds
            return
        dear = seconds > DEAR_SECONDS
        self._cheap = 0 if dear else self._cheap + 1
        price = seconds / count if dear and count else 0.0
        if price or self._price:
            self._set_price(max(price, FORGET * self._price))
        self._used += seconds
        if seconds < VISIT_SECONDS:
            self._used_up_since = None
        elif self._used_up_since is None:
            self._used_up_since = now_seconds
        window = now_seconds - self._window_began
        if self._used > MAX_SHARE * SHARE_SECONDS or (self._used_up_since is not None and now_seconds - self._used_up_since >= SHARE_SECONDS):
            raise ProtocolViolation(
                f"reading the camera takes more than {MAX_SHARE:.0%} of a core ({self._used * 1000:.0f} ms within {window:.1f} s): "
                "it sends more, or smaller, pieces than any camera"
            )
        if window >= SHARE_SECONDS:
            self._used, self._window_began = 0.0, now_seconds
        if self._cheap >= CHEAP_VISITS and self.read_bytes >= MOST_READ_BYTES:
            self.metered, self.clock, self._price = False, time.perf_counter, 0.0

    def _set_price(self, price: float) -> None:
        self._price = price
        affordable = VISIT_SECONDS / 2 / price if price else MOST_READ_BYTES
        self.read_bytes = MOST_READ_BYTES if affordable >= MOST_READ_BYTES else max(LEAST_READ_BYTES, int(affordable))
