"""From where on each entry of the log is signed: a record under the API's key, with the hash of the entry before. It is made with schema step 0016, and for a
log in which nothing stands; at no other time, so that nobody has signatures begin anew behind a row that was put in.

    {"record": {"schema": "curbwatch.log-signed/1", "key_id": …, "at": …, "after": 812, "sha256": …}, "signature": {…}}

It lies in the database (`about.log_signed`) and beside the heads (`<data-dir>/heads/signatures_begin`), where who has the database alone cannot reach it, and
from there goes into backups: without it somebody could take all signatures away and call every row one of before.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from sqlalchemy import Connection, Row, insert, select

from api import log
from api.checking_rows import Fault
from api.database import Database
from api.moments import iso
from api.schema import about
from api.schema import log as log_table
from evidence.errors import CanonicalError, SignatureFault
from evidence.folders import make_folder, sync
from evidence.model import KeyId, Moment, Sha256, Strict, first_fault
from evidence.packet import ALGORITHM, Signature
from evidence.signing import PublicKey, SigningKey

log_ = logging.getLogger(__name__)
SCHEMA, NAME, FILE_NAME = "curbwatch.log-signed/1", "log_signed", "signatures_begin"
STEP = "0016"
"""The schema step from which on entries are signed."""


class Record(Strict):
    """Entries after `after` (0: all) are signed, each by itself; `sha256` is the hash of that one."""

    schema_: Literal["curbwatch.log-signed/1"] = Field(alias="schema")
    key_id: KeyId
    at: Moment
    after: Annotated[int, Field(ge=0)]
    sha256: Sha256 | None


def beginning(key: SigningKey, heads_folder: Path, now: datetime) -> Callable[[Connection, str | None], None]:
    """What `Database.open` is to do so that a database of before step 0016 says where its signatures begin; unless the folder says it already: then somebody
    undid that step.
    """

    def begin(connection: Connection, before: str | None) -> None:
        if before is not None and before < STEP and _on_disk(heads_folder) is None and _in_database(connection) is None:
            _inserted(connection, _new(connection, key, now))

    return begin


def begun(database: Database, key: SigningKey, heads_folder: Path, now: datetime) -> None:
    """Has the log signed by this key from now on, and recorded where there is no record yet. The database is open, and nothing was written to its log since."""
    database.sign_with(key)
    with database.write() as connection:
        known, beside = _in_database(connection), _on_disk(heads_folder)
        kept = known or _put(connection, key, beside, now)
    if kept is not None and kept != beside and (known is None or beside is None):
        _write(heads_folder, kept)


def signed_after(connection: Connection, key: PublicKey) -> int:
    """The last entry that was written before entries were signed; 0 where all are, and where no good record tells it, so that those without one are missed."""
    kept = _in_database(connection)
    record = None if kept is None else _read(kept, key)[0]
    return record.after if record is not None and _is_borne_out(connection, record) else 0


def record_faults(connection: Connection, key: PublicKey, heads_folder: Path | None) -> Iterator[Fault]:
    """What is wrong with the record in the database, against the one on the disk and the log."""
    where, kept = f"about {NAME}", _in_database(connection)
    if kept is None:
        yield Fault(where, "was removed: it says from which entry on the log is signed")
        return
    record, fault = _read(kept, key)
    if record is None:
        yield Fault(where, str(fault))
    elif not _is_borne_out(connection, record):
        yield Fault(where, f"vouches for another entry {record.after} of the log, which is not there any more: the log was written anew")
    beside = None if heads_folder is None else _on_disk(heads_folder)
    if beside is not None and beside != kept:
        yield Fault(where, f"is not the record that lies in {heads_folder} as {FILE_NAME}: one of them was changed")


def signature_fault(row: Row[Any], key: PublicKey, after: int) -> str | None:
    """What is wrong with the signature of an entry whose hash is right."""
    if row.log_index <= after:
        return None if row.signature is None and row.signed_by is None else f"has a signature, though those begin after entry {after}"
    if row.signature is None or row.signed_by is None:
        return "is signed by nobody: it was not written by the API, or its signature was removed"
    try:
        key.verify_digest(bytes.fromhex(row.sha256), Signature(algorithm=ALGORITHM, key_id=row.signed_by, value=row.signature))
    except (ValueError, SignatureFault) as error:
        return f"was not written by the API: {error}"
    return None


def _put(connection: Connection, key: SigningKey, beside: str | None, now: datetime) -> str | None:
    """A record for a database that has none: the one beside it, where the log bears that out; or a new one for an empty log; else None, which is told."""
    if beside is not None:
        kept, _ = _read(beside, key.public_key)
        if kept is not None and _is_borne_out(connection, kept):
            log_.error("where the log's signatures begin was removed from the database; what lies beside the heads is put back: see `curbwatch serve check`")
            return _inserted(connection, beside)
    if log.head(connection).sha256 is not None:
        log_.error("where the log's signatures begin was removed from the database: see `curbwatch serve check`")
        return None
    return _inserted(connection, _new(connection, key, now))


def _new(connection: Connection, key: SigningKey, now: datetime) -> str:
    last = log.head(connection)
    record = {"schema": SCHEMA, "key_id": key.key_id, "at": iso(now), "after": last.index, "sha256": last.sha256}
    return json.dumps({"record": record, "signature": key.sign(record).model_dump(mode="json")})


def _inserted(connection: Connection, text: str) -> str:
    connection.execute(insert(about).values(name=NAME, value=text))
    return text


def _in_database(connection: Connection) -> str | None:
    value: str | None = connection.execute(select(about.c.value).where(about.c.name == NAME)).scalar()
    return value


def _on_disk(folder: Path) -> str | None:
    try:
        return (folder / FILE_NAME).read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return f"cannot be read ({error})"


def _write(folder: Path, text: str) -> None:
    try:
        make_folder(folder, 0o750)
        draft = folder / f".{FILE_NAME}"
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / FILE_NAME)
        sync(folder)
    except OSError as error:
        log_.error("%s: cannot be written (%s); the next start tries again", folder / FILE_NAME, error.strerror)


def _read(text: str, key: PublicKey) -> tuple[Record | None, str | None]:
    """A record that the API signed; or why it is none."""
    try:
        told: Mapping[str, Any] = json.loads(text)
        record = Record.model_validate(told["record"])
        key.verify(told["record"], Signature.model_validate(told["signature"]))
    except ValidationError as error:
        return None, f"is no record of where signatures begin ({first_fault(error)})"
    except (ValueError, LookupError, TypeError, CanonicalError) as error:
        return None, f"is no record of where signatures begin ({error})"
    except SignatureFault as error:
        return None, str(error)
    return record, None


def _is_borne_out(connection: Connection, record: Record) -> bool:
    entry = connection.execute(select(log_table.c.sha256).where(log_table.c.log_index == record.after)).scalar()
    return (record.after == 0 and record.sha256 is None) or entry == record.sha256
