"""From which place of the log on packets are graded by the rules of now: those that came before keep the grade that they were given."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from api.schema import about
from evidence.grading import RULES

NAMES = {rules: f"grading_{rules}_from" for rules in range(2, RULES + 1)}
"""Of each set of rules but the first: under which name the place stands."""
Graded = dict[int, int]
"""Each set of rules but the first with the place of the first packet that was graded by it; those by which none was are not named."""


def begin(connection: Connection, log_index: int) -> None:
    """Notes that a packet is graded by the rules of now, within its write transaction; the first one's place counts."""
    if connection.execute(_FROM).scalar() is None:
        connection.execute(insert(about).values(name=NAMES[RULES], value=str(log_index)))


_FROM = select(about.c.value).where(about.c.name == NAMES[RULES])


def graded_from(connection: Connection) -> Graded:
    """From which places of the log on packets were graded by which rules."""
    told = {row.name: int(row.value) for row in connection.execute(select(about).where(about.c.name.in_(NAMES.values())))}
    return {rules: told[name] for rules, name in NAMES.items() if name in told}


def rules_of(log_index: int, graded: Graded) -> int:
    """By which rules a packet at a place of the log was graded."""
    return max((rules for rules, begin in graded.items() if log_index >= begin), default=1)
