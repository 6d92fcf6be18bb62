"""`bench ledger`: the newest results that are kept, as the tables of docs/performance.md.

The document has a pair of comments for each result, `<!-- ledger: ingest-h265 -->` and `<!-- end -->`; what stands between them is written anew from the
newest file of that name, so no figure is copied by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.columns import OF_BENCH, cells
from benchmarks.errors import ResultError
from benchmarks.results import LEDGER, Result, newest, read_result
from benchmarks.tables import cell_text
from benchmarks.targets import told

BLOCK = re.compile(r"(<!-- ledger: ([a-z0-9-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
NOTHING_YET = "Not measured yet.\n"


def written(document: str, folder: Path = LEDGER) -> str:
    """The document with every block written anew.

    Raises:
        ResultError: a kept result cannot be read.
    """

    def block(match: re.Match[str]) -> str:
        path = newest(match[2], folder)
        return f"{match[1]}{NOTHING_YET if path is None else as_markdown(read_result(path))}{match[3]}"

    return BLOCK.sub(block, document)


def as_markdown(result: Result) -> str:
    """A result: where and when, its table, what was asked of it, what is to be known."""
    columns = OF_BENCH[result.bench]
    rows = cells(result.rows, columns)
    shown = [number for number in range(len(columns)) if any(row[number] is not None for row in rows)]
    machine = result.machine
    rounds = result.settings.get("rounds")
    lines = [
        f"{machine.line}; {machine.at[:16].replace('T', ' ')}, commit {result.code}; {result.subject}{f'; medians of {rounds} rounds' if rounds else ''}.",
        "",
        "| " + " | ".join(columns[number][0] for number in shown) + " |",
        "|" + "---|" * len(shown),
        *("| " + " | ".join(_cell(row[number]) for number in shown) + " |" for row in rows),
        "",
    ]
    lines += [f"- {'**missed** ' if not target['met'] and target['counts'] else ''}{told(target)[7:]}" for target in result.targets]
    lines += [f"- {note}" for note in result.notes]
    lines += [f"- skipped {key}: {reason}" for key, reason in result.skipped.items()]
    return "\n".join(lines) + "\n"


def _cell(value: str | int | float | None) -> str:
    return cell_text(value).replace("|", "\\|")


def write(path: Path, folder: Path = LEDGER) -> bool:
    """Writes a document's blocks anew; whether anything changed.

    Raises:
        ResultError: the document, or a kept result, cannot be used.
    """
    try:
        before = path.read_text("utf-8")
        after = written(before, folder)
        path.write_text(after, "utf-8")
    except OSError as error:
        raise ResultError(f"{path} cannot be written anew ({error.strerror})") from error
    return after != before
