"""Evidence files in a local folder: `ab/cdef…` is the file whose SHA-256 begins with ab. A file is synced, then linked under its hash, then its folder is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from api.blobs import ASIDE, MARK, BlobStore, checked
from api.errors import NoSpace, StartError
from api.incoming import FULL, Incoming
from evidence.canonical import SHA256
from evidence.folders import make_folder, sync

PIECE_BYTES = 256 * 1024


class FolderStore(BlobStore):
    """A folder of files by their SHA-256."""

    def __init__(self, folder: Path, *, largest_bytes: int, reserve_bytes: int) -> None:
        self._folder = folder
        self.incoming = Incoming(folder / "incoming", largest_bytes=largest_bytes, reserve_bytes=reserve_bytes, has=self._has, keep=self._keep)

    @property
    def shown(self) -> str:
        """The folder."""
        return str(self._folder)

    def open(self) -> None:
        """Makes the folders and throws away what a crash left half-sent.

        Raises:
            StartError: the folder cannot be written.
        """
        try:
            make_folder(self._folder, 0o750)
            self.incoming.open()
            for number in range(256):
                (self._folder / f"{number:02x}").mkdir(exist_ok=True)
            sync(self._folder)
        except OSError as error:
            raise StartError(f"{self._folder}: the folder of evidence files cannot be written ({error.strerror}); name another --data-dir") from None

    def connect(self) -> None:
        """A folder is ready to be read."""

    def path(self, sha256: str) -> Path:
        """Where the file lies, or would lie.

        Raises:
            NotFound: that is no SHA-256.
        """
        checked(sha256)
        return self._folder / sha256[:2] / sha256[2:]

    def size(self, sha256: str) -> int | None:
        """Bytes of the file; None where there is none."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def identity(self, sha256: str) -> object:
        """Its inode, size, and times of its last changes."""
        try:
            found = self.path(sha256).stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def read(self, sha256: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Bytes of the file in pieces."""
        return _pieces(self.path(sha256).open("rb"), start, stop)

    def delete(self, sha256: str) -> bool:
        """Deletes the file durably."""
        with self.deleting():
            self.let_go(sha256)
            return _unlinked(self.path(sha256))

    def all(self) -> Iterator[str]:
        """The hashes of all files."""
        for folder in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            for file in folder.iterdir():
                yield folder.name + file.name

    def is_older(self, sha256: str, seconds: float) -> bool:
        """Whether the file is here and came longer ago."""
        try:
            return time.time() - self.path(sha256).stat().st_mtime > seconds
        except FileNotFoundError:
            return False

    def set_aside(self, sha256: str) -> bool:
        """Moves the file to `aside/`, whose times say since when it lies there."""
        path, place = self.path(sha256), self._aside_path(sha256)
        with self.deleting():
            try:
                os.utime(path)
                make_folder(place.parent, 0o750)
                path.replace(place)
            except FileNotFoundError:
                return False
            sync(place.parent)
            sync(path.parent)
            return True

    def aside(self, seconds: float) -> Iterator[str]:
        """The hashes of files that have lain in `aside/` for longer."""
        folder = self._folder / ASIDE
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            with suppress(FileNotFoundError):
                if SHA256.fullmatch(file.name) and time.time() - file.stat().st_mtime > seconds:
                    yield file.name

    def take_back(self, sha256: str) -> bool:
        """Moves the file back, unless it came again meanwhile."""
        try:
            os.link(self._aside_path(sha256), self.path(sha256))
        except FileExistsError:
            pass
        except FileNotFoundError:
            return False
        sync(self.path(sha256).parent)
        return self.let_go(sha256)

    def let_go(self, sha256: str) -> bool:
        """Deletes a file in `aside/` durably."""
        return _unlinked(self._aside_path(sha256))

    def mark(self) -> bytes | None:
        """The file `curbwatch-store.json`."""
        try:
            return (self._folder / MARK).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StartError(f"{self._folder / MARK}: cannot be read ({error.strerror})") from None

    def put_mark(self, data: bytes) -> None:
        """Writes the file, whole or not at all."""
        draft = self._folder / f".{MARK}"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._folder / MARK)
            sync(self._folder)
        except OSError as error:
            draft.unlink(missing_ok=True)
            if error.errno in FULL:
                raise NoSpace(f"{self._folder / MARK}: cannot be written ({error.strerror}); free space there") from None
            raise StartError(f"{self._folder / MARK}: cannot be written ({error.strerror})") from None

    def _aside_path(self, sha256: str) -> Path:
        return self._folder / ASIDE / checked(sha256)

    def _has(self, sha256: str) -> bool:
        """Whether it is here by a name that is on the disk: the one who linked it may not have come to the sync yet."""
        path = self.path(sha256)
        if not path.exists():
            return False
        sync(path.parent)
        return True

    def _keep(self, draft: Path, sha256: str) -> bool:
        target = self.path(sha256)
        try:
            os.link(draft, target)
        except FileExistsError:
            sync(target.parent)
            return False
        sync(target.parent)
        return True


def _unlinked(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    sync(path.parent)
    return True


def _pieces(file: BinaryIO, start: int, stop: int | None) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = float("inf") if stop is None else stop - start
        while left > 0 and (piece := file.read(int(min(PIECE_BYTES, left)))):
            left -= len(piece)
            yield piece
