"""What the packets' folders, the kept end of the chain and its heads know beyond the outbox's table: taken up, never removed.

A table may be lost, damaged or older than the folders (a disk that was rolled back, a file that somebody moved). Then each folder with a well-signed manifest
gets its row again, in its place of the chain; what has its receipt is delivered, the rest waits. What is no packet of this worker is put aside. Where the
chain is known to have been longer than what is here, it goes on after its known end, so that no place is used twice.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from detector.worker.files import move_aside, put_bytes
from detector.worker.packet_table import PacketTable
from detector.worker.room import MANIFEST, RECEIPT
from detector.worker.value import value_of_manifest
from evidence.canonical import manifest_sha256
from evidence.errors import EvidenceError
from evidence.given_up import GIVEN_UP, read_given_up
from evidence.heads import read_head
from evidence.packet import Receipt, SignedManifest
from evidence.signing import PublicKey

log = logging.getLogger(__name__)

END = "chain.json"
"""The end of the chain, told beside the table after each packet."""
HEADS = "heads"


class NotOurs(ValueError):
    """A folder holds no packet that this worker has put."""


@dataclass(frozen=True, slots=True)
class Found:
    """A packet by its folder alone."""

    sequence: int
    packet_id: str
    act_id: str
    camera_id: str | None
    sha256: str
    bytes: int
    put_at: float
    value: float
    state: str
    settled_at: float | None
    log_index: int | None


def adopt(table: PacketTable, packets: Path, aside: Path, key: PublicKey | None) -> None:
    """Gives every packet's folder without a row its row.

    Raises:
        DiskFault: the disk takes neither a row nor a move.
    """
    known = dict(table.rows("SELECT packet_id, pruned FROM packets"))
    places = {row[0] for row in table.rows("SELECT sequence FROM packets")}
    found: list[Found] = []
    for folder in sorted(packets.iterdir()):
        if not folder.is_dir() or known.get(folder.name) == 0:
            continue
        if folder.name in known:
            _show_again(table, folder)
            continue
        try:
            one = read_folder(folder, key)
        except (NotOurs, OSError, ValueError) as error:
            log.error("%s: is no packet of this worker (%s) and lies in %s now", folder, error, move_aside(folder, aside))
            continue
        if one.sequence in places:
            log.error("%s: another packet has its place %d in the chain, which was forked; it lies in %s now", folder, one.sequence, move_aside(folder, aside))
            continue
        places.add(one.sequence)
        found.append(one)
    _insert(table, found)
    _read_log_indices(table, packets)


def _read_log_indices(table: PacketTable, packets: Path) -> None:
    """The places of receipts in the API's log, where an earlier version has not noted them."""
    for packet_id, sha256 in table.rows("SELECT packet_id, manifest_sha256 FROM packets WHERE state = 'delivered' AND NOT pruned AND log_index IS NULL"):
        receipt = _receipt(packets / packet_id, sha256)
        if receipt is not None:
            table.change("log_index = ?", packet_id, receipt.log_index)


def _show_again(table: PacketTable, folder: Path) -> None:
    """A delivered packet whose folder came back, or was never removed: retention goes over it again. What was given up stays as it is."""
    table.change("pruned = CASE state WHEN 'delivered' THEN 0 ELSE pruned END", folder.name)


def _insert(table: PacketTable, found: list[Found]) -> None:
    if not found:
        return
    with table.lock, table.transaction() as db:
        for one in found:
            db.execute(
                """INSERT INTO packets (sequence, packet_id, act_id, camera_id, manifest_sha256, bytes, put_at, value, state, settled_at, log_index, pruned)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    one.sequence, one.packet_id, one.act_id, one.camera_id, one.sha256, one.bytes, one.put_at, one.value, one.state, one.settled_at,
                    one.log_index, one.state == "given_up",
                ),
            )  # fmt: skip
    waiting = sum(one.state == "waiting" for one in found)
    log.error("%s: did not know %d packets that are there (%d of them wait for the case API); they are taken up again", table.path, len(found), waiting)


def read_folder(folder: Path, key: PublicKey | None) -> Found:
    """A packet by its folder.

    Args:
        key: that must have signed it; None takes any.

    Raises:
        NotOurs: the folder holds something else, or it is signed by another key. OSError: it cannot be read.
    """
    path = folder / MANIFEST
    try:
        signed = SignedManifest.model_validate_json(path.read_bytes())
        manifest = signed.manifest
        sequence, act_id, files = int(manifest["chain"]["sequence"]), str(manifest["act_id"]), list(manifest["files"])
        if manifest["packet_id"] != folder.name:
            raise NotOurs("its manifest is of another packet")
        if key is not None:
            key.verify(manifest, signed.signature)
        sha256 = manifest_sha256(manifest)
    except FileNotFoundError:
        raise NotOurs(f"it has no {MANIFEST}") from None
    except (ValidationError, KeyError, TypeError, EvidenceError) as error:
        raise NotOurs(" ".join(str(error).split())[:200]) from None
    camera = manifest.get("camera")
    receipt, put_at = _receipt(folder, sha256), path.stat().st_mtime
    state = "delivered" if receipt is not None else "given_up" if _is_given_up(folder, sha256) else "waiting"
    return Found(
        sequence, folder.name, act_id, str(camera["id"]) if isinstance(camera, dict) and "id" in camera else None, sha256,
        sum(int(file.get("bytes", 0)) for file in files), put_at, value_of_manifest(manifest), state,
        None if state == "waiting" else put_at, None if receipt is None else receipt.log_index,
    )  # fmt: skip


def _receipt(folder: Path, sha256: str) -> Receipt | None:
    try:
        receipt = Receipt.model_validate_json((folder / RECEIPT).read_bytes())
    except (OSError, ValueError):
        return None
    return receipt if receipt.manifest_sha256 == sha256 else None


def _is_given_up(folder: Path, sha256: str) -> bool:
    try:
        read = read_given_up(json.loads((folder / GIVEN_UP).read_bytes()), GIVEN_UP)
    except (OSError, ValueError, EvidenceError):
        return False
    return read.record.manifest_sha256 == sha256


# The end of the chain


def keep_end(data_dir: Path, sequence: int, sha256: str) -> None:
    """Tells the end of the chain beside the table.

    Raises:
        DiskFault: the disk does not take it.
    """
    put_bytes(data_dir / END, json.dumps({"sequence": sequence, "sha256": sha256}).encode())


def known_ends(data_dir: Path, key: PublicKey | None) -> Iterator[tuple[int, str, Path]]:
    """Places that the chain is known to have reached: number, hash, and the file that says so."""
    for path in (data_dir / END, *sorted((data_dir / HEADS).glob("????-??-??.json"))):
        try:
            data = json.loads(path.read_bytes())
            if path.name == END:
                yield int(data["sequence"]), str(data["sha256"]), path
                continue
            read = read_head(data, path.name)
            if key is None or read.head.key_id == key.key_id:
                if key is not None:
                    read.verify(key)
                yield read.head.index, read.head.sha256, path
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError, EvidenceError) as error:
            log.warning("%s: does not tell the end of the chain (%s)", path, error)


def go_on_after_known_ends(table: PacketTable, data_dir: Path, key: PublicKey | None) -> None:
    """Puts the chain's end where it is known to have been.

    Raises:
        DiskFault: the disk does not take it.
    """
    for sequence, sha256, path in known_ends(data_dir, key):
        go_on_after(table, sequence, sha256, str(path))


def go_on_after(table: PacketTable, sequence: int, sha256: str, who: str) -> bool:
    """Has the chain go on after a place that `who` knows of, where it would not reach it; whether it had to.

    Raises:
        DiskFault: the disk does not take it.
    """
    with table.lock:
        last = last_place(table)
        if last is not None and sequence <= last[0]:
            own = [row[0] for row in table.rows("SELECT manifest_sha256 FROM packets WHERE sequence = ?", sequence)]
            if own and own[0] != sha256:
                log.error("%s gives place %d of the chain another packet than is here: the chain was forked", who, sequence)
            return False
        with table.transaction() as db:
            db.execute("INSERT INTO places (sequence, manifest_sha256) VALUES (?, ?)", (sequence, sha256))
    ends = "nothing" if last is None else f"place {last[0]}"
    log.error("the chain goes on after place %d, of which %s tells; here it ended with %s, and what lay between is not here", sequence, who, ends)
    return True


def last_place(table: PacketTable) -> tuple[int, str] | None:
    """Number and SHA-256 of the last manifest of the chain, whether its packet is here or not; None of an empty one."""
    query = "SELECT sequence, manifest_sha256 FROM packets UNION ALL SELECT sequence, manifest_sha256 FROM places ORDER BY sequence DESC LIMIT 1"
    rows: list[Any] = table.rows(query)
    return (rows[0][0], rows[0][1]) if rows else None
