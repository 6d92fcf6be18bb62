"""Room held back for a start: on a real small file system that is full."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from api.ballast import BALLAST_BYTES, GIVEN_BYTES, ballast_of
from api.database import Database
from api.errors import DatabaseError, NoSpace
from api.log import LogEvent, append
from api.roles import Role
from api.schema import log
from api.service import opened
from api.settings import Settings
from api.tasks import TASKS
from tests.small_disk import fill, mounted

from .conftest import START, Clock, Site


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own of 24 MiB."""
    with mounted(tmp_path / "disk", 24) as folder:
        yield folder


def write_some(database: Database) -> None:
    for _ in range(1000):
        with database.write() as connection:
            append(connection, LogEvent.EXPORT, START, "eva", {"x": "x" * 10_000})


def entries(database: Database) -> int:
    with database.read() as connection:
        return len(connection.execute(select(log.c.log_index)).all())


def test_after_a_clean_stop_on_a_full_disk_the_server_starts_reads_and_refuses_to_write(
    small_disk: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings.of(small_disk / "data")
    ballast = ballast_of(settings.data_dir / "curbwatch.sqlite")
    with opened(settings, clock) as api:
        with api.database.write() as connection:
            append(connection, LogEvent.EXPORT, START, "eva", {})
        before = entries(api.database)
        assert (ballast.held_bytes, ballast.path.stat().st_blocks * 512) == (BALLAST_BYTES, BALLAST_BYTES), "really allocated"
    assert not list(settings.data_dir.glob("*-wal")), "a clean stop leaves no write-ahead log"
    for _ in range(3):
        fill(small_disk)
        with opened(settings, clock) as api:
            assert entries(api.database) >= before
            assert ballast.held_bytes == BALLAST_BYTES - GIVEN_BYTES
            assert "that were held back for a start are let go" in caplog.text
            with pytest.raises(NoSpace):
                write_some(api.database)
            assert entries(api.database) >= before
    (small_disk / "filler").unlink()
    with opened(settings, clock):
        assert ballast.held_bytes == BALLAST_BYTES, "once there is room it is taken again"


def test_a_stop_takes_what_the_write_ahead_log_lets_go_of(small_disk: Path, clock: Clock) -> None:
    settings = Settings.of(small_disk / "data")
    with opened(settings, clock):
        pass
    fill(small_disk)
    for _ in range(9):
        with opened(settings, clock):
            pass
    assert ballast_of(settings.data_dir / "curbwatch.sqlite").held_bytes == BALLAST_BYTES


@pytest.mark.parametrize("store", ["files"], indirect=True)
async def test_a_full_disk_is_told_as_ever_and_the_ballast_stays_for_the_next_start(site: Site) -> None:
    """The running API takes it again without a start, once there is room."""
    ballast = ballast_of(site.api.settings.data_dir / "curbwatch.sqlite")
    (tend,) = (task.run for task in TASKS if "room" in task.name)
    ballast.path.unlink()
    tend(site.api)
    assert ballast.held_bytes == BALLAST_BYTES
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.get("/log")).status_code == 200


def test_whoever_looks_at_a_database_on_a_full_disk_may_use_it_too(small_disk: Path, clock: Clock) -> None:
    settings = Settings.of(small_disk / "data")
    with opened(settings, clock):
        pass
    fill(small_disk)
    database = Database(settings.database)
    with database.looked_at() as connection:
        connection.execute(select(log.c.log_index)).all()
    assert ballast_of(settings.data_dir / "curbwatch.sqlite").held_bytes >= BALLAST_BYTES - GIVEN_BYTES


def test_it_takes_no_room_that_is_short_and_gives_none_where_there_is_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ballast = ballast_of(tmp_path / "x.sqlite")
    free = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("api.ballast.shutil.disk_usage", lambda _: free._replace(free=2 * BALLAST_BYTES))
    ballast.take()
    assert ballast.held_bytes == 0
    ballast.take(room=2)
    assert ballast.held_bytes == BALLAST_BYTES
    assert not ballast.give()
    assert ballast.held_bytes == BALLAST_BYTES


def test_a_disk_that_is_full_without_a_ballast_is_told_in_one_line(small_disk: Path, clock: Clock) -> None:
    settings = Settings.of(small_disk / "data")
    with opened(settings, clock):
        pass
    ballast_of(settings.data_dir / "curbwatch.sqlite").path.unlink()
    fill(small_disk)
    with pytest.raises(DatabaseError, match="see to the rights and the free space of its folder"), opened(settings, clock):
        pass
