"""Time stamps on signed heads of the log, as they lie beside the heads in `<data-dir>/heads/`: an outside authority's word, which nobody can make again. One is
taken along only with the very head that it is over, whatever the database's head of that day is by now.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from api.schema import log as log_table
from evidence.errors import EvidenceError
from evidence.heads import HeadRead, read_head
from evidence.signing import PublicKey
from evidence.stamps import LARGEST_STAMP_BYTES, StampsMissing, check_imprint

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StampedHead:
    """A head with the stamp over it."""

    read: HeadRead
    document: dict[str, Any]
    stamp: bytes

    @property
    def day(self) -> str:
        """The day (UTC) that it was signed on."""
        return self.read.head.at.astimezone(UTC).date().isoformat()

    @property
    def name(self) -> str:
        """What it is called beside another head of its day."""
        return f"{self.day}-{self.read.head.index}"


def stamped_heads(connection: Connection, folder: Path, key: PublicKey, last_index: int) -> Iterator[StampedHead]:
    """Those of a folder that the log bears out up to a place, oldest first; what is wrong with the others goes into the process' log."""
    found = [one for path in sorted(folder.glob("*.tsr")) if (one := _of(path, key)) is not None and one.read.head.index <= last_index]
    for one in sorted(found, key=lambda one: one.read.head.index):
        entry = connection.execute(select(log_table.c.sha256).where(log_table.c.log_index == one.read.head.index)).scalar()
        if entry == one.read.head.sha256:
            yield one
        else:
            log.error("%s: is not borne out by the log, and does not go along in an export: see `curbwatch serve check`", one.read.where)


def _of(path: Path, key: PublicKey) -> StampedHead | None:
    head = path.with_suffix(".json")
    try:
        with path.open("rb") as file:
            stamp = file.read(LARGEST_STAMP_BYTES + 1)
        document = json.loads(head.read_text("utf-8"))
        read = read_head(document, str(head))
        read.verify(key)
        if read.head.chain != "log" or len(stamp) > LARGEST_STAMP_BYTES:
            log.error("%s: is no time stamp on a head of the log, and does not go along in an export", path)
            return None
        with suppress(StampsMissing):
            check_imprint(stamp, read.signed.head)
    except (OSError, ValueError, EvidenceError) as error:
        log.error("%s: does not go along in an export: %s", path, error)
        return None
    return StampedHead(read, document, stamp)
