"""What a scene file is told beyond its faults: what contradicts itself, and what is allowed and hardly meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from detector.judgement.calendars import never_holds, not_known_from
from detector.judgement.geometry import Box, Points, bounding_box, contains, share_beyond, share_in
from detector.judgement.kinds_on import in_force
from detector.scene.contradictions import OPPOSED_SHARE, OPPOSED_SHARE_AT_JOINT, contradictions, doubtful_permits
from detector.scene.errors import SceneError, SceneFault
from detector.scene.fronts import doubled, joint, share_before
from detector.scene.judged import JudgedView
from detector.scene.referred import read_luma
from detector.scene.scene import Scene, dotted, parse_scene, read_text
from detector.scene.shaping import told_point
from evidence.kinds import Catalogue
from evidence.lined import Lined, read_lined
from evidence.views import KindOverride, Permit, StorefrontLine, ViewDocument, Zone, ZoneKind

LINE_REACH = 0.03
"""A storefront line runs along a zone's edge or within it; farther from every zone than this share of the picture, it judges nothing."""
LEAST_BEYOND, MIDDLE_BEYOND = 0.5, 0.6
"""A line runs along its zone's edge, so that most of the zone lies beyond it (the demo's lines: 94 % and more): below the first share its outside is hardly
meant, below the second it runs through the middle and either outside could be. Tables may stand inside a line, so it is never an error. Our choice."""
GRID_STEPS = 24
UNREFERRED = "whether the camera has moved is measured from its first picture on"


@dataclass(frozen=True, slots=True)
class CheckedScene:
    """A scene without faults, and what is odd about it.

    Attributes:
        contradictions: zones, permits and lines that cannot all be meant; such a scene is used as it is drawn, and should not be.
        warnings: what is allowed and hardly meant.
    """

    scene: Scene
    warnings: tuple[SceneFault, ...]
    contradictions: tuple[SceneFault, ...] = ()


def check_scene(path: Path, catalogue: Catalogue, now: datetime, *, camera_id: str | None = None) -> CheckedScene:
    """Reads a scene file and looks it over as of the moment `now` (aware).

    Args:
        camera_id: whose views are looked over; all without it.

    Raises:
        SceneError: it has faults, an override of a kind that the catalogue lacks included.
    """
    text = read_text(path)
    scene, faults = parse_scene(text, str(path))
    if scene is None:
        raise SceneError(path, faults)
    lined = read_lined(text)
    faults = list(_strange_kinds(scene, catalogue, lined))
    if faults:
        raise SceneError(path, faults)
    overridden = scene.catalogue(catalogue)
    warnings: list[SceneFault] = [] if scene.views else [SceneFault(1, "views", "there is no view: cameras are looked at whole, and everything is a lead")]
    refused: list[SceneFault] = []
    for index, view in enumerate(scene.views):
        if camera_id not in (None, view.camera_id):
            continue
        odd = [*_oddities(view, in_force(overridden, view, str(path)), now), *_reference(view, path.parent), *doubtful_permits(view)]
        against = [(field, what.en) for field, what in contradictions(view)]
        for told, found in ((warnings, odd), (refused, against)):
            for field, what in found:
                at = ("views", index, *field)
                told.append(SceneFault(lined.line_of(at), dotted(at), f"camera {view.camera_id}: {what}"))
    return CheckedScene(scene, _in_order(warnings), _in_order(refused))


def _in_order(faults: Sequence[SceneFault]) -> tuple[SceneFault, ...]:
    return tuple(sorted(faults, key=lambda fault: fault.line))


def _strange_kinds(scene: Scene, catalogue: Catalogue, lined: Lined) -> Iterator[SceneFault]:
    """Overrides of a kind that does not exist, and of one that no class shows, switched on."""
    known = [kind.id for kind in catalogue.kinds]
    places: list[tuple[tuple[str | int, ...], Mapping[str, KindOverride]]] = [(("kinds",), scene.kinds)]
    places += [(("views", index, "kinds"), view.kinds) for index, view in enumerate(scene.views)]
    for at, overrides in places:
        for name in sorted(overrides):
            kind = catalogue.kind(name)
            if kind is None:
                path: tuple[str | int, ...] = (*at, name)
                yield SceneFault(lined.line_of(path), dotted(path), f"there is no kind {name!r}; there are {', '.join(sorted(known))}")
            elif overrides[name].enabled and not kind.classes:
                path = (*at, name, "enabled")
                yield SceneFault(lined.line_of(path), dotted(path), f"no class shows {kind.name.en}; people name it, and it cannot be switched on")


def _oddities(view: ViewDocument, catalogue: Catalogue, now: datetime) -> Iterator[tuple[tuple[str | int, ...], str]]:
    judged = JudgedView(view, catalogue.kinds)
    areas = [zone.polygon for zone in judged.zones]
    if not view.zones:
        yield (), "has no zone: nothing is judged there"
    elif not areas:
        yield ("zones",), "in none of its zones is any kind judged"
    yield from _shared_ids(view)
    for index, zone in enumerate(view.zones):
        if areas and zone not in judged.zones and zone.polygon not in judged.ignored and not _takes_away(zone, catalogue):
            crop = judged.look_crop(1.0)
            where = "" if share_in(bounding_box([zone.polygon]), [_corners(crop)]) > 0 else ", and it lies outside the part of the picture that is looked at"
            yield ("zones", index), f"no kind of the catalogue is judged in the zone {zone.id} ({zone.kind}){where}"
        elif zone in judged.zones and zone.kind is not ZoneKind.WHOLE and _share_of(zone.polygon, judged.ignored) > 0.9:
            yield ("zones", index), f"the zone {zone.id} lies under an ignore zone"
    for index, line in enumerate(view.lines):
        what = _line_oddity(line, judged, catalogue)
        if what:
            yield ("lines", index), what
    yield from _unlike_neighbours(view.lines)
    yield from _unbound(view)
    today = now.astimezone(ZoneInfo(view.time_zone)).date()
    for index, permit in enumerate(view.permits):
        what = _permit_oddity(permit, areas, today)
        if what:
            yield ("permits", index), what


def _takes_away(zone: Zone, catalogue: Catalogue) -> bool:
    """Whether a kind that is judged is none in such a zone: bays and sites, and a shop's own land for kinds that ask for a line."""
    return any(kind.enabled and (zone.kind in kind.except_zones or (kind.line == "beyond" and zone.kind is ZoneKind.SHOP_APRON)) for kind in catalogue.kinds)


def _shared_ids(view: ViewDocument) -> Iterator[tuple[tuple[str | int, ...], str]]:
    seen: dict[str, str] = {}
    lists = {"zones": [one.id for one in view.zones], "lines": [one.id for one in view.lines], "permits": [one.id for one in view.permits]}
    for name, ids in lists.items():
        for index, one in enumerate(ids):
            if one in seen:
                yield (name, index, "id"), f"the id {one} is one of its {seen[one]} too; people will mix them up"
            seen.setdefault(one, name)


def _line_oddity(line: StorefrontLine, judged: JudgedView, catalogue: Catalogue) -> str | None:
    kinds = {name for kind in catalogue.kinds if kind.enabled and kind.line == "beyond" for name in kind.zones}
    zones = [zone for zone in judged.document.zones if zone.kind in kinds]
    areas = [zone.polygon for zone in zones]
    if not areas:
        return f"the line {line.id} judges nothing: no zone here is one of a kind that asks for a line"
    spots = [
        (x1 + (x2 - x1) * step / 10, y1 + (y2 - y1) * step / 10)
        for (x1, y1), (x2, y2) in zip(line.points[:-1], line.points[1:], strict=True)
        for step in range(11)
    ]
    strips = [zone.polygon for zone in judged.document.zones if zone.kind is ZoneKind.SHOP_APRON]  # own land lies between the line and the pavement
    reach = [(x - LINE_REACH, y - LINE_REACH, x + LINE_REACH, y + LINE_REACH) for x, y in spots]
    if not any(share_in(box, (*areas, *strips)) > 0 for box in reach):
        return f"the line {line.id} lies outside every zone in which it could judge"
    if not any(_reaches_beyond(line, area) for area in areas):
        return f"no zone lies beyond the line {line.id}: is outside: {line.outside} the wrong side?"
    return _wrong_side(line, judged.lines, [zone for zone in zones if any(share_in(box, [zone.polygon]) > 0 for box in reach)] or zones)


def _wrong_side(line: StorefrontLine, lines: Sequence[StorefrontLine], zones: Sequence[Zone]) -> str | None:
    """Of a line that has too little of each zone that it borders on its outside."""
    shares = [(share, zone.id) for zone in zones if zone.kind is not ZoneKind.WHOLE and (share := share_before(line, lines, zone.polygon)) is not None]
    share, zone = max(shares, default=(1.0, ""))
    if share >= MIDDLE_BEYOND:
        return None
    other = "left" if line.outside == "right" else "right"
    if share >= LEAST_BEYOND:
        return (
            f"the line {line.id} runs through the middle of the zone {zone}, {share:.0%} of which lies beyond it: check that outside: {line.outside} is meant, "
            f"not {other}, and that the line follows the foot of the doors; goods inside it are not judged"
        )
    return (
        f"only {share:.0%} of the zone {zone} before the line {line.id} lies beyond it: is outside: {line.outside} the wrong side? Write outside: {other}, "
        "or move the line to the foot of the doors; goods inside it are not judged"
    )


def _unlike_neighbours(lines: Sequence[StorefrontLine]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Lines that go on where another ends, with the outside on the other hand, and lines that are one wall drawn twice."""
    for (_, one), (index, line) in combinations(enumerate(lines), 2):
        found = joint(one, line)
        share, spot = doubled(one, line)
        if share >= (OPPOSED_SHARE_AT_JOINT if found is not None and found.agree else OPPOSED_SHARE):
            yield (
                ("lines", index, "points"),
                f"the line {line.id} runs along the line {one.id} about {told_point(spot)}, {share:.0%} of the shorter one, with the same outside: "
                "the wall is drawn twice; draw it once",
            )
        elif found is not None and not found.agree:
            yield (
                ("lines", index, "outside"),
                f"the line {line.id} adjoins the line {one.id} at {told_point(found.spot)} with its outside on the other hand: one wall has one outside; "
                "check both in `scene draw` and turn the one that is wrong",
            )


def _reference(view: ViewDocument, folder: Path) -> Iterator[tuple[tuple[str | int, ...], str]]:
    named = view.reference.file if view.reference is not None else None
    if view.reference is None or named is None:
        return
    if not (folder / named).is_file():
        yield ("reference",), f"its reference picture {named} does not lie beside the scene: {UNREFERRED}"
        return
    picture, fault = read_luma(folder / named, view.reference)
    if picture is None:
        yield ("reference",), f"its reference picture {named} {fault}; {UNREFERRED}"


def _unbound(view: ViewDocument) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Lines and aprons of no shop where shops are listed, and shops that nothing is bound to."""
    for index, line in enumerate(view.lines):
        if view.shops and line.shop is None:
            yield ("lines", index), f"the line {line.id} is bound to no shop, though the view lists shops: whose goods stand before it is not told"
        if any(a == b for a, b in pairwise(line.points)):
            yield ("lines", index, "points"), f"the line {line.id} has a point twice in a row"
    for index, zone in enumerate(view.zones):
        if view.shops and zone.kind is ZoneKind.SHOP_APRON and zone.shop is None:
            yield ("zones", index), f"the apron {zone.id} is bound to no shop, though the view lists shops: it is land of whichever stands behind it"
    bound = {line.shop for line in view.lines} | {zone.shop for zone in view.zones}
    for index, shop in enumerate(view.shops):
        if shop.id not in bound:
            yield ("shops", index), f"no line and no apron is the shop {shop.id}'s ({shop.name}): nothing is told by it"


def _permit_oddity(permit: Permit, areas: Sequence[Points], today: date) -> str | None:
    if permit.last_day < today:
        return f"the permit {permit.id} is over since {permit.last_day}"
    if never_holds(permit):
        return f"the permit {permit.id} never holds: none of its days has the weekday, season or hours that it asks for"
    unknown = not_known_from(permit, today)
    if unknown is not None:
        return f"the permit {permit.id} asks for holidays and make-up days, which the installed calendar does not know from {unknown} on: not judged then"
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


def _reaches_beyond(line: StorefrontLine, area: Points) -> bool:
    return any(share_beyond((x, y, x, y), line.points, line.outside) > 0 for x, y in _grid(area))


def _corners(box: Box) -> Points:
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)
