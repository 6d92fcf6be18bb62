from __future__ import annotations

from xml.etree import ElementTree

import pytest

from benchmarks.plots import Panel, Series, nice_ticks, svg


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        pytest.param(0.0, 10.0, [0, 2, 4, 6, 8, 10], id="whole numbers"),
        pytest.param(0.0, 0.9, [0, 0.2, 0.4, 0.6, 0.8, 1.0], id="beyond the highest"),
        pytest.param(95.0, 130.0, [90, 100, 110, 120, 130], id="from below the lowest"),
        pytest.param(3.0, 3.0, [3.0], id="one value"),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high) == pytest.approx(ticks)


def test_a_plot_is_one_svg_with_a_line_for_each_series_and_a_bound() -> None:
    line = Series("TCP <fast>", [(25, 1.0), (100, 1.1), (400, 1.05)], [(0.9, 1.2), (1.0, 1.2), (1.0, 1.1)])
    text = svg("cost & size", [Panel("ms", [line, Series("UDP", [(25, 2.0)])], [(1.2, "bound")])], "cameras", x_ticks=(25, 100, 400), log_x=True)
    root = ElementTree.fromstring(text)
    lines = root.findall("{*}polyline")
    assert len(lines) == 2
    places = [float(pair.split(",")[0]) for pair in (lines[0].get("points") or "").split()]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.2), "equal ratios have equal distances"
    assert [one for one in root.iter() if one.get("class") == "bound"]
    assert "TCP <fast>" in [one.text for one in root.iter()]


def test_the_same_figures_make_the_same_file_and_nothing_makes_an_empty_one() -> None:
    panels = [Panel("p", [Series("s", [(float(n), 5.0) for n in range(40)])], from_zero=False)]
    assert svg("t", panels, "x") == svg("t", panels, "x")
    ElementTree.fromstring(svg("t", [Panel("p", [])], "x"))
