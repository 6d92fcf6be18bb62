from __future__ import annotations

import pytest

from curbwatch.demo.verdict import ExpectedAct, SeenCase, judge
from detector.judgement.geometry import iou

STALL = (0.4, 0.4, 0.6, 0.7)
GOODS = (0.1, 0.5, 0.3, 0.7)
EXPECTED = (ExpectedAct("cam1", "V2", STALL), ExpectedAct("cam2", "V3", GOODS))
CASE_1 = SeenCase("1", "cam1", "V2", STALL)
CASE_2 = SeenCase("2", "cam2", "V3", (0.12, 0.5, 0.32, 0.72))


@pytest.mark.parametrize(
    ("cases", "passed", "says"),
    [
        pytest.param([CASE_1, CASE_2], True, ["ok      cam1: case 1", "ok      cam2: case 2"], id="one case for each act"),
        pytest.param([], False, ["no case came", "MISSED  cam1", "MISSED  cam2"], id="no case at all"),
        pytest.param([CASE_1], False, ["MISSED  cam2: an act of kind V3"], id="an act without a case"),
        pytest.param([CASE_1, SeenCase("2", "cam2", "V2", GOODS)], False, ["WRONG   cam2: expected one case of kind V3"], id="the wrong kind"),
        pytest.param([CASE_1, SeenCase("2", "cam2", "V3", (0.7, 0.1, 0.9, 0.3))], False, ["IoU 0.00"], id="the wrong place"),
        pytest.param([CASE_1, CASE_2, SeenCase("3", "cam1", "V2", STALL)], False, ["EXTRA   cam1: case 3"], id="a second case of one act"),
        pytest.param([CASE_1, CASE_2, SeenCase("3", "cam5", "V2", STALL)], False, ["EXTRA   cam5: case 3"], id="a bait fired"),
        pytest.param([CASE_1, CASE_2, SeenCase("3", "cam1", "V3", STALL)], False, ["EXTRA   cam1: case 3 of kind V3"], id="one act under two kinds"),
    ],
)
def test_cases_against_the_truth(cases: list[SeenCase], passed: bool, says: list[str]) -> None:
    verdict = judge(EXPECTED, cases)
    assert verdict.passed is passed
    text = "\n".join(verdict.lines)
    assert [line for line in says if line not in text] == []


def test_the_order_of_the_cases_decides_nothing() -> None:
    misplaced = SeenCase("3", "cam1", "V2", (0.7, 0.1, 0.9, 0.3))
    for cases in ([misplaced, CASE_1, CASE_2], [CASE_2, CASE_1, misplaced]):
        verdict = judge(EXPECTED, cases)
        assert not verdict.passed
        assert [line for line in verdict.lines if line.startswith("EXTRA")] == ["EXTRA   cam1: case 3 of kind V2 that the ground truth does not know"]


@pytest.mark.parametrize(
    ("other", "share"),
    [
        pytest.param(STALL, 1.0, id="the same"),
        pytest.param((0.4, 0.4, 0.6, 0.55), 0.5, id="its upper half"),
        pytest.param((0.6, 0.4, 0.8, 0.7), 0.0, id="beside it"),
        pytest.param((0.4, 0.4, 0.4, 0.7), 0.0, id="without width"),
    ],
)
def test_overlap(other: tuple[float, float, float, float], share: float) -> None:
    assert iou(STALL, other) == pytest.approx(share)
