"""Room for evidence: what gives way when the disk fills, stated once.

Looking goes on whatever happens. When room is short, this gives way, in this order: delivered packets, the oldest first, whatever their retention; then
the files of the cheapest packet that waits (value.py), if it is worth less than what needs the room. Such a packet is given up: counted, logged by act and
camera, and its manifest stays, so that the chain stays whole. What finds no room even so stays owed in the worker's state, and is tried again.
"""

from __future__ import annotations

import logging
import math
import shutil
from dataclasses import dataclass
from pathlib import Path

from detector.worker.files import disk_faults, remove_folder
from detector.worker.packet_table import PacketTable

log = logging.getLogger(__name__)

MANIFEST = "manifest.json"
RETENTION_SECONDS = 7 * 86400.0
RETENTION_BYTES = 2 * 1024**3
WAITING_BYTES = 20 * 1024**3
"""Of the files of packets that wait: weeks of a worker with hundreds of cameras. Beyond it the cheapest are given up."""
RESERVE_BYTES = 64 * 1024**2
"""Free space below which delivered packets go before their time."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A packet whose files gave way; `bytes` of them."""

    packet_id: str
    act_id: str
    camera_id: str | None
    value: float
    bytes: int
    given_up_at: float


class Room:
    """What may be removed of an outbox, and in which order. Times are Unix seconds."""

    def __init__(self, table: PacketTable, packets: Path, waiting_bytes: int = WAITING_BYTES) -> None:
        self._table, self._packets, self._waiting_bytes = table, packets, waiting_bytes

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
        delivered = self._table.rows("SELECT packet_id FROM packets WHERE state = 'delivered' AND NOT pruned ORDER BY sequence LIMIT 1")
        if delivered:
            self._remove_delivered(delivered[0][0])
            return True
        return self._give_up_cheapest(now, below=value)

    def keep_reserve(self, reserve_bytes: int = RESERVE_BYTES) -> int:
        """Removes delivered packets, the oldest first, while less than the reserve is free; the number removed.

        Raises:
            DiskFault: a folder cannot be removed.
        """
        removed = 0
        while shutil.disk_usage(self._packets).free < reserve_bytes:
            delivered = self._table.rows("SELECT packet_id FROM packets WHERE state = 'delivered' AND NOT pruned ORDER BY sequence LIMIT 1")
            if not delivered:
                break
            self._remove_delivered(delivered[0][0])
            removed += 1
        return removed

    def _remove_delivered(self, packet_id: str) -> None:
        remove_folder(self._packets / packet_id)
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
            rows = self._table.rows(
                """SELECT packet_id, act_id, camera_id, value, bytes FROM packets WHERE state = 'waiting' AND value < ? AND leased_until <= ?
                ORDER BY value, sequence DESC LIMIT 1""",
                below, now,
            )  # fmt: skip
            if not rows:
                return False
            packet_id, act_id, camera_id, value, size = rows[0]
            self._table.change("state = 'given_up', pruned = 1, settled_at = ?, reason = 'no room on the disk'", packet_id, now)
        self._strip(packet_id)  # after the row: a kill between them leaves files that the next opening removes
        log.error("packet %s of act %s (camera %s, value %.2f): given up, %d bytes make room; its manifest stays", packet_id, act_id, camera_id, value, size)
        return True

    def clear_up(self) -> None:
        """Removes what a kill has left of packets that were given up."""
        for one in self.given_up():
            self._strip(one.packet_id)

    def _strip(self, packet_id: str) -> None:
        for file in (self._packets / packet_id).glob("*"):
            if file.name != MANIFEST:
                with disk_faults(file):
                    file.unlink(missing_ok=True)

    def given_up(self) -> list[GivenUp]:
        """What gave way, newest first."""
        query = "SELECT packet_id, act_id, camera_id, value, bytes, settled_at FROM packets WHERE state = 'given_up' ORDER BY settled_at DESC"
        return [GivenUp(*row) for row in self._table.rows(query)]
