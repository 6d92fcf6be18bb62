"""Ed25519 keys of workers and of the API, signatures over documents, and signed receipts.

What is signed is the SHA-256 digest of the document's canonical JSON. A key is known by the first 16 hexadecimal digits of the SHA-256 of its raw
public bytes. Private keys lie in PEM files (PKCS #8) that only their owner may read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from pydantic import ValidationError

from evidence.canonical import canonical_json, sha256_hex
from evidence.errors import KeyFileError, SignatureFault
from evidence.folders import sync
from evidence.model import first_fault
from evidence.packet import ALGORITHM, CASELESS_SCHEMA, RECEIPT_SCHEMA, Receipt, Signature

LARGEST_KEY_FILE_BYTES = 16 * 1024
EVERYBODYS_KEYS = frozenset(
    bytes.fromhex(text)
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)
"""Points of order 1, 2, 4 and 8 (the sign bit aside): under such a key anybody can sign, so whoever gives one can deny everything later."""


def key_id_of(raw: bytes) -> str:
    """The name of a key: of its 32 raw public bytes the SHA-256, of that the first 16 hexadecimal digits."""
    return hashlib.sha256(raw).hexdigest()[:16]


@dataclass(frozen=True)
class PublicKey:
    """A public key by its 32 raw bytes."""

    raw: bytes

    @classmethod
    def from_base64(cls, text: str) -> Self:
        """Reads a key as it is written in registries and key files.

        Raises:
            KeyFileError: it is not base64 of 32 bytes, or one under which anybody could sign.
        """
        raw = _decoded(text.strip())
        if raw is None or len(raw) != 32:
            raise KeyFileError("a public key is base64 of 32 bytes (44 signs), this is not")
        if raw[:31] + bytes([raw[31] & 0x7F]) in EVERYBODYS_KEYS:
            raise KeyFileError("this public key has no private one (a point of small order): anybody could sign under it")
        return cls(raw)

    def to_base64(self) -> str:
        """The key as one word."""
        return base64.b64encode(self.raw).decode("ascii")

    @property
    def key_id(self) -> str:
        """The key's name."""
        return key_id_of(self.raw)

    def verify(self, document: Mapping[str, Any], signature: Signature) -> None:
        """Checks that this key signed this document.

        Raises:
            SignatureFault: another key's signature, a damaged one, or one over another document.
            CanonicalError: the document has no canonical form.
        """
        self.verify_digest(_digest(document), signature)

    def verify_digest(self, digest: bytes, signature: Signature) -> None:
        """The same, of a document whose canonical JSON has this SHA-256.

        Raises:
            SignatureFault: as `verify`.
        """
        if signature.algorithm != ALGORITHM:
            raise SignatureFault(f"it is made by {signature.algorithm}, which this version cannot check; it knows {ALGORITHM}")
        if signature.key_id != self.key_id:
            raise SignatureFault(f"it is signed by the key {signature.key_id}, not by {self.key_id}")
        value = _decoded(signature.value)
        if value is None or len(value) != 64:
            raise SignatureFault("the signature's value is not base64 of 64 bytes")
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(value, digest)
        except InvalidSignature:
            raise SignatureFault(f"the signature by the key {self.key_id} does not fit the document: one of them was changed") from None


@dataclass(frozen=True)
class SigningKey:
    """A private key; its bytes are in no repr, log or error."""

    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """A new key, in memory only."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a key file.

        Raises:
            KeyFileError: it is not there, others may read it, or it holds no Ed25519 private key.
        """
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                data = file.read(LARGEST_KEY_FILE_BYTES + 1)
        except OSError as error:
            raise KeyFileError(f"{path}: cannot be read as a key file ({error.strerror})") from None
        if stat.S_IMODE(mode) & 0o077:
            raise KeyFileError(f"{path}: others may read or write this private key (mode {stat.S_IMODE(mode):04o}); run chmod 600 {path}")
        try:
            private = load_pem_private_key(data, password=None)
        except TypeError:
            raise KeyFileError(f"{path}: is locked with a password; a key file without one, mode 0600, is needed") from None
        except (ValueError, UnsupportedAlgorithm):
            raise KeyFileError(f"{path}: holds no private key in PEM form (PKCS #8)") from None
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyFileError(f"{path}: holds a key of another kind; an Ed25519 key is needed")
        return cls(private)

    @classmethod
    def load_or_create(cls, path: Path) -> Self:
        """Reads the key file, or makes one (mode 0600) where there is none; of two that start at once, both get the same key.

        Raises:
            KeyFileError: the file cannot be used, or not be written.
        """
        if not os.path.lexists(path):
            try:
                cls.generate()._write_new(path)
            except OSError as error:
                raise KeyFileError(f"{path}: the key file cannot be written ({error.strerror})") from None
        return cls.load(path)

    def _write_new(self, path: Path) -> None:
        """Puts the whole file into its place at once, and only if nobody else did meanwhile."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                return
        finally:
            draft.unlink(missing_ok=True)
        sync(path.parent)

    @property
    def public_bytes(self) -> bytes:
        """The 32 raw bytes of the public key."""
        return self._private.public_key().public_bytes_raw()

    @property
    def public_key(self) -> PublicKey:
        """The key to give away."""
        return PublicKey(self.public_bytes)

    @cached_property
    def key_id(self) -> str:
        """The key's name."""
        return key_id_of(self.public_bytes)

    def sign(self, document: Mapping[str, Any]) -> Signature:
        """Signs a document.

        Raises:
            CanonicalError: the document has no canonical form.
        """
        return self.sign_digest(_digest(document))

    def sign_digest(self, digest: bytes) -> Signature:
        """The same, of a document whose canonical JSON has this SHA-256."""
        value = base64.b64encode(self._private.sign(digest)).decode("ascii")
        return Signature(algorithm=ALGORITHM, key_id=self.key_id, value=value)


def signed_receipt(
    key: SigningKey, *, manifest_sha256: str, received_at: datetime, log_index: int, previous_sha256: str | None, case_id: str | None = None
) -> Receipt:
    """The API's signed answer to a manifest. The signature is over the receipt without its `signature`; the time is written in UTC.

    Args:
        log_index: the entry's place in the API's log; the first has 1.
        previous_sha256: `receipt_sha256` of the entry before this one, so that each receipt vouches for all before it; None for the first.
        case_id: the case that the manifest came to; None for a receipt of the schema before, which names none.
    """
    unsigned = Receipt(
        schema=CASELESS_SCHEMA if case_id is None else RECEIPT_SCHEMA,
        case_id=case_id,
        manifest_sha256=manifest_sha256,
        received_at=received_at.astimezone(UTC),
        log_index=log_index,
        previous_sha256=previous_sha256,
        signature=Signature(algorithm=ALGORITHM, key_id=key.key_id, value=""),
    )
    return unsigned.model_copy(update={"signature": key.sign(_receipt_document(unsigned))})


def verify_receipt(receipt: Receipt, public_key: PublicKey) -> None:
    """Checks that this key signed this receipt. Of one that came as JSON this tells what was understood of it, and not every spelling is what was signed:
    see `verify_receipt_json`.

    Raises:
        SignatureFault: as `PublicKey.verify`.
    """
    public_key.verify(_receipt_document(receipt), receipt.signature)


def verify_receipt_json(data: Mapping[str, Any], public_key: PublicKey) -> Receipt:
    """Checks that this key signed a receipt exactly as its JSON says it, and reads it.

    Raises:
        SignatureFault: as `PublicKey.verify`; also where it is no receipt.
        CanonicalError: it has no canonical form.
    """
    try:
        receipt = Receipt.model_validate(data)
    except ValidationError as error:
        raise SignatureFault(f"it is no receipt: {first_fault(error)}") from None
    public_key.verify(receipt_document(data), receipt.signature)
    return receipt


def receipt_document(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is signed of a receipt's JSON, and what stands in the API's log: all but its `signature`."""
    return {name: value for name, value in data.items() if name != "signature"}


def receipt_sha256(receipt: Receipt) -> str:
    """The hash by which the API's next receipt names this one: SHA-256 of its canonical JSON without `signature`."""
    return sha256_hex(canonical_json(_receipt_document(receipt)))


def _receipt_document(receipt: Receipt) -> dict[str, Any]:
    return receipt.model_dump(mode="json", exclude={"signature"})


def _digest(document: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(canonical_json(document)).digest()


def _decoded(text: str) -> bytes | None:
    """The bytes of strict base64; None where the text is not what the encoder would have written."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode("ascii") == text else None
