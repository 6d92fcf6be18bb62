"""What every room's tests share: where ../shared lies, which optional parts are there, and the tally of what ran by marker."""

from __future__ import annotations

import importlib.util
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

try:
    from hypothesis import settings
except ModuleNotFoundError:  # the training environment does without it
    pass
else:
    settings.register_profile("curbwatch", deadline=None, derandomize=bool(os.environ.get("CURBWATCH_CI")))  # a busy machine is no falsifying example
    settings.load_profile("curbwatch")

REPO = Path(__file__).resolve().parent.parent
SHARED = REPO.parent / "shared"
MARKERS = ("slow", "gpu", "browser", "gstreamer", "servers", "shared", "street")
MAY_SKIP_IN_CI = {"gpu", "shared"}
"""In `.ci/run` every other part is installed, so a test that skips for it is a failure."""
ELSEWHERE = "tests/models/training/"
"""These run in an environment of their own, where they may not skip either; in `.venv` they do."""


@pytest.fixture
def shared() -> Path:
    """The folder ../shared with footage, pictures and weights; the test skips by name where it is missing."""
    if not (SHARED / "footage").is_dir():
        pytest.skip("needs ../shared (footage, pictures and weights), which is not there")
    return SHARED


def markers_of(item: pytest.Item) -> set[str]:
    return {name for name in MARKERS if item.get_closest_marker(name) is not None}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if os.environ.get("CURBWATCH_CI") and report.skipped and not (markers_of(item) & MAY_SKIP_IN_CI) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped for a part that .ci/run installs: {report.longrepr}"
    report.user_properties = [*report.user_properties, ("markers", sorted(markers_of(item) or {"plain"}))]
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Counts where the run is told of, so that it is whole where several processes play the tests."""
    if report.when == "call" or report.skipped or report.failed:
        names: list[str] = next((names for key, names in report.user_properties if key == "markers"), ["plain"])
        for name in names:
            TALLY[name, report.outcome] += 1


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """A module that skips as a whole is as much a skip as its tests."""
    report = yield
    elsewhere = collector.nodeid.startswith(ELSEWHERE) and importlib.util.find_spec("torch") is None
    if os.environ.get("CURBWATCH_CI") and report.skipped and not elsewhere:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} skipped as a whole for a part that .ci/run installs: {report.longrepr}"
    return report


TALLY: Counter[tuple[str, str]] = Counter()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not TALLY:
        return
    terminalreporter.section("what ran, by marker")
    for name in ("plain", *MARKERS):
        counts = [f"{TALLY[name, outcome]} {outcome}" for outcome in ("passed", "failed", "skipped") if TALLY[name, outcome]]
        if counts:
            terminalreporter.write_line(f"{name}: {', '.join(counts)}")
