"""The database, either kind: one chain of steps that makes the tables, refusals in one line, and a full disk."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from api import search
from api.database import Database, alembic_config
from api.errors import DatabaseError, NoSpace
from api.schema import cases, metadata, tokens


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "curbwatch.sqlite"


@pytest.fixture
def database(store: str, path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A new one, not opened yet."""
    database = Database(path if store == "files" else request.getfixturevalue("fresh_postgres_url"))
    yield database
    database.close()


def not_ours(name: str | None, kind: str, parents: object) -> bool:
    """All but the index of words, which `api.search` keeps."""
    return not (kind == "table" and (name or "").startswith(search.TABLE))


def test_the_chain_makes_the_tables(database: Database, store: str) -> None:
    database.open()
    assert database.is_current()
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True, "compare_type": True, "include_name": not_ours})
        assert compare_metadata(context, metadata) == []
        if store == "files":
            pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")]
            assert pragmas == ["wal", 2, 1]
        else:
            told = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("synchronous_commit", "transaction_isolation", "transaction_read_only")]
            assert told == ["on", "repeatable read", "on"]


def test_opening_again_changes_nothing(database: Database) -> None:
    ids = []
    exists = []
    for _ in range(2):
        exists.append(database.exists())
        database.open()
        with database.read() as connection:
            ids.append(connection.exec_driver_sql("SELECT value FROM about WHERE name = 'database_id'").scalar())
        database.close()
    assert exists == [False, True]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 16


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Database) -> None:
    database.open()
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(DatabaseError, match=r"newer curbwatch .*step 9999.*start that version") as caught:
        database.open()
    assert "\n" not in str(caught.value)
    database.connect()
    assert not database.is_current()
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all() == ["9999"]


def look(database: Database) -> None:
    with database.looked_at():
        pass


@pytest.mark.parametrize("does", [Database.open, Database.exists, look], ids=["opened", "asked for", "looked at"])
def test_a_server_that_does_not_answer_is_told_so_and_no_backup_is_restored(does: Callable[[Database], object]) -> None:
    database = Database("postgresql://curb:hidden-password@127.0.0.1:1/cases")
    with pytest.raises(DatabaseError, match=r"cases: cannot be used as the database \(.*refused.*\); see that the server runs") as caught:
        does(database)
    assert ("restore" in str(caught.value), "hidden-password" in str(caught.value)) == (False, False)


def test_a_database_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="there is no database of curbwatch"):
        look(Database(tmp_path / "none.sqlite"))
    assert list(tmp_path.iterdir()) == []


def test_others_may_not_read_the_file(path: Path) -> None:
    database = Database(path)
    database.open()
    try:
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE about SET value = value")
        assert {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {
            path.name: 0o600,
            f"{path.name}-wal": 0o600,
            f"{path.name}-shm": 0o600,
            f"{path.name}.ballast": 0o600,
        }
    finally:
        database.close()


def test_looking_at_a_database_of_another_version_leaves_it_alone(database: Database) -> None:
    database.connect()
    with database.write() as connection:
        command.upgrade(alembic_config(connection), "0001")
    database.close()
    with pytest.raises(DatabaseError, match="its tables are not those of this version"):
        look(database)


OLD_ROWS = (
    "INSERT INTO tokens (id, role, name, sha256, from_file, made_at) VALUES (7, 'viewer', 'anna', 'aa', :yes, 1)",
    "INSERT INTO sessions VALUES ('bb', 7, 1, 2)",
    "INSERT INTO workers VALUES ('worker-1', 'key', 'id', 1)",
    'INSERT INTO cameras VALUES (\'gate-1\', \'{"zh": "大门", "en": "Gate"}\', NULL, \'worker-1\', 1)',
    "INSERT INTO views (id, camera_id, version, document, saved_at, saved_by) VALUES (3, 'gate-1', 1, '{}', 1, 'anna')",
    "INSERT INTO log VALUES (1, 'manifest', 1, 'worker worker-1', 'case-1', '{}', 'cc')",
    "INSERT INTO log VALUES (2, 'decision', 1, 'anna', 'case-1', '{}', 'dd')",
    """INSERT INTO cases VALUES ('case-1', 1, 'act', 'V2', 'V2', '{"zh": "占道经营", "en": "stall"}', 'B', 'gate-1', NULL, 'main', 'rejected', 2, 1, 1, 1, 1,
       NULL, 60, 0.5, 1.5, 0.1, 0.1, 0.2, 0.2, NULL, NULL, 1, 1, 1, 2)""",
    "INSERT INTO acts VALUES ('act', 'case-1')",
    "INSERT INTO packets VALUES ('packet-1', 'case-1', 'act', 'confirmed', 'worker-1', 1, 1, NULL, '{}', 'ee', '{}', '{}', 1)",
    "INSERT INTO packet_files VALUES ('packet-1', 'clip.mp4', 'case-1', 'ff', 'video/mp4', 'clip_confirmed', 5)",
    "INSERT INTO decisions VALUES (2, 'case-1', 1, 1, 'anna', 'reject', 'permit', NULL, '有证')",
)
"""Of the first step: what a database held that version 0.1 wrote."""


def test_a_database_of_the_first_step_with_rows_in_it_is_brought_up_to_date(database: Database) -> None:
    database.connect()
    with database.write() as connection:
        command.upgrade(alembic_config(connection), "0001")
        for statement in OLD_ROWS:
            connection.execute(text(statement), {"yes": True} if ":yes" in statement else {})
    database.close()
    database.open()
    assert database.is_current()
    with database.read() as connection:
        counts = {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in metadata.sorted_tables}
        kept = ("tokens", "workers", "cameras", "views", "cases", "acts", "packets", "packet_files", "decisions")
        assert {name: counts[name] for name in kept} == dict.fromkeys(kept, 1)
        assert counts["log"] == 2
        for told in ("占道", "大门", "有证 anna"):
            assert [row.id for row in search.found(select(cases.c.id), connection, search.looked_for(told), 9)] == ["case-1"]
    with pytest.raises(DBAPIError, match="append-only"), database.write() as connection:
        connection.exec_driver_sql("DELETE FROM log")


OLD_NAMES = (
    "INSERT INTO people (id, name, role, districts, made_at, made_by, changed_at) VALUES (1, 'anna', 'officer', '[\"*\"]', 1, 'x', 1)",
    "INSERT INTO tokens (id, role, name, sha256, from_file, made_at) VALUES (1, 'reviewer', 'anna', 'a1', :no, 1)",
    "INSERT INTO tokens (id, role, name, sha256, from_file, made_at) VALUES (2, 'reviewer', 'otto', 'a2', :no, 1)",
    "INSERT INTO tokens (id, role, name, sha256, from_file, made_at) VALUES (3, 'reviewer', 'otto', 'a3', :no, 1)",
    "INSERT INTO tokens (id, role, name, sha256, from_file, made_at) VALUES (4, 'reviewer', 'reviewer', 'a4', :no, 1)",
    "INSERT INTO tokens (id, role, name, sha256, from_file, made_at) VALUES (5, 'reviewer', 'reviewer', 'a5', :yes, 1)",
    "INSERT INTO tokens (id, role, name, sha256, from_file, made_at, revoked_at) VALUES (6, 'reviewer', 'otto', 'a6', :no, 1, 2)",
)


def test_tokens_of_before_that_shared_a_name_are_told_apart(database: Database) -> None:
    database.connect()
    with database.write() as connection:
        command.upgrade(alembic_config(connection), "0004")
        for statement in OLD_NAMES:
            told = {name: value for name, value in (("yes", True), ("no", False)) if f":{name}" in statement}
            connection.execute(text(statement), told)
    database.close()
    database.open()
    with database.read() as connection:
        named = {row.id: row.name for row in connection.execute(select(tokens.c.id, tokens.c.name))}
    assert named == {1: "anna #1", 2: "otto", 3: "otto #3", 4: "reviewer #4", 5: "reviewer", 6: "otto"}
    with pytest.raises(DBAPIError), database.write() as connection:
        connection.execute(text("INSERT INTO tokens (role, name, sha256, from_file, made_at) VALUES ('reviewer', 'otto', 'a7', :no, 1)"), {"no": False})


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


def test_news_leave_in_the_order_of_the_commits(database: Database) -> None:
    database.open()
    told: list[int] = []

    def write() -> None:
        with database.write() as connection:
            number = connection.exec_driver_sql("SELECT COUNT(*) FROM about").scalar_one()
            connection.execute(text("INSERT INTO about VALUES (:name, 'x')"), {"name": f"n{number}"})
            database.then(lambda: told.append(number))

    threads = [threading.Thread(target=write) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    assert told == sorted(told)
    assert len(told) == 20


def test_a_transaction_that_fails_tells_nothing(database: Database) -> None:
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


@pytest.mark.parametrize(
    "url",
    ["postgresql://anna:secret@127.0.0.1:1/cases", "postgresql://anna:secret@127.0.0.1:port/cases", "postgresql:///cases?host=/nowhere"],
    ids=["no server", "no port", "no socket"],
)
def test_a_server_that_does_not_answer(url: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        Database(url).open()
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("store", ["server"], indirect=True)
def test_writers_of_two_processes_take_turns(database: Database) -> None:
    """The second waits until the first has committed, and sees what it wrote."""
    database.open()
    other = Database(database.place.url)  # type: ignore[attr-defined]
    other.connect()
    seen: list[int] = []

    def write() -> None:
        with other.write() as connection:
            seen.append(connection.exec_driver_sql("SELECT COUNT(*) FROM about WHERE name = 'first'").scalar_one())

    with database.write() as connection:
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        connection.exec_driver_sql("INSERT INTO about VALUES ('first', 'x')")
    thread.join()
    other.close()
    assert seen == [1]
