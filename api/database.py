"""The database: SQLite or PostgreSQL, so set that what was acknowledged survives a `kill -9` and a power cut.

Writers take turns: at one lock of the process, and at the database's own (SQLite's write lock, an advisory lock of PostgreSQL), so a burst waits
in order and never fails as busy, the log grows in one order, and no case is handed out twice. Readers see the last commit and wait for nobody.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError as SqlDatabaseError

from api import log, search
from api.ballast import ROOM
from api.engines import Place, SqliteFile, place_of
from api.errors import DatabaseError, NoSpace
from evidence.signing import SigningKey

MIGRATIONS = Path(__file__).parent / "migrations"
SAMPLED_ROWS = 2000
"""Of each index, by SQLite's `ANALYZE`."""
DAMAGED = ("malformed", "not a database", "corrupt")
"""What SQLite says of a file that is none of its own, or no longer."""


class Database:
    """One database, by its URL or the path of a SQLite file. `read` and `write` give a connection for one transaction."""

    def __init__(self, url: str | Path) -> None:
        self.place: Place = place_of(url)
        self._reading: Engine | None = None
        self._writing_engine: Engine | None = None
        self._key: SigningKey | None = None
        self._writing = threading.Lock()
        self._then: list[Callable[[], None]] = []
        self._holds_room = False

    @property
    def shown(self) -> str:
        """Its name for people, without a password."""
        return self.place.shown

    def exists(self) -> bool:
        """Whether a curbwatch made it already.

        Raises:
            DatabaseError: its server does not answer.
        """
        try:
            return self.place.exists()
        except SqlDatabaseError as error:
            raise self._unusable(error) from None

    def open(self, then: Callable[[Connection, str | None], None] | None = None) -> None:
        """Opens the database, or makes it, and brings its tables up to date.

        Args:
            then: takes the connection and the step of before (None: a new database), within the transaction in which the tables were brought up to date.

        Raises:
            DatabaseError: it cannot be opened, is no database, or was written by a newer version.
        """
        try:
            self.connect()
            with self.write() as connection:
                before = _migrate(connection, self.shown)
                search.bring_up_to_date(connection)
                if then is not None:
                    then(connection, before)
            self.hold_room()
        except (SqlDatabaseError, sqlite3.Error, OSError, NoSpace) as error:
            self.close()
            raise self._unusable(error) from None
        except BaseException:
            self.close()
            raise

    def connect(self) -> None:
        """Opens the database as it is, whatever its tables."""
        self._reading, self._writing_engine = self.place.open()

    @contextmanager
    def as_it_is(self, *, of_any_version: bool = False) -> Iterator[Self]:
        """The database without its tables being brought up to date; opened and closed for this alone, also while an API has it.

        Raises:
            DatabaseError: there is none, it cannot be used, or its tables are those of another version.
        """
        if not self.exists():
            raise DatabaseError(f"{self.shown}: there is no database of curbwatch; name the one that `curbwatch serve` has")
        try:
            self.connect()
            if not of_any_version and not self.is_current():
                raise DatabaseError(f"{self.shown}: its tables are not those of this version; start `curbwatch serve` on it once, or look with what wrote it")
            yield self
        except (SqlDatabaseError, sqlite3.Error, OSError) as error:
            raise self._unusable(error) from None
        finally:
            self.close()

    @contextmanager
    def looked_at(self, *, of_any_version: bool = False) -> Iterator[Connection]:
        """One snapshot of the database as it is, which changes nothing of it; opened and closed for this alone.

        Raises:
            DatabaseError: as `as_it_is`.
        """
        with self.as_it_is(of_any_version=of_any_version), self.read() as connection:
            yield connection

    def is_current(self) -> bool:
        """Whether its tables are those of this version, neither older nor newer."""
        with self.read() as connection:
            script = ScriptDirectory.from_config(alembic_config(connection))
            return MigrationContext.configure(connection).get_current_revision() == script.get_current_head()

    def close(self) -> None:
        """Closes every connection; SQLite's write-ahead log is folded into the file."""
        if self._reading is not None:
            self._reading.dispose()
            self._reading = self._writing_engine = None
            if self._holds_room:
                self.place.hold_room(0)  # of what the write-ahead log let go of

    def hold_room(self) -> None:
        """Holds room back, while there is some, for opening on a full disk."""
        self._holds_room = True
        self.place.hold_room(ROOM)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, from one snapshot."""
        assert self._reading is not None, "the database is not open"
        with self._reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the lock of writers from its beginning; leaving it without an error makes it durable.

        Raises:
            NoSpace: the disk is full; nothing of the transaction was kept.
        """
        assert self._writing_engine is not None, "the database is not open"
        with self._writing:
            try:
                with self._writing_engine.begin() as connection:
                    self.place.begin_writing(connection)
                    yield connection if self._key is None else connection.execution_options(**{log.KEY: self._key})
            except SqlDatabaseError as error:
                if self.place.is_full(error):
                    raise NoSpace("the disk of the case API is full: nothing was kept; free space there and send it again") from None
                raise
            else:
                for step in self._then:
                    step()
            finally:
                self._then.clear()

    def analyze(self) -> None:
        """Has the database look how the cases are spread, so that it reads a filter's few by the right index; a sample, in milliseconds."""
        with self.write() as connection:
            if isinstance(self.place, SqliteFile):
                connection.exec_driver_sql(f"PRAGMA analysis_limit = {SAMPLED_ROWS}")
            connection.exec_driver_sql("ANALYZE cases")

    def forget(self) -> bool:
        """Leaves nothing of deleted rows readable in the database's files, as far as the database can (`Place.forget`); False: try again later."""
        assert self._writing_engine is not None, "the database is not open"
        with self._writing:
            return self.place.forget(self._writing_engine)

    def sign_with(self, key: SigningKey) -> None:
        """Has every entry that is written into the log from now on signed by this key."""
        self._key = key

    def then(self, step: Callable[[], None]) -> None:
        """Within `write`: what is to be done right after the commit, before the next writer; so news leave in the order of the log."""
        self._then.append(step)

    def copy_to(self, target: Path) -> None:
        """Writes a consistent copy of a SQLite database into a new file while it is in use (SQLite's backup)."""
        assert isinstance(self.place, SqliteFile), "only SQLite copies itself"
        with sqlite3.connect(self.place.path) as source, sqlite3.connect(target) as copy:
            source.backup(copy, pages=4096)
        source.close()
        copy.close()

    def _unusable(self, error: Exception) -> DatabaseError:
        cause = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        return DatabaseError(f"{self.shown}: cannot be used as the database ({cause}); {self._remedy(cause)}")

    def _remedy(self, cause: str) -> str:
        if not isinstance(self.place, SqliteFile):
            return "see that the server runs, that the database is there, and that user and password (PGPASSWORD, ~/.pgpass) are right, or name another"
        if any(word in cause for word in DAMAGED):
            return "restore a backup into a new folder with `curbwatch serve restore`, or name another"
        return "see to the rights and the free space of its folder, or name another"


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings for this chain, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _migrate(connection: Connection, shown: str) -> str | None:
    """The step that the tables were at."""
    config = alembic_config(connection)
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present not in known:
        raise DatabaseError(f"{shown}: was written by a newer curbwatch (its tables are at step {present}); start that version, or name another --data-dir")
    if present != script.get_current_head():
        command.upgrade(config, "head")
    return present
