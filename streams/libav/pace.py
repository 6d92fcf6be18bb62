"""How fast an HTTP source may run: HLS brings a whole segment at once and a file all of it, but pictures are told by when they arrive.

So they go on in the stream's own time, a little ahead of it and a little faster, so that nothing piles up; the price is HLS' own delay of a segment.
"""

from __future__ import annotations

from dataclasses import dataclass

from streams.media import CLOCK_RATE

AHEAD_SECONDS = 0.5
"""How far the pictures may run ahead of the clock."""
SPEED = 1.05
"""How fast the clock runs here: what a server sent in advance (a group of pictures, some segments) is caught up with, 4 s in 80 s."""
MOST_PICTURES_PER_SECOND = 240
LONGEST_STEP_SECONDS, LONGEST_BACK_SECONDS = 10.0, 1.0
"""A longer step is a jump of the stream's time; B-pictures go back a little."""


@dataclass(slots=True)
class Pace:
    """Counts how far the pictures are ahead, by their times and, whatever those say, by their number."""

    _lead: float = 0.0
    _lead_by_number: float = 0.0
    _highest_ticks: int | None = None
    _last_now: float = 0.0

    def pause(self, ticks: int, now: float) -> float:
        """Seconds to wait before a picture of this time (90 kHz) goes on."""
        if self._highest_ticks is None:
            self._highest_ticks, self._last_now = ticks, now
            return 0.0
        step = (ticks - self._highest_ticks) / CLOCK_RATE
        if not -LONGEST_BACK_SECONDS < step <= LONGEST_STEP_SECONDS:
            self._highest_ticks, step = ticks, 0.0
        self._highest_ticks = max(self._highest_ticks, ticks)  # of B-pictures only what is beyond counts
        passed = SPEED * (now - self._last_now)
        self._last_now = now
        self._lead = max(0.0, self._lead - passed) + max(0.0, step)
        self._lead_by_number = max(0.0, self._lead_by_number - passed) + 1 / MOST_PICTURES_PER_SECOND
        return max(0.0, self._lead - AHEAD_SECONDS, self._lead_by_number - AHEAD_SECONDS) / SPEED
