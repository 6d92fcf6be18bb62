"""Columns on a terminal, where a Chinese sign takes two cells and a combining one none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence


def cells(text: str) -> int:
    """How many terminal cells a text takes (Unicode Standard Annex 11: wide and full-width signs take two)."""
    return sum(0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def pad(text: str, width: int) -> str:
    """The text with spaces up to a width in cells."""
    return text + " " * max(0, width - cells(text))


def table(head: Sequence[str] | None, rows: Iterable[Sequence[str]], gap: str = "  ") -> list[str]:
    """Lines with aligned columns, the head first where there is one."""
    lines = [*([head] if head else []), *rows]
    widths = [max(cells(text) for text in column) for column in zip(*lines, strict=True)]
    return [gap.join(pad(text, width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines]
