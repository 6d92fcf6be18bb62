"""Exports under way: as long as one is read, nothing of its cases is deleted, since it is of one moment and what it names must be in it.

One that nobody reads on from for ten minutes, or that takes longer than a day, holds nothing back any more; it is broken off, without its signed statement.
Where something due has waited for hours, no further export that would hold it back begins until it is deleted: so nobody holds it back for ever.
"""

from __future__ import annotations

import math
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
    """One export, when it began and was read from last (steady seconds; infinite while it waits to begin), and its cases; None: those of everybody."""

    began: float
    read_at: float
    case_ids: frozenset[str] | None = None
    is_over: bool = False

    def names(self, case_id: str | None) -> bool:
        """Whether it is of this case; None: of any case at all."""
        return self.case_ids is None or case_id is None or case_id in self.case_ids


@dataclass(slots=True)
class Exports:
    """Those of one API. May be used from any thread."""

    steady: Callable[[], float] = time.monotonic
    _here: list[UnderWay] = field(default_factory=list)
    _waits: dict[str | None, float] = field(default_factory=dict)
    _going: list[str | None] = field(default_factory=list)
    _lock: threading.Condition = field(default_factory=threading.Condition)

    def begin(self, case_ids: Iterable[str] | None = None) -> UnderWay:
        """One begins, once none of its cases is just being deleted; from now on none of them begins to be.

        Args:
            case_ids: those that it holds back; None: all.

        Raises:
            Unavailable: what it would hold back has waited for hours.
        """
        now = self.steady()
        one = UnderWay(now, math.inf, None if case_ids is None else frozenset(case_ids))
        with self._lock:
            since = [self._waits[case_id] for case_id in (one.case_ids or {None}) if case_id in self._waits]
            if since and now - min(since) >= LONGEST_WAIT_SECONDS:
                hours = f"{(now - min(since)) / 3600:.0f}"
                told = f"evidence whose time is over waits for exports for {hours} hours: once they are read and it is deleted, ask again"
                raise Unavailable(told, "到期证据因导出未能删除，须待现有导出结束并删除后再导出")
            self._here.append(one)
            try:
                self._lock.wait_for(lambda: not any(one.names(case_id) for case_id in self._going))
            except BaseException:
                self._here.remove(one)
                raise
            one.began = one.read_at = self.steady()
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
        """Whether evidence of a case may be deleted now, or (None) of any case at all; no export of it begins before this is over. Others begin, and all that
        are under way are read, meanwhile.
        """
        with self._lock:
            self._drop_left()
            may = not any(one.case_ids is None or case_id in one.case_ids for one in self._here)
            self._going.append(case_id)
        try:
            yield may
        finally:
            with self._lock:
                self._going.remove(case_id)
                self._lock.notify_all()

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
