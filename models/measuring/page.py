"""A report as one folder: `index.html` in Chinese and English with its pictures beside it, and `figures.json` with every figure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from models.errors import EvaluationError

Cell = str | int | float | None
STYLE = """
:root{color-scheme:light}
body{font:15px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;color:#1f2328;background:#fff;
  max-width:1180px;margin:0 auto;padding:28px 24px 60px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:38px 0 4px;padding-top:14px;border-top:1px solid #d8dee4}
p{margin:4px 0;max-width:80ch}.en{color:#57606a}.facts{color:#57606a;font-size:13px;margin:10px 0 0}
table{border-collapse:collapse;margin:14px 0;font-variant-numeric:tabular-nums}
th,td{padding:4px 14px 4px 0;text-align:right;border-bottom:1px solid #eaeef2;vertical-align:bottom}
th:first-child,td:first-child{text-align:left}
th{font-weight:600;font-size:13px;border-bottom:1px solid #8b949e}th small{display:block;font-weight:400;color:#57606a}
figure{margin:16px 20px 8px 0;display:inline-block;vertical-align:top;max-width:100%}img{max-width:100%;border:1px solid #eaeef2}
.half{width:560px}
figcaption{font-size:13px;color:#57606a}
"""


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence or a word in both languages."""

    zh: str
    en: str


@dataclass(slots=True)
class Page:
    """A page that is put together piece by piece and written once."""

    folder: Path
    title: Text
    facts: str = ""
    _parts: list[str] = field(default_factory=list)

    def section(self, title: Text, *notes: Text) -> None:
        """Begins a section with a few sentences."""
        self._parts.append(f"<h2>{escape(title.zh)}　<span class=en>{escape(title.en)}</span></h2>")
        for note in notes:
            self.note(note)

    def note(self, note: Text) -> None:
        """A sentence."""
        self._parts.append(f"<p lang=zh>{escape(note.zh)}</p><p class=en lang=en>{escape(note.en)}</p>")

    def table(self, header: Sequence[Text], rows: Sequence[Sequence[Cell]]) -> None:
        """Rows under their header; a float is shown with three digits, None as a dash."""
        head = "".join(f"<th>{escape(text.zh)}<small>{escape(text.en)}</small></th>" for text in header)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell_text(cell))}</td>" for cell in row) + "</tr>" for row in rows)
        self._parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")

    def picture(self, path: Path, caption: Text, *, half: bool = False) -> None:
        """A picture that lies in the page's folder, as wide as the page or half so."""
        name = escape(path.relative_to(self.folder).as_posix(), quote=True)
        self._parts.append(
            f'<figure{" class=half" if half else ""}><a href="{name}"><img src="{name}" alt="{escape(caption.en, quote=True)}" loading=lazy></a>'
            f"<figcaption>{escape(caption.zh)}　{escape(caption.en)}</figcaption></figure>"
        )

    def drawing(self, name: str, svg: str, caption: Text, *, half: bool = True) -> None:
        """Writes an SVG into the folder and shows it."""
        path = self.folder / f"{name}.svg"
        _write(path, svg)
        self.picture(path, caption, half=half)

    def write(self, figures: Mapping[str, Any]) -> Path:
        """Writes `figures.json` and `index.html`; returns the page's path.

        Raises:
            EvaluationError: the folder cannot be written to.
        """
        _write(self.folder / "figures.json", json.dumps(figures, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
        path = self.folder / "index.html"
        _write(
            path,
            f'<!doctype html><html lang=zh><meta charset=utf-8><meta name=viewport content="width=device-width"><title>{escape(self.title.zh)} '
            f"{escape(self.title.en)}</title><style>{STYLE}</style><h1>{escape(self.title.zh)}</h1><p class=en>{escape(self.title.en)}</p>"
            f"<p class=facts>{escape(self.facts)}</p>{''.join(self._parts)}</html>\n",
        )
        return path


def open_page(folder: Path, title: Text, facts: str) -> Page:
    """A page in a folder, which is made where it is not there.

    Raises:
        EvaluationError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvaluationError(f"the report's folder {folder} cannot be made: {error.strerror or error}") from None
    return Page(folder, title, facts)


def cell_text(cell: Cell) -> str:
    """A cell as people read it: shares with three digits, counts as they are, a dash for what there is not."""
    if cell is None:
        return "–"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror or error}") from None
