"""Packets that a worker gave up, as on a full disk: their files are gone, their manifests stay and keep their places in the chain.

    {"record": {"schema": "curbwatch.given-up/1", "worker": "gate-1", "packet_id": …, "manifest_sha256": …, "sequence": 7, "at": …, "reason": "disk_full",
                "files": 9, "bytes": 4100000}, "signature": {…}}

Where files were missing on the worker's own disk (`reason` is `file_lost`), `missing` names them; the worker keeps the rest. The record is signed by the
worker's key and says what went. It lies as `given_up.json` beside the manifest in the packet's folder; in an auditor's export manifest and record are one file,
`given-up/KEY_ID-SEQUENCE.json`: {"manifest": …, "signature": …, "given_up": {"record": …, "signature": …}}.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from evidence.errors import PacketError
from evidence.model import Moment, Sha256, Strict, first_fault
from evidence.packet import Signature
from evidence.signing import PublicKey, SigningKey

GIVEN_UP_SCHEMA = "curbwatch.given-up/1"
GIVEN_UP = "given_up.json"


class GivenUp(Strict):
    """What a worker says of a packet whose files it let go, or of which `missing` were missing: `files` and `bytes` are what its manifest names."""

    schema_: Literal["curbwatch.given-up/1"] = Field(alias="schema")
    worker: Annotated[str, Field(min_length=1)]
    packet_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    manifest_sha256: Sha256
    sequence: Annotated[int, Field(ge=1)]
    at: Moment
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    files: Annotated[int, Field(ge=0)]
    bytes: Annotated[int, Field(ge=0)]
    missing: list[str] = Field(default=[], max_length=1000)


class SignedGivenUp(Strict):
    """A record as it is kept and sent; `record` is JSON data exactly as it was signed."""

    record: dict[str, Any]
    signature: Signature


@dataclass(frozen=True, slots=True)
class GivenUpRead:
    """A record that was read, with its signature still to be checked."""

    record: GivenUp
    signed: SignedGivenUp

    @property
    def key_id(self) -> str:
        """Of the key that signed it."""
        return self.signed.signature.key_id

    def verify(self, key: PublicKey) -> None:
        """Checks the signature.

        Raises:
            SignatureFault: as `PublicKey.verify`.
        """
        key.verify(self.signed.record, self.signed.signature)


def signed_given_up(
    key: SigningKey, *, worker: str, packet_id: str, manifest_sha256: str, sequence: int, at: datetime, reason: str, files: int, size: int,
    missing: Collection[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """A record as JSON data, signed; the time is written in UTC, `size` in bytes. `missing` stands in it only where something is missing."""
    record: dict[str, Any] = {
        "schema": GIVEN_UP_SCHEMA,
        "worker": worker,
        "packet_id": packet_id,
        "manifest_sha256": manifest_sha256,
        "sequence": sequence,
        "at": at.astimezone(UTC).isoformat(),
        "reason": reason,
        "files": files,
        "bytes": size,
    }
    if missing:
        record["missing"] = sorted(missing)
    return {"record": record, "signature": key.sign(record).model_dump(mode="json")}


def read_given_up(data: Any, where: str) -> GivenUpRead:
    """Checks a record's shape.

    Raises:
        PacketError: `where` and the first field at fault with the reason.
    """
    try:
        signed = SignedGivenUp.model_validate(data)
        return GivenUpRead(GivenUp.model_validate(signed.record), signed)
    except ValidationError as error:
        raise PacketError(f"{where}: {first_fault(error)}") from None
