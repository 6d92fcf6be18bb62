"""Zones, permits and lines of a view that cannot all be meant: a spot that is carriageway and pavement at once, a bay in a no-parking zone, a permit on
tactile paving. What is judged there would depend on which of them one reads, so `scene check` says no to the scene.

Areas are compared as drawn, on a raster of the picture; a hand's width of overlap along a common edge is no contradiction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.judgement.geometry import Points
from detector.scene.fronts import doubled, joint, opposed
from detector.scene.shaping import crossing, meeting, told_point
from evidence.model import Text
from evidence.views import Permit, StorefrontLine, ViewDocument, Zone, ZoneKind
from evidence.zones import ZONES_ZH

RASTER = (640, 360)
"""Width and height of the raster; a cell is 2 to 3 pixels of a 1080p picture."""
LEAST_SHARE = 0.1
"""Two zones contradict each other from this share of the smaller one on: what is less is the hand that drew a common edge twice. Our choice."""
LEAST_PERMIT_SHARE = 0.05
"""The same for a permit's own area, which is drawn small and exactly."""
BED_SHARE = 0.8
"""A pavement may have beds and trees in it, drawn as green belts over it, and such a zone reaches up where things hang from trees; from this share of the
pavement on the same ground was drawn as both. Our choice."""
LEAST_CELLS = 12
THROUGH_SHARE = 0.3
"""A storefront line may cross a side street; from this share of its length in the carriageway on it is drawn on the wrong thing."""
OPPOSED_SHARE, OPPOSED_SHARE_AT_JOINT = 0.1, 0.5
"""Two lines of opposite outsides contradict each other from this share of the shorter one on along which they run together; the second holds for two that
meet at an end and go on round it, as the two fronts of a very narrow lane do in the distance. Our choice."""
K = ZoneKind
ROAD = frozenset({K.CARRIAGEWAY, K.BIKE_LANE})

PAIRS: tuple[tuple[frozenset[ZoneKind], frozenset[ZoneKind], Text], ...] = (
    (frozenset({K.CARRIAGEWAY}), frozenset({K.SIDEWALK}), Text(zh="同一地面只能是车行道或人行道", en="the same ground is carriageway or pavement, not both")),
    (
        frozenset({K.CARRIAGEWAY}),
        frozenset({K.BIKE_LANE}),
        Text(zh="同一地面只能是机动车道或非机动车道", en="the same ground is a lane for vehicles or for bicycles, not both"),
    ),
    (ROAD, frozenset({K.TACTILE_PAVING}), Text(zh="盲道应在人行道上", en="tactile paving lies on the pavement")),
    (ROAD, frozenset({K.SHOP_APRON}), Text(zh="店前自有地不是道路", en="a shop's own land is no road")),
    (
        ROAD | {K.PARKING_BAY, K.NONMOTOR_BAY, K.SHARED_BIKE_BAY, K.LOADING_ZONE},
        frozenset({K.GREEN_BELT}),
        Text(zh="绿化带内不行车、不停车、不装卸", en="nobody drives, parks or loads in a green belt"),
    ),
    (frozenset({K.SIDEWALK}), frozenset({K.GREEN_BELT}), Text(zh="同一地面只能是人行道或绿化带", en="the same ground is pavement or planted, not both")),
    (frozenset({K.PARKING_BAY}), frozenset({K.NO_PARKING}), Text(zh="此处停车要么允许，要么禁止", en="parking is allowed there or forbidden, not both")),
    (frozenset({K.PARKING_BAY}), frozenset({K.NONMOTOR_BAY, K.SHARED_BIKE_BAY}), Text(zh="泊位只能供汽车或供自行车", en="a bay is for cars or for bicycles")),
    (
        frozenset({K.PARKING_BAY, K.NONMOTOR_BAY, K.SHARED_BIKE_BAY, K.LOADING_ZONE, K.BIN_SITE}),
        frozenset({K.FIRE_LANE}),
        Text(zh="消防通道须保持畅通，不设停放区或收集点", en="a fire lane is kept clear, so nothing has its place there"),
    ),
    (
        frozenset({K.PARKING_BAY, K.NONMOTOR_BAY, K.SHARED_BIKE_BAY, K.LOADING_ZONE, K.BIN_SITE, K.SHOP_APRON}),
        frozenset({K.TACTILE_PAVING}),
        Text(zh="盲道须保持畅通，不设停放区或收集点", en="tactile paving is kept clear, so nothing has its place there"),
    ),
    (
        frozenset({K.SHOP_APRON}),
        frozenset({K.FIRE_LANE, K.NO_STALL}),
        Text(zh="自有地上店家可经营，而此区任何人不得经营", en="a shop may trade on its own land, and nobody may there"),
    ),
    (
        frozenset({K.FLEXIBLE}),
        frozenset({K.NO_STALL}),
        Text(zh="此处摊点要么按时段允许（控制区），要么严禁（严禁区）", en="stalls are allowed there at times or never (控制区、严禁区)"),
    ),
    (frozenset({K.FLEXIBLE}), frozenset({K.CONTROLLED}), Text(zh="同一区域只能是严控区或控制区", en="an area is 严控区 or 控制区, not both")),
    (frozenset({K.CONTROLLED}), frozenset({K.NO_STALL}), Text(zh="同一区域只能是严禁区或严控区", en="an area is 严禁区 or 严控区, not both")),
    (frozenset({K.FLEXIBLE}), frozenset({K.FIRE_LANE, K.TACTILE_PAVING}), Text(zh="此处一律不得设摊", en="no stall is ever allowed there")),
)
"""Kinds of zones that exclude each other, and why."""
NEVER_PERMITTED = {
    K.TACTILE_PAVING: Text(zh="盲道上任何许可无效", en="no permit holds on tactile paving"),
    K.FIRE_LANE: Text(zh="消防通道内任何许可无效", en="no permit holds in a fire lane"),
    K.GREEN_BELT: Text(zh="绿化带内任何许可无效", en="no permit holds in a green belt"),
    K.NO_STALL: Text(zh="此处严禁设摊（严禁区）；例外请从该区域中划出", en="stalls are forbidden there (严禁区); draw the exception out of that zone"),
}
"""Where a permit's area cannot lie, whoever gave it."""

Field = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Drawn:
    polygon: Points
    mask: NDArray[np.bool_]
    cells: int


def contradictions(view: ViewDocument) -> Iterator[tuple[Field, Text]]:
    """The field and the reason of each contradiction, the later of the two drawn things named as the one at fault."""
    zones = [_drawn(zone.polygon) for zone in view.zones]
    for (i, one), (j, other) in combinations(enumerate(view.zones), 2):
        why = _why(one, other)
        if why is not None:
            share, spot = _overlap(zones[i], zones[j])
            smaller = one if zones[i].cells <= zones[j].cells else other
            least = LEAST_SHARE
            if {one.kind, other.kind} == {K.SIDEWALK, K.GREEN_BELT}:
                smaller, least = (one if one.kind is K.SIDEWALK else other), BED_SHARE
                share *= min(zones[i].cells, zones[j].cells) / max(1, (zones[i] if smaller is one else zones[j]).cells)
            if share >= least:
                yield (
                    ("zones", j, "polygon"),
                    Text(
                        zh=f"区域 {other.id}（{ZONES_ZH[other.kind]}）与区域 {one.id}（{ZONES_ZH[one.kind]}）在 {told_point(spot)} 附近重叠，"
                        f"占 {smaller.id} 的 {share:.0%}：{why.zh}",
                        en=f"the zone {other.id} ({other.kind}) overlaps the zone {one.id} ({one.kind}) about {told_point(spot)}, "
                        f"{share:.0%} of {smaller.id}: {why.en}",
                    ),
                )
    for index, permit in enumerate(view.permits):
        yield from _permit(index, permit, _drawn(permit.polygon), view.zones, zones)
    yield from _lines(view.lines, [zone.mask for zone, document in zip(zones, view.zones, strict=True) if document.kind is K.CARRIAGEWAY])


def _why(one: Zone, other: Zone) -> Text | None:
    for first, second, why in PAIRS:
        if (one.kind in first and other.kind in second) or (other.kind in first and one.kind in second):
            return why
    return None


def _permit(index: int, permit: Permit, area: _Drawn, zones: Sequence[Zone], drawn: Sequence[_Drawn]) -> Iterator[tuple[Field, Text]]:
    for zone, mask in zip(zones, drawn, strict=True):
        why = NEVER_PERMITTED.get(zone.kind)
        if why is None and zone.kind in ROAD and zone.road_class == "main":
            why = Text(zh="主干道上不得许可设摊", en="no stall is permitted on a main road")
        if why is None and zone.kind in permit.not_on:
            why = Text(zh=f"许可本身写明在{ZONES_ZH[zone.kind]}上无效", en=f"the permit itself says that it never holds on a {zone.kind}")
        if why is None:
            continue
        common = int((area.mask & mask.mask).sum())
        share = common / max(1, area.cells)
        if common >= LEAST_CELLS and share >= LEAST_PERMIT_SHARE:
            _, spot = _overlap(area, mask)
            yield (
                ("permits", index, "polygon"),
                Text(
                    zh=f"许可 {permit.id} 有 {share:.0%} 的面积在区域 {zone.id}（{ZONES_ZH[zone.kind]}）上，在 {told_point(spot)} 附近：{why.zh}",
                    en=f"the permit {permit.id} lies with {share:.0%} of its area on the zone {zone.id} ({zone.kind}), about {told_point(spot)}: {why.en}",
                ),
            )


def doubtful_permits(view: ViewDocument) -> Iterator[tuple[Field, str]]:
    """Permits on secondary roads, which some rules forbid (Jinan's watermelon points) and others allow (Shandong's opinion of 2020)."""
    roads = [(zone, _drawn(zone.polygon)) for zone in view.zones if zone.kind in ROAD and zone.road_class == "secondary"]
    for index, permit in enumerate(view.permits if roads else ()):
        area = _drawn(permit.polygon)
        for zone, road in roads:
            share = int((area.mask & road.mask).sum()) / max(1, area.cells)
            if share >= LEAST_PERMIT_SHARE:
                yield (
                    ("permits", index, "polygon"),
                    f"the permit {permit.id} lies with {share:.0%} of its area on the zone {zone.id}, a secondary road: check that its rule allows that",
                )


def _lines(lines: Sequence[StorefrontLine], roads: Sequence[NDArray[np.bool_]]) -> Iterator[tuple[Field, Text]]:
    for index, line in enumerate(lines):
        found = crossing(line.points, closed=False)
        if found is not None:
            yield (
                ("lines", index, "points"),
                Text(
                    zh=f"店铺门墙线 {line.id} 在 {told_point(found[2])} 与自身相交：无法再分辨外侧",
                    en=f"the line {line.id} crosses itself at {told_point(found[2])}: its outside is not told any more",
                ),
            )
        share = _share_on(line.points, roads)
        if share >= THROUGH_SHARE:
            yield (
                ("lines", index, "points"),
                Text(
                    zh=f"店铺门墙线 {line.id} 有 {share:.0%} 的长度穿过车行道：该线应沿店铺门窗根部",
                    en=f"the line {line.id} runs {share:.0%} of its length through a carriageway: it follows the foot of the shops' doors and windows",
                ),
            )
    for (_, one), (j, other) in combinations(enumerate(lines), 2):
        share, spot = opposed(one, other)
        at = joint(one, other)
        if share >= (OPPOSED_SHARE_AT_JOINT if at is not None and at.agree else OPPOSED_SHARE):
            yield (
                ("lines", j, "outside"),
                Text(
                    zh=f"店铺门墙线 {other.id} 在 {told_point(spot)} 附近与 {one.id} 重合，占较短一条的 {share:.0%}，而外侧相反："
                    "那里的货物在一条线外、另一条线内；墙只画一次，外侧朝向街道",
                    en=f"the line {other.id} runs along the line {one.id} about {told_point(spot)}, {share:.0%} of the shorter one, with the opposite outside: "
                    "goods there are outside of one and inside of the other; draw the wall once, and turn its outside to the street",
                ),
            )
            continue
        if doubled(one, other)[0] >= OPPOSED_SHARE:
            continue  # one wall, drawn twice by hand: `scene check` warns of that, and where the two cross says nothing
        spots = (meeting(a, b, c, d) for a, b in zip(one.points, one.points[1:], strict=False) for c, d in zip(other.points, other.points[1:], strict=False))
        met = next((met for met in spots if met is not None), None)
        if met is not None:
            yield (
                ("lines", j, "points"),
                Text(
                    zh=f"店铺门墙线 {other.id} 在 {told_point(met)} 与 {one.id} 相交：一条的外侧是另一条的内侧",
                    en=f"the line {other.id} crosses the line {one.id} at {told_point(met)}: what is outside of one is inside of the other",
                ),
            )


def _share_on(points: Points, areas: Sequence[NDArray[np.bool_]]) -> float:
    """Share of a line's length that lies in areas."""
    if not areas:
        return 0.0
    drawn = np.zeros((RASTER[1], RASTER[0]), np.uint8)
    cv2.polylines(drawn, [_cells(points)], False, 1, 1)
    on = drawn.astype(bool)
    return float((on & np.logical_or.reduce(areas)).sum()) / max(1, int(on.sum()))


def _cells(points: Points) -> NDArray[np.int32]:
    return np.array([(round(x * (RASTER[0] - 1)), round(y * (RASTER[1] - 1))) for x, y in points], np.int32)


def _drawn(polygon: Points) -> _Drawn:
    mask = np.zeros((RASTER[1], RASTER[0]), np.uint8)
    cv2.fillPoly(mask, [_cells(polygon)], 1)
    return _Drawn(polygon, mask.astype(bool), int(mask.sum()))


def _overlap(one: _Drawn, other: _Drawn) -> tuple[float, tuple[float, float]]:
    """Share of the smaller area that both cover, and the middle of what they share."""
    common = one.mask & other.mask
    count = int(common.sum())
    if count < LEAST_CELLS:
        return 0.0, (0.0, 0.0)
    rows, columns = np.nonzero(common)
    middle = (float(columns.mean()) / (RASTER[0] - 1), float(rows.mean()) / (RASTER[1] - 1))
    return count / max(1, min(one.cells, other.cells)), middle
