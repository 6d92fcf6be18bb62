"""Sets files aside that no packet came to name within a week (of a worker that sent them and was lost before its manifest), and deletes them a week later.

A file that nobody names is no proof that nobody needs it: the database may be the wrong one, or an older state. So nothing goes where the store is not this
database's, where that is younger than a week or was restored within one, where the clock is in doubt, or where much would go at once; and what lies aside is
taken back once a packet names it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from api import belonging, restoring, timekeeping
from api.schema import log as log_table
from api.schema import packet_files

if TYPE_CHECKING:
    from api.service import Api

log = logging.getLogger(__name__)
KEPT_SECONDS = 7 * 24 * 3600
"""Longer than a worker's outbox waits for a line over a holiday week's end; and how long a file lies aside, and a database is young."""
MOST = 300
"""So many files go without a word; more where they are less than a hundredth of all."""
AT_ONCE = 500
YOUNG = "the database is younger than seven days"


def sweep(api: Api, *, all_of_them: bool = False) -> int:
    """Sets them aside, and deletes those that have lain aside; how many were set aside. A packet that comes meanwhile finds its files, or is told which to send
    again.

    Args:
        all_of_them: somebody has looked and says so: also where they are many.
    """
    with api.database.write() as connection:
        why = _fault(connection, api)
        if why is None:
            belonging.take_store(connection, api.blobs, api.clock())
    if why is not None:
        if why == YOUNG and next(api.blobs.all(), None) is None:
            return 0  # a first start: there is nothing to tell of
        log.warning("%s: files that no packet names stay where they are: %s", api.blobs.shown, why)
        return 0
    _empty_aside(api)
    unnamed, of = _look(api)
    if len(unnamed) > max(MOST, of // 100) and not all_of_them:
        log.error(
            "%s: no packet names %d of its %d files: that is more than workers leave behind, and nothing is done; see that this is the right database, "
            "then say `curbwatch serve sweep --all`", api.blobs.shown, len(unnamed), of,
        )  # fmt: skip
        return 0
    moved = sum(_set_aside(api, sha256) for sha256 in unnamed)
    if moved:
        log.warning("%s: %d files that no packet named within seven days were set aside; they are deleted in seven more", api.blobs.shown, moved)
    return moved


def drop_awaited(api: Api) -> int:
    """Deletes files that came within this server's own time and that no manifest came for within an hour; how many. One that comes later is told to send
    them again.
    """
    dropped = 0
    for sha256 in api.awaited.over(api.clock()):
        with api.database.write() as connection:
            if belonging.store_fault(connection, api.blobs) is not None:
                return dropped
            dropped += bool(_unnamed(connection, [sha256])) and api.blobs.delete(sha256)
        api.awaited.named([sha256])
    if dropped:
        log.warning("%s: %d files were deleted that no manifest came for within an hour", api.blobs.shown, dropped)
    return dropped


def _fault(connection: Connection, api: Api) -> str | None:
    """Why nothing may go now; None where it may."""
    if (foreign := belonging.store_fault(connection, api.blobs)) is not None:
        return f"the store is not this database's: {foreign}"
    doubt = timekeeping.doubt(connection)
    if (why := api.timekeeper.fault() if doubt is None else doubt.why) is not None:
        return f"the clock is in doubt: {why}"
    since = api.clock() - timedelta(seconds=KEPT_SECONDS)
    began: datetime | None = connection.execute(select(log_table.c.at).order_by(log_table.c.log_index).limit(1)).scalar()
    if began is None or began > since:
        return YOUNG
    if restoring.unsettled(connection, api.clock()) is not None:
        return "the database was restored within seven days: what came after its backup may be brought again"
    return None


def _look(api: Api) -> tuple[list[str], int]:
    """The files that may go, and how many there are in all."""
    found: list[str] = []
    of = 0
    for some in _parts(api.blobs.all()):
        of += len(some)
        with api.database.read() as connection:
            unnamed = _unnamed(connection, some)
        found += [sha256 for sha256 in unnamed if api.blobs.is_older(sha256, KEPT_SECONDS)]
    return found, of


def _set_aside(api: Api, sha256: str) -> bool:
    with api.database.write() as connection:
        return bool(_unnamed(connection, [sha256])) and api.blobs.is_older(sha256, KEPT_SECONDS) and api.blobs.set_aside(sha256)


def _empty_aside(api: Api) -> None:
    """Takes back what a packet names by now, and deletes what has lain there for its time."""
    back = gone = 0
    for some in _parts(api.blobs.aside(-KEPT_SECONDS)):
        with api.database.read() as connection:
            unnamed = set(_unnamed(connection, some))
        back += sum(api.blobs.take_back(sha256) for sha256 in some if sha256 not in unnamed)
    for some in _parts(api.blobs.aside(KEPT_SECONDS)):
        for sha256 in some:
            with api.database.write() as connection:
                gone += bool(_unnamed(connection, [sha256])) and api.blobs.let_go(sha256)
    if back:
        log.error("%s: %d files that lay aside are named by packets, and were taken back", api.blobs.shown, back)
    if gone:
        log.warning("%s: %d files that lay aside for seven days were deleted", api.blobs.shown, gone)


def _parts(hashes: Iterator[str]) -> Iterator[list[str]]:
    while some := list(islice(hashes, AT_ONCE)):
        yield some


def _unnamed(connection: Connection, hashes: Iterable[str]) -> list[str]:
    told = list(hashes)
    named = set(connection.execute(select(packet_files.c.sha256).where(packet_files.c.sha256.in_(told))).scalars())
    return [sha256 for sha256 in told if sha256 not in named]
