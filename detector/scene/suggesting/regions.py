"""Areas by where things were seen alone: for junctions, bends and squares, where no row of straight strips fits, and for pictures without straight edges.

Each foot spreads over the ground about it, as far as its own box is wide; where vehicles outweigh people is carriageway, where people do is pavement.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.scene.suggesting.evidence import PERSON_METRES, Foot, Scale
from detector.scene.suggesting.strips import CARRIAGEWAY, PAVEMENT

SIZE = (192, 108)
"""Width and height of the map on which areas are found."""
LEAST_WEIGHT = {CARRIAGEWAY: 0.35, PAVEMENT: 0.35}
"""Seen weight about a spot, from which it belongs to an area: a third of one foot's."""
SMALLEST = 0.012
"""Areas smaller than this share of the picture are left out."""
MOST = 3
TOLERANCE = 0.012
PEOPLE_METRES, VEHICLE_WIDTHS = 0.6, 0.75
"""How far a foot spreads: so many metres about a person, so many of its widths about a vehicle."""


def areas(feet: Sequence[Foot], scale: Scale | None, top: float) -> dict[str, list[list[tuple[float, float]]]]:
    """Outlines of carriageway and pavement in shares of the picture, largest first.

    Args:
        top: row (share of the picture) above which nothing is proposed.
    """
    maps = {PAVEMENT: _spread([foot for foot in feet if foot.group in ("people", "pavement")], scale, top)}
    maps[CARRIAGEWAY] = _spread([foot for foot in feet if foot.group == "vehicles"], scale, top)
    driven = (maps[CARRIAGEWAY] >= LEAST_WEIGHT[CARRIAGEWAY]) & (maps[CARRIAGEWAY] >= 0.5 * maps[PAVEMENT])
    walked = (maps[PAVEMENT] >= LEAST_WEIGHT[PAVEMENT]) & ~driven
    return {what: _outlines(mask) for what, mask in ((CARRIAGEWAY, driven), (PAVEMENT, walked))}


def _spread(feet: Sequence[Foot], scale: Scale | None, top: float) -> NDArray[np.float64]:
    """Weight about each spot (h, w) of the map: a flat-topped ellipse a foot, lying on the ground."""
    width, height = SIZE
    out = np.zeros((height, width))
    ys, xs = (np.mgrid[0:height, 0:width] + 0.5) / np.array([height, width])[:, None, None]
    for foot in feet:
        if foot.y < top:
            continue
        tall = foot.height if scale is None or foot.group == "vehicles" else max(0.02, scale.slope * (foot.y - scale.horizon))
        reach = foot.width * VEHICLE_WIDTHS if foot.group == "vehicles" else tall * PEOPLE_METRES / PERSON_METRES
        across, along = max(reach, 1.5 / width), max(reach * 0.55, 1.5 / height)
        away = ((xs - foot.x) / across) ** 2 + ((ys - foot.y) / along) ** 2
        out += foot.weight * np.exp(-0.5 * away**2)
    out[: max(0, int(top * height))] = 0.0
    return out


def _outlines(mask: NDArray[np.bool_]) -> list[list[tuple[float, float]]]:
    """Outlines of the largest areas of a map, holes filled and the edge made smooth."""
    width, height = SIZE
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 5))
    whole = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 3)))
    found = cv2.findContours(whole, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    out = []
    for contour in sorted(found, key=cv2.contourArea, reverse=True)[:MOST]:
        if cv2.contourArea(contour) < SMALLEST * width * height:
            continue
        corners = cv2.approxPolyDP(contour, TOLERANCE * height, True).reshape(-1, 2)
        points = [(float(np.clip(x / (width - 1), 0, 1)), float(np.clip(y / (height - 1), 0, 1))) for x, y in corners.tolist()]
        if len(points) >= 3:
            out.append(points)
    return out
