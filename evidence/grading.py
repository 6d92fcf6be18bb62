"""What grade a packet's evidence bears, whatever it claims: a case (B) needs two pictures far enough apart, a close-up, a clip of ten seconds, the dwell and
the looks of its rule, and times that can be true. What bars it is named; such a packet is a lead (C), since evidence is never thrown away for a wrong claim.

A kind that is not proven gives leads only. A rule is its worker's word. What it does not ask is asked by the catalogue; what it asks less than the catalogue of
the same version, and does not say that a city changed, too; and never less than `LEAST_DWELL_SECONDS` and `LEAST_LOOKS`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

from evidence.claims import SAME_MOMENT_SECONDS
from evidence.clocks import MOST_CLOCK_ERROR_SECONDS
from evidence.files import EvidenceFile, Role
from evidence.kinds import Catalogue, load_catalogue
from evidence.model import Strict, Text
from evidence.named import RuleApplied
from evidence.packet import Grade, Manifest, StayRecord

MOST_AHEAD = timedelta(minutes=5)
"""So far a worker's clock may be ahead of the API's before its times are not believed."""
MOST_BEHIND = timedelta(days=366)
"""So long a packet may wait at its worker; one that is older is dated by a clock that nobody set."""

RULES = 3
"""Of what is said here. By 1, pictures of two moments and any clip were enough, and a rule was taken at its word; by 2, so was the standing of a kind."""
LEAST_DWELL_SECONDS, LEAST_LOOKS = 10.0, 2
LEAST_APART = 0.5
"""Of the dwell that is asked: the first picture is of the look that raised suspicion, some looks after the thing came."""
LEAST_CLIP_SECONDS = 10.0
"""Of a packet's clips together: where a worker was killed meanwhile, neither is whole."""
LEAST_CLIP_BYTES = 1000
"""The tables of an MP4 alone are longer."""

LoweredReason = Literal[
    "one_moment", "no_closeup", "no_clip", "short_clip", "short_dwell", "few_looks", "disordered_times", "dwell_in_gaps", "dated_ahead", "dated_back",
    "unproven",
]  # fmt: skip
REASONS: dict[LoweredReason, Text] = {
    "one_moment": Text(
        zh="没有两张相隔足够久的不同图片，立案级至少需要两张，相隔至少为规定停留时间的一半",
        en="it has no two different pictures that are far enough apart; a case needs two, at least half the dwell of its rule apart",
    ),
    "no_closeup": Text(zh="没有近景图片", en="it has no close-up"),
    "no_clip": Text(zh="没有视频片段", en="it has no clip"),
    "short_clip": Text(
        zh="视频片段不足十秒，或未说明其编码图像的校验和",
        en="its clips show less than ten seconds, or do not say by which sum they are what the camera sent",
    ),
    "short_dwell": Text(zh="停留时间短于规则的要求", en="the thing stayed for less than its rule asks"),
    "few_looks": Text(zh="观察次数少于规则的要求", en="it was seen less often than its rule asks"),
    "disordered_times": Text(zh="首见、确认、末见的时间前后矛盾", en="when it was first seen, confirmed and last seen contradict each other"),
    "dwell_in_gaps": Text(zh="停留时间把无人观察的间隔也计算在内", en="its dwell counts stretches in which nobody looked"),
    "dated_ahead": Text(zh="时间晚于送达时间，工作机的时钟不可信", en="it is dated after it arrived: the worker's clock cannot be right"),
    "dated_back": Text(zh="时间早于送达一年以上，工作机的时钟不可信", en="it is dated more than a year before it arrived: the worker's clock cannot be right"),
    "unproven": Text(zh="目录中该类别未经实景证实，只作线索", en="nothing real has proven its kind by the catalogue here: such a kind gives leads only"),
}
ONE_PICTURE = Text(
    zh="首末两张图片相隔足够久，但逐字节相同：立案级需要两张不同的图片",
    en="its first and its last picture lie far enough apart, but are the same byte for byte; a case needs two different ones",
)
"""Of `one_moment`, where no more than that is wrong: a camera whose picture stands still, or a recording that is played again."""


class Lowered(Strict):
    """Why a packet's evidence does not bear the grade that it claims."""

    reason: LoweredReason
    text: Text


def bars_to_case(manifest: Manifest, received_at: datetime | None = None, rules: int = RULES, *, unproven: bool | None = None) -> tuple[Lowered, ...]:
    """What bars a packet from grade B; with `received_at`, also times that do not fit its arrival. A recorded file's times (`media`) fit any arrival.

    Args:
        unproven: whether its kind was not proven when it came; None: as the catalogue has it now.
    """
    reasons = [*(_file_reasons(manifest) if rules >= 2 else _former_file_reasons(manifest)), *_stay_reasons(manifest, rules)]
    if received_at is not None and manifest.clocks.kind != "media":
        if manifest.stay.last_seen - received_at > MOST_AHEAD:
            reasons.append("dated_ahead")
        if received_at - manifest.stay.last_seen > MOST_BEHIND:
            reasons.append("dated_back")
    if rules >= 3 and (is_unproven(manifest) if unproven is None else unproven):
        reasons.append("unproven")
    return tuple(Lowered(reason=reason, text=text_of(reason, manifest)) for reason in reasons)


def is_unproven(manifest: Manifest) -> bool:
    """Whether the catalogue has the kind of a packet as one that gives leads only; a kind that it does not know is none."""
    kind = _catalogue().kind(manifest.kind.id)
    return kind is not None and kind.leads_only


def is_of_this_catalogue(manifest: Manifest) -> bool:
    """Whether a packet's kind was judged by the catalogue of now."""
    return manifest.kind.catalogue_version == _catalogue().version


def text_of(reason: LoweredReason, manifest: Manifest) -> Text:
    """A reason in words, as it holds of this packet."""
    return ONE_PICTURE if reason == "one_moment" and _is_one_picture(manifest) else REASONS[reason]


def grade_of(manifest: Manifest, received_at: datetime | None = None, rules: int = RULES, *, unproven: bool | None = None) -> tuple[Grade, tuple[Lowered, ...]]:
    """The grade that a packet's evidence bears, and why that is less than it claims; nothing lowers a lead. `rules`, `unproven`: as it was when it came."""
    if manifest.grade is Grade.C:
        return Grade.C, ()
    bars = bars_to_case(manifest, received_at, rules, unproven=unproven)
    return (Grade.C if bars else manifest.grade), bars


def lowered_of(told: str | None) -> list[LoweredReason]:
    """Reasons as they are kept, with commas; those that this version does not know are left out."""
    return [reason for reason in REASONS if reason in (told or "").split(",")]


def _file_reasons(manifest: Manifest) -> Iterator[LoweredReason]:
    """Of any phase: a packet that goes on with an act, or ends it, has no clip and bears no more than a lead by itself; its case rests on the confirmation."""
    if not _are_apart(manifest):
        yield "one_moment"
    if not any(file.role in (Role.CLOSEUP, Role.MASKED_CLOSEUP) for file in manifest.files):
        yield "no_closeup"
    clips = [file for file in manifest.files if file.role in (Role.CLIP_SUSPECTED, Role.CLIP_CONFIRMED)]
    if not clips:
        yield "no_clip"
    elif sum(map(_clip_seconds, clips)) + SAME_MOMENT_SECONDS < LEAST_CLIP_SECONDS:
        yield "short_clip"


def _are_apart(manifest: Manifest) -> bool:
    """Whether two different pictures lie far enough apart; where the wall clock was set meanwhile, only whether they are of two moments."""
    return _lie_apart(manifest) and not _is_one_picture(manifest)


def _lie_apart(manifest: Manifest) -> bool:
    """Whether pictures lie far enough apart, whatever they show."""
    if _is_stepped(manifest):
        return len({file.role.partition("_")[2] for file in _pictures(manifest)}) > 1
    dated = _dated(manifest)
    asked = _asked(manifest.rule, "dwell_seconds", LEAST_DWELL_SECONDS)
    return bool(dated) and dated[-1][0] - dated[0][0] + SAME_MOMENT_SECONDS >= LEAST_APART * asked


def _is_one_picture(manifest: Manifest) -> bool:
    """Whether pictures lie far enough apart, and are one and the same."""
    if not _lie_apart(manifest):
        return False
    if _is_stepped(manifest):
        return len({file.sha256 for file in _pictures(manifest)}) == 1
    dated = _dated(manifest)
    return dated[0][1] == dated[-1][1]


def _pictures(manifest: Manifest) -> list[EvidenceFile]:
    return [file for file in manifest.files if file.role.startswith(("snapshot_", "keyframe_"))]


def _dated(manifest: Manifest) -> list[tuple[float, str]]:
    """When pictures were taken and what they are, the first before the last."""
    return sorted((file.at_seconds, file.sha256) for file in _pictures(manifest) if file.at_seconds is not None)


def _clip_seconds(clip: EvidenceFile) -> float:
    """What an original clip shows for certain."""
    if not clip.picture_seconds or clip.bytes < LEAST_CLIP_BYTES or (clip.coded_sha256 is None and not clip.coded_missing):
        return 0.0
    return max(0.0, clip.picture_seconds[-1] - clip.picture_seconds[0])


def _former_file_reasons(manifest: Manifest) -> Iterator[LoweredReason]:
    roles = {file.role.value for file in manifest.files}
    moments = {role.partition("_")[2] for role in roles if role.startswith(("snapshot_", "keyframe_"))}
    if len(moments) < 2:
        yield "one_moment"
    if not any(role.startswith("clip_") for role in roles):
        yield "no_clip"


def _stay_reasons(manifest: Manifest, rules: int) -> Iterator[LoweredReason]:
    stay, asked = manifest.stay, manifest.rule.thresholds
    dwell, looks = _number(asked.get("dwell_seconds")), _number(asked.get("minimum_looks"))
    if rules >= 2:
        dwell, looks = _asked(manifest.rule, "dwell_seconds", LEAST_DWELL_SECONDS), _asked(manifest.rule, "minimum_looks", LEAST_LOOKS)
    if dwell is not None and stay.dwell_seconds + SAME_MOMENT_SECONDS < dwell:
        yield "short_dwell"
    if looks is not None and stay.looks < looks:
        yield "few_looks"
    if _is_stepped(manifest):
        return  # the wall clock was set meanwhile, which the packet says itself: its wall times say nothing of each other
    confirmed = stay.confirmed_at
    if stay.last_seen < stay.first_seen or (confirmed is not None and confirmed < stay.first_seen - timedelta(seconds=SAME_MOMENT_SECONDS)):
        yield "disordered_times"
    if _watched_seconds(stay, _number(asked.get("grace_seconds")) or 0.0) + SAME_MOMENT_SECONDS < stay.dwell_seconds:
        yield "dwell_in_gaps"


def _is_stepped(manifest: Manifest) -> bool:
    arrival = manifest.clocks.arrival
    return arrival is not None and abs(arrival.stepped_seconds) > MOST_CLOCK_ERROR_SECONDS


def _asked(rule: RuleApplied, name: Literal["dwell_seconds", "minimum_looks"], least: float) -> float:
    """What a rule asks of the dwell or the looks, and no less than may be asked."""
    told, catalogue = _number(rule.thresholds.get(name)), _catalogue()
    kind = catalogue.kind(rule.id)
    usual = least if kind is None else float(getattr(kind, name))
    if told is None or (rule.version == catalogue.version and name not in rule.overridden):
        return max(least, usual, told or 0.0)
    return max(least, told)


@cache
def _catalogue() -> Catalogue:
    return load_catalogue()


def _watched_seconds(stay: StayRecord, grace_seconds: float) -> float:
    """The longest that the thing can have been watched: from its first sample to its last, less the gaps within; each may begin a grace late."""
    if not stay.samples:
        return stay.dwell_seconds
    begin, end = stay.samples[0], stay.samples[-1]
    cut = [(max(gap.begins, begin.at), min(gap.ends, end.at)) for gap in stay.gaps]
    merged = _united((a, b) for a, b in cut if a < b)
    lost = sum(max(0.0, (b - a).total_seconds() - grace_seconds) for a, b in merged)
    return end.monotonic_seconds - begin.monotonic_seconds - lost


def _united(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) else None
