"""How a thing lies in a view, as the kinds see it: its share of their zones, the storefront line, permits, hours, and what excuses it there.

What counts is the ground contact of a box, but for what hangs. Each share is reckoned once for a thing, whatever the number of kinds that ask for it; zones
that a thing does not reach cost a comparison. CPU time of one core for a thing, sixteen kinds on and ten zones drawn: 12 µs, with four
storefront lines and three permits 26 µs (a busy machine).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from detector.judgement.geometry import PRESSED_SHARE, USUAL_ASPECT, Box, footprint, share_in
from detector.judgement.hours import in_hours
from detector.judgement.lines import LineFacts, NearestLine, line_facts, nearest_line
from detector.judgement.permits import NO_PERMIT, PermitVerdict, permit_verdict
from detector.judgement.policies import policy_allows
from detector.judgement.rulebook import KindRule, Rulebook
from evidence.kinds import Exclusion, Kind
from evidence.packet import PermitChecked

MINIMUM_ZONE_SHARE = 0.1
"""A zone of which the footprint covers less is not named in the packet."""


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """How a box lies in a view, as seen by one kind.

    Attributes:
        inside: whether it lies in the kind's zones, outside those excepted, and beyond its line; permits, hours and exclusions aside.
        holds: `inside`, in the kind's hours, and nothing excuses it there.
        footprint_share: of what counts of it in the kind's zones outside those excepted.
        line_id, shop: the storefront line that it is beyond, and whose goods these are; `in_front_of`: the shop before which they stand, where that is another.
        at_line: whether it stands at the storefront line, within the kind's reach of it.
        in_hours: whether the kind is judged at this time of day.
        excused_by: ids of the exclusions of place that apply.
        permits: every permit that was asked, with its verdict.
        breach_code: the number under which the permit that it breaches wants that.
        doubtful: whether a permit might cover it, and what would show that is missing.
    """

    inside: bool
    holds: bool
    zone_ids: tuple[str, ...] = ()
    footprint_share: float = 0.0
    line_id: str | None = None
    shop: str | None = None
    in_front_of: str | None = None
    at_line: bool = False
    in_hours: bool = True
    excused_by: tuple[str, ...] = ()
    permits: tuple[PermitChecked, ...] = ()
    breach_code: str | None = None
    doubtful: bool = False


class Standing:
    """A box on the ground of a view at a moment: every share and verdict that a kind may ask for, reckoned when the first asks.

    Args:
        labels: classes that were seen there, for permits that name goods.
        others: boxes of what else may be for sale in the view: beside a permit's area that somebody has, nobody else is its holder.
        aspect: width of the picture over its height, in pixels.
    """

    def __init__(
        self, book: Rulebook, xyxy: Box, at: datetime, labels: Collection[str] = (), others: Sequence[Box] = (), aspect: float = USUAL_ASPECT
    ) -> None:  # fmt: skip
        self.book, self.xyxy, self.at = book, xyxy, at
        self.foot = footprint(xyxy)
        self._labels, self._others, self._aspect = labels, others, aspect
        self._reached: dict[str, list[bool]] = {}
        self._line: NearestLine | None = None
        self._permit: PermitVerdict | None = None
        self._shares: dict[tuple[str, tuple[int, ...]], float] = {}
        self.ignored_share = self.share(book.ignored) if book.ignored else 0.0

    def share(self, areas: tuple[int, ...], anchor: str = "ground") -> float:
        """Share (0..1) of its ground contact, or with the anchor `box` of the whole box, in the union of the rulebook's areas with these indices."""
        box = self.foot if anchor == "ground" else self.xyxy
        reached = self._reached.get(anchor)
        if reached is None:
            x0, y0, x1, y1 = box
            reached = [x0 < right and left < x1 and y0 < bottom and top < y1 for left, top, right, bottom in self.book.boxes]
            self._reached[anchor] = reached
        touched = tuple([index for index in areas if reached[index]])
        if not touched:
            return 0.0
        key = (anchor, touched)
        known = self._shares.get(key)
        if known is None:
            known = share_in(box, [self.book.areas[index].polygon for index in touched])
            self._shares[key] = known
        return known

    def share_for(self, rule: KindRule) -> float:
        """Share of it in the kind's zones that lies outside those excepted."""
        anchor = rule.kind.anchor
        within = self.share(rule.zones, anchor)
        if within == 0.0 or not rule.except_zones:
            return within
        excepted = self.share(rule.except_zones, anchor)
        return within if excepted == 0.0 else max(0.0, self.share(rule.either, anchor) - excepted)

    @property
    def line(self) -> NearestLine | None:
        """The nearest storefront line; None in a view without any."""
        if self._line is None and self.book.view.lines:
            self._line = nearest_line(self.book.view.lines, self.foot, self._aspect)
        return self._line

    @cached_property
    def front(self) -> LineFacts:
        """Before whose shop it stands, whose it is, and on whose land."""
        return line_facts(self.book.view, self.xyxy, self.foot, self._feet, self._aspect)

    @cached_property
    def _feet(self) -> tuple[Box, ...]:
        return tuple([footprint(one) for one in self._others])

    @property
    def permit(self) -> PermitVerdict:
        """What the view's permits say of it."""
        if self._permit is None:
            view = self.book.view
            self._permit = permit_verdict(view, self.foot, self.at, self._labels, self._feet) if view.permits else NO_PERMIT
        return self._permit

    def in_hours(self, hours: tuple[str, ...]) -> bool:
        """Whether it is one of these hours in the view's time zone; without any it always is."""
        return not hours or in_hours(hours, self.at, self.book.view.time_zone)


def place_facts(rule: KindRule, standing: Standing) -> PlaceFacts:
    """Where a thing stands, as a kind sees it, with all that a packet tells of it."""
    facts = _facts(rule, standing)
    if not facts.footprint_share:
        return facts
    zones = [standing.book.areas[index].id for index in rule.zones if standing.share((index,), rule.kind.anchor) >= MINIMUM_ZONE_SHARE]
    if facts.line_id is None:
        return replace(facts, zone_ids=tuple(zones))
    front = standing.front
    return replace(facts, zone_ids=tuple(zones), shop=front.shop, in_front_of=front.in_front_of if front.before_another else None)


def begins(book: Rulebook, label: str, xyxy: Box, at: datetime, aspect: float = USUAL_ASPECT) -> bool:
    """Whether a thing of a class could be a violation where it stands; permits, hours and exclusions aside, which pass while it stands."""
    standing = Standing(book, xyxy, at, aspect=aspect)
    return any(label in kind.classes and _inside(book.rules[kind.id], standing)[0] for kind in book.on.of((label,)))


def standing_of(
    book: Rulebook, labels: Collection[str], xyxy: Box, at: datetime, others: Sequence[Box] = (), aspect: float = USUAL_ASPECT,
    goods: Collection[str] = (),
) -> tuple[tuple[str, ...], tuple[str, ...]]:  # fmt: skip
    """Of the kinds that any of the seen classes makes or stands in for: the ids of those whose place conditions hold for a box, and of those at whose
    storefront line it stands.

    Args:
        goods: classes of goods that were seen in its box, for permits that name goods.
    """
    standing = Standing(book, xyxy, at, (*labels, *goods), others, aspect)
    inside = [rule for rule in [book.rules[kind.id] for kind in book.on.of(labels)] if _inside(rule, standing)[0]]
    holding = [rule.kind.id for rule in inside if _may_be(rule, standing) and not _excused_by(rule, standing)]
    return tuple(holding), tuple([rule.kind.id for rule in inside if _is_at_line(rule.kind, standing)])


def _inside(rule: KindRule, standing: Standing) -> tuple[bool, float]:
    """Whether it lies where the kind looks, and by which share: at least the kind's, or as much as presses on tactile paving that must be kept clear."""
    kind, book = rule.kind, standing.book
    least = kind.minimum_footprint_share
    if book.ignored and standing.ignored_share >= least:
        return False, 0.0
    share = standing.share_for(rule)
    if share < least and not (share > 0 and rule.pressed and standing.share(rule.pressed, kind.anchor) >= PRESSED_SHARE):
        return False, share
    return kind.line != "beyond" or standing.line is None or standing.line.share_beyond >= least, share


def _facts(rule: KindRule, standing: Standing) -> PlaceFacts:
    inside, share = _inside(rule, standing)
    if not inside:
        return PlaceFacts(False, False, footprint_share=share)
    kind, permit = rule.kind, _permit(rule, standing)
    line = standing.line if kind.line == "beyond" else None
    excused = _excused_by(rule, standing)
    return PlaceFacts(
        inside=True,
        holds=_may_be(rule, standing) and not excused,
        footprint_share=share,
        line_id=None if line is None else line.line.id,
        at_line=_is_at_line(kind, standing),
        in_hours=standing.in_hours(kind.hours),
        excused_by=excused,
        permits=permit.checked,
        breach_code=permit.breach_code,
        doubtful=permit.doubtful,
    )


def _permit(rule: KindRule, standing: Standing) -> PermitVerdict:
    return standing.permit if rule.heeds_permits or rule.kind.permit_breach else NO_PERMIT


def _may_be(rule: KindRule, standing: Standing) -> bool:
    """Whether it may be a violation of the kind there and then: in its hours, and by the permits; those aside that excuse it."""
    if not standing.in_hours(rule.kind.hours):
        return False
    permit = _permit(rule, standing)
    if permit.covers:
        return False
    return permit.breach_code in rule.codes if rule.kind.permit_breach else permit.breach_code not in rule.yields_to


def is_allowed(rule: KindRule, standing: Standing) -> bool:
    """Whether a permit covers it, or a policy of the city allows it."""
    return _permit(rule, standing).covers or any("policy" in one.measured and excuses(one, rule, standing) for one in rule.by_place)


def _is_at_line(kind: Kind, standing: Standing) -> bool:
    if kind.line != "beyond":
        return False
    line = standing.line
    return line is not None and line.distance <= kind.line_reach * (standing.xyxy[3] - standing.xyxy[1])


def _excused_by(rule: KindRule, standing: Standing) -> tuple[str, ...]:
    """The exclusions of place that apply."""
    return tuple([one.id for one in rule.by_place if excuses(one, rule, standing)]) if rule.by_place else ()


def excuses(one: Exclusion, rule: KindRule, standing: Standing) -> bool:
    """Whether an exclusion applies as far as the place and the clock decide it."""
    book, least = standing.book, rule.kind.minimum_footprint_share
    if one.except_zones and standing.share(book.areas_of(one.except_zones)) >= least:
        return False
    if not standing.in_hours(one.hours):
        return False
    if one.zones and standing.share(book.areas_of(one.zones)) < least:
        return False
    if "own_land" in one.measured and not (book.has_aprons and standing.front.on_apron):
        return False
    return "policy" not in one.measured or policy_allows(book.view, rule.kind, standing)
