"""A view: the zones, storefront lines and permits drawn on one picture of one camera; the same shape in YAML, JSON and the registry."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from evidence.errors import ViewError
from evidence.model import Point, Strict, Text, first_fault

MINIMUM_AREA = 1e-5
"""A polygon smaller than 0.001 % of the picture is a slip of the hand."""
MOST_CORNERS = 256
"""Corners of a polygon or points of a line; the check that no edges cross is quadratic in them."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ZoneKind(StrEnum):
    """What a zone is (DOMAIN: zone kinds); `whole` is the picture of a camera without a scene."""

    CARRIAGEWAY = "carriageway"
    BIKE_LANE = "bike_lane"
    SIDEWALK = "sidewalk"
    TACTILE_PAVING = "tactile_paving"
    FIRE_LANE = "fire_lane"
    SHOP_APRON = "shop_apron"
    NO_STALL = "no_stall"
    CONTROLLED = "controlled"
    FLEXIBLE = "flexible"
    NO_PARKING = "no_parking"
    PARKING_BAY = "parking_bay"
    NONMOTOR_BAY = "nonmotor_bay"
    SHARED_BIKE_BAY = "shared_bike_bay"
    GREEN_BELT = "green_belt"
    BIN_SITE = "bin_site"
    CONSTRUCTION_ZONE = "construction_zone"
    LOADING_ZONE = "loading_zone"
    IGNORE = "ignore"
    PRIVACY_MASK = "privacy_mask"
    WHOLE = "whole"


def polygon_area(points: tuple[tuple[float, float], ...]) -> float:
    """Signed area by the shoelace formula."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1], strict=True)) / 2


def crosses_itself(points: tuple[tuple[float, float], ...]) -> bool:
    """Whether two edges that are not neighbours meet."""
    count = len(points)
    edges = [(points[i], points[(i + 1) % count]) for i in range(count)]
    for i in range(count):
        for j in range(i + 2, count):
            if not (i == 0 and j == count - 1) and _meet(*edges[i], *edges[j]):
                return True
    return False


def _meet(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> bool:
    def side(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def _check_polygon(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    if len(points) < 3:
        raise ValueError(f"a polygon needs at least 3 points, this one has {len(points)}")
    if crosses_itself(points):
        raise ValueError("the polygon crosses itself; list its corners in order round the area")
    if abs(polygon_area(points)) < MINIMUM_AREA:
        raise ValueError("the polygon has no area")
    return points


Polygon = Annotated[tuple[Point, ...], Field(strict=False, max_length=MOST_CORNERS)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Zone(Strict):
    """An area of the picture where rules of its kind hold."""

    id: Id
    kind: Annotated[ZoneKind, Field(strict=False)]
    name: Text | None = None
    polygon: Polygon

    _polygon = field_validator("polygon")(_check_polygon)


class StorefrontLine(Strict):
    """A shop's outer line; `outside` is the side (walking from the first to the last point, y down) where its goods may not stand."""

    id: Id
    shop: str | None = None
    points: Annotated[tuple[Point, ...], Field(strict=False, min_length=2, max_length=MOST_CORNERS)]
    outside: Literal["left", "right"]


def _date(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_date)]


class Permit(Strict):
    """A place, days and hours at which trading is allowed. Hours are `HH:MM-HH:MM` of the view's time zone and may pass midnight."""

    id: Id
    polygon: Polygon
    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="until")
    weekdays: Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(strict=False)] = WEEKDAYS  # type: ignore[assignment]
    hours: Annotated[tuple[Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]|24):[0-5]\d$")], ...], Field(strict=False)] = ("00:00-24:00",)
    goods: Annotated[tuple[str, ...], Field(strict=False)] = ()
    holder: str | None = None
    version: int = Field(default=1, ge=1)

    _polygon = field_validator("polygon")(_check_polygon)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError(f"ends on {self.last_day} before it begins on {self.first_day}")
        return self


class KindOverride(Strict):
    """Thresholds of a kind that a scene or view changes; shown as changed in every packet."""

    enabled: bool | None = None
    dwell_seconds: Annotated[float, Field(gt=0, le=7 * 86400)] | None = None
    minimum_looks: Annotated[int, Field(ge=2, le=1000)] | None = None
    grace_seconds: Annotated[float, Field(gt=0, le=3600)] | None = None
    attendance: Literal["off", "required"] | None = None
    minimum_score: Annotated[float, Field(gt=0, lt=1)] | None = None


class ViewDocument(Strict):
    """One view of one camera with everything that is judged by place; `version` rises with each change."""

    camera_id: Id
    view_id: Id = "main"
    version: int = Field(default=1, ge=0)
    zones: Annotated[tuple[Zone, ...], Field(strict=False)] = ()
    lines: Annotated[tuple[StorefrontLine, ...], Field(strict=False)] = ()
    permits: Annotated[tuple[Permit, ...], Field(strict=False)] = ()
    time_zone: str = "Asia/Shanghai"
    kinds: dict[str, KindOverride] = Field(default_factory=dict)

    @field_validator("time_zone")
    @classmethod
    def _time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise ValueError(f"there is no time zone {name!r}; write one such as Asia/Shanghai") from None
        return name

    @model_validator(mode="after")
    def _unique(self) -> Self:
        for name, items in (("zones", self.zones), ("lines", self.lines), ("permits", self.permits)):
            ids = [item.id for item in items]
            twice = next((one for one in ids if ids.count(one) > 1), None)
            if twice is not None:
                raise ValueError(f"{name}: the id {twice!r} is used twice")
        return self

    @property
    def is_whole(self) -> bool:
        """Whether this is the view of a camera without a scene: everything there is a lead."""
        return all(zone.kind is ZoneKind.WHOLE for zone in self.zones)

    def to_json(self) -> dict[str, Any]:
        """The document as JSON data, as YAML and the registry hold it."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def whole_view(camera_id: str) -> ViewDocument:
    """The view of a camera for which nobody has drawn anything yet: the whole picture as one zone."""
    zone = Zone(id="whole", kind=ZoneKind.WHOLE, polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    return ViewDocument(camera_id=camera_id, version=0, zones=(zone,))


def read_view(data: Any, where: str) -> ViewDocument:
    """Checks a view document.

    Raises:
        ViewError: `where` and the first field at fault with the reason.
    """
    try:
        return ViewDocument.model_validate(data)
    except ValidationError as error:
        raise ViewError(f"{where}: {first_fault(error)}") from None
