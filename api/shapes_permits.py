"""The shapes of permits in the registry. What they mean, and what is refused, is `evidence.permits`; here are their bounds on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from api.shapes import Answer, Request
from api.shapes_registry import Id
from evidence.zones import ZoneKind

DayWord = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "workday", "day_off", "holiday"]
BreachCode = Literal["09002", "09006"]
Days = Annotated[list[DayWord], Field(max_length=10)]
Hours = Annotated[list[Annotated[str, Field(max_length=20, examples=["06:00-09:30"])]], Field(max_length=20)]
MonthDay = Annotated[str, Field(pattern=r"^\d\d-\d\d$", examples=["05-01"])]
ZoneKinds = Annotated[list[Annotated[ZoneKind, Field(strict=False)]], Field(max_length=20)]


class SeasonTold(Request):
    """Days of every year, `MM-DD`, both included; over new year where it ends before it begins."""

    first: Annotated[MonthDay, Field(alias="from")]
    last: Annotated[MonthDay, Field(alias="until")]


class OpeningTold(Request):
    """Hours on some days. `workday`, `day_off` and `holiday` are days by the State Council's yearly notice, make-up days included."""

    season: SeasonTold | None = None
    weekdays: Days | None = None
    except_days: Days | None = None
    hours: Hours | None = None


class GoodsShownTold(Request):
    """Which classes of the detector show some of the goods, and how well that was measured."""

    goods: Annotated[str, Field(max_length=100)]
    classes: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=20)]
    recall: Annotated[float, Field(ge=0, le=1)] | None = None
    measured_on: Annotated[str, Field(max_length=500)] | None = None


class BreachTold(Request):
    """Under which number a breach goes: 09002 as a breach of the permit, 09006 as a stall like any other."""

    area: BreachCode = "09002"
    hours: BreachCode = "09002"
    dates: BreachCode = "09002"
    goods: BreachCode = "09002"


class PermitRequest(Request):
    """A permit: where in which camera's picture, when, for which goods. Hours may pass midnight; a `schedule` stands instead of weekdays and hours."""

    camera_id: Id
    view_id: Id | None = Field(default=None, description="On which of the camera's views it is drawn; left out: the only one, or the main one.")
    polygon: Annotated[list[Annotated[list[float], Field(min_length=2, max_length=2)]], Field(min_length=3, max_length=256)]
    first_day: Annotated[str, Field(alias="from", pattern=r"^\d{4}-\d\d-\d\d$", examples=["2026-01-01"])]
    last_day: Annotated[str, Field(alias="until", pattern=r"^\d{4}-\d\d-\d\d$", examples=["2026-12-31"])]
    season: SeasonTold | None = None
    weekdays: Days | None = None
    except_days: Days | None = None
    hours: Hours | None = None
    schedule: Annotated[list[OpeningTold], Field(max_length=50)] | None = None
    goods: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=50)] | None = None
    goods_shown: Annotated[list[GoodsShownTold], Field(max_length=50)] | None = None
    holder: Annotated[str, Field(max_length=200)] | None = None
    source: Annotated[str, Field(max_length=500)] | None = Field(default=None, description="Who allowed it and where that is written: a notice and its number.")
    not_on: ZoneKinds | None = Field(default=None, description="Zones on which it never holds, beside tactile paving, on which no permit does.")
    breach: BreachTold | BreachCode | None = Field(default=None, description="What its breach is; left out: nothing of its own.")


class SeasonShown(Answer):
    """Days of every year."""

    first: str = Field(serialization_alias="from")
    last: str = Field(serialization_alias="until")


class OpeningShown(Answer):
    """Hours on some days."""

    season: SeasonShown | None
    weekdays: list[str]
    except_days: list[str]
    hours: list[str]


class GoodsShownShown(Answer):
    """Which classes show some of the goods."""

    goods: str
    classes: list[str]
    recall: float | None
    measured_on: str | None


class BreachShown(Answer):
    """Under which number each breach goes."""

    area: str
    hours: str
    dates: str
    goods: str


class PermitShown(Answer):
    """A version of a permit.

    `not_known_from` is the first day to come on which it goes by the State Council's calendar and the API's own does not know the day yet: from then on
    whether it holds is not judged, until a release knows the notice.
    """

    id: str
    version: int
    camera_id: str
    view_id: str
    district: str
    polygon: list[list[float]]
    first_day: date = Field(serialization_alias="from")
    last_day: date = Field(serialization_alias="until")
    season: SeasonShown | None
    weekdays: list[str]
    except_days: list[str]
    hours: list[str]
    schedule: list[OpeningShown]
    goods: list[str]
    goods_shown: list[GoodsShownShown]
    holder: str | None
    source: str | None
    not_on: list[str]
    breach: BreachShown | None
    not_known_from: date | None
    withdrawn: bool
    saved_at: datetime
    saved_by: str


class Permits(Answer):
    """Permits, by id."""

    items: list[PermitShown]
