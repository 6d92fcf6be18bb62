"""The clocks that a packet's times come from, and what bars it from grade A: an act is not fined by a clock that nobody set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from evidence.model import Number, Seconds, Strict, Text

MOST_CLOCK_ERROR_SECONDS = 2.0
"""A worker's clock that may be further off than this bars grade A. A kernel that hears from a time server every 17 to 34 minutes (systemd-timesyncd at its
laziest) bounds its error by 0.5 to 1 s (500 ppm, as the NTP reference implementation counts)."""

BarReason = Literal["clock_media", "clock_unknown", "clock_not_synchronised", "clock_inexact", "clock_stepped", "lead"]
BARS: dict[BarReason, Text] = {
    "clock_media": Text(
        zh="时间取自录像文件自身的时间轴，不是工作机的时钟",
        en="its times are a recorded file's own, not a worker's clock",
    ),
    "clock_unknown": Text(
        zh="工作机未说明其时钟是否已与标准时间同步",
        en="the worker does not say whether its clock was synchronised",
    ),
    "clock_not_synchronised": Text(
        zh="工作机的时钟未与标准时间同步",
        en="the worker's clock was not synchronised",
    ),
    "clock_inexact": Text(
        zh=f"工作机的时钟误差可能超过 {MOST_CLOCK_ERROR_SECONDS:g} 秒",
        en=f"the worker's clock may have been off by more than {MOST_CLOCK_ERROR_SECONDS:g} s",
    ),
    "clock_stepped": Text(
        zh=f"目标停留期间，工作机的时钟被调整超过 {MOST_CLOCK_ERROR_SECONDS:g} 秒",
        en=f"the worker's clock was set by more than {MOST_CLOCK_ERROR_SECONDS:g} s while the thing stood there",
    ),
    "lead": Text(
        zh="仅为线索：未划定区域，或该类别尚未经实景照片证实",
        en="it is a lead only: no zones were drawn for the rule to judge by, or the kind is not proven on real pictures",
    ),
}


class ArrivalClock(Strict):
    """The worker's wall clock at the packet's last look, as its kernel tells (`adjtimex(2)`).

    Attributes:
        wall_synchronised: whether a time source disciplines it; None where the kernel does not tell.
        max_error_seconds: the bound of its error; None where unknown.
        estimated_error_seconds: the kernel's own estimate.
        stepped_seconds: how far it was set forward (or back, below 0) during the stay, against the monotonic clock that dwell is counted on.
    """

    wall_synchronised: bool | None
    max_error_seconds: Seconds | None = None
    estimated_error_seconds: Seconds | None = None
    stepped_seconds: Number = 0.0


class CameraClock(Strict):
    """The camera's own clock (RTCP sender report): its time at the picture of the packet's last look, and less the worker's."""

    unix_seconds: Number | None = None
    offset_seconds: Number | None = None


class Clocks(Strict):
    """Both clocks; `media` where a recorded file's time is the clock, which has neither."""

    kind: Literal["system", "media"]
    arrival: ArrivalClock | None = None
    camera: CameraClock | None = None

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if self.kind == "media" and (self.arrival is not None or self.camera is not None):
            raise ValueError("a recorded file has neither a worker's clock nor a camera's")
        return self


class Bar(Strict):
    """Why the packet can never be of grade A."""

    reason: BarReason
    text: Text


Bars = Annotated[tuple[Bar, ...], Field(strict=False, max_length=len(get_args(BarReason)))]


def stepped_seconds(moments: Sequence[tuple[float, datetime]]) -> float:
    """How far a wall clock was set over a row of moments, each in seconds of the monotonic clock and as wall time: the furthest that the difference of the
    two clocks went from what it was at first.
    """
    if not moments:
        return 0.0
    begin_seconds, begin = moments[0]
    moved: list[float] = [(wall - begin).total_seconds() - (seconds - begin_seconds) for seconds, wall in moments]
    furthest = max(moved) if max(moved) >= -min(moved) else min(moved)
    return round(furthest, 3)


def bars_of(clocks: Clocks, *, is_lead: bool) -> tuple[Bar, ...]:
    """What bars a packet from grade A, by its clocks and by being a lead."""
    reasons: list[BarReason] = []
    arrival = clocks.arrival
    if clocks.kind == "media":
        reasons.append("clock_media")
    elif arrival is None or arrival.wall_synchronised is None:
        reasons.append("clock_unknown")
    elif not arrival.wall_synchronised:
        reasons.append("clock_not_synchronised")
    elif arrival.max_error_seconds is None or arrival.max_error_seconds > MOST_CLOCK_ERROR_SECONDS:
        reasons.append("clock_inexact")
    if arrival is not None and abs(arrival.stepped_seconds) > MOST_CLOCK_ERROR_SECONDS:
        reasons.append("clock_stepped")
    if is_lead:
        reasons.append("lead")
    return tuple(Bar(reason=reason, text=BARS[reason]) for reason in reasons)
