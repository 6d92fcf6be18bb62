"""Opens what somebody names as evidence: a folder, or a zip archive."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from evidence.archives import ZipEntries
from evidence.entries import MOST_ENTRIES, Entries, Entry
from evidence.errors import VerifyError


def open_entries(path: Path) -> Entries:
    """The files of a folder or of a zip archive.

    Raises:
        VerifyError: it is neither, or cannot be read.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return FolderEntries(path)
        if stat.S_ISREG(mode) and (path.suffix.lower() == ".zip" or zipfile.is_zipfile(path)):
            return ZipEntries(path)
    except OSError as error:
        raise VerifyError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise VerifyError(f"{path!s:.200}: is no path ({error})") from None
    raise VerifyError(f"{path}: is neither a packet's folder, a folder of packets, nor a .zip export")


class FolderEntries:
    """The files below a folder."""

    def __init__(self, root: Path) -> None:
        self.name = root.resolve().name
        self.faults: tuple[tuple[str, str], ...] = ()
        self.sums: dict[str, str] = {}
        self._root = root
        self.entries: Mapping[str, Entry] = {entry.path: entry for entry in self._walk()}

    def _walk(self) -> Iterator[Entry]:
        waiting = [""]
        seen = 0
        while waiting:
            folder = waiting.pop()
            try:
                found = sorted(os.scandir(self._root / folder), key=lambda item: item.name)
            except OSError as error:
                yield Entry(folder or ".", 0, f"cannot be listed ({error.strerror})")
                continue
            for item in found:
                seen += 1
                if seen > MOST_ENTRIES:
                    raise VerifyError(f"{self._root}: holds more than {MOST_ENTRIES} files; verify parts of it")
                path = f"{folder}/{item.name}" if folder else item.name
                if item.is_dir(follow_symlinks=False):
                    waiting.append(path)
                else:
                    yield _entry_of(item, path)

    def opened(self, path: str) -> IO[bytes]:
        descriptor = os.open(self._root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        return os.fdopen(descriptor, "rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


def _entry_of(item: os.DirEntry[str], path: str) -> Entry:
    try:
        found = item.stat(follow_symlinks=False)
    except OSError as error:
        return Entry(path, 0, f"cannot be read ({error.strerror})")
    if stat.S_ISLNK(found.st_mode):
        return Entry(path, 0, "is a link; a packet holds its files themselves")
    if not stat.S_ISREG(found.st_mode):
        return Entry(path, 0, "is no plain file")
    return Entry(path, found.st_size)
