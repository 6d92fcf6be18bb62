"""Backup and restore: a consistent copy of the database (SQLite's backup, while the API runs) and every evidence file that it names, checked by hash.

A backup holds the API's signing key and tokens: it is as secret as the data folder. It appears under its name only when it is whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from api import log
from api.blobs import BlobStore
from api.database import Database
from api.errors import ApiError, BackupError
from api.settings import DATABASE_NAME, EVIDENCE_NAME, Settings

MEMBER = re.compile(rf"{re.escape(DATABASE_NAME)}|{EVIDENCE_NAME}/[0-9a-f]{{2}}/[0-9a-f]{{62}}|keys/api\.pem|tokens/[a-z]+\.token")
"""What a backup may hold; anything else in an archive is refused."""
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied."""

    files: int
    bytes: int
    log_entries: int


def backup(settings: Settings, target: Path) -> Copied:
    """Copies everything into a new folder, or into a `.tar` file.

    Raises:
        BackupError: the target is there already or cannot be written, or an evidence file is missing or damaged.
    """
    if not settings.database.is_file():
        raise BackupError(f"{settings.database}: there is no database to back up; name the --data-dir of `curbwatch serve`")
    if target.exists():
        raise BackupError(f"{target}: is there already; name a new folder or .tar file")
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        draft.mkdir(parents=True, mode=0o700)
        copied = _copy_into(settings, draft)
        if target.suffix == ".tar":
            _pack(draft, target)
        else:
            draft.rename(target)
    except OSError as error:
        raise BackupError(f"{target}: the backup cannot be written ({error.strerror}); nothing was kept") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return copied


def restore(source: Path, settings: Settings) -> Copied:
    """Makes a data folder out of a backup; all of it is checked first, and nothing is left where a check fails.

    Raises:
        BackupError: the data folder holds something already, or the backup is not whole.
    """
    folder = settings.data_dir
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder}: is not empty; restore into a new --data-dir")
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        draft.mkdir(parents=True, mode=0o700)
        _unpack(source, draft)
        copied = _check(Settings.of(draft), source)
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except OSError as error:
        raise BackupError(f"{folder}: the backup cannot be restored there ({error.strerror}); nothing was kept") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return copied


def _copy_into(settings: Settings, draft: Path) -> Copied:
    try:
        Database(settings.database).copy_to(draft / DATABASE_NAME)
        named = _named_files(draft / DATABASE_NAME)
        entries = _log_entries(draft / DATABASE_NAME)
    except sqlite3.Error as error:
        raise BackupError(f"{settings.database}: cannot be read as the database ({error})") from None
    store = BlobStore(settings.evidence_dir, largest_bytes=0, reserve_bytes=0)
    size = 0
    for sha256 in named:
        place = draft / EVIDENCE_NAME / sha256[:2] / sha256[2:]
        place.parent.mkdir(parents=True, exist_ok=True)
        size += _copy_checked(store.path(sha256), place, sha256)
    for file in (settings.key_file, *sorted(settings.tokens_dir.glob("*.token"))):
        place = draft / file.parent.name / file.name
        place.parent.mkdir(exist_ok=True, mode=0o700)
        shutil.copy(file, place)
    return Copied(len(named), size, entries)


def _copy_checked(source: Path, target: Path, sha256: str) -> int:
    found = hashlib.sha256()
    try:
        with source.open("rb") as file, target.open("xb") as copy:
            while piece := file.read(CHUNK_BYTES):
                found.update(piece)
                copy.write(piece)
            size = copy.tell()
            copy.flush()
            os.fsync(copy.fileno())
    except FileNotFoundError:
        raise BackupError(f"{source}: this evidence file is missing, though a packet names it; nothing was kept") from None
    if found.hexdigest() != sha256:
        raise BackupError(f"{source}: this evidence file is damaged (its SHA-256 is another); nothing was kept")
    return size


def _pack(folder: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                    archive.add(path, str(path.relative_to(folder)), recursive=False)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def _unpack(source: Path, draft: Path) -> None:
    if source.is_dir():
        for path in sorted(path for path in source.rglob("*") if not path.is_dir()):
            name = str(path.relative_to(source))
            if MEMBER.fullmatch(name) is None or path.is_symlink():
                raise BackupError(f"{path}: does not belong to a backup of `curbwatch serve`")
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, draft / name)
        return
    try:
        with tarfile.open(source, mode="r:") as archive:
            for member in archive:
                data = archive.extractfile(member) if member.isreg() and MEMBER.fullmatch(member.name) else None
                if data is None:
                    raise BackupError(f"{source}: {member.name!r} does not belong to a backup of `curbwatch serve`")
                place = draft / member.name
                place.parent.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with data, os.fdopen(descriptor, "wb") as file:
                    shutil.copyfileobj(data, file, CHUNK_BYTES)
    except (tarfile.TarError, FileNotFoundError) as error:
        raise BackupError(f"{source}: is no backup folder or .tar file ({error})") from None


def _check(settings: Settings, source: Path) -> Copied:
    if not settings.database.is_file():
        raise BackupError(f"{source}: holds no {DATABASE_NAME}; is it a backup of `curbwatch serve`?")
    database = Database(settings.database)
    try:
        database.open()
        with database.read() as connection:
            broken = log.first_break(connection)
            entries = log.head(connection).index
    except ApiError as error:
        raise BackupError(f"{source}: its database cannot be used: {error}") from None
    finally:
        database.close()
    if broken is not None:
        raise BackupError(f"{source}: the log is not whole: entry {broken} does not follow the one before it")
    store = BlobStore(settings.evidence_dir, largest_bytes=0, reserve_bytes=0)
    size = 0
    named = _named_files(settings.database)
    for sha256 in named:
        path = store.path(sha256)
        if not path.is_file():
            raise BackupError(f"{source}: the evidence file {sha256} is missing, though a packet names it")
        if _sha256_of(path) != sha256:
            raise BackupError(f"{source}: the evidence file {sha256} is damaged")
        size += path.stat().st_size
    return Copied(len(named), size, entries)


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _named_files(database: Path) -> list[str]:
    return [row[0] for row in _rows(database, "SELECT DISTINCT sha256 FROM packet_files ORDER BY sha256")]


def _log_entries(database: Path) -> int:
    return int(next(_rows(database, "SELECT COUNT(*) FROM log"))[0])


def _rows(database: Path, query: str) -> Iterator[tuple[str]]:
    with closing(sqlite3.connect(database)) as connection:
        yield from connection.execute(query)
