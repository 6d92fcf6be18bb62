"""`python -m benchmarks.review`: 200 prepared cases judged by keyboard in a scripted browser."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from benchmarks.columns import OF_BENCH, cells
from benchmarks.results import write_result
from benchmarks.review.run import run
from benchmarks.tables import table
from benchmarks.targets import told


@click.command()
@click.option("--cases", type=click.IntRange(10, 100_000), default=200, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Keep the served data and the prepared packets here.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Keep the result as JSON in this file.")
def main(cases: int, folder: Path | None, out: Path | None) -> None:
    """Exit status 1 where a target was missed."""
    result = run(cases, folder, lambda line: click.echo(line, err=True))
    if out is not None:
        write_result(result, out)
    columns = OF_BENCH[result.bench]
    click.echo(f"{result.subject}; {result.machine.line}; {result.machine.at}, {result.code}\n")
    click.echo(table([head for head, _ in columns], cells(result.rows, columns)))
    click.echo("".join(f"\n- {note}" for note in result.notes))
    click.echo("\n".join(map(told, result.targets)))
    sys.exit(0 if all(target["met"] for target in result.targets) else 1)


main()
