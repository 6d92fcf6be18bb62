"""The sum over a clip's coded pictures, read from the MP4 file itself: that it holds, bit for bit, what the camera sent, whatever file that lies in.

The sum is SHA-256 over the NAL units that hold coded pictures, in order: of each its length (four bytes, most significant first) and its bytes. Parameter
sets and messages are none: a muxer may move them. The file is read by its boxes (ISO/IEC 14496-12, -15) and nothing is decoded; it is a stranger's, so every
number in it is bounded by the file's size.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from evidence.errors import PacketError

LAST_CODED = {"h264": 5, "hevc": 31}
"""The highest type of a NAL unit that holds a coded picture (H.264 table 7-1: from 1; H.265 table 7-1: from 0)."""
ENTRIES = {b"avc1": "h264", b"avc3": "h264", b"hvc1": "hevc", b"hev1": "hevc"}
CONFIGURATION = {"h264": (b"avcC", 4), "hevc": (b"hvcC", 21)}
"""The box that says how long lengths are, and the byte in it."""
VISUAL_ENTRY_BYTES = 78
LARGEST_BOX_BYTES = 64 * 2**20
"""Of the tables in the file's header; of a clip of 15 s they have some kilobytes."""


@dataclass(frozen=True, slots=True)
class Coded:
    """What the file holds: `codec` is `h264` or `hevc`; `sha256` the sum over `nals` units of `pictures` samples."""

    codec: str
    pictures: int
    nals: int
    sha256: str


class CodedSum:
    """The sum, unit by unit."""

    def __init__(self, codec: str) -> None:
        self._codec, self._digest, self.nals = codec, hashlib.sha256(), 0

    def add(self, nals: Iterable[bytes]) -> None:
        """Adds those that hold coded pictures."""
        for nal in nals:
            if nal and is_coded(self._codec, nal):
                self._digest.update(len(nal).to_bytes(4, "big") + nal)
                self.nals += 1

    @property
    def sha256(self) -> str:
        """In hexadecimal."""
        return self._digest.hexdigest()


def is_coded(codec: str, nal: bytes) -> bool:
    """Whether a NAL unit (without start code) holds a coded picture, or a slice of one."""
    if codec == "hevc":
        return (nal[0] >> 1) & 0x3F <= LAST_CODED[codec]
    return 0 < nal[0] & 0x1F <= LAST_CODED[codec]


def coded_of_file(path: Path) -> Coded:
    """Reads a clip.

    Raises:
        PacketError: it is no MP4 file with H.264 or H.265 in it, or a damaged one.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return coded_of(file, os.fstat(file.fileno()).st_size, path.name)


def coded_of(file: BinaryIO, size: int, name: str) -> Coded:
    """The same of an open file of so many bytes.

    Raises:
        PacketError: as `coded_of_file`.
    """
    try:
        return _read(file, size)
    except (struct.error, IndexError, KeyError, ValueError, OverflowError) as error:
        raise PacketError(f"{name}: is no MP4 file with H.264 or H.265 that can be read ({type(error).__name__}: {error})") from None


def _read(file: BinaryIO, size: int) -> Coded:
    moov = next((_bytes(file, begin, end) for name, begin, end in _boxes_of(file, size) if name == b"moov"), None)
    if moov is None:
        raise ValueError("no moov box")
    for name, track in _boxes(moov):
        if name != b"trak":
            continue
        table = dict(_boxes(dict(_boxes(dict(_boxes(dict(_boxes(track))[b"mdia"]))[b"minf"]))[b"stbl"]))
        entry = next(_boxes(table[b"stsd"][8:]), (b"", b""))
        codec = ENTRIES.get(entry[0])
        if codec is not None:
            return _sum(file, size, codec, _length_bytes(codec, entry[1]), table)
    raise ValueError("no track of H.264 or H.265")


def _sum(file: BinaryIO, size: int, codec: str, length_bytes: int, table: dict[bytes, bytes]) -> Coded:
    total, pictures = CodedSum(codec), 0
    for offset, length in _samples(table):
        if offset < 0 or offset + length > size:
            raise ValueError(f"picture {pictures + 1} lies outside of the file: it was cut")
        file.seek(offset)
        total.add(_nals(file.read(length), length_bytes))
        pictures += 1
    return Coded(codec, pictures, total.nals, total.sha256)


def _nals(sample: bytes, length_bytes: int) -> Iterator[bytes]:
    place = 0
    while place < len(sample):
        length = int.from_bytes(sample[place : place + length_bytes], "big")
        place += length_bytes
        if place + length > len(sample):
            raise ValueError("a unit is longer than its picture")
        yield sample[place : place + length]
        place += length


def _length_bytes(codec: str, entry: bytes) -> int:
    name, place = CONFIGURATION[codec]
    return (dict(_boxes(entry[VISUAL_ENTRY_BYTES:]))[name][place] & 3) + 1


def _samples(table: dict[bytes, bytes]) -> Iterator[tuple[int, int]]:
    """Offset and length of each picture, in the order of decoding."""
    sizes, chunks = _sizes(table[b"stsz"]), _chunks(table)
    runs = list(struct.iter_unpack(">III", _array(table[b"stsc"], 12)))
    for number, (first, per_chunk, _) in enumerate(runs):
        last = runs[number + 1][0] if number + 1 < len(runs) else len(chunks) + 1
        for chunk in chunks[first - 1 : last - 1]:
            for _ in range(per_chunk):
                length = next(sizes, None)
                if length is None:
                    return
                yield chunk, length
                chunk += length
    if next(sizes, None) is not None:
        raise ValueError("pictures lie in no chunk")


def _sizes(stsz: bytes) -> Iterator[int]:
    same, count = struct.unpack_from(">II", stsz, 4)
    if same:
        raise ValueError("all pictures are of one size")
    yield from (one[0] for one in struct.iter_unpack(">I", stsz[12 : 12 + 4 * count]))


def _chunks(table: dict[bytes, bytes]) -> list[int]:
    box, form, width = (table[b"co64"], ">Q", 8) if b"co64" in table else (table[b"stco"], ">I", 4)
    return [one[0] for one in struct.iter_unpack(form, _array(box, width))]


def _array(box: bytes, width: int) -> bytes:
    count = struct.unpack_from(">I", box, 4)[0]
    return box[8 : 8 + width * count]


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each box within a box."""
    place = 0
    while place + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        head = 8
        if length == 1:
            length, head = struct.unpack_from(">Q", data, place + 8)[0], 16
        if length < head or place + length > len(data):
            raise ValueError(f"a box {name!r} is longer than what it lies in")
        yield name, data[place + head : place + length]
        place += length


def _boxes_of(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of the content of each box of the file."""
    place = 0
    while place + 8 <= size:
        file.seek(place)
        head = file.read(16)
        length, name = struct.unpack_from(">I4s", head)
        begin = place + 8
        if length == 1:
            length, begin = struct.unpack_from(">Q", head, 8)[0], place + 16
        elif length == 0:
            length = size - place
        if length < begin - place or place + length > size:
            raise ValueError(f"a box {name!r} is longer than the file: it was cut")
        yield name, begin, place + length
        place += length


def _bytes(file: BinaryIO, begin: int, end: int) -> bytes:
    if end - begin > LARGEST_BOX_BYTES:
        raise ValueError("its header is too large")
    file.seek(begin)
    return file.read(end - begin)
