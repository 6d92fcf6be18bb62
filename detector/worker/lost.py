"""Packets of which something is missing on this worker's own disk: a file that was moved away, a folder that went with a mount.

Whatever may come back is waited for: only failures in which something was missing count, in a row. Then a packet that has its manifest is given up: a signed
record names what is missing, and what is left is set aside, a packet by itself (`set-aside/given-up/ID`); nothing is deleted. One without its manifest cannot
even be recorded: it is lost, holds up nothing, and waits again when its manifest is back.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path

from detector.worker.files import disk_faults, link_or_copy
from detector.worker.packet_table import PacketTable
from detector.worker.room import FILE_LOST, MANIFEST, PAPERS, reason_of, write_record
from detector.worker.standing import Waiting
from evidence.folders import make_folder, sync
from evidence.given_up import GIVEN_UP
from evidence.packet import SignedManifest
from evidence.signing import SigningKey

log = logging.getLogger(__name__)

MOST_MISSING = 8
"""Failures in a row in which something of the packet was missing: five to eleven minutes of the sender's back-off."""
GIVEN_UP_ASIDE = "given-up"
"""In the folder of what was set aside: what is left of packets that lost a file."""


class Lost:
    """What becomes of packets that are not whole any more. Times are Unix seconds.

    Args:
        aside: the folder of what was set aside.
        key: signs the records; without one there are none.
    """

    def __init__(self, table: PacketTable, packets: Path, aside: Path, key: SigningKey | None) -> None:
        self._table, self._packets, self._aside, self._key = table, packets, aside / GIVEN_UP_ASIDE, key

    def settled(self, waiting: Waiting, now: float) -> bool:
        """Looks after a failed delivery whether the packet is whole, and settles one that has stayed without something; whether it did.

        Raises:
            DiskFault: the disk takes no note, no record or no move; nothing is lost by trying again.
        """
        name = waiting.packet_id
        missing = self._missing(name)
        count = waiting.missing + 1 if missing else 0
        if count < MOST_MISSING:
            if count != waiting.missing:
                self._table.change("missing = ?", name, count)
            return False
        if MANIFEST in missing:
            self._table.change("state = 'lost', settled_at = ?, reason = ?", name, now, f"its {MANIFEST} is missing")
            log.error("packet %s: is lost, %s is missing; it waits again when that is back", name, waiting.folder / MANIFEST)
            return True
        write_record(waiting.folder, self._key, FILE_LOST, missing)
        self._table.change("state = 'given_up', pruned = 1, settled_at = ?, reason = ?", name, now, FILE_LOST)
        self._set_aside(name)
        log.error("packet %s: given up, %s missing on this disk; what is left lies in %s", name, ", ".join(missing), self._aside / name)
        return True

    def back(self) -> int:
        """Has lost packets wait again whose manifest is there; their number.

        Raises:
            DiskFault: the disk takes no note.
        """
        rows = self._table.rows("SELECT packet_id FROM packets WHERE state = 'lost'")
        found = [packet_id for (packet_id,) in rows if (self._packets / packet_id / MANIFEST).is_file()]
        for packet_id in found:
            self._table.change("state = 'waiting', settled_at = NULL, next_at = 0, missing = 0, reason = NULL", packet_id)
            log.warning("packet %s: was lost and is back; it waits for the case API", packet_id)
        return len(found)

    def clear_up(self) -> None:
        """Finishes what a kill has left of giving up, also where the table was lost meanwhile; before the room is cleared up.

        Raises:
            DiskFault: the disk takes no note or no move.
        """
        rows = self._table.rows("SELECT packet_id, state, put_at, reason FROM packets WHERE state IN ('waiting', 'given_up')")
        for packet_id, state, at, reason in rows:
            if FILE_LOST not in (reason, reason_of(self._packets / packet_id)):
                continue
            if state == "waiting":
                self._table.change("state = 'given_up', pruned = 1, settled_at = ?, reason = ?", packet_id, at, FILE_LOST)
            self._set_aside(packet_id)

    def _missing(self, packet_id: str) -> Collection[str]:
        """Names of what is not there: the manifest, or files that it names."""
        folder = self._packets / packet_id
        try:
            manifest = SignedManifest.model_validate_json((folder / MANIFEST).read_bytes()).manifest
        except FileNotFoundError:
            return [MANIFEST]
        except (OSError, ValueError):
            return []  # it is there, and cannot be read: another fault, told by its own words
        return [file["name"] for file in manifest["files"] if not (folder / file["name"]).exists()]

    def _set_aside(self, packet_id: str) -> None:
        folder, target = self._packets / packet_id, self._aside / packet_id
        with disk_faults(target):
            left = [file for file in folder.iterdir() if file.name not in PAPERS]
            if not left:
                return
            make_folder(target)
            for name in (MANIFEST, GIVEN_UP):
                if (folder / name).exists() and not (target / name).exists():
                    link_or_copy(folder / name, target / name)
            for file in left:
                file.rename(target / file.name)
            sync(target)
            sync(folder)
