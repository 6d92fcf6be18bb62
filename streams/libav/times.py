"""The time of a stream whose clock jumps: libavformat hands on ±1 h as it comes (MEASURED.md)."""

from __future__ import annotations

from streams.media import CLOCK_RATE

JUMP_TICKS = 10 * CLOCK_RATE
"""How far the stream's time may run ahead of the arrivals between two pictures before it counts as a jump; the same as for clips."""
BACK_TICKS = CLOCK_RATE
"""How far it may go back: B-pictures are sent after those that are shown behind them."""
NOMINAL_PICTURE_TICKS = CLOCK_RATE // 25


class Times:
    """The stream's time without its jumps (a server that begins its file anew, a clock that was set): over one it goes on by the arrivals."""

    def __init__(self) -> None:
        self._offset = 0
        self._last: tuple[int, float] | None = None

    def at(self, ticks: int, now: float) -> int:
        """The time (90 kHz) of a picture that the stream gives `ticks` and that arrived now (seconds, monotonic)."""
        if self._last is not None:
            last, then = self._last
            arrived = round((now - then) * CLOCK_RATE)
            step = ticks + self._offset - last
            if step < -BACK_TICKS or (step > JUMP_TICKS and step - arrived > JUMP_TICKS):
                self._offset = last + max(NOMINAL_PICTURE_TICKS, arrived) - ticks
        self._last = ticks + self._offset, now
        return ticks + self._offset
