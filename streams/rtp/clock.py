"""A camera's clock against the worker's monotonic one, out of its sender reports. Pure.

A report names the camera's wall clock and the RTP time of the same moment. It may come late (a stalled connection, a reader that reads in steps): that
makes the clock look slow once, never fast, and the next reports are back on the line. So the drift is the median of the slopes between all pairs of reports
of the last minutes (Theil and Sen), which a quarter of late ones does not move. The camera has set its clock when the wall clock and the RTP time part by more
than `LATE_SECONDS` between two reports, or when two reports in a row agree on a new line; then everything before is forgotten.
"""

from __future__ import annotations

from collections import deque
from statistics import median

TICKS_A_SECOND = 90_000
KEPT_REPORTS = 40
LEAST_GAP_SECONDS = 10.0
"""Between reports that are kept: 40 of them cover over six minutes."""
LEAST_SPAN_SECONDS = 60.0
"""Before a drift is told: over less, 30 ms of jitter would be 500 ppm."""
JUMP_SECONDS = 1.0
"""Between wall clock and RTP time from one report to the next: no crystal drifts so fast. A camera that is short of breath may be out by more, once."""
LATE_SECONDS = 3.0
"""A report whose clock is this far from the line, and the next one with it, tells of a jump that the RTP time shared."""


class CameraClock:
    """Offset and drift of one camera's clock."""

    def __init__(self) -> None:
        self.jumps = 0
        self._reports: deque[tuple[float, float]] = deque(maxlen=KEPT_REPORTS)
        """Monotonic arrival, and the camera's Unix seconds less it."""
        self._start: float | None = None
        """The camera's Unix seconds at RTP time 0, by the last report that was believed."""
        self._other_start: float | None = None
        self._other_offset: float | None = None
        """What a report said that is not believed before the next one says so too."""
        self._drift: float | None = None
        self._stale = False

    def add(self, arrival_seconds: float, unix_seconds: float, ticks: int) -> bool:
        """Takes a report: when it arrived (monotonic), the camera's Unix seconds, the unwrapped RTP time. True where the clock was set meanwhile."""
        offset = unix_seconds - arrival_seconds
        start = unix_seconds - ticks / TICKS_A_SECOND
        jumped = False
        strayed = 0.0 if self._start is None else abs(start - self._start)
        if strayed > JUMP_SECONDS:
            jumped = strayed > LATE_SECONDS or (self._other_start is not None and abs(start - self._other_start) < JUMP_SECONDS)
            if not jumped:
                self._other_start = start
                return False
        elif self._reports and abs(offset - self._reports[-1][1]) > LATE_SECONDS:
            jumped = self._other_offset is not None and abs(offset - self._other_offset) < JUMP_SECONDS
            if not jumped:
                self._other_offset = offset  # late, or a jump that the RTP time shared
                return False
        self._start, self._other_start, self._other_offset = start, None, None
        if jumped:
            self.jumps += 1
            self._reports.clear()
            self._drift, self._stale = None, False
        if not self._reports or arrival_seconds - self._reports[-1][0] >= LEAST_GAP_SECONDS:
            self._reports.append((arrival_seconds, offset))
            self._stale = True
        return jumped

    @property
    def drift_ppm(self) -> float | None:
        """How much faster the camera's clock runs than the worker's, in millionths; None before a minute of reports."""
        if self._stale:
            self._stale = False
            reports = tuple(self._reports)
            if reports[-1][0] - reports[0][0] >= LEAST_SPAN_SECONDS:
                slopes = [(b - a) / (later - sooner) for i, (sooner, a) in enumerate(reports) for later, b in reports[i + 1 :]]
                self._drift = 1e6 * median(slopes)
        return self._drift

    @property
    def monotonic_offset_seconds(self) -> float | None:
        """The camera's Unix clock less the worker's monotonic one, by the least delayed of the reports kept, carried to the newest one by the drift."""
        reports = tuple(self._reports)
        if not reports:
            return None
        rate = (self.drift_ppm or 0.0) / 1e6
        newest = reports[-1][0]
        return max(offset + rate * (newest - arrival) for arrival, offset in reports)
