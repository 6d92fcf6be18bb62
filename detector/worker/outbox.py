"""The outbox: signed packets on disk until the API has given its receipt for them. A full disk, a dead API or `kill -9` loses nothing.

`outbox.sqlite` (WAL, `synchronous=FULL`) says what is there, `packets/<packet_id>/` holds the files. A packet's folder is made whole under `incoming/` first;
then one transaction takes the next place in the worker's chain, signs, moves the folder into place and writes the row. A folder without a row was
never sent, and is built anew; a row without its folder cannot be.

Under a backlog the dearest packet goes first (value.py), each camera's in the order of the chain. What gives way on a full disk stands in room.py.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.worker.files import disk_faults, link_or_copy, make_folder, put_bytes, remove_folder, sha256_of, sync
from detector.worker.packet_table import OutboxError, PacketTable
from detector.worker.room import MANIFEST, WAITING_BYTES, Room
from detector.worker.value import PER_ATTEMPT, PER_DAY, value_of_manifest
from evidence.canonical import manifest_sha256
from evidence.packet import Chain, EvidenceFile, Receipt, SignedManifest

LEASE_SECONDS = 300.0
"""Longer than the slowest delivery; a sender that died gives its packet back after it (or at once, when the outbox is opened again)."""
BLOCKING_ATTEMPTS = 8
"""A packet that has failed so often (five to eleven minutes of the sender's back-off) goes wrong alone and no longer holds up its camera."""
LONGEST_PAUSE_SECONDS = 3600.0
"""A next attempt further away than this comes of a wall clock that was stepped, and is due."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A packet that is due.

    Attributes:
        folder: holds `manifest.json` and the files by their names.
        attempts: how often its delivery has failed.
    """

    packet_id: str
    folder: Path
    manifest_sha256: str
    attempts: int

    def signed(self) -> SignedManifest:
        """What is posted."""
        return SignedManifest.model_validate_json((self.folder / MANIFEST).read_bytes())


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts for metrics and status.

    Attributes:
        oldest_seconds: since the oldest waiting packet was put; 0 where none waits.
        bytes: of all files that are there.
        given_up: packets whose files gave way on a full disk.
    """

    waiting: int
    delivered: int
    refused: int
    oldest_seconds: float
    bytes: int
    given_up: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A packet that the API will not take, kept for a person to look at."""

    packet_id: str
    reason: str
    refused_at: float


class Outbox:
    """The outbox in a worker's data folder; safe to call from several threads. Times are Unix seconds."""

    def __init__(self, data_dir: Path, *, waiting_bytes: int = WAITING_BYTES) -> None:
        self._table = PacketTable(data_dir / "outbox.sqlite")
        self._packets = data_dir / "packets"
        self._incoming = data_dir / "incoming"
        self.room = Room(self._table, self._packets, waiting_bytes)

    def open(self) -> None:
        """Opens or creates it and clears what a `kill -9` left half.

        Raises:
            OutboxError: the file is no outbox, is of a newer version, or the folder cannot be written.
        """
        self._table.open()
        try:
            for folder in (self._packets, self._incoming):
                make_folder(folder)
        except OSError as error:
            raise OutboxError(f"{self._packets}: cannot be written ({error.strerror}); name another --data-dir") from error
        self._clear_strays()

    def close(self) -> None:
        """Closes it; it can be opened again."""
        self._table.close()

    def last_place(self) -> tuple[int, str] | None:
        """Number and SHA-256 of the last manifest of the chain; None of an empty one."""
        rows = self._table.rows("SELECT sequence, manifest_sha256 FROM packets ORDER BY sequence DESC LIMIT 1")
        return (rows[0][0], rows[0][1]) if rows else None

    def holds(self, packet_id: str) -> bool:
        """Whether the packet was ever put."""
        return bool(self._table.rows("SELECT 1 FROM packets WHERE packet_id = ?", packet_id))

    def put(self, packet_id: str, build: Callable[[Chain], SignedManifest], files: Sequence[tuple[EvidenceFile, Path]], now: float | None = None) -> bool:
        """Takes a packet in: the files by hard link or copy, the manifest as `build` signs it for its place in the chain.

        A file may be removed or replaced afterwards, but never be rewritten in place.

        Returns:
            whether it is new; a packet that was put before stays as it is, and the chain too.

        Raises:
            DiskFault: the disk does not take it; nothing is left of it and the chain has not moved.
            OutboxError: a file is not what its entry says.
        """
        if self.holds(packet_id):
            return False
        draft = self._incoming / packet_id
        try:
            remove_folder(draft)
            size = self._gather(draft, files)
            with self._table.lock:
                if self.holds(packet_id):
                    return False
                with self._table.transaction() as db:
                    chain = self._next_place()
                    signed = build(chain)
                    _check(signed, packet_id, chain)
                    put_bytes(draft / MANIFEST, json.dumps(signed.model_dump(mode="json"), ensure_ascii=False, indent=1).encode())
                    self._move_in(draft, packet_id)
                    put_at = time.time() if now is None else now
                    act_id, camera_id, sha256 = str(signed.manifest["act_id"]), _camera_of(signed), manifest_sha256(signed.manifest)
                    db.execute(
                        "INSERT INTO packets (sequence, packet_id, act_id, camera_id, manifest_sha256, bytes, put_at, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        (chain.sequence, packet_id, act_id, camera_id, sha256, size, put_at, value_of_manifest(signed.manifest)),
                    )
        finally:
            remove_folder(draft)
        self.room.keep_bound(put_at)
        return True

    def next_due(self, now: float, lease_seconds: float = LEASE_SECONDS) -> Waiting | None:
        """Leases the dearest packet that is due, or None; waiting makes dearer, failing cheaper.

        A camera's packets go in the order of the chain: the API joins acts at one place, and must know that one has ended before it hears of the
        next. So the first of a camera is worth as much as the dearest that waits behind it. One that goes wrong alone for long (`BLOCKING_ATTEMPTS`)
        holds up only its own act.
        """
        with self._table.lock, self._table.transaction() as db:
            row = db.execute(
                """SELECT sequence, packet_id, manifest_sha256, attempts FROM packets AS one
                WHERE state = 'waiting' AND leased_until <= :now AND (next_at <= :now OR next_at > :now + :longest)
                AND NOT EXISTS (
                    SELECT 1 FROM packets AS earlier WHERE earlier.act_id = one.act_id AND earlier.state = 'waiting' AND earlier.sequence < one.sequence
                )
                AND NOT EXISTS (
                    SELECT 1 FROM packets AS earlier WHERE earlier.camera_id = one.camera_id AND earlier.state = 'waiting' AND earlier.sequence < one.sequence
                    AND earlier.attempts < :blocking AND NOT EXISTS (
                        SELECT 1 FROM packets AS stuck WHERE stuck.act_id = earlier.act_id AND stuck.state = 'waiting'
                        AND stuck.sequence < earlier.sequence AND stuck.attempts >= :blocking
                    )
                )
                ORDER BY MAX(value, COALESCE(
                    (SELECT MAX(value) FROM packets AS behind WHERE behind.camera_id = one.camera_id AND behind.state = 'waiting'), value
                )) - put_at / 86400.0 * :per_day - attempts * :per_attempt DESC, next_at, sequence LIMIT 1""",
                {"now": now, "longest": LONGEST_PAUSE_SECONDS, "blocking": BLOCKING_ATTEMPTS, "per_day": PER_DAY, "per_attempt": PER_ATTEMPT},
            ).fetchone()
            if row is None:
                return None
            db.execute("UPDATE packets SET leased_until = ? WHERE sequence = ?", (now + lease_seconds, row[0]))
        return Waiting(row[1], self._packets / row[1], row[2], row[3])

    def release(self, packet_id: str, next_at: float = 0.0) -> None:
        """Gives a leased packet back without counting an attempt: the line is broken, not the packet."""
        self._table.change("leased_until = 0, next_at = ?", packet_id, next_at)

    def postpone(self, packet_id: str, next_at: float, reason: str) -> None:
        """Notes a failed delivery and when to try again."""
        self._table.change("leased_until = 0, attempts = attempts + 1, next_at = ?, reason = ?", packet_id, next_at, reason)

    def delivered(self, packet_id: str, receipt: Receipt, now: float) -> None:
        """Keeps the receipt beside the packet and strikes it from what waits."""
        put_bytes(self._packets / packet_id / "receipt.json", receipt.model_dump_json(indent=1).encode())
        self._table.change("state = 'delivered', leased_until = 0, settled_at = ?, reason = NULL", packet_id, now)

    def refused(self, packet_id: str, reason: str, now: float) -> None:
        """Notes that the API will not take it; it is kept and not tried again by itself."""
        self._table.change("state = 'refused', leased_until = 0, settled_at = ?, reason = ?", packet_id, now, reason)

    def try_again(self, packet_id: str) -> None:
        """Puts a refused packet back to what waits, after a person has mended what was wrong."""
        self._table.change("state = 'waiting', settled_at = NULL, next_at = 0", packet_id)

    def refusals(self) -> list[Refusal]:
        """What the API has refused, newest first."""
        return [Refusal(*row) for row in self._table.rows("SELECT packet_id, reason, settled_at FROM packets WHERE state = 'refused' ORDER BY settled_at DESC")]

    def standing(self, now: float) -> Standing:
        """Counts, the age of the oldest waiting packet, and bytes held."""
        counts = dict(self._table.rows("SELECT state, COUNT(*) FROM packets GROUP BY state"))
        oldest, held = self._table.rows("SELECT MIN(put_at) FILTER (WHERE state = 'waiting'), SUM(bytes) FILTER (WHERE NOT pruned) FROM packets")[0]
        age = 0.0 if oldest is None else max(0.0, now - oldest)
        return Standing(counts.get("waiting", 0), counts.get("delivered", 0), counts.get("refused", 0), age, held or 0, counts.get("given_up", 0))

    def gauges(self) -> dict[str, float]:
        """The standing as the worker's metrics show it."""
        standing = self.standing(time.time())
        return {
            "outbox_waiting": float(standing.waiting),
            "outbox_delivered": float(standing.delivered),
            "outbox_refused": float(standing.refused),
            "outbox_given_up": float(standing.given_up),
            "outbox_oldest_seconds": standing.oldest_seconds,
            "outbox_bytes": float(standing.bytes),
        }

    def _gather(self, draft: Path, files: Sequence[tuple[EvidenceFile, Path]]) -> int:
        with disk_faults(draft):
            draft.mkdir(parents=True)
            for file, source in files:
                link_or_copy(source, draft / file.name)
                if sha256_of(draft / file.name) != file.sha256:
                    raise OutboxError(f"{source}: is not what the manifest says of {file.name} (its hash differs)")
                sync(draft / file.name)
            sync(draft)
        return sum(file.bytes for file, _ in files)

    def _next_place(self) -> Chain:
        last = self.last_place()
        return Chain(sequence=1, previous_sha256=None) if last is None else Chain(sequence=last[0] + 1, previous_sha256=last[1])

    def _move_in(self, draft: Path, packet_id: str) -> None:
        target = self._packets / packet_id
        remove_folder(target)  # of a transaction that a kill -9 cut off: never sent
        with disk_faults(target):
            draft.rename(target)
            sync(self._packets)

    def _clear_strays(self) -> None:
        known = {row[0] for row in self._table.rows("SELECT packet_id FROM packets WHERE NOT pruned OR state = 'given_up'")}
        for folder in (*self._incoming.iterdir(), *self._packets.iterdir()):
            if folder.is_dir() and (folder.parent == self._incoming or folder.name not in known):
                remove_folder(folder)
        for draft in self._packets.glob("*/*.draft"):
            draft.unlink(missing_ok=True)
        self.room.clear_up()


def _check(signed: SignedManifest, packet_id: str, chain: Chain) -> None:
    if signed.manifest["packet_id"] != packet_id or signed.manifest["chain"] != chain.model_dump(mode="json"):
        raise OutboxError(f"packet {packet_id}: the manifest that was signed names another packet or another place in the chain")


def _camera_of(signed: SignedManifest) -> str | None:
    camera = signed.manifest.get("camera")
    return str(camera["id"]) if isinstance(camera, dict) and "id" in camera else None
