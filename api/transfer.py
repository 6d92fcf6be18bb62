"""Copies all that a database holds into another one, of the same kind or of the other: what a backup and a move to PostgreSQL are made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Integer, Table, bindparam, func, insert, select, update
from sqlalchemy.exc import DatabaseError as SqlDatabaseError

from api import search
from api.database import Database
from api.errors import DatabaseError
from api.schema import about, cases, log, metadata, tokens

ROWS = 1000


def copy_all(source: Database, target: Database) -> None:
    """Copies every row from one snapshot of `source` into the empty `target`, in one transaction. Both are open, their tables of this version.

    Raises:
        DatabaseError: the target holds something already, or does not take it.
    """
    try:
        with source.read() as reading, target.write() as writing:
            if not is_empty(writing):
                raise DatabaseError(f"{target.shown}: holds something already; name an empty database")
            writing.execute(about.delete())
            for table in metadata.sorted_tables:
                _copy(reading, writing, table)
            search.bring_up_to_date(writing, anew=True)
            target.place.after_filling(writing, [(table.name, column.name) for table in metadata.sorted_tables if (column := _numbered(table)) is not None])
    except SqlDatabaseError as error:
        raise DatabaseError(f"{target.shown}: cannot be filled ({str(error.orig).strip().partition(chr(10))[0]})") from None


def is_empty(connection: Connection) -> bool:
    """Whether nobody has used a database yet."""
    return not any(connection.execute(select(func.count()).select_from(select(table).limit(1).subquery())).scalar_one() for table in (log, cases, tokens))


def _copy(reading: Connection, writing: Connection, table: Table) -> None:
    """A column that refers to its own table is filled once all rows are there."""
    own = {column.name: column for column in table.columns if any(key.column.table is table for key in column.foreign_keys)}
    rows = reading.execution_options(yield_per=ROWS).execute(select(table).order_by(*table.primary_key.columns))
    later: list[dict[str, Any]] = []
    for part in rows.mappings().partitions():
        writing.execute(insert(table), [{name: None if name in own else value for name, value in row.items()} for row in part])
        later += [{f"_{name}": row[name] for name in ("id", *own)} for row in part if any(row[name] is not None for name in own)]
    if later:
        own_values = {name: bindparam(f"_{name}", type_=column.type) for name, column in own.items()}
        writing.execute(update(table).where(table.c.id == bindparam("_id", type_=table.c.id.type)).values(own_values), later)


def _numbered(table: Table) -> Column[Any] | None:
    """The column that the database numbers by itself, if there is one."""
    columns = list(table.primary_key.columns)
    column = columns[0]
    numbers = len(columns) == 1 and isinstance(column.type, Integer) and column.autoincrement is not False and not column.foreign_keys
    return column if numbers else None
