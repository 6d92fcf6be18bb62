"""The files of a packet: originals as they came off the wire, and derived copies that lead back to them by hash."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from evidence.model import Box, Moment, Number, Sha256, Strict


class Role(StrEnum):
    """What a file of a packet is. Keyframes and clips are originals, the others derived copies; of those the masked ones may leave the case."""

    KEYFRAME_FIRST = "keyframe_first"
    KEYFRAME_MIDDLE = "keyframe_middle"
    KEYFRAME_CONFIRMING = "keyframe_confirming"
    KEYFRAME_CONTINUED = "keyframe_continued"
    KEYFRAME_GONE = "keyframe_gone"
    CLIP_SUSPECTED = "clip_suspected"
    CLIP_CONFIRMED = "clip_confirmed"
    CLIP_H264 = "clip_h264"
    SNAPSHOT_FIRST = "snapshot_first"
    SNAPSHOT_MIDDLE = "snapshot_middle"
    SNAPSHOT_CONFIRMING = "snapshot_confirming"
    SNAPSHOT_CONTINUED = "snapshot_continued"
    SNAPSHOT_GONE = "snapshot_gone"
    BOXED_CONFIRMING = "boxed_confirming"
    CLOSEUP = "closeup"
    MASKED_FIRST = "masked_first"
    MASKED_MIDDLE = "masked_middle"
    MASKED_CONFIRMING = "masked_confirming"
    MASKED_CONTINUED = "masked_continued"
    MASKED_GONE = "masked_gone"
    MASKED_BOXED = "masked_boxed"
    MASKED_CLOSEUP = "masked_closeup"
    MASKED_CLIP = "masked_clip"
    CUTTING_FIRST = "cutting_first"
    CUTTING_MIDDLE = "cutting_middle"
    CUTTING_CONFIRMING = "cutting_confirming"
    CUTTING_GONE = "cutting_gone"


ORIGINALS = frozenset(role for role in Role if role.startswith("keyframe_")) | {Role.CLIP_SUSPECTED, Role.CLIP_CONFIRMED}
"""What came off the wire, and is never edited."""
MASKED = frozenset(role for role in Role if role.startswith("masked_"))
"""Copies in which the heads of people and the plates of vehicles outside of the act are covered: what leaves the case is of these."""
MASKED_FOR: dict[Role, Role] = {
    Role.SNAPSHOT_FIRST: Role.MASKED_FIRST,
    Role.SNAPSHOT_MIDDLE: Role.MASKED_MIDDLE,
    Role.SNAPSHOT_CONFIRMING: Role.MASKED_CONFIRMING,
    Role.SNAPSHOT_CONTINUED: Role.MASKED_CONTINUED,
    Role.SNAPSHOT_GONE: Role.MASKED_GONE,
    Role.BOXED_CONFIRMING: Role.MASKED_BOXED,
    Role.CLOSEUP: Role.MASKED_CLOSEUP,
}
"""The picture that is shown within the case, and the one that leaves it in its place."""
CUTTINGS = frozenset(role for role in Role if role.startswith("cutting_"))
"""Cut out of masked copies about the act's thing, to train detectors with. They are no evidence: they go after `keep_days`, no export of evidence has them."""
MOST_KEEP_DAYS = 366
"""Of a cutting: nobody keeps pictures of people in a street for longer because a detector might learn from them."""


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
        coded_sha256: of an original clip, SHA-256 over its coded pictures as they came: of each NAL unit that holds one, in order, its length (four bytes, the
            most significant first) and its bytes. The file's own have the same sum (`evidence.coded`): remuxing changed none of them.
        coded_missing: of an original clip without that sum, why there is none.
        keep_days: of a cutting, so many days after it came the case API deletes it, if its case was not deleted before.
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
    coded_sha256: Sha256 | None = None
    coded_missing: Annotated[str, Field(max_length=300)] | None = None
    keep_days: Annotated[int, Field(ge=1, le=MOST_KEEP_DAYS)] | None = None

    @model_validator(mode="after")
    def _linked(self) -> Self:
        if self.original == (self.derived_from is not None):
            raise ValueError("is an original, or says by `derived_from` what it was made of")
        if (self.keep_days is not None) != (self.role in CUTTINGS):
            raise ValueError("a cutting says by `keep_days` when it goes, and nothing else does")
        return self


class OverlayBox(Strict):
    """A box of a look that lies within the confirming clip; `at_seconds` from the start of the clip that `clip` names by its SHA-256 (none: the only one)."""

    at_seconds: Number
    clip: Sha256 | None = None
    xyxy: Box
    label: str = Field(alias="class")
    score: Annotated[float, Field(ge=0, le=1)]
