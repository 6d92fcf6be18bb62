"""The files of a folder or a zip archive, read within bounds. Nothing is unpacked, no link is followed, no device opened. `opening.py` opens them.

What an entry is not allowed to be (a link, a name that leads out, packed a thousandfold) is said in its `fault`, and such an entry is never opened.
"""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Protocol, Self

LARGEST_FILE_BYTES = 256 * 2**20
"""Of one file of a packet; the case API takes no larger one."""
LARGEST_LINES_BYTES = 32 * 2**30
"""Of a file that is read line by line: the log of a city of two million cases has some 15 GB."""
MOST_ENTRIES = 50_000_000
"""Two million cases have some 36 million files."""
CHUNK_BYTES = 2**20
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError, IndexError, KeyError, OverflowError)


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
    """Names that cannot even be listed as entries, and what else is wrong with an archive, with why."""
    sums: dict[str, str]
    """The SHA-256 of the files that were read whole, so that none is read twice for it."""

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The files by their paths."""

    def opened(self, path: str) -> IO[bytes]:
        """Opens an entry for reading."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


def grown(entries: Entries, least: int, for_each: int) -> int:
    """The bound of a file that grows with what it tells of: so many bytes for each file that is here, which nobody gets for nothing, or `least`."""
    return max(least, for_each * len(entries.entries))


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


def sha256_of(entries: Entries, path: str, most_bytes: int = LARGEST_FILE_BYTES) -> str:
    """The SHA-256 of a file, in memory of one chunk.

    Raises:
        EntryFault: it cannot be read.
    """
    if path not in entries.sums:
        digest = hashlib.sha256()
        with _reading(entries, path, most_bytes) as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
        entries.sums[path] = digest.hexdigest()
    return entries.sums[path]


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
    except DAMAGED as error:
        raise EntryFault(f"cannot be read ({str(error) or type(error).__name__})") from None
