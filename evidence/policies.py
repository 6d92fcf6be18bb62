"""What a city has decided beside the law for whole streets: off unless a scene or view says so, since such a policy may have lapsed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from evidence.model import Strict
from evidence.permits import Day, Hours
from evidence.zones import RoadClass


class Shandong2020(Strict):
    """山东省住建厅《关于优化店外经营和流动摊点管理与服务的指导意见》(2020); whether it is still in force is to be checked.

    Attributes:
        goods_outside: shops may put goods and tables outside, where these stand on no tactile paving and no pavement.
        vendor_hours: off-peak hours in which vendors may stand in `flexible` zones and on roads of these classes; empty: at no time.
        vendor_roads: classes of roads on which they may.
        until: last day on which the city applies it.
        source: the city's own decision to apply it.
    """

    goods_outside: bool = True
    vendor_hours: Hours = ()
    vendor_roads: Annotated[tuple[RoadClass, ...], Field(strict=False)] = ("secondary", "branch")
    until: Day | None = None
    source: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.goods_outside and not self.vendor_hours:
            raise ValueError("allows nothing: say goods_outside: true or name vendor_hours")
        return self

    def applies_on(self, day: date) -> bool:
        """Whether the city applies it on a day."""
        return self.until is None or day <= self.until


def _switch(value: Any) -> Any:
    if isinstance(value, bool):
        return {} if value else None
    return value


class Policies(Strict):
    """The policies that a city has switched on."""

    shandong_2020: Annotated[Shandong2020 | None, BeforeValidator(_switch)] = None
