"""Whether a permit allows what stands there, and if none does, whether it is the breach of one: area, tactile paving, goods, and its calendar.

Inside the area, in time and with the right goods is no violation. Beside the box in its time, in the box out of time, on tactile paving, or with other goods
is a breach of the permit, and the permit says under which number (`breach`): a camera cannot tell the holder from another who uses the holder's box. Before
its first day there is no permit that anybody could breach.

CPU time of one core for one thing: 30 µs in a permit's area, 4 µs far from two of them, 41 µs among thirty of which one is near.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from detector.judgement.calendars import CalendarVerdict, covers, has_begun
from detector.judgement.geometry import PRESSED_SHARE, Box, bounding_box, meet, share_in, surroundings
from detector.judgement.goods import check_goods
from evidence.model import Text
from evidence.named import GoodsChecked
from evidence.packet import PermitChecked
from evidence.permits import Breach, BreachCode, Permit
from evidence.views import ViewDocument, ZoneKind
from evidence.zones import ZONES_ZH

MINIMUM_SHARE = 0.5
"""Share of the footprint that must lie in a permit's area; the same half as for zones (DOMAIN.md 1.2)."""
NEVER_ON = (ZoneKind.FIRE_LANE, ZoneKind.GREEN_BELT)
"""Nor does a permit hold on these, whoever gave it (the Shandong policy of 2020 says so of itself, and fire law of fire lanes)."""
BREACH_OF: dict[CalendarVerdict, Breach] = {
    "outside_hours": "hours",
    "outside_weekdays": "hours",
    "outside_season": "dates",
    "outside_dates": "dates",
}
NEAREST: tuple[Breach, ...] = ("tactile_paving", "zone", "goods", "hours", "dates", "area")
"""Of several breached permits the one that came nearest to covering is named: these conditions are asked after the area and the clock, those before."""


@dataclass(frozen=True, slots=True)
class PermitVerdict:
    """What a view's permits say of one thing.

    Attributes:
        covers: one of them allows it: no violation.
        breach, breach_code: which condition of the nearest permit it breaches, and under which number that permit wants it: `09002` is the kind of permit
            breaches (V18) and then nothing else, `09006` a stall like any other. The number is None where the permit says nothing of breaches.
        checked: every permit of the view with its verdict, for the packet.
        doubtful: it might be covered, and what would show that is missing: a day that the holiday calendar does not know, or goods of a class whose
            recall nobody measured. At most a lead (grade C).
    """

    covers: bool
    breach: Breach | None = None
    breach_code: BreachCode | None = None
    checked: tuple[PermitChecked, ...] = ()
    doubtful: bool = False


NO_PERMIT = PermitVerdict(False)


def permit_verdict(view: ViewDocument, foot: Box, at: datetime, labels: Collection[str] = (), others: Sequence[Box] = ()) -> PermitVerdict:
    """The permits of a view asked about something that stands on `foot` at the moment `at`.

    Args:
        foot: its contact with the ground, shares of the picture.
        at: aware.
        labels: classes that were seen there, for permits that name goods.
        others: contacts of what else may be for sale in the view. Where one of them has a permit's area, what stands beside that area is not its holder's.

    Raises:
        ValueError: `at` has no time zone.
    """
    if not view.permits:
        return NO_PERMIT
    checked = tuple(_check(permit, view, foot, at, labels, others) for permit in view.permits)
    if any(one.verdict == "covers" for one in checked):
        return PermitVerdict(True, checked=checked)
    unknown = any(one.verdict == "not_judged" for one in checked)
    breached = min((one for one in checked if one.breach is not None), key=_nearness, default=None)
    if breached is None or breached.breach is None:
        return PermitVerdict(False, checked=checked, doubtful=unknown)
    unmeasured = breached.breach == "goods" and breached.goods is not None and breached.goods.recall is None
    return PermitVerdict(False, breached.breach, _code(breached.code), checked, unknown or unmeasured)


def asks_for_breaches(view: ViewDocument) -> bool:
    """Whether any permit of a view says what its breach is: the kind of permit breaches is judged there then, though it is off elsewhere."""
    return any(permit.breach is not None for permit in view.permits)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What is reckoned of a permit once: its bounding box, and what is said of a thing that stands far from it."""

    permit: Permit
    bounds: Box
    far: PermitChecked


_DRAWN: dict[int, _Drawn] = {}
MOST_DRAWN = 8192


def _drawn(permit: Permit) -> _Drawn:
    """Kept by identity: a street has dozens of painted boxes, and most of them are far from whatever is judged."""
    known = _DRAWN.get(id(permit))
    if known is None or known.permit is not permit:
        if len(_DRAWN) >= MOST_DRAWN:
            _DRAWN.clear()
        known = _DRAWN[id(permit)] = _Drawn(permit, bounding_box([permit.polygon]), _checked(permit, "outside_area", _share_text(0.0)))
    return known


def _check(permit: Permit, view: ViewDocument, foot: Box, at: datetime, labels: Collection[str], others: Sequence[Box]) -> PermitChecked:
    drawn = _drawn(permit)
    if not meet(drawn.bounds, surroundings(foot)):
        return drawn.far
    share = share_in(foot, (permit.polygon,))
    if share < MINIMUM_SHARE - 1e-9:
        return _outside(permit, view, foot, at, share, others)
    verdict, reason = covers(permit, at, view.time_zone)
    if verdict != "covers":
        return _checked(permit, verdict, reason, BREACH_OF.get(verdict) if has_begun(permit, at, view.time_zone) else None)
    pressed = _pressed(permit, view, foot)
    if pressed is not None:
        return pressed
    goods = check_goods(permit, labels)
    if goods is not None and goods.verdict == "others":
        return _checked(permit, "other_goods", goods.reason, "goods", goods)
    return _checked(permit, "covers", reason, goods=goods)


def _outside(permit: Permit, view: ViewDocument, foot: Box, at: datetime, share: float, others: Sequence[Box]) -> PermitChecked:
    """Not in the area. Beside it, at a time at which the permit holds and nobody else stands in it, that is its breach."""
    is_breach = (
        _is_beside(foot, permit)
        and covers(permit, at, view.time_zone)[0] == "covers"
        and not any(share_in(other, (permit.polygon,)) >= MINIMUM_SHARE for other in others)
    )
    return _checked(permit, "outside_area", _share_text(share), "area" if is_breach else None)


def _is_beside(foot: Box, permit: Permit) -> bool:
    """Whether any of the area lies in the footprint's surroundings: a corner of it (it may be small), or a stretch."""
    round_it = surroundings(foot)
    return any(meet((x, y, x, y), round_it) for x, y in permit.polygon) or share_in(round_it, (permit.polygon,)) > 0


def _share_text(share: float) -> Text:
    return Text(zh=f"仅 {share:.0%} 位于许可区域内", en=f"only {share:.0%} of it stands in the permitted area")


def _pressed(permit: Permit, view: ViewDocument, foot: Box) -> PermitChecked | None:
    """The permit as breached by where it stands, though in its area: on tactile paving, or on a zone on which it never holds."""
    tactile = share_in(foot, [zone.polygon for zone in view.zones if zone.kind is ZoneKind.TACTILE_PAVING])
    if tactile >= PRESSED_SHARE:
        reason = Text(zh=f"在许可区域内占压盲道（占地 {tactile:.0%}）", en=f"{tactile:.0%} of it stands on tactile paving, where no permit holds")
        return _checked(permit, "on_tactile_paving", reason, "tactile_paving")
    for kind in (*NEVER_ON, *permit.not_on):
        share = share_in(foot, [zone.polygon for zone in view.zones if zone.kind is kind])
        if share >= PRESSED_SHARE:
            zh, en = ZONES_ZH[kind], kind.value.replace("_", " ")
            reason = Text(zh=f"占用{zh}（占地 {share:.0%}），许可在此不适用", en=f"{share:.0%} of it stands on the {en}, where this permit never holds")
            return _checked(permit, "on_forbidden_zone", reason, "zone")
    return None


def _checked(permit: Permit, verdict: str, reason: Text, breach: Breach | None = None, goods: GoodsChecked | None = None) -> PermitChecked:
    code = None if breach is None or permit.breach is None else permit.breach.of(breach)
    return PermitChecked.model_validate(
        {
            "id": permit.id, "version": permit.version, "verdict": verdict, "reason": reason, "source": permit.source, "breach": breach, "code": code,
            "goods": goods,
        }
    )  # fmt: skip


def _nearness(checked: PermitChecked) -> int:
    return NEAREST.index(checked.breach) if checked.breach is not None else len(NEAREST)


def _code(code: str | None) -> BreachCode | None:
    return None if code is None else "09002" if code == "09002" else "09006"
