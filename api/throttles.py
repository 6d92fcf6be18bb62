"""Who fails to sign in waits: longer with each failure, by name and address together, and more loosely by each of them alone.

Where a person has signed in before, within three months, that name waits at that address for its own failures there alone: so a stranger who guesses
at a name from ever new addresses keeps its owner out where the owner never was, and nowhere else. Of an IPv6 address the first 64 bits count, since whoever
has one has all of the others. A try that comes too early is not looked at, so it tells nothing. Names and addresses are kept as hashes; failures are
forgotten after a day.
"""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from api.errors import TooOften
from api.schema import throttles

FREE = {"pair": 5, "address": 30, "name": 60}
"""Failures before the first wait."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=15)
"""The wait doubles: the tenth failure of a pair costs a minute, so guessing goes at a hundred a day."""
FORGOTTEN = timedelta(days=1)
KNOWN = timedelta(days=90)
"""So long an address stays one where a person has signed in."""
KNOWN_PREFIX = "known:"


def subjects_of(name: str, address: str) -> dict[str, str]:
    """What a try is counted under, and (`known`) what tells that this person has signed in there before."""
    place = place_of(address)
    pair = f"{name}\0{place}"
    values = {"pair": pair, "address": place, "name": name, "known": pair}
    return {kind: f"{kind}:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}" for kind, value in values.items()}


def place_of(address: str) -> str:
    """An IPv4 address as it is, also one that comes in IPv6's clothes; of an IPv6 address its network of 64 bits."""
    try:
        read = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    if isinstance(read, ipaddress.IPv4Address):
        return str(read)
    return str(read.ipv4_mapped or ipaddress.ip_network((int(read), 64), strict=False))


def take(connection: Connection, subjects: dict[str, str], now: datetime) -> None:
    """Takes one try, within a write transaction: it counts as failed until `succeeded`, so that a burst of tries at once gets no more of them.

    Raises:
        TooOften: with the seconds to wait; such a try is not counted.
    """
    is_known = throttles.c.subject.like(f"{KNOWN_PREFIX}%")
    connection.execute(delete(throttles).where(or_(and_(~is_known, throttles.c.last_at < now - FORGOTTEN), throttles.c.last_at < now - KNOWN)))
    rows = {row.subject: row for row in connection.execute(select(throttles).where(throttles.c.subject.in_(list(subjects.values()))))}
    counted = {kind: subjects[kind] for kind in _counted(subjects, set(rows))}
    until = max((rows[subject].until for subject in counted.values() if subject in rows), default=now)
    if until > now:
        seconds = max(1, round((until - now).total_seconds()))
        raise TooOften(f"too many failed tries: wait {seconds} s", f"失败次数过多，请 {seconds} 秒后再试", retry_after_seconds=seconds)
    for kind, subject in counted.items():
        failures = (rows[subject].failures if subject in rows else 0) + 1
        _put(connection, subject, is_new=subject not in rows, failures=failures, last_at=now, until=now + wait_after(failures, FREE[kind]))


def succeeded(connection: Connection, subjects: dict[str, str], now: datetime) -> None:
    """Gives a try back, within a write transaction, forgets the failures of this name at this address, and remembers that they belong together.

    What others did stays counted.
    """
    connection.execute(delete(throttles).where(throttles.c.subject == subjects["pair"]))
    was_known = connection.execute(select(throttles.c.subject).where(throttles.c.subject == subjects["known"])).first() is not None
    if not was_known:
        others = [subjects["address"], subjects["name"]]
        connection.execute(update(throttles).where(throttles.c.subject.in_(others)).values(failures=throttles.c.failures - 1, until=now))
    _put(connection, subjects["known"], is_new=not was_known, failures=0, last_at=now, until=now)


def _counted(subjects: dict[str, str], here: set[str]) -> tuple[str, ...]:
    """By what a try is counted and may have to wait."""
    return ("pair",) if subjects["known"] in here else tuple(FREE)


def _put(connection: Connection, subject: str, *, is_new: bool, **values: Any) -> None:
    if is_new:
        connection.execute(insert(throttles).values(subject=subject, **values))
    else:
        connection.execute(update(throttles).where(throttles.c.subject == subject).values(**values))


def wait_after(failures: int, free: int) -> timedelta:
    """How long after so many failures no try is looked at."""
    over = failures - free
    return timedelta(0) if over <= 0 else min(FIRST_WAIT * 2 ** min(over - 1, 20), LONGEST_WAIT)
