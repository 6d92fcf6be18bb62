"""Whether the periods of retention are those that the log has."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from api import periods
from api.checking_rows import Fault, all_rows, document_of
from api.log import LogEvent
from api.schema import log


def period_faults(connection: Connection) -> Iterator[Fault]:
    """Rules whose period was changed, put in or taken out past the API."""
    entries = all_rows(connection, select(log).where(log.c.event == LogEvent.RETENTION.value).order_by(log.c.log_index))
    told = periods.replayed((entry.log_index, entry.at, entry.by, document_of(entry.document)) for entry in entries)
    kept = periods.kept(connection)
    for rule in sorted(rule for rule in told.keys() | kept.keys() if told.get(rule) != kept.get(rule)):
        yield Fault(f"retention_periods {rule}", "is not as the log has it")
