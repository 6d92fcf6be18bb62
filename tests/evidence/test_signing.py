from __future__ import annotations

import base64
import json
import os
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, PublicFormat

from evidence.errors import CanonicalError, KeyFileError, SignatureFault
from evidence.packet import Receipt, Signature
from evidence.signing import EVERYBODYS_KEYS, PublicKey, SigningKey, key_id_of, receipt_sha256, signed_receipt, verify_receipt, verify_receipt_json

DOCUMENT = {"a": 1, "b": ["占道", 2.5]}
KEY = SigningKey.generate()


def test_a_signature_fits_its_document_whatever_the_order_of_keys() -> None:
    KEY.public_key.verify({"b": ["占道", 2.50], "a": 1.0}, KEY.sign(DOCUMENT))


def test_a_key_is_known_by_its_public_bytes() -> None:
    assert KEY.key_id == KEY.public_key.key_id == key_id_of(KEY.public_bytes) == KEY.sign(DOCUMENT).key_id
    assert PublicKey.from_base64(KEY.public_key.to_base64()) == KEY.public_key
    assert len(KEY.key_id) == 16


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"key_id": "0" * 16}, "it is signed by the key 0000000000000000, not by"),
        ({"value": "AAAA"}, "is not base64 of 64 bytes"),
        ({"value": "@@@@"}, "is not base64 of 64 bytes"),
        ({"value": "é"}, "is not base64 of 64 bytes"),
        ({"value": "A" * 86 + "=="}, "does not fit the document"),
        ({"value": SigningKey.generate().sign(DOCUMENT).value}, "does not fit the document"),
    ],
)
def test_a_wrong_signature_is_a_fault(changed: dict[str, str], what: str) -> None:
    with pytest.raises(SignatureFault, match=what):
        KEY.public_key.verify(DOCUMENT, KEY.sign(DOCUMENT).model_copy(update=changed))


def test_a_changed_document_is_a_fault() -> None:
    with pytest.raises(SignatureFault, match="does not fit the document"):
        KEY.public_key.verify({**DOCUMENT, "a": 2}, KEY.sign(DOCUMENT))


def test_what_has_no_canonical_form_is_not_signed() -> None:
    with pytest.raises(CanonicalError):
        KEY.sign({"a": float("nan")})


@pytest.mark.parametrize("raw", sorted(EVERYBODYS_KEYS))
@pytest.mark.parametrize("sign", [0, 0x80])
def test_a_key_under_which_anybody_can_sign_is_refused(raw: bytes, sign: int) -> None:
    with pytest.raises(KeyFileError, match="anybody could sign under it"):
        PublicKey.from_base64(base64.b64encode(raw[:31] + bytes([raw[31] | sign])).decode())


def test_why_such_keys_are_refused() -> None:
    """The neutral element as key and as R with S = 0 fits every document."""
    neutral = bytes.fromhex("01" + "00" * 31)
    forged = Signature(algorithm="ed25519-sha256", key_id=key_id_of(neutral), value=base64.b64encode(neutral + bytes(32)).decode())
    PublicKey(neutral).verify({"whatever": "it says"}, forged)


@pytest.mark.parametrize(
    "text", ["", "AAAA", "no key", "A" * 40, KEY.public_key.to_base64()[:-1], "é" * 44], ids=["empty", "short", "words", "no end", "cut off", "no ASCII"]
)
def test_what_is_no_public_key(text: str) -> None:
    with pytest.raises(KeyFileError, match="base64 of 32 bytes"):
        PublicKey.from_base64(text)


def test_the_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "worker.pem"
    key = SigningKey.load_or_create(path)
    assert SigningKey.load_or_create(path).key_id == key.key_id
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert [item.name for item in path.parent.iterdir()] == ["worker.pem"]
    assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----\n")


def test_a_lax_umask_gives_nobody_the_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        SigningKey.load_or_create(tmp_path / "k.pem")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "k.pem").stat().st_mode) == 0o600


def test_many_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    ids: set[str] = set()
    threads = [threading.Thread(target=lambda: ids.add(SigningKey.load_or_create(tmp_path / "k.pem").key_id)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 1
    assert [item.name for item in tmp_path.iterdir()] == ["k.pem"]


def test_the_private_key_is_in_no_repr() -> None:
    assert repr(KEY) == "SigningKey()"


def pem(kind: str) -> bytes:
    ed25519 = Ed25519PrivateKey.generate()
    match kind:
        case "locked":
            return ed25519.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
        case "curve":
            return generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        case "public":
            return ed25519.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        case "cut":
            return ed25519.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())[:60]
        case "empty":
            return b""
        case _:
            return b"\x00\xffno key" * 9000


@pytest.mark.parametrize(
    ("kind", "mode", "what"),
    [
        ("locked", 0o600, "is locked with a password"),
        ("curve", 0o600, "a key of another kind; an Ed25519 key is needed"),
        ("public", 0o600, "holds no private key in PEM form"),
        ("cut", 0o600, "holds no private key in PEM form"),
        ("empty", 0o600, "holds no private key in PEM form"),
        ("noise", 0o600, "holds no private key in PEM form"),
        ("curve", 0o644, r"others may read or write this private key \(mode 0644\); run chmod 600"),
        ("curve", 0o660, "mode 0660"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(tmp_path: Path, kind: str, mode: int, what: str) -> None:
    path = tmp_path / "worker.pem"
    path.write_bytes(pem(kind))
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=what) as caught:
        SigningKey.load_or_create(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["folder", "dangling link", "in a file"])
def test_a_place_that_holds_no_file_is_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "worker.pem"
    if kind == "folder":
        path.mkdir()
    elif kind == "dangling link":
        path.symlink_to(tmp_path / "nowhere")
    else:
        path.write_text("", encoding="utf-8")
        path = path / "worker.pem"
    with pytest.raises(KeyFileError, match=r"worker\.pem: .*cannot be"):
        SigningKey.load_or_create(path)


def receipt(received_at: datetime = datetime(2026, 11, 25, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=8)))) -> Receipt:
    return signed_receipt(KEY, manifest_sha256="ab" * 32, received_at=received_at, log_index=7, previous_sha256="cd" * 32)


def test_a_receipt_is_in_utc_and_survives_being_written() -> None:
    text = receipt().model_dump_json()
    assert '"received_at":"2026-11-25T04:00:00.000005Z"' in text
    verify_receipt(Receipt.model_validate_json(text), KEY.public_key)
    assert receipt_sha256(Receipt.model_validate_json(text)) == receipt_sha256(receipt())


@pytest.mark.parametrize(
    "changed",
    [{"log_index": 8}, {"manifest_sha256": "0" * 64}, {"previous_sha256": None}, {"received_at": datetime(2026, 11, 25, 3, tzinfo=UTC)}],
)
def test_a_changed_receipt_is_a_fault(changed: dict[str, object]) -> None:
    with pytest.raises(SignatureFault):
        verify_receipt(receipt().model_copy(update=changed), KEY.public_key)
    assert receipt_sha256(receipt().model_copy(update=changed)) != receipt_sha256(receipt())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data.update(received_at="2026-11-25T04:00:00.000005999Z"), id="a time finer than is kept"),
        pytest.param(lambda data: data.update(received_at="2026-11-25T04:00:00.000005+00:00"), id="another spelling of the zone"),
        pytest.param(lambda data: data.update(received_at="2026-11-25T12:00:00.000005+08:00"), id="another zone"),
        pytest.param(lambda data: data.pop("schema"), id="no schema"),
        pytest.param(lambda data: data.update(schema_=data.pop("schema")), id="another name of the schema"),
        pytest.param(lambda data: data.update(note="x"), id="a field more"),
        pytest.param(lambda data: data.pop("log_index"), id="a field less"),
    ],
)
def test_a_receipt_is_verified_as_its_json_says_it(change: Callable[[dict[str, Any]], Any]) -> None:
    data = json.loads(receipt().model_dump_json())
    assert verify_receipt_json(data, KEY.public_key) == receipt()
    change(data)
    with pytest.raises(SignatureFault):
        verify_receipt_json(data, KEY.public_key)
