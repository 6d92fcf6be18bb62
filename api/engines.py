"""The two databases behind `api.database`, by URL, and all that is different between them: how a transaction begins, what a full disk is called.

SQLite runs in WAL mode with `synchronous=FULL`, and overwrites what is deleted (`secure_delete`).
PostgreSQL commits with `synchronous_commit=on`; a transaction that only reads sees one snapshot
there too, and one that writes holds an advisory lock, so that the log grows in one order whoever writes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import DatabaseError as SqlDatabaseError
from sqlalchemy.pool import NullPool, QueuePool

from api.ballast import ballast_of
from api.errors import DatabaseError, StartError
from evidence.folders import make_folder

WAIT_SECONDS = 30
"""How long a writer waits for another before it gives up."""
FORGET_WAIT_SECONDS = 2
"""How long the write-ahead log waits for readers of before to be cut; the next run of retention tries again."""
WRITERS_LOCK = 0x63757262776174
"""The advisory lock of PostgreSQL that whoever writes holds: the letters of `curbwat`."""
POOL = {"pool_size": 8, "max_overflow": 40}
"""One connection for each thread that answers requests, at most."""
DISK_FULL = "53100"
"""PostgreSQL's SQLSTATE `disk_full`."""


class Place(Protocol):
    """Where a database is. `reading` and `writing` are engines whose transactions begin as they must."""

    @property
    def shown(self) -> str:
        """Its name for people, without a password."""

    def exists(self) -> bool:
        """Whether there is anything."""

    def open(self) -> tuple[Engine, Engine]:
        """The engines for reading and for writing."""

    def begin_writing(self, connection: Connection) -> None:
        """Takes the lock of writers, where beginning the transaction has not taken it."""

    def is_full(self, error: DBAPIError) -> bool:
        """Whether an error says that the disk is full."""

    def hold_room(self, room: int) -> None:
        """Holds room back for opening on a full disk, where so many times of it are free; 0: what there is (`api.ballast`)."""

    def forget(self, engine: Engine) -> bool:
        """Leaves nothing of rows that were deleted readable in the database's files, as far as it can; whether it could now."""

    def after_filling(self, connection: Connection, numbered: Iterable[tuple[str, str]]) -> None:
        """After rows were written with the numbers that they had: new rows of these (table, column) go on after them."""


def place_of(url: str | Path) -> Place:
    """The place by its URL: `sqlite:///PATH` or `postgresql://[USER[:PASSWORD]@]HOST[:PORT]/NAME`; a path is a SQLite file's.

    Raises:
        StartError: another kind of URL, or one that names nothing.
    """
    if isinstance(url, Path):
        return SqliteFile(url)
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        if parts.netloc or len(parts.path) < 2:
            raise StartError("--database-url: names no file of this machine; write sqlite:///PATH")
        return SqliteFile(Path(unquote(parts.path[1:])).absolute())
    if parts.scheme in ("postgresql", "postgres"):
        if len(parts.path) < 2:
            raise StartError("--database-url: names no database; write postgresql://USER@HOST/NAME")
        return PostgresDatabase(url)
    named = f"{parts.scheme}://…" if parts.scheme else "an URL without a scheme"
    raise StartError(f"--database-url: this version knows sqlite:///PATH and postgresql://USER@HOST/NAME, not {named}")


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A SQLite file in WAL mode."""

    path: Path

    @property
    def shown(self) -> str:
        return str(self.path)

    def exists(self) -> bool:
        return self.path.is_file()

    def open(self) -> tuple[Engine, Engine]:
        make_folder(self.path.parent, 0o750)
        self._begin_private()
        engine = create_engine(
            f"sqlite+pysqlite:///{self.path}", poolclass=QueuePool, connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False}, **POOL
        )

        @event.listens_for(engine, "connect")
        def _prepare(raw: sqlite3.Connection, record: Any) -> None:
            raw.isolation_level = None  # transactions are begun below, not by the driver
            how = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", f"busy_timeout={WAIT_SECONDS * 1000}", "cache_size=-32768")
            for pragma in how:
                raw.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            writes = connection.get_execution_options().get("curbwatch_writes", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        self._connect_first(engine)
        return engine, engine.execution_options(curbwatch_writes=True)

    def _connect_first(self, engine: Engine) -> None:
        """Has the write-ahead log and its index made; where the disk is full, in room that was held back for it."""
        while True:
            try:
                with engine.connect() as connection:
                    connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
                return
            except (SqlDatabaseError, sqlite3.Error):
                engine.dispose()
                if not ballast_of(self.path).give():
                    raise

    def hold_room(self, room: int) -> None:
        ballast_of(self.path).take(room)

    def _begin_private(self) -> None:
        """Begins a new file that others may not read; what SQLite lays beside it follows its mode. One that is there is not opened: closing it again would
        let go of the locks that this process' connections have on it.
        """
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    def begin_writing(self, connection: Connection) -> None:
        """`BEGIN IMMEDIATE` has taken it."""

    def is_full(self, error: DBAPIError) -> bool:
        return "full" in str(error.orig)

    def forget(self, engine: Engine) -> bool:
        """`secure_delete` has overwritten them in the file; the write-ahead log still has the pages of before, so it is folded in and cut to nothing."""
        raw = engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute(f"PRAGMA busy_timeout={FORGET_WAIT_SECONDS * 1000}")
            busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            cursor.execute(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}")
            return not busy
        finally:
            raw.close()

    def after_filling(self, connection: Connection, numbered: Iterable[tuple[str, str]]) -> None:
        """SQLite goes on after the highest number by itself."""


@dataclass(frozen=True, slots=True)
class PostgresDatabase:
    """A database of a PostgreSQL server. What the URL leaves out comes from the environment as libpq knows it (`PGPASSWORD`, `PGPASSFILE`, …)."""

    url: str = field(repr=False)

    @property
    def shown(self) -> str:
        return make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=True)

    def exists(self) -> bool:
        engine = self._engine(NullPool)
        try:
            with engine.connect() as connection:
                return bool(connection.exec_driver_sql("SELECT to_regclass('alembic_version') IS NOT NULL").scalar_one())
        finally:
            engine.dispose()

    def open(self) -> tuple[Engine, Engine]:
        engine = self._engine(QueuePool, pool_pre_ping=True, **POOL)

        @event.listens_for(engine, "connect")
        def _prepare(raw: Any, record: Any) -> None:
            with raw.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'")
                cursor.execute("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
            raw.commit()

        snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return snapshot, engine.execution_options(isolation_level="READ COMMITTED")

    def begin_writing(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")

    def is_full(self, error: DBAPIError) -> bool:
        return getattr(error.orig, "sqlstate", None) == DISK_FULL

    def hold_room(self, room: int) -> None:
        """The disk is the server's."""

    def forget(self, engine: Engine) -> bool:
        """PostgreSQL overwrites what was deleted when it needs the space: its administrator's to hurry (docs/stores.md)."""
        return True

    def after_filling(self, connection: Connection, numbered: Iterable[tuple[str, str]]) -> None:
        for table, column in numbered:
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), COALESCE(MAX({column}), 1), MAX({column}) IS NOT NULL) FROM {table}"
            )

    def _engine(self, pool: type[Any], **options: Any) -> Engine:
        try:
            return create_engine(make_url(self.url).set(drivername="postgresql+psycopg"), poolclass=pool, **options)
        except ModuleNotFoundError:
            raise DatabaseError("PostgreSQL needs the extra `server`: pip install 'curbwatch[server]'") from None
        except (ArgumentError, ValueError) as error:
            raise DatabaseError(f"--database-url: cannot be read ({error}); write postgresql://USER@HOST/NAME") from None
