"""What a recording let be seen, over all of it: the faults of its pictures and the suspensions of its zones, by seconds, and why looks were not judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from detector.judgement.drift import Status
from detector.worker.watched import Watched
from streams.health import Fault

ELSEWHERE = "another_view"
"""Why a look is not judged in which another view of the camera is seen than was cut out for it."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasted.

    Attributes:
        what: a fault of the picture (`streams.health.Fault`), or why zones were suspended (`Status`).
        view_id: whose zones; None of a fault, which is the camera's.
        from_seconds: of the video, where it began.
        until_seconds: the first look without it; None where it lasted to the end.
    """

    what: str
    view_id: str | None
    from_seconds: float
    until_seconds: float | None = None


class Seeing:
    """Takes down after each look what the camera's pictures and zones are; spans come in the order in which they began."""

    def __init__(self) -> None:
        self._over: list[Span] = []
        self._open: dict[tuple[str, str | None], Span] = {}
        self._withheld = 0
        self.why: Counter[str] = Counter()

    def take(self, watched: Watched, at_seconds: float) -> None:
        """After a look at the moment `at_seconds` of the video."""
        sight, status = watched.sight, watched.preset.placement.status
        now: dict[tuple[str, str | None], float] = {}
        for fault in Fault:
            if fault in sight.health.faults or fault is sight.blind:
                streak = sight.health.streaks.get(fault)
                since = sight.health.alike_seconds if fault is Fault.FROZEN else at_seconds if streak is None or not streak.bad else streak.since_seconds
                now[fault.value, None] = since
        if not watched.identified:
            now[Status.UNRECOGNISED.value, None] = at_seconds
        elif status in (Status.MOVED, Status.UNRECOGNISED):
            now[status.value, watched.preset.drawn.view_id] = at_seconds
        for key in [key for key in self._open if key not in now]:
            self._close(key, at_seconds)
        for (what, view_id), since in now.items():
            self._open.setdefault((what, view_id), Span(what, view_id, round(since, 2)))
        if watched.withheld > self._withheld:
            self._withheld = watched.withheld
            self.why[watched.paused or ELSEWHERE] += 1

    @property
    def faults(self) -> tuple[Span, ...]:
        """What was wrong with the pictures, and from when to when."""
        return self._those(fault.value for fault in Fault)

    @property
    def suspensions(self) -> tuple[Span, ...]:
        """Why zones were suspended, and from when to when."""
        return self._those(status.value for status in Status)

    def _those(self, names: Iterable[str]) -> tuple[Span, ...]:
        wanted = set(names)
        return tuple(sorted((span for span in (*self._over, *self._open.values()) if span.what in wanted), key=lambda span: span.from_seconds))

    def _close(self, key: tuple[str, str | None], at_seconds: float) -> None:
        span = self._open.pop(key)
        self._over.append(Span(span.what, span.view_id, span.from_seconds, round(at_seconds, 2)))
