"""Content credentials by an authority of one's own, read back by the C2PA library."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from curbwatch.credentials import LABEL, CredentialsError, write_credentials
from evidence.canonical import manifest_sha256
from tests.evidence.shop import Shop, named_file

c2pa = pytest.importorskip("c2pa")
cv2 = pytest.importorskip("cv2")


def signer() -> tuple[bytes, bytes]:
    """Certificates (the city's root and one below it) and the private key, PEM."""

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "city"), x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def made(subject: str, key: Ed25519PrivateKey, above: Ed25519PrivateKey, *, is_root: bool) -> bytes:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name("root")).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(minutes=5)).not_valid_after(now + timedelta(days=30))
        builder = builder.add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
        usage = x509.KeyUsage(not is_root, False, False, False, False, is_root, is_root, False, False)
        builder = builder.add_extension(usage, critical=True)
        if not is_root:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        return builder.sign(above, None).public_bytes(Encoding.PEM)

    root, key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    chain = made("worker", key, root, is_root=False) + made("root", root, root, is_root=True)
    return chain, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def packet(tmp_path: Path) -> tuple[Shop, Path]:
    """A packet with a real JPEG that may leave the case."""
    import numpy as np

    shop = Shop(tmp_path / "packets")
    folder = shop.write(receipt=False)
    data = cv2.imencode(".jpg", np.full((60, 80, 3), 90, np.uint8))[1].tobytes()
    (folder / "masked.jpg").write_bytes(data)
    shop.resign(folder, lambda m: m["files"].append(named_file("masked.jpg", "masked_confirming", data, m["files"][0]["sha256"])))
    return shop, folder


def read(data: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(c2pa.Reader("image/jpeg", io.BytesIO(data)).json())
    return told


def test_a_picture_says_which_packet_it_is_of_and_a_changed_one_is_invalid(packet: tuple[Shop, Path], tmp_path: Path) -> None:
    shop, folder = packet
    (path,) = write_credentials(folder, tmp_path / "shown", *signer())
    told = read(path.read_bytes())
    assert told["validation_state"] == "Valid"
    (data,) = [one["data"] for one in told["manifests"][told["active_manifest"]]["assertions"] if one["label"] == LABEL]
    assert data["manifest_sha256"] == manifest_sha256(shop.manifest(folder))
    assert (data["role"], data["worker_key_id"]) == ("masked_confirming", shop.worker.key_id)
    changed = bytearray(path.read_bytes())
    changed[-20] ^= 1
    assert read(bytes(changed))["validation_state"] == "Invalid"


def test_what_cannot_be_signed_is_one_line(packet: tuple[Shop, Path], tmp_path: Path) -> None:
    _, folder = packet
    with pytest.raises(CredentialsError, match="no content credentials can be made"):
        write_credentials(folder, tmp_path / "shown", b"no certificate", b"no key")
    (folder / "masked.jpg").write_bytes(b"x")
    with pytest.raises(CredentialsError, match="is not what the manifest says"):
        write_credentials(folder, tmp_path / "shown", *signer())
    with pytest.raises(CredentialsError, match="is no manifest to make credentials by"):
        write_credentials(tmp_path, tmp_path / "shown", *signer())
