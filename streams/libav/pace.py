"""How fast an HTTP source may run: a live one comes in its own time, a file would come as fast as the line carries it."""

from __future__ import annotations

from dataclasses import dataclass

from streams.media import CLOCK_RATE

AHEAD_SECONDS = 12.0
"""How far the pictures may run ahead of the clock: HLS brings whole segments, mostly of 2 to 10 s."""
LEAST_SECONDS = 1 / 240
LONGEST_STEP_SECONDS = 10.0
"""A longer step, or one back, is a jump of the stream's time; it counts as the shortest."""


@dataclass(slots=True)
class Pace:
    """Counts how far the pictures are ahead; a source without usable times may send 240 pictures a second."""

    _lead: float = 0.0
    _last_ticks: int | None = None
    _last_now: float = 0.0

    def pause(self, ticks: int, now: float) -> float:
        """Seconds to wait before a picture of this time (90 kHz) goes on."""
        if self._last_ticks is not None:
            step = (ticks - self._last_ticks) / CLOCK_RATE
            if not LEAST_SECONDS < step <= LONGEST_STEP_SECONDS:
                step = LEAST_SECONDS
            self._lead = max(0.0, self._lead - (now - self._last_now)) + step
        self._last_ticks, self._last_now = ticks, now
        return max(0.0, self._lead - AHEAD_SECONDS)
