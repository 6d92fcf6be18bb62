"""The database: SQLite in WAL mode with `synchronous=FULL`, so that what was acknowledged survives a `kill -9` and a power cut.

Writers take turns at one lock of the process before they ask SQLite for its write lock (`BEGIN IMMEDIATE`), so a burst waits in order and
never fails as busy; readers see the last commit and wait for nobody.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError as SqlDatabaseError
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from api.errors import DatabaseError, NoSpace

BUSY_TIMEOUT_MS = 30_000
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """One SQLite file. `read` and `write` give a connection for one transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine: Engine | None = None
        self._writing = threading.Lock()
        self._then: list[Callable[[], None]] = []

    def open(self) -> None:
        """Opens the file, or makes it, and brings its tables up to date.

        Raises:
            DatabaseError: it cannot be opened, is no database, or was written by a newer version.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            engine = _engine(self.path)
            self._engine = engine
            with self.write() as connection:
                _migrate(connection, self.path)
        except (SqlDatabaseError, sqlite3.Error, OSError, NoSpace) as error:
            self.close()
            cause = getattr(error, "orig", None) or error
            raise DatabaseError(
                f"{self.path}: cannot be used as the database ({cause}); restore a backup with `curbwatch serve restore`, or name another"
            ) from None

    def close(self) -> None:
        """Closes every connection; the write-ahead log is folded into the file."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        assert self._engine is not None, "the database is not open"
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its beginning; leaving it without an error makes it durable.

        Raises:
            NoSpace: the disk is full; nothing of the transaction was kept.
        """
        assert self._engine is not None, "the database is not open"
        with self._writing:
            try:
                with self._engine.execution_options(curbwatch_writes=True).begin() as connection:
                    yield connection
            except OperationalError as error:
                if "full" in str(error.orig):
                    raise NoSpace("the disk of the case API is full: nothing was kept; free space there and send it again") from None
                raise
            else:
                for step in self._then:
                    step()
            finally:
                self._then.clear()

    def then(self, step: Callable[[], None]) -> None:
        """Within `write`: what is to be done right after the commit, before the next writer; so news leave in the order of the log."""
        self._then.append(step)

    def copy_to(self, target: Path) -> None:
        """Writes a consistent copy into a new file while the database is in use (SQLite's backup)."""
        with sqlite3.connect(self.path) as source, sqlite3.connect(target) as copy:
            source.backup(copy, pages=4096)
        source.close()
        copy.close()


def _engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=40,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, record: Any) -> None:
        raw.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("curbwatch_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings for this chain, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _migrate(connection: Connection, path: Path) -> None:
    config = alembic_config(connection)
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present not in known:
        raise DatabaseError(f"{path}: was written by a newer curbwatch (its tables are at step {present}); start that version, or name another --data-dir")
    if present != script.get_current_head():
        command.upgrade(config, "head")
