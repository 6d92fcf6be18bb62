"""What a manifest names, each as it stood when it was judged: kind, camera, view, place, rule, permits, exclusions, model, worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from evidence.ground import Ground
from evidence.model import Box, KeyId, Moment, Seconds, Sha256, Share, Strict, Text
from evidence.views import Shop, StorefrontLine, Zone

MOST_WEIGHT = 10.0
"""As much as a catalogue may say; a worker's claim of more is none."""
ExclusionVerdict = Literal["applies", "does_not_apply", "not_judged"]


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


class ViewMoved(Strict):
    """The camera had moved a little, and the zones followed: how the picture that was judged lies against the reference picture.

    Attributes:
        homography: nine numbers, row by row: where a point of the reference picture (shares, 0..1) lies in the picture that was judged.
        shift: of the corner of all that is drawn that went farthest, in shares of the picture's width. `roll_degrees`, `zoom`: of the picture's middle.
        agreement: share of the picture's landmarks that moved so.
        drawn_sha256: of the canonical document of the view as it was drawn.
    """

    homography: Annotated[tuple[Annotated[float, Field(allow_inf_nan=False)], ...], Field(strict=False, min_length=9, max_length=9)]
    shift: Annotated[float, Field(ge=0, le=1)]
    roll_degrees: Annotated[float, Field(ge=-180, le=180)]
    zoom: Annotated[float, Field(gt=0, le=10)]
    agreement: Share
    drawn_sha256: Sha256


class ViewNamed(Strict):
    """The view that was judged on: its version, the SHA-256 of its canonical document as it was drawn, the zone of its clock, and zones and lines where they
    lay in the picture: as drawn, or, where the camera had `moved`, where they followed it. `shops`: to which lines, strips of own land and places are bound.
    """

    id: str
    version: Annotated[int, Field(ge=0)]
    sha256: Sha256
    time_zone: str
    zones: Annotated[tuple[Zone, ...], Field(strict=False)]
    lines: Annotated[tuple[StorefrontLine, ...], Field(strict=False)] = ()
    shops: Annotated[tuple[Shop, ...], Field(strict=False)] = ()
    moved: ViewMoved | None = None


class MemberNamed(Strict):
    """Another thing of an act of several: a bicycle of three. `stands_for`: how many it counts as; a row of bicycles is several."""

    first_seen: Moment
    last_seen: Moment
    xyxy: Box
    label: str = Field(alias="class")
    stands_for: Annotated[int, Field(ge=1)] = 1
    dwell_seconds: Seconds


class Place(Strict):
    """Where the thing stands: its box, the zones of its footprint, the line that it is beyond; and its place on the map, where one of the zones is on a map.

    Attributes:
        shop: whose goods these are, as far as their place tells: its sign.
        in_front_of: before whose shop they stand, where that is another's.
        members: of a kind of which it takes several things, the others, as they stood when the packet was made.
    """

    xyxy: Box
    zone_ids: Annotated[tuple[str, ...], Field(strict=False)]
    line_id: str | None = None
    shop: str | None = None
    in_front_of: str | None = None
    footprint_share: Annotated[float, Field(ge=0, le=1)] | None = None
    ground: Ground | None = None
    members: Annotated[tuple[MemberNamed, ...], Field(strict=False)] = ()


WEIGHT: Final = "weight"
"""The threshold of a rule that says how many times the score counts in a queue at that hour."""


def weight_in(thresholds: Mapping[str, Any]) -> float:
    """How many times the score counts, by the thresholds of the rule that was applied; once where they do not say."""
    weight = thresholds.get(WEIGHT, 1.0)
    return float(weight) if isinstance(weight, int | float) and not isinstance(weight, bool) and 1.0 <= weight <= MOST_WEIGHT else 1.0


class RuleApplied(Strict):
    """The rule as it was applied, thresholds and words."""

    id: str
    version: str
    thresholds: dict[str, float | int | str | bool | None]
    text: Text
    overridden: Annotated[tuple[str, ...], Field(strict=False)] = ()


class GoodsChecked(Strict):
    """Whether what is sold is what a permit names: by which classes that was shown, with what measured recall (None: not measured)."""

    verdict: Literal["as_permitted", "others", "not_judged"]
    shown_by: Annotated[tuple[str, ...], Field(strict=False)] = ()
    recall: Share | None = None
    reason: Text


class PermitChecked(Strict):
    """A permit that was looked at, and why it does or does not cover the act.

    Attributes:
        verdict: `not_judged` where the holiday calendar does not know the day: it neither covers nor is breached.
        source: who allowed it, as the permit says.
        breach, code: which of its conditions failed, and the number under which the permit wants that; None of one that does not say what its breach is: it is
            not breached then, it does not cover.
        goods: of a permit that names goods, in its area and time.
    """

    id: str
    version: int
    verdict: Literal[
        "covers", "outside_area", "outside_dates", "outside_season", "outside_weekdays", "outside_hours", "on_tactile_paving", "on_forbidden_zone",
        "other_goods", "not_judged",
    ]  # fmt: skip
    reason: Text
    source: str | None = None
    breach: Literal["area", "hours", "dates", "goods", "tactile_paving", "zone"] | None = None
    code: str | None = None
    goods: GoodsChecked | None = None


class PermitsChecked(Strict):
    """All permits of the view."""

    checked: Annotated[tuple[PermitChecked, ...], Field(strict=False)] = ()


class ExclusionChecked(Strict):
    """Something that looks like the kind and is none, and whether it applied.

    Attributes:
        verdict: `applies` (of a packet that goes on with an act, or ends it), `does_not_apply`, or `not_judged`: nothing shows it, or what would was not there.
        shown_by: the class, measurement or verifier's class that shows it, or `nothing`.
        recall: how often its real cases are recognised by that; None where it was not measured.
    """

    id: str
    name: Text
    verdict: ExclusionVerdict
    shown_by: str
    recall: Share | None = None
    reason: Text


class Exclusions(Strict):
    """The exclusions of the kind, by id those that were judged and those that were not, and each with its verdict and why.

    Attributes:
        unseen: parts of the kind's definition that nothing shows.
    """

    judged: Annotated[tuple[str, ...], Field(strict=False)] = ()
    not_judged: Annotated[tuple[str, ...], Field(strict=False)] = ()
    checked: Annotated[tuple[ExclusionChecked, ...], Field(strict=False)] = ()
    unseen: Annotated[tuple[Text, ...], Field(strict=False)] = ()


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
