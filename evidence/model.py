"""What all models of the contract share: frozen, strict, unknown fields refused by name, texts in two languages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError


class Strict(BaseModel):
    """A frozen value whose unknown fields are refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class Text(Strict):
    """A text that people see, in Chinese and English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


def _share(value: float) -> float:
    if not -1e-6 <= value <= 1 + 1e-6:
        raise ValueError("lies outside the picture (0..1)")
    return min(1.0, max(0.0, float(value)))


Share = Annotated[float, AfterValidator(_share)]
"""A coordinate or share in 0..1."""
Point = Annotated[tuple[Share, Share], Field(strict=False)]
Box = Annotated[tuple[float, float, float, float], Field(strict=False)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
CaseId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
KeyId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
"""The first 16 hexadecimal digits of the SHA-256 of a raw public key."""


def _text_or_moment(value: Any) -> Any:
    """Seconds since 1970 are no time with a zone."""
    if not isinstance(value, str | datetime):
        raise ValueError("write a time as ISO 8601 with an offset")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_text_or_moment), Field(strict=False)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]


def first_fault(error: ValidationError) -> str:
    """The first fault of a validation as `field: what`, for one-line errors."""
    where, what = all_faults(error)[0]
    return f"{where}: {what}"


def all_faults(error: ValidationError) -> list[tuple[str, str]]:
    """Every fault of a validation: the field as a path with dots (`document` for the whole), and what is wrong."""
    return [(".".join(str(part) for part in fault["loc"]) or "document", _what(fault)) for fault in error.errors(include_url=False, include_input=False)]


def _what(fault: Any) -> str:
    known = {"extra_forbidden": "is not a known key", "missing": "is missing"}
    return known.get(fault["type"]) or str(fault["msg"]).removeprefix("Value error, ")
