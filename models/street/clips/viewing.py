"""Where a clip's camera hangs, and what it sees of its events: extents, zones, lines and permits in its picture."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Protocol

import numpy as np

from models.street.assets.asset import turned
from models.street.cameras import StreetCamera, draw_camera
from models.street.clips import placing
from models.street.clips.cast import Cast
from models.street.clips.figures import Staged, reach, whole
from models.street.clips.forms import HUNG
from models.street.layout import Layout
from models.street.polygons import cut_to_picture
from models.street.seeing import Eye, Seen, Sight, eye_of

TRIES = 400
VIOLATION_VISIBLE, OTHER_VISIBLE, VENDOR_VISIBLE = 0.7, 0.4, 0.5
VIOLATION_SIDE, OTHER_SIDE = 0.09, 0.06
"""Least short side of what a clip is about, as a share of the picture's height: 65 pixels of 720, where a case needs 64 (DOMAIN.md 2)."""
LARGEST_SIDE = 0.6
ZONE_PX_PER_METRE = 26.0
"""A zone ends where a metre of street is narrower than this in a picture 1,280 wide: a city draws no zone where a person could judge nothing."""
LINE_Y = -0.3
"""A shop's line lies so far before its front."""
HANG_MARGIN = 0.25
"""How far the zone about what hangs reaches beyond it, in metres."""
SHOWN = ("short", "handled", "too_few", "out_of_hours", "permit")
"""What must not fire though it looks just as a violation does is as large in the picture as a violation."""
REACH = 30.0
NUDGE_DEGREES = (7.0, 16.0)


class Look(Protocol):
    """What a camera sees of an event, or of these objects of it."""

    def __call__(self, event: int, eye: Eye, names: tuple[str, ...] | None = None, /) -> Seen | None: ...


def hang(cast: Cast, see: Look, vendors: Mapping[int, tuple[str, ...]], sight: Sight, ground: str, aspect: float) -> tuple[StreetCamera, Eye, float]:
    """A camera that sees every event, best of those tried, and how well it does (1 and more is good); `vendors` are the objects of who attends each event."""
    random = Random(f"camera {cast.script.split} {cast.script.seed}")
    middle = tuple(sum(place) / len(cast.staged) for place in ((one.x for one in cast.staged), (one.y for one in cast.staged)))
    best: tuple[float, StreetCamera, Eye] | None = None
    for _ in range(TRIES):
        camera = draw_camera(random, cast.plan.layout, middle[0] + random.gauss(0, 1.5), middle[1])
        eye = eye_of(camera.position, camera.aim, camera.roll_degrees, camera.field_of_view_degrees, aspect, camera.lens)
        worth = _clear(eye, sight, ground)
        if best is not None and worth <= best[0]:
            continue
        seen = [see(i, eye) for i in range(len(cast.staged))]
        worth = min(worth, _apart(cast, seen), *(_worth(one, what) for one, what in zip(cast.staged, seen, strict=True)))
        if best is not None and worth <= best[0]:
            continue
        worth = min(worth, *_clearness(cast, eye, seen))
        for event, who in vendors.items():
            attends = see(event, eye, who)
            worth = min(worth, 0.2 + attends.visible / VENDOR_VISIBLE if attends is not None else 0.2)
        if best is None or worth > best[0]:
            best = (worth, camera, eye)
        if worth >= 1.0:
            break
    assert best is not None
    return best[1], best[2], best[0]


def _clear(eye: Eye, sight: Sight, ground: str) -> float:
    """1 where nothing stands right before the lens, less where it does."""
    near = 0
    spots = [(x, y) for x in np.linspace(-0.92, 0.92, 8) for y in np.linspace(-0.88, 0.88, 5)]
    for x, y in spots:
        way = eye.half_tangent * (x * eye.axes[0] + y / eye.aspect * eye.axes[1]) - eye.axes[2]
        who, reach = sight.first_hit(eye.at, eye.at + way / np.linalg.norm(way) * 6.0)
        near += who is not None and who != ground and reach < 5.0
    return 1.2 - near / len(spots) * 4


def _worth(staged: Staged, seen: Seen | None) -> float:
    """How well an event is seen; 1 and more is good enough."""
    if seen is None:
        return 0.0
    guilty = staged.event.violation or staged.event.reason in SHOWN
    side = min((seen.xyxy[2] - seen.xyxy[0]) * 16 / 9, seen.xyxy[3] - seen.xyxy[1])
    visible, least = (VIOLATION_VISIBLE, VIOLATION_SIDE) if guilty else (OTHER_VISIBLE, OTHER_SIDE)
    whole = 0.7 if seen.truncated and guilty else 1.0
    return whole * min(1.3, seen.visible / visible, side / least, LARGEST_SIDE / max(side, 1e-6))


def _apart(cast: Cast, seen: Sequence[Seen | None]) -> float:
    """1.3 where the boxes of violations and of what has their class lie apart, less where they overlap: two stalls in a row are two acts, one behind the other
    nobody tells apart."""
    shown = [(one.event, what.xyxy) for one, what in zip(cast.staged, seen, strict=True) if what and one.event.reason not in ("look_alike", "off_the_street")]
    overlap = 0.0
    for (one, a), (other, b) in itertools.combinations(shown, 2):
        if one.start_second < other.end_second and other.start_second < one.end_second:
            shared = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
            overlap = max(overlap, shared / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])))
    return 1.3 - overlap


def _clearness(cast: Cast, eye: Eye, seen: Sequence[Seen | None]) -> list[float]:
    """How clearly each event stands where its truth says."""
    width = 1280
    drawn = zones(cast, eye, width), lines(eye, cast.plan.layout, width, notches(cast)), permits(cast, eye)
    return [placing.clearness(one.event, what.xyxy, *drawn) if what is not None else 0.0 for one, what in zip(cast.staged, seen, strict=True)]


def nudged(camera: StreetCamera, random: Random, aspect: float) -> tuple[StreetCamera, Eye]:
    """The camera after somebody turned it to a side and a little down or up."""
    from dataclasses import replace

    dx, dy, dz = (a - p for a, p in zip(camera.aim, camera.position, strict=True))
    turn = math.radians(random.choice((-1, 1)) * random.uniform(*NUDGE_DEGREES))
    c, s = math.cos(turn), math.sin(turn)
    reach = math.hypot(dx, dy)
    lift = math.tan(math.radians(random.uniform(-4, 4))) * reach
    aim = (camera.position[0] + c * dx - s * dy, camera.position[1] + s * dx + c * dy, camera.position[2] + dz + lift)
    moved = replace(camera, aim=aim, roll_degrees=camera.roll_degrees + random.uniform(-2, 2))
    return moved, eye_of(moved.position, moved.aim, moved.roll_degrees, moved.field_of_view_degrees, aspect, moved.lens)


def _span(eye: Eye, y0: float, y1: float, z: float, width: int) -> tuple[float, float] | None:
    """The stretch along the street where a strip lies before the camera, large enough, in one piece about what is nearest to the picture's middle."""
    xs = np.linspace(-REACH, REACH, 241)
    points = np.stack([xs, np.full_like(xs, (y0 + y1) / 2), np.full_like(xs, z)], 1)
    depth = -((points - eye.at) @ eye.axes.T)[:, 2]
    per_metre = width / (2 * eye.half_tangent * np.maximum(depth, 0.1))
    good = (depth > 0.8) & (per_metre >= ZONE_PX_PER_METRE * width / 1280)
    for y in (y0, y1):
        edge = np.stack([xs, np.full_like(xs, y), np.full_like(xs, z)], 1)
        good &= -((edge - eye.at) @ eye.axes.T)[:, 2] > 0.5
    if not good.any():
        return None
    flat, _ = eye.project(points)
    start = int(np.argmin(np.where(good, np.abs(flat[:, 0] - 0.5), 9.0)))
    low = high = start
    while low > 0 and good[low - 1]:
        low -= 1
    while high < len(xs) - 1 and good[high + 1]:
        high += 1
    return float(xs[low]), float(xs[high])


def strip(eye: Eye, y0: float, y1: float, z: float, width: int, *, notch: Sequence[tuple[float, float, float]] = ()) -> list[list[float]]:
    """The polygon of a strip of the street between y0 and y1 in the picture; `notch` are stretches (x0, x1, y) where its upper edge y1 lies at y instead."""
    span = _span(eye, y0, y1, z, width)
    if span is None or span[1] - span[0] < 1.0:
        return []
    xs = sorted({*np.linspace(*span, 81).tolist(), *(x + d for x0, x1, _ in notch for x in (x0, x1) for d in (-0.01, 0.01) if span[0] < x < span[1])})
    edges = [[x, y0, z] for x in xs] + [[x, _upper(x, y1, notch), z] for x in reversed(xs)]
    flat, front = eye.project(np.array(edges))
    return cut_to_picture([(float(x), float(y)) for x, y in flat]) if front.all() else []


def _upper(x: float, y: float, notch: Sequence[tuple[float, float, float]]) -> float:
    return next((at for x0, x1, at in notch if x0 < x < x1), y)


def lines(eye: Eye, layout: Layout, width: int, notch: Sequence[tuple[float, float, float]]) -> list[dict[str, Any]]:
    """The storefront line in the picture, in pieces: before the fronts, and further out where a terrace has its shop's leave."""
    span = _span(eye, LINE_Y - 0.6, LINE_Y, layout.kerb, width)
    if span is None:
        return []
    cuts = sorted({span[0], span[1], *(min(max(x, span[0]), span[1]) for x0, x1, _ in notch for x in (x0, x1))})
    out: list[dict[str, Any]] = []
    for x0, x1 in itertools.pairwise(cuts):
        if x1 - x0 < 0.4:
            continue
        y = _upper((x0 + x1) / 2, LINE_Y, notch)
        flat, front = eye.project(np.array([[x, y, layout.kerb] for x in np.linspace(x0, x1, 9)]))
        inside = [[round(float(u), 4), round(float(v), 4)] for (u, v), ok in zip(flat, front, strict=True) if ok and 0 <= u <= 1 and 0 <= v <= 1]
        if len(inside) >= 2:
            beyond, _ = eye.project(np.array([[(x0 + x1) / 2, y - 0.5, layout.kerb]]))
            out.append({"id": f"shops-{len(out) + 1}", "points": inside, "outside": _side(inside, beyond[0])})
    return out


def _side(points: list[list[float]], at: Any) -> str:
    """On which side of a line a point lies, walking from its first point to its last with y down; of one that a lens bends, its nearest piece decides."""
    _, side = placing.sides(np.asarray(at, np.float64).reshape(1, 2), np.asarray(points, np.float64))
    return "right" if side[0] > 0 else "left"


def notches(cast: Cast) -> list[tuple[float, float, float]]:
    """Where something stands on its shop's side of the line: from x to x, and how far out the line lies there."""
    found = [one for one in cast.staged if one.event.reason == "inside_line"]
    return [(one.x - one.half[0] - 0.4, one.x + one.half[0] + 0.4, one.y - one.half[1] - 0.35) for one in found]


def zones(cast: Cast, eye: Eye, width: int) -> list[dict[str, Any]]:
    """The zones of the view: pavement up to the shops' line, bicycle lane, carriageway, and what events ask for; what is too small to see is left out."""
    layout = cast.plan.layout
    strips = [("sidewalk", layout.kerb_y, LINE_Y, layout.kerb, notches(cast)), ("carriageway", layout.far_kerb_y, layout.bike_y, 0.0, [])]
    if layout.bike_lane:
        strips.insert(1, ("bike_lane", layout.bike_y, layout.kerb_y, 0.0, []))
    made = [(name, name, strip(eye, y0, y1, z, width, notch=notch)) for name, y0, y1, z, notch in strips]
    for number, staged in enumerate(cast.staged, 1):
        kind = _zone_kind(staged)
        if kind is not None:
            made.append((f"{kind}-{number}", kind, _hull(eye, staged) if staged.event.of in HUNG else _ground(cast, eye, staged)))
    return [{"id": name, "kind": kind, "polygon": polygon} for name, kind, polygon in made if len(polygon) >= 3]


def _zone_kind(staged: Staged) -> str | None:
    """The zone that an event asks for. What hangs over the street is judged by its whole box: where things hang from rails and trees a city draws a zone that
    reaches up, of a kind in which nobody's trading is judged."""
    event = staged.event
    if event.zone is not None:
        return event.zone
    hangs = event.of in HUNG and event.reason not in ("off_the_street", "look_alike")
    return "green_belt" if hangs else None


def _ground(cast: Cast, eye: Eye, staged: Staged) -> list[list[float]]:
    """The polygon of an event's own piece of ground in the picture."""
    flat, front = eye.project(np.array([[x, y, cast.plan.layout.kerb] for x, y in staged.pitch]))
    return cut_to_picture([(float(x), float(y)) for x, y in flat]) if front.all() else []


def _hull(eye: Eye, staged: Staged) -> list[list[float]]:
    """The polygon of an event's own piece of ground and of all above it that the thing takes."""
    import cv2

    low, high = (np.array(corner) for corner in reach(whole(staged.asset)))
    grown = np.array([HANG_MARGIN, HANG_MARGIN, 0.1])
    spans = list(zip(low - grown, high + grown, strict=True))
    corners = [turned((staged.x, staged.y, staged.z), staged.turn, (x, y, max(0.0, z))) for x in spans[0] for y in spans[1] for z in spans[2]]
    flat, front = eye.project(np.array(corners))
    if not front.all():
        return []
    hull = cv2.convexHull(flat.astype(np.float32)).reshape(-1, 2)
    return cut_to_picture([(float(x), float(y)) for x, y in hull])


def permits(cast: Cast, eye: Eye) -> list[dict[str, Any]]:
    """The painted boxes with the hours of their permits; an expired one ended an hour before the clip began."""
    out: list[dict[str, Any]] = []
    began = cast.script.began
    for staged in cast.staged:
        if staged.event.permit is None:
            continue
        polygon = _ground(cast, eye, staged)
        if len(polygon) < 3:
            continue
        valid = staged.event.permit == "valid"
        hours = f"{(began.hour - 2) % 24:02d}:00-{(began.hour + 3) % 24:02d}:00" if valid else f"{(began.hour - 6) % 24:02d}:00-{(began.hour - 1) % 24:02d}:00"
        number = len(out) + 1
        year = began.year
        out.append({"id": f"permit-{number}", "polygon": polygon, "from": f"{year}-01-01", "until": f"{year}-12-31", "hours": hours, "valid": valid})
    return out
