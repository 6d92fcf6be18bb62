"""What a manifest names, each as it stood when it was judged: kind, camera, view, place, rule, permits, exclusions, model, worker."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from evidence.model import Box, KeyId, Sha256, Share, Strict, Text
from evidence.views import StorefrontLine, Zone


class KindNamed(Strict):
    """The kind as it stood when it was judged."""

    id: str
    name: Text
    codes: Annotated[tuple[dict[str, str], ...], Field(strict=False)]
    catalogue_version: str


class CameraNamed(Strict):
    """The camera and where it stands, without its address on the network. Coordinates are of the system `crs`, which they never come without."""

    id: str
    name: Text | str | None = None
    gb28181_id: str | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    crs: str | None = None
    address: str | None = None


class ViewNamed(Strict):
    """The view that was judged on: its version, the SHA-256 of its canonical document, the zone of its clock, and what was drawn."""

    id: str
    version: Annotated[int, Field(ge=0)]
    sha256: Sha256
    time_zone: str
    zones: Annotated[tuple[Zone, ...], Field(strict=False)]
    lines: Annotated[tuple[StorefrontLine, ...], Field(strict=False)] = ()


class Place(Strict):
    """Where the thing stands: its box, the zones of its footprint, the line that it is beyond."""

    xyxy: Box
    zone_ids: Annotated[tuple[str, ...], Field(strict=False)]
    line_id: str | None = None
    shop: str | None = None
    footprint_share: Annotated[float, Field(ge=0, le=1)] | None = None


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


class VerifierNamed(Strict):
    """The second opinion that was asked, and the fused score that it asks for."""

    sha256: Sha256
    threshold: Share


class ModelNamed(Strict):
    """What looked: the file by its hash, the score from which a box of each class counted as seen, and the verifier where there is one."""

    name: str
    version: str
    sha256: Sha256
    provider: str
    thresholds: dict[str, Share] = Field(default_factory=dict)
    verifier: VerifierNamed | None = None


class ZoomLook(Strict):
    """The second look at native resolution, before the violation left; `refused_before` says how many such looks had not agreed."""

    agreed: bool
    score: Annotated[float, Field(ge=0, le=1)] | None
    xyxy: Box | None = None
    refused_before: Annotated[int, Field(ge=0)] = 0


class WorkerNamed(Strict):
    """Who made it. `key_id` is of the key that signs: a signature by another key, however good, does not fit."""

    name: str
    key_id: KeyId
    software: str
    software_version: str
    boot_id: str
