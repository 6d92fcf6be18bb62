"""What grade a packet bears by its own receipt, told to who verifies it: the case API lowers such a packet to a lead, and its manifest says a case still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from evidence.grading import RULES, Lowered, LoweredReason, grade_of
from evidence.packet import Manifest, Phase

OF_CONFIRMATIONS: frozenset[LoweredReason] = frozenset({"one_moment", "no_closeup", "no_clip", "short_clip"})
"""What goes on with an act, or ends it, has no clip: its case rests on the confirmation."""


def grade_notes(manifest: Manifest, received_at: datetime) -> Iterator[str]:
    """What bars it from the grade that it claims, a line each in both languages.

    Args:
        received_at: by its receipt, which was found good.
    """
    former = _bars(manifest, received_at, RULES - 1)
    en, zh = f"claims grade {manifest.grade.value}, bears C", f"声称 {manifest.grade.value} 级，只达 C 级"
    if not former:
        en, zh = f"{en} by the rules of now (not by those of before, under which it may have come)", f"按现行规则{zh}（按旧规则则不然，送达时或适用旧规则）"
    for bar in _bars(manifest, received_at, RULES):
        yield f"{en}: {bar.text.en} / {zh}：{bar.text.zh}"


def _bars(manifest: Manifest, received_at: datetime, rules: int) -> list[Lowered]:
    goes_on = manifest.phase in (Phase.CONTINUED, Phase.ENDED)
    return [bar for bar in grade_of(manifest, received_at, rules)[1] if not (goes_on and bar.reason in OF_CONFIRMATIONS)]
