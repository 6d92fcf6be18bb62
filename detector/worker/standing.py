"""How the outbox tells of its packets: one that is due, one that was refused, and the counts of all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from detector.worker.room import MANIFEST
from evidence.packet import SignedManifest


@dataclass(frozen=True, slots=True)
class Waiting:
    """A packet that is due.

    Attributes:
        folder: holds `manifest.json` and the files by their names.
        attempts: how often its delivery has failed.
        missing: how often in a row something of it was missing on the disk.
    """

    packet_id: str
    folder: Path
    manifest_sha256: str
    attempts: int
    missing: int = 0

    def signed(self) -> SignedManifest:
        """What is posted."""
        return SignedManifest.model_validate_json((self.folder / MANIFEST).read_bytes())


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts for metrics and status.

    Attributes:
        oldest_seconds: since the oldest waiting packet was put; 0 where none waits.
        bytes: of all files that are there.
        given_up: packets whose files gave way on a full disk, or that lost one.
        lost: packets whose manifest is missing on the disk.
    """

    waiting: int
    delivered: int
    refused: int
    oldest_seconds: float
    bytes: int
    given_up: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A packet that the API will not take, kept for a person to look at."""

    packet_id: str
    reason: str
    refused_at: float
