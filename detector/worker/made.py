"""Copies that are finished and wait for their packet: masked pictures take seconds of a core each and an H.264 copy some more, so a worker that is killed again
and again gets on where it was instead of beginning anew.

They lie in the stay's folder of held evidence (`held/STAY/making_PHASE`), each lot of them with a note of what it was made of and how, by hash. A lot is there
once its note is: the copies are on the disk first. Taken again is only what has the same sources and recipe, and byte for byte. The folder goes once the packet
is in the outbox, and with the stay.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from detector.worker.files import put_bytes, remove_folder, sha256_of
from evidence.packet import EvidenceFile

log = logging.getLogger(__name__)

FOLDER = "making_"
MOST_BYTES = 256 * 2**20
"""Of copies of other packets that were not finished; the oldest go first. A packet's are some 5 MB."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Copies that were made together. `whole`: nothing failed that may succeed another time; else they are made again then."""

    files: tuple[tuple[EvidenceFile, Path], ...]
    whole: bool = True


class MadeCopies:
    """One packet's copies. For one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, name: str, facts: Mapping[str, Any], make: Callable[[], Lot]) -> tuple[tuple[EvidenceFile, Path], ...]:
        """The copies of one source: those that lie here, if they were made of the same by the same recipe, else made now.

        Args:
            name: of the lot, a file's name without its ending.
            facts: all that decides what the copies are, JSON.
            make: makes them in this folder, each file on the disk when it returns.

        Raises:
            DiskFault: the disk does not take the note. What else `make` raises passes through.
        """
        key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        note = self.folder / f"{name}.json"
        found = self._taken_up(note, key)
        if found is not None:
            return found
        lot = make()
        if lot.whole:
            put_bytes(note, json.dumps({"key": key, "files": [file.model_dump(mode="json") for file, _ in lot.files]}).encode())
        return lot.files

    def _taken_up(self, note: Path, key: str) -> tuple[tuple[EvidenceFile, Path], ...] | None:
        try:
            told = json.loads(note.read_bytes())
            if told["key"] != key:
                return None
            files = [EvidenceFile.model_validate(one) for one in told["files"]]
            lot = tuple((file, self.folder / file.name) for file in files)
            if all(sha256_of(path) == file.sha256 for file, path in lot):
                return lot
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
            log.warning("%s: copies that cannot be read are made again (%s)", note, type(error).__name__)
            return None
        log.warning("%s: copies are not what was made (a hash differs) and are made again", note)
        return None


def make_room(held: Path, keep: Path, most_bytes: int = MOST_BYTES) -> None:
    """Removes the oldest copies of other packets beneath the folder of held evidence until no more than so many bytes lie there.

    Raises:
        DiskFault: one cannot be removed.
    """
    sizes = {folder: _bytes_in(folder) for folder in sorted(held.glob(f"*/{FOLDER}*"), key=_changed) if folder != keep}
    total = sum(sizes.values())
    for folder, size in sizes.items():
        if total <= most_bytes:
            return
        remove_folder(folder)
        total -= size


def _changed(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _bytes_in(folder: Path) -> int:
    return sum(_size(path) for path in folder.glob("*"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
