"""Diagrams of shares as SVG, written by hand: curves over axes from 0 to 1, and a matrix in shades. No library, so the same figures give the same file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

COLOURS = ("#1f6feb", "#d1571c", "#2e8b57", "#8250df", "#b62324", "#0f7b8a", "#9a6700", "#bf3989", "#57606a", "#4d7c0f", "#3b3bb3", "#7d4e2d")
STYLE = (
    "text{font:12px system-ui,'Noto Sans CJK SC',sans-serif;fill:#333}.title{font-size:15px;font-weight:600}.grid{stroke:#e3e6ea}.axis{stroke:#8b949e}"
    ".even{stroke:#8b949e;stroke-dasharray:4 4}.small{font-size:11px;fill:#57606a}"
)
SIDE, LEFT, HEAD, FOOT, LEGEND = 400, 56, 44, 48, 236
SHADE = (31, 111, 235)


@dataclass(frozen=True, slots=True)
class Line:
    """A curve through points (x, y) of 0..1; with `dots` each point is shown, `dashed` marks what is only a bound or a comparison."""

    name: str
    points: Sequence[tuple[float, float]] | NDArray[np.float64]
    dots: bool = False
    dashed: bool = False


def chart(title: str, x_label: str, y_label: str, lines: Sequence[Line], *, diagonal: bool = False) -> str:
    """Curves over two axes from 0 to 1 as one SVG document, with a legend where there are several."""
    right, bottom = LEFT + SIDE, HEAD + SIDE
    width, height = right + (LEGEND if len(lines) > 1 else 24), bottom + FOOT
    parts = _begin(title, width, height)
    for tick in np.linspace(0, 1, 6):
        x, y = LEFT + tick * SIDE, bottom - tick * SIDE
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD}" y2="{bottom}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:.1f}</text>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{tick:.1f}</text>')
    parts.append(f'<path class="axis" fill="none" d="M{LEFT} {HEAD}V{bottom}H{right}"/>')
    if diagonal:
        parts.append(f'<line class="even" x1="{LEFT}" x2="{right}" y1="{bottom}" y2="{HEAD}"/>')
    for number, line in enumerate(lines):
        parts += _curve(line, COLOURS[number % len(COLOURS)], bottom)
        if len(lines) > 1:
            parts += _legend(line, COLOURS[number % len(COLOURS)], right + 18, HEAD + 10 + 19 * number)
    parts.append(f'<text x="{LEFT + SIDE / 2:.0f}" y="{height - 10}" text-anchor="middle">{escape(x_label)}</text>')
    parts.append(f'<text transform="translate(14 {HEAD + SIDE / 2:.0f}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text></svg>')
    return "\n".join(parts) + "\n"


def heat(title: str, names: Sequence[str], counts: NDArray[np.int64], *, rows: str, columns: str) -> str:
    """A square matrix (k, k) as one SVG document; each row is shaded by its shares, the cells hold the counts."""
    cell, left, head = 40, 138, 138
    side = cell * len(names)
    parts = _begin(title, left + side + 70, head + side + 40)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    for i, name in enumerate(names):
        y, x = head + i * cell, left + i * cell
        parts.append(f'<text x="{left - 8}" y="{y + cell / 2 + 4:.0f}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<text transform="translate({x + cell / 2 + 4:.0f} {head - 8}) rotate(-45)">{escape(name)}</text>')
        for j in range(len(names)):
            shade = ",".join(str(round(255 - (255 - channel) * shares[i, j])) for channel in SHADE)
            at = left + j * cell
            parts.append(f'<rect x="{at}" y="{y}" width="{cell}" height="{cell}" fill="rgb({shade})" stroke="#e3e6ea"/>')
            if counts[i, j]:
                ink = ' style="fill:#fff"' if shares[i, j] > 0.55 else ""
                parts.append(f'<text x="{at + cell / 2:.0f}" y="{y + cell / 2 + 4:.0f}" text-anchor="middle"{ink}>{counts[i, j]}</text>')
    parts.append(f'<text class="small" x="{left}" y="{head + side + 22}">{escape(rows)} ↓　{escape(columns)} →</text></svg>')
    return "\n".join(parts) + "\n"


def _begin(title: str, width: int, height: int) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/><text class="title" x="{min(LEFT, 20)}" y="24">{escape(title)}</text>',
    ]


def _curve(line: Line, colour: str, bottom: int) -> list[str]:
    at = [(LEFT + float(x) * SIDE, bottom - float(y) * SIDE) for x, y in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    dash = ' stroke-dasharray="5 4"' if line.dashed else ""
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8" stroke-linejoin="round"{dash}/>']
    if line.dots:
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{colour}"/>' for x, y in at]
    return parts


def _legend(line: Line, colour: str, x: int, y: int) -> list[str]:
    dash = ' stroke-dasharray="5 4"' if line.dashed else ""
    return [
        f'<line x1="{x}" x2="{x + 18}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2"{dash}/>',
        f'<text x="{x + 25}" y="{y + 4}">{escape(line.name)}</text>',
    ]
