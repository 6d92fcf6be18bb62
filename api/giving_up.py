"""What a worker gave up: packets whose files it could not keep, as on a full disk. Their manifests hold their places in the worker's chain, and a record
that the worker signed says what went and why; both are kept, and the log says so. No case comes of it.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from api import log, packets, worker_chains
from api.errors import Conflict, NotAllowed, Unusable
from api.schema import given_up
from api.schema import packets as packets_table
from evidence.errors import EvidenceError, SignatureFault
from evidence.given_up import read_given_up
from evidence.packet import SignedManifest


def take(connection: Connection, signed: SignedManifest, record: dict[str, Any], now: datetime) -> tuple[int, bool]:
    """Takes a packet's manifest and the record that it was given up, within a write transaction: the place in the log, and whether it is new.

    Raises:
        Unusable, NotAllowed: as for a packet; also where the record is not of this manifest, or not signed by its worker.
        Conflict: the packet came whole, or it forks its chain.
    """
    checked = packets.check(connection, signed)
    manifest, link = checked.manifest, checked.link
    key = packets.bound_key(connection, manifest.worker.name)
    try:
        read = read_given_up(record, "given_up")
    except EvidenceError as error:
        raise Unusable(str(error)) from None
    try:
        read.verify(key)
    except SignatureFault as fault:
        raise NotAllowed(f"the record is not signed by the key that is bound to the worker {manifest.worker.name!r}: {fault}") from None
    told = read.record
    if (told.worker, told.packet_id, told.manifest_sha256, told.sequence) != (link.worker, manifest.packet_id, checked.sha256, link.sequence):
        raise Unusable("given_up.record: is of another manifest than the one that came with it", "given_up.record 与随附的清单不符")
    mine = (given_up.c.worker == link.worker, given_up.c.key_id == link.key_id, given_up.c.sequence == link.sequence)
    before = connection.execute(select(given_up.c.log_index, given_up.c.manifest_sha256).where(*mine)).first()
    if before is not None and before.manifest_sha256 == checked.sha256:
        return int(before.log_index), False
    whole = select(packets_table.c.packet_id).where(packets_table.c.worker == link.worker, packets_table.c.sequence == link.sequence)
    if connection.execute(whole.where(packets_table.c.manifest_sha256 == checked.sha256)).first() is not None:
        raise Conflict("the packet came whole before: it was not given up", "该证据包此前已完整送达", fault="came_whole")
    worker_chains.take_place(connection, link, now)
    body = {"worker": link.worker, "packet_id": manifest.packet_id, "manifest_sha256": checked.sha256, "sequence": link.sequence, "reason": told.reason}
    index = log.append(connection, log.LogEvent.GIVEN_UP, now, f"worker {link.worker}", body)
    document = {"manifest": signed.manifest, "signature": checked.signature, "given_up": record}
    kept = {"packet_id": manifest.packet_id, "manifest_sha256": checked.sha256, "previous_sha256": link.previous_sha256}
    place = {"worker": link.worker, "key_id": link.key_id, "sequence": link.sequence}
    connection.execute(insert(given_up).values(**place, **kept, document=json.dumps(document, ensure_ascii=False), log_index=index, came_at=now))
    return index, True
