"""The database: one chain of steps that makes the tables, refusals in one line, and a full disk."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from api.database import Database
from api.errors import DatabaseError, NoSpace
from api.schema import metadata


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "curbwatch.sqlite"


def test_the_chain_makes_the_tables(path: Path) -> None:
    database = Database(path)
    database.open()
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True, "compare_type": True})
        assert compare_metadata(context, metadata) == []
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")]
    database.close()
    assert pragmas == ["wal", 2, 1]


def test_opening_again_changes_nothing(path: Path) -> None:
    ids = []
    for _ in range(2):
        database = Database(path)
        database.open()
        with database.read() as connection:
            ids.append(connection.exec_driver_sql("SELECT value FROM about WHERE name = 'database_id'").scalar())
        database.close()
    assert ids[0] == ids[1]
    assert len(ids[0]) == 16


def test_a_database_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    database = Database(path)
    database.open()
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match=r"newer curbwatch .*step 9999.*start that version") as caught:
        database.open()
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 4096], ids=["text", "damaged"])
def test_a_file_that_is_no_database(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match="cannot be used as the database") as caught:
        Database(path).open()
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_folder_in_its_place(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(DatabaseError, match="cannot be used"):
        Database(path).open()


def test_a_full_disk_keeps_nothing_of_a_transaction(path: Path) -> None:
    database = Database(path)
    database.open()

    def write() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 60")
            connection.exec_driver_sql("INSERT INTO about VALUES ('a', ?)", ("x",))
            connection.exec_driver_sql("INSERT INTO about VALUES ('b', ?)", ("x" * 2_000_000,))

    with pytest.raises(NoSpace, match="nothing was kept"):
        write()
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM about WHERE name IN ('a', 'b')").scalar() == 0
    database.close()


def test_news_leave_in_the_order_of_the_commits(path: Path) -> None:
    database = Database(path)
    database.open()
    told: list[int] = []

    def write() -> None:
        with database.write() as connection:
            number = connection.exec_driver_sql("SELECT COUNT(*) FROM about").scalar_one()
            connection.exec_driver_sql("INSERT INTO about VALUES (?, 'x')", (f"n{number}",))
            database.then(lambda: told.append(number))

    threads = [threading.Thread(target=write) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    assert told == sorted(told)
    assert len(told) == 20


def test_a_transaction_that_fails_tells_nothing(path: Path) -> None:
    database = Database(path)
    database.open()
    told: list[int] = []

    def fail() -> None:
        with database.write():
            database.then(lambda: told.append(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.write():
        pass
    database.close()
    assert told == []


def test_a_copy_while_it_is_written(path: Path, tmp_path: Path) -> None:
    database = Database(path)
    database.open()
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO about VALUES ('a', 'x')")
    database.copy_to(tmp_path / "copy.sqlite")
    database.close()
    with sqlite3.connect(tmp_path / "copy.sqlite") as copy:
        assert copy.execute("SELECT value FROM about WHERE name = 'a'").fetchone() == ("x",)
    copy.close()
