"""Where a thing stands against the storefront lines: beyond which, before whose shop, whose it is, and whether that is the shop's own land.

A line is bound to a shop and is as long as the shop's front, so a row of shops is a row of lines. What counts is the share of the footprint beyond the nearest
line, never a centre: a table half over the line is half over. Whose goods they are is told by the row that they stand in: the footprints that touch one another
cover each shop's front by some share, and the row belongs to the shop whose front it covers most. So crates that begin before shop A and run on before shop B
are A's goods in front of B; what stands before B alone is B's. Nobody sees who put it there: it is a supposition, which the packet tells as such (`told_by`).

CPU time of one core for one thing: the nearest of two lines 6 µs, all facts 25 µs, in a row of five things before two shops 91 µs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from detector.judgement.geometry import USUAL_ASPECT, Box, distance_to_line, length_of, meet, nearest_on, share_beyond, share_in
from evidence.views import StorefrontLine, ViewDocument, ZoneKind

OWN_LAND_SHARE = 0.5
"""Share of the footprint on a shop's own strip from which on it stands there; the same half as for zones (DOMAIN.md 1.2)."""
SPOTS = 8
"""Points along a footprint at which it is asked before which front it stands: an eighth of a table is 20 cm. Our choice."""
ROW_GAP = 0.25
"""Footprints closer than this share of the wider one's width stand in one row: between crates of one shop there is no room to walk. Our choice."""
ROW_MARGIN = 0.2
"""By so much more of its front must a shop be covered than the one before which a thing stands, for the thing to be its. Our choice."""


@dataclass(frozen=True, slots=True)
class LineFacts:
    """Where a thing stands against a view's lines and aprons.

    Attributes:
        line_id: the nearest line (its ends not extended); None where the view has none.
        shop: whose it is taken to be, by the row that it stands in; the shop's id, or its name where the view lists no shops. None where the line has none.
        in_front_of: before whose line it stands.
        share_beyond: share of the footprint beyond the nearest line, 0..1.
        distance: of the footprint's middle from the nearest line, in heights of the picture.
        on_apron: it stands on its shop's own land, or on a strip that is no one shop's.
        apron_share, apron_id, apron_of: share of the footprint on the strip on which most of it stands, that strip, and whose land that is.
        told_by: `front` where it is the shop's before which it stands, `row` where its row belongs to another; None where there is no shop.
    """

    line_id: str | None = None
    shop: str | None = None
    in_front_of: str | None = None
    share_beyond: float = 0.0
    distance: float = float("inf")
    on_apron: bool = False
    apron_share: float = 0.0
    apron_id: str | None = None
    apron_of: str | None = None
    told_by: Literal["front", "row"] | None = None

    @property
    def before_another(self) -> bool:
        """Whether one shop's goods stand in front of another."""
        return self.shop is not None and self.in_front_of is not None and self.shop != self.in_front_of


@dataclass(frozen=True, slots=True)
class NearestLine:
    """The line that a footprint is nearest to: what stands behind the shops across the street is beyond their line, and of no account.

    Attributes:
        distance: of the footprint's middle from it (its ends not extended), in heights of the picture.
        share_beyond: share of the footprint beyond it, 0..1.
    """

    line: StorefrontLine
    distance: float
    share_beyond: float


def nearest_line(lines: Sequence[StorefrontLine], foot: Box, aspect: float = USUAL_ASPECT) -> NearestLine | None:
    """The nearest of a view's lines; None where it has none."""
    if not lines:
        return None
    middle = ((foot[0] + foot[2]) / 2, (foot[1] + foot[3]) / 2)
    distance, line = min(((distance_to_line(middle, one.points, aspect), one) for one in lines), key=lambda pair: pair[0])
    return NearestLine(line, distance, share_beyond(foot, line.points, line.outside, aspect))


def line_facts(view: ViewDocument, xyxy: Box, foot: Box, others: Sequence[Box] = (), aspect: float = USUAL_ASPECT) -> LineFacts:
    """Where a thing stands against the lines and aprons of a view.

    Args:
        xyxy: its box, shares of the picture.
        foot: its contact with the ground.
        others: contacts of the other things for sale that stand in the view, for the row that it may be part of.
        aspect: width of the picture over its height, in pixels.
    """
    apron_id, apron_of, apron_share = _apron(view, foot)
    nearest = nearest_line(view.lines, foot, aspect)
    if nearest is None:
        return LineFacts(on_apron=apron_of is None and apron_share >= OWN_LAND_SHARE, apron_share=apron_share, apron_id=apron_id, apron_of=apron_of)
    line, front = nearest.line, nearest.line.shop
    shop = _owner(view.lines, foot, others, line, aspect)
    return LineFacts(
        line_id=line.id,
        shop=shop,
        in_front_of=front,
        share_beyond=nearest.share_beyond,
        distance=nearest.distance,
        on_apron=apron_share >= OWN_LAND_SHARE and apron_of in (None, shop),
        apron_share=apron_share,
        apron_id=apron_id,
        apron_of=apron_of,
        told_by=None if shop is None else "front" if shop == front else "row",
    )


def _apron(view: ViewDocument, foot: Box) -> tuple[str | None, str | None, float]:
    """The strip of own land on which most of a footprint stands: its id, its shop, the share."""
    best: tuple[str | None, str | None, float] = (None, None, 0.0)
    for zone in view.zones:
        if zone.kind is ZoneKind.SHOP_APRON:
            share = share_in(foot, (zone.polygon,))
            if share > best[2]:
                best = (zone.id, zone.shop, share)
    return best


def _owner(lines: Sequence[StorefrontLine], foot: Box, others: Sequence[Box], nearest: StorefrontLine, aspect: float) -> str | None:
    """The shop whose front the row covers most, the one before which it stands where none does by a margin."""
    if nearest.shop is None or len({line.shop for line in lines}) == 1:
        return nearest.shop
    covered = _fronts(lines, row_of(foot, others), aspect)
    best = max(covered, key=lambda shop: covered[shop])
    return best if covered[best] >= covered.get(nearest.shop, 0.0) + ROW_MARGIN else nearest.shop


def row_of(foot: Box, others: Sequence[Box]) -> tuple[Box, ...]:
    """A footprint and those that stand in one row with it, each no further from the next than a quarter of a width."""
    row, left = [foot], list(others)
    for member in row:
        joined = [other for other in left if other != member and _adjoin(member, other)]
        row += joined
        left = [other for other in left if other not in joined]
    return tuple(row)


def _adjoin(a: Box, b: Box) -> bool:
    gap = ROW_GAP * max(a[2] - a[0], b[2] - b[0])
    return meet((a[0] - gap, a[1] - gap, a[2] + gap, a[3] + gap), b)


def _fronts(lines: Sequence[StorefrontLine], row: Sequence[Box], aspect: float) -> dict[str, float]:
    """By shop the share of its front that a row covers, 0..1: each footprint covers a line from the first to the last of its spots that are nearest to it."""
    spans: dict[str, list[tuple[float, float]]] = {line.id: [] for line in lines}
    for foot in row:
        for line_id, begins, ends in _stretches(lines, foot, aspect):
            spans[line_id].append((begins, ends))
    covered: dict[str, float] = {}
    fronts: dict[str, float] = {}
    for line in lines:
        if line.shop is not None:
            covered[line.shop] = covered.get(line.shop, 0.0) + _united(spans[line.id])
            fronts[line.shop] = fronts.get(line.shop, 0.0) + length_of(line.points, aspect)
    return {shop: length / fronts[shop] if fronts[shop] > 0 else 0.0 for shop, length in covered.items()}


def _stretches(lines: Sequence[StorefrontLine], foot: Box, aspect: float) -> list[tuple[str, float, float]]:
    """The stretches of lines before which a footprint stands: where both of its ends are nearest to one line, that stretch of it; else spot by spot."""
    left, top, right, bottom = foot
    y = (top + bottom) / 2
    ends = [_nearest(lines, (x, y), aspect) for x in (left, right)]
    if ends[0][0] != ends[1][0]:
        step = (right - left) / (SPOTS - 1)
        ends[1:1] = [_nearest(lines, (left + step * number, y), aspect) for number in range(1, SPOTS - 1)]
    reached: dict[str, list[float]] = {}
    for line_id, along in ends:
        reached.setdefault(line_id, []).append(along)
    return [(line_id, min(along), max(along)) for line_id, along in reached.items()]


def _nearest(lines: Sequence[StorefrontLine], spot: tuple[float, float], aspect: float) -> tuple[str, float]:
    """The line nearest to a spot, and how far along it."""
    (_, along), line_id = min((nearest_on(spot, line.points, aspect), line.id) for line in lines)
    return line_id, along


def _united(ranges: list[tuple[float, float]]) -> float:
    total, reached = 0.0, float("-inf")
    for begins, ends in sorted(ranges):
        total += max(0.0, ends - max(begins, reached))
        reached = max(reached, ends)
    return total
