"""A case as one zip archive that `curbwatch evidence verify` takes: a folder for each packet, and the public keys. Written while it is sent."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from api.blobs import BlobStore
from api.shapes import CaseDetail, Keys
from evidence.keyring import KnownKey
from evidence.signing import PublicKey

OLDEST = (1980, 1, 1, 0, 0, 0)
"""One time for all entries, so that the same case makes the same archive."""


@dataclass(frozen=True, slots=True)
class Named:
    """An evidence file of the archive."""

    sha256: str
    bytes: int


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


def archive(detail: CaseDetail, keys: Keys, blobs: BlobStore) -> Iterator[bytes]:
    """The archive of a case, piece by piece."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as out:  # type: ignore[call-overload]
        for name, content in _entries(detail, keys):
            info = zipfile.ZipInfo(name, OLDEST)
            info.external_attr = 0o644 << 16
            info.file_size = len(content) if isinstance(content, bytes) else content.bytes
            with out.open(info, "w") as entry:
                for piece in (content,) if isinstance(content, bytes) else blobs.read(content.sha256):
                    entry.write(piece)
                    yield sink.taken()
            yield sink.taken()
    yield sink.taken()


def _entries(detail: CaseDetail, keys: Keys) -> Iterable[tuple[str, Named | bytes]]:
    for packet in detail.packets:
        signature = None if packet.signature is None else packet.signature.model_dump(mode="json")
        yield f"{packet.packet_id}/manifest.json", json.dumps({"manifest": packet.manifest, "signature": signature}, ensure_ascii=False).encode()
        if packet.receipt is not None:
            yield f"{packet.packet_id}/receipt.json", packet.receipt.model_dump_json().encode()
        for file in packet.manifest["files"]:
            yield f"{packet.packet_id}/{file['name']}", Named(file["sha256"], file["bytes"])
    signers = {packet.signature.key_id for packet in detail.packets if packet.signature is not None}
    lines = [KnownKey(PublicKey.from_base64(keys.api.public_key), "api")]
    lines += [KnownKey(PublicKey.from_base64(key.public_key), "worker", key.name) for key in keys.workers if key.key_id in signers]
    yield "keys/keys.pub", "".join(f"{line}\n" for line in lines).encode()
