"""A kind's rule applied to a stay: the place it stands in, the dwell, the looks, who attends, and what was applied in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from detector.judgement.geometry import distance_to_line, footprint, share_beyond, share_in
from detector.judgement.permits import check_permits, covered
from detector.judgement.values import Box, Stay
from evidence.kinds import Catalogue, Kind
from evidence.model import Text
from evidence.packet import PermitChecked, RuleApplied
from evidence.views import ViewDocument, ZoneKind

MINIMUM_ZONE_SHARE = 0.1
"""A zone of which the footprint covers less is not named in the packet."""


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """How a box lies in a view, as seen by one kind.

    Attributes:
        inside: whether the footprint lies in the kind's zones and beyond its line, permits aside.
        holds: `inside`, and no permit covers it.
        at_line: whether it stands at the storefront line, within the kind's reach of it.
    """

    inside: bool
    holds: bool
    zone_ids: tuple[str, ...] = ()
    footprint_share: float = 0.0
    line_id: str | None = None
    shop: str | None = None
    permits: tuple[PermitChecked, ...] = ()
    at_line: bool = False


def place_facts(kind: Kind, view: ViewDocument, xyxy: Box, at: datetime) -> PlaceFacts:
    """Where a thing stands: what counts is the ground contact of its box."""
    foot = footprint(xyxy)
    ignored = [zone.polygon for zone in view.zones if zone.kind in (ZoneKind.IGNORE, ZoneKind.PRIVACY_MASK)]
    if ignored and share_in(foot, ignored) >= kind.minimum_footprint_share:
        return PlaceFacts(False, False)
    zones = [zone for zone in view.zones if zone.kind in kind.zones]
    share = share_in(foot, [zone.polygon for zone in zones]) if zones else 0.0
    if share < kind.minimum_footprint_share:
        return PlaceFacts(False, False, footprint_share=share)
    zone_ids = tuple(zone.id for zone in zones if share_in(foot, [zone.polygon]) >= MINIMUM_ZONE_SHARE)
    line_id, shop, at_line = None, None, False
    if kind.line == "beyond" and view.lines:
        # Only the nearest line is its shop's: what stands behind the shops across the street is beyond their line, and of no account.
        middle = ((foot[0] + foot[2]) / 2, (foot[1] + foot[3]) / 2)
        line = min(view.lines, key=lambda one: distance_to_line(middle, one.points))
        if share_beyond(foot, line.points, line.outside) < kind.minimum_footprint_share:
            return PlaceFacts(False, False, zone_ids, share)
        line_id, shop = line.id, line.shop
        at_line = distance_to_line(middle, line.points) <= kind.line_reach * (xyxy[3] - xyxy[1])
    permits = check_permits(view, foot, at) if "permit" in kind.exclusions else ()
    return PlaceFacts(True, not covered(permits), zone_ids, share, line_id, shop, permits, at_line)


def enabled(catalogue: Catalogue) -> tuple[Kind, ...]:
    """The kinds that are judged."""
    return tuple(kind for kind in catalogue.kinds if kind.enabled)


def standing(view: ViewDocument, catalogue: Catalogue, xyxy: Box, at: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids of the kinds whose place conditions hold for a box, and of those at whose storefront line it stands."""
    facts = {kind.id: place_facts(kind, view, xyxy, at) for kind in enabled(catalogue)}
    return tuple(one for one, fact in facts.items() if fact.holds), tuple(one for one, fact in facts.items() if fact.at_line)


def objects_anywhere(kind: Kind) -> tuple[str, ...]:
    """The classes that make the kind somewhere, at a line or elsewhere."""
    return (*kind.objects, *kind.line_objects)


def objects_of(kind: Kind, stay: Stay) -> tuple[str, ...]:
    """The classes that make the kind where the stay stands."""
    return objects_anywhere(kind) if kind.id in stay.at_line else kind.objects


RIVAL_SHARE = 0.5
"""A kind that shares a seen class with the leading one and has this share of its votes is its rival: place and attendance decide between them."""


def leading_kind(stay: Stay, catalogue: Catalogue) -> Kind | None:
    """The kind whose objects most of the looks saw. Between kinds that the same look can be (a table of goods: a stall, or a shop's), the one that asks for
    attendance and has it goes before one that asks for none, and that before one that asks and has not. None where no object of any was seen.
    """
    votes = {kind.id: sum(stay.votes.get(label, 0.0) for label in objects_of(kind, stay)) for kind in enabled(catalogue)}
    seen = [kind for kind in enabled(catalogue) if votes[kind.id] > 0]
    if not seen:
        return None
    top = max(seen, key=lambda kind: votes[kind.id])
    shared = {label for label in objects_of(top, stay) if stay.votes.get(label, 0.0) > 0}
    rivals = [kind for kind in seen if votes[kind.id] >= RIVAL_SHARE * votes[top.id] and shared & set(objects_of(kind, stay))]
    return max(rivals, key=lambda kind: (_attendance_rank(kind, stay), votes[kind.id]))


def _attendance_rank(kind: Kind, stay: Stay) -> int:
    if kind.attendance == "off":
        return 1
    return 2 if is_attended(kind, stay) else 0


def is_attended(kind: Kind, stay: Stay) -> bool:
    """Whether somebody stayed with it for as many looks as the kind asks for."""
    return kind.attendance == "off" or stay.attended_looks >= kind.attended_share * stay.looks


def missing_for(kind: Kind, stay: Stay) -> tuple[str, ...]:
    """What a stay still lacks of a violation of this kind; empty when its rule is fulfilled."""
    lacks = []
    if kind.id not in stay.in_place:
        lacks.append("place")
    if stay.dwell_seconds.get(kind.id, 0.0) < kind.dwell_seconds:
        lacks.append("dwell")
    if stay.looks < kind.minimum_looks:
        lacks.append("looks")
    if not is_attended(kind, stay):
        lacks.append("attendance")
    if mean_score(kind, stay) < kind.minimum_score:
        lacks.append("score")
    return tuple(lacks)


def mean_score(kind: Kind, stay: Stay) -> float:
    """Mean score of the samples that saw one of the kind's objects, 0..1."""
    scores = [sample.score for sample in stay.samples if sample.score is not None and sample.label in objects_of(kind, stay)]
    return sum(scores) / len(scores) if scores else 0.0


def rule_applied(kind: Kind, catalogue_version: str) -> RuleApplied:
    """The rule in thresholds and in words of both languages, as the packet holds it."""
    who_zh, who_en = (
        (f"，且至少 {kind.attended_share:.0%} 的画面中有人看守", f", attended in at least {kind.attended_share:.0%} of the looks")
        if kind.attendance == "required"
        else ("", "")
    )
    line_zh, line_en = ("，且越过店铺门墙线", ", beyond the storefront line where one is drawn") if kind.line == "beyond" else ("", "")
    text = Text(
        zh=f"{kind.explanation.zh}：占地部分至少 {kind.minimum_footprint_share:.0%} 位于规定区域{line_zh}，连续停留 {kind.dwell_seconds:g} 秒以上，"
        f"至少看到 {kind.minimum_looks} 次{who_zh}；有许可的除外。",
        en=f"{kind.explanation.en}: at least {kind.minimum_footprint_share:.0%} of its ground contact in the zones of the kind{line_en}, "
        f"for {kind.dwell_seconds:g} s or longer, seen at least {kind.minimum_looks} times{who_en}; unless a permit covers it.",
    )
    thresholds: dict[str, float | int | str | bool | None] = {
        "dwell_seconds": kind.dwell_seconds,
        "minimum_looks": kind.minimum_looks,
        "grace_seconds": kind.grace_seconds,
        "minimum_score": kind.minimum_score,
        "minimum_footprint_share": kind.minimum_footprint_share,
        "attendance": kind.attendance,
        "attended_share": kind.attended_share,
        "line": kind.line,
    }
    return RuleApplied(id=kind.id, version=catalogue_version, thresholds=thresholds, text=text, overridden=kind.overridden)
