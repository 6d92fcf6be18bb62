"""Content credentials (C2PA) for the pictures of a packet: copies whose own file says, signed by a certificate, what they are and which packet they come from.

For whoever looks at a picture alone, with tools that know C2PA and nothing of packets. The packet stays as it is; the proof of the act is the packet.
Needs the extra `credentials`.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from evidence.canonical import manifest_sha256, read_json, sha256_hex
from evidence.errors import CanonicalError, EvidenceError, PacketError
from evidence.files import MASKED, EvidenceFile
from evidence.packet import Manifest, read_manifest

LABEL = "org.curbwatch.evidence"
CAPTURED = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
JPEG = "image/jpeg"
MOST_MANIFEST_BYTES = 8 * 2**20


class CredentialsError(EvidenceError):
    """Content credentials cannot be made."""


def write_credentials(packet: Path, out: Path, certificates: bytes, key: bytes, *, originals: bool = False) -> list[Path]:
    """Puts copies of a packet's masked pictures (with `originals` of all its pictures) into a folder, each with its credentials.

    Args:
        certificates: the signer's and those above it, PEM; the signer's key is Ed25519 and its certificate one that C2PA takes (section 14.5.1).
        key: its private key, PEM (PKCS #8).

    Raises:
        CredentialsError: the extra is not installed, the packet or a picture is not what it says, or the certificates are not taken.
    """
    try:
        import c2pa
    except ImportError:
        raise CredentialsError("content credentials need the extra `credentials`: pip install 'curbwatch[credentials]'") from None
    manifest, sha256 = _manifest_of(packet)
    pictures = [file for file in manifest.files if file.media_type == JPEG and (originals or file.role in MASKED)]
    out.mkdir(parents=True, exist_ok=True)
    made = []
    try:
        signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"ed25519", certificates, key, None))
        for file in pictures:
            data = _data_of(packet, file)
            builder, target = c2pa.Builder(json.dumps(_claim(manifest, sha256, file))), io.BytesIO()
            builder.sign(signer, JPEG, io.BytesIO(data), target)
            path = out / f"{manifest.packet_id}_{file.name}"
            path.write_bytes(target.getvalue())
            made.append(path)
    except c2pa.C2paError as error:
        raise CredentialsError(f"{packet}: no content credentials can be made: {' '.join(str(error).split())}") from None
    return made


def _manifest_of(packet: Path) -> tuple[Manifest, str]:
    path = packet / "manifest.json"
    try:
        with path.open("rb") as file:
            data = read_json(file.read(MOST_MANIFEST_BYTES), str(path))
        document = data["manifest"]
        return read_manifest(document, str(path)), manifest_sha256(document)
    except (OSError, CanonicalError, PacketError, KeyError, TypeError) as error:
        raise CredentialsError(f"{path}: is no manifest to make credentials by ({error}); run `curbwatch evidence verify`") from None


def _data_of(packet: Path, file: EvidenceFile) -> bytes:
    try:
        data = (packet / file.name).read_bytes()
    except OSError as error:
        raise CredentialsError(f"{packet / file.name}: cannot be read ({error.strerror})") from None
    if sha256_hex(data) != file.sha256:
        raise CredentialsError(f"{packet / file.name}: is not what the manifest says (its hash differs)")
    return data


def _claim(manifest: Manifest, sha256: str, file: EvidenceFile) -> dict[str, Any]:
    told = {
        "packet_id": manifest.packet_id, "act_id": manifest.act_id, "manifest_sha256": sha256, "file_sha256": file.sha256, "role": file.role.value,
        "derived_from_sha256": file.derived_from, "camera": manifest.camera.id, "worker_key_id": manifest.worker.key_id,
    }  # fmt: skip
    return {
        "claim_generator_info": [{"name": manifest.worker.software, "version": manifest.worker.software_version}],
        "title": file.name, "format": JPEG,
        "assertions": [
            {"label": LABEL, "data": told},
            {"label": "c2pa.actions", "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": CAPTURED}]}},
        ],
    }  # fmt: skip
