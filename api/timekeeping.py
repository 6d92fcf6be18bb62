"""Whether this server's clock may decide that evidence is deleted. A clock is not believed because it says so.

It is in doubt when it goes otherwise than the machine's steady clock did, when it stands before the log's last entry or before this software was made,
and when at the start the log's last entry is older than two days. A doubt stands in the log; until an administrator has said that the clock is right,
nothing is deleted. What came or was decided while the clock was in doubt is then kept from that moment on, since its own times may be wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from api import log
from api.errors import Conflict
from api.schema import cases, clock_doubts
from api.schema import log as log_table

MADE_AT = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right stands before this."""
LONGEST_OFF = timedelta(days=2)
"""So long a server may have been off, by its log, before somebody has to say that it was."""
LONGEST_STEP = timedelta(hours=1)
"""So far the wall clock may go from the steady one while the server runs: a time server sets it, a leap second comes."""
SHARE = 0.001
"""By which a steady clock may run wrong in the long run, and more."""
BEHIND = timedelta(minutes=5)


def steady_seconds() -> float:
    """Seconds that go on whatever the wall clock is set to, also while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(slots=True)
class Timekeeper:
    """Watches one server's clock. Not thread-safe by itself: it is asked within write transactions, which take turns.

    Attributes:
        last_at: of the log's last entry when the server started; None of an empty log.
        since_index: the place in the log up to which the clock was right.
    """

    clock: Callable[[], datetime]
    steady: Callable[[], float]
    last_at: datetime | None
    since_index: int
    began_at: datetime
    began_seconds: float
    started: bool = False

    @classmethod
    def of(cls, connection: Connection, clock: Callable[[], datetime], steady: Callable[[], float]) -> Timekeeper:
        """At a server's start."""
        by_restore = log_table.c.event == log.LogEvent.RESTORED.value
        last = select(log_table.c.at).where(~by_restore).order_by(log_table.c.log_index.desc()).limit(1)
        return cls(clock, steady, connection.execute(last).scalar(), log.head(connection).index, clock(), steady())

    def fault(self) -> str | None:
        """What is wrong with the clock now, by itself; None where nothing is."""
        now = self.clock()
        passed = self.steady() - self.began_seconds
        step = (now - self.began_at).total_seconds() - passed
        if abs(step) > LONGEST_STEP.total_seconds() + SHARE * passed:
            return f"the clock was set {'forward' if step > 0 else 'back'} by {_told(abs(step))} while the server ran"
        if now < MADE_AT:
            return f"the clock says {now:%Y-%m-%d}, which is before this software was made"
        if self.started or self.last_at is None:
            return None
        if now < self.last_at - BEHIND:
            return f"the clock says {now:%Y-%m-%d %H:%M}, but the log's last entry is of {self.last_at:%Y-%m-%d %H:%M}"
        if self.began_at - self.last_at > LONGEST_OFF:
            return f"the log's last entry is of {self.last_at:%Y-%m-%d}, {_told((self.began_at - self.last_at).total_seconds())} before the server's start"
        return None

    def believe_until(self, index: int) -> None:
        """The clock was found right at this place in the log."""
        if self.fault() is None:
            self.since_index, self.started = index, True

    def believe(self, index: int) -> None:
        """The clock is right now, after this place in the log."""
        self.began_at, self.began_seconds, self.since_index, self.started = self.clock(), self.steady(), index, True


def watch(connection: Connection, keeper: Timekeeper) -> str | None:
    """Looks at the clock, within a write transaction; why it is in doubt, or None. A new doubt goes into the log."""
    standing = doubt(connection)
    if standing is not None:
        return str(standing.why)
    why = keeper.fault()
    if why is None:
        keeper.since_index, keeper.started = log.head(connection).index, True
        return None
    now = keeper.clock()
    index = log.append(connection, log.LogEvent.CLOCK_IN_DOUBT, now, "clock", {"why": why, "since_index": keeper.since_index})
    connection.execute(insert(clock_doubts).values(log_index=index, at=now, since_index=keeper.since_index, why=why))
    return why


def doubt(connection: Connection) -> Row[Any] | None:
    """The doubt that nobody has settled; None where there is none."""
    return connection.execute(select(clock_doubts).where(clock_doubts.c.settled_index.is_(None)).order_by(clock_doubts.c.log_index).limit(1)).first()


def settle(connection: Connection, keeper: Timekeeper, by: str) -> int:
    """Somebody says that the clock is right, within a write transaction; the place in the log.

    Raises:
        Conflict: it is in no doubt, or stands where no clock that is right can.
    """
    now = keeper.clock()
    standing = doubt(connection)
    if standing is None and watch(connection, keeper) is not None:
        standing = doubt(connection)
    if standing is None:
        raise Conflict("the server's clock is in no doubt", "服务器时钟没有疑问，无需确认")
    if now < MADE_AT:
        raise Conflict(f"the clock says {now:%Y-%m-%d}, which cannot be right; set it first", "服务器时钟明显错误，请先校准")
    told = {"doubt_index": standing.log_index, "since_index": standing.since_index}
    index = log.append(connection, log.LogEvent.CLOCK_RIGHT, now, by, told)
    mine = update(clock_doubts).where(clock_doubts.c.log_index == standing.log_index)
    connection.execute(mine.values(settled_index=index, settled_at=now, settled_by=by))
    _keep_from(connection, standing.since_index, now)
    keeper.believe(index)
    return index


def _keep_from(connection: Connection, since_index: int, now: datetime) -> None:
    """What came or was decided (also under seal) after this place in the log is kept from now on. What only changed otherwise, such as by a hold, is kept no
    shorter than it was, and what nobody touched as it was: this clock too may be one that somebody believes wrongly.
    """
    by_clock = (log.LogEvent.MANIFEST.value, log.LogEvent.DECISION.value)
    touched = cases.c.id.in_(select(log_table.c.case_id).where(log_table.c.log_index > since_index, log_table.c.event.in_(by_clock)))
    is_earlier = or_(cases.c.kept_from.is_(None), cases.c.kept_from < now)
    meanwhile = or_(touched, and_(cases.c.changed_index > since_index, is_earlier))
    connection.execute(update(cases).where(meanwhile, cases.c.erased_at.is_(None)).values(kept_from=now))


def _told(seconds: float) -> str:
    return f"{seconds / 86_400:.1f} days" if seconds >= 2 * 86_400 else f"{seconds / 3600:.1f} hours"
