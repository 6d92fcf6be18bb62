"""The rule as it was applied, in thresholds and in words of both languages: what was asked of this thing there and then, and nothing that was not.

The words begin with the kind's name, not with the catalogue's explanation of it: that is the definition, parts of which a scene may not ask and no camera sees.
"""

from __future__ import annotations

from detector.judgement.counting import stands_for
from detector.judgement.geometry import PRESSED_SHARE
from detector.judgement.hours import weight_of
from detector.judgement.places import PlaceFacts, Standing
from detector.judgement.rulebook import KindRule
from detector.judgement.values import Stay
from evidence.kinds import Count, Kind, Weight
from evidence.model import Text
from evidence.named import WEIGHT, RuleApplied
from evidence.zones import zones_zh


def rule_applied(rule: KindRule, standing: Standing, stay: Stay, facts: PlaceFacts) -> RuleApplied:
    """The rule of a kind as it was applied to a stay, at the moment and the place that `standing` says."""
    kind, version = rule.kind, standing.book.catalogue.version
    weight = weight_of(kind, standing.at, standing.book.view.time_zone)
    thresholds: dict[str, float | int | str | bool | None] = {
        "dwell_seconds": kind.dwell_seconds,
        "minimum_looks": kind.minimum_looks,
        "grace_seconds": kind.grace_seconds,
        "minimum_score": kind.minimum_score,
        "minimum_footprint_share": kind.minimum_footprint_share,
        "attendance": kind.attendance,
        "attended_share": kind.attended_share,
        "line": kind.line,
        "anchor": kind.anchor,
    }
    if kind.minimum_seen_share > 0:
        thresholds["minimum_seen_share"] = kind.minimum_seen_share
    if rule.pressed:
        thresholds["tactile_paving_share"] = PRESSED_SHARE
    if facts.at_line and kind.line_objects:
        thresholds["line_reach"] = kind.line_reach
    if kind.counts:
        thresholds |= {"counts": _counts(kind.counts), "counted": counted(kind, stay)}
    if rule.except_zones:
        thresholds["except_zones"] = " ".join(zone.value for zone in kind.except_zones)
    if kind.hours:
        thresholds["hours"] = ", ".join(kind.hours)
    if kind.permit_breach:
        thresholds["permit_breach"] = facts.breach_code
    if weight is not None:
        thresholds |= {WEIGHT: weight.times, "weight_hours": weight.hours}
    return RuleApplied(id=kind.id, version=version, thresholds=thresholds, text=_text(rule, standing, stay, facts, weight), overridden=kind.overridden)


def counted(kind: Kind, stay: Stay) -> int:
    """How many things an act of several is; a leader that is gone is none."""
    return (0 if stay.absent else stands_for(kind, stay)) + sum(member.stands_for for member in stay.members)


def _text(rule: KindRule, standing: Standing, stay: Stay, facts: PlaceFacts, weight: Weight | None) -> Text:
    kind = rule.kind
    whole = kind.anchor == "box"
    areas = {standing.book.areas[index].kind for index in rule.zones}
    zones = tuple(zone for zone in kind.zones if zone in areas)
    zones_are_zh, zones_are_en = (f"（{zones_zh(zones)}）", f" ({', '.join(zone.value for zone in zones)})") if zones else ("", "")
    zh = [f"{'整体' if whole else '占地部分'}至少 {kind.minimum_footprint_share:.0%} 位于规定区域{zones_are_zh}"]
    en = [f"at least {kind.minimum_footprint_share:.0%} of {'the whole of it' if whole else 'its ground contact'} in the zones of the kind{zones_are_en}"]
    if rule.pressed:
        zh.append(f"或至少 {PRESSED_SHARE:.0%} 占压盲道")
        en.append(f"or at least {PRESSED_SHARE:.0%} of it on tactile paving")
    if rule.except_zones:
        names = ", ".join(zone.value for zone in kind.except_zones)
        zh.append(f"不计除外区域（{zones_zh(kind.except_zones)}）")
        en.append(f"outside those excepted ({names})")
    if kind.line == "beyond":
        zh.append(f"且越过店铺门墙线 {facts.line_id}" if facts.line_id else "该视图未划定门墙线")
        en.append(f"beyond the storefront line {facts.line_id}" if facts.line_id else "no storefront line being drawn in this view")
    zh.append(f"连续停留 {kind.dwell_seconds:g} 秒以上，至少看到 {kind.minimum_looks} 次")
    en.append(f"for {kind.dwell_seconds:g} s or longer, seen at least {kind.minimum_looks} times")
    if kind.minimum_seen_share > 0:
        zh.append(f"且不少于 {kind.minimum_seen_share:.0%} 的画面看到")
        en.append(f"in at least {kind.minimum_seen_share:.0%} of the looks")
    if kind.attendance == "required":
        zh.append(f"且在这段时间至少 {kind.attended_share:.0%} 的画面中有人看守")
        en.append(f"attended in at least {kind.attended_share:.0%} of the looks of that time")
    if kind.counts:
        number, (many_zh, many_en) = counted(kind, stay), _counts_said(kind.counts)
        zh.append(f"{many_zh}（现有 {number}）")
        en.append(f"{many_en} (there are {number})")
    if kind.hours:
        zh.append(f"仅在 {'、'.join(kind.hours)} 判断")
        en.append(f"judged in the hours {', '.join(kind.hours)} only")
    ends_zh, ends_en = _ends(rule, facts, weight)
    return Text(zh=f"{kind.name.zh}：{'，'.join(zh)}{ends_zh}。", en=f"{kind.name.en}: {', '.join(en)}{ends_en}.")


def _ends(rule: KindRule, facts: PlaceFacts, weight: Weight | None) -> tuple[str, str]:
    zh = en = ""
    if rule.kind.permit_breach:
        wants_zh, wants_en = ("", "") if facts.breach_code is None else (f"（许可指定 {facts.breach_code}）", f", which wants {facts.breach_code} for it")
        zh, en = f"；由违反许可产生{wants_zh}", f"; made by the breach of a permit{wants_en}"
    elif rule.heeds_permits:
        zh, en = "；有许可的除外", "; unless a permit covers it"
    if weight is not None:
        zh += f"；{weight.hours} 时段优先处理（{weight.times:g} 倍）"
        en += f"; in the hours {weight.hours} it comes first ({weight.times:g} times)"
    return zh, en


def _counts(counts: tuple[Count, ...]) -> str:
    """As the figures have it."""
    return " or ".join(f"{one.at_least} or more{f' in {_ids(one)}' if one.zones else ''}" for one in counts)


def _counts_said(counts: tuple[Count, ...]) -> tuple[str, str]:
    zh = [f"{f'位于{zones_zh(one.zones)}的' if one.zones else '同类'}至少 {one.at_least} 件" for one in counts]
    en = [
        f"at least {one.at_least}{'' if number else ' of them'}{f' on {_ids(one)}'.replace('_', ' ') if one.zones else ''}" for number, one in enumerate(counts)
    ]
    return "，或".join(zh), ", or ".join(en)


def _ids(count: Count) -> str:
    return ", ".join(zone.value for zone in count.zones)
