"""What a scene file is told beyond its faults: things that are allowed and are hardly meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from detector.judgement.geometry import Box, Points, bounding_box, contains, share_beyond, share_in
from detector.scene.errors import SceneError, SceneFault
from detector.scene.judged import JudgedView
from detector.scene.scene import Scene, dotted, parse_scene, read_text
from evidence.kinds import Catalogue
from evidence.lined import Lined, read_lined
from evidence.views import WEEKDAYS, Permit, StorefrontLine, ViewDocument, ZoneKind

LINE_REACH = 0.03
"""A storefront line runs along a zone's edge or within it; farther from every zone than this share of the picture, it judges nothing."""
GRID_STEPS = 24


@dataclass(frozen=True, slots=True)
class CheckedScene:
    """A scene without faults, and what is odd about it."""

    scene: Scene
    warnings: tuple[SceneFault, ...]


def check_scene(path: Path, catalogue: Catalogue, now: datetime) -> CheckedScene:
    """Reads a scene file and looks it over as of the moment `now` (aware).

    Raises:
        SceneError: it has faults, an override of a kind that the catalogue lacks included.
    """
    text = read_text(path)
    scene, faults = parse_scene(text, str(path))
    if scene is None:
        raise SceneError(path, faults)
    lined = read_lined(text)
    faults = list(_unknown_kinds(scene, catalogue, lined))
    if faults:
        raise SceneError(path, faults)
    overridden = scene.catalogue(catalogue)
    warnings: list[SceneFault] = [] if scene.views else [SceneFault(1, "views", "there is no view: cameras are looked at whole, and everything is a lead")]
    for index, view in enumerate(scene.views):
        for field, what in _oddities(view, overridden.overridden(view.kinds, str(path)), now):
            at = ("views", index, *field)
            warnings.append(SceneFault(lined.line_of(at), dotted(at), f"camera {view.camera_id}: {what}"))
    return CheckedScene(scene, tuple(sorted(warnings, key=lambda warning: warning.line)))


def _unknown_kinds(scene: Scene, catalogue: Catalogue, lined: Lined) -> Iterator[SceneFault]:
    known = {kind.id for kind in catalogue.kinds}
    places: list[tuple[tuple[str | int, ...], set[str]]] = [(("kinds",), set(scene.kinds))]
    places += [(("views", index, "kinds"), set(view.kinds)) for index, view in enumerate(scene.views)]
    for at, names in places:
        for name in sorted(names - known):
            yield SceneFault(lined.line_of((*at, name)), dotted((*at, name)), f"there is no kind {name!r}; there are {', '.join(sorted(known))}")


def _oddities(view: ViewDocument, catalogue: Catalogue, now: datetime) -> Iterator[tuple[tuple[str | int, ...], str]]:
    judged = JudgedView(view, catalogue.kinds)
    areas = [zone.polygon for zone in judged.zones]
    if not view.zones:
        yield (), "has no zone: nothing is judged there"
    elif not areas:
        yield ("zones",), "in none of its zones is any kind judged"
    yield from _shared_ids(view)
    for index, zone in enumerate(view.zones):
        if areas and zone not in judged.zones and zone.polygon not in judged.ignored:
            crop = judged.look_crop(1.0)
            where = "" if share_in(bounding_box([zone.polygon]), [_corners(crop)]) > 0 else ", and it lies outside the part of the picture that is looked at"
            yield ("zones", index), f"no kind of the catalogue is judged in the zone {zone.id} ({zone.kind}){where}"
        elif zone in judged.zones and zone.kind is not ZoneKind.WHOLE and _share_of(zone.polygon, judged.ignored) > 0.9:
            yield ("zones", index), f"the zone {zone.id} lies under an ignore zone"
    for index, line in enumerate(view.lines):
        what = _line_oddity(line, judged, catalogue)
        if what:
            yield ("lines", index), what
    today = now.astimezone(ZoneInfo(view.time_zone)).date()
    for index, permit in enumerate(view.permits):
        what = _permit_oddity(permit, areas, today)
        if what:
            yield ("permits", index), what


def _shared_ids(view: ViewDocument) -> Iterator[tuple[tuple[str | int, ...], str]]:
    seen: dict[str, str] = {}
    lists = {"zones": [one.id for one in view.zones], "lines": [one.id for one in view.lines], "permits": [one.id for one in view.permits]}
    for name, ids in lists.items():
        for index, one in enumerate(ids):
            if one in seen:
                yield (name, index, "id"), f"the id {one} is one of its {seen[one]} too; people will mix them up"
            seen.setdefault(one, name)


def _line_oddity(line: StorefrontLine, judged: JudgedView, catalogue: Catalogue) -> str | None:
    areas = [area for kind in catalogue.kinds if kind.enabled and kind.line == "beyond" for area in judged.polygons(kind)]
    if not areas:
        return f"the line {line.id} judges nothing: no zone here is one of a kind that asks for a line"
    spots = [
        (x1 + (x2 - x1) * step / 10, y1 + (y2 - y1) * step / 10)
        for (x1, y1), (x2, y2) in zip(line.points[:-1], line.points[1:], strict=True)
        for step in range(11)
    ]
    if not any(share_in((x - LINE_REACH, y - LINE_REACH, x + LINE_REACH, y + LINE_REACH), areas) > 0 for x, y in spots):
        return f"the line {line.id} lies outside every zone in which it could judge"
    beyond = sum(_beyond_area(line, area) for area in areas)
    if beyond == 0:
        return f"no zone lies beyond the line {line.id}: is outside: {line.outside} the wrong side?"
    return None


def _permit_oddity(permit: Permit, areas: Sequence[Points], today: date) -> str | None:
    if permit.last_day < today:
        return f"the permit {permit.id} is over since {permit.last_day}"
    days = [permit.first_day + timedelta(days=number) for number in range(min(7, (permit.last_day - permit.first_day).days + 1))]
    if not any(WEEKDAYS[day.weekday()] in permit.weekdays for day in days):
        return f"the permit {permit.id} never holds: none of its weekdays ({', '.join(permit.weekdays)}) falls within its days"
    if areas and _share_of(permit.polygon, areas) == 0:
        return f"the permit {permit.id} lies outside every zone, where nothing needs one"
    return None


def _grid(polygon: Points) -> list[tuple[float, float]]:
    left, top, right, bottom = bounding_box([polygon])
    spots = [
        (left + (right - left) * (i + 0.5) / GRID_STEPS, top + (bottom - top) * (j + 0.5) / GRID_STEPS) for i in range(GRID_STEPS) for j in range(GRID_STEPS)
    ]
    return [spot for spot in spots if contains(polygon, *spot)]


def _share_of(polygon: Points, areas: Sequence[Points]) -> float:
    """Share of a polygon that lies in the union of areas."""
    spots = _grid(polygon)
    return sum(any(contains(area, *spot) for area in areas) for spot in spots) / max(1, len(spots))


def _beyond_area(line: StorefrontLine, area: Points) -> int:
    return sum(share_beyond((x, y, x, y), line.points, line.outside) > 0 for x, y in _grid(area))


def _corners(box: Box) -> Points:
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)
