"""What grade a packet's evidence bears, whatever it claims: a case (B) needs pictures of two moments, a clip, the dwell and the looks of its own rule, and
times that can be true. What bars it is named; such a packet is a lead (C), since evidence is never thrown away for a wrong claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

from evidence.claims import SAME_MOMENT_SECONDS
from evidence.clocks import MOST_CLOCK_ERROR_SECONDS
from evidence.model import Strict, Text
from evidence.packet import Grade, Manifest, StayRecord

MOST_AHEAD = timedelta(minutes=5)
"""So far a worker's clock may be ahead of the API's before its times are not believed."""
MOST_BEHIND = timedelta(days=366)
"""So long a packet may wait at its worker; one that is older is dated by a clock that nobody set."""

LoweredReason = Literal["one_moment", "no_clip", "short_dwell", "few_looks", "disordered_times", "dwell_in_gaps", "dated_ahead", "dated_back"]
REASONS: dict[LoweredReason, Text] = {
    "one_moment": Text(zh="图片只有一个时刻，立案级至少需要两个不同时刻", en="its pictures are of one moment or none; a case needs two"),
    "no_clip": Text(zh="没有视频片段", en="it has no clip"),
    "short_dwell": Text(zh="停留时间短于其自身规则的要求", en="the thing stayed for less than its own rule asks"),
    "few_looks": Text(zh="观察次数少于其自身规则的要求", en="it was seen less often than its own rule asks"),
    "disordered_times": Text(zh="首见、确认、末见的时间前后矛盾", en="when it was first seen, confirmed and last seen contradict each other"),
    "dwell_in_gaps": Text(zh="停留时间把无人观察的间隔也计算在内", en="its dwell counts stretches in which nobody looked"),
    "dated_ahead": Text(zh="时间晚于送达时间，工作机的时钟不可信", en="it is dated after it arrived: the worker's clock cannot be right"),
    "dated_back": Text(zh="时间早于送达一年以上，工作机的时钟不可信", en="it is dated more than a year before it arrived: the worker's clock cannot be right"),
}


class Lowered(Strict):
    """Why a packet's evidence does not bear the grade that it claims."""

    reason: LoweredReason
    text: Text


def bars_to_case(manifest: Manifest, received_at: datetime | None = None) -> tuple[Lowered, ...]:
    """What bars a packet from grade B; with `received_at`, also times that do not fit its arrival. A recorded file's times (`media`) fit any arrival."""
    reasons = [*_file_reasons(manifest), *_stay_reasons(manifest)]
    if received_at is not None and manifest.clocks.kind != "media":
        if manifest.stay.last_seen - received_at > MOST_AHEAD:
            reasons.append("dated_ahead")
        if received_at - manifest.stay.last_seen > MOST_BEHIND:
            reasons.append("dated_back")
    return tuple(Lowered(reason=reason, text=REASONS[reason]) for reason in reasons)


def grade_of(manifest: Manifest, received_at: datetime | None = None) -> tuple[Grade, tuple[Lowered, ...]]:
    """The grade that a packet's evidence bears, and why that is less than it claims; nothing lowers a lead."""
    if manifest.grade is Grade.C:
        return Grade.C, ()
    bars = bars_to_case(manifest, received_at)
    return (Grade.C if bars else manifest.grade), bars


def lowered_of(told: str | None) -> list[LoweredReason]:
    """Reasons as they are kept, with commas; those that this version does not know are left out."""
    return [reason for reason in REASONS if reason in (told or "").split(",")]


def _file_reasons(manifest: Manifest) -> Iterator[LoweredReason]:
    """Of any phase: a packet that goes on with an act, or ends it, has no clip and bears no more than a lead by itself; its case rests on the confirmation."""
    roles = {file.role.value for file in manifest.files}
    moments = {role.partition("_")[2] for role in roles if role.startswith(("snapshot_", "keyframe_"))}
    if len(moments) < 2:
        yield "one_moment"
    if not any(role.startswith("clip_") for role in roles):
        yield "no_clip"


def _stay_reasons(manifest: Manifest) -> Iterator[LoweredReason]:
    stay, asked = manifest.stay, manifest.rule.thresholds
    dwell, looks = _number(asked.get("dwell_seconds")), _number(asked.get("minimum_looks"))
    if dwell is not None and stay.dwell_seconds + SAME_MOMENT_SECONDS < dwell:
        yield "short_dwell"
    if looks is not None and stay.looks < looks:
        yield "few_looks"
    arrival = manifest.clocks.arrival
    if arrival is not None and abs(arrival.stepped_seconds) > MOST_CLOCK_ERROR_SECONDS:
        return  # the wall clock was set meanwhile, which the packet says itself: its wall times say nothing of each other
    confirmed = stay.confirmed_at
    if stay.last_seen < stay.first_seen or (confirmed is not None and confirmed < stay.first_seen - timedelta(seconds=SAME_MOMENT_SECONDS)):
        yield "disordered_times"
    if _watched_seconds(stay, _number(asked.get("grace_seconds")) or 0.0) + SAME_MOMENT_SECONDS < stay.dwell_seconds:
        yield "dwell_in_gaps"


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
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
