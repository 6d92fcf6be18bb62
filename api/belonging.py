"""Which key, database and store of files belong together, so that a command in a wrong folder or with a wrong URL ends before it changes or deletes anything.

The database knows by whose key it signs (`about.key_id`) and which store holds its files (`about.store_id`). The store holds a mark, `curbwatch-store.json`,
that names its database and how far the log was; the data folder holds one, `curbwatch-folder.json`, that names it too. What is found by a database of before is
told from its newest signatures, and from whether its files are there.
"""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, inspect, select

from api import log
from api.blobs import MARK, BlobStore
from api.database import Database
from api.errors import NoSpace, StartError
from api.moments import iso
from api.schema import about, erased_files, heads, packet_files, packets
from api.schema import log as log_table
from api.settings import Settings
from evidence import data_folder
from evidence.data_folder import FolderError, FolderMark
from evidence.errors import EvidenceError
from evidence.signing import SigningKey

log_ = logging.getLogger(__name__)
STORE_SCHEMA = "curbwatch.store/1"
KEY_ID, STORE_ID, DATABASE_ID = "key_id", "store_id", "database_id"
LOOKED_FOR = 20
"""So many of the files that a database names are looked for in a store without a mark,"""
LOOKED_AT = 500
"""and so many of the store's files in the database."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a store says: its own id, which database it is of, and the last entry of that one's log when it was written (0 of an empty log)."""

    store_id: str
    database_id: str
    at: str
    log_index: int
    log_sha256: str | None

    def to_json(self) -> bytes:
        """As it lies in the store."""
        return json.dumps({"schema": STORE_SCHEMA, **asdict(self)}, indent=1).encode() + b"\n"


def own_key(settings: Settings, database: Database) -> SigningKey | None:
    """The key of a data folder, once it is found to be the one that signs for the database; None where both are new. Changes nothing.

    Raises:
        StartError: the folder has another key than the database's, or none though the database is in use; or the key cannot be used.
        DatabaseError: the database cannot be read.
    """
    named, used = None, False
    if database.exists():
        with database.looked_at(of_any_version=True) as connection:
            named, used = _key_id(connection), _has(connection, log_table) and log.head(connection).sha256 is not None
    where = f"name the --data-dir of the `curbwatch serve` that has {database.shown}, or restore a backup"
    if not settings.key_file.exists():
        if named is not None or used:
            raise StartError(f"{settings.key_file}: is not there, but {database.shown} is in use with the key {named or 'of another folder'}; {where}")
        return None
    try:
        key = SigningKey.load(settings.key_file)
    except EvidenceError as error:
        raise StartError(str(error)) from None
    if named not in (None, key.key_id):
        raise StartError(f"{settings.key_file}: is the key {key.key_id}, but {database.shown} is in use with the key {named}; {where}")
    return key


def bind_key(connection: Connection, key_id: str) -> None:
    """Has the database know by which key it is signed, within a write transaction."""
    if _told(connection, KEY_ID) is None:
        connection.execute(insert(about).values(name=KEY_ID, value=key_id))


def store_fault(connection: Connection, blobs: BlobStore) -> str | None:
    """Why a store of files is not this database's; None where it is, or where nothing can be lost by taking it."""
    mark = read_mark(blobs)
    own, store_id = _told(connection, DATABASE_ID), _told(connection, STORE_ID)
    if mark is None:
        if store_id is not None and _names_files(connection):
            return f"it holds no {MARK}, but the database has its evidence in the store {store_id}"
        return None if store_id is not None else _stranger(connection, blobs)
    if mark.database_id == own and store_id in (None, mark.store_id):
        return _behind(connection, mark)
    if _is_empty(blobs) and not _names_files(connection):
        return None
    if mark.database_id == own:
        return f"it is the store {mark.store_id}, but the database has its evidence in the store {store_id}"
    return f"it belongs to the database {mark.database_id}, and this one is {own}"


def check_store(connection: Connection, blobs: BlobStore) -> None:
    """Ends what would use the store of another database.

    Raises:
        StartError: it is another's.
    """
    if (why := store_fault(connection, blobs)) is not None:
        raise StartError(
            f"{blobs.shown}: is not the store of this database: {why}; give the right --database-url and --evidence-url, rehearse on a copy of the store, or, "
            "where what had it is gone for good, say --take-over"
        )


def take_store(connection: Connection, blobs: BlobStore, now: datetime) -> None:
    """Marks a store as this database's, within a write transaction, with the end of its log as it is now. One that is marked so, and whose disk is full, keeps
    its older mark: that says the same of whose it is, and people and workers need the server most then.

    Raises:
        StartError: the mark cannot be written.
    """
    mark, own = read_mark(blobs), _told(connection, DATABASE_ID)
    store_id = _told(connection, STORE_ID)
    if mark is None or mark.database_id != own or store_id != mark.store_id:
        store_id = secrets.token_hex(8) if mark is None or mark.database_id != own else mark.store_id
        connection.execute(delete(about).where(about.c.name == STORE_ID))
        connection.execute(insert(about).values(name=STORE_ID, value=store_id))
    last = log.head(connection)
    newer = Mark(str(store_id), str(own), iso(now), last.index, last.sha256)
    try:
        blobs.put_mark(newer.to_json())
    except NoSpace as error:
        if mark is None or (mark.database_id, mark.store_id) != (newer.database_id, newer.store_id):
            raise StartError(str(error)) from None
        log_.error("%s; the store keeps the mark of %s", error, mark.at)


def check_owner(settings: Settings) -> None:
    """Ends what would use a worker's data folder as a case API's.

    Raises:
        StartError: it is a worker's, or its mark cannot be read.
    """
    try:
        data_folder.check_owner(settings.data_dir, "api")
    except FolderError as error:
        raise StartError(str(error)) from None


def check_folder(connection: Connection, settings: Settings, *, at_start: bool = False) -> None:
    """Ends what would use the data folder of another database: the one of before, after a move to another pair of stores, has the same key.

    Args:
        at_start: a folder without a mark may be taken, and so may one without signed heads by a database that names no files.

    Raises:
        StartError: it is another's, or its mark cannot be read.
    """
    own, whose = _told(connection, DATABASE_ID), _database_of(settings, of_before=not at_start)
    if None in (own, whose) or own == whose or (at_start and not _names_files(connection) and next(settings.heads_dir.glob("*.json"), None) is None):
        return
    raise StartError(
        f"{settings.data_dir}: is not the data folder of this database: it belongs to the database {whose}, and this one is {own}; name the --data-dir that "
        "`curbwatch serve` has with this database, or, where the other one is gone for good, start it once with --take-over"
    )


def take_folder(connection: Connection, settings: Settings) -> None:
    """Marks a data folder as an API's, used with this database. A full disk leaves it without, as a folder of before is.

    Raises:
        StartError: the mark that is there cannot be read.
    """
    try:
        data_folder.put_mark(settings.data_dir, FolderMark("api", _told(connection, DATABASE_ID)))
    except FolderError as error:
        raise StartError(str(error)) from None
    except OSError as error:
        log_.error("%s: cannot be marked as this database's (%s)", settings.data_dir, error.strerror)


def _database_of(settings: Settings, *, of_before: bool) -> str | None:
    """The database that a data folder belongs to; `of_before`: of one without a mark, by that of the evidence files in it."""
    try:
        mark = data_folder.read_mark(settings.data_dir)
    except FolderError as error:
        raise StartError(str(error)) from None
    if mark is not None and mark.database_id is not None:
        return mark.database_id
    within = read_mark(Settings.of(settings.data_dir).blobs()) if of_before else None
    return None if within is None else within.database_id


def read_mark(blobs: BlobStore) -> Mark | None:
    """What a store says of itself; None where it says nothing.

    Raises:
        StartError: what it says cannot be read.
    """
    data = blobs.mark()
    if data is None:
        return None
    try:
        told: dict[str, Any] = json.loads(data)
        if told.pop("schema") != STORE_SCHEMA:
            raise ValueError
        return Mark(**told)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise StartError(f"{blobs.shown}: its {MARK} cannot be read; it says which database the store belongs to: restore it from a copy") from None


def become_another(connection: Connection) -> None:
    """A database that was restored is another one than the one that was backed up, within a write transaction: no store of that one is its own."""
    connection.execute(delete(about).where(about.c.name.in_([DATABASE_ID, STORE_ID])))
    connection.execute(insert(about).values(name=DATABASE_ID, value=secrets.token_hex(8)))


def _behind(connection: Connection, mark: Mark) -> str | None:
    """Whether the database is an older state of itself, put back past `serve restore`."""
    if mark.log_index == 0:
        return None
    entry = connection.execute(select(log_table.c.sha256).where(log_table.c.log_index == mark.log_index)).scalar()
    if entry == mark.log_sha256:
        return None
    return f"it was used with entry {mark.log_index} of the log, which the database lacks: an older state was put back past `curbwatch serve restore`"


def _stranger(connection: Connection, blobs: BlobStore) -> str | None:
    """Whether a store without a mark is another's: it holds files, but none of those that the database names."""
    if _is_empty(blobs):
        return None
    named = connection.execute(select(packet_files.c.sha256).limit(LOOKED_FOR)).scalars().all()
    if any(blobs.size(sha256) is not None for sha256 in named):
        return None
    some = list(islice(blobs.all(), LOOKED_AT))
    if any(connection.execute(select(table.c.sha256).where(table.c.sha256.in_(some)).limit(1)).first() is not None for table in (packet_files, erased_files)):
        return None
    return "it holds files, but none of those that the database names"


def _names_files(connection: Connection) -> bool:
    return connection.execute(select(packet_files.c.sha256).limit(1)).first() is not None


def _is_empty(blobs: BlobStore) -> bool:
    return next(iter(blobs.all()), None) is None


def _key_id(connection: Connection) -> str | None:
    """The key that signs for a database, of whatever version; None where nothing was signed yet."""
    if (told := _told(connection, KEY_ID)) is not None:
        return told
    for table, column, order in ((heads, heads.c.document, heads.c.log_index), (packets, packets.c.receipt, packets.c.received_at)):
        newest = connection.execute(select(column).order_by(order.desc()).limit(1)).scalar() if _has(connection, table) else None
        signature = {} if newest is None else json.loads(newest).get("signature") or {}
        if "key_id" in signature:
            return str(signature["key_id"])
    return None


def _told(connection: Connection, name: str) -> str | None:
    value: str | None = connection.execute(select(about.c.value).where(about.c.name == name)).scalar() if _has(connection, about) else None
    return value


def _has(connection: Connection, table: Table) -> bool:
    return bool(inspect(connection).has_table(table.name))
