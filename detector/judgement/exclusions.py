"""What looks like a violation and is none: what shows it, and what a packet says of each exclusion of a kind.

An exclusion applies where the class, the measurement or the verifier that it names shows it; then nothing is a violation. What nothing shows, or what shows it
is not there (no verifier in the model, no bay drawn in the view), is `not_judged`: a reviewer decides, and has its reason on a key. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from detector.judgement.attending import attendance
from detector.judgement.calendars import local_minute
from detector.judgement.lines import OWN_LAND_SHARE
from detector.judgement.places import Standing, excuses
from detector.judgement.policies import policy_verdict
from detector.judgement.rulebook import KindRule, Rulebook, is_on
from detector.judgement.values import Stay, Zoom
from evidence.kinds import Exclusion
from evidence.kinds.classes import seen_zh
from evidence.model import Text
from evidence.named import ExclusionChecked, ExclusionVerdict
from evidence.zones import zones_zh

COVERED = "covered"
"""What the verifier says beside what a thing looks like: that it is closed or covered."""
COVERED_FROM = 0.7
"""Of 43 covered and 371 open sellers of rendered pictures it bars 0.72 and 0.14 from 0.5 on, 0.53 and 0.09 from 0.6, 0.44 and 0.04 from 0.7, 0.23 and 0.02 from
0.8 (`curbwatch bench exclusions`): open stalls are many, covered ones few."""
LEAST_NEW_SHARE = 0.3
"""Of its place that must differ from the ground as it was known before, for a thing to have come since. Our choice: a detector's box is loose, and a thing
covers most of it.
"""
SETTLED_SECONDS = 60.0
"""What is seen for the first time within this time of the first look may have stood there before; the detector does not see everything in every look."""


@dataclass(frozen=True, slots=True)
class Said:
    """An exclusion's verdict and why."""

    verdict: ExclusionVerdict
    zh: str
    en: str


def excused(one: Exclusion, book: Rulebook, rule: KindRule, stay: Stay, at: datetime) -> bool:
    """Whether an exclusion that what was seen of the whole stay decides applies."""
    if one.within_seconds is not None and stay.dwell_seconds.get(rule.kind.id, 0.0) > one.within_seconds:
        return False
    if one.seen_by == "class":
        shown = _beside_share(one, stay) >= one.least_share
    else:
        shown = ("attendance" not in one.measured or _attended_share(rule, stay) >= one.least_share) and (
            "age" not in one.measured or _has_stood(one, stay) or stay.last_seconds - stay.first_seconds >= one.least_seconds
        )
    return shown and ((not one.except_zones and not one.hours) or excuses(one, rule, Standing(book, stay.xyxy, at)))


def excused_by_look(rule: KindRule, stay: Stay, looks_like: str | None, covered: float | None) -> Exclusion | None:
    """The exclusion that the verifier shows of what stands there, within the time for which it excuses; None where it shows none."""
    shown = rule.by_look.get(looks_like) if looks_like is not None else None
    if shown is None and covered is not None and covered >= COVERED_FROM:
        shown = rule.by_look.get(COVERED)
    if shown is None or (shown.within_seconds is not None and stay.dwell_seconds.get(rule.kind.id, 0.0) > shown.within_seconds):
        return None
    return shown


def checked(
    rule: KindRule, standing: Standing, stay: Stay, *, has_verifier: bool | None = None
) -> tuple[tuple[ExclusionChecked, ...], tuple[str, ...], tuple[str, ...]]:  # fmt: skip
    """What a packet says of a kind's exclusions: each with its verdict, the ids of those that were judged, and of those that were not.

    Args:
        standing: where the stay stands, at the moment of the packet.
        has_verifier: whether the model in use has a verifier; None where that is not known.
    """
    named = [one for one in map(standing.book.catalogue.exclusion, rule.kind.exclusions) if one is not None]
    told = tuple(_checked(one, _said(one, rule, standing, stay, has_verifier)) for one in named)
    judged = tuple(one.id for one in told if one.verdict != "not_judged")
    return told, judged, tuple(one.id for one in told if one.verdict == "not_judged")


def _checked(one: Exclusion, said: Said) -> ExclusionChecked:
    return ExclusionChecked(id=one.id, name=one.name, verdict=said.verdict, shown_by=one.shown_by, recall=one.recall, reason=Text(zh=said.zh, en=said.en))


def _said(one: Exclusion, rule: KindRule, standing: Standing, stay: Stay, has_verifier: bool | None) -> Said:
    if one.seen_by == "nothing":
        reason = standing.book.catalogue.reason(one.reason)
        reason_zh = one.reason if reason is None else reason.zh
        return _unseen(f"没有可识别它的手段，由审核员判断（驳回理由：{reason_zh}）", f"nothing shows it: a reviewer decides, with the reason {one.reason}")
    if not is_on(one, standing.book.view):
        return _unseen("未启用，须由城市先作决定", "switched off: a city decides first")
    if one.seen_by == "verifier":
        return _by_verifier(one, rule, stay, has_verifier)
    if one.seen_by == "class":
        return _by_class(one, stay)
    said = [SAID[measure](one, rule, standing, stay) for measure in one.measured if measure in SAID]
    if not said:
        return _unseen("未写明用何测量", "it names no measurement that this version takes")
    # All of them must say so: one that speaks against it decides, then one that could not be taken.
    return min(said, key=lambda each: ("does_not_apply", "not_judged", "applies").index(each.verdict))


def _unseen(zh: str, en: str) -> Said:
    return Said("not_judged", zh, en)


def _share_said(applies: bool, zh: str, en: str) -> Said:
    return Said("applies" if applies else "does_not_apply", zh, en)


def _by_verifier(one: Exclusion, rule: KindRule, stay: Stay, has_verifier: bool | None) -> Said:
    zoom = stay.zoom
    if zoom is None or (zoom.looks_like is None and zoom.covered is None):
        return _not_asked(has_verifier)
    if COVERED in one.shows:
        if zoom.covered is None:
            return _unseen("复核器未判断是否遮盖", "the verifier did not say whether it is covered")
        return _share_said(
            zoom.covered >= COVERED_FROM,
            f"复核器认为已遮盖的概率为 {zoom.covered:.0%}（{COVERED_FROM:.0%} 起算）",
            f"the verifier gives it {zoom.covered:.0%} of being covered ({COVERED_FROM:.0%} would count)",
        )
    if zoom.looks_like is None:
        return _unseen("复核器未判断它像什么", "the verifier did not say what it looks like")
    shown = excused_by_look(rule, stay, zoom.looks_like, None) is one
    within_zh, within_en = _within_said(one, rule, stay, zoom.looks_like, shown=shown)
    return _share_said(shown, f"复核器认为最像{seen_zh((zoom.looks_like,))}{within_zh}", f"to the verifier it looks most like {zoom.looks_like}{within_en}")


def _not_asked(has_verifier: bool | None) -> Said:
    if has_verifier is None:
        return _unseen("所用模型没有复核器，或未复核该物", "the model in use has no verifier, or it was not asked about this thing")
    if has_verifier:
        return _unseen("未向复核器询问该物", "the verifier was not asked about this thing")
    return _unseen("所用模型没有复核器", "the model in use has no verifier")


def _within_said(one: Exclusion, rule: KindRule, stay: Stay, looks_like: str, *, shown: bool) -> tuple[str, str]:
    """For how long the exclusion excuses, said of what the thing looks like only where that is what excuses."""
    if one.within_seconds is None:
        return "", ""
    span_zh, span_en = _span_zh(one.within_seconds), _span_en(one.within_seconds)
    if looks_like not in one.shows:
        return f"（若为{one.name.zh}，{span_zh}内不作认定）", f" ({one.name.en} would excuse for {span_en})"
    if shown:
        return f"，{span_zh}内不作认定", f", which excuses for {span_en}"
    stood = stay.dwell_seconds.get(rule.kind.id, 0.0)
    return f"，{span_zh}内不作认定，现已停留 {_span_zh(stood)}", f", which excuses for {span_en}; it has stood for {_span_en(stood)}"


def _span_zh(seconds: float) -> str:
    return f"{seconds / 86400:.4g} 天" if seconds >= 86400 else f"{seconds:.0f} 秒"


def _span_en(seconds: float) -> str:
    return f"{seconds / 86400:.4g} days" if seconds >= 86400 else f"{seconds:.0f} s"


def _by_class(one: Exclusion, stay: Stay) -> Said:
    share, names = _beside_share(one, stay), ", ".join(one.shows)
    return _share_said(
        share >= one.least_share,
        f"{share:.0%} 的画面中旁边识别到{seen_zh(one.shows)}（{one.least_share:.0%} 起算）",
        f"{names} was seen beside it in {share:.0%} of the looks ({one.least_share:.0%} would count)",
    )


def _permit_said(one: Exclusion, rule: KindRule, standing: Standing, stay: Stay) -> Said:
    verdict, count = standing.permit, len(standing.book.view.permits)
    if verdict.doubtful:
        return _unseen("能否由许可覆盖尚无法判断，见许可一栏", "whether a permit covers it could not be judged: see the permits")
    if not count:
        return Said("does_not_apply", "该视图没有登记许可", "this view has no permit")
    return _share_said(
        verdict.covers, f"该视图登记的许可（{count} 项）无一覆盖此处此时", f"none of the permits of this view ({count}) covers it there and then"
    )


def _policy_said(one: Exclusion, rule: KindRule, standing: Standing, stay: Stay) -> Said:
    verdict = policy_verdict(standing.book.view, standing.foot, standing.at, "goods" if rule.kind.line == "beyond" else "vendor")
    if verdict.reason is None:
        return _unseen("本地启用的政策对此未作规定", "the policies that are on here say nothing of it")
    return _share_said(verdict.allows, verdict.reason.zh, verdict.reason.en)


def _zones_said(one: Exclusion, rule: KindRule, standing: Standing, stay: Stay) -> Said:
    areas, least = standing.book.areas_of(one.zones), rule.kind.minimum_footprint_share
    names, names_zh = ", ".join(zone.value for zone in one.zones), zones_zh(one.zones)
    if not areas:
        return _unseen(f"该视图没有划定{names_zh}", f"no zone {names} is drawn in this view")
    share = standing.share(areas)
    return _share_said(
        share >= least, f"占地的 {share:.0%} 位于{names_zh}（{least:.0%} 起算）", f"{share:.0%} of its footprint lies in {names} ({least:.0%} would count)"
    )


def _own_land_said(one: Exclusion, rule: KindRule, standing: Standing, stay: Stay) -> Said:
    if not standing.book.has_aprons:
        return _unseen("该视图没有划定自有用地", "no shop's own land is drawn in this view")
    front, named = standing.front, standing.book.view.shop_name
    whose = named(front.apron_of)
    zh = f"占地的 {front.apron_share:.0%} 位于{f'{whose}的' if whose else ''}自有用地"
    en = f"{front.apron_share:.0%} of its footprint lies on own land{f' of the shop {whose}' if whose else ''}"
    if front.on_apron or front.apron_share < OWN_LAND_SHARE:
        return _share_said(front.on_apron, f"{zh}（{OWN_LAND_SHARE:.0%} 起算）", f"{en} ({OWN_LAND_SHARE:.0%} would count)")
    owner = named(front.shop)
    but_zh, but_en = ("不知属于哪家商铺", "whose it is is not known") if owner is None else (f"该物推定属于{owner}", f"it is taken for the shop {owner}'s")
    return _share_said(False, f"{zh}，但{but_zh}", f"{en}, but {but_en}")


def _line_said(one: Exclusion, rule: KindRule, standing: Standing, stay: Stay) -> Said:
    line = standing.line
    if line is None:
        return _unseen("该视图没有划定门墙线", "no storefront line is drawn in this view")
    share, least = line.share_beyond, rule.kind.minimum_footprint_share
    return _share_said(
        share < least,
        f"占地的 {share:.0%} 越过门墙线 {line.line.id}（{least:.0%} 起算）",
        f"{share:.0%} of its footprint lies beyond the line {line.line.id} ({least:.0%} counts)",
    )


def _dwell_said(one: Exclusion, rule: KindRule, standing: Standing, stay: Stay) -> Said:
    stood, asked = stay.dwell_seconds.get(rule.kind.id, 0.0), rule.kind.dwell_seconds
    return _share_said(stood < asked, f"在原处停留 {stood:.0f} 秒（规定 {asked:g} 秒）", f"it stood {stood:.0f} s in one place (the rule's are {asked:g} s)")


def _attendance_said(one: Exclusion, rule: KindRule, standing: Standing, stay: Stay) -> Said:
    share = _attended_share(rule, stay)
    return _share_said(
        share >= one.least_share,
        f"{share:.0%} 的画面中有人在旁（{one.least_share:.0%} 起算）",
        f"somebody stayed with it in {share:.0%} of the looks ({one.least_share:.0%} would count)",
    )


def _has_stood(one: Exclusion, stay: Stay) -> bool:
    """Whether its place is known to have looked as it does now for the time that is asked, and the ground does not say that it is new."""
    return stay.stood_seconds is not None and stay.stood_seconds >= one.least_seconds and (stay.new_share is None or stay.new_share < LEAST_NEW_SHARE)


def _age_said(one: Exclusion, rule: KindRule, standing: Standing, stay: Stay) -> Said:
    stood, days, new = stay.last_seconds - stay.first_seconds, one.least_seconds / 86400, stay.new_share
    if stood < one.least_seconds and stay.stood_seconds is not None and _has_stood(one, stay):
        looked_so = local_minute(stay.last_wall - timedelta(seconds=stay.stood_seconds), standing.book.view.time_zone)
        return Said(
            "applies",
            f"此处画面表明：自 {looked_so:%Y-%m-%d %H:%M} 起一直在此（{days:g} 天起视为固定设施）",
            f"it has stood there since {looked_so:%Y-%m-%d %H:%M}, by what its place has looked like ({days:g} days make a fixture)",
        )
    if stood < one.least_seconds and new is not None and new < LEAST_NEW_SHARE:
        return _unseen(
            f"此处地面在首见之前已是如此（新增仅 {new:.0%}），停留多久未知",
            f"the ground looked so before it was first seen ({new:.0%} is new); since when is not known",
        )
    if stood < one.least_seconds and new is None and stay.found_standing:
        return _unseen(
            "首见之前对此处观察不足，何时起在此未知", "too little was seen of the place before it was first seen; since when it stands there is not known"
        )
    since = local_minute(stay.first_wall, standing.book.view.time_zone)
    return _share_said(
        stood >= one.least_seconds,
        f"自 {since:%Y-%m-%d %H:%M} 起在此处（{days:g} 天起视为固定设施）",
        f"it has been there since {since:%Y-%m-%d %H:%M} ({days:g} days make a fixture)",
    )


SAID: dict[str, Callable[[Exclusion, KindRule, Standing, Stay], Said]] = {
    "permit": _permit_said,
    "policy": _policy_said,
    "zones": _zones_said,
    "own_land": _own_land_said,
    "line": _line_said,
    "dwell": _dwell_said,
    "attendance": _attendance_said,
    "age": _age_said,
}


def _beside_share(one: Exclusion, stay: Stay) -> float:
    return max((stay.beside.get(label, 0) for label in one.shows), default=0) / max(1, stay.looks)


def _attended_share(rule: KindRule, stay: Stay) -> float:
    attended, looks = attendance(rule.kind, stay)
    return attended / max(1, looks)


def refused_by_look(rule: KindRule, stay: Stay, zoom: Zoom) -> Zoom:
    """A zoom look that has agreed and in which the verifier shows what excuses the thing has not."""
    if zoom.agreed and excused_by_look(rule, stay, zoom.looks_like, zoom.covered) is not None:
        return Zoom(False, zoom.score, zoom.xyxy, zoom.looks_like, zoom.covered)
    return zoom
