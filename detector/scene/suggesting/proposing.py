"""A proposal for a view: strips along the street where the picture shows one, areas by what was seen where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.judgement.geometry import Box
from detector.scene.suggesting import wording
from detector.scene.suggesting.evidence import Foot, Scale, scale_of, slope_under
from detector.scene.suggesting.fan import Fan, Profile, profile
from detector.scene.suggesting.outlines import line_of, tidy
from detector.scene.suggesting.regions import areas
from detector.scene.suggesting.strips import CARRIAGEWAY, PAVEMENT, WALL, Split, Strip, split
from detector.scene.suggesting.values import Reason, Suggested
from detector.scene.suggesting.vanishing import WORK_WIDTH, Vanishing, segments_of, shares, vanishing_points
from evidence.views import StorefrontLine, Zone, ZoneKind

SMALLEST_PERSON = 0.06
"""Nothing is proposed where a person is smaller than this share of the picture's height: a city draws no zone where nobody could judge anything."""
TOP_UNKNOWN = 0.14
"""How far below the horizon proposals begin where no people tell the scale, in heights of the picture."""
MUCH_SEEN = 150.0
"""Weight of feet from which what was seen outweighs a row of strips that does not fit it."""
FITS = 0.6
"""Share of what was seen that must stand in its own strips, for a row of strips to be believed against it."""
SMALLEST_ZONE = 0.008
"""A zone smaller than this share of the picture is not proposed."""
ZONE_KINDS = {CARRIAGEWAY: ZoneKind.CARRIAGEWAY, PAVEMENT: ZoneKind.SIDEWALK}
FOCAL = 0.83
"""Focal length of an unknown camera in widths of the picture: a horizontal view of 62 degrees. Used for metres across the street only."""


@dataclass(frozen=True, slots=True)
class _Fitted:
    fan: Fan
    profile: Profile
    split: Split
    point: Vanishing
    scale: Scale | None


def propose(picture: NDArray[np.uint8], feet: Sequence[Foot], hidden: Sequence[Box] = ()) -> Suggested:
    """Proposes carriageway, pavement and storefront line.

    Args:
        picture: (h, w, 3) RGB, of the camera as it hangs.
        feet: of the picture's detections and of a day's grid.
        hidden: boxes of things in the picture, behind which nothing of the street is seen.
    """
    small, mask = _fit_to_work(picture, hidden)
    aspect = small.shape[1] / small.shape[0]
    feet = list(feet)
    scale = scale_of(feet)
    points = vanishing_points(segments_of(np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8), mask), aspect)
    fitted = [_fit(point, small, mask, feet, scale, aspect) for point in points]
    if scale is not None and fitted:  # people say where the horizon is: a point far from it is another street's, or none
        level = [one for one in fitted if abs(one.point.y + 0.5 - scale.horizon) < 0.15 + 0.25 * abs(scale.horizon - 0.3)]
        fitted = level or fitted
    best = max(fitted, key=lambda one: one.split.worth + 60 * one.point.share, default=None)
    seen = sum(foot.weight for foot in feet if foot.group in ("people", "vehicles"))
    if best is not None and not (seen >= MUCH_SEEN and _agreement(best.split) < FITS):
        return _strips(best, feet, aspect)
    return _by_areas(feet, scale, best)


def _fit_to_work(picture: NDArray[np.uint8], hidden: Sequence[Box]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The picture at the width at which it is looked at, and where things hide the street."""
    height, width = picture.shape[:2]
    small = picture
    if width > WORK_WIDTH:
        small = np.asarray(cv2.resize(picture, (WORK_WIDTH, round(height * WORK_WIDTH / width)), interpolation=cv2.INTER_AREA), np.uint8)
    height, width = small.shape[:2]
    mask = np.zeros((height, width), bool)
    for x1, y1, x2, y2 in hidden:
        mask[max(0, int(y1 * height)) : int(np.ceil(y2 * height)), max(0, int(x1 * width)) : int(np.ceil(x2 * width))] = True
    return small, mask


def _fit(point: Vanishing, picture: NDArray[np.uint8], hidden: NDArray[np.bool_], feet: Sequence[Foot], scale: Scale | None, aspect: float) -> _Fitted:
    """The fan of one point, split into strips."""
    own = scale
    if own is None:
        slope = slope_under(feet, point.y + 0.5)
        own = None if slope is None else Scale(point.y + 0.5, *slope)
    fan = Fan(point.x, point.y, point.lens, aspect, point.y + (TOP_UNKNOWN if own is None else float(np.clip(SMALLEST_PERSON / own.slope, 0.06, 0.4))))
    shown = profile(fan, picture, hidden)
    return _Fitted(fan, shown, split(fan, shown, feet, None if own is None else _metres_across(point, own, aspect)), point, own)


def _metres_across(point: Vanishing, scale: Scale, aspect: float) -> float:
    """Metres across the street for one unit of the tangent of a ray's angle: the camera's height, turned by how it looks along the street."""
    focal = FOCAL * aspect
    down = np.arctan2(-point.y, focal)
    aside = np.arctan2(point.x * np.cos(down), focal)
    return float(scale.camera_metres * max(np.cos(aside), 0.02) / np.cos(down))


def _agreement(found: Split) -> float:
    """Share of people and vehicles that stand in their own strips; people crossing count as half right."""
    good = found.held["vehicles"][CARRIAGEWAY] + found.held["people"][PAVEMENT] + 0.5 * found.held["people"][CARRIAGEWAY]
    return good / max(1e-9, sum(sum(found.held[group].values()) for group in ("vehicles", "people")))


def _strips(best: _Fitted, feet: Sequence[Foot], aspect: float) -> Suggested:
    """The zones and lines of a split fan."""
    zones: list[Zone] = []
    lines: list[StorefrontLine] = []
    reasons: dict[str, Reason] = {}
    edges = best.fan.edges
    ground = [strip for strip in best.split.strips if strip.what != WALL]
    for strip in ground:
        polygon = tidy(best.fan.wedge(float(edges[strip.first]), float(edges[strip.last])), SMALLEST_ZONE)
        if polygon is None:
            continue
        name = _numbered(strip.what, [zone.id for zone in zones])
        zones.append(Zone(id=name, kind=ZONE_KINDS[strip.what], polygon=polygon))
        reasons[name] = _reason_of(best, strip, feet)
    for before, after in zip(best.split.strips[:-1], best.split.strips[1:], strict=True):
        if {before.what, after.what} != {PAVEMENT, WALL}:
            continue
        points = line_of(best.fan, float(edges[before.last]))
        if points is None:
            continue
        name = f"shops-{len(lines) + 1}"
        # A ray's points run from far to near: what has a greater angle lies to the left of who walks there (y runs down).
        lines.append(StorefrontLine(id=name, points=points, outside="left" if after.what == PAVEMENT else "right"))
        reasons[name] = wording.of_line(float(best.profile.kerb[before.last]))
    x, y = shares(np.array([[best.point.x, best.point.y]]), aspect)[0]
    metres = None if best.scale is None else round(best.scale.camera_metres, 1)
    return Suggested(tuple(zones), tuple(lines), reasons, (round(float(x), 3), round(float(y), 3)), best.point.lens, metres, wording.note(zones, feet))


def _reason_of(best: _Fitted, strip: Strip, feet: Sequence[Foot]) -> Reason:
    """What a strip rests on: the edges at its borders, and what stood in it."""
    borders = [float(best.profile.kerb[border]) for border in (strip.first, strip.last) if 0 < border < len(best.fan.edges) - 1]
    at = best.fan.bins_of(np.array([(foot.x, foot.y) for foot in feet], np.float64).reshape(-1, 2)) + 0.5
    there = [foot for foot, bin_ in zip(feet, at.tolist(), strict=True) if strip.first <= bin_ < strip.last]
    inside = {group: sum(foot.weight for foot in there if foot.group == group) for group in ("people", "vehicles")}
    own, other = (inside["vehicles"], inside["people"]) if strip.what == CARRIAGEWAY else (inside["people"], inside["vehicles"])
    return wording.of_strip(strip.what, best.point.share, max(borders, default=0.0), own, other)


def _by_areas(feet: Sequence[Foot], scale: Scale | None, best: _Fitted | None) -> Suggested:
    """Zones by what was seen alone."""
    top = 0.0 if scale is None else scale.horizon + float(np.clip(SMALLEST_PERSON / scale.slope, 0.06, 0.4))
    zones: list[Zone] = []
    reasons: dict[str, Reason] = {}
    for what, outlines in areas(feet, scale, top).items():
        for outline in outlines:
            polygon = tidy(outline, SMALLEST_ZONE)
            if polygon is None:
                continue
            name = _numbered(what, [zone.id for zone in zones])
            zones.append(Zone(id=name, kind=ZONE_KINDS[what], polygon=polygon))
            group = "vehicles" if what == CARRIAGEWAY else "people"
            reasons[name] = wording.of_area(what, sum(foot.weight for foot in feet if foot.group == group))
    metres = None if scale is None else round(scale.camera_metres, 1)
    return Suggested(tuple(zones), (), reasons, None, 0.0 if best is None else best.point.lens, metres, wording.note(zones, feet, straight=best is not None))


def _numbered(what: str, taken: Sequence[str]) -> str:
    return f"{what}-{1 + sum(name.startswith(what) for name in taken)}"
