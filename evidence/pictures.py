"""The picture that a view was drawn on, and from when on a camera's picture is at fault or has moved: thresholds that a city sets."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from evidence.model import Sha256, Strict


class Reference(Strict):
    """The reference picture of a view: the camera's whole picture as it looked when the zones were drawn.

    Attributes:
        file: a JPEG or PNG beside the scene file; `reference: gate.jpg` is short for it.
        sha256: of its bytes; by it the registry keeps the picture. Where a file is named too, the file must have it.
    """

    file: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.file is None and self.sha256 is None:
            raise ValueError("names no picture; write reference: gate.jpg, a file beside the scene")
        if self.file is not None and (PurePosixPath(self.file).is_absolute() or ".." in PurePosixPath(self.file).parts):
            raise ValueError("file: lies beside the scene file or beneath it; write it without a leading / and without ..")
        return self


def _picture(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


NamedReference = Annotated[Reference, BeforeValidator(_picture)]


class PictureRules(Strict):
    """From when on a picture is at fault, and how far it may have moved; what is left out is as shipped (docs/pictures.md). Shares are of the picture's width.

    Attributes:
        frozen_pictures, dark_below, over_exposed_above, flat_below, blurred_above, sprayed_seconds, tilted_degrees: as `streams.health.HealthSettings`.
        lost_seconds: without a picture.
        follow: shift up to which the zones follow; 0 never lets them, and any shift suspends.
        still: shift that is none.
        measure_seconds: between two measures against the reference picture.
        unseeing_suspends: whether a picture in which nothing can be seen (frozen, covered, black, white) stops the judging; as shipped it does.
    """

    lost_seconds: Annotated[float, Field(ge=1, le=3600)] | None = None
    frozen_pictures: Annotated[int, Field(ge=3, le=1000)] | None = None
    dark_below: Annotated[float, Field(ge=0, le=255)] | None = None
    over_exposed_above: Annotated[float, Field(ge=0, le=255)] | None = None
    flat_below: Annotated[float, Field(ge=0, le=127)] | None = None
    blurred_above: Annotated[float, Field(gt=0, le=1)] | None = None
    sprayed_seconds: Annotated[float, Field(ge=10, le=86400)] | None = None
    tilted_degrees: Annotated[float, Field(gt=0, le=45)] | None = None
    follow: Annotated[float, Field(ge=0, le=0.2)] | None = None
    still: Annotated[float, Field(gt=0, le=0.05)] | None = None
    measure_seconds: Annotated[float, Field(ge=1, le=3600)] | None = None
    unseeing_suspends: bool | None = None

    def over(self, base: PictureRules | None) -> PictureRules:
        """These rules on top of others."""
        return self if base is None else base.model_copy(update=self.model_dump(exclude_none=True))
