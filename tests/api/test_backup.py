"""Backup while the API runs, and restore into a new folder; what is not whole is refused, and nothing is left behind."""

from __future__ import annotations

import shutil
import sqlite3
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from api import search, tokens
from api.backup import backup, restore
from api.blob_folder import FolderStore
from api.errors import BackupError
from api.roles import Role
from api.schema import cases, metadata
from api.service import Api, opened
from api.settings import Settings
from curbwatch.commands.serve import serve

from .conftest import JPEG, START, Packet, Site


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
async def test_there_and_back(site: Site, tmp_path: Path, name: str) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, action="confirm", version=1)
    copied = backup(site.api.settings, tmp_path / name)
    assert copied.files == 4
    target = Settings.of(tmp_path / "restored")
    assert restore(tmp_path / name, target) == copied
    assert_same(site.api, target)
    assert drafts(tmp_path) == []
    private = [path for path in target.data_dir.rglob("*") if path.is_file()] + [target.tokens_dir, target.key_file.parent]
    assert [path for path in private if path.stat().st_mode & 0o077] == []


async def test_on_to_the_other_pair_of_stores(site: Site, tmp_path: Path, store: str, request: pytest.FixtureRequest) -> None:
    """The way from SQLite and a folder to PostgreSQL and S3, and back; new rows get new numbers there."""
    first = (await site.deliver(Packet()))["case_id"]
    await site.deliver(Packet(first_minute=400, stay="again"))  # a recurrence: a row that refers to its own table
    await site.decide(first, action="confirm", version=1)
    copied = backup(site.api.settings, tmp_path / "backup")
    urls = (None, None)
    if store == "files":
        urls = (request.getfixturevalue("fresh_postgres_url"), request.getfixturevalue("bucket_url"))
    target = Settings.of(tmp_path / "restored", *urls)
    assert restore(tmp_path / "backup", target) == copied
    assert_same(site.api, target)
    with opened(target) as again:
        with again.database.write() as connection:
            tokens.new_token(connection, Role.REVIEWER, "otto", START)
        with again.database.read() as connection:
            assert [row.number for row in search.found(select(cases.c.number), connection, search.looked_for("占道"), 9)] == [2, 1]
    with pytest.raises(BackupError, match="is not empty"):
        restore(tmp_path / "backup", target)


@pytest.mark.parametrize("store", ["server"], indirect=True)
async def test_a_database_that_holds_something_is_not_filled(site: Site, tmp_path: Path) -> None:
    await site.deliver(Packet())
    backup(site.api.settings, tmp_path / "backup")
    target = Settings.of(tmp_path / "restored", site.api.settings.database)
    with pytest.raises(BackupError, match="holds something already"):
        restore(tmp_path / "backup", target)
    assert not (tmp_path / "restored").exists()


@pytest.mark.parametrize("store", ["server"], indirect=True)
async def test_evidence_may_stay_in_its_bucket(site: Site, tmp_path: Path, fresh_postgres_url: str) -> None:
    await site.deliver(Packet())
    settings = site.api.settings
    copied = backup(settings, tmp_path / "backup.tar", evidence=False)
    assert (copied.files, copied.elsewhere) == (0, 4)
    assert restore(tmp_path / "backup.tar", Settings.of(tmp_path / "restored", fresh_postgres_url, settings.evidence), take_over=True) == copied
    site.api.blobs.delete(next(site.api.blobs.all()))
    with pytest.raises(BackupError, match="is missing, though a packet names it"):
        restore(tmp_path / "backup.tar", Settings.of(tmp_path / "again", None, settings.evidence))


def assert_same(api: Api, restored: Settings) -> None:
    """Whether an API on what was restored holds all rows and files of this one."""
    with opened(restored) as again:
        assert again.key.key_id == api.key.key_id
        assert again.first_tokens == api.first_tokens
        assert sorted(again.blobs.all()) == sorted(api.blobs.all())
        with api.database.read() as one, again.database.read() as other:
            for table in metadata.sorted_tables:
                rows = select(table).order_by(*table.primary_key.columns)
                before, after = one.execute(rows).all(), other.execute(rows).all()
                if table.name in ("log", "restores"):
                    assert after[-1].log_index > 1_000_000, "a restore stands in the log, far behind what may have been given out since"
                    after = after[:-1]
                if table.name == "about":
                    before, after = ([row for row in rows if row.name not in ("database_id", "store_id")] for rows in (before, after))
                assert before == after, table.name


@pytest.fixture
async def made(site: Site, tmp_path: Path) -> Path:
    await site.deliver(Packet())
    backup(site.api.settings, tmp_path / "backup")
    return tmp_path / "backup"


def folders_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_dir()}


def drafts(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def pack(folder: Path, target: Path) -> None:
    with tarfile.open(target, "w") as archive:
        for path in folder.rglob("*"):
            if not path.is_dir():
                archive.add(path, str(path.relative_to(folder)), recursive=False)


def a_file(folder: Path) -> Path:
    return next(path for path in sorted(folder.glob("evidence/*/*")) if path.is_file())


def cut_off(folder: Path) -> None:
    a_file(folder).write_bytes(JPEG)


def lose(folder: Path) -> None:
    a_file(folder).unlink()


def smuggle(folder: Path) -> None:
    (folder / "evidence" / "run.sh").write_text("rm -rf /")


def link(folder: Path) -> None:
    (folder / "keys" / "api.pem").unlink()
    (folder / "keys" / "api.pem").symlink_to("/etc/passwd")


def no_database(folder: Path) -> None:
    (folder / "curbwatch.sqlite").unlink()


def bad_database(folder: Path) -> None:
    (folder / "curbwatch.sqlite").write_bytes(b"x" * 5000)


def newer(folder: Path) -> None:
    _sql(folder, "UPDATE alembic_version SET version_num = '9999'")


def rewrite_log(folder: Path) -> None:
    _sql(folder, "DROP TRIGGER log_refuses_update; UPDATE log SET document = replace(document, 'worker', 'walker')")


def _sql(folder: Path, script: str) -> None:
    with sqlite3.connect(folder / "curbwatch.sqlite") as database:
        database.executescript(script)
    database.close()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (cut_off, "damaged"),
        (lose, "missing"),
        (smuggle, "does not belong"),
        (link, "does not belong"),
        (no_database, "holds no curbwatch.sqlite"),
        (bad_database, "cannot be used"),
        (newer, "newer curbwatch"),
        (rewrite_log, "log is not whole: entry 1"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "tar"])
@pytest.mark.parametrize("store", ["files"], indirect=True)
async def test_a_backup_that_is_not_whole(made: Path, tmp_path: Path, damage: object, told: str, packed: bool) -> None:
    assert callable(damage)
    damage(made)
    source = made
    if packed:
        source = tmp_path / "backup.tar"
        pack(made, source)
    with pytest.raises(BackupError, match=told) as caught:
        restore(source, Settings.of(tmp_path / "restored"))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "restored").exists()
    assert drafts(tmp_path) == []


def test_an_archive_that_would_write_elsewhere(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        info = tarfile.TarInfo("../evil")
        archive.addfile(info)
    with pytest.raises(BackupError, match="does not belong"):
        restore(tmp_path / "evil.tar", Settings.of(tmp_path / "restored"))


async def test_refusals(made: Path, site: Site, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="is there already"):
        backup(site.api.settings, made)
    with pytest.raises(BackupError, match="no database to back up"):
        backup(Settings.of(tmp_path / "nothing"), tmp_path / "b")
    with pytest.raises(BackupError, match="is not empty"):
        restore(made, site.api.settings)
    with pytest.raises(BackupError, match=r"nothing\.tar: is not there; name a backup folder"):
        restore(tmp_path / "nothing.tar", Settings.of(tmp_path / "restored"))
    with pytest.raises(BackupError, match="is no backup folder"):
        restore(made / "curbwatch.sqlite", Settings.of(tmp_path / "restored"))


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("missing/x.tar", "missing is not there: make the folder first, or mount its disk"),
        ("missing/deep/x", "deep is not there"),
        ("{data}/inside.tar", "lies within .*data, which the backup is a copy of"),
        ("{data}/heads/../inside", "lies within .*data"),
        ("link/inside.tar", "lies within .*data"),
        ("elsewhere/inside", "lies within .*elsewhere"),
        ("b2.zip", r"a backup is a folder or a \.tar file, and is no \.zip"),
        ("b2.tar.gz", r"is no \.gz"),
        ("b2.TAR", r"is no \.TAR"),
    ],
)
@pytest.mark.parametrize("store", ["files"], indirect=True)
async def test_a_place_that_is_none_for_a_backup(site: Site, tmp_path: Path, place: str, why: str) -> None:
    """A disk that is not mounted is no place either, and nothing is guessed by an ending."""
    settings = site.api.settings
    if place.startswith("elsewhere"):
        shutil.move(settings.data_dir / "evidence", tmp_path / "elsewhere")
        settings = replace(settings, evidence=(tmp_path / "elsewhere").as_uri())
    (tmp_path / "link").symlink_to(settings.data_dir)
    before = folders_below(tmp_path)
    with pytest.raises(BackupError, match=why) as told:
        backup(settings, tmp_path / place.replace("{data}", str(settings.data_dir)))
    assert "\n" not in str(told.value)
    assert folders_below(tmp_path) == before


@pytest.mark.parametrize(("name", "what"), [("b", "a folder with 4 evidence files"), ("b.tar", "an archive with 4 evidence files"), ("2026.11.25", "a folder")])
@pytest.mark.parametrize("store", ["files"], indirect=True)
async def test_what_was_made_is_said(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, what: str) -> None:
    await site.deliver(Packet())
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(serve, ["backup", name, "--data-dir", str(site.api.settings.data_dir)])
    assert done.output.startswith(f"{name}: {what}"), (done.output, done.exception)


@pytest.mark.parametrize("store", ["files"], indirect=True)
async def test_evidence_that_is_damaged_stops_a_backup(site: Site, tmp_path: Path) -> None:
    await site.deliver(Packet())
    sha256 = next(site.api.blobs.all())
    assert isinstance(site.api.blobs, FolderStore)
    shutil.copy(__file__, site.api.blobs.path(sha256))
    with pytest.raises(BackupError, match="damaged"):
        backup(site.api.settings, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
