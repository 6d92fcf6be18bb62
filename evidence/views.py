"""A view: the zones, storefront lines and permits drawn on one picture of one camera; the same shape in YAML, JSON and the registry."""

from __future__ import annotations

from itertools import pairwise
from math import dist
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from evidence.errors import ViewError
from evidence.model import Point, Strict, first_fault
from evidence.permits import WEEKDAYS, Day, Permit
from evidence.pictures import NamedReference, PictureRules, Reference
from evidence.policies import Policies
from evidence.shapes import MINIMUM_AREA, MOST_CORNERS, Id, Polygon, crosses_itself, polygon_area
from evidence.zones import RoadClass, Zone, ZoneKind

__all__ = [
    "MINIMUM_AREA", "MOST_CORNERS", "WEEKDAYS", "Day", "Id", "ItemFault", "KindOverride", "Permit", "PictureRules", "Policies", "Polygon", "Reference",
    "RoadClass", "Shop", "StorefrontLine", "ViewDocument", "Zone", "ZoneKind", "crosses_itself", "polygon_area", "read_view", "whole_view",
]  # fmt: skip


MINIMUM_LENGTH = 1e-3
"""A line shorter than a thousandth of the picture, a pixel or two, is a slip of the hand."""
UNDRAWN = frozenset({ZoneKind.WHOLE, ZoneKind.IGNORE, ZoneKind.PRIVACY_MASK})
"""Kinds of zones that say nothing of what the ground is."""


class ItemFault(ValueError):
    """What is wrong with one item of a view, found only with the whole view before one.

    Attributes:
        at: list, number and field of the item, from the view on.
        what: the fault, without the list's name.
    """

    def __init__(self, at: tuple[str, int, str], what: str) -> None:
        super().__init__(f"{at[0]}: {what}")
        self.at, self.what = at, what


class Shop(Strict):
    """A shop of the street, to which lines and aprons are bound.

    Attributes:
        name: its sign.
        land: what shows that the strip before it is its own or an approved terrace: a plot, an approval (红线图、批准文号); for people.
    """

    id: Id
    name: str = Field(min_length=1)
    land: str | None = None


def _check_line(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    if sum(dist(a, b) for a, b in pairwise(points)) < MINIMUM_LENGTH:
        raise ValueError("has no length: all its points are one; write where it begins and where it ends")
    return points


class StorefrontLine(Strict):
    """A shop's outer line; `outside` is the side (walking from the first to the last point, y down) where its goods may not stand.

    `shop` is the id of one of the view's shops, or in a view that lists none its name.
    """

    id: Id
    shop: str | None = None
    points: Annotated[tuple[Point, ...], Field(strict=False, min_length=2, max_length=MOST_CORNERS), AfterValidator(_check_line)]
    outside: Literal["left", "right"]


class KindOverride(Strict):
    """Thresholds of a kind that a scene or view changes; shown as changed in every packet."""

    enabled: bool | None = None
    dwell_seconds: Annotated[float, Field(gt=0, le=7 * 86400)] | None = None
    minimum_looks: Annotated[int, Field(ge=2, le=1000)] | None = None
    grace_seconds: Annotated[float, Field(gt=0, le=3600)] | None = None
    attendance: Literal["off", "required"] | None = None
    minimum_score: Annotated[float, Field(gt=0, lt=1)] | None = None


class ViewDocument(Strict):
    """One view of one camera with everything that is judged by place; `version` rises with each change.

    Attributes:
        shops: whose lines and aprons these are; a line or apron that names a shop names one of them.
        policies: what the city has switched on here beside the law.
        reference: the picture that it was drawn on; a camera with several views is known by these.
        picture: thresholds of picture health and drift that differ here.
    """

    camera_id: Id
    view_id: Id = "main"
    version: int = Field(default=1, ge=0)
    zones: Annotated[tuple[Zone, ...], Field(strict=False)] = ()
    lines: Annotated[tuple[StorefrontLine, ...], Field(strict=False)] = ()
    permits: Annotated[tuple[Permit, ...], Field(strict=False)] = ()
    shops: Annotated[tuple[Shop, ...], Field(strict=False)] = ()
    policies: Policies | None = None
    reference: NamedReference | None = None
    picture: PictureRules | None = None
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
        for name, items in (("zones", self.zones), ("lines", self.lines), ("permits", self.permits), ("shops", self.shops)):
            ids = [item.id for item in items]
            twice = next((number for number, one in enumerate(ids) if one in ids[:number]), None)
            if twice is not None:
                raise ItemFault((name, twice, "id"), f"the id {ids[twice]!r} is used twice")
        return self

    @model_validator(mode="after")
    def _bound(self) -> Self:
        shops = {shop.id for shop in self.shops}
        if shops:
            for number, line in enumerate(self.lines):
                if line.shop is not None and line.shop not in shops:
                    raise ItemFault(("lines", number, "shop"), f"{line.id}: there is no shop {line.shop!r}; there are {', '.join(sorted(shops))}")
        for number, zone in enumerate(self.zones):
            if zone.shop is not None and zone.shop not in shops:
                raise ItemFault(("zones", number, "shop"), f"{zone.id}: there is no shop {zone.shop!r}; list it under shops")
            if zone.shop is not None and zone.kind is not ZoneKind.SHOP_APRON:
                raise ItemFault(("zones", number, "shop"), f"{zone.id}: only a shop_apron is a shop's own land, this is a {zone.kind.value}")
        return self

    def shop_name(self, shop: str | None) -> str | None:
        """What a shop is called; where the view lists no shops, lines name them themselves."""
        return next((one.name for one in self.shops if one.id == shop), shop)

    @property
    def is_whole(self) -> bool:
        """Whether this is the view of a camera without a scene: everything there is a lead. What is only hidden or left out draws none."""
        return all(zone.kind in UNDRAWN for zone in self.zones)

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
