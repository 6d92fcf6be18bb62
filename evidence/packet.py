"""The evidence packet: what proves an act at a moment. The manifest says everything; the files lie beside it under their hashes.

Times are ISO 8601 with an offset; boxes and polygons are shares of the picture (0..1), so one manifest serves the main and the sub-stream.
An original is never edited: every JPEG, close-up, masked and H.264 copy is `derived_from` an original by its SHA-256, with the recipe that made it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, ValidationError, model_serializer, model_validator

from evidence.clocks import ArrivalClock, Bar, Bars, CameraClock, Clocks
from evidence.errors import PacketError
from evidence.files import EvidenceFile, OverlayBox, Role
from evidence.model import CaseId, KeyId, Moment, Sha256, Strict, first_fault
from evidence.named import (
    CameraNamed,
    Exclusions,
    KindNamed,
    ModelNamed,
    PermitChecked,
    PermitsChecked,
    Place,
    RuleApplied,
    VerifierNamed,
    ViewNamed,
    WorkerNamed,
    ZoomLook,
)  # fmt: skip
from evidence.quiet import QuietNamed
from evidence.stays import Ending, Gap, Sample, StayRecord

__all__ = [
    "ALGORITHM", "RECEIPT_SCHEMA", "SCHEMA", "Algorithms", "ArrivalClock", "Bar", "CameraClock", "CameraNamed", "Chain", "Clocks", "Ending", "EvidenceFile",
    "Exclusions", "Gap", "Grade", "KindNamed", "Manifest", "ModelNamed", "Occasion", "OverlayBox", "PermitChecked", "PermitsChecked", "Phase", "Place",
    "QuietNamed", "Receipt", "Role", "RuleApplied", "Sample", "Signature", "SignedManifest", "StayRecord", "VerifierNamed", "ViewNamed", "WorkerNamed",
    "ZoomLook", "act_id_of", "packet_id_of", "read_manifest",
]  # fmt: skip

SCHEMA = "curbwatch.manifest/2"
RECEIPT_SCHEMA: Final = "curbwatch.receipt/3"
CASELESS_SCHEMA: Final = "curbwatch.receipt/2"
"""Of receipts that name no case."""
ALGORITHM: Final = "ed25519-sha256"
"""Ed25519 over the SHA-256 digest of the canonical document."""
Algorithm = Literal["ed25519-sha256", "sm2-sm3"]
"""`sm2-sm3` (GB/T 32918, GB/T 32905) has its place; a verifier that does not know it says so by name."""


class Phase(StrEnum):
    """Where in an act a packet belongs; `suspected` stays with the worker."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    CONTINUED = "continued"
    ENDED = "ended"


class Grade(StrEnum):
    """C lead, B case, A penalty. A worker grades at most B; A needs people."""

    A = "A"
    B = "B"
    C = "C"


class Occasion(StrEnum):
    """Why the packet was made: the rule was fulfilled or the act ended, time had passed, or somebody ordered another look."""

    RULE = "rule"
    INTERVAL = "interval"
    ORDER = "order"


class Algorithms(Strict):
    """What was used to canonicalise, hash and sign, said within what is signed, so that nobody can claim a weaker one later."""

    canonical: Literal["rfc8785"] = "rfc8785"
    digest: Literal["sha256"] = "sha256"
    signature: Algorithm = ALGORITHM


class Chain(Strict):
    """The manifest's place among its worker's: the first has sequence 1 and no predecessor."""

    sequence: Annotated[int, Field(ge=1)]
    previous_sha256: Sha256 | None


class Manifest(Strict):
    """All that a packet says. Its canonical JSON is what is hashed and signed.

    Attributes:
        ordinal: of a `continued` packet its number within the act, from 1; of every other 0.
        ordered_case: of a look that was ordered, the case that it was ordered for.
        ending: of an `ended` packet, how it ended; of no other.
        closed_to_a: what bars it from grade A for good; empty where nothing does that the worker knows of.
        quiet: of a confirmation whose thing people have silenced and which is shown all the same, as one in so many is: by which order it is quiet.
    """

    schema_: Literal["curbwatch.manifest/2"] = Field(alias="schema")
    algorithms: Algorithms
    packet_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    act_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    phase: Annotated[Phase, Field(strict=False)]
    ordinal: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    occasion: Annotated[Occasion, Field(strict=False)] = Occasion.RULE
    ordered_case: str | None = None
    grade: Annotated[Grade, Field(strict=False)]
    closed_to_a: Bars
    kind: KindNamed
    camera: CameraNamed
    view: ViewNamed
    place: Place
    stay: StayRecord
    ending: Ending | None = None
    clocks: Clocks
    rule: RuleApplied
    permit: PermitsChecked
    exclusions: Exclusions
    quiet: QuietNamed | None = None
    model: ModelNamed
    zoom_look: ZoomLook | None = None
    files: Annotated[tuple[EvidenceFile, ...], Field(strict=False)]
    overlay: Annotated[tuple[OverlayBox, ...], Field(strict=False)] = ()
    worker: WorkerNamed
    chain: Chain

    @model_validator(mode="after")
    def _whole(self) -> Self:
        known = {file.sha256 for file in self.files}
        for file in self.files:
            if file.derived_from is not None and file.derived_from not in known:
                raise ValueError(f"files: {file.name} is derived from {file.derived_from[:12]}…, which the packet does not hold")
        for box in self.overlay:
            if box.clip is not None and box.clip not in known:
                raise ValueError(f"overlay: a box is of the clip {box.clip[:12]}…, which the packet does not hold")
        names = [file.name for file in self.files]
        if len(set(names)) != len(names):
            raise ValueError("files: a name is used twice")
        return self

    def to_json(self) -> dict[str, Any]:
        """The manifest as JSON data, the shape that is signed, stored and sent."""
        return self.model_dump(mode="json", by_alias=True)


class Signature(Strict):
    """`value`: base64 of the 64 bytes; `key_id`: the first 16 hexadecimal digits of the SHA-256 of the raw public key."""

    algorithm: Algorithm
    key_id: KeyId
    value: str


class SignedManifest(Strict):
    """What is posted: the manifest as JSON data, exactly as it was signed, and the signature."""

    manifest: dict[str, Any]
    signature: Signature


class Receipt(Strict):
    """The API's signed answer: which manifest came when, to which case, and its place in the API's log. One of the schema before names no case."""

    model_config = ConfigDict(serialize_by_alias=True)

    schema_: Literal["curbwatch.receipt/2", "curbwatch.receipt/3"] = Field(default=RECEIPT_SCHEMA, alias="schema")
    manifest_sha256: Sha256
    case_id: CaseId | None = None
    received_at: Moment
    log_index: Annotated[int, Field(ge=1)]
    previous_sha256: Sha256 | None
    signature: Signature

    @model_validator(mode="after")
    def _names_its_case(self) -> Self:
        if (self.case_id is None) != (self.schema_ == CASELESS_SCHEMA):
            raise ValueError(f"{RECEIPT_SCHEMA} names the case that its manifest came to (case_id), {CASELESS_SCHEMA} names none")
        return self

    @model_serializer(mode="wrap")
    def _without_what_it_has_not(self, told: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document: dict[str, Any] = told(self)
        if self.case_id is None:
            document.pop("case_id", None)
        return document


def packet_id_of(act_id: str, phase: Phase, ordinal: int = 0) -> str:
    """A packet's id: of its act, phase and, for `continued`, its number; the same however often it is built."""
    return hashlib.sha256(f"{act_id}/{phase.value}/{ordinal}".encode()).hexdigest()[:32]


def act_id_of(camera_id: str, view_id: str, kind_id: str, first_seen: datetime, stay_id: str) -> str:
    """A worker's claim of one act."""
    return hashlib.sha256(f"{camera_id}/{view_id}/{kind_id}/{first_seen.isoformat()}/{stay_id}".encode()).hexdigest()[:32]


def read_manifest(data: Any, where: str) -> Manifest:
    """Checks a manifest.

    Raises:
        PacketError: `where` and the first field at fault with the reason.
    """
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        raise PacketError(f"{where}: {first_fault(error)}") from None
