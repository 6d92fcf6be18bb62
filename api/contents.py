"""What delivered files hold, as far as it could harm who opens them: nothing here unpacks or decodes, only first bytes are read.

A file is what its manifest says or it is refused: of a type that evidence has, begun as that type begins, no archive under any name, no picture whose
size is not told or that unpacks to gigabytes. What cannot be told counts as a fault. What was refused is deleted, unless another packet names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import select

from api.blobs import BlobStore
from api.database import Database
from api.errors import BlobsMissing, Unusable
from api.schema import packet_files
from evidence.packet import EvidenceFile

FIRST_BYTES = 256 * 1024
"""A picture tells its size within: before it stand an Exif segment of 64 KB and a few others."""
MOST_PIXELS = 100_000_000
"""Of a picture; the largest traffic cameras have 12 million, a browser needs four bytes for each."""
ARCHIVES = {
    b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\x1f\x8b": "gzip", b"7z\xbc\xaf": "7z", b"Rar!": "rar", b"BZh": "bzip2", b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}  # fmt: skip
TAR = (257, b"ustar")
START_CODES = (b"\x00\x00\x01", b"\x00\x00\x00\x01")
"""Of H.264 and H.265 as a stream of bytes (Annex B)."""


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
    if archive is None and first.startswith(TAR[1], TAR[0]):
        archive = "tar"
    if archive is not None:
        return f"is a {archive} archive, which evidence never is"
    if media_type in SIZES:
        return _picture_fault(first, media_type)
    begins = BEGINNINGS.get(media_type)
    if begins is None:
        return f"is of the type {media_type[:100]}, which evidence never is; there are {', '.join(sorted({*SIZES, *BEGINNINGS}))}"
    return None if begins(first) else f"is no {media_type}"


def _picture_fault(first: bytes, media_type: str) -> str | None:
    begin, size_of = SIZES[media_type]
    if not first.startswith(begin):
        return f"is no {media_type}"
    size = size_of(first)
    if size is None or 0 in size:
        return f"is a picture that does not tell its size within its first {FIRST_BYTES // 1024} KB"
    if size[0] * size[1] > MOST_PIXELS:
        return f"is a picture of {size[0]}x{size[1]}, more than {MOST_PIXELS // 1_000_000} million pixels"
    return None


def _is_mp4(first: bytes) -> bool:
    """Begins with a file type box (ISO/IEC 14496-12, 4.3) that ends within the file."""
    return first[4:8] == b"ftyp" and 16 <= int.from_bytes(first[:4]) <= len(first)


def _is_coded(first: bytes) -> bool:
    return first.startswith(START_CODES)


def _is_json(first: bytes) -> bool:
    """An object or a list as text; what may be cut off in the midst of a sign is not looked at."""
    try:
        text = first[: max(1, len(first) - 3)].decode("utf-8") if len(first) == FIRST_BYTES else first.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return text.lstrip(" \t\r\n")[:1] in ("{", "[") and "\x00" not in text


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height by the largest frame header (SOF0 to SOF15 but DHT, JPG, DAC; ITU-T T.81, B.2.2); None where there is none."""
    sizes = [(int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])) for marker, at in _segments(data) if marker in SOF]
    return max(sizes, default=None, key=lambda size: size[0] * size[1])


SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Markers with lengths, and where they begin, up to the first scan; none after one that is no marker or has no length."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in (0xD9, 0xDA):
            return
        yield marker, at
        length = 0 if 0xD0 <= marker <= 0xD7 or marker == 0x01 else int.from_bytes(data[at + 2 : at + 4])
        if length == 1:
            return
        at += 2 + length


def _png_size(data: bytes) -> tuple[int, int] | None:
    """By the header, which is the first chunk (W3C PNG, 5.6); None where another one stands first."""
    is_header = data[8:16] == b"\x00\x00\x00\x0dIHDR" and len(data) >= 24
    return (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) if is_header else None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """By the picture itself, whatever canvas is announced around it (RFC 9649, 2); None where there is none, or more than one (an animation)."""
    if data[8:12] != b"WEBP":
        return None
    sizes: list[tuple[int, int]] = []
    at = 12
    while at + 8 <= len(data):
        kind, body = data[at : at + 4], data[at + 8 : at + 18]
        if kind in (b"ANIM", b"ANMF"):
            return None
        if kind == b"VP8X" and len(body) == 10:
            sizes.append((1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")))
        if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a" and len(body) == 10:
            return _larger(sizes, (int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF))
        if kind == b"VP8L" and body[:1] == b"\x2f" and len(body) >= 5:
            bits = int.from_bytes(body[1:5], "little")
            return _larger(sizes, (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    return None


def _larger(sizes: list[tuple[int, int]], own: tuple[int, int]) -> tuple[int, int]:
    return max([*sizes, own], key=lambda size: size[0] * size[1])


SIZES: dict[str, tuple[bytes, Callable[[bytes], tuple[int, int] | None]]] = {
    "image/jpeg": (b"\xff\xd8\xff", _jpeg_size),
    "image/png": (b"\x89PNG\r\n\x1a\n", _png_size),
    "image/webp": (b"RIFF", _webp_size),
}
"""How pictures begin, and what reads their size."""
BEGINNINGS: dict[str, Callable[[bytes], bool]] = {
    "video/mp4": _is_mp4,
    "video/h264": _is_coded,
    "video/h265": _is_coded,
    "application/json": _is_json,
}
"""What all else that is taken begins with."""
