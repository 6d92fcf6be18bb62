"""Prepared cases judged by keyboard, alone and by two at once, over a cut line and a restarted API: nothing is lost and nothing doubled."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from api.page import BUILT_PAGE
from benchmarks.review.run import OFFLINE_CASES, judged, result_of

CASES = int(os.environ.get("CURBWATCH_REVIEW_CASES", "200"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(3000),
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium, which is not there"),
    pytest.mark.skipif(not (BUILT_PAGE / "index.html").is_file(), reason="needs the built review page: make console"),
]


def test_prepared_cases_by_keyboard(tmp_path: Path) -> None:
    """Times are the bench's to tell (`python -m benchmarks.review`), since a busy machine is no fault of the page."""
    outcome = judged(CASES, tmp_path)
    assert outcome.faults == ()
    assert (outcome.dropped, outcome.restarted) == (True, True)
    assert len(outcome.alone.pressed) == len(set(outcome.alone.pressed)) == round(CASES * 0.6)
    assert all(len(judge.pressed) > OFFLINE_CASES for judge in outcome.racing)
    assert outcome.alone.struck_twice > 0
    assert outcome.alone.keys == len(outcome.alone.pressed)
    assert outcome.alone.traffic.foreign == []
    told = result_of(outcome)
    assert told.row("alone")["count"] == len(outcome.alone.shown_ms)
    assert outcome.alone.traffic.total / len(outcome.alone.pressed) < 12
