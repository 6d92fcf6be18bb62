"""Heads of workers' chains, each signed by its worker, as they are kept: the last one of each day (of UTC), in
`<data-dir>/heads/workers/WORKER-KEY_ID/DAY.json`.

The database has the last one of each worker; every ten minutes it is written to the folder of its chain, where those of the days before stay for good,
and the log says how far the chain reached, where it has not for a day (`api.worker_reach`). They go into every backup, and with the log into every export, with
the time stamps that somebody put beside them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row

from api import worker_heads, worker_reach
from api.heads import index_of, put_head
from api.shapes import KeyShown
from evidence.errors import EvidenceError
from evidence.folders import make_folder, sync
from evidence.heads import WORKERS, HeadRead, read_head, worker_head_name
from evidence.signing import PublicKey
from evidence.stamps import LARGEST_STAMP_BYTES, StampError, StampsMissing, check_imprint

if TYPE_CHECKING:
    from api.service import Api

log_ = logging.getLogger(__name__)
LARGEST_HEAD_BYTES = 64 * 2**10
FileId = tuple[int, int]
"""What a file keeps where it is renamed: its inode, and when it was written."""


@dataclass(frozen=True, slots=True)
class KeptHead:
    """A worker's head as it goes into an export: its name below the folder of heads, without its ending, and the time stamp on it."""

    name: str
    key_id: str
    document: dict[str, Any]
    stamp: bytes | None = None


def keep(api: Api) -> int:
    """Writes the heads that came since the last time to their folder; how many."""
    now = api.clock()
    with api.database.read() as connection:
        written = write_newer(connection, api.settings.heads_dir)
        waits = worker_reach.waits(connection, now)
    if waits:
        with api.database.write() as connection:
            worker_reach.note_all(connection, now)
    return written


def write_newer(connection: Connection, folder: Path) -> int:
    """Writes the last head of each worker that the folder of heads does not hold yet, each whole or not at all; how many. Of a day that it has, one that counts
    more takes the other's place.

    Raises:
        OSError: the folder cannot be written.
    """
    written = 0
    for name, row in newest(connection).items():
        path = folder / f"{name}.json"
        if index_of(path) >= row.chain_index:
            continue
        make_folder(path.parent, 0o750)
        put_head(path, row.document)
        sync(path.parent)
        written += 1
    return written


def newest(connection: Connection) -> dict[str, Row[Any]]:
    """The last head of each worker, by its name below the folder of heads."""
    rows = [row for row in worker_heads.all_heads(connection) if row.document is not None]
    return {worker_head_name(row.worker, row.key_id, row.at.astimezone(UTC).date().isoformat()): row for row in rows}


def lying(folder: Path) -> frozenset[FileId]:
    """The heads that lie in the folder now; which they are can be told later, though one may be put in another's place or be renamed."""
    return frozenset(found for path in folder.glob(f"{WORKERS}/*/*.json") if (found := _id_of(path)) is not None)


def kept_heads(rows: dict[str, Row[Any]], folder: Path, keys: Collection[KeyShown], files: Collection[FileId]) -> Iterator[KeptHead]:
    """Those of a folder of heads that their workers signed, and what of `rows` it does not hold. What is wrong with others goes into the process' log.

    Args:
        rows: as `newest`.
        keys: of all workers, former ones too.
        files: as `lying`; what came since is left out.
    """
    known = {(key.name, key.key_id): PublicKey.from_base64(key.public_key) for key in keys}
    waiting = dict(rows)
    for path in sorted(folder.glob(f"{WORKERS}/*/*.json")):
        if _id_of(path) not in files:
            continue
        one = _read(path, path.relative_to(folder).with_suffix("").as_posix(), known)
        if one is None:
            continue
        row, index = waiting.get(one.name), one.document["head"]["index"]
        if row is None or index >= row.chain_index:
            waiting.pop(one.name, None)
            yield one
        elif one.stamp is not None:  # steps aside for the one of the database
            yield replace(one, name=f"{one.name}-{index}")
    for name, row in waiting.items():
        if (row.worker, row.key_id) not in known:  # a worker that came since `keys` were read
            continue
        yield KeptHead(name, row.key_id, json.loads(row.document))


def _id_of(path: Path) -> FileId | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _read(path: Path, name: str, known: dict[tuple[str, str], PublicKey]) -> KeptHead | None:
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(LARGEST_HEAD_BYTES + 1))
        read = read_head(document, str(path))
        if (key := known.get((str(read.head.name), read.head.key_id))) is None or name.split("/")[1] != f"{read.head.name}-{read.head.key_id}":
            log_.error("%s: is no head of that worker's chain, and does not go along in an export", path)
            return None
        read.verify(key)
    except (OSError, ValueError, EvidenceError) as error:
        log_.error("%s: does not go along in an export: %s", path, error)
        return None
    return KeptHead(name, read.head.key_id, document, _stamp_on(path.with_suffix(".tsr"), read))


def _stamp_on(path: Path, read: HeadRead) -> bytes | None:
    try:
        with path.open("rb") as file:
            stamp = file.read(LARGEST_STAMP_BYTES + 1)
        if len(stamp) > LARGEST_STAMP_BYTES:
            raise StampError("is no time stamp: it is too large")
        with suppress(StampsMissing):
            check_imprint(stamp, read.signed.head)
    except FileNotFoundError:
        return None
    except (OSError, StampError) as error:
        log_.error("%s: does not go along in an export: %s", path, error)
        return None
    return stamp
