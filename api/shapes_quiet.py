"""The shapes of silenced things and of the alarms that were kept back because of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.shapes import Answer
from evidence.model import Moment, Text

QuietEnd = Literal["confirmed", "withdrawn", "by_hand", "over"]


class SuppressedTold(BaseModel):
    """An alarm that a worker kept back: by which order, of the act that it would have been."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    order: Annotated[int, Field(ge=0, le=2**31 - 1)]
    camera_id: Annotated[str, Field(max_length=64)]
    act_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    kind: Annotated[str, Field(max_length=64)]
    at: Moment


class RejectionShown(Answer):
    """Who rejected the thing, why, and in which case."""

    by: str
    unit: str | None
    at: datetime
    reason: str
    case_id: str
    case_number: int
    log_index: int


class QuietShown(Answer):
    """A thing that is quiet, or was."""

    id: int
    camera_id: str
    camera_name: Text | str | None
    district: str
    view_id: str
    kind: str
    kind_name: Text
    xyxy: list[float]
    since: datetime
    until: datetime
    stands: bool
    case_id: str = Field(description="The last case that was rejected for it; its close-up shows the thing while it is kept.")
    case_number: int
    thumbnail_url: str | None
    looks_known: bool = Field(description="Whether its packets say what it looks like; else only the worker that saw it can know it again.")
    silenced_by: list[RejectionShown]
    suppressed: int = Field(description="Alarms about it that were kept back.")
    last_suppressed_at: datetime | None
    shown: int = Field(description="Alarms about it that were shown all the same, as one in twenty is.")
    ended_at: datetime | None
    ended_by: str | None
    ended_why: QuietEnd | None
    ended_reason: str | None
    log_index: int


class QuietPage(Answer):
    """Silenced things, newest first."""

    items: list[QuietShown]
    next_before: int | None
