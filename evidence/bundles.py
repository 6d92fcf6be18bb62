"""A small packet in one body: a tar (POSIX ustar) of `manifest.json`, the signed manifest, and after it files that the manifest names, each under its SHA-256.

Who has hundreds of packets to bring saves eight requests on each. A large one goes file by file, so that a broken line costs no more than what is left.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass

from evidence.canonical import SHA256
from evidence.errors import PacketError

MANIFEST = "manifest.json"
MOST_FILES = 64
"""A packet has about ten."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a body holds: the signed manifest as JSON text, and files by the SHA-256 that they are named by (nobody has hashed them yet)."""

    manifest: bytes
    files: dict[str, bytes]


def write_bundle(manifest: bytes, files: Iterable[tuple[str, bytes]]) -> bytes:
    """The body of a packet.

    Args:
        manifest: the signed manifest as JSON text.
        files: SHA-256 and content.
    """
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in ((MANIFEST, manifest), *files):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return body.getvalue()


def read_bundle(body: bytes) -> Bundle:
    """Reads a body; nothing is unpacked to a disk.

    Raises:
        PacketError: it is no such tar: damaged, packed, with links or other names, or without a manifest in front.
    """
    manifest: bytes | None = None
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:") as tar:
            for entry in tar:
                if not entry.isreg() or entry.issparse():
                    raise PacketError("the bundle holds something that is no plain file")
                data = body[entry.offset_data : entry.offset_data + entry.size]
                if len(data) != entry.size:
                    raise PacketError("the bundle ends before its last file does")
                if manifest is None:
                    if entry.name != MANIFEST:
                        raise PacketError(f"the bundle does not begin with {MANIFEST}")
                    manifest = data
                elif SHA256.fullmatch(entry.name) is None or entry.name in files:
                    raise PacketError("the bundle holds a file whose name is no SHA-256, or twice the same")
                elif len(files) == MOST_FILES:
                    raise PacketError(f"the bundle holds more than {MOST_FILES} files; send them one by one")
                else:
                    files[entry.name] = data
    except (tarfile.TarError, ValueError, OverflowError, EOFError, RecursionError) as error:
        raise PacketError(f"the bundle is no tar that can be read ({type(error).__name__})") from None
    if manifest is None:
        raise PacketError(f"the bundle has no {MANIFEST}")
    return Bundle(manifest, files)
