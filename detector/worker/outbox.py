"""The outbox: signed packets on disk until the API has given its receipt for them. A full disk, a dead API or `kill -9` loses nothing.

`outbox.sqlite` (WAL, `synchronous=FULL`) says what is there, `packets/<packet_id>/` holds the files. A packet's folder is made whole under `incoming/` first;
then one transaction takes the next place in the worker's chain, signs, moves the folder into place and writes the row. A folder without a row was
never sent, and is built anew; a row without its folder cannot be.

Under a backlog the dearest packet goes first (value.py), each camera's in the order of the chain. When room is short, this gives way, in this order:
delivered packets, the oldest first; then the files of the cheapest packet that waits, if it is worth less than what needs the room. Such a packet is
given up: counted, logged by act and camera, and its manifest stays, so that the chain stays whole. What finds no room even so stays owed in the state.
"""

from __future__ import annotations

import json
import logging
import math
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.errors import DetectorError
from detector.worker.files import DiskFault, disk_faults, link_or_copy, make_folder, put_bytes, remove_folder, sha256_of, sync
from detector.worker.outbox_tables import VERSION, bring_up_to_date
from detector.worker.value import PER_ATTEMPT, PER_DAY, value_of_manifest
from evidence.canonical import manifest_sha256
from evidence.packet import Chain, EvidenceFile, Receipt, SignedManifest

log = logging.getLogger(__name__)

MANIFEST = "manifest.json"
LEASE_SECONDS = 300.0
"""Longer than the slowest delivery; a sender that died gives its packet back after it (or at once, when the outbox is opened again)."""
BLOCKING_ATTEMPTS = 8
"""A packet that has failed so often (five to eleven minutes of the sender's back-off) goes wrong alone and no longer holds up its camera."""
LONGEST_PAUSE_SECONDS = 3600.0
"""A next attempt further away than this comes of a wall clock that was stepped, and is due."""
RETENTION_SECONDS = 7 * 86400.0
RETENTION_BYTES = 2 * 1024**3
WAITING_BYTES = 20 * 1024**3
"""Of the files of packets that wait: weeks of a worker with hundreds of cameras. Beyond it the cheapest are given up."""
RESERVE_BYTES = 64 * 1024**2
"""Free space below which delivered packets go before their time."""


class OutboxError(DetectorError):
    """The outbox cannot be used, or a packet is not what it says."""


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


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A packet whose files gave way; `bytes` of them."""

    packet_id: str
    act_id: str
    camera_id: str | None
    value: float
    bytes: int
    given_up_at: float


class Outbox:
    """The outbox in a worker's data folder; safe to call from several threads. Times are Unix seconds."""

    def __init__(self, data_dir: Path, *, waiting_bytes: int = WAITING_BYTES) -> None:
        self._waiting_bytes = waiting_bytes
        self._path = data_dir / "outbox.sqlite"
        self._packets = data_dir / "packets"
        self._incoming = data_dir / "incoming"
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None

    def open(self) -> None:
        """Opens or creates it and clears what a `kill -9` left half.

        Raises:
            OutboxError: the file is no outbox, is of a newer version, or the folder cannot be written.
        """
        try:
            for folder in (self._packets, self._incoming):
                make_folder(folder)
            db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=10)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                db.close()
                raise OutboxError(f"{self._path}: written by a newer curbwatch (outbox version {version}); update this one or name another --data-dir")
            bring_up_to_date(db)
            sync(self._path.parent)  # the names of the database and its log
        except (sqlite3.Error, OSError) as error:
            raise OutboxError(f"{self._path}: not usable as an outbox ({error}); name another --data-dir") from error
        self._db = db
        self._clear_strays()

    def close(self) -> None:
        """Closes it; it can be opened again."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def last_place(self) -> tuple[int, str] | None:
        """Number and SHA-256 of the last manifest of the chain; None of an empty one."""
        rows = self._rows("SELECT sequence, manifest_sha256 FROM packets ORDER BY sequence DESC LIMIT 1")
        return (rows[0][0], rows[0][1]) if rows else None

    def holds(self, packet_id: str) -> bool:
        """Whether the packet was ever put."""
        return bool(self._rows("SELECT 1 FROM packets WHERE packet_id = ?", packet_id))

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
            with self._lock:
                if self.holds(packet_id):
                    return False
                with self._transaction() as db:
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
        self._keep_bound(put_at)
        return True

    def next_due(self, now: float, lease_seconds: float = LEASE_SECONDS) -> Waiting | None:
        """Leases the dearest packet that is due, or None; waiting makes dearer, failing cheaper.

        A camera's packets go in the order of the chain: the API joins acts at one place, and must know that one has ended before it hears of the
        next. So the first of a camera is worth as much as the dearest that waits behind it. One that goes wrong alone for long (`BLOCKING_ATTEMPTS`)
        holds up only its own act.
        """
        with self._lock, self._transaction() as db:
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
        self._change("leased_until = 0, next_at = ?", packet_id, next_at)

    def postpone(self, packet_id: str, next_at: float, reason: str) -> None:
        """Notes a failed delivery and when to try again."""
        self._change("leased_until = 0, attempts = attempts + 1, next_at = ?, reason = ?", packet_id, next_at, reason)

    def delivered(self, packet_id: str, receipt: Receipt, now: float) -> None:
        """Keeps the receipt beside the packet and strikes it from what waits."""
        put_bytes(self._packets / packet_id / "receipt.json", receipt.model_dump_json(indent=1).encode())
        self._change("state = 'delivered', leased_until = 0, settled_at = ?, reason = NULL", packet_id, now)

    def refused(self, packet_id: str, reason: str, now: float) -> None:
        """Notes that the API will not take it; it is kept and not tried again by itself."""
        self._change("state = 'refused', leased_until = 0, settled_at = ?, reason = ?", packet_id, now, reason)

    def try_again(self, packet_id: str) -> None:
        """Puts a refused packet back to what waits, after a person has mended what was wrong."""
        self._change("state = 'waiting', settled_at = NULL, next_at = 0", packet_id)

    def refusals(self) -> list[Refusal]:
        """What the API has refused, newest first."""
        return [Refusal(*row) for row in self._rows("SELECT packet_id, reason, settled_at FROM packets WHERE state = 'refused' ORDER BY settled_at DESC")]

    def standing(self, now: float) -> Standing:
        """Counts, the age of the oldest waiting packet, and bytes held."""
        counts = dict(self._rows("SELECT state, COUNT(*) FROM packets GROUP BY state"))
        oldest, held = self._rows("SELECT MIN(put_at) FILTER (WHERE state = 'waiting'), SUM(bytes) FILTER (WHERE NOT pruned) FROM packets")[0]
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

    def prune(self, now: float, *, keep_seconds: float = RETENTION_SECONDS, keep_bytes: int = RETENTION_BYTES) -> int:
        """Removes the folders of delivered packets that are older than the retention or beyond its bytes, oldest first; the number removed.

        Raises:
            DiskFault: a folder cannot be removed.
        """
        rows = self._rows("SELECT packet_id, bytes, settled_at FROM packets WHERE state = 'delivered' AND NOT pruned ORDER BY sequence DESC")
        total, removed = 0, 0
        for packet_id, size, settled_at in rows:
            total += size
            if settled_at is not None and now - settled_at <= keep_seconds and total <= keep_bytes:
                continue
            self._remove_delivered(packet_id)
            removed += 1
        return removed

    def make_room(self, value: float, now: float) -> bool:
        """Lets one packet give way for another that is worth `value` and found no room; whether there was one.

        Raises:
            DiskFault: a folder cannot be removed.
        """
        delivered = self._rows("SELECT packet_id FROM packets WHERE state = 'delivered' AND NOT pruned ORDER BY sequence LIMIT 1")
        if delivered:
            self._remove_delivered(delivered[0][0])
            return True
        return self._give_up_cheapest(now, below=value)

    def keep_reserve(self, now: float, reserve_bytes: int = RESERVE_BYTES) -> int:
        """Removes delivered packets, the oldest first, while less than the reserve is free; the number removed.

        Raises:
            DiskFault: a folder cannot be removed.
        """
        removed = 0
        while shutil.disk_usage(self._packets).free < reserve_bytes:
            delivered = self._rows("SELECT packet_id FROM packets WHERE state = 'delivered' AND NOT pruned ORDER BY sequence LIMIT 1")
            if not delivered:
                break
            self._remove_delivered(delivered[0][0])
            removed += 1
        return removed

    def _remove_delivered(self, packet_id: str) -> None:
        remove_folder(self._packets / packet_id)
        self._change("pruned = 1", packet_id)

    def _keep_bound(self, now: float) -> None:
        """Gives up the cheapest while more waits than may."""
        while self._rows("SELECT COALESCE(SUM(bytes), 0) FROM packets WHERE state = 'waiting'")[0][0] > self._waiting_bytes:
            if not self._give_up_cheapest(now):
                return

    def _give_up_cheapest(self, now: float, below: float = math.inf) -> bool:
        with self._lock:
            rows = self._rows(
                """SELECT packet_id, act_id, camera_id, value, bytes FROM packets WHERE state = 'waiting' AND value < ? AND leased_until <= ?
                ORDER BY value, sequence DESC LIMIT 1""",
                below, now,
            )  # fmt: skip
            if not rows:
                return False
            packet_id, act_id, camera_id, value, size = rows[0]
            self._change("state = 'given_up', pruned = 1, settled_at = ?, reason = 'no room on the disk'", packet_id, now)
        for file in (self._packets / packet_id).iterdir():  # after the row: a kill between them leaves files that the next opening removes
            if file.name != MANIFEST:
                with disk_faults(file):
                    file.unlink()
        log.error("packet %s of act %s (camera %s, value %.2f): given up, %d bytes make room; its manifest stays", packet_id, act_id, camera_id, value, size)
        return True

    def given_up(self) -> list[GivenUp]:
        """What gave way, newest first."""
        query = "SELECT packet_id, act_id, camera_id, value, bytes, settled_at FROM packets WHERE state = 'given_up' ORDER BY settled_at DESC"
        return [GivenUp(*row) for row in self._rows(query)]

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
        known = {row[0] for row in self._rows("SELECT packet_id FROM packets WHERE NOT pruned OR state = 'given_up'")}
        for folder in (*self._incoming.iterdir(), *self._packets.iterdir()):
            if folder.is_dir() and (folder.parent == self._incoming or folder.name not in known):
                remove_folder(folder)
        for draft in self._packets.glob("*/*.draft"):
            draft.unlink(missing_ok=True)
        for (packet_id,) in self._rows("SELECT packet_id FROM packets WHERE state = 'given_up'"):
            for file in (self._packets / packet_id).glob("*"):
                if file.name != MANIFEST:
                    file.unlink(missing_ok=True)

    def _change(self, what: str, packet_id: str, *values: Any) -> None:
        with self._lock, self._transaction() as db:
            db.execute(f"UPDATE packets SET {what} WHERE packet_id = ?", (*values, packet_id))

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._opened().execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = self._opened()
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise DiskFault(f"{self._path}: the outbox cannot be written ({error}); free space there, or name another --data-dir") from error

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            raise OutboxError(f"{self._path}: the outbox is not open")
        return self._db


def _check(signed: SignedManifest, packet_id: str, chain: Chain) -> None:
    if signed.manifest["packet_id"] != packet_id or signed.manifest["chain"] != chain.model_dump(mode="json"):
        raise OutboxError(f"packet {packet_id}: the manifest that was signed names another packet or another place in the chain")


def _camera_of(signed: SignedManifest) -> str | None:
    camera = signed.manifest.get("camera")
    return str(camera["id"]) if isinstance(camera, dict) and "id" in camera else None
