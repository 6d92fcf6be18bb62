"""What grade a packet bears by its own receipt, told to who verifies it: the case API lowers such a packet to a lead, and its manifest says a case still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from evidence.grading import RULES, LoweredReason, grade_of, is_of_this_catalogue, is_unproven
from evidence.model import Text
from evidence.packet import Grade, Manifest, Phase

OF_CONFIRMATIONS: frozenset[LoweredReason] = frozenset({"one_moment", "no_closeup", "no_clip", "short_clip"})
"""What goes on with an act, or ends it, has no clip: its case rests on the confirmation."""
BY_ITSELF: dict[bool | None, Text] = {
    None: Text(zh="此处没有该行为的确认记录，按其自身证据评定", en="no confirmation of this act is here, so it is judged by itself"),
    False: Text(zh="此处该行为的确认记录未达立案级，按其自身证据评定", en="the confirmation of this act that is here bears no case, so it is judged by itself"),
}


@dataclass(frozen=True, slots=True)
class Borne:
    """What bars a packet from the grade that it claims.

    Attributes:
        goes_on: whether it goes on with an act, or ends it.
        bars: by the rules of now.
        former: by those of before that let most pass, under which it may have come.
    """

    grade: Grade
    goes_on: bool
    bars: tuple[tuple[LoweredReason, Text], ...]
    former: frozenset[LoweredReason]

    @property
    def is_case(self) -> bool:
        """Whether it claims a case and bears one, be it by the rules of before."""
        return self.grade is not Grade.C and not self.former

    def notes(self, confirmed: bool | None) -> Iterator[str]:
        """What bars it, a line each in both languages.

        Args:
            confirmed: whether a confirmation of its act that is here bears a case; None: none is here.
        """
        rests = self.goes_on and confirmed
        bars = [(reason, text) for reason, text in self.bars if not (rests and reason in OF_CONFIRMATIONS)]
        en, zh = f"claims grade {self.grade.value}, bears C", f"声称 {self.grade.value} 级，只达 C 级"
        if not (self.former - OF_CONFIRMATIONS if rests else self.former):
            en, zh = f"{en} by the rules of now (not by those of before, under which it may have come)", f"按现行规则{zh}（按旧规则则不然，送达时或适用旧规则）"
        texts = [text for _, text in bars]
        if self.goes_on and not confirmed and any(reason in OF_CONFIRMATIONS for reason, _ in bars):
            texts.insert(0, BY_ITSELF[confirmed])
        for text in texts:
            yield f"{en}: {text.en} / {zh}：{text.zh}"


def borne(manifest: Manifest, received_at: datetime) -> Borne:
    """What a packet bears.

    Args:
        received_at: by its receipt, which was found good.
    """
    unproven = is_of_this_catalogue(manifest) and is_unproven(manifest)
    bars = tuple((bar.reason, bar.text) for bar in grade_of(manifest, received_at, unproven=unproven)[1])
    former = min((frozenset(bar.reason for bar in grade_of(manifest, received_at, rules)[1]) for rules in range(1, RULES)), key=len)
    return Borne(manifest.grade, manifest.phase in (Phase.CONTINUED, Phase.ENDED), bars, former)
