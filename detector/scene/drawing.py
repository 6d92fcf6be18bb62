"""A view drawn over its picture, with a legend, so that a person sees what a scene file says before a camera is judged by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.judgement.calendars import WORDS_EN, WORDS_ZH
from detector.judgement.geometry import Box, contains
from detector.scene.errors import DrawingError
from detector.scene.lettering import Colour, wrapped, write, write_label
from evidence.permits import BreachCodes, Opening, Season
from evidence.views import WEEKDAYS, Permit, RoadClass, StorefrontLine, ViewDocument, ZoneKind
from evidence.zones import ZONES_ZH, zones_zh

PLAIN_SIZE = (1280, 720)
SMALLEST_WIDTH = 1280
"""A smaller picture is enlarged before it is drawn on, so that ids can be read."""
BACKGROUND: Colour = (58, 62, 70)
PANEL: Colour = (24, 27, 33)
INK: Colour = (235, 238, 242)
FAINT: Colour = (150, 158, 170)
LINE_COLOUR: Colour = (255, 148, 26)
PERMIT_COLOUR: Colour = (74, 222, 128)
CROP_COLOUR: Colour = (240, 240, 240)
FILL = 0.26
ENDINGS = {".png": ".png", ".jpg": ".jpg", ".jpeg": ".jpg"}

ZONE_STYLES: dict[ZoneKind, tuple[Colour, str]] = {
    ZoneKind.CARRIAGEWAY: ((96, 165, 250), "carriageway"),
    ZoneKind.BIKE_LANE: ((34, 211, 238), "bike lane"),
    ZoneKind.SIDEWALK: ((250, 204, 21), "sidewalk"),
    ZoneKind.TACTILE_PAVING: ((217, 119, 6), "tactile paving"),
    ZoneKind.FIRE_LANE: ((248, 60, 60), "fire lane"),
    ZoneKind.SHOP_APRON: ((196, 181, 253), "shop apron"),
    ZoneKind.NO_STALL: ((244, 63, 94), "no stalls"),
    ZoneKind.CONTROLLED: ((251, 113, 133), "controlled"),
    ZoneKind.FLEXIBLE: ((134, 239, 172), "flexible"),
    ZoneKind.NO_PARKING: ((232, 121, 249), "no parking"),
    ZoneKind.PARKING_BAY: ((129, 140, 248), "parking bay"),
    ZoneKind.NONMOTOR_BAY: ((45, 212, 191), "bicycle bay"),
    ZoneKind.SHARED_BIKE_BAY: ((20, 184, 166), "shared-bike bay"),
    ZoneKind.GREEN_BELT: ((34, 160, 80), "green belt"),
    ZoneKind.BIN_SITE: ((168, 162, 158), "bin site"),
    ZoneKind.CONSTRUCTION_ZONE: ((253, 186, 116), "construction"),
    ZoneKind.LOADING_ZONE: ((165, 180, 252), "loading zone"),
    ZoneKind.IGNORE: ((120, 120, 120), "ignored"),
    ZoneKind.PRIVACY_MASK: ((0, 0, 0), "privacy mask"),
    ZoneKind.WHOLE: ((250, 250, 250), "whole picture"),
}
"""Colour (RGB) and English name of each kind of zone."""
CONDITIONS = {"area": "区域", "hours": "时段", "dates": "日期", "goods": "货品"}
"""What of a permit can be breached, in Chinese."""
ROAD_CLASSES: dict[RoadClass, str] = {"main": "主干道 main road", "secondary": "次干道 secondary road", "branch": "支路 branch road"}


def draw_view(
    view: ViewDocument, picture: NDArray[np.uint8] | None = None, crop: Box | None = None, notes: Sequence[str] = (), *, proposed: bool = False
) -> NDArray[np.uint8]:
    """A view over its picture (h, w, 3) RGB, or over a plain ground; to the right a legend.

    Args:
        crop: the rectangle that looks are cut to, drawn dashed.
        notes: lines at the legend's end, such as overridden thresholds.
        proposed: it is a proposal: its zones have dashed edges, and the legend says that nothing of it is in force.
    """
    canvas = on_canvas(picture)
    size_px = max(14, canvas.shape[0] // 42)
    for zone in view.zones:
        _fill(canvas, zone.polygon, ZONE_STYLES[zone.kind][0], hatched=zone.kind in (ZoneKind.IGNORE, ZoneKind.PRIVACY_MASK), dashed=proposed)
    for permit in view.permits:
        _fill(canvas, permit.polygon, PERMIT_COLOUR, hatched=True)
    if crop is not None:
        left, top, right, bottom = crop
        _dashed(canvas, [(left, top), (right, top), (right, bottom), (left, bottom)], CROP_COLOUR)
    for line in view.lines:
        _storefront(canvas, line)
    taken: list[tuple[int, int]] = []
    labels = [(zone.id, zone.polygon, ZONE_STYLES[zone.kind][0]) for zone in view.zones] + [(one.id, one.polygon, PERMIT_COLOUR) for one in view.permits]
    for name, polygon, colour in labels:
        x, y = _free_spot(canvas, _middle(polygon), taken, size_px)
        write_label(canvas, name, x, y, size_px, _readable(colour))
    for line in view.lines:
        (x1, y1), (x2, y2) = line.points[0], line.points[1]
        x, y = _free_spot(canvas, (x1 + 0.25 * (x2 - x1), y1 + 0.25 * (y2 - y1)), taken, size_px)
        shop = view.shop_name(line.shop)
        write_label(canvas, f"{line.id} {shop}" if shop else line.id, x, y, size_px, LINE_COLOUR)
    return np.hstack([canvas, _legend(view, canvas.shape[0], size_px, crop, notes, proposed=proposed)])


def save_drawing(path: Path, drawing: NDArray[np.uint8]) -> None:
    """Writes a drawing as PNG or JPEG, by the path's ending.

    Raises:
        DrawingError: another ending, or the file cannot be written.
    """
    ending = ENDINGS.get(path.suffix.lower())
    if ending is None:
        raise DrawingError(f"{path}: a drawing ends in .png or .jpg, not {path.suffix or 'nothing'!r}")
    _, data = cv2.imencode(ending, drawing[:, :, ::-1])
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise DrawingError(f"{path}: cannot be written ({error.strerror or error})") from error


def on_canvas(picture: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """A copy of a picture to draw on, large enough for letters; a plain ground without one."""
    if picture is None:
        return np.full((PLAIN_SIZE[1], PLAIN_SIZE[0], 3), BACKGROUND, np.uint8)
    height, width = picture.shape[:2]
    if width >= SMALLEST_WIDTH:
        return picture.copy()
    scaled = cv2.resize(picture, (SMALLEST_WIDTH, round(height * SMALLEST_WIDTH / width)), interpolation=cv2.INTER_CUBIC)
    return np.asarray(scaled, np.uint8)


def _pixels(canvas: NDArray[np.uint8], points: Iterable[tuple[float, float]]) -> NDArray[np.int32]:
    height, width = canvas.shape[:2]
    return np.array([(round(x * (width - 1)), round(y * (height - 1))) for x, y in points], np.int32)


def _fill(canvas: NDArray[np.uint8], polygon: Sequence[tuple[float, float]], colour: Colour, *, hatched: bool, dashed: bool = False) -> None:
    corners = _pixels(canvas, polygon)
    mask = np.zeros((canvas.shape[0], canvas.shape[1]), np.uint8)
    cv2.fillPoly(mask, [corners], 1)
    if hatched:
        step = max(8, canvas.shape[0] // 60)
        rows, columns = np.arange(canvas.shape[0]).reshape(-1, 1), np.arange(canvas.shape[1]).reshape(1, -1)
        mask &= ((rows + columns) % step < max(2, step // 5)).astype(np.uint8)
    share = 0.8 if hatched else FILL
    tinted = cv2.addWeighted(canvas, 1 - share, np.full_like(canvas, colour), share, 0)
    cv2.copyTo(tinted, mask, canvas)
    thickness = max(2, canvas.shape[1] // 640)
    if dashed:
        _dashed(canvas, polygon, colour, thickness)
    else:
        cv2.polylines(canvas, [corners], True, colour, thickness, cv2.LINE_AA)


def _dashed(canvas: NDArray[np.uint8], points: Sequence[tuple[float, float]], colour: Colour, thickness: int = 1) -> None:
    corners = _pixels(canvas, points)
    dash = max(8, canvas.shape[0] // 60)
    for begin, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        length = float(np.linalg.norm(end - begin))
        for at in np.arange(0, length, 2 * dash):
            spots = [begin + (end - begin) * min(1.0, spot / max(length, 1)) for spot in (at, at + dash)]
            cv2.line(canvas, (int(spots[0][0]), int(spots[0][1])), (int(spots[1][0]), int(spots[1][1])), colour, thickness, cv2.LINE_AA)


def _storefront(canvas: NDArray[np.uint8], line: StorefrontLine) -> None:
    """The line, a dot where it begins, and at each segment's middle an arrow to the outside."""
    thickness = max(2, canvas.shape[1] // 500)
    corners = _pixels(canvas, line.points)
    cv2.polylines(canvas, [corners], False, LINE_COLOUR, thickness, cv2.LINE_AA)
    cv2.circle(canvas, (int(corners[0][0]), int(corners[0][1])), 2 * thickness, LINE_COLOUR, -1, cv2.LINE_AA)
    for (x1, y1), (x2, y2) in zip(corners[:-1].tolist(), corners[1:].tolist(), strict=True):
        length = max(1.0, float(np.hypot(x2 - x1, y2 - y1)))
        right = np.array([-(y2 - y1), x2 - x1]) / length  # y runs down: this is to the right of who walks along
        away = right if line.outside == "right" else -right
        middle = np.array([(x1 + x2) / 2, (y1 + y2) / 2])
        tip = middle + away * canvas.shape[0] / 14
        begin, end = (int(middle[0]), int(middle[1])), (int(tip[0]), int(tip[1]))
        cv2.arrowedLine(canvas, begin, end, LINE_COLOUR, thickness, cv2.LINE_AA, tipLength=0.35)


def _middle(polygon: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """A point well inside the polygon: of a grid's points in it, the one nearest to their mean."""
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    grid = [(min(xs) + (max(xs) - min(xs)) * i / 20, min(ys) + (max(ys) - min(ys)) * j / 20) for i in range(1, 20) for j in range(1, 20)]
    inside = [point for point in grid if contains(polygon, *point)] or [polygon[0]]
    mean_x, mean_y = sum(x for x, _ in inside) / len(inside), sum(y for _, y in inside) / len(inside)
    return min(inside, key=lambda point: (point[0] - mean_x) ** 2 + (point[1] - mean_y) ** 2)


def _free_spot(canvas: NDArray[np.uint8], point: tuple[float, float], taken: list[tuple[int, int]], size_px: int) -> tuple[int, int]:
    """The point in pixels, moved down until it covers no label that is there already; it is then taken."""
    x, y = (int(value) for value in _pixels(canvas, [point])[0])
    while any(abs(x - other_x) < 8 * size_px and abs(y - other_y) < 1.5 * size_px for other_x, other_y in taken):
        y += size_px
    taken.append((x, y))
    return x, y


def _readable(colour: Colour) -> Colour:
    return colour if max(colour) > 160 else INK


def _legend(view: ViewDocument, height: int, size_px: int, crop: Box | None, notes: Sequence[str], *, proposed: bool) -> NDArray[np.uint8]:
    """What is drawn, in words; what does not fit is counted at the end."""
    width, small = 24 * size_px, max(11, round(size_px * 0.75))
    panel = np.full((height, width, 3), PANEL, np.uint8)
    entries = list(_entries(view, crop, notes, proposed=proposed))
    at = 2 * size_px
    for number, (colour, head, text) in enumerate(entries):
        lines = wrapped(text, small, width - 2 * size_px)
        needed = (1.4 * size_px if head else 0) + 1.35 * small * len(lines)
        if at + needed > height - (0 if number == len(entries) - 1 else 1.4 * small):
            write(panel, f"… 还有 {len(entries) - number} 项 more", size_px, at, small, FAINT)
            break
        if head:
            if colour is not None:
                cv2.rectangle(panel, (size_px, at - size_px + 2), (2 * size_px, at + 2), colour, -1)
                cv2.rectangle(panel, (size_px, at - size_px + 2), (2 * size_px, at + 2), FAINT, 1)
            write(panel, head, size_px if colour is None else round(2.6 * size_px), at, size_px, INK)
            at += round(1.2 * size_px)
        for line in lines:
            write(panel, line, size_px, at, small, FAINT)
            at += round(1.35 * small)
        at += round(0.6 * size_px)
    return panel


def _entries(view: ViewDocument, crop: Box | None, notes: Sequence[str], *, proposed: bool) -> Iterator[tuple[Colour | None, str, str]]:
    """The legend: colour of its swatch, heading and text of each entry."""
    yield None, view.camera_id, f"视图 view {view.view_id} · 版本 version {view.version} · {view.time_zone}"
    if proposed:
        yield None, "提议 proposal", "未生效，须由人核对采纳 · not in force: a person checks and accepts it"
    for zone in view.zones:
        colour, en = ZONE_STYLES[zone.kind]
        road = "" if zone.road_class is None else f" · {ROAD_CLASSES[zone.road_class]}"
        shop = "" if zone.shop is None else f" · {view.shop_name(zone.shop)}"
        yield colour, zone.id, f"{ZONES_ZH[zone.kind]} {en}" + (f" · {zone.name.zh} {zone.name.en}" if zone.name else "") + road + shop
    for line in view.lines:
        yield (
            LINE_COLOUR,
            line.id,
            f"店铺门墙线，外侧在{'左' if line.outside == 'left' else '右'} storefront line, outside {line.outside}"
            + (f" · {view.shop_name(line.shop)}" if line.shop else ""),
        )
    for permit in view.permits:
        yield PERMIT_COLOUR, permit.id, f"许可 permit {describe_permit(permit)}"
    if crop is not None:
        yield None, "", "虚线：看图范围 · dashed: the part of the picture that is looked at"
    for note in notes:
        yield None, "", note
    for permit in view.permits:  # at the end, where what finds no room is only counted
        yield from ((None, "", told) for told in _terms(permit))


def describe_permit(permit: Permit) -> str:
    """A permit's days, season, weekdays and hours in a few words, Chinese and English."""
    season = "" if permit.season is None else f" {_season(permit.season)}"
    when = "; ".join(_opening(opening) for opening in permit.openings)
    return f"{permit.first_day} – {permit.last_day}{season}{when}{f' · {permit.holder}' if permit.holder else ''}"


def _opening(opening: Opening) -> str:
    season = "" if opening.season is None else f" {_season(opening.season)}"
    days = "" if opening.weekdays == WEEKDAYS else f" {_days(opening.weekdays)}"
    excepted = f" （除外 except {_days(opening.except_days)}）" if opening.except_days else ""
    return f"{season}{days}{excepted} {', '.join(opening.hours)}"


def _days(words: Sequence[str]) -> str:
    return f"{'、'.join(WORDS_ZH[word] for word in words)} {', '.join(WORDS_EN[word] for word in words)}"


def _terms(permit: Permit) -> Iterator[str]:
    """What else a permit says: its goods, whence it is, where it never holds, and what its breach is."""
    if permit.goods:
        yield f"{permit.id}：货品 goods {'、'.join(permit.goods)}"
    if permit.source:
        yield f"{permit.id}：依据 source {permit.source}"
    if permit.not_on:
        yield f"{permit.id}：不得设在 never on {zones_zh(permit.not_on)} {', '.join(ZONE_STYLES[kind][1] for kind in permit.not_on)}"
    breach = f"违反许可 breach {_breach(permit.breach)}" if permit.breach else "违反许可不单列 a breach is nothing of its own"
    yield f"{permit.id}：版本 version {permit.version} · {breach}"


def _breach(codes: BreachCodes) -> str:
    told = {name: getattr(codes, name) for name in CONDITIONS}
    if len(set(told.values())) == 1:
        return codes.area
    return "、".join(f"{CONDITIONS[name]} {name} {code}" for name, code in told.items())


def _season(season: Season) -> str:
    return f"{season.first}–{season.last}"
