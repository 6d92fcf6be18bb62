"""A command in another folder, or with another store of files, ends with one line and changes nothing of the city's."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from api import belonging, housekeeping
from api.backup import backup, restore
from api.blobs import MARK
from api.errors import BackupError, StartError
from api.roles import Role
from api.service import opened
from api.settings import Settings
from curbwatch.__main__ import cli
from curbwatch.published_keys import published_keys
from detector.worker.folder_lock import locked_folder
from evidence.data_folder import MARK as FOLDER_MARK
from evidence.data_folder import FolderError, FolderMark, read_mark
from tests.small_disk import fill, mounted

from .conftest import Clock, Packet, Site


def elsewhere(site: Site, tmp_path: Path) -> Settings:
    """The city's database from another folder, as where the environment names it and nobody gives --data-dir."""
    return Settings.of(tmp_path / "elsewhere", site.api.settings.database)


async def test_a_folder_without_the_key_opens_no_database_in_use_and_revokes_nothing(site: Site, tmp_path: Path, clock: Clock) -> None:
    await site.deliver(Packet())
    other = elsewhere(site, tmp_path)
    with pytest.raises(StartError, match=r"api\.pem: is not there, but .* is in use with the key " + site.api.key.key_id) as caught, opened(other, clock):
        pass
    assert "\n" not in str(caught.value)
    assert not other.key_file.exists()
    assert not (other.data_dir / "evidence").exists()
    for role in (Role.REVIEWER, Role.ADMIN, Role.WORKER):
        async with site.client(role) as client:
            assert (await client.get("/me")).status_code == 200, role


@pytest.mark.parametrize("known_by", ["what it says", "its head", "its receipts"])
async def test_a_folder_with_another_key_opens_it_neither(site: Site, tmp_path: Path, clock: Clock, known_by: str) -> None:
    """Also a database of a version that did not write down whose it is."""
    await site.deliver(Packet())
    if known_by == "its head":
        housekeeping.sign_head(site.api)
    if known_by != "what it says":
        with site.api.database.write() as connection:
            connection.execute(text("DELETE FROM about WHERE name = 'key_id'"))
    with opened(Settings.of(tmp_path / "elsewhere"), clock):
        pass  # another city's folder
    with (
        pytest.raises(StartError, match=f"is the key [0-9a-f]{{16}}, but .* is in use with the key {site.api.key.key_id}"),
        opened(elsewhere(site, tmp_path), clock),
    ):
        pass


async def test_no_backup_is_made_with_another_folder_s_key(site: Site, tmp_path: Path, clock: Clock) -> None:
    await site.deliver(Packet())
    with opened(Settings.of(tmp_path / "elsewhere"), clock):
        pass
    for folder, told in (("elsewhere", "is the key"), ("nowhere", "is not there")):
        wrong = replace(site.api.settings, data_dir=tmp_path / folder)
        with pytest.raises(StartError, match=told):
            backup(wrong, tmp_path / "backup.tar")
    assert not (tmp_path / "backup.tar").exists()


async def test_a_new_database_does_not_take_the_store_of_another(site: Site, tmp_path: Path, clock: Clock) -> None:
    """A typo in --database-url, a trial server on the city's bucket."""
    await site.deliver(Packet())
    other = Settings.of(tmp_path / "other", None, site.api.settings.evidence)
    before = site.api.blobs.mark()
    with pytest.raises(StartError, match="is not the store of this database: it belongs to the database") as caught, opened(other, clock):
        pass
    assert "\n" not in str(caught.value)
    assert site.api.blobs.mark() == before
    with opened(other, clock, take_over=True):
        assert site.api.blobs.mark() != before
    assert "belongs to the database" in str(housekeeping.retain(site.api).waits), "nor does the one that had it go on deleting there"
    assert len(list(site.api.blobs.all())) == 4


async def test_a_store_without_a_mark_is_told_by_its_files(site: Site, tmp_path: Path, clock: Clock, settings: Settings) -> None:
    """That of a version which wrote no mark."""
    await site.deliver(Packet())

    def unmarked() -> Settings:
        with site.api.database.write() as connection:
            connection.execute(text("DELETE FROM about WHERE name = 'store_id'"))
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        for sha256 in site.api.blobs.all():
            (copy / sha256[:2]).mkdir(parents=True, exist_ok=True)
            (copy / sha256[:2] / sha256[2:]).write_bytes(b"".join(site.api.blobs.read(sha256)))
        return replace(settings, evidence=copy.as_uri())

    blobs = unmarked().blobs()
    with site.api.database.read() as connection:
        assert belonging.store_fault(connection, blobs) is None
    with pytest.raises(StartError, match="holds files, but none of those"), opened(Settings.of(tmp_path / "other", None, unmarked().evidence), clock):
        pass


async def test_a_database_that_is_older_than_its_store_is_told(site: Site, clock: Clock) -> None:
    """An older state put back past `serve restore`: its log goes on where places were given out already."""
    await site.deliver(Packet())
    with site.api.database.write() as connection:
        belonging.take_store(connection, site.api.blobs, clock())
    with site.api.database.read() as connection:
        mark = belonging.read_mark(site.api.blobs)
        assert mark is not None
        assert belonging.store_fault(connection, site.api.blobs) is None
        site.api.blobs.put_mark(replace(mark, log_index=mark.log_index + 7, log_sha256="0" * 64).to_json())
        assert "put back past" in str(belonging.store_fault(connection, site.api.blobs))
    site.api.blobs.put_mark(b"{}")
    with pytest.raises(StartError, match=f"its {MARK} cannot be read"):
        belonging.read_mark(site.api.blobs)


async def test_a_rehearsal_does_not_take_the_city_s_bucket(site: Site, tmp_path: Path, clock: Clock) -> None:
    await site.deliver(Packet())
    backup(site.api.settings, tmp_path / "backup.tar", evidence=False)
    target = Settings.of(tmp_path / "rehearsal", None, site.api.settings.evidence)
    with pytest.raises(BackupError, match="is not the store of this database"):
        restore(tmp_path / "backup.tar", target)
    assert not target.data_dir.exists()
    restore(tmp_path / "backup.tar", target, take_over=True)
    with opened(target, clock, clock.steady) as api:
        assert str(housekeeping.retain(api).waits).startswith("a backup was restored"), "not that the store is another's"
    with pytest.raises(StartError, match="belongs to the database"), site.api.database.read() as connection:
        belonging.check_store(connection, site.api.blobs)


async def test_a_database_that_has_evidence_does_not_begin_with_an_empty_store(site: Site, tmp_path: Path) -> None:
    """A typo in --evidence-url: all of it would be missing, and deleted by rule without having been there."""
    await site.deliver(Packet())
    wrong = Settings.of(tmp_path / "x", None, (tmp_path / "empty").as_uri()).blobs()
    wrong.open()
    with site.api.database.read() as connection:
        assert "has its evidence in the store" in str(belonging.store_fault(connection, wrong))


async def test_the_city_s_keys_are_not_told_with_another_folder_s(site: Site, tmp_path: Path, clock: Clock) -> None:
    """`curbwatch evidence keys` in a wrong folder."""
    await site.deliver(Packet())
    with opened(Settings.of(tmp_path / "elsewhere"), clock):
        pass
    with pytest.raises(StartError, match="is the key"):
        published_keys(tmp_path / "elsewhere", site.api.settings.database)
    assert len(published_keys(site.api.settings.data_dir, site.api.settings.database).keys) == 2


async def moved(site: Site, tmp_path: Path, store: str, request: pytest.FixtureRequest) -> Settings:
    """A city that was moved to the other pair of stores, as docs/stores.md has it; its key is the same."""
    await site.deliver(Packet())
    backup(site.api.settings, tmp_path / "moving.tar")
    urls = (f"sqlite:///{tmp_path / 'cases.sqlite'}", None)
    if store == "files":
        urls = (request.getfixturevalue("fresh_postgres_url"), request.getfixturevalue("bucket_url"))
    target = Settings.of(tmp_path / "moved", *urls)
    restore(tmp_path / "moving.tar", target)
    return target


COMMANDS = {
    "backup": ("serve", "backup", "{tmp}/later.tar", "--no-evidence"),
    "token": ("serve", "token", "--role", "auditor", "--name", "Audit office"),
    "person": ("serve", "person", "--role", "officer", "--name", "Li Na"),
    "keep": ("serve", "keep", "lead=400"),
    "check": ("serve", "check", "--quick"),
    "heads": ("serve", "heads"),
    "dry run": ("serve", "retention", "--dry-run"),
    "training set": ("serve", "training-set", "{tmp}/crops.zip"),
    "keys": ("evidence", "keys"),
}


async def test_the_folder_of_before_a_move_is_not_the_moved_database_s(
    site: Site, tmp_path: Path, store: str, request: pytest.FixtureRequest, clock: Clock
) -> None:
    """It has the same key; its heads and files are another log's."""
    target = await moved(site, tmp_path, store, request)
    before = Settings.of(site.api.settings.data_dir, target.database, None if target.evidence_elsewhere() is None else target.evidence)
    for name, command in COMMANDS.items():
        for settings, passes in ((before, False), (target, True)):
            where = ["--data-dir", str(settings.data_dir), "--database-url", settings.database]
            if name in ("check", "training set"):
                where += ["--evidence-url", target.evidence]
            done = CliRunner().invoke(cli, [*(one.replace("{tmp}", str(tmp_path)) for one in command), *where])
            if passes:
                assert done.exit_code == 0, (name, done.output, done.exception)
                continue
            assert isinstance(done.exception, StartError), (name, done.output)
            assert "is not the data folder of this database: it belongs to the database" in str(done.exception), name
            assert "\n" not in str(done.exception)
    copy = Settings.of(tmp_path / "copy", target.database, target.evidence)
    shutil.copytree(before.data_dir, copy.data_dir)  # the city's own API still runs
    with pytest.raises(StartError, match="is not the data folder of this database"), opened(copy, clock):
        pass
    with opened(copy, clock, take_over=True):
        pass
    with opened(copy, clock):
        pass


@pytest.mark.parametrize("store", ["files"], indirect=True)
async def test_a_folder_of_before_a_move_without_a_mark_is_told_by_its_evidence(
    site: Site, tmp_path: Path, store: str, request: pytest.FixtureRequest, clock: Clock
) -> None:
    """That of a version which marked none. One whose own database has its evidence elsewhere is taken at the next start."""
    target = await moved(site, tmp_path, store, request)
    before = Settings.of(site.api.settings.data_dir, target.database, target.evidence)
    for settings in (before, target):
        (settings.data_dir / FOLDER_MARK).unlink()
    with pytest.raises(StartError, match="is not the data folder of this database"):
        backup(before, tmp_path / "later.tar", evidence=False)
    with pytest.raises(StartError, match="is not the store of this database"):
        backup(replace(before, data_dir=target.data_dir, evidence=site.api.settings.evidence), tmp_path / "later.tar")
    with opened(target, clock):
        assert read_mark(target.data_dir) == FolderMark("api", read_mark(target.data_dir).database_id)  # type: ignore[union-attr]
    backup(target, tmp_path / "later.tar")


def test_an_empty_api_s_folder_may_be_used_with_another_database(tmp_path: Path, clock: Clock) -> None:
    """Somebody has looked at it, and then chosen another database."""
    with opened(Settings.of(tmp_path / "data"), clock):
        pass
    other = Settings.of(tmp_path / "data", f"sqlite:///{tmp_path / 'other.sqlite'}")
    with opened(other, clock):
        (other.heads_dir / "2026-11-25.json").touch()
    with pytest.raises(StartError, match="is not the data folder"), opened(Settings.of(tmp_path / "data"), clock):
        pass


def test_no_api_starts_in_a_worker_s_folder(tmp_path: Path, clock: Clock) -> None:
    """Each keeps its signed heads under the same names."""
    (tmp_path / "worker").mkdir()
    (tmp_path / "worker" / "outbox.sqlite").touch()
    with (
        pytest.raises(StartError, match=r"is the data folder of a worker \(`curbwatch watch`\), not of a case API"),
        opened(Settings.of(tmp_path / "worker"), clock),
    ):
        pass
    assert [path.name for path in (tmp_path / "worker").iterdir()] == ["outbox.sqlite"]
    with opened(Settings.of(tmp_path / "api"), clock):
        pass
    with pytest.raises(FolderError, match="is the data folder of a case API"), locked_folder(tmp_path / "api"):
        pass


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own of 24 MiB."""
    with mounted(tmp_path / "disk", 24) as folder:
        yield folder


def test_after_a_kill_on_a_full_disk_the_server_starts_and_says_so(small_disk: Path, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """Workers are told to wait, and people can read: what it cannot write then is the store's mark, which says the same as before."""
    settings = Settings.of(small_disk / "data")
    with opened(settings, clock) as api:
        told = api.blobs.mark()
        open_still = sqlite3.connect(settings.data_dir / "curbwatch.sqlite")  # what was killed leaves its write-ahead log
        open_still.execute("SELECT count(*) FROM cases").fetchone()
    fill(small_disk)
    with closing(open_still), opened(settings, clock) as api:
        assert api.blobs.mark() == told
        with api.database.read() as connection:
            assert belonging.store_fault(connection, api.blobs) is None
    assert "cannot be written (No space left on device); free space there; the store keeps the mark of" in caplog.text


def test_on_a_full_disk_no_new_store_is_taken(small_disk: Path, tmp_path: Path, clock: Clock) -> None:
    fill(small_disk)
    with pytest.raises(StartError, match="No space left"), opened(Settings.of(tmp_path / "data", evidence_url=f"file://{small_disk}/store"), clock):
        pass
