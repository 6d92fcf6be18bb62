"""How long this city keeps evidence, where that is another time than the rules': in the database, changed by an administrator and logged, so that no start
without an option deletes what was to be kept. A longer period holds at once; a shorter one in a day, so that a slip of the hand deletes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from api import log
from api.errors import NotFound
from api.moments import iso
from api.retention import RULES, Rule, with_days
from api.schema import retention_periods

log_ = logging.getLogger(__name__)
WAIT = timedelta(days=1)
"""Before a shorter period holds."""
OPTION = "serve --keep"
"""Who changes, where an option says so."""


def rules_in_force(connection: Connection, now: datetime) -> tuple[Rule, ...]:
    """The rules with the periods that hold at a moment."""
    return with_days(RULES, {row.rule: _days(row, now) for row in connection.execute(select(retention_periods))})


def coming(connection: Connection, now: datetime) -> dict[str, tuple[int, datetime]]:
    """Shorter periods that do not hold yet: of each rule the days, and from when."""
    rows = connection.execute(select(retention_periods).where(retention_periods.c.next_at > now))
    return {row.rule: (row.next_days, row.next_at) for row in rows}


def change(connection: Connection, rule_id: str, days: int, by: str, now: datetime, *, at_once: bool = False) -> int | None:
    """Gives a rule another period, within a write transaction; its place in the log, None where it has that period already.

    Args:
        at_once: also where it is shorter, since there is no evidence yet.

    Raises:
        NotFound: there is no such rule.
        StartError: so many days are no period.
    """
    rule = next((one for one in rules_in_force(connection, now) if one.id == rule_id), None)
    if rule is None:
        raise NotFound(f"there is no rule {rule_id!r}; there are {', '.join(one.id for one in RULES)}", "没有这条保存期限规则")
    with_days(RULES, {rule_id: days})
    row = connection.execute(select(retention_periods).where(retention_periods.c.rule == rule_id)).first()
    waits = row is not None and row.next_at is not None and row.next_at > now
    if days == rule.days and not waits:
        return None
    later = days < rule.days and not at_once
    told = {"rule": rule_id, "days": rule.days if later else days, "next_days": days if later else None, "next_at": now + WAIT if later else None}
    body = told | {"next_at": None if told["next_at"] is None else iso(now + WAIT), "former_days": rule.days}
    index = log.append(connection, log.LogEvent.RETENTION, now, by, body)
    connection.execute(delete(retention_periods).where(retention_periods.c.rule == rule_id))
    connection.execute(insert(retention_periods).values(**told, log_index=index, changed_at=now, changed_by=by))
    return index


def begin_with(connection: Connection, wanted: tuple[Rule, ...], now: datetime) -> list[str]:
    """At a start, within a write transaction: takes the periods of an option where the database has none of its own for the rule; sentences on those that it
    does not take. Before the first evidence a shorter one holds at once.
    """
    empty = log.head(connection).sha256 is None
    known = {row.rule: row for row in connection.execute(select(retention_periods))}
    said: list[str] = []
    for rule in (rule for rule in wanted if rule not in RULES):
        row = known.get(rule.id)
        if row is None:
            change(connection, rule.id, rule.days, OPTION, now, at_once=empty)
        elif rule.days not in (row.days, row.next_days):
            said.append(
                f"--keep {rule.id}={rule.days} changes nothing: the database has {_days(row, now)} days since {iso(row.changed_at)} by {row.changed_by}; "
                f"change it with `curbwatch serve keep {rule.id}={rule.days}` or PUT /retention/{rule.id}"
            )
    return said


def replayed(entries: Iterator[tuple[int, datetime, str, dict[str, Any]]]) -> dict[str, tuple[Any, ...]]:
    """What the table must hold by the log's entries (place, time, by whom, document), oldest first."""
    return {
        str(told.get("rule")): (told.get("days"), told.get("next_days"), told.get("next_at"), index, iso(at), by)
        for index, at, by, told in entries
    }  # fmt: skip


def kept(connection: Connection) -> dict[str, tuple[Any, ...]]:
    """What the table holds, as `replayed` tells it."""
    rows = connection.execute(select(retention_periods))
    return {
        row.rule: (row.days, row.next_days, None if row.next_at is None else iso(row.next_at), row.log_index, iso(row.changed_at), row.changed_by)
        for row in rows
    }  # fmt: skip


def _days(row: Row[Any], now: datetime) -> int:
    return int(row.next_days if row.next_at is not None and row.next_at <= now else row.days)
