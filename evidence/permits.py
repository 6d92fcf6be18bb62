"""A permit: a place, days and hours at which trading is allowed, and what its breach is. Judged in `detector.judgement.permits`; this is what is written."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from evidence.hours import whole_span
from evidence.model import Share, Strict
from evidence.shapes import Id, Polygon
from evidence.zones import ZoneKind

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CALENDAR_WORDS = ("workday", "day_off", "holiday")
"""Days by the State Council's yearly notice: a working day (make-up days included), a day off (weekends that are not made up, and holidays), a holiday."""
DayWord = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "workday", "day_off", "holiday"]
ALL_DAY = ("00:00-24:00",)
BreachCode = Literal["09002", "09006"]
"""GB/T 47678.5-2026: 09002 早（夜）市管理问题 (the permit was breached, V18), 09006 占道经营 (a stall like any other, V2)."""

Breach = Literal["area", "hours", "dates", "goods", "tactile_paving", "zone"]
"""Which condition of a permit was breached; `zone`: it stands on a kind of zone on which the permit never holds."""

Days = Annotated[tuple[DayWord, ...], Field(strict=False)]
Hours = Annotated[tuple[Annotated[str, AfterValidator(whole_span)], ...], Field(strict=False)]
MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]


def _date(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_date)]


class Season(Strict):
    """Days of every year, both included, written `MM-DD`; where it ends before it begins it runs over new year. 02-29 is the last day of any February."""

    first: MonthDay = Field(alias="from")
    last: MonthDay = Field(alias="until")

    @field_validator("first", "last")
    @classmethod
    def _is_a_day(cls, text: str) -> str:
        try:
            date.fromisoformat(f"2024-{text}")
        except ValueError:
            raise ValueError(f"there is no day {text!r} in any year; write MM-DD, such as 05-01") from None
        return text

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        text = f"{day:%m-%d}"
        return self.first <= text <= self.last if self.first <= self.last else text >= self.first or text <= self.last


class Opening(Strict):
    """Hours on some days, within a season where one is named.

    Attributes:
        weekdays: days on which it begins; one of the words is enough.
        except_days: and none of these.
        hours: `HH:MM-HH:MM` of the view's time zone; over midnight they belong to the day on which they began.
    """

    season: Season | None = None
    weekdays: Days = WEEKDAYS  # type: ignore[assignment]
    except_days: Days = ()
    hours: Hours = ALL_DAY

    @property
    def needs_calendar(self) -> bool:
        """Whether the State Council's calendar decides on it."""
        return any(word in CALENDAR_WORDS for word in (*self.weekdays, *self.except_days))


class GoodsShown(Strict):
    """Which classes of the detector show some of the permitted goods, and how well that was measured."""

    goods: str
    classes: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    recall: Share | None = None
    measured_on: str | None = None

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if self.recall is not None and not self.measured_on:
            raise ValueError("recall: needs measured_on, the data that it was measured on")
        return self


class BreachCodes(Strict):
    """What a breach of the permit is: `09002` a kind of its own (V18), `09006` a stall as any other (V2). On tactile paving, or on another kind of zone on
    which it never holds, it is always 09002: whoever stands in the painted box at its time is there by the permit, and breaches it.

    Attributes:
        area: beside its area, in its time.
        hours: in its area, out of its hours or weekdays. A camera cannot tell the holder from another, so a city says which.
        dates: in its area, after its last day or out of its season; before its first day there is nothing to breach.
        goods: in its area and time, with other goods.
    """

    area: BreachCode = "09002"
    hours: BreachCode = "09002"
    dates: BreachCode = "09002"
    goods: BreachCode = "09002"

    def of(self, breach: Breach) -> BreachCode:
        """The number of a breach."""
        if breach in ("tactile_paving", "zone"):
            return "09002"
        return {"area": self.area, "hours": self.hours, "dates": self.dates, "goods": self.goods}[breach]


def _breach(value: Any) -> Any:
    """One number stands for all breaches."""
    if not isinstance(value, str):
        return value
    if value not in ("09002", "09006"):
        raise ValueError(f"is {value!r}; it is 09002, 09006, or one of them each for area, hours, dates and goods")
    return dict.fromkeys(BreachCodes.model_fields, value)


class Permit(Strict):
    """A place, days and hours at which trading is allowed.

    Attributes:
        season: of every year between the first and the last day; without one all of them.
        weekdays, except_days, hours: when it holds; or instead of them `schedule`, several of the kind, of which one is enough.
        goods: for people. What of them a class shows is in `goods_shown`; the rest is not judged.
        source: who allowed it and where that is written: a notice and its number.
        not_on: kinds of zones on which it never holds, beside tactile paving, on which no permit does.
        breach: what its breach is; None: nothing of its own, and whatever it does not cover is judged as if there were no permit.
        version: rises with each change; packets name it.
    """

    id: Id
    polygon: Polygon
    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="until")
    season: Season | None = None
    weekdays: Days = WEEKDAYS  # type: ignore[assignment]
    except_days: Days = ()
    hours: Hours = ALL_DAY
    schedule: Annotated[tuple[Opening, ...], Field(strict=False)] = ()
    goods: Annotated[tuple[str, ...], Field(strict=False)] = ()
    goods_shown: Annotated[tuple[GoodsShown, ...], Field(strict=False)] = ()
    holder: str | None = None
    source: str | None = None
    not_on: Annotated[tuple[Annotated[ZoneKind, Field(strict=False)], ...], Field(strict=False)] = ()
    breach: Annotated[BreachCodes | None, BeforeValidator(_breach)] = None
    version: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError(f"ends on {self.last_day} before it begins on {self.first_day}")
        if self.schedule and (self.weekdays, self.except_days, self.hours) != (WEEKDAYS, (), ALL_DAY):
            raise ValueError("says weekdays or hours beside its schedule; write them into the schedule's entries")
        strange = next((shown.goods for shown in self.goods_shown if shown.goods not in self.goods), None)
        if strange is not None:
            raise ValueError(f"goods_shown: {strange!r} is none of its goods")
        return self

    @property
    def openings(self) -> tuple[Opening, ...]:
        """When it holds between its first and last day: its schedule, or its own weekdays and hours; the season of all is not among them."""
        return self.schedule or (Opening(weekdays=self.weekdays, except_days=self.except_days, hours=self.hours),)

    @property
    def needs_calendar(self) -> bool:
        """Whether the State Council's calendar decides on any of its days."""
        return any(opening.needs_calendar for opening in self.openings)
