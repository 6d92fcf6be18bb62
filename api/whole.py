"""Evidence is hashed before a byte of it is handed out: what is not what its name says is refused, told in the log file and counted.

A file of up to 8 MiB is read once: the bytes that were hashed are those that are sent, of a range too. A larger one, of which a player asks for dozens of
ranges, is hashed whole before the first of them; that holds for ten minutes, or until the store tells that the file was touched.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from api.blobs import BlobStore
from api.errors import Unavailable

log_ = logging.getLogger(__name__)
SENT_AS_HASHED_BYTES = 8 * 1024 * 1024
HOLDS_SECONDS = 600.0
MOST_REMEMBERED = 10_000


class Damaged(Unavailable):
    """A file is not what its name says."""

    general_zh = "证据文件已损坏，未予提供；请从备份恢复"


@dataclass(slots=True)
class Wholeness:
    """Reads evidence files of one store, whole or not at all. May be used from any thread.

    Attributes:
        damaged: how many files were found damaged since the start.
    """

    blobs: BlobStore
    _checked: dict[str, tuple[object, float]] = field(default_factory=dict)
    _damaged: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def damaged(self) -> int:
        """How many files were found damaged since the start and not found whole again."""
        return len(self._damaged)

    def read(self, sha256: str, size: int, start: int, stop: int) -> Iterator[bytes]:
        """Bytes `start` to `stop` (exclusive) of a file of `size` bytes, which is checked before this returns.

        Raises:
            FileNotFoundError: it is not here.
            Damaged: its bytes have another hash.
        """
        if size <= SENT_AS_HASHED_BYTES:
            data = b"".join(self.blobs.read(sha256))
            self._judge(sha256, hashlib.sha256(data).hexdigest())
            return iter((data[start:stop],))
        identity = self.blobs.identity(sha256)
        with self._lock:
            before = self._checked.get(sha256)
        if before is None or before[0] != identity or time.monotonic() - before[1] > HOLDS_SECONDS:
            self._judge(sha256, hash_of(self.blobs, sha256))
            with self._lock:
                if len(self._checked) >= MOST_REMEMBERED:
                    self._checked.clear()
                self._checked[sha256] = (identity, time.monotonic())
        return self.blobs.read(sha256, start, stop)

    def _judge(self, sha256: str, found: str) -> None:
        with self._lock:
            if found == sha256:
                self._damaged.discard(sha256)
                return
            self._damaged.add(sha256)
        log_.error("%s: the evidence file %s is damaged (its SHA-256 is %s) and is not handed out; restore it from a backup", self.blobs.shown, sha256, found)
        raise Damaged(f"the file is damaged: its SHA-256 is {found[:12]}…, not {sha256[:12]}…; nothing of it is handed out; restore it from a backup")


def hash_of(blobs: BlobStore, sha256: str) -> str:
    """The SHA-256 of what a store holds under a name.

    Raises:
        FileNotFoundError: it is not here.
    """
    found = hashlib.sha256()
    for piece in blobs.read(sha256):
        found.update(piece)
    return found.hexdigest()
