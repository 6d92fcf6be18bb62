"""Signed heads of the log: index and hash of its last entry under the API's key, one a day, made anew every ten minutes while entries come. Whoever keeps one
elsewhere can tell that nothing before it was changed, even by somebody who holds the key. They lie in the database, are handed out (`GET /heads`), and are
written to `<data-dir>/heads/DAY.json`, beside those of workers' chains (`api.heads_kept`). A head that the log does not bear out any more is never replaced.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from api import log
from api.schema import heads
from api.schema import log as log_table
from api.shapes import HeadShown
from evidence.folders import make_folder, sync
from evidence.heads import signed_head
from evidence.signing import SigningKey

log_ = logging.getLogger(__name__)


def is_signed(connection: Connection) -> bool:
    """Whether the log's last entry has a head already; also of an empty log."""
    last = log.head(connection)
    return (
        last.sha256 is None or connection.execute(select(heads.c.day).where(heads.c.log_index == last.index, heads.c.sha256 == last.sha256)).first() is not None
    )


def sign(connection: Connection, key: SigningKey, now: datetime) -> HeadShown | None:
    """Signs the log's head for this day (of UTC), within a write transaction; None where it has one, or the log does not bear the last one out."""
    last = log.head(connection)
    if last.sha256 is None or is_signed(connection):
        return None
    newest = connection.execute(select(heads).order_by(heads.c.log_index.desc()).limit(1)).first()
    if newest is not None and not _is_borne_out(connection, newest.log_index, newest.sha256):
        log_.error(
            "the signed head of %s is of entry %d of the log, which is not there any more as it was: see `curbwatch serve check`", newest.day, newest.log_index
        )
        return None
    day = now.astimezone(UTC).date().isoformat()
    document = signed_head(key, "log", index=last.index, sha256=last.sha256, at=now)
    connection.execute(delete(heads).where(heads.c.day == day))
    connection.execute(insert(heads).values(day=day, log_index=last.index, sha256=last.sha256, document=json.dumps(document), made_at=now))
    return HeadShown(day=day, log_index=last.index, sha256=last.sha256, document=document)


def is_day(text: str) -> bool:
    """Whether this is a day as heads are named by, like 2026-11-25."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def heads_after(connection: Connection, day: str, limit: int) -> list[HeadShown]:
    """Heads of the days after one, oldest first."""
    rows = connection.execute(select(heads).where(heads.c.day > day).order_by(heads.c.day).limit(limit))
    return [HeadShown(day=row.day, log_index=row.log_index, sha256=row.sha256, document=json.loads(row.document)) for row in rows]


def write_newer(connection: Connection, folder: Path) -> int:
    """Writes the heads that the folder does not hold yet, each whole or not at all; how many. Of a day that it has, a newer one takes the older one's place."""
    make_folder(folder, 0o750)
    rows = connection.execute(select(heads.c.day, heads.c.log_index, heads.c.document).order_by(heads.c.day)).all()
    newer = [row for row in rows if index_of(folder / f"{row.day}.json") < row.log_index]
    for row in newer:
        put_head(folder / f"{row.day}.json", row.document)
    if newer:
        sync(folder)
    return len(newer)


def put_head(path: Path, document: str) -> None:
    """Writes a head, whole or not at all, in place of the one before, which stays beside its time stamp where somebody had it stamped.

    Raises:
        OSError: it cannot be written.
    """
    draft = path.with_name(f".{path.stem}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(document + "\n")
        file.flush()
        os.fsync(file.fileno())
    _keep_stamped(path)
    draft.replace(path)


def _keep_stamped(path: Path) -> None:
    """A head that somebody had stamped stays beside its stamp, under the name `DAY-INDEX`."""
    stamp = path.with_suffix(".tsr")
    if stamp.exists() and path.exists():
        name = f"{path.stem}-{index_of(path)}"
        path.rename(path.with_name(f"{name}.json"))
        stamp.rename(path.with_name(f"{name}.tsr"))


def index_of(path: Path) -> int:
    """The place that a head on the disk vouches for; 0 where there is none, or what is there is none."""
    try:
        found = json.loads(path.read_text("utf-8"))["head"]["index"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    return found if type(found) is int else 0


def _is_borne_out(connection: Connection, index: int, sha256: str) -> bool:
    return connection.execute(select(log_table.c.sha256).where(log_table.c.log_index == index)).scalar() == sha256
