"""The files of a zip archive. An archive holds its entries and nothing else: no bytes before, between or behind them, no comments, no folders that lead out.

What an archive's own dates and attributes say is nobody's evidence, and is not looked at.
"""

from __future__ import annotations

import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from evidence.entries import DAMAGED, MOST_ENTRIES, Entry
from evidence.errors import VerifyError

LARGEST_RATIO = 200
"""Deflate reaches 1,032; pictures, clips and even manifests stay below 50. Only judged above SMALL_BYTES."""
SMALL_BYTES = 2**20
LONGEST_NAME = 500
LOCAL_HEADER_BYTES, END_BYTES = 30, 22
DESCRIBED = 0x8
"""The flag of an entry whose sizes stand behind it, as in an archive that was written while it was sent."""
DESCRIPTION_SIGN, LONGEST_DESCRIPTION = b"PK\x07\x08", 24
LONGEST_EXTRA = 40
KNOWN_EXTRAS = frozenset({0x0001, 0x000A, 0x5455, 0x5855, 0x7855, 0x7875})
"""Sizes beyond 4 GiB, and the times and owners that the usual programs write. Others could give an entry another name, or hide bytes."""


class ZipEntries:
    """The files of a zip archive, stored or deflated."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.sums: dict[str, str] = {}
        try:
            self._archive = zipfile.ZipFile(path)
        except DAMAGED as error:
            raise VerifyError(f"{path}: is no readable zip archive ({str(error) or type(error).__name__})") from None
        try:
            infos = self._archive.infolist()
            if len(infos) > MOST_ENTRIES:
                raise VerifyError(f"{path}: holds more than {MOST_ENTRIES} files; verify parts of it")
            if sum(info.compress_size for info in infos) > path.stat().st_size:
                raise VerifyError(f"{path}: its entries are larger than the archive; they overlap, as in a zip bomb")
            faults = [*self._around(path), *_listed_wrongly(infos)]
        except BaseException:
            self._archive.close()
            raise
        entries: dict[str, Entry] = {}
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if info.is_dir() or not _stays_inside(info.orig_filename):
                continue
            if info.filename in entries:
                faults.append((info.filename, "is in the archive twice; which of them counts is anybody's guess"))
            else:
                self._infos[info.filename] = info
                entries[info.filename] = Entry(info.filename, info.file_size, _forbidden(info))
        self.entries: Mapping[str, Entry] = entries
        self.faults = tuple(faults)

    def _around(self, path: Path) -> Iterator[tuple[str, str]]:
        """Bytes of the archive that are no entry's."""
        try:
            with path.open("rb") as file:
                file.seek(-END_BYTES, 2)
                end = file.read(END_BYTES)
                if self._archive.comment or end[:4] != b"PK\x05\x06" or end[-2:] != bytes(2):
                    yield self.name, "has a comment or other bytes behind its end; an archive of evidence holds its files and nothing else"
                yield from _between(file, self._archive.infolist(), self._archive.start_dir, self.name)
        except DAMAGED as error:
            yield self.name, f"cannot be read as a whole ({str(error) or type(error).__name__})"

    def opened(self, path: str) -> IO[bytes]:
        """Opens an entry for reading."""
        return self._archive.open(self._infos[path])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._archive.close()


def _between(file: IO[bytes], infos: list[zipfile.ZipInfo], directory: int, name: str) -> Iterator[tuple[str, str]]:
    """Bytes before, between and behind the entries; `directory` is where their list begins."""
    ordered = sorted(infos, key=lambda info: info.header_offset)
    at = 0
    for info, following in zip(ordered, [*(info.header_offset for info in ordered[1:]), directory], strict=True):
        if info.header_offset != at:
            what = f"{info.header_offset - at} bytes that are no entry's" if info.header_offset > at else "an entry that overlaps another"
            yield name, f"has {what} before {info.orig_filename}; an archive of evidence holds its files and nothing else"
        file.seek(info.header_offset)
        header = file.read(LOCAL_HEADER_BYTES)
        name_bytes, extra_bytes = struct.unpack("<HH", header[26:])
        extra = file.read(name_bytes + extra_bytes)[name_bytes:]
        if (strange := _strange(extra)) is not None:
            yield info.orig_filename, strange
        end = info.header_offset + LOCAL_HEADER_BYTES + name_bytes + extra_bytes + info.compress_size
        if info.flag_bits & DESCRIBED and end < following:
            file.seek(end)
            end += _description_bytes(file.read(min(LONGEST_DESCRIPTION, following - end)), info)
        at = end
    if at != directory:
        yield name, f"has {directory - at} bytes behind its last entry; an archive of evidence holds its files and nothing else"


def _description_bytes(data: bytes, info: zipfile.ZipInfo) -> int:
    """How many bytes behind an entry tell its sum and sizes; none where these are something else."""
    for form in ("<LQQ", "<LLL"):
        try:
            described = struct.pack(form, info.CRC, info.compress_size, info.file_size)
        except struct.error:  # a size that needs the longer form
            continue
        for known in (DESCRIPTION_SIGN + described, described):
            if data.startswith(known):
                return len(known)
    return 0


def _strange(extra: bytes) -> str | None:
    """What is wrong with an entry's extra fields."""
    while extra:
        if len(extra) < 4:
            return "has extra fields that cannot be read"
        kind, size = struct.unpack("<HH", extra[:4])
        if kind not in KNOWN_EXTRAS or size > min(LONGEST_EXTRA, len(extra) - 4):
            return f"has an extra field (0x{kind:04x}) that no file of evidence needs: it may hold another name or other bytes"
        extra = extra[4 + size :]
    return None


def _listed_wrongly(infos: list[zipfile.ZipInfo]) -> Iterator[tuple[str, str]]:
    """Entries whose place in the archive's list is wrong, folders among them."""
    for info in infos:
        name = info.orig_filename
        if not _stays_inside(name.removesuffix("/")):
            yield name, "the name leads out of the archive, or is none; unpack this archive nowhere"
        elif info.is_dir() and (info.file_size or info.compress_size):
            yield name, "is a folder that holds bytes"
        if info.comment:
            yield name, "has a comment; a file of evidence has none"
        if (strange := _strange(info.extra)) is not None:
            yield name, strange


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
    if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
        return f"is stored in {info.compress_size} bytes, and is said to have {info.file_size}"
    if info.file_size > SMALL_BYTES and info.file_size > LARGEST_RATIO * max(1, info.compress_size):
        return f"would grow from {info.compress_size} to {info.file_size} bytes, as in a zip bomb; it is not unpacked"
    return None
