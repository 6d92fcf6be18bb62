"""What delivered files hold, as far as it could harm who opens them: nothing here unpacks or decodes, only first bytes are read.

A file is what its manifest says or it is refused: no archive under any name, no picture that claims to be none or unpacks to gigabytes. What was
refused is deleted, unless another packet names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select

from api.blobs import BlobStore
from api.database import Database
from api.errors import BlobsMissing, Unusable
from api.schema import packet_files
from evidence.packet import EvidenceFile

FIRST_BYTES = 256 * 1024
"""A JPEG tells its size within: before it stand an Exif segment of 64 KB and a few others."""
MOST_PIXELS = 100_000_000
"""Of a picture; the largest traffic cameras have 12 million, a browser needs four bytes for each."""
ARCHIVES = {
    b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\x1f\x8b": "gzip", b"7z\xbc\xaf": "7z", b"Rar!": "rar", b"BZh": "bzip2", b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}  # fmt: skip
PICTURES = {"image/jpeg": (b"\xff\xd8\xff",), "image/png": (b"\x89PNG\r\n\x1a\n",), "image/webp": (b"RIFF",)}


def check(database: Database, blobs: BlobStore, files: Iterable[EvidenceFile]) -> None:
    """Whether the files of a manifest hold what it says; one that does not is deleted where no packet names it.

    Raises:
        Unusable: names the file and what is wrong.
        BlobsMissing: one has gone since it was looked for, or is not whole; its sender brings it again.
    """
    for file in files:
        first = _first_of(blobs, file)
        if len(first) != min(FIRST_BYTES, file.bytes):
            told = f"{file.name} is here no more, or not whole; PUT /blobs/SHA256 it again, then send the manifest again"
            raise BlobsMissing(told, f"文件已不在服务器上或不完整：{file.name}，请重新上传", missing=[file.sha256])
        fault = fault_of(first, file.media_type)
        if fault is not None:
            with database.write() as connection:
                if connection.execute(select(packet_files.c.name).where(packet_files.c.sha256 == file.sha256).limit(1)).first() is None:
                    blobs.delete(file.sha256)
            raise Unusable(f"manifest.files: {file.name} {fault}; it was not kept", f"证据文件内容与声明不符：{file.name}")


def _first_of(blobs: BlobStore, file: EvidenceFile) -> bytes:
    """Its first bytes; none of one that is not here any more."""
    try:
        return b"".join(blobs.read(file.sha256, 0, min(FIRST_BYTES, file.bytes)))
    except FileNotFoundError:
        return b""


def fault_of(first: bytes, media_type: str) -> str | None:
    """What is wrong with a file that begins so; None where nothing is."""
    archive = next((name for begin, name in ARCHIVES.items() if first.startswith(begin)), None)
    if archive is not None:
        return f"is a {archive} archive, which evidence never is"
    begins = PICTURES.get(media_type)
    if begins is None:
        return None
    if not first.startswith(begins):
        return f"is no {media_type}"
    size = {"image/jpeg": _jpeg_size, "image/png": _png_size, "image/webp": _webp_size}[media_type](first)
    if size is not None and size[0] * size[1] > MOST_PIXELS:
        return f"is a picture of {size[0]}x{size[1]}, more than {MOST_PIXELS // 1_000_000} million pixels"
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height by the largest frame header (SOF0 to SOF15 but DHT, JPG, DAC; ITU-T T.81, B.2.2); None where there is none."""
    sizes = [(int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])) for marker, at in _segments(data) if marker in SOF]
    return max(sizes, default=None, key=lambda size: size[0] * size[1])


SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Markers with lengths, and where they begin, up to the first scan."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in (0xD9, 0xDA):
            return
        yield marker, at
        at += 2 + (0 if 0xD0 <= marker <= 0xD7 or marker == 0x01 else int.from_bytes(data[at + 2 : at + 4]))


def _png_size(data: bytes) -> tuple[int, int] | None:
    return (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) if data[12:16] == b"IHDR" else None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind, body = data[12:16], data[20:]
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8 ":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None
