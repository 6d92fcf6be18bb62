"""What the commands of `curbwatch bench` share: options, the clip and the model that are named, and how a result is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from curbwatch.terminal import emit_json

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def options(*them: Option) -> Option:
    """Several options as one decorator, in the order in which they are listed."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(them):
            command = option(command)
        return command

    return decorate


OUTPUT = options(
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table."),
    click.option("--out", type=FILE, help="Keep the JSON in this file too."),
)
CLIP = options(
    click.option("--codec", type=click.Choice(["h264", "h265"]), default="h264", show_default=True, help="Of the drawn street, made once and kept."),
    click.option("--clip", type=FILE, help="Play this clip instead (MP4, H.264 or H.265)."),
    click.option("--clips", type=FOLDER, help="Where the drawn street is kept; by default the user's cache."),
)
WINDOW = options(
    click.option("--look-seconds", type=click.FloatRange(0.5, 60), default=4.0, show_default=True, help="One look per camera and so many seconds."),
    click.option("--seconds", type=click.FloatRange(1, 600), default=12.0, show_default=True, help="Of each window; a multiple of the look interval."),
    click.option("--warm-up", type=click.FloatRange(0, 120), default=16.0, show_default=True, help="Seconds before each window; rings fill for 15."),
    click.option("--rounds", type=click.IntRange(1, 20), default=1, show_default=True, help="Windows of each contender, in turns; the table has medians."),
)


def show(result: Any, as_json: bool, out: Path | None) -> None:
    """Keeps a result where that is asked for, and prints it as a table or as JSON."""
    from benchmarks.columns import OF_BENCH, cells
    from benchmarks.results import write_result
    from benchmarks.tables import table
    from benchmarks.targets import told

    if out is not None:
        write_result(result, out)
    if as_json:
        emit_json(result.as_json())
        return
    beside = sum(row.get("beside_seconds", 0) for row in result.rows)
    columns = OF_BENCH[result.bench]
    click.echo(f"bench {result.bench}: {result.subject}")
    click.echo(f"{result.machine.line}; {result.machine.at}, {result.code}; beside the contenders {beside:.0f} CPU s were used\n")
    click.echo(table([head for head, _ in columns], cells(result.rows, columns)))
    for key, reason in result.skipped.items():
        click.echo(f"skipped {key}: {reason}")
    click.echo("".join(f"\n- {note}" for note in result.notes))
    if result.targets:
        click.echo("\n" + "\n".join(map(told, result.targets)))


def chosen_clip(codec: str, clip: Path | None, folder: Path | None) -> Any:
    """The clip that was named, else the drawn street, made first where it is missing."""
    from benchmarks.clips import RECIPES, default_folder, ensure_clip, read_clip

    if clip is not None:
        return read_clip(clip)
    recipe = RECIPES[codec]
    return read_clip(ensure_clip(recipe, folder or default_folder(), progress), recipe.description)


def chosen_model(model: str) -> str:
    """The path of a model by name or path."""
    from models.shelf import find_model

    return str(find_model(model).resolve())


def progress(text: str) -> None:
    """Says what is going on, beside the result."""
    click.echo(text, err=True)
