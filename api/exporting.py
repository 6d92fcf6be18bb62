"""Exports under way: as long as one is read, nothing of its cases is deleted, since it is of one moment and what it names must be in it.

One that nobody reads on from for ten minutes, or that takes longer than a day, holds nothing back any more; it is broken off, without its signed statement.
Where something due has waited for hours, no further export that would hold it back begins until it is deleted: so nobody holds it back for ever.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from api.errors import Unavailable

LONGEST_PAUSE_SECONDS = 600.0
LONGEST_SECONDS = 24 * 3600.0
LONGEST_WAIT_SECONDS = 6 * 3600.0
"""So long what is due waits before no further export holds it back."""


@dataclass(slots=True, eq=False)
class UnderWay:
    """One export, when it began and was read from last (steady seconds), and its cases; None: those of everybody."""

    began: float
    read_at: float
    case_ids: frozenset[str] | None = None
    is_over: bool = False


@dataclass(slots=True)
class Exports:
    """Those of one API. May be used from any thread."""

    steady: Callable[[], float] = time.monotonic
    _here: list[UnderWay] = field(default_factory=list)
    _waits: dict[str | None, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, case_ids: Iterable[str] | None = None) -> UnderWay:
        """One begins, once no case is just being deleted.

        Args:
            case_ids: those that it holds back; None: all.

        Raises:
            Unavailable: what it would hold back has waited for hours.
        """
        now = self.steady()
        one = UnderWay(now, now, None if case_ids is None else frozenset(case_ids))
        with self._lock:
            since = [self._waits[case_id] for case_id in (one.case_ids or {None}) if case_id in self._waits]
            if since and now - min(since) >= LONGEST_WAIT_SECONDS:
                hours = f"{(now - min(since)) / 3600:.0f}"
                told = f"evidence whose time is over waits for exports for {hours} hours: once they are read and it is deleted, ask again"
                raise Unavailable(told, "到期证据因导出未能删除，须待现有导出结束并删除后再导出")
            self._here.append(one)
        return one

    def end(self, one: UnderWay) -> None:
        """It was read, or nobody wants it any more."""
        with self._lock:
            one.is_over = True
            self._here = [other for other in self._here if other is not one]

    def read(self, pieces: Iterator[bytes], one: UnderWay) -> Iterator[bytes]:
        """The pieces of an export while it holds deletions back.

        Raises:
            Unavailable: it was not read on from for too long, and what it names may have been deleted.
        """
        try:
            for piece in pieces:
                with self._lock:
                    self._drop_left()
                    if one.is_over:
                        raise Unavailable("the export was not read on from for too long and is broken off; ask for it again", "导出中断过久，请重新导出")
                    one.read_at = self.steady()
                yield piece
        finally:
            self.end(one)

    @contextmanager
    def deleting(self, case_id: str | None = None) -> Iterator[bool]:
        """Whether evidence of a case may be deleted now, or (None) of any case at all; no export begins meanwhile."""
        with self._lock:
            self._drop_left()
            yield not any(one.case_ids is None or case_id in one.case_ids for one in self._here)

    def held_back(self, case_ids: Iterable[str | None]) -> None:
        """What a run of retention found due and could not delete; None stands for a run that could delete nothing, and leaves what waited before it."""
        now, found = self.steady(), set(case_ids)
        with self._lock:
            found |= self._waits.keys() if None in found else set()
            self._waits = {case_id: self._waits.get(case_id, now) for case_id in found}

    def _drop_left(self) -> None:
        now = self.steady()
        for one in self._here:
            one.is_over = now - one.read_at > LONGEST_PAUSE_SECONDS or now - one.began > LONGEST_SECONDS
        self._here = [one for one in self._here if not one.is_over]
