"""The files of a folder or a zip archive, read within bounds. Nothing is unpacked, no link is followed, no device opened.

What an entry is not allowed to be (a link, a name that leads out, packed a thousandfold) is said in its `fault`, and such an entry is never opened.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

from evidence.errors import VerifyError

LARGEST_FILE_BYTES = 256 * 2**20
"""Of one file of a packet; the case API takes no larger one."""
LARGEST_LINES_BYTES = 8 * 2**30
"""Of a file that is read line by line."""
LARGEST_RATIO = 200
"""Deflate reaches 1,032; pictures, clips and even manifests stay below 50. Only judged above SMALL_BYTES."""
SMALL_BYTES = 2**20
MOST_ENTRIES = 1_000_000
LONGEST_NAME = 500
CHUNK_BYTES = 2**20
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError, IndexError, KeyError, OverflowError)


class EntryFault(Exception):
    """An entry cannot be read; the text goes on after its name. Stays within this package."""


@dataclass(frozen=True)
class Entry:
    """One file: its path with slashes, its size, and why it must not be read."""

    path: str
    size: int
    fault: str | None = None


class Entries(Protocol):
    """The files of a folder or archive."""

    name: str
    faults: tuple[tuple[str, str], ...]
    """Names that cannot even be listed as entries, with why."""

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The files by their paths."""

    def opened(self, path: str) -> IO[bytes]:
        """Opens an entry for reading."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


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


def read_bytes(entries: Entries, path: str, most_bytes: int) -> bytes:
    """A small file whole.

    Raises:
        EntryFault: it cannot be read, or is larger than that.
    """
    with _reading(entries, path, most_bytes) as file:
        return file.read(most_bytes)


def lines_of(entries: Entries, path: str, longest: int) -> Iterator[bytes]:
    """The lines of a file, one after another.

    Raises:
        EntryFault: it cannot be read, or a line is longer than that.
    """
    with _reading(entries, path, LARGEST_LINES_BYTES) as file:
        while line := file.readline(longest + 1):
            if len(line) > longest:
                raise EntryFault(f"has a line of more than {longest} bytes, which no entry needs")
            if line.strip():
                yield line


def sha256_of(entries: Entries, path: str) -> str:
    """The SHA-256 of a file, in memory of one chunk.

    Raises:
        EntryFault: it cannot be read.
    """
    digest = hashlib.sha256()
    with _reading(entries, path, LARGEST_FILE_BYTES) as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _reading(entries: Entries, path: str, most_bytes: int) -> Iterator[IO[bytes]]:
    entry = entries.entries[path]
    if entry.fault is not None:
        raise EntryFault(entry.fault)
    if entry.size > most_bytes:
        raise EntryFault(f"has {entry.size} bytes; at most {most_bytes} are read")
    try:
        with entries.opened(path) as file:
            yield file
    except _DAMAGED as error:
        raise EntryFault(f"cannot be read ({str(error) or type(error).__name__})") from None


class FolderEntries:
    """The files below a folder."""

    def __init__(self, root: Path) -> None:
        self.name = root.resolve().name
        self.faults: tuple[tuple[str, str], ...] = ()
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


class ZipEntries:
    """The files of a zip archive, stored or deflated."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self._archive = zipfile.ZipFile(path)
        except _DAMAGED as error:
            raise VerifyError(f"{path}: is no readable zip archive ({str(error) or type(error).__name__})") from None
        try:
            infos = [info for info in self._archive.infolist() if not info.is_dir()]
            if len(infos) > MOST_ENTRIES:
                raise VerifyError(f"{path}: holds more than {MOST_ENTRIES} files; verify parts of it")
            if sum(info.compress_size for info in infos) > path.stat().st_size:
                raise VerifyError(f"{path}: its entries are larger than the archive; they overlap, as in a zip bomb")
        except BaseException:
            self._archive.close()
            raise
        entries: dict[str, Entry] = {}
        self._infos: dict[str, zipfile.ZipInfo] = {}
        faults: list[tuple[str, str]] = []
        for info in infos:
            if not _stays_inside(info.orig_filename):
                faults.append((info.orig_filename, "the name leads out of the archive, or is none; unpack this archive nowhere"))
            elif info.filename in entries:
                faults.append((info.filename, "is in the archive twice; which of them counts is anybody's guess"))
            else:
                self._infos[info.filename] = info
                entries[info.filename] = Entry(info.filename, info.file_size, _forbidden(info))
        self.entries: Mapping[str, Entry] = entries
        self.faults = tuple(faults)

    def opened(self, path: str) -> IO[bytes]:
        return self._archive.open(self._infos[path])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._archive.close()


def _stays_inside(name: str) -> bool:
    if len(name) > LONGEST_NAME:
        return False
    return "\\" not in name and "\0" not in name and ":" not in name and all(part not in ("", ".", "..") for part in name.split("/"))


def _forbidden(info: zipfile.ZipInfo) -> str | None:
    mode = info.external_attr >> 16
    if info.flag_bits & 0x1:
        return "is locked with a password"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "is no plain file but a link or device"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed by a method other than stored and deflated"
    if info.file_size > SMALL_BYTES and info.file_size > LARGEST_RATIO * max(1, info.compress_size):
        return f"would grow from {info.compress_size} to {info.file_size} bytes, as in a zip bomb; it is not unpacked"
    return None
