"""Evidence files by their SHA-256, on a local folder. A put is create-only and atomic: streamed into a file beside, hashed on the way,
made durable, and only then linked under its hash. After a crash or on a full disk there is either the whole file or none.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from api.errors import BadRequest, NoSpace, NotFound, StartError, TooLarge

SHA256 = re.compile(r"[0-9a-f]{64}")
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NO_SPACE = "the disk of the case API is full: nothing of the file was kept; free space there and send it again"


class BlobStore:
    """A folder of files, `ab/cdef…` for the file whose SHA-256 begins with ab."""

    def __init__(self, folder: Path, *, largest_bytes: int, reserve_bytes: int) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._largest_bytes = largest_bytes
        self._reserve_bytes = reserve_bytes

    def open(self) -> None:
        """Makes the folders and throws away what a crash left half-sent.

        Raises:
            StartError: the folder cannot be written.
        """
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
            for left in self._incoming.iterdir():
                left.unlink()
            for number in range(256):
                (self._folder / f"{number:02x}").mkdir(exist_ok=True)
            _sync_folder(self._folder)
        except OSError as error:
            raise StartError(f"{self._folder}: the folder of evidence files cannot be written ({error.strerror}); name another --data-dir") from None

    def path(self, sha256: str) -> Path:
        """Where the file lies, or would lie.

        Raises:
            NotFound: that is no SHA-256 (64 hexadecimal digits, small letters).
        """
        if SHA256.fullmatch(sha256) is None:
            raise NotFound("a file is named by its SHA-256: 64 hexadecimal digits in small letters")
        return self._folder / sha256[:2] / sha256[2:]

    def size(self, sha256: str) -> int | None:
        """Bytes of the file; None where there is none."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def free_bytes(self) -> int:
        """Free space on the disk of the files."""
        return shutil.disk_usage(self._folder).free

    def all(self) -> Iterator[str]:
        """The hashes of all files."""
        for folder in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            for file in folder.iterdir():
                yield folder.name + file.name

    def receive(self, sha256: str, announced_bytes: int | None = None) -> Receiver:
        """Begins to take a file in.

        Raises:
            TooLarge, NoSpace: by what was announced, before anything is sent.
        """
        target = self.path(sha256)
        if announced_bytes is not None and announced_bytes > self._largest_bytes:
            raise TooLarge(self._too_large)
        if self.free_bytes() - (announced_bytes or 0) < self._reserve_bytes:
            raise NoSpace(NO_SPACE)
        return Receiver(target, self._incoming, sha256, self._largest_bytes, self._too_large)

    @property
    def _too_large(self) -> str:
        return f"a file may have at most {self._largest_bytes // (1024 * 1024)} MiB"


class Receiver:
    """A file on its way in. `write` what comes, then `finish`; `abandon` keeps nothing."""

    def __init__(self, target: Path, incoming: Path, sha256: str, largest_bytes: int, too_large: str) -> None:
        self._target, self._sha256, self._largest_bytes, self._too_large = target, sha256, largest_bytes, too_large
        self._draft = incoming / secrets.token_hex(16)
        self._hash = hashlib.sha256()
        self._bytes = 0
        self._descriptor = -1
        if not target.exists():
            try:
                self._descriptor = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
            except OSError as error:
                self._fail(error)

    def write(self, data: bytes) -> None:
        """Takes the next bytes; of a file that is known already they are only hashed.

        Raises:
            TooLarge, NoSpace: and nothing is kept.
        """
        self._bytes += len(data)
        if self._bytes > self._largest_bytes:
            self.abandon()
            raise TooLarge(self._too_large)
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
        if self._descriptor < 0:
            return False
        try:
            os.fsync(self._descriptor)
            os.link(self._draft, self._target)
            _sync_folder(self._target.parent)
        except FileExistsError:
            return False
        except OSError as error:
            self._fail(error)
        finally:
            self.abandon()
        return True

    def abandon(self) -> None:
        """Keeps nothing of it; may be called at any time."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            with contextlib.suppress(FileNotFoundError):
                self._draft.unlink()

    def _fail(self, error: OSError) -> NoReturn:
        self.abandon()
        if error.errno in FULL:
            raise NoSpace(NO_SPACE) from None
        raise error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
