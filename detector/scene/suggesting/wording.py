"""Why something is proposed, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence

from detector.scene.suggesting.evidence import Foot
from detector.scene.suggesting.strips import CARRIAGEWAY
from detector.scene.suggesting.values import Reason
from evidence.views import Zone


def of_strip(what: str, leads: float, kerb: float, own: float, other: float) -> Reason:
    """A strip along the street.

    Args:
        leads: share of the picture's straight edges that lead to the street's point.
        kerb: share of its stronger border along which an edge runs.
        own, other: weight of the feet that belong there, and of those that do not (vehicles and people, or the other way round).
    """
    fits = own / (own + other + 2.0)
    straight = min(1.0, max(0.0, (leads - 0.12) / 0.4))
    confidence = min(0.95, 0.1 + 0.4 * straight + 0.15 * min(1.0, kerb * 2) + 0.35 * fits) * (1.0 if own >= 1.0 else 0.7)
    zh_own, zh_other, en_own, en_other = ("车辆", "行人", "vehicles", "people") if what == CARRIAGEWAY else ("行人", "车辆", "people", "vehicles")
    return Reason(
        round(confidence, 2),
        f"{leads:.0%} 的直线边缘指向街道灭点，边界处 {kerb:.0%} 有沿街边缘；其中{zh_own} {own:.0f}、{zh_other} {other:.0f}",
        f"{leads:.0%} of the straight edges lead to the street's point, {kerb:.0%} of its border is an edge; {en_own} in it {own:.0f}, {en_other} {other:.0f}",
    )


def of_line(kerb: float) -> Reason:
    """A storefront line where pavement meets wall."""
    return Reason(
        round(min(0.8, 0.2 + kerb), 2),
        f"人行道与墙面交界，{kerb:.0%} 有沿街边缘；未绑定店铺，请逐店绘制",
        f"where pavement meets wall, {kerb:.0%} of it is an edge; bound to no shop: draw each shop's own piece",
    )


def of_area(what: str, weight: float) -> Reason:
    """An area by what was seen alone."""
    zh, en = ("车辆", "vehicles") if what == CARRIAGEWAY else ("行人", "people")
    return Reason(
        round(min(0.8, weight / (weight + 60.0)), 2),
        f"仅据{zh}出现位置（权重 {weight:.0f}），画面中没有合适的直线街道",
        f"by where {en} were seen alone (weight {weight:.0f}); no straight street in the picture fits",
    )


def note(zones: Sequence[Zone], feet: Sequence[Foot], *, straight: bool = True) -> tuple[str, str]:
    """What a person must know first."""
    if not zones:
        return (
            "画面中没有找到街道；请手工绘制，或在看过一天之后带 --seen 再试",
            "no street was found in the picture; draw it by hand, or try again with --seen after a day",
        )
    if not feet:
        return (
            "仅凭画面：未见行人和车辆，车行道与人行道可能颠倒，请仔细核对",
            "by the picture alone: neither people nor vehicles were seen, and carriageway and pavement may be mixed up; check them with care",
        )
    if not straight:
        return ("没有直线边缘，区域仅据出现位置", "no straight edges; the areas rest on where things were seen alone")
    return ("请逐一核对后再采纳", "check each one before you accept it")
