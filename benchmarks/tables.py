"""Plain tables for people: columns as wide as their widest cell, numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence

Cell = str | int | float | None


def table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """The rows under their header, two spaces between columns; a column whose cells are all numbers or empty is set to the right."""
    texts = [[cell_text(cell) for cell in row] for row in rows]
    widths = [max(len(head), *(len(row[index]) for row in texts)) if texts else len(head) for index, head in enumerate(header)]
    right = [bool(rows) and all(row[index] is None or isinstance(row[index], int | float) for row in rows) for index in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in zip(cells, widths, right, strict=True)).rstrip()

    return "\n".join([line(header), line(["-" * width for width in widths]), *map(line, texts)])


def cell_text(cell: Cell) -> str:
    """A cell as people read it: three significant digits, thousands with commas, nothing for None."""
    if cell is None:
        return ""
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return str(cell)
    if isinstance(cell, int):
        return f"{cell:,}"
    size = abs(cell)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 or size == 0 else 3
    return f"{cell:,.{digits}f}"
