from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from curbwatch.demo.coverage import Coverage, LookSpan

START = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def span(begins: float, ends: float, looks: int | None = None) -> LookSpan:
    every_four_seconds = int((ends - begins) / 4) + 1
    return LookSpan(START + timedelta(seconds=begins), START + timedelta(seconds=ends), every_four_seconds if looks is None else looks)


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        pytest.param([], 0, id="never looked at"),
        pytest.param([span(0, 0)], 0, id="a single look covers no time"),
        pytest.param([span(0, 20), span(0, 44)], 44, id="one run of the worker, told of twice"),
        pytest.param([span(0, 44), span(0, 20)], 44, id="an older word after a newer one"),
        pytest.param([span(0, 20), span(30, 50)], 40, id="a restart: the pause does not count"),
        pytest.param([span(0, 60, looks=2)], 15, id="two looks a minute apart are not a minute"),
        pytest.param([span(0, 60, looks=5)], 60, id="a look every fifteen seconds is enough"),
    ],
)
def test_the_time_that_was_looked_at(spans: list[LookSpan], seconds: float) -> None:
    coverage = Coverage({"cam1": 60})
    for one in spans:
        coverage.saw("cam1", one)
    assert coverage.seconds("cam1") == pytest.approx(seconds)


def test_whole_means_every_camera() -> None:
    coverage = Coverage({"cam1": 60, "cam2": 40})
    coverage.saw("cam1", span(0, 60))
    coverage.saw("cam2", span(0, 36))
    coverage.saw("cam9", span(0, 900))
    assert not coverage.whole()
    assert coverage.shares() == {"cam1": 1.0, "cam2": pytest.approx(0.9)}
    coverage.saw("cam2", span(0, 44))
    assert coverage.whole()
    assert not coverage.whole(times=2)
