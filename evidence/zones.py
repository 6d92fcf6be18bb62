"""Zones: areas of the ground in a camera's picture, each of a kind that rules ask for."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from evidence.model import Strict, Text
from evidence.shapes import Id, MapPolygon, Polygon, map_area, polygon_area

RoadClass = Literal["main", "secondary", "branch"]
"""Main road, secondary road, branch or back lane (主干道、次干道、支路或背街小巷)."""


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


ZONES_ZH: dict[ZoneKind, str] = {
    ZoneKind.CARRIAGEWAY: "车行道",
    ZoneKind.BIKE_LANE: "非机动车道",
    ZoneKind.SIDEWALK: "人行道",
    ZoneKind.TACTILE_PAVING: "盲道",
    ZoneKind.FIRE_LANE: "消防通道",
    ZoneKind.SHOP_APRON: "店前自有地",
    ZoneKind.NO_STALL: "严禁区",
    ZoneKind.CONTROLLED: "严控区",
    ZoneKind.FLEXIBLE: "控制区",
    ZoneKind.NO_PARKING: "禁停区",
    ZoneKind.PARKING_BAY: "停车泊位",
    ZoneKind.NONMOTOR_BAY: "非机动车停放区",
    ZoneKind.SHARED_BIKE_BAY: "共享单车停放区",
    ZoneKind.GREEN_BELT: "绿化带",
    ZoneKind.BIN_SITE: "垃圾收集点",
    ZoneKind.CONSTRUCTION_ZONE: "施工区",
    ZoneKind.LOADING_ZONE: "装卸区",
    ZoneKind.IGNORE: "忽略区",
    ZoneKind.PRIVACY_MASK: "隐私遮挡",
    ZoneKind.WHOLE: "整个画面",
}
"""What each kind of zone is called in Chinese, in packets, drawings and on the review page."""


def zones_zh(kinds: Iterable[ZoneKind]) -> str:
    """Kinds of zones as a Chinese sentence lists them."""
    return "、".join(ZONES_ZH[kind] for kind in kinds)


class Zone(Strict):
    """An area of the picture where rules of its kind hold.

    Attributes:
        road_class: of the road that it lies on; permits and policies go by it, and `scene check`.
        shop: whose own land it is (id of one of the view's shops), for a `shop_apron`; without one it is land of whichever shop stands behind it.
        map_polygon: the same area on the map, so that what stands in it has a place there and two cameras know that they see one thing. With as many corners
            as `polygon` they are its corners in the same order (of four or more, things are placed between them); with another number all of it counts.
    """

    id: Id
    kind: Annotated[ZoneKind, Field(strict=False)]
    name: Text | None = None
    polygon: Polygon
    road_class: RoadClass | None = None
    shop: Id | None = None
    map_polygon: MapPolygon | None = None

    @model_validator(mode="after")
    def _same_way_round(self) -> Self:
        """A camera sees the ground from above, so what goes clockwise in its picture does on the map; there y runs up, in the picture down."""
        on_map = self.map_polygon
        if on_map is not None and len(on_map) == len(self.polygon) and map_area(on_map) * polygon_area(self.polygon) > 0:
            raise ValueError("map_polygon goes round the other way than polygon; list the same corners in the same order")
        return self
