"""Files that were sent and that no packet has named yet: how many and how large of each sender, and since when.

A worker sends a packet's files and then its manifest, within seconds or, over a bad line, minutes; what no manifest came for within an hour is deleted, and
asked for again should it come later. Nobody fills the disk so: of one sender no more waits than a few packets have. What waits is noted beside the database, so
that it is known after a restart too; losing such a note costs nothing but that `api.unnamed` takes the file away only after a week.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from api.errors import TooOften
from evidence.folders import make_folder

KEPT = timedelta(hours=1)
MOST_BYTES = 2 * 1024**3
"""Of one sender: 8 of the largest files, or the clips of a thousand packets."""
MOST_FILES = 20_000
RETRY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that no packet names yet."""

    sender: str
    bytes: int
    since: datetime


class Awaited:
    """What waits for its manifest; may be used from any thread.

    Args:
        folder: holds a small file for each that waits, `SHA256.SENDER`.
    """

    def __init__(self, folder: Path, *, most_bytes: int, most_files: int) -> None:
        self.folder, self.most_bytes, self.most_files = folder, most_bytes, most_files
        self._lock = threading.Lock()
        self._waiting: dict[str, Waiting] = {}
        self._of_sender: dict[str, tuple[int, int]] = {}

    @classmethod
    def of(cls, folder: Path, *, most_bytes: int = MOST_BYTES, most_files: int = MOST_FILES) -> Self:
        """With what waited when the server ended."""
        found = cls(folder, most_bytes=most_bytes, most_files=most_files)
        make_folder(folder, 0o700)
        for note in folder.iterdir():
            sha256, _, sender = note.name.partition(".")
            with contextlib.suppress(OSError, ValueError):
                since = datetime.fromtimestamp(note.stat().st_mtime, UTC)
                found._put(sha256, Waiting(sender, int(note.read_text("ascii")), since))
        return found

    def check_room(self, sender: str, coming: int) -> None:
        """Whether one more file of a sender may wait.

        Raises:
            TooOften: too much of the sender's waits already.
        """
        with self._lock:
            count, size = self._of_sender.get(_id_of(sender), (0, 0))
        if count >= self.most_files or size + coming > self.most_bytes:
            told = f"{count} files of yours, {size / 2**20:.0f} MiB, wait for their manifests; send those first. What no manifest comes for goes after an hour"
            raise TooOften(told, "已上传的文件尚有过多未提交清单，请先提交清单", retry_after_seconds=RETRY_SECONDS)

    def add(self, sha256: str, sender: str, size: int, now: datetime) -> None:
        """Notes a file that came."""
        with self._lock:
            self._put(sha256, Waiting(_id_of(sender), size, now))
        with contextlib.suppress(OSError):
            self._note(sha256, _id_of(sender)).write_text(str(size), "ascii")

    def asked_for(self, sha256: str, now: datetime) -> None:
        """Somebody was told that a file is here: it waits as long again."""
        with self._lock:
            known = self._waiting.get(sha256)
            if known is not None:
                self._put(sha256, Waiting(known.sender, known.bytes, now))

    def named(self, hashes: Iterable[str]) -> None:
        """Files wait no longer: a packet names them, or they are gone."""
        for sha256 in hashes:
            with self._lock:
                gone = self._take(sha256)
            if gone is not None:
                with contextlib.suppress(OSError):
                    self._note(sha256, gone.sender).unlink()

    def over(self, now: datetime) -> list[str]:
        """The files that have waited for too long."""
        with self._lock:
            return [sha256 for sha256, one in self._waiting.items() if now - one.since >= KEPT]

    def _put(self, sha256: str, one: Waiting) -> None:
        self._take(sha256)
        self._waiting[sha256] = one
        count, size = self._of_sender.get(one.sender, (0, 0))
        self._of_sender[one.sender] = count + 1, size + one.bytes

    def _take(self, sha256: str) -> Waiting | None:
        one = self._waiting.pop(sha256, None)
        if one is not None:
            count, size = self._of_sender.pop(one.sender)
            if count > 1:
                self._of_sender[one.sender] = count - 1, size - one.bytes
        return one

    def _note(self, sha256: str, sender: str) -> Path:
        return self.folder / f"{sha256}.{sender}"


def _id_of(sender: str) -> str:
    return hashlib.blake2s(sender.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
