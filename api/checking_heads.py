"""Heads of workers' chains as they are kept (`api.heads_kept`): each signed by its worker's key, and borne out by the packets that are here; and what the log
says of heads that came (`worker_head`) against both, and against what is remembered of it (`api.worker_reach`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, select

from api.checking_rows import Entry, Fault, entries_of, latest
from api.heads_kept import LARGEST_HEAD_BYTES
from api.log import LogEvent
from api.schema import about, former_keys, given_up, packets, worker_heads, workers
from api.worker_chains import Place, near
from api.worker_reach import NAME, Reach, reaches_of, remembered
from evidence.chains import Link
from evidence.errors import EvidenceError
from evidence.heads import ON_THE_WAY, WORKERS, HeadRead, head_faults, read_head
from evidence.signing import PublicKey

Chain = tuple[str, str]
"""A worker and its key's id."""


@dataclass(slots=True)
class HeadsSeen:
    """How many heads were looked at, and of which chains."""

    heads: int = 0
    chains: set[Chain] = field(default_factory=set)

    def sentence(self) -> str:
        """In words; empty where there are none."""
        if not self.heads:
            return ""
        heads = "1 head" if self.heads == 1 else f"{self.heads} heads"
        return f"{heads} of {'1 chain' if len(self.chains) == 1 else f'{len(self.chains)} chains'} of workers looked at"


def worker_head_faults(connection: Connection, folder: Path | None, seen: HeadsSeen | None = None) -> Iterator[Fault]:
    """Everything about workers' heads.

    Args:
        folder: the folder of heads.
        seen: counts what was looked at.
    """
    counted = HeadsSeen() if seen is None else seen
    known = keys_of(connection)
    heads: dict[Chain, list[HeadRead]] = defaultdict(list)
    for path in sorted(folder.glob(f"{WORKERS}/*/*.json")) if folder is not None else ():
        try:
            with path.open("rb") as file:
                text = file.read(LARGEST_HEAD_BYTES + 1)
        except OSError as error:
            yield Fault(str(path), f"cannot be read ({error})")
            continue
        yield from _take(text, str(path), path.parent.name, known, heads)
    current = {row.name: row.key_id for row in connection.execute(select(workers.c.name, workers.c.key_id))}
    for row in connection.execute(select(worker_heads).where(worker_heads.c.document.is_not(None)).order_by(worker_heads.c.worker)).all():
        yield from _take_row(row, known, heads)
    said: dict[Chain, list[Entry]] = defaultdict(list)
    for entry in entries_of(connection, LogEvent.WORKER_HEAD):
        said[str(entry.document.get("worker")), str(entry.document.get("key_id"))].append(entry)
    yield from _reach_faults(connection, said)
    counted.heads, counted.chains = sum(map(len, heads.values())), set(heads)
    for chain in sorted({*heads, *said}):
        own = heads.get(chain, [])
        yield from _chain_faults(connection, chain, own)
        yield from _said_faults(connection, chain, own, said.get(chain, []), is_current=current.get(chain[0]) == chain[1])


def keys_of(connection: Connection) -> dict[Chain, PublicKey]:
    """Every key that was ever bound to a worker; what is no key at all is told by its own row."""
    rows = [*connection.execute(select(workers.c.name, workers.c.public_key)), *connection.execute(select(former_keys.c.name, former_keys.c.public_key))]
    known: dict[Chain, PublicKey] = {}
    for row in rows:
        with suppress(EvidenceError):
            key = PublicKey.from_base64(row.public_key)
            known[row.name, key.key_id] = key
    return known


def _take(text: str | bytes, where: str, folder: str, known: Mapping[Chain, PublicKey], heads: dict[Chain, list[HeadRead]]) -> Iterator[Fault]:
    """A head that its worker signed, among those of its chain; else what is wrong with it."""
    try:
        read = read_head(json.loads(text), where)
        chain = (str(read.head.name), read.head.key_id)
        if folder != f"{chain[0]}-{chain[1]}" or chain not in known:
            yield Fault(where, f"is no head of the chain of {folder}: it names {chain[0]} and the key {chain[1]}")
            return
        read.verify(known[chain])
    except (ValueError, EvidenceError) as error:
        yield Fault(where, str(error).removeprefix(f"{where}: "))
        return
    heads[chain].append(read)


def _take_row(row: Row[Any], known: Mapping[Chain, PublicKey], heads: dict[Chain, list[HeadRead]]) -> Iterator[Fault]:
    where, mine = f"worker_heads {row.worker}", defaultdict[Chain, list[HeadRead]](list)
    yield from _take(row.document, where, f"{row.worker}-{row.key_id}", known, mine)
    for chain, (read,) in mine.items():
        if (read.head.index, read.head.sha256, read.head.at) != (row.chain_index, row.sha256, row.at):
            yield Fault(where, "stands for another place or time than it was signed for")
        heads[chain].append(read)


def _chain_faults(connection: Connection, chain: Chain, heads: list[HeadRead]) -> Iterator[Fault]:
    """Where heads contradict each other or the manifests that they end with."""
    held: dict[int, str] = {}
    named: dict[int, str | None] = {}
    for index in sorted({one.head.index for one in heads}):
        for place in _places(connection, chain, index):
            held[place.sequence] = place.sha256
            if place.previous_sha256 is not None:
                named[place.sequence] = place.previous_sha256
    for fault in head_faults(heads, chain[1], held, whole=False, named=named):
        yield Fault(fault.where, fault.what)


def _places(connection: Connection, chain: Chain, index: int) -> list[Place]:
    return near(connection, Link(chain[0], chain[1], index, None, ""))


def _said_faults(connection: Connection, chain: Chain, heads: list[HeadRead], said: list[Entry], *, is_current: bool) -> Iterator[Fault]:
    """Where what the log says of heads is not what is here; how far the chain of a worker's key of now must reach."""
    for entry in said:
        index, sha256 = entry.document.get("index"), entry.document.get("sha256")
        places = _places(connection, chain, int(str(index)))
        here = [place.sha256 for place in places if place.sequence == index]
        follows = [place.previous_sha256 for place in places if place.sequence == int(str(index)) + 1]
        if here and here != [sha256]:
            yield Fault(f"packets of {chain[0]}", f"log {entry.log_index} has another manifest {index}: the chain was rewritten")
        elif not here and any(one not in (sha256, None) for one in follows):
            what = f"manifest {index} of log {entry.log_index} is followed by a manifest {int(str(index)) + 1} that names another before it"
            yield Fault(f"packets of {chain[0]}", f"{what}: the chain was rewritten")
    if not said or not is_current:
        return
    furthest = max(said, key=lambda entry: int(entry.document.get("index", 0)))
    index = int(furthest.document.get("index", 0))
    if max((one.head.index for one in heads), default=0) < index:
        yield Fault(f"heads of {chain[0]}", f"log {furthest.log_index} has one of {index} manifests, which is not here: it was removed")
    now = latest(connection)
    old = [entry for entry in said if now is not None and now - datetime.fromisoformat(str(entry.document.get("came_at"))) > ON_THE_WAY]
    settled = max((int(entry.document.get("index", 0)) for entry in old), default=0)
    if settled > (last := _last(connection, chain)):
        yield Fault(f"chain of {chain[0]} (key {chain[1]})", f"had {settled} manifests by its head, and ends with {last}: it was cut off, or they never came")


def _reach_faults(connection: Connection, said: Mapping[Chain, list[Entry]]) -> Iterator[Fault]:
    """Where what is remembered of how far chains reached is not what the log says: a larger number would keep the next heads from the log."""
    told: dict[str, list[Reach]] = {}
    for entry in sorted((entry for entries in said.values() for entry in entries), key=lambda entry: entry.log_index):
        key_id, index, came_at = (str(entry.document.get(name)) for name in ("key_id", "index", "came_at"))
        told[key_id] = remembered(told.get(key_id, []), Reach(int(index), datetime.fromisoformat(came_at)), entry.at)
    kept = {row.name.removeprefix(NAME): row.value for row in connection.execute(select(about).where(about.c.name.startswith(NAME, autoescape=True)))}
    for key_id in sorted({*told, *kept}):
        known: list[Reach] | None = None
        with suppress(ValueError, TypeError):
            known = reaches_of(kept[key_id]) if key_id in kept else None
        if known is None or known != told.get(key_id):
            yield Fault(f"about {NAME}{key_id}", "is not as the log has it: a head that came may have been kept from the log")


def _last(connection: Connection, chain: Chain) -> int:
    """The last place of a chain that is here."""
    by_key = packets.c.signature.contains(f'"{chain[1]}"', autoescape=True)
    came = connection.execute(select(func.max(packets.c.sequence)).where(packets.c.worker == chain[0], by_key)).scalar()
    lost = connection.execute(select(func.max(given_up.c.sequence)).where(given_up.c.worker == chain[0], given_up.c.key_id == chain[1])).scalar()
    return max(came or 0, lost or 0)
