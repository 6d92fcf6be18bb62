"""Deletes files that no packet came to name: of a worker that sent them and was lost before its manifest."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from api.schema import packet_files

if TYPE_CHECKING:
    from api.service import Api

log = logging.getLogger(__name__)
KEPT_SECONDS = 7 * 24 * 3600
"""Longer than a worker's outbox waits for a line over a holiday week's end."""
AT_ONCE = 500


def sweep(api: Api) -> int:
    """Deletes them; how many there were. A packet that comes meanwhile finds its files, or is told which to send again."""
    deleted = 0
    every = api.blobs.all()
    while some := list(islice(every, AT_ONCE)):
        with api.database.read() as connection:
            unnamed = _unnamed(connection, some)
        for sha256 in unnamed:
            if not api.blobs.is_older(sha256, KEPT_SECONDS):
                continue
            with api.database.write() as connection:
                if _unnamed(connection, [sha256]) and api.blobs.is_older(sha256, KEPT_SECONDS):
                    deleted += api.blobs.delete(sha256)
    if deleted:
        log.warning("%s: %d files were deleted that no packet named within seven days", api.blobs.shown, deleted)
    return deleted


def _unnamed(connection: Connection, hashes: Iterable[str]) -> list[str]:
    told = list(hashes)
    named = set(connection.execute(select(packet_files.c.sha256).where(packet_files.c.sha256.in_(told))).scalars())
    return [sha256 for sha256 in told if sha256 not in named]
