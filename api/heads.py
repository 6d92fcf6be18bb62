"""Signed heads of the log, one a day: index and hash of its last entry under the API's key. Whoever keeps one elsewhere can tell that nothing before it was
changed, even by somebody who holds the key. They lie in the database, are handed out (`GET /heads`), and are written to `<data-dir>/heads/DAY.json`.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select

from api import log
from api.incoming import sync_folder
from api.schema import heads
from api.shapes import HeadShown
from evidence.heads import signed_head
from evidence.signing import SigningKey


def sign_today(connection: Connection, key: SigningKey, now: datetime) -> HeadShown | None:
    """Signs the log's head for this day (of UTC), within a write transaction; None where it is signed already, or the log is empty."""
    day = now.astimezone(UTC).date().isoformat()
    last = log.head(connection)
    if last.sha256 is None or connection.execute(select(heads.c.day).where(heads.c.day == day)).first() is not None:
        return None
    document = signed_head(key, "log", index=last.index, sha256=last.sha256, at=now)
    connection.execute(insert(heads).values(day=day, log_index=last.index, sha256=last.sha256, document=json.dumps(document), made_at=now))
    return HeadShown(day=day, log_index=last.index, sha256=last.sha256, document=document)


def heads_after(connection: Connection, day: str, limit: int) -> list[HeadShown]:
    """Heads of the days after one, oldest first."""
    rows = connection.execute(select(heads).where(heads.c.day > day).order_by(heads.c.day).limit(limit))
    return [HeadShown(day=row.day, log_index=row.log_index, sha256=row.sha256, document=json.loads(row.document)) for row in rows]


def write_missing(connection: Connection, folder: Path) -> int:
    """Writes the heads that the folder does not hold yet, each whole or not at all; how many."""
    folder.mkdir(exist_ok=True, mode=0o750)
    there = {path.stem for path in folder.glob("*.json")}
    rows = connection.execute(select(heads.c.day, heads.c.document).order_by(heads.c.day)).all()
    missing = [row for row in rows if row.day not in there]
    for row in missing:
        draft = folder / f".{row.day}"
        with draft.open("w", encoding="utf-8") as file:
            file.write(row.document + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / f"{row.day}.json")
    if missing:
        sync_folder(folder)
    return len(missing)
