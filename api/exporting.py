"""Exports under way: as long as one is read, nothing of evidence is deleted, since it is of one moment and what it names must be in it.

One that nobody reads on from for ten minutes, or that takes longer than a day, holds nothing back any more; it is broken off, without its signed statement.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from api.errors import Unavailable

LONGEST_PAUSE_SECONDS = 600.0
LONGEST_SECONDS = 24 * 3600.0


@dataclass(slots=True, eq=False)
class UnderWay:
    """One export, and when it began and was read from last (steady seconds)."""

    began: float
    read_at: float
    is_over: bool = False


@dataclass(slots=True)
class Exports:
    """Those of one API. May be used from any thread."""

    steady: Callable[[], float] = time.monotonic
    _here: list[UnderWay] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> UnderWay:
        """One begins, once no case is just being deleted."""
        now = self.steady()
        one = UnderWay(now, now)
        with self._lock:
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
    def deleting(self) -> Iterator[bool]:
        """Whether evidence may be deleted now; no export begins meanwhile."""
        with self._lock:
            self._drop_left()
            yield not self._here

    def _drop_left(self) -> None:
        now = self.steady()
        for one in self._here:
            one.is_over = now - one.read_at > LONGEST_PAUSE_SECONDS or now - one.began > LONGEST_SECONDS
        self._here = [one for one in self._here if not one.is_over]
