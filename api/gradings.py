"""From which place of the log on packets are graded by the rules of now: those that came before keep the grade that they were given."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from api.schema import about
from evidence.grading import RULES

NAME = f"grading_{RULES}_from"


def begin(connection: Connection, log_index: int) -> None:
    """Notes that a packet is graded by the rules of now, within its write transaction; the first one's place counts."""
    if graded_from(connection) is None:
        connection.execute(insert(about).values(name=NAME, value=str(log_index)))


def graded_from(connection: Connection) -> int | None:
    """The place of the first packet that was graded by the rules of now; None where none was."""
    told = connection.execute(_FROM).scalar()
    return None if told is None else int(told)


_FROM = select(about.c.value).where(about.c.name == NAME)


def rules_of(log_index: int, graded_from: int | None) -> int:
    """By which rules a packet at a place of the log was graded."""
    return RULES if graded_from is not None and log_index >= graded_from else RULES - 1
