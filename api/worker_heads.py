"""Heads of workers' chains as they come with their reports: signed by the worker, they say how many manifests there were, and the hash of the last.

The one of each worker that counts most is kept here, the last of each day as a file (`api.heads_kept`). A later one, or a packet, that does not fit it shows
that the chain was rewritten or cut off, even by the worker's own key; and packets that a head counts and that have not come a day after it
(`api.worker_reach`) are missing. Both stand in the log, in `/heads/workers` and the figures. A head whose manifest has not come goes into the log before
another takes its place, so that what comes later is held against it too (`serve check`, exports).
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, union, update

from api import log, worker_reach
from api.database import Database
from api.schema import former_keys, given_up, packets, worker_heads, workers
from api.worker_chains import near
from api.worker_reach import Came, Reach
from evidence.canonical import canonical_json, sha256_hex
from evidence.chains import Link
from evidence.errors import EvidenceError
from evidence.heads import Head, HeadRead, read_head
from evidence.signing import PublicKey

log_ = logging.getLogger(__name__)
CHECKED_AGAIN = timedelta(minutes=10)
"""A worker tells the same head every few seconds; so often it is held against what came meanwhile."""
MISSES = re.compile(r"counted (\d+) packets when it came at \S+, but not all of them have come")
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""A worker's clock may be so far ahead of this one."""


class _Contradiction(Exception):
    """What a head does not fit, in one sentence."""


def take(database: Database, worker: str, told: dict[str, Any], now: datetime) -> None:
    """Takes the head that came with a worker's report; whatever it holds, the report is taken."""
    sha256 = _sha256_of(told)
    with database.read() as connection:
        kept = connection.execute(select(worker_heads).where(worker_heads.c.worker == worker)).first()
        if connection.execute(select(workers.c.name).where(workers.c.name == worker)).first() is None:
            return
    if kept is not None and kept.told_sha256 == sha256 and now - kept.checked_at < CHECKED_AGAIN:
        return
    with database.write() as connection:
        kept = connection.execute(select(worker_heads).where(worker_heads.c.worker == worker)).first()
        _keep(connection, worker, kept, told, {"told_sha256": sha256, "checked_at": now}, now)


def all_heads(connection: Connection) -> Sequence[Row[Any]]:
    """The last head of each worker, by name."""
    return connection.execute(select(worker_heads).order_by(worker_heads.c.worker)).all()


def in_doubt(connection: Connection) -> int:
    """How many workers' chains contradict their heads, or miss packets."""
    return int(connection.execute(select(func.count()).select_from(worker_heads).where(worker_heads.c.fault.is_not(None))).scalar_one())


def missing(connection: Connection) -> int:
    """How many packets the heads of all workers count that are not here."""
    return int(connection.execute(select(func.coalesce(func.sum(worker_heads.c.missing), 0))).scalar_one())


def _keep(connection: Connection, worker: str, kept: Row[Any] | None, told: dict[str, Any], values: dict[str, Any], now: datetime) -> None:
    fault = None
    try:
        read = _verified(connection, worker, told, now)
        _check_beside(read.head, kept)
        if kept is None or kept.at is None or kept.key_id != read.head.key_id or (read.head.index, read.head.at) > (kept.chain_index, kept.at):
            if kept is not None and kept.document is not None:
                _leave(connection, worker, kept, read.head, now)
            values |= {"key_id": read.head.key_id, "chain_index": read.head.index, "sha256": read.head.sha256, "at": read.head.at}
            values |= {"document": json.dumps(told, ensure_ascii=False), "came_at": now}
            worker_reach.note(connection, Came(worker, read.head.key_id, read.head.index, read.head.sha256, read.head.at, now), now)
        head = read.head if "at" in values or kept is None else _head_of(kept)
        values["missing"] = _missing(connection, worker, head.key_id, head.index)
        _check_packets(connection, worker, head)
        settled = worker_reach.settled(connection, head.key_id, now) if values["missing"] else None
        if settled is not None and _missing(connection, worker, head.key_id, settled.index):
            fault = _said_missing(connection, worker, kept, head.key_id, settled)
    except _Contradiction as contradiction:
        fault = str(contradiction)[:500]
    before = None if kept is None else kept.fault
    if fault != before:
        values |= {"fault": fault, "fault_at": None if fault is None else now}
    if fault is not None and fault != before:
        log_.error("the head of the worker %r's chain %s", worker, fault)
        body = {"worker": worker, "change": "head in doubt", "fault": fault, "told_sha256": values["told_sha256"]}
        log.append(connection, log.LogEvent.WORKER, now, f"worker {worker}", body)
    if kept is None:
        connection.execute(insert(worker_heads).values(worker=worker, **{"missing": 0} | values))
    else:
        connection.execute(update(worker_heads).where(worker_heads.c.worker == worker).values(**values))


def _verified(connection: Connection, worker: str, told: dict[str, Any], now: datetime) -> HeadRead:
    """The head, which is this worker's, signed by its key, and of no time at which it would stand before every later one."""
    bound = connection.execute(select(workers.c.public_key).where(workers.c.name == worker)).scalar_one()
    try:
        read = read_head(told, "it")
        read.verify(PublicKey.from_base64(bound))
    except EvidenceError as error:
        raise _Contradiction(f"is none that the worker signed: {error}") from None
    if read.head.chain != "worker" or read.head.name != worker:
        raise _Contradiction(f"is of another chain: {read.head.name or read.head.chain}")
    if not EARLIEST <= read.head.at <= now + AHEAD:
        raise _Contradiction(f"is of {read.head.at.isoformat()}, which no clock that is right shows now: look at the worker's")
    return read


def _check_beside(head: Head, kept: Row[Any] | None) -> None:
    """Whether a head goes on where the one that is kept ended."""
    if kept is None or kept.at is None or kept.key_id != head.key_id:
        return
    if head.index == kept.chain_index and head.sha256 != kept.sha256:
        raise _Contradiction(f"gives manifest {head.index} another hash than the one of {kept.at.isoformat()}: the chain was rewritten")
    if head.at > kept.at and head.index < kept.chain_index:
        raise _Contradiction(f"ends at manifest {head.index}, but the one of {kept.at.isoformat()} ended at {kept.chain_index}: the chain was cut off")


def _leave(connection: Connection, worker: str, kept: Row[Any], head: Head, now: datetime) -> None:
    """What is to be done with the head that is kept before another one takes its place: it is held against what came since, or nobody would any more. It is
    written down where its manifest is not here yet (another may come in its stead), and where it is of a former key, since its worker does not tell it again.
    """
    if kept.key_id == head.key_id:
        _check_packets(connection, worker, _head_of(kept))
        places = near(connection, Link(worker, kept.key_id, kept.chain_index, None, ""))
        if any(place.sequence == kept.chain_index and place.sha256 == kept.sha256 for place in places):
            return
    worker_reach.note(connection, worker_reach.came_of(kept), now, at_once=True)


def _check_packets(connection: Connection, worker: str, head: Head) -> None:
    """Whether the packets that are here are those that the head vouches for: the one at its end, and the one that follows."""
    here = select(packets.c.sequence, packets.c.manifest_sha256, packets.c.manifest).where(packets.c.worker == worker, _signed_by(head.key_id))
    for row in connection.execute(here.where(packets.c.sequence.in_((head.index, head.index + 1)))):
        if row.sequence == head.index and row.manifest_sha256 != head.sha256:
            raise _Contradiction(f"says that manifest {head.index} is {head.sha256[:12]}…, but {row.manifest_sha256[:12]}… came: the chain was rewritten")
        if row.sequence == head.index + 1 and row.manifest and json.loads(row.manifest)["chain"]["previous_sha256"] != head.sha256:
            raise _Contradiction(f"says that manifest {head.index} is {head.sha256[:12]}…, but the one after it follows another: the chain was rewritten")


def _missing(connection: Connection, worker: str, key_id: str, index: int) -> int:
    """How many of the packets up to this place are not here, neither whole nor with the record that they were given up; of a worker that was enrolled
    anew, from the first one under this key.
    """
    whole: list[ColumnElement[bool]] = [packets.c.worker == worker]
    let_go: list[ColumnElement[bool]] = [given_up.c.worker == worker]
    anew = connection.execute(select(former_keys.c.name).where(former_keys.c.name == worker).limit(1)).first() is not None
    if anew:
        whole.append(_signed_by(key_id))
        let_go.append(given_up.c.key_id == key_id)
    came = union(select(packets.c.sequence).where(*whole), select(given_up.c.sequence).where(*let_go)).subquery()
    first = 1 if not anew else connection.execute(select(func.min(came.c.sequence))).scalar() or index + 1
    here = connection.execute(select(func.count()).select_from(came).where(came.c.sequence.between(first, index))).scalar_one()
    return max(0, index - first + 1 - int(here))


def _said_missing(connection: Connection, worker: str, kept: Row[Any] | None, key_id: str, settled: Reach) -> str:
    """What is said of packets that have not come in time; as long as what was said before is true, the same, so that the log says it once."""
    before = None if kept is None or kept.key_id != key_id else kept.fault
    said = None if before is None else MISSES.fullmatch(before)
    if before is not None and said is not None and int(said[1]) <= settled.index and _missing(connection, worker, key_id, int(said[1])):
        return str(before)
    return f"counted {settled.index} packets when it came at {settled.at.isoformat()}, but not all of them have come"


def _signed_by(key_id: str) -> ColumnElement[bool]:
    return packets.c.signature.contains(f'"{key_id}"', autoescape=True)


def _head_of(kept: Row[Any]) -> Head:
    return Head.model_validate(json.loads(kept.document)["head"])


def _sha256_of(told: dict[str, Any]) -> str:
    try:
        return sha256_hex(canonical_json(told))
    except EvidenceError:
        return sha256_hex(repr(sorted(told)).encode())
