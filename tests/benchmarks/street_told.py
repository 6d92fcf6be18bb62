"""Small truths and lines of a clip, for the tests of what is judged of them."""

from __future__ import annotations

from collections.abc import Sequence

from curbwatch.demo.truth import ClipTruth, TrueAct, TrueBait
from detector.replay import Violation
from evidence.packet import Grade

PLACE = (0.4, 0.4, 0.6, 0.8)
ELSEWHERE = (0.1, 0.4, 0.3, 0.8)
SHADE = (0.35, 0.1, 0.65, 0.35)


def clip(*acts: tuple[str, float, float], baits: Sequence[TrueBait] = (), nudged: float | None = None, shade: bool = False) -> ClipTruth:
    shown = tuple(
        TrueAct.model_validate(
            {"kind": kind, "class": "stall", "xyxy": PLACE, "start_second": start, "end_second": end, "shade_xyxy": SHADE if shade else None}
        )
        for kind, start, end in acts
    )
    return ClipTruth(file="a.mp4", camera_id="cam", seconds=120, codec="h264", acts=shown, baits=tuple(baits), nudged_second=nudged)


def bait(of: str = "V2", start: float = 0, end: float = 120, reason: str = "permit") -> TrueBait:
    return TrueBait(what="permitted_pitch", why="within its hours", of=of, reason=reason, xyxy=ELSEWHERE, start_second=start, end_second=end)


def line(kind: str = "V2", at: float = 70.0, xyxy: tuple[float, float, float, float] = PLACE, grade: Grade = Grade.B) -> Violation:
    x0, y0, x1, y1 = (1000 * v for v in xyxy)
    return Violation(kind, "cam", {}, 4.0, at, (x0, y0, x1, y1), 1000, 1000, 0.5, grade, "act")
