"""Line plots as SVG, written by hand: a few panels over one another with a common x axis. No library, so the same figures give the same file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT, PANEL, GAP, HEAD, FOOT = 860, 84, 24, 190, 46, 44, 52
TITLE = 100
"""Room for a panel's title before its legend."""
COLOURS = ("#1f6feb", "#d1571c", "#2e8b57", "#8250df", "#6e7781")
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#333}.title{font-size:15px;font-weight:600}.panel{font-weight:600}"
    ".grid{stroke:#e3e6ea}.axis{stroke:#8b949e}.bound{stroke:#b62324;stroke-dasharray:5 4}.boundtext{fill:#b62324}"
)


@dataclass(frozen=True, slots=True)
class Series:
    """A line through points; `spread` has the lowest and highest of each point, drawn as a bar."""

    name: str
    points: Sequence[tuple[float, float]]
    spread: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram. `bounds` are horizontal lines with a text; the y axis begins at 0 unless `from_zero` is False."""

    title: str
    series: Sequence[Series]
    bounds: Sequence[tuple[float, str]] = ()
    from_zero: bool = True


def svg(title: str, panels: Sequence[Panel], x_label: str, *, x_ticks: Sequence[float] = (), log_x: bool = False) -> str:
    """The panels as one SVG document; with `log_x` equal ratios of x have equal distances."""
    xs = [x for panel in panels for series in panel.series for x, _ in series.points]
    low, high = (min(xs) if log_x else 0.0, max(xs)) if xs else (0.0, 1.0)
    across = _Scale(low, high if high > low else low + 1, LEFT, WIDTH - RIGHT, log=log_x)
    ticks = list(x_ticks) or [tick for tick in nice_ticks(low, high) if low <= tick <= high]
    height = HEAD + len(panels) * (PANEL + GAP) - GAP + FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/><text class="title" x="{LEFT}" y="24">{escape(title)}</text>',
    ]
    for number, panel in enumerate(panels):
        parts += _panel(panel, HEAD + number * (PANEL + GAP) + 18, across, ticks, last=number == len(panels) - 1)
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{height - 8}" text-anchor="middle">{escape(x_label)}</text></svg>')
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        low, high, value = (math.log(v) for v in (self.low, self.high, value)) if self.log else (self.low, self.high, value)
        return self.begin + (value - low) / (high - low) * (self.end - self.begin)


def _panel(panel: Panel, top: int, across: _Scale, ticks: Sequence[float], *, last: bool) -> list[str]:
    bottom = top + PANEL - 18
    values = [y for series in panel.series for _, y in series.points] + [y for series in panel.series for pair in series.spread for y in pair]
    values += [y for y, _ in panel.bounds] or []
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    low = min(0.0, low) if panel.from_zero else low
    marks = nice_ticks(low, high if high > low else low + 1, 4)
    up = _Scale(min(low, marks[0]), max(high, marks[-1]), bottom, top)
    parts = [f'<text class="panel" x="{LEFT}" y="{top - 8}">{escape(panel.title)}</text>']
    for mark in marks:
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up.at(mark):.1f}" y2="{up.at(mark):.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{up.at(mark) + 4:.1f}" text-anchor="end">{mark:,g}</text>')
    for tick in ticks:
        parts.append(f'<line class="axis" x1="{across.at(tick):.1f}" x2="{across.at(tick):.1f}" y1="{bottom}" y2="{bottom + 4}"/>')
        if last:
            parts.append(f'<text x="{across.at(tick):.1f}" y="{bottom + 18}" text-anchor="middle">{tick:g}</text>')
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{bottom}" y2="{bottom}"/>')
    for y, text in panel.bounds:
        parts.append(f'<line class="bound" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up.at(y):.1f}" y2="{up.at(y):.1f}"/>')
        parts.append(f'<text class="boundtext" x="{WIDTH - RIGHT}" y="{up.at(y) - 4:.1f}" text-anchor="end">{escape(text)}</text>')
    for number, series in enumerate(panel.series):
        parts += _series(series, COLOURS[number % len(COLOURS)], across, up)
        if len(panel.series) > 1:
            x = WIDTH - RIGHT - min(190, (WIDTH - LEFT - RIGHT - TITLE) // len(panel.series)) * (len(panel.series) - number)
            parts.append(f'<circle cx="{x}" cy="{top - 12}" r="4" fill="{COLOURS[number % len(COLOURS)]}"/>')
            parts.append(f'<text x="{x + 9}" y="{top - 8}">{escape(series.name)}</text>')
    return parts


def _series(series: Series, colour: str, across: _Scale, up: _Scale) -> list[str]:
    path = " ".join(f"{across.at(x):.1f},{up.at(y):.1f}" for x, y in series.points)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>']
    for (x, _), (low, high) in zip(series.points, series.spread, strict=False):
        parts.append(f'<line x1="{across.at(x):.1f}" x2="{across.at(x):.1f}" y1="{up.at(low):.1f}" y2="{up.at(high):.1f}" stroke="{colour}" opacity="0.5"/>')
    if len(series.points) <= 30:
        parts += [f'<circle cx="{across.at(x):.1f}" cy="{up.at(y):.1f}" r="3.2" fill="{colour}"/>' for x, y in series.points]
    return parts


def nice_ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Round numbers from below `low` to above `high`, about so many."""
    span = (high - low) or 1.0
    step = 10 ** math.floor(math.log10(span / about))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if span / (step * factor) <= about)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]
