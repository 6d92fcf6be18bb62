"""The account of a run by keyboard: what the API kept against what was pressed. Each row is a fault that it has to find."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.review.judging import faults_of, verdict_of

REASONS = [f"reason-{place}" for place in range(1, 10)]
ACCEPTED, REJECTED = "0" * 32, "00000007" + "0" * 24


def decision(by: str, case_id: str, **changes: Any) -> dict[str, Any]:
    verdict = verdict_of(case_id)
    reason = None if verdict.reason is None else REASONS[verdict.reason - 1]
    return {"by": by, "action": "confirm" if reason is None else "reject", "reason": reason, "undone": False, "sealed": False, **changes}


def case(state: str, *decisions: dict[str, Any]) -> dict[str, Any]:
    return {"state": state, "decisions": list(decisions)}


@pytest.mark.parametrize(
    ("told", "pressed", "fault"),
    [
        pytest.param(case("confirmed", decision("anna", ACCEPTED)), {"anna": [ACCEPTED]}, None, id="as pressed"),
        pytest.param(case("confirmed", decision("anna", ACCEPTED)), {"anna": [ACCEPTED, ACCEPTED]}, None, id="pressed again after it came back"),
        pytest.param(
            case("confirmed", decision("anna", ACCEPTED, sealed=True), decision("ben", ACCEPTED)),
            {"anna": [ACCEPTED], "ben": [ACCEPTED]},
            None,
            id="a double review",
        ),
        pytest.param(case("open"), {"anna": [ACCEPTED]}, "pressed a key, and the API has no decision", id="lost"),
        pytest.param(case("open"), {"anna": []}, "is open, not confirmed", id="never judged"),
        pytest.param(
            case("confirmed", decision("anna", ACCEPTED), decision("anna", ACCEPTED)), {"anna": [ACCEPTED]}, "was decided 2 times by anna", id="doubled"
        ),
        pytest.param(
            case("confirmed", decision("anna", ACCEPTED), decision("ben", ACCEPTED)),
            {"anna": [ACCEPTED], "ben": [ACCEPTED]},
            "though it was no double review",
            id="two people on one case",
        ),
        pytest.param(case("confirmed", decision("ben", ACCEPTED)), {"anna": [ACCEPTED]}, "ben decided it without a key", id="somebody else's"),
        pytest.param(case("rejected", decision("anna", ACCEPTED, reason="x")), {"anna": [ACCEPTED]}, "is rejected, not confirmed", id="another verdict"),
    ],
)
def test_finds_what_was_lost_or_doubled(told: dict[str, Any], pressed: dict[str, list[str]], fault: str | None) -> None:
    found = faults_of([ACCEPTED], {ACCEPTED: told}, pressed, REASONS)
    assert found == [] if fault is None else any(fault in one for one in found), found


def test_a_wrong_reason_is_found() -> None:
    assert verdict_of(REJECTED).key == "Shift+Digit1"
    told = case("rejected", decision("anna", REJECTED, reason="reason-9"))
    assert faults_of([REJECTED], {REJECTED: told}, {"anna": [REJECTED]}, REASONS) == [f"case {REJECTED}: anna decided reject (reason-9)"]
