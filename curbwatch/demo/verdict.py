"""Judges a demo run against the ground truth of its clips: exactly the acts of the truth, one case each, and nothing else. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detector.judgement.geometry import iou

MINIMUM_IOU = 0.3
"""Overlap of the case's place and the truth's box that counts as the same place: boxes of stalls are loose (goods, parasol, vendor)."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ExpectedAct:
    """An act of the ground truth; `xyxy` in 0..1 of the picture."""

    camera_id: str
    kind: str
    xyxy: Box


@dataclass(frozen=True, slots=True)
class SeenCase:
    """A case of the API; `xyxy` is its place in 0..1 of the picture."""

    number: str
    camera_id: str
    kind: str
    xyxy: Box


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a run: `passed`, and the findings as lines for a person."""

    passed: bool
    lines: tuple[str, ...]


def judge(expected: Sequence[ExpectedAct], cases: Sequence[SeenCase]) -> Verdict:
    """Matches cases to acts by camera, kind and place; each act needs one case, and no case may be left over."""
    lines: list[str] = []
    passed = True
    left = list(cases)
    if expected and not cases:
        passed = False
        lines.append("no case came  没有产生任何案件")
    for act in expected:
        there = [case for case in left if case.camera_id == act.camera_id]
        matching = [case for case in there if case.kind == act.kind and iou(case.xyxy, act.xyxy) >= MINIMUM_IOU]
        if matching:
            left.remove(matching[0])
            share = iou(matching[0].xyxy, act.xyxy)
            lines.append(f"ok      {act.camera_id}: case {matching[0].number}, kind {act.kind}, at the place of the truth (IoU {share:.2f})")
        elif not there:
            passed = False
            lines.append(f"MISSED  {act.camera_id}: an act of kind {act.kind} has no case")
        else:
            passed = False
            found = ", ".join(f"{case.number} (kind {case.kind}, IoU {iou(case.xyxy, act.xyxy):.2f})" for case in there)
            lines.append(f"WRONG   {act.camera_id}: expected one case of kind {act.kind}, found {found}")
            left = [case for case in left if case not in there]
    for case in left:
        passed = False
        lines.append(f"EXTRA   {case.camera_id}: case {case.number} of kind {case.kind} that the ground truth does not know")
    return Verdict(passed, tuple(lines))
