"""Backup and restore, of and to either pair of stores: a consistent copy of the database while the API runs, and every evidence file that it names.

The copy is a SQLite file whatever the database is, and files by their hash whatever holds them, so a backup of one pair can be restored on the
other: that is also the way from SQLite and a folder to PostgreSQL and S3. It holds the API's signing key and tokens: it is as secret as the data
folder. Signed heads of the log and of workers go along with the time stamps on them, and what says from where on the log is signed. It appears under its
name only when it is whole.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from api import belonging, log, log_signing, restoring, revocations
from api.backup_files import CHAIN, HEAD, make_private, pack, unpack
from api.ballast import ballast_of
from api.blob_folder import FolderStore
from api.blobs import BlobStore
from api.database import Database
from api.engines import SqliteFile
from api.errors import ApiError, BackupError, DatabaseError
from api.heads import index_of
from api.moments import utc_now
from api.schema import log as log_table
from api.schema import packet_files
from api.settings import DATABASE_NAME, EVIDENCE_NAME, HEADS_NAME, Settings
from api.transfer import copy_all, is_empty
from api.whole import hash_of
from evidence.folders import make_folder, sync, sync_tree
from evidence.heads import WORKERS

LACKING = (
    f"without --revocations ({revocations.NAME}) what was taken away after the backup is in force again, and legal holds and longer periods "
    "that were set after it are not: look at each of these"
)
ARCHIVES = (".tar", ".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar")
"""Endings by which somebody expects a file; only `.tar` is made."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied; `elsewhere` are evidence files that the backup leaves to the store's own copies."""

    files: int
    bytes: int
    log_entries: int
    elsewhere: int = 0


def backup(settings: Settings, target: Path, *, evidence: bool = True) -> Copied:
    """Copies everything into a new folder, or into a `.tar` file; without `evidence` no evidence files, where their store is copied by itself.

    Raises:
        BackupError: the target is there already, is no place for a backup or cannot be written, an evidence file is missing or damaged, or key, folder or store
            are not the database's.
    """
    source = Database(settings.database)
    try:
        if not source.exists():
            raise BackupError(f"{source.shown}: there is no database to back up; name the --data-dir of `curbwatch serve`")
        belonging.own_key(settings, source)
        _check_places(settings, source, evidence)
        _check_target_of_backup(settings, target)
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            draft.mkdir(mode=0o700)
            copied = _copy_into(settings, source, draft, evidence)
            sync_tree(draft)
            if target.suffix == ".tar":
                pack(draft, target)
            else:
                draft.rename(target)
            sync(target.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise BackupError(f"{target}: the backup cannot be written ({error.strerror}); nothing was kept") from None
    except BackupError:
        raise
    except ApiError as error:
        raise BackupError(f"{target}: nothing was kept: {error}") from None
    return copied


def restore(
    source: Path, settings: Settings, *, take_over: bool = False, revocations_file: Path | None = None, say: Callable[[str], None] = lambda _: None
) -> Copied:
    """Makes a data folder out of a backup, and fills the database and the store of evidence files where they lie elsewhere. All of it is checked first.

    Args:
        take_over: the store of evidence files elsewhere is that of what is restored from now on, whatever it says of itself.
        revocations_file: what was taken away after the backup (`api.revocations`), to be taken away again, and legal holds and longer periods of after it.
        say: takes sentences on who may do what by what was restored, once it is.

    Raises:
        BackupError: the data folder or the database holds something already, the store is another database's, or the backup is not whole.
    """
    folder = settings.data_dir
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder}: is not empty; restore into a new --data-dir")
    taken_away = None if revocations_file is None else revocations.read(revocations_file)
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        _check_target(settings)
        elsewhere = settings.evidence_elsewhere()
        if elsewhere is not None:
            elsewhere.connect()
        make_folder(draft, 0o700)
        unpack(source, draft)
        held = Settings.of(draft)
        copied = _check(held, source, elsewhere)
        said = _note(held, elsewhere, taken_away, take_over=take_over)
        if elsewhere is not None:
            elsewhere.open()
        sync_tree(draft)
        _fill(held, settings, elsewhere)
        _take(held, settings, elsewhere)
        if folder.exists():
            shutil.rmtree(folder)  # drafts of the store, nothing else
        draft.rename(folder)
        sync(folder.parent)
    except OSError as error:
        raise BackupError(f"{folder}: the backup cannot be restored there ({error.strerror}); nothing was kept") from None
    except BackupError:
        raise
    except ApiError as error:
        raise BackupError(f"{source}: cannot be restored: {error}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    for sentence in said:
        say(sentence)
    return copied


def _check_target(settings: Settings) -> None:
    """Whether a database elsewhere answers and can be filled, before a large backup is unpacked and checked.

    Raises:
        DatabaseError: it does not answer, or holds something already.
    """
    if settings.has_own_database():
        return
    target = Database(settings.database)
    if not target.exists():
        return
    with target.looked_at(of_any_version=True) as connection:
        if not is_empty(connection):
            raise DatabaseError(f"{target.shown}: holds something already; name an empty database")


def _check_target_of_backup(settings: Settings, target: Path) -> None:
    """Whether a backup may be made under a name: what it becomes is told by the name alone, and a folder that is missing may be a disk that is not mounted.

    Raises:
        BackupError: it may not.
    """
    if target.exists():
        raise BackupError(f"{target}: is there already; name a new folder or .tar file")
    if target.suffix != ".tar" and target.suffix.lower() in ARCHIVES:
        raise BackupError(f"{target}: a backup is a folder or a .tar file, and is no {target.suffix}; name it otherwise")
    parent = target.absolute().parent
    if not parent.is_dir():
        raise BackupError(f"{target}: {parent} is not there: make the folder first, or mount its disk")
    place, store = parent.resolve() / target.name, settings.blobs()
    for own in (settings.data_dir, *([Path(store.shown)] if isinstance(store, FolderStore) else [])):
        if place.is_relative_to(own.resolve()):
            raise BackupError(f"{target}: lies within {own}, which the backup is a copy of; name a place elsewhere, best on another disk")


def _check_places(settings: Settings, source: Database, evidence: bool) -> None:
    """Whether the folder is the database's, and the store of files where these are copied: else heads and files of another would come into the backup.

    Raises:
        StartError: one of them is another's.
    """
    with source.as_it_is(of_any_version=True), source.read() as connection:
        belonging.check_folder(connection, settings)
        if evidence and source.is_current():
            store = settings.blobs()
            store.connect()
            belonging.check_store(connection, store)


def _copy_into(settings: Settings, source: Database, draft: Path, evidence: bool) -> Copied:
    copy_path = draft / DATABASE_NAME
    copy = Database(copy_path)
    _copy_database(source, copy_path)
    copy.connect()
    try:
        named = _named(copy)
        with copy.read() as connection:
            entries = connection.execute(select(func.count()).select_from(log_table)).scalar_one()
            last = log.head(connection).index
    finally:
        copy.close()
    ballast_of(copy_path).path.unlink(missing_ok=True)  # room for a start on a full disk is the data folder's own
    _copy_heads(settings.heads_dir, draft / HEADS_NAME, last)
    size = 0
    if evidence:
        store = settings.blobs()
        store.connect()
        for sha256 in named:
            place = draft / EVIDENCE_NAME / sha256[:2] / sha256[2:]
            place.parent.mkdir(parents=True, exist_ok=True)
            size += _copy_checked(store, place, sha256)
    for file in (settings.key_file, *sorted(settings.tokens_dir.glob("*.token"))):
        place = draft / file.parent.name / file.name
        place.parent.mkdir(exist_ok=True, mode=0o700)
        shutil.copy(file, place)
    return Copied(len(named) if evidence else 0, size, entries, 0 if evidence else len(named))


def _copy_heads(folder: Path, target: Path, last: int) -> None:
    """Signed heads of the log and of workers' chains with the time stamps on them, which nobody can make again; none of the log that was signed after the
    database was copied. And where the log's signatures begin, which a restore takes from nowhere else.
    """
    for head in sorted(folder.glob("*.json")):
        if HEAD.fullmatch(head.name) is not None and 0 < index_of(head) <= last:
            _copy_head(head, target)
    for head in sorted(folder.glob(f"{WORKERS}/*/*.json")):
        chain = f"{WORKERS}/{head.parent.name}"
        if CHAIN.fullmatch(chain) is not None and HEAD.fullmatch(head.name) is not None and index_of(head) > 0:
            _copy_head(head, target / chain)
    _copy_head(folder / log_signing.FILE_NAME, target)


def _copy_head(head: Path, target: Path) -> None:
    make_private(target)
    for file in (head, head.with_suffix(".tsr")):
        with suppress(FileNotFoundError):
            shutil.copyfile(file, target / file.name)
            (target / file.name).chmod(0o600)


def _copy_database(source: Database, target: Path) -> None:
    copy = Database(target)
    if isinstance(source.place, SqliteFile):
        try:
            source.copy_to(target)
        except sqlite3.Error as error:
            raise BackupError(f"{source.shown}: cannot be read as the database ({error})") from None
        return
    source.connect()
    try:
        if not source.is_current():
            raise BackupError(f"{source.shown}: its tables are not those of this version; back it up with the `curbwatch` that serves it")
        copy.open()
        copy_all(source, copy)
    finally:
        copy.close()
        source.close()


def _copy_checked(store: BlobStore, target: Path, sha256: str) -> int:
    found = hashlib.sha256()
    where = f"{store.shown}: the evidence file {sha256}"
    try:
        pieces = store.read(sha256)
    except FileNotFoundError:
        raise BackupError(f"{where} is missing, though a packet names it (or was deleted meanwhile: run it again); nothing was kept") from None
    with target.open("xb") as copy:
        for piece in pieces:
            found.update(piece)
            copy.write(piece)
        size = copy.tell()
        copy.flush()
        os.fsync(copy.fileno())
    if found.hexdigest() != sha256:
        raise BackupError(f"{where} is damaged (its SHA-256 is another); nothing was kept")
    return size


def _check(held: Settings, source: Path, elsewhere: BlobStore | None) -> Copied:
    """Whether a backup that was unpacked is whole; evidence that it does not hold must be in the store that it is restored to."""
    database = Database(held.database)
    if not database.exists():
        raise BackupError(f"{source}: holds no {DATABASE_NAME}; is it a backup of `curbwatch serve`?")
    try:
        key = belonging.own_key(held, database)
        database.open(None if key is None else log_signing.beginning(key, held.heads_dir, utc_now()))
        with database.read() as connection:
            broken = log.first_break(connection)
            entries = connection.execute(select(func.count()).select_from(log_table)).scalar_one()
        named = _named(database)
    except ApiError as error:
        raise BackupError(f"{source}: its database cannot be used: {error}") from None
    finally:
        database.close()
    if broken is not None:
        raise BackupError(f"{source}: the log is not whole: entry {broken} does not follow the one before it")
    store = held.blobs()
    size = files = 0
    for sha256, told in named.items():
        found = store.size(sha256)
        if found is None and elsewhere is not None and elsewhere.size(sha256) == told:
            continue
        if found is None:
            raise BackupError(f"{source}: the evidence file {sha256} is missing, though a packet names it")
        if hash_of(store, sha256) != sha256:
            raise BackupError(f"{source}: the evidence file {sha256} is damaged")
        size, files = size + found, files + 1
    return Copied(files, size, entries, len(named) - files)


def _note(held: Settings, elsewhere: BlobStore | None, taken_away: revocations.Told | None, *, take_over: bool) -> list[str]:
    """What is restored is another database than the one that was backed up, its log goes on beyond what may have been given out since (`api.restoring`), and
    nobody is signed in; sentences on who may do what.
    """
    database = Database(held.database)
    key = belonging.own_key(held, database)
    database.open()
    try:
        if key is not None:
            log_signing.begun(database, key, held.heads_dir, utc_now())
        with database.write() as connection:
            belonging.become_another(connection)
            belonging.take_folder(connection, held)
            if elsewhere is not None and not take_over:
                belonging.check_store(connection, elsewhere)
            former, now = log.head(connection).index, utc_now()
            restoring.note(connection, now)
            revocations.end_what_passes(connection, now)
            said = [LACKING]
            if taken_away is not None:
                said = [*revocations.apply(connection, taken_away.entries, former, now), *taken_away.sentences(former)]
            return [*(f"in force: {one}" for one in revocations.in_force(connection, now)), *said]
    finally:
        database.close()


def _take(held: Settings, settings: Settings, elsewhere: BlobStore | None) -> None:
    """A store elsewhere is that of what was restored, from now on."""
    if elsewhere is None:
        return
    database = Database(held.database if settings.has_own_database() else settings.database)
    with database.as_it_is(), database.write() as connection:
        belonging.take_store(connection, elsewhere, utc_now())


def _fill(held: Settings, settings: Settings, elsewhere: BlobStore | None) -> None:
    """Moves evidence and database to where the settings say that they lie; the database last, whole or not at all."""
    if elsewhere is not None:
        own = held.blobs()
        for sha256 in own.all():
            receiver = elsewhere.receive(sha256)
            for piece in own.read(sha256):
                receiver.write(piece)
            receiver.finish()
        shutil.rmtree(held.data_dir / EVIDENCE_NAME, ignore_errors=True)
    if settings.has_own_database():
        return
    source, target = Database(held.database), Database(settings.database)
    try:
        source.open()
        target.open()
        copy_all(source, target)
    finally:
        source.close()
        target.close()
    for file in held.data_dir.glob(f"{DATABASE_NAME}*"):
        file.unlink()


def _named(database: Database) -> dict[str, int]:
    """The evidence files that packets name, with their sizes."""
    with database.read() as connection:
        rows = connection.execute(select(packet_files.c.sha256, func.max(packet_files.c.bytes)).group_by(packet_files.c.sha256).order_by(packet_files.c.sha256))
        return {row[0]: row[1] for row in rows}
