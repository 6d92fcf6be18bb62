"""Room for evidence: what gives way when the disk fills, stated once.

Looking goes on whatever happens. When room is short, this gives way, in this order: delivered packets, the oldest first, whatever their retention; then
the files of the cheapest packet that waits (value.py), if it is worth less than what needs the room. Such a packet is given up: counted, logged by act and
camera; its manifest stays, so that the chain stays whole, and a signed record beside it says which files gave way, when and why, and goes to the case API.
What finds no room even so stays owed in the worker's state, and is tried again. A full disk takes no note: what makes room is removed first, and noted then.
"""

from __future__ import annotations

import json
import logging
import math
import shutil
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from detector.worker.files import DiskFault, disk_faults, put_bytes, remove_folder
from detector.worker.leases import Leases
from detector.worker.packet_table import PacketTable
from evidence.canonical import manifest_sha256
from evidence.errors import EvidenceError
from evidence.given_up import GIVEN_UP, read_given_up, signed_given_up
from evidence.packet import SignedManifest
from evidence.signing import SigningKey

log = logging.getLogger(__name__)

MANIFEST, RECEIPT, RECEIPT_BEFORE, FORMER = "manifest.json", "receipt.json", "receipt-before.json", "manifest-former.json"
PAPERS = frozenset({MANIFEST, RECEIPT, RECEIPT_BEFORE, FORMER, GIVEN_UP})
"""What stays of a packet whose files gave way."""
RETENTION_SECONDS = 7 * 86400.0
RETENTION_BYTES = 2 * 1024**3
WAITING_BYTES = 20 * 1024**3
"""Of the files of packets that wait: weeks of a worker with hundreds of cameras. Beyond it the cheapest are given up."""
RESERVE_BYTES = 64 * 1024**2
"""Free space below which delivered packets go before their time."""
NO_ROOM, FILE_LOST = "disk_full", "file_lost"
"""Why a packet was given up, as its record says it; what becomes of the second stands in lost.py."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A packet whose files gave way; `bytes` of them. `told`: the case API knows."""

    packet_id: str
    act_id: str
    camera_id: str | None
    value: float
    bytes: int
    given_up_at: float
    told: bool = False


class Room:
    """What may be removed of an outbox, and in which order. Times are Unix seconds.

    Args:
        key: signs the records of what is given up; without one there are none.
    """

    def __init__(self, table: PacketTable, packets: Path, leases: Leases, waiting_bytes: int = WAITING_BYTES, key: SigningKey | None = None) -> None:
        self._table, self._packets, self._leases, self._waiting_bytes, self._key = table, packets, leases, waiting_bytes, key

    def prune(self, now: float, *, keep_seconds: float = RETENTION_SECONDS, keep_bytes: int = RETENTION_BYTES) -> int:
        """Removes the folders of delivered packets that are older than the retention or beyond its bytes, oldest first; the number removed.

        Raises:
            DiskFault: a folder cannot be removed.
        """
        rows = self._table.rows("SELECT packet_id, bytes, settled_at FROM packets WHERE state = 'delivered' AND NOT pruned ORDER BY sequence DESC")
        total, removed = 0, 0
        for packet_id, size, settled_at in rows:
            total += size
            if settled_at is not None and now - settled_at <= keep_seconds and total <= keep_bytes:
                continue
            self._remove_delivered(packet_id)
            removed += 1
        return removed

    def make(self, value: float, now: float) -> bool:
        """Lets one packet give way for another that is worth `value` and found no room; whether there was one.

        Raises:
            DiskFault: a folder cannot be removed.
        """
        return self._remove_oldest_delivered() or self._give_up_cheapest(now, below=value)

    def make_for_receipt(self, packet_id: str) -> bool:
        """Makes room for the receipt of a packet that the case API has: of other delivered ones, else of its own files, for which the API has signed.

        Raises:
            DiskFault: a file cannot be removed.
        """
        return self._remove_oldest_delivered() or self._strip(packet_id, most=1) > 0

    def keep_reserve(self, reserve_bytes: int = RESERVE_BYTES) -> int:
        """Removes delivered packets, the oldest first, while less than the reserve is free; the number removed.

        Raises:
            DiskFault: a folder cannot be removed.
        """
        removed = 0
        while shutil.disk_usage(self._packets).free < reserve_bytes and self._remove_oldest_delivered():
            removed += 1
        return removed

    def _remove_oldest_delivered(self) -> bool:
        for (packet_id,) in self._table.rows("SELECT packet_id FROM packets WHERE state = 'delivered' AND NOT pruned ORDER BY sequence"):
            if (self._packets / packet_id).exists():
                self._remove_delivered(packet_id)
                return True
        return False

    def _remove_delivered(self, packet_id: str) -> None:
        remove_folder(self._packets / packet_id)
        with suppress(DiskFault):  # the room that this made is what the note may need; it is made good at the next pruning
            self._table.change("pruned = 1", packet_id)

    def keep_bound(self, now: float) -> None:
        """Gives up the cheapest while more waits than may.

        Raises:
            DiskFault: a file cannot be removed.
        """
        while self._table.rows("SELECT COALESCE(SUM(bytes), 0) FROM packets WHERE state = 'waiting'")[0][0] > self._waiting_bytes:
            if not self._give_up_cheapest(now):
                return

    def _give_up_cheapest(self, now: float, below: float = math.inf) -> bool:
        with self._table.lock:
            rows = self._table.rows("SELECT packet_id FROM packets WHERE state = 'waiting' AND value < ? ORDER BY value, sequence DESC", below)
            packet_id = next((row[0] for row in rows if not self._leases.holds(row[0], now)), None)
            if packet_id is None:
                return False
            self._give_up(packet_id, now)
        return True

    def _give_up(self, packet_id: str, now: float) -> None:
        """The record first, then the row, then the files; whatever a kill leaves undone, the next opening does.

        Raises:
            DiskFault: not even the room of its largest file was enough for the record.
        """
        if not self._recorded(packet_id):
            self._strip(packet_id, most=1)
            write_record(self._packets / packet_id, self._key, NO_ROOM)
        noted = self._noted(packet_id, now)
        size = self._strip(packet_id)
        if not noted:
            self._note_given_up(packet_id, now)
        rows = self._table.rows("SELECT act_id, camera_id, value FROM packets WHERE packet_id = ?", packet_id)
        act_id, camera_id, value = rows[0]
        log.error(
            "packet %s of act %s (camera %s, value %.2f): given up (%s), %d bytes make room; its manifest stays",
            packet_id, act_id, camera_id, value, NO_ROOM, size,
        )  # fmt: skip

    def _note_given_up(self, packet_id: str, now: float) -> None:
        self._table.change("state = 'given_up', pruned = 1, settled_at = ?, reason = ?", packet_id, now, NO_ROOM)

    def _noted(self, packet_id: str, now: float) -> bool:
        try:
            self._note_given_up(packet_id, now)
        except DiskFault:
            return False
        return True

    def _recorded(self, packet_id: str) -> bool:
        try:
            write_record(self._packets / packet_id, self._key, NO_ROOM)
        except DiskFault:
            return False
        return True

    def clear_up(self) -> None:
        """Finishes what a kill has left of giving up: rows that lack the word, files that lie there still.

        Raises:
            DiskFault: a file cannot be removed.
        """
        rows = self._table.rows("SELECT packet_id, state, reason FROM packets WHERE state IN ('waiting', 'given_up')")
        for packet_id, state, reason in rows:
            folder = self._packets / packet_id
            if FILE_LOST in (reason, reason_of(folder)) or (state == "waiting" and not (folder / GIVEN_UP).exists()):
                continue
            if state == "waiting":
                self._note_given_up(packet_id, time.time())
            with suppress(OSError, ValueError, DiskFault):
                write_record(folder, self._key, NO_ROOM)
            self._strip(packet_id)

    def _strip(self, packet_id: str, most: int | None = None) -> int:
        """Removes files of a packet, the largest first; their bytes."""
        freed = 0
        folder = self._packets / packet_id
        with disk_faults(folder):
            files = [(file.stat().st_size, file) for file in folder.glob("*") if file.name not in PAPERS]
            for size, file in sorted(files, key=lambda one: -one[0])[:most]:
                file.unlink(missing_ok=True)
                freed += size
        return freed

    def given_up(self) -> list[GivenUp]:
        """What gave way, newest first."""
        query = "SELECT packet_id, act_id, camera_id, value, bytes, settled_at, told FROM packets WHERE state = 'given_up' ORDER BY settled_at DESC"
        rows = self._table.rows(query)
        return [GivenUp(packet_id, act_id, camera_id, value, size, at, bool(told)) for packet_id, act_id, camera_id, value, size, at, told in rows]


def write_record(folder: Path, key: SigningKey | None, reason: str, missing: Collection[str] = ()) -> None:
    """Puts the signed record that a packet was given up beside its manifest, where it does not lie there; without a key there is none.

    Raises:
        DiskFault: the disk does not take it, or the manifest cannot be read.
    """
    if key is None or (folder / GIVEN_UP).exists():
        return
    with disk_faults(folder):
        manifest = SignedManifest.model_validate_json((folder / MANIFEST).read_bytes()).manifest
    files, worker = manifest["files"], manifest.get("worker")
    record = signed_given_up(
        key, worker=worker["name"] if isinstance(worker, dict) else "?", packet_id=manifest["packet_id"], manifest_sha256=manifest_sha256(manifest),
        sequence=manifest["chain"]["sequence"], at=datetime.now(UTC), reason=reason, files=len(files), size=sum(file["bytes"] for file in files),
        missing=missing,
    )  # fmt: skip
    put_bytes(folder / GIVEN_UP, (json.dumps(record, ensure_ascii=False) + "\n").encode())


def reason_of(folder: Path) -> str | None:
    """Why a packet was given up, as the record in its folder says it; None where none can be read."""
    try:
        return read_given_up(json.loads((folder / GIVEN_UP).read_bytes()), GIVEN_UP).record.reason
    except (OSError, ValueError, EvidenceError):
        return None
