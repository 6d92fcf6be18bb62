"""What waits in the outbox of a worker that was enrolled anew: signed by its former key, the case API would refuse it for ever. So it is signed anew.

The contents stay as they are; what changes is the key that the manifest names, its place, which is the next one in the chain, and the signature. What the
former key had signed stays beside it (`manifest-former.json`). A packet that has its receipt, or was given up, stays as it is.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

from detector.worker.adoption import last_place
from detector.worker.files import put_bytes
from detector.worker.packet_table import PacketTable
from detector.worker.room import FORMER, MANIFEST
from evidence.canonical import manifest_sha256
from evidence.packet import Chain, SignedManifest
from evidence.signing import SigningKey

log = logging.getLogger(__name__)


def sign_anew(table: PacketTable, packets: Path, key: SigningKey) -> int:
    """Signs with `key` what waits or was refused and is signed by another; the number.

    The manifest is written before its row. Whatever a kill leaves between, the next call makes good: the row follows the manifest.

    Raises:
        DiskFault: the disk takes neither a manifest nor a row; all that was signed until then stays so.
    """
    rows = table.rows("SELECT packet_id, sequence, manifest_sha256 FROM packets WHERE state IN ('waiting', 'refused') ORDER BY sequence")
    count = 0
    for packet_id, sequence, sha256 in rows:
        folder = packets / packet_id
        try:
            signed = SignedManifest.model_validate_json((folder / MANIFEST).read_bytes())
            own = manifest_sha256(signed.manifest)
            worker = dict(signed.manifest["worker"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # it is told, and kept, by whoever brings it
        if signed.signature.key_id == key.key_id:
            if own != sha256:  # a kill came between
                _move_row(table, packet_id, (sequence, sha256), (int(signed.manifest["chain"]["sequence"]), own))
                count += 1
            continue
        if own != sha256:
            continue  # changed on this disk, and nothing that this worker vouches for
        with table.lock:
            last = last_place(table)
            chain = Chain(sequence=1, previous_sha256=None) if last is None else Chain(sequence=last[0] + 1, previous_sha256=last[1])
            manifest = {**signed.manifest, "worker": {**worker, "key_id": key.key_id}, "chain": chain.model_dump(mode="json")}
            anew = SignedManifest(manifest=manifest, signature=key.sign(manifest))
            if not (folder / FORMER).exists():
                put_bytes(folder / FORMER, (folder / MANIFEST).read_bytes())
            put_bytes(folder / MANIFEST, json.dumps(anew.model_dump(mode="json"), ensure_ascii=False, indent=1).encode())
            _move_row(table, packet_id, (sequence, sha256), (chain.sequence, manifest_sha256(manifest)))
        count += 1
    if count:
        log.warning("%d packets wait that a former key had signed; they are signed anew, at the end of the chain", count)
    return count


def _move_row(table: PacketTable, packet_id: str, before: tuple[int, str], after: tuple[int, str]) -> None:
    """Gives a packet its new place; the former one stays taken, so that no place is used twice."""
    with table.lock, table.transaction() as db:
        db.execute(
            "UPDATE packets SET sequence = ?, manifest_sha256 = ?, state = 'waiting', settled_at = NULL, next_at = 0, attempts = 0, reason = NULL "
            "WHERE packet_id = ?",
            (*after, packet_id),
        )
        db.execute("INSERT OR IGNORE INTO places (sequence, manifest_sha256) VALUES (?, ?)", before)
