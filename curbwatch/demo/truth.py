"""The ground truth of the demo's clips: what the renderer knows of each, `media/truth.json` as `curbwatch street video` wrote it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from curbwatch.demo.cameras import MEDIA
from curbwatch.demo.errors import TruthError
from curbwatch.demo.verdict import ExpectedAct
from evidence.model import Box, Point, first_fault

TRUTH_FILE = MEDIA / "truth.json"

Polygon = Annotated[tuple[Point, ...], Field(strict=False)]


class _Known(BaseModel):
    """What is read of the truth; what the renderer says beyond that is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class TrueAct(_Known):
    """A violation that the clip shows; `xyxy` in 0..1 of the picture, `also` other kinds that name it rightly too, `asset` what it was made of, `reason` why
    it is one, `shade_xyxy` its parasol or tent, `visible` the share of its surface that the camera sees, `clearness` how well
    its place bears the verdict out (docs/street.md)."""

    kind: str
    also: Annotated[tuple[str, ...], Field(strict=False)] = ()
    label: str = Field(alias="class")
    asset: str | None = None
    reason: str | None = None
    xyxy: Box
    shade_xyxy: Box | None = None
    visible: float = 1.0
    clearness: float = 1.0
    start_second: float
    end_second: float


class TrueBait(_Known):
    """Something that stands there and must not fire; `of` is the kind for which it could be taken, `reason` why it is none."""

    what: str
    why: str
    of: str | None = None
    reason: str | None = None
    xyxy: Box
    shade_xyxy: Box | None = None
    visible: float = 1.0
    clearness: float = 1.0
    start_second: float
    end_second: float


class ClipTruth(_Known):
    """All that is known of one clip; polygons and the line in 0..1 of the picture. A clip of `curbwatch street video --seed` has a scene file beside it,
    tells the hour at which it `began` and its dwell, when somebody turned its camera away, which assets it was made of (`split`), and the commit of which its
    seed follows where it is a sealed one (`seeds_of`)."""

    file: str
    camera_id: str
    seconds: float
    codec: str
    acts: tuple[TrueAct, ...] = ()
    baits: tuple[TrueBait, ...] = ()
    sidewalk: Polygon = ()
    carriageway: Polygon = ()
    storefront_line: Polygon = ()
    outside: str = "right"
    permit_boxes: tuple[Polygon, ...] = ()
    began: AwareDatetime | None = None
    dwell_seconds: float | None = None
    nudged_second: float | None = None
    split: str | None = None
    seeds_of: str | None = None


def read_truth(path: Path = TRUTH_FILE) -> dict[str, ClipTruth]:
    """The truth of each clip by the clip's file name.

    Raises:
        TruthError: with file and field.
    """
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        clips = [ClipTruth.model_validate(clip) for clip in data["clips"]]
    except ValidationError as error:
        raise TruthError(f"{path}: {first_fault(error)}") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TruthError(f"{path}: cannot be read as the clips' ground truth ({error}); `curbwatch street video` writes it") from error
    return {clip.file: clip for clip in clips}


def expected_acts(truth: Mapping[str, ClipTruth], camera_ids: Collection[str]) -> tuple[ExpectedAct, ...]:
    """The acts that must have a case, of the cameras that the shipped demo has."""
    return tuple(ExpectedAct(clip.camera_id, act.kind, act.xyxy) for clip in truth.values() if clip.camera_id in camera_ids for act in clip.acts)
