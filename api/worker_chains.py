"""Each key's manifests are a chain: a packet that would fork it is refused, one that comes before its predecessors is taken, and what is missing is known.

Packets are sent by their worth and not in order, so a gap is nothing yet; one that stands for an hour goes into the log, and so does its end. What a
worker gave up keeps its place by its signed record.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, delete, func, insert, select, update

from api import log
from api.errors import Conflict, Unusable
from api.schema import chain_gaps, chains, given_up, packets
from evidence.chains import Link, beginning_faults

log_ = logging.getLogger(__name__)
NO_MATTER_OF_ORDER = timedelta(hours=1)
"""A gap that stands so long is no matter of the order in which packets were sent."""
PLACES_KNOWN_BY_NAME = 10


@dataclass(frozen=True, slots=True)
class Place:
    """A manifest's place as it is kept."""

    sequence: int
    sha256: str
    previous_sha256: str | None


def take_place(connection: Connection, link: Link, now: datetime) -> None:
    """Gives a new manifest its place in its chain, within a write transaction.

    Raises:
        Unusable: it is the first and names a predecessor, or it is not and names none.
        Conflict: another manifest has its place, or its neighbours are others than it says: the chain was forked.
    """
    for fault in beginning_faults(link.sequence, link.previous_sha256):
        raise Unusable(f"manifest.{fault.where}: {fault.what}", "证据链的首个清单没有前一个，其余的必须写明前一个")
    for place in near(connection, link):
        _refuse_fork(link, place)
    row = connection.execute(_LAST, {"of_worker": link.worker, "of_key": link.key_id}).first()
    last = _last_before_it_was_kept(connection, link) if row is None else int(row.last)
    if row is None:
        connection.execute(insert(chains).values(worker=link.worker, key_id=link.key_id, last=max(last, link.sequence)))
    elif link.sequence > last:
        connection.execute(_GROWN, {"of_worker": link.worker, "of_key": link.key_id, "last": link.sequence})
    if link.sequence > last + 1:
        told = {"first": last + 1, "last": link.sequence - 1, "since": now}
        connection.execute(insert(chain_gaps).values(worker=link.worker, key_id=link.key_id, **told))
    elif link.sequence <= last:
        _fill(connection, link, now)


_OF_KEY = and_(chains.c.worker == bindparam("of_worker"), chains.c.key_id == bindparam("of_key"))
_LAST = select(chains.c.last).where(_OF_KEY)
_GROWN = update(chains).where(_OF_KEY)


def gaps(connection: Connection) -> tuple[int, int]:
    """How many gaps there are in all workers' chains, and how many places are missing in them."""
    row = connection.execute(select(func.count(), func.coalesce(func.sum(chain_gaps.c.last - chain_gaps.c.first + 1), 0)).select_from(chain_gaps)).one()
    return int(row[0]), int(row[1])


def waits_to_be_logged(connection: Connection, now: datetime) -> bool:
    """Whether a gap stands for an hour and the log does not say so."""
    return connection.execute(_standing(now).limit(1)).first() is not None


def _standing(now: datetime) -> Select[Any]:
    return select(chain_gaps).where(chain_gaps.c.logged_index.is_(None), chain_gaps.c.since <= now - NO_MATTER_OF_ORDER)


def log_gaps(connection: Connection, now: datetime) -> int:
    """Writes gaps into the log that stand for an hour, within a write transaction; how many."""
    rows = connection.execute(_standing(now).order_by(chain_gaps.c.worker, chain_gaps.c.key_id, chain_gaps.c.first)).all()
    for row in rows:
        log_.error("the worker %r's chain (key %s) misses the manifests %d to %d, though later ones came", row.worker, row.key_id, row.first, row.last)
        body = {"worker": row.worker, "key_id": row.key_id, "first": row.first, "last": row.last, "since": row.since.isoformat()}
        index = log.append(connection, log.LogEvent.CHAIN_GAP, now, f"worker {row.worker}", body)
        mine = (chain_gaps.c.worker == row.worker, chain_gaps.c.key_id == row.key_id, chain_gaps.c.first == row.first)
        connection.execute(update(chain_gaps).where(*mine).values(logged_index=index))
    return len(rows)


def near(connection: Connection, link: Link) -> list[Place]:
    """What is here of a manifest's place and of those beside it, by the same key; of the link only worker, key and number count."""
    asked = {"worker": link.worker, "key": link.key_id, "first": link.sequence - 1, "last": link.sequence + 1}
    came = connection.execute(_CAME, {name: asked[name] for name in ("worker", "first", "last")})
    found = [Place(row.sequence, row.manifest_sha256, previous_of(row)) for row in came if json.loads(row.signature).get("key_id") == link.key_id]
    return found + [Place(row.sequence, row.manifest_sha256, row.previous_sha256) for row in connection.execute(_LOST, asked)]


_CAME = select(
    *(packets.c[name] for name in ("sequence", "manifest_sha256", "previous_sha256", "signature")),
    case((packets.c.previous_sha256.is_(None), packets.c.manifest), else_="").label("manifest"),
).where(packets.c.worker == bindparam("worker"), packets.c.sequence.between(bindparam("first"), bindparam("last")))
_LOST = select(given_up.c.sequence, given_up.c.manifest_sha256, given_up.c.previous_sha256).where(
    given_up.c.worker == bindparam("worker"), given_up.c.key_id == bindparam("key"), given_up.c.sequence.between(bindparam("first"), bindparam("last"))
)


def previous_of(row: Any) -> str | None:
    """What a row of `packets` names as its predecessor; of one of before schema step 0007 by its manifest."""
    if row.previous_sha256 is not None or row.sequence == 1 or not row.manifest:
        return None if row.previous_sha256 is None else str(row.previous_sha256)
    named = json.loads(row.manifest).get("chain", {}).get("previous_sha256")
    return None if named is None else str(named)


def _refuse_fork(link: Link, place: Place) -> None:
    if place.sequence == link.sequence and place.sha256 != link.sha256:
        told = f"manifest {link.sequence} of this chain is here already and is another ({place.sha256[:12]}…)"
    elif place.sequence == link.sequence - 1 and place.sha256 != link.previous_sha256:
        told = f"names {_short(link.previous_sha256)} as its predecessor, but manifest {place.sequence} of this chain is {place.sha256[:12]}…"
    elif place.sequence == link.sequence + 1 and place.previous_sha256 is not None and place.previous_sha256 != link.sha256:
        told = f"manifest {place.sequence} of this chain follows {place.previous_sha256[:12]}…, not this one ({link.sha256[:12]}…)"
    else:
        return
    raise Conflict(
        f"{told}: the chain of the worker {link.worker!r} was forked; a worker that lost its outbox takes a new key (enrol it anew)",
        "该工作节点的证据链出现分叉，清单未被接收；丢失发件箱的工作节点须重新登记并使用新密钥",
        fault="chain_forked", sequence=link.sequence, known_sha256=place.sha256,
    )  # fmt: skip


def _last_before_it_was_kept(connection: Connection, link: Link) -> int:
    """The highest place of a key whose packets came before ends of chains were kept; 0 of a new one."""
    of_worker = select(packets.c.sequence, packets.c.signature).where(packets.c.worker == link.worker, packets.c.sequence != link.sequence)
    for row in connection.execute(of_worker.order_by(packets.c.sequence.desc()).limit(PLACES_KNOWN_BY_NAME)):
        if json.loads(row.signature).get("key_id") == link.key_id:
            return int(row.sequence)
    return 0


def _fill(connection: Connection, link: Link, now: datetime) -> None:
    """A place within a gap is no gap any more; what is left of it on both sides stays one."""
    own = (chain_gaps.c.worker == link.worker, chain_gaps.c.key_id == link.key_id)
    row = connection.execute(select(chain_gaps).where(*own, chain_gaps.c.first <= link.sequence, chain_gaps.c.last >= link.sequence)).first()
    if row is None:
        return
    connection.execute(delete(chain_gaps).where(*own, chain_gaps.c.first == row.first))
    kept = {"worker": link.worker, "key_id": link.key_id, "since": row.since, "logged_index": row.logged_index}
    parts = [{"first": first, "last": last} for first, last in ((row.first, link.sequence - 1), (link.sequence + 1, row.last)) if first <= last]
    if parts:
        connection.execute(insert(chain_gaps), [kept | part for part in parts])
    elif row.logged_index is not None:
        left = select(func.coalesce(func.sum(chain_gaps.c.last - chain_gaps.c.first + 1), 0)).where(*own, chain_gaps.c.logged_index == row.logged_index)
        body = {"worker": link.worker, "key_id": link.key_id, "gap_index": row.logged_index, "last_filled": link.sequence}
        body["left"] = int(connection.execute(left).scalar_one())  # of the whole gap, which fell into parts
        log.append(connection, log.LogEvent.CHAIN_FILLED, now, f"worker {link.worker}", body)


def _short(sha256: str | None) -> str:
    return "none" if sha256 is None else f"{sha256[:12]}…"
