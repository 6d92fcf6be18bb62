"""A zip archive that is written while it is sent: nothing of it lies in memory or on disk as a whole."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evidence.sums import sum_line

OLDEST = (1980, 1, 1, 0, 0, 0)
"""One time for all entries, so that the same content makes the same archive."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the archive, in pieces; `size` in bytes, None where it is not known beforehand."""

    name: str
    pieces: Iterable[bytes]
    size: int | None = None

    @classmethod
    def of(cls, name: str, content: bytes) -> Entry:
        """One that is at hand."""
        return cls(name, (content,), len(content))


class Sums:
    """The SHA-256 of entries, taken while they are sent: `lines` as `sha256sum -c` reads them."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def taken(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The same entries; each has its line once its pieces were read."""
        for entry in entries:
            yield Entry(entry.name, self._pieces(entry), entry.size)

    def _pieces(self, entry: Entry) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in entry.pieces:
            digest.update(piece)
            yield piece
        self.lines.append(sum_line(digest.hexdigest(), entry.name))


class _Sink:
    """Takes what the archive writes until it is handed on; it cannot be sought in."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data


def zipped(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The archive, piece by piece. An entry without a size may grow beyond 4 GiB."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as out:  # type: ignore[call-overload]
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, OLDEST)
            info.external_attr = 0o644 << 16
            info.file_size = entry.size or 0
            with out.open(info, "w", force_zip64=entry.size is None) as file:
                for piece in entry.pieces:
                    file.write(piece)
                    yield sink.taken()
            yield sink.taken()
    yield sink.taken()
