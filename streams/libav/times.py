"""The time of a stream whose clock jumps: libavformat hands on ±1 h as it comes (MEASURED.md)."""

from __future__ import annotations

from typing import Generic, TypeVar

from streams.media import CLOCK_RATE

T = TypeVar("T")

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


MOST_WAITING = 8


class Timed(Generic[T]):
    """Gives pictures without a time one: libavformat has none for the first of an RTSP stream, which is its keyframe. It is counted back from the next."""

    def __init__(self) -> None:
        self._waiting: list[T] = []
        self._last = 0

    def add(self, ticks: int | None, picture: T) -> list[tuple[int, T]]:
        """The pictures whose time (90 kHz) is known now, in their order; without any times they are 40 ms apart."""
        self._waiting.append(picture)
        if ticks is None:
            if len(self._waiting) < MOST_WAITING:
                return []
            ticks = self._last + NOMINAL_PICTURE_TICKS * len(self._waiting)
        waiting, self._waiting, self._last = self._waiting, [], ticks
        first = ticks - NOMINAL_PICTURE_TICKS * (len(waiting) - 1)
        return [(first + NOMINAL_PICTURE_TICKS * number, one) for number, one in enumerate(waiting)]
