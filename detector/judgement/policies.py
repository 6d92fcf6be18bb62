"""What a city's policy allows without a permit: shops' goods off the pavement, vendors off-peak on lesser roads (山东 2020). Off unless switched on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from detector.judgement.calendars import local_minute, within_hours
from detector.judgement.geometry import Box, share_in
from evidence.kinds import Kind
from evidence.model import Text
from evidence.policies import Shandong2020
from evidence.views import ViewDocument, ZoneKind
from evidence.zones import ZONES_ZH

NEVER = (ZoneKind.TACTILE_PAVING, ZoneKind.FIRE_LANE, ZoneKind.GREEN_BELT)
"""On these the policy allows nobody anything. A pavement is not among them: it is shops that may not occupy one; vendors may, of a road that is theirs."""
NO_GOODS = (*NEVER, ZoneKind.SIDEWALK, ZoneKind.BIKE_LANE)
"""Zones on which a shop's goods are not allowed; nor are they on a carriageway, a lane's or branch road's apart."""
TOUCHED_SHARE = 0.1
"""A zone of which the footprint covers less is not occupied; the share from which a packet names a zone."""
POINT_SHARE = 0.5
"""Share of a vendor's footprint that must lie where the policy allows vendors; the same half as for zones (DOMAIN.md 1.2)."""


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """Whether a policy excuses what stands there; `reason` where one is switched on and was asked, for the packet."""

    allows: bool
    reason: Text | None = None


NONE_ASKED = PolicyVerdict(False)


class Placed(Protocol):
    """A thing on the ground of a view at a moment (aware)."""

    @property
    def foot(self) -> Box:
        """Its contact with the ground."""

    @property
    def at(self) -> datetime:
        """When."""


def policy_allows(view: ViewDocument, kind: Kind, thing: Placed) -> bool:
    """Whether a policy of the view excuses a thing as a kind sees it: one that asks for a storefront line is about goods of a shop, any other about vendors."""
    return policy_verdict(view, thing.foot, thing.at, "goods" if kind.line == "beyond" else "vendor").allows


def policy_verdict(view: ViewDocument, foot: Box, at: datetime, what: Literal["goods", "vendor"]) -> PolicyVerdict:
    """The policies of a view asked about a shop's goods or a vendor on `foot` at the moment `at` (aware).

    Raises:
        ValueError: `at` has no time zone.
    """
    policy = view.policies and view.policies.shandong_2020
    if not policy:
        return NONE_ASKED
    now = local_minute(at, view.time_zone)
    if not policy.applies_on(now.date()):
        return _refused(f"山东 2020 年意见在本地执行至 {policy.until}", f"the Shandong policy of 2020 is applied here until {policy.until}")
    return _goods(policy, view, foot) if what == "goods" else _vendor(policy, view, foot, now)


def _goods(policy: Shandong2020, view: ViewDocument, foot: Box) -> PolicyVerdict:
    if not policy.goods_outside:
        return NONE_ASKED
    occupied = _occupied(view, foot, NO_GOODS)
    if occupied is None:
        occupied = _occupied(view, foot, (ZoneKind.CARRIAGEWAY,), branch_too=False)
    if occupied is not None:
        return _not_there(occupied)
    return _allowed("店外物品未占用盲道和人行道", "a shop's goods off tactile paving and pavement")


def _vendor(policy: Shandong2020, view: ViewDocument, foot: Box, now: datetime) -> PolicyVerdict:
    if not policy.vendor_hours:
        return NONE_ASKED
    occupied = _occupied(view, foot, NEVER)
    if occupied is not None:
        return _not_there(occupied)
    points = [zone.polygon for zone in view.zones if zone.kind is ZoneKind.FLEXIBLE or zone.road_class in policy.vendor_roads]
    if share_in(foot, points) < POINT_SHARE:
        return _refused("不在可经营点位或次干路、背街小巷", "neither at a point for vendors nor on a road on which the policy allows them")
    hours = ", ".join(policy.vendor_hours)
    if not within_hours(policy.vendor_hours, now):
        return _refused(f"{now:%H:%M} 不在错峰时段 {hours} 内", f"{now:%H:%M} lies outside the off-peak hours {hours}")
    return _allowed(f"错峰时段 {hours}，限定点位或路段", f"a vendor off-peak ({hours}) at a point or on a road where the policy allows it")


def _occupied(view: ViewDocument, foot: Box, kinds: tuple[ZoneKind, ...], *, branch_too: bool = True) -> ZoneKind | None:
    """The first of the kinds of zones that a footprint occupies; with `branch_too` those on lesser roads as well."""
    for kind in kinds:
        areas = [zone.polygon for zone in view.zones if zone.kind is kind and (branch_too or zone.road_class not in ("secondary", "branch"))]
        if areas and share_in(foot, areas) >= TOUCHED_SHARE:
            return kind
    return None


def _not_there(kind: ZoneKind) -> PolicyVerdict:
    return _refused(f"占用{ZONES_ZH[kind]}，政策不适用", f"it stands on the {kind.value.replace('_', ' ')}, where the policy allows nothing")


def _refused(zh: str, en: str) -> PolicyVerdict:
    return PolicyVerdict(False, Text(zh=zh, en=en))


def _allowed(zh: str, en: str) -> PolicyVerdict:
    return PolicyVerdict(True, Text(zh=f"{zh}（山东 2020 年意见，本地已启用）", en=f"{en} (Shandong policy of 2020, applied here)"))
