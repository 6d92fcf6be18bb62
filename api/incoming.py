"""Files on their way in: streamed into a draft beside the store, hashed on the way, and handed to it only when they are whole and their hash is the one
that was announced. After a crash or on a full disk there is either the whole file or none.

A large file may come in parts over many connections: what came of it is kept for a day, apart for each sender, so that nobody can spoil another's.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from api.errors import BadRequest, Conflict, NoSpace, TooLarge
from evidence.folders import make_folder

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NO_SPACE = "the disk of the case API is full: nothing of the file was kept; free space there and send it again"
PART_SECONDS = 24 * 3600
"""How long what came of a file waits for its rest."""
MOST_PARTS = 16
MOST_PART_BYTES = 2 * 1024**3
"""Of one sender; the oldest goes first."""
PART = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{16}\.part")
READ_BYTES = 1024 * 1024


class Incoming:
    """The folder of drafts of one store.

    Args:
        folder: where drafts lie; of a folder of files, on the same file system.
        has: whether the store has a file.
        keep: takes a whole and synced draft into the store, durably; whether it is new there.
    """

    def __init__(self, folder: Path, *, largest_bytes: int, reserve_bytes: int, has: Callable[[str], bool], keep: Callable[[Path, str], bool]) -> None:
        self.folder = folder
        self.largest_bytes, self.reserve_bytes = largest_bytes, reserve_bytes
        self.has, self.keep = has, keep
        self._busy: set[Path] = set()
        self._lock = threading.Lock()

    def open(self) -> None:
        """Makes the folder and throws away what a crash left half-sent, but for parts that may still go on.

        Raises:
            OSError: it cannot be written.
        """
        make_folder(self.folder, 0o750)
        for left in self.folder.iterdir():
            if PART.fullmatch(left.name) is None or _is_old(left):
                left.unlink()

    def free_bytes(self) -> int:
        """Free space on the disk of the drafts."""
        return shutil.disk_usage(self.folder).free

    def receive(self, sha256: str, announced_bytes: int | None = None) -> Receiver:
        """Begins to take a file in at one go.

        Raises:
            TooLarge, NoSpace: by what was announced, before anything is sent.
        """
        self._check_room(announced_bytes or 0)
        known = self.has(sha256)
        return Receiver(self, sha256, None if known else self.folder / secrets.token_hex(16))

    def offset(self, sha256: str, sender: str) -> int:
        """How many bytes of a file are kept of this sender."""
        try:
            return self._part(sha256, sender).stat().st_size
        except FileNotFoundError:
            return 0

    def resume(self, sha256: str, sender: str, first: int, total: int) -> Receiver:
        """Goes on with a file at byte `first` of `total`; one that came whole before a crash is only to be finished.

        Raises:
            TooLarge, NoSpace: before anything is sent.
            Conflict: it does not go on there, or another connection of the sender is sending it; `upload_offset` says where it goes on.
        """
        self._check_room(total - first, total)
        part = self._part(sha256, sender)
        with self._lock:
            if part in self._busy:
                raise Conflict(
                    "another connection is sending this file; wait for its end",
                    "另一个连接正在上传该文件，请等待其结束",
                    upload_offset=self.offset(sha256, sender),
                )
            self._busy.add(part)
        try:
            offset = self.offset(sha256, sender)
            if first != offset and offset < total:
                raise Conflict(f"the file goes on at byte {offset}, not {first}", f"应从第 {offset} 字节继续上传", upload_offset=offset)
            if first == 0:
                self._make_room_for(part)
            return Receiver(self, sha256, part, total)
        except BaseException:
            self.let_go(part)
            raise

    def let_go(self, part: Path) -> None:
        """Another connection may go on with a part."""
        with self._lock:
            self._busy.discard(part)

    @property
    def too_large(self) -> str:
        """The sentence that refuses what is too large."""
        return f"a file may have at most {self.largest_bytes // (1024 * 1024)} MiB"

    def _check_room(self, coming: int, total: int = 0) -> None:
        if max(coming, total) > self.largest_bytes:
            raise TooLarge(self.too_large)
        if self.free_bytes() - coming < self.reserve_bytes:
            raise NoSpace(NO_SPACE)

    def _part(self, sha256: str, sender: str) -> Path:
        return self.folder / f"{sha256}.{_sender_id(sender)}.part"

    def _make_room_for(self, part: Path) -> None:
        """Throws away parts that are over, and the sender's oldest where they are too many."""
        own = []
        for one in self.folder.glob("*.part"):
            with contextlib.suppress(FileNotFoundError):
                if one in self._busy:
                    continue
                if _is_old(one):
                    one.unlink()
                elif one.name.split(".")[1] == part.name.split(".")[1]:
                    told = one.stat()
                    own.append((told.st_mtime, told.st_size, one))
        own.sort(reverse=True)
        kept = 0
        for number, (_, size, one) in enumerate(own, 1):
            kept += size
            if number >= MOST_PARTS or kept > MOST_PART_BYTES:
                one.unlink(missing_ok=True)


class Receiver:
    """A file on its way in. `write` what comes, then `finish`; `abandon` keeps nothing, `pause` keeps what came of a file in parts."""

    def __init__(self, incoming: Incoming, sha256: str, draft: Path | None, total: int | None = None) -> None:
        self._incoming, self._sha256, self._draft, self._total = incoming, sha256, draft, total
        self._hash = hashlib.sha256()
        self._descriptor = -1
        self.bytes = 0
        if draft is None:
            return
        try:
            how = os.O_RDWR | os.O_APPEND if total is not None else os.O_WRONLY | os.O_EXCL
            self._descriptor = os.open(draft, how | os.O_CREAT, 0o640)
            if total is not None:
                self._hash_what_came()
        except OSError as error:
            self._fail(error)

    @property
    def is_whole(self) -> bool:
        """Whether all of a file in parts has come (or more, which its hash tells)."""
        return self._total is None or self.bytes >= self._total

    def write(self, data: bytes) -> None:
        """Takes the next bytes; of a file that is known already they are only hashed.

        Raises:
            TooLarge, NoSpace, BadRequest: and nothing is kept.
        """
        if self.bytes + len(data) > self._incoming.largest_bytes:
            self.abandon()
            raise TooLarge(self._incoming.too_large)
        if self._total is not None and self.bytes + len(data) > self._total:
            self.abandon()
            raise BadRequest("more bytes came than Content-Range says; nothing of the file was kept")
        self.bytes += len(data)
        self._hash.update(data)
        if self._descriptor < 0:
            return
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            self._fail(error)

    def finish(self) -> bool:
        """Makes the file durable under its hash; whether it is new.

        Raises:
            BadRequest: the bytes have another hash; nothing is kept.
            NoSpace: nothing is kept.
        """
        found = self._hash.hexdigest()
        if found != self._sha256:
            self.abandon()
            raise BadRequest(f"the bytes that came have the SHA-256 {found}, not {self._sha256}: nothing was kept; send the file again")
        if self._descriptor < 0 or self._draft is None:
            return False
        try:
            os.fsync(self._descriptor)
            return self._incoming.keep(self._draft, self._sha256)
        except OSError as error:
            self._fail(error)
        finally:
            self.abandon()

    def pause(self) -> None:
        """Keeps what came of a file in parts, durably, until the rest comes; of one that is abandoned or finished, nothing."""
        if self._descriptor < 0 or self._total is None:
            self.abandon()
            return
        try:
            os.fsync(self._descriptor)
        finally:
            self._close()

    def abandon(self) -> None:
        """Keeps nothing of it; may be called at any time."""
        if self._descriptor >= 0 and self._draft is not None:
            with contextlib.suppress(FileNotFoundError):
                self._draft.unlink()
            self._close()

    def _close(self) -> None:
        os.close(self._descriptor)
        self._descriptor = -1
        if self._total is not None and self._draft is not None:
            self._incoming.let_go(self._draft)

    def _hash_what_came(self) -> None:
        while piece := os.pread(self._descriptor, READ_BYTES, self.bytes):
            self._hash.update(piece)
            self.bytes += len(piece)

    def _fail(self, error: OSError) -> NoReturn:
        self.abandon()
        if error.errno in FULL:
            raise NoSpace(NO_SPACE) from None
        raise error


def _is_old(part: Path) -> bool:
    return time.time() - part.stat().st_mtime > PART_SECONDS


def _sender_id(sender: str) -> str:
    return hashlib.blake2s(sender.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
