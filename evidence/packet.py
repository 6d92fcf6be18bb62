"""The evidence packet: what proves an act at a moment. The manifest says everything; the files lie beside it under their hashes.

Times are ISO 8601 with an offset; boxes and polygons are shares of the picture (0..1), so one manifest serves the main and the sub-stream.
An original is never edited: every JPEG, close-up and H.264 copy is `derived_from` an original by its SHA-256, with the recipe that made it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, Field, ValidationError, model_validator

from evidence.errors import PacketError
from evidence.model import Box, Strict, Text, first_fault
from evidence.views import StorefrontLine, Zone

SCHEMA = "curbwatch.manifest/1"
ALGORITHM: Final = "ed25519-sha256"
"""Ed25519 over the SHA-256 digest of the canonical manifest; `sm2-sm3` has its place beside it."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _text_or_moment(value: Any) -> Any:
    """Seconds since 1970 are no time with a zone."""
    if not isinstance(value, str | datetime):
        raise ValueError("write a time as ISO 8601 with an offset")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_text_or_moment), Field(strict=False)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]


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


class Role(StrEnum):
    """What a file of a packet is. Keyframes and clips are originals, the others derived copies."""

    KEYFRAME_FIRST = "keyframe_first"
    KEYFRAME_MIDDLE = "keyframe_middle"
    KEYFRAME_CONFIRMING = "keyframe_confirming"
    KEYFRAME_GONE = "keyframe_gone"
    CLIP_SUSPECTED = "clip_suspected"
    CLIP_CONFIRMED = "clip_confirmed"
    CLIP_H264 = "clip_h264"
    SNAPSHOT_FIRST = "snapshot_first"
    SNAPSHOT_MIDDLE = "snapshot_middle"
    SNAPSHOT_CONFIRMING = "snapshot_confirming"
    SNAPSHOT_GONE = "snapshot_gone"
    BOXED_CONFIRMING = "boxed_confirming"
    CLOSEUP = "closeup"


class KindNamed(Strict):
    """The kind as it stood when it was judged."""

    id: str
    name: Text
    codes: Annotated[tuple[dict[str, str], ...], Field(strict=False)]
    catalogue_version: str


class CameraNamed(Strict):
    """The camera, without its address on the network."""

    id: str
    name: Text | str | None = None
    gb28181_id: str | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    crs: str | None = None
    address: str | None = None


class ViewNamed(Strict):
    """The view that was judged on: its version, the SHA-256 of its canonical document, and what was drawn."""

    id: str
    version: Annotated[int, Field(ge=0)]
    sha256: Sha256
    zones: Annotated[tuple[Zone, ...], Field(strict=False)]
    lines: Annotated[tuple[StorefrontLine, ...], Field(strict=False)] = ()


class Place(Strict):
    """Where the thing stands: its box, the zones of its footprint, the line that it is beyond."""

    xyxy: Box
    zone_ids: Annotated[tuple[str, ...], Field(strict=False)]
    line_id: str | None = None
    shop: str | None = None
    footprint_share: Annotated[float, Field(ge=0, le=1)] | None = None


class Sample(Strict):
    """One keyframe of the stay. `unchanged`: the picture was the same as at the last look and was not detected; never a look."""

    at: Moment
    monotonic_seconds: Number
    status: Literal["looked", "unchanged"]
    xyxy: Box | None = None
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    label: str | None = Field(default=None, alias="class")


class Gap(Strict):
    """A stretch beyond the grace in which nobody looked; it is no dwell."""

    begins: Moment = Field(alias="from")
    ends: Moment = Field(alias="until")
    reason: str


class StayRecord(Strict):
    """The continuing presence of the thing. `attended_looks` and `mean_score` (of the looks that saw an object of the kind) are what the rule counted."""

    first_seen: Moment
    last_seen: Moment
    confirmed_at: Moment | None
    dwell_seconds: Seconds
    looks: Annotated[int, Field(ge=0)]
    missed: Annotated[int, Field(ge=0)]
    unchanged: Annotated[int, Field(ge=0)]
    attended_looks: Annotated[int, Field(ge=0)] | None = None
    mean_score: Annotated[float, Field(ge=0, le=1)] | None = None
    samples: Annotated[tuple[Sample, ...], Field(strict=False)]
    gaps: Annotated[tuple[Gap, ...], Field(strict=False)] = ()


class ArrivalClock(Strict):
    """The worker's wall clock: whether its kernel says that it is synchronised, and the bound of its error."""

    wall_synchronised: bool | None
    offset_seconds: Number | None = None


class CameraClock(Strict):
    """The camera's own clock (RTCP sender report): its time at the confirming picture, and less the worker's."""

    unix_seconds: Number | None = None
    offset_seconds: Number | None = None


class Clocks(Strict):
    """Both clocks; `media` where a recorded file's time is the clock."""

    kind: Literal["system", "media"]
    arrival: ArrivalClock | None = None
    camera: CameraClock | None = None


class RuleApplied(Strict):
    """The rule as it was applied, thresholds and words."""

    id: str
    version: str
    thresholds: dict[str, float | int | str | bool | None]
    text: Text
    overridden: Annotated[tuple[str, ...], Field(strict=False)] = ()


class PermitChecked(Strict):
    """A permit that was looked at, and why it does or does not cover the act."""

    id: str
    version: int
    verdict: Literal["covers", "outside_area", "outside_dates", "outside_hours", "outside_weekdays"]
    reason: Text


class PermitsChecked(Strict):
    """All permits of the view."""

    checked: Annotated[tuple[PermitChecked, ...], Field(strict=False)] = ()


class Exclusions(Strict):
    """The exclusions that were judged, and those of the kind that this version cannot judge."""

    judged: Annotated[tuple[str, ...], Field(strict=False)] = ()
    not_judged: Annotated[tuple[str, ...], Field(strict=False)] = ()


class ModelNamed(Strict):
    """What looked."""

    name: str
    version: str
    sha256: Sha256
    provider: str


class ZoomLook(Strict):
    """The second look at native resolution, before the violation left; `refused_before` says how many such looks had not agreed."""

    agreed: bool
    score: Annotated[float, Field(ge=0, le=1)] | None
    xyxy: Box | None = None
    refused_before: Annotated[int, Field(ge=0)] = 0


class EvidenceFile(Strict):
    """One file, stored under its hash.

    Attributes:
        derived_from: SHA-256 of the original that a derived copy was made of; `recipe` tells how.
        at_seconds: of a picture, its moment in seconds after the stay's first sample.
        clip_requested, clip_start: of a clip, the wall time that it was asked to begin at, and that of its first picture: it begins where decoding can, at
            the last such place before the requested time, or later where the camera's pictures do not reach back so far. A moment has several clips, in
            order of time, where the camera changed its parameter sets: a change begins a new file.
        clip_begins: at a keyframe, or with a camera that sends none at a recovery point, behind which the first pictures may show remains.
        picture_seconds: of a clip, its pictures' times from its first one.
    """

    role: Annotated[Role, Field(strict=False)]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    sha256: Sha256
    bytes: Annotated[int, Field(ge=1)]
    media_type: str
    original: bool
    derived_from: Sha256 | None = None
    recipe: dict[str, Any] | None = None
    at_seconds: Number | None = None
    clip_requested: Moment | None = None
    clip_start: Moment | None = None
    clip_begins: Literal["keyframe", "recovery"] | None = None
    picture_seconds: Annotated[tuple[Number, ...], Field(strict=False)] | None = None

    @model_validator(mode="after")
    def _linked(self) -> Self:
        if self.original == (self.derived_from is not None):
            raise ValueError("is an original, or says by `derived_from` what it was made of")
        return self


class OverlayBox(Strict):
    """A box of a look that lies within the confirming clip; `at_seconds` from the start of the clip that `clip` names by its SHA-256 (none: the only one)."""

    at_seconds: Number
    clip: Sha256 | None = None
    xyxy: Box
    label: str = Field(alias="class")
    score: Annotated[float, Field(ge=0, le=1)]


class WorkerNamed(Strict):
    """Who made it."""

    name: str
    software: str
    software_version: str
    boot_id: str


class Chain(Strict):
    """The manifest's place among its worker's: the first has sequence 1 and no predecessor."""

    sequence: Annotated[int, Field(ge=1)]
    previous_sha256: Sha256 | None


class Manifest(Strict):
    """All that a packet says. Its canonical JSON is what is hashed and signed."""

    schema_: Literal["curbwatch.manifest/1"] = Field(alias="schema")
    packet_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    act_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    phase: Annotated[Phase, Field(strict=False)]
    grade: Annotated[Grade, Field(strict=False)]
    kind: KindNamed
    camera: CameraNamed
    view: ViewNamed
    place: Place
    stay: StayRecord
    clocks: Clocks
    rule: RuleApplied
    permit: PermitsChecked
    exclusions: Exclusions
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

    algorithm: Literal["ed25519-sha256"]
    key_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    value: str


class SignedManifest(Strict):
    """What is posted: the manifest as JSON data, exactly as it was signed, and the signature."""

    manifest: dict[str, Any]
    signature: Signature


class Receipt(Strict):
    """The API's signed answer: which manifest came when, and its place in the API's log."""

    manifest_sha256: Sha256
    received_at: Moment
    log_index: Annotated[int, Field(ge=1)]
    previous_sha256: Sha256 | None
    signature: Signature


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
