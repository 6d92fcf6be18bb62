"""Who fails to sign in waits: longer with each failure, by name and address together, and more loosely by each of them alone.

Nobody is locked out for good, and a stranger who guesses at a name does not keep its owner out at another address until some sixty failures.
A try that comes too early is not looked at, so it tells nothing. Names and addresses are kept as hashes and forgotten after a day.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from api.errors import TooOften
from api.schema import throttles

FREE = {"pair": 5, "address": 30, "name": 60}
"""Failures before the first wait."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=15)
"""The wait doubles: the tenth failure of a pair costs a minute, so guessing goes at a hundred a day."""
FORGOTTEN = timedelta(days=1)


def subjects_of(name: str, address: str) -> dict[str, str]:
    """What a try is counted under."""
    values = {"pair": f"{name}\0{address}", "address": address, "name": name}
    return {kind: f"{kind}:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}" for kind, value in values.items()}


def take(connection: Connection, subjects: dict[str, str], now: datetime) -> None:
    """Takes one try, within a write transaction: it counts as failed until `succeeded`, so that a burst of tries at once gets no more of them.

    Raises:
        TooOften: with the seconds to wait; such a try is not counted.
    """
    connection.execute(delete(throttles).where(throttles.c.last_at < now - FORGOTTEN))
    rows = {row.subject: row for row in connection.execute(select(throttles).where(throttles.c.subject.in_(list(subjects.values()))))}
    until = max((row.until for row in rows.values()), default=now)
    if until > now:
        seconds = max(1, round((until - now).total_seconds()))
        raise TooOften(f"too many failed tries: wait {seconds} s", f"失败次数过多，请 {seconds} 秒后再试", retry_after_seconds=seconds)
    for kind, subject in subjects.items():
        failures = (rows[subject].failures if subject in rows else 0) + 1
        values = {"failures": failures, "last_at": now, "until": now + wait_after(failures, FREE[kind])}
        if subject in rows:
            connection.execute(update(throttles).where(throttles.c.subject == subject).values(**values))
        else:
            connection.execute(insert(throttles).values(subject=subject, **values))


def succeeded(connection: Connection, subjects: dict[str, str], now: datetime) -> None:
    """Gives a try back, within a write transaction, and forgets the failures of this name at this address; what others did stays counted."""
    connection.execute(delete(throttles).where(throttles.c.subject == subjects["pair"]))
    others = [subject for kind, subject in subjects.items() if kind != "pair"]
    connection.execute(update(throttles).where(throttles.c.subject.in_(others)).values(failures=throttles.c.failures - 1, until=now))


def wait_after(failures: int, free: int) -> timedelta:
    """How long after so many failures no try is looked at."""
    over = failures - free
    return timedelta(0) if over <= 0 else min(FIRST_WAIT * 2 ** min(over - 1, 20), LONGEST_WAIT)
