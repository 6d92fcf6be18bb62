"""The outbox: signed packets on disk until the API has given its receipt for them. A full disk, a dead API, `kill -9` or a lost table loses nothing.

`packets/<packet_id>/` holds the evidence, `outbox.sqlite` (WAL, `synchronous=FULL`) says how it fares. A packet's folder is made whole under `incoming/` first;
then one transaction takes the next place in the worker's chain, signs, moves the folder into place and writes the row. A folder without a row is given one when
the outbox is opened (adoption.py); nothing in `packets/` is ever removed because the table does not know it.

Under a backlog the dearest packet goes first (value.py), each camera's in the order of the chain. What gives way on a full disk stands in room.py.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from detector.worker import adoption
from detector.worker.files import DiskFault, disk_faults, link_or_copy, move_aside, put_bytes, remove_folder, sha256_of
from detector.worker.leases import LONGEST_PAUSE_SECONDS, Leases
from detector.worker.lost import Lost
from detector.worker.packet_table import OutboxError, PacketTable
from detector.worker.room import MANIFEST, RECEIPT, RECEIPT_BEFORE, WAITING_BYTES, Room
from detector.worker.signing_anew import sign_anew
from detector.worker.standing import Refusal, Standing, Waiting
from detector.worker.state import is_full
from detector.worker.value import PER_ATTEMPT, PER_DAY, value_of_manifest
from evidence.canonical import manifest_sha256
from evidence.folders import make_folder, sync
from evidence.packet import Chain, EvidenceFile, Receipt, SignedManifest
from evidence.signing import SigningKey

LEASE_SECONDS = 300.0
"""Longer than the slowest delivery; a sender that died gives its packet back after it (or at once, when the outbox is opened again)."""
ASIDE = "set-aside"
"""What lay in the worker's folders and is none of its packets; nothing of it is removed."""
REFUSED_AGAIN_SECONDS = 86400.0
"""What the API refused is tried again so often: whoever mended what was wrong with it need not think of it."""
BLOCKING_ATTEMPTS = 8
"""A packet that has failed so often (five to eleven minutes of the sender's back-off) goes wrong alone and no longer holds up its camera."""


class Outbox:
    """The outbox in a worker's data folder; safe to call from several threads. Times are Unix seconds.

    Args:
        key: of the worker; what is taken up without a row must be signed by it, and it signs what is given up. Without one any signature will do, and none is
            made.
    """

    def __init__(self, data_dir: Path, *, key: SigningKey | None = None, waiting_bytes: int = WAITING_BYTES) -> None:
        self._folder, self._key, self._aside = data_dir, key, data_dir / ASIDE
        self._packets, self._incoming = data_dir / "packets", data_dir / "incoming"
        self._table, self._leases = PacketTable(data_dir / "outbox.sqlite", self._aside), Leases()
        self.room = Room(self._table, self._packets, self._leases, waiting_bytes, key)
        self.lost = Lost(self._table, self._packets, self._aside, key)
        self._undone: Path | None = None
        """A folder whose row the disk did not take, and that could not be taken back."""

    def open(self) -> None:
        """Opens or creates it, takes up what a lost table or a `kill -9` left without a row, and clears drafts.

        Raises:
            DiskFault: the disk has no room for a table, or for rows that are missing in it.
            OutboxError: the file is of a newer version, or the folder cannot be written.
        """
        self._leases.clear()
        self._table.open()
        try:
            for folder in (self._packets, self._incoming):
                make_folder(folder)
        except OSError as error:
            raise OutboxError(f"{self._packets}: cannot be written ({error.strerror}); name another --data-dir") from error
        for draft in self._incoming.iterdir():  # never had a place in the chain; what it was made for is owed still
            remove_folder(draft)
        for draft in self._packets.glob("*/*.draft"):
            draft.unlink(missing_ok=True)
        public_key = None if self._key is None else self._key.public_key
        adoption.adopt(self._table, self._packets, self._aside, public_key)
        adoption.go_on_after_known_ends(self._table, self._folder, public_key)
        if self._key is not None and sign_anew(self._table, self._packets, self._key):
            adoption.keep_end(self._folder, *(self.last_place() or (0, "")))
        self.lost.clear_up()
        self.lost.back()
        self.room.clear_up()

    def close(self) -> None:
        """Closes it; it can be opened again."""
        self._table.close()

    def last_place(self) -> tuple[int, str] | None:
        """Number and SHA-256 of the last manifest of the chain; None of an empty one."""
        return adoption.last_place(self._table)

    def go_on_after(self, sequence: int, sha256: str, who: str) -> bool:
        """Has the chain go on after a place that `who` knows of and that is not here; whether it had to.

        Raises:
            DiskFault: the disk does not take it.
        """
        return adoption.go_on_after(self._table, sequence, sha256, who)

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
                sequence, sha256, put_at = self._put(draft, packet_id, build, size, now)
        finally:
            remove_folder(draft)
        with suppress(DiskFault):  # the table knows it
            adoption.keep_end(self._folder, sequence, sha256)
        self.room.keep_bound(put_at)
        return True

    def _put(self, draft: Path, packet_id: str, build: Callable[[Chain], SignedManifest], size: int, now: float | None) -> tuple[int, str, float]:
        """Signs, moves into place and writes the row; the packet's place, its manifest's hash and when it was put."""
        self._take_back()
        try:
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
        except BaseException:
            with suppress(DiskFault):
                self._take_back()
            raise
        self._undone = None
        return chain.sequence, sha256, put_at

    def next_due(self, now: float, lease_seconds: float = LEASE_SECONDS) -> Waiting | None:
        """Leases the dearest packet that is due, or None; waiting makes dearer, failing cheaper.

        A camera's packets go in the order of the chain: the API joins acts at one place, and must know that one has ended before it hears of the
        next. So the first of a camera is worth as much as the dearest that waits behind it. One that goes wrong alone for long (`BLOCKING_ATTEMPTS`)
        holds up only its own act.
        """
        with self._table.lock:
            rows = self._table.rows(
                """SELECT packet_id, manifest_sha256, attempts, missing FROM packets AS one
                WHERE state = 'waiting' AND (next_at <= :now OR next_at > :now + :longest) AND packet_id NOT IN (SELECT value FROM json_each(:held))
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
                now=now, held=json.dumps(self._leases.held(now)), longest=LONGEST_PAUSE_SECONDS, blocking=BLOCKING_ATTEMPTS,
                per_day=PER_DAY, per_attempt=PER_ATTEMPT,
            )  # fmt: skip
            if not rows:
                return None
            packet_id, sha256, attempts, missing = rows[0]
            self._leases.take(packet_id, now + lease_seconds)
        return Waiting(packet_id, self._packets / packet_id, sha256, attempts, missing)

    def release(self, packet_id: str, next_at: float = 0.0) -> None:
        """Gives a leased packet back without counting an attempt: the line is broken, not the packet."""
        with self._table.lock:
            self._leases.take(packet_id, next_at)

    def postpone(self, packet_id: str, next_at: float, reason: str) -> None:
        """Notes a failed delivery and when to try again; where the disk takes no note, it rests until then all the same."""
        self.release(packet_id, next_at)
        with suppress(DiskFault):
            self._table.change("attempts = attempts + 1, next_at = ?, reason = ?", packet_id, next_at, reason)

    def delivered(self, packet_id: str, receipt: Receipt, now: float) -> None:
        """Keeps the receipt beside the packet and strikes it from what waits; a full disk makes room for it.

        Raises:
            DiskFault: the disk takes nothing although nothing is left that could give way.
        """
        while True:
            try:
                return self._note_receipt(packet_id, receipt, now)
            except DiskFault as error:
                if not is_full(error) or not self.room.make_for_receipt(packet_id):
                    raise

    def _note_receipt(self, packet_id: str, receipt: Receipt, now: float) -> None:
        path, data = self._packets / packet_id / RECEIPT, receipt.model_dump_json(indent=1).encode()
        with disk_faults(path):
            before = path.read_bytes() if path.exists() else data
        if before != data:  # of a log that the API has lost since
            put_bytes(path.with_name(RECEIPT_BEFORE), before)
        put_bytes(path, data)
        self._table.change("state = 'delivered', settled_at = ?, reason = NULL, log_index = ?", packet_id, now, receipt.log_index)
        self._leases.drop(packet_id)

    def refused(self, packet_id: str, reason: str, now: float) -> None:
        """Notes that the API will not take it; it is kept, and tried again after a day or when somebody asks."""
        self._table.change("state = 'refused', settled_at = ?, reason = ?", packet_id, now, reason)
        self._leases.drop(packet_id)

    def try_again(self, packet_id: str) -> None:
        """Puts a packet back to what waits, after a person has mended what was wrong, or where the API no longer has it."""
        self._table.change("state = 'waiting', settled_at = NULL, next_at = 0", packet_id)

    def try_refused_again(self, now: float, after_seconds: float = REFUSED_AGAIN_SECONDS) -> int:
        """Puts back what was refused so long ago; the number. It holds up nothing but its own act."""
        rows = self._table.rows("SELECT packet_id, settled_at FROM packets WHERE state = 'refused'")
        due = [packet_id for packet_id, settled_at in rows if abs(now - (settled_at or 0.0)) >= after_seconds]
        for packet_id in due:
            self._table.change("state = 'waiting', settled_at = NULL, next_at = 0, attempts = MAX(attempts, ?)", packet_id, BLOCKING_ATTEMPTS)
        return len(due)

    def knows_restore(self, number: int) -> bool:
        """Whether what the API lost by this restore waits again already."""
        return bool(self._table.rows("SELECT 1 FROM restores WHERE log_index = ?", number))

    def bring_again(self, former_index: int, log_index: int, number: int) -> tuple[int, int]:
        """Has what was delivered after a place of the API's log wait again: what that log holds after it is another one's now. A packet that the API has after
        all is answered with the receipt that it had.

        Args:
            log_index: where the log goes on; what has a receipt from before it is lost for certain.
            number: by which the restore is known from now on.

        Returns:
            how many packets wait again, and how many that are lost for certain are not here any more.

        Raises:
            DiskFault: the disk takes no note, and nothing has changed.
        """
        with self._table.lock, self._table.transaction() as db:
            lost = "SELECT COUNT(*) FROM packets WHERE state = 'delivered' AND log_index > ? AND log_index < ? AND pruned"
            gone = db.execute(lost, (former_index, log_index)).fetchone()[0]
            again = "UPDATE packets SET state = 'waiting', settled_at = NULL, next_at = 0, log_index = NULL"
            here = db.execute(f"{again} WHERE state = 'delivered' AND log_index > ? AND NOT pruned", (former_index,))
            db.execute("UPDATE packets SET told = 0 WHERE state = 'given_up'")
            db.execute("INSERT OR IGNORE INTO restores (log_index) VALUES (?)", (number,))
        return here.rowcount, gone

    def untold(self) -> list[str]:
        """What was given up and the API does not know of, oldest first."""
        return [row[0] for row in self._table.rows("SELECT packet_id FROM packets WHERE state = 'given_up' AND NOT told ORDER BY sequence")]

    def folder(self, packet_id: str) -> Path:
        """Where a packet's papers and files lie."""
        return self._packets / packet_id

    def told(self, packet_ids: Iterable[str], *, knows: bool = True) -> None:
        """Notes that the API knows of what was given up."""
        for packet_id in packet_ids:
            self._table.change("told = ?", packet_id, int(knows))

    def refusals(self) -> list[Refusal]:
        """What the API has refused, newest first."""
        return [Refusal(*row) for row in self._table.rows("SELECT packet_id, reason, settled_at FROM packets WHERE state = 'refused' ORDER BY settled_at DESC")]

    def standing(self, now: float) -> Standing:
        """Counts, the age of the oldest waiting packet, and bytes held."""
        counts = dict(self._table.rows("SELECT state, COUNT(*) FROM packets GROUP BY state"))
        oldest, held = self._table.rows("SELECT MIN(put_at) FILTER (WHERE state = 'waiting'), SUM(bytes) FILTER (WHERE NOT pruned) FROM packets")[0]
        age = 0.0 if oldest is None else max(0.0, now - oldest)
        waiting, delivered, refused, given_up, lost = (counts.get(state, 0) for state in ("waiting", "delivered", "refused", "given_up", "lost"))
        return Standing(waiting, delivered, refused, age, held or 0, given_up, lost)

    def gauges(self) -> dict[str, float]:
        """The standing as the worker's metrics show it."""
        standing = self.standing(time.time())
        return {
            "outbox_waiting": float(standing.waiting),
            "outbox_delivered": float(standing.delivered),
            "outbox_refused": float(standing.refused),
            "outbox_given_up": float(standing.given_up),
            "outbox_lost": float(standing.lost),
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
        if target.exists():
            move_aside(target, self._aside)
        with disk_faults(target):
            draft.rename(target)
            self._undone = target
            sync(self._packets)

    def _take_back(self) -> None:
        """Removes a folder whose row was not written: its place in the chain goes to another packet, and what it was made for is owed still."""
        if self._undone is not None:
            remove_folder(self._undone)
            with disk_faults(self._packets):
                sync(self._packets)
            self._undone = None


def _check(signed: SignedManifest, packet_id: str, chain: Chain) -> None:
    if signed.manifest["packet_id"] != packet_id or signed.manifest["chain"] != chain.model_dump(mode="json"):
        raise OutboxError(f"packet {packet_id}: the manifest that was signed names another packet or another place in the chain")


def _camera_of(signed: SignedManifest) -> str | None:
    camera = signed.manifest.get("camera")
    return str(camera["id"]) if isinstance(camera, dict) and "id" in camera else None
