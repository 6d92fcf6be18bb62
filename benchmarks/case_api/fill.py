"""Writes the rows of a city into a database, SQLite or PostgreSQL: without its indices, which are made at the end, so that it takes minutes.

A batch is a transaction: what was cut off goes on where it was, since the same seed draws the same rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Index, create_engine, func, insert, select, update

from api import search
from api.database import Database
from api.engines import PostgresDatabase, SqliteFile
from api.schema import about, cases, metadata
from api.schema import cameras as registered
from benchmarks.case_api.rows import HEADS, Row, camera_rows, cameras, case_rows
from benchmarks.errors import BenchmarkError

BATCH = 20_000
SAY_EVERY = 200_000
COUNT = "bench_cases_2"
"""What says how many cases were filled in; the number rises with what is in a case."""
Say = Callable[[str], None]


def fill(database: Database, count: int, say: Say) -> None:
    """Makes the tables and `count` cases in them, or the rest of them.

    Raises:
        BenchmarkError: another number of cases is in it.
    """
    database.open()
    try:
        with database.read() as connection:
            told = connection.execute(select(about.c.value).where(about.c.name == COUNT)).scalar()
            there = connection.execute(select(func.coalesce(func.max(cases.c.number), 0))).scalar_one()
        if told not in (None, str(count), f"{count} whole"):
            raise BenchmarkError(f"{database.shown}: holds {told.split()[0]} cases, not {count}: name another --folder, or remove it")
        if told is None and there:
            raise BenchmarkError(f"{database.shown}: holds cases of another making: name another --folder, or remove it")
        if told == f"{count} whole":
            return
        indices = [index for name in HEADS if name in metadata.tables for index in metadata.tables[name].indexes]
        with database.write() as connection:
            if told is None:
                connection.execute(insert(about).values(name=COUNT, value=str(count)))
            for index in indices:
                index.drop(connection, checkfirst=True)
    finally:
        database.close()
    if isinstance(database.place, SqliteFile):
        _into_sqlite(database.place, count, there, indices, say)
    else:
        assert isinstance(database.place, PostgresDatabase)
        _into_postgres(database.place, count, there, indices, say)
    database.connect()
    with database.write() as connection:
        connection.execute(update(about).where(about.c.name == COUNT).values(value=f"{count} whole"))
    database.close()


def freed(database: Database) -> None:
    """Gives every camera to no worker: the one that measures is another each time, and may speak for them then as their own would."""
    database.connect()
    try:
        with database.write() as connection:
            connection.execute(update(registered).where(registered.c.worker.is_not(None)).values(worker=None))
    finally:
        database.close()


def _batches(count: int, there: int, say: Say) -> Iterable[dict[str, list[Row]]]:
    city = cameras()
    if there == 0:
        yield {"cameras": list(camera_rows(city))}
    rows = case_rows(count, city)
    done = 0
    while some := list(islice(rows, BATCH)):
        done += len(some)
        if done <= there:
            continue
        batch: dict[str, list[Row]] = {name: [] for name in HEADS}
        for one in some:
            for name, of_table in one.items():
                batch[name] += of_table
        yield batch
        if done % SAY_EVERY == 0 or done == count:
            say(f"{done:,} of {count:,} cases")


def _into_sqlite(place: SqliteFile, count: int, there: int, indices: Sequence[Index], say: Say) -> None:
    raw = sqlite3.connect(place.path)
    raw.executescript("PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-262144")
    for batch in _batches(count, there, say):
        for name, rows in batch.items():
            marks = ", ".join("?" * len(HEADS[name]))
            raw.executemany(f"INSERT INTO {name} ({_columns(name)}) VALUES ({marks})", rows)
        raw.commit()
    raw.close()
    engine = create_engine(f"sqlite+pysqlite:///{place.path}")
    with engine.begin() as connection:
        _index(connection, indices, say)
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA analysis_limit = 2000")
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def _into_postgres(place: PostgresDatabase, count: int, there: int, indices: Sequence[Index], say: Say) -> None:
    import psycopg

    with psycopg.connect(place.url) as raw, raw.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("DROP INDEX IF EXISTS ix_case_words_words")
        for batch in _batches(count, there, say):
            for name, rows in batch.items():
                with cursor.copy(f"COPY {name} ({_columns(name)}) FROM STDIN".encode()) as copy:
                    for row in rows:
                        copy.write_row(row if name != search.TABLE else (row[0], " ".join(f"'{word}'" for word in row[1].split())))
            raw.commit()
        say("the index of words")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("CREATE INDEX ix_case_words_words ON case_words USING gin (words)")
        raw.commit()
    engine = create_engine(place.url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("SET maintenance_work_mem = '1GB'")
        _index(connection, indices, say)
        say("VACUUM ANALYZE")
        connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def _index(connection: Connection, indices: Sequence[Index], say: Say) -> None:
    for index in indices:
        say(f"index {index.name}")
        index.create(connection, checkfirst=True)


def _columns(name: str) -> str:
    quoted: list[Any] = [f'"{column}"' for column in HEADS[name]]
    return ", ".join(quoted)
