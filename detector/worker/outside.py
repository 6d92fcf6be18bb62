"""What somebody beside a worker, which may run, sees of its outbox and may change: packets that the case API has refused, put back to what waits."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from detector.worker.outbox import ASIDE
from detector.worker.packet_table import OutboxError, PacketTable


@dataclass(frozen=True, slots=True)
class Kept:
    """A packet that is not simply delivered. `since`: Unix seconds, of the refusal, giving up or loss, else of the packet; `attempts`: failed deliveries."""

    packet_id: str
    sequence: int
    state: str
    act_id: str
    camera_id: str | None
    since: float
    attempts: int
    reason: str | None


def kept(data_dir: Path) -> list[Kept]:
    """What waits, was refused, was given up or is lost, in the order of the chain.

    Raises:
        OutboxError: there is no outbox in the folder, or it cannot be read.
    """
    with _open(data_dir) as table:
        rows = table.rows(
            """SELECT packet_id, sequence, state, act_id, camera_id, COALESCE(settled_at, put_at), attempts, reason FROM packets
            WHERE state != 'delivered' ORDER BY sequence"""
        )
    return [Kept(*row) for row in rows]


def try_again(data_dir: Path, packet_ids: Collection[str] = ()) -> list[str]:
    """Puts refused packets back to what waits: those that are named, or all; the ids of those that were refused.

    Raises:
        OutboxError: there is no outbox in the folder, or it cannot be written.
        DiskFault: the disk takes nothing.
    """
    with _open(data_dir) as table:
        refused = [row[0] for row in table.rows("SELECT packet_id FROM packets WHERE state = 'refused' ORDER BY sequence")]
        wanted = [one for one in refused if not packet_ids or one in packet_ids]
        for packet_id in wanted:
            table.change("state = 'waiting', settled_at = NULL, next_at = 0", packet_id)
    return wanted


@contextmanager
def _open(data_dir: Path) -> Iterator[PacketTable]:
    path = data_dir / "outbox.sqlite"
    if not path.is_file():
        raise OutboxError(f"{data_dir}: is no worker's data folder (no {path.name} in it); with --workers N each worker has its own: 1/, 2/ …")
    table = PacketTable(path, data_dir / ASIDE)
    table.open()
    try:
        yield table
    finally:
        table.close()
