"""`curbwatch bench exclusions`: how well the verifier recognises what excuses."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click

from curbwatch.commands.bench_parts import FOLDER
from curbwatch.terminal import emit_json


@click.command()
@click.argument("folders", metavar="FOLDER...", type=FOLDER, nargs=-1, required=True)
@click.option("--model", default="curbwatch-n-street", show_default=True, help="Name from `curbwatch models list`, or the path of an ONNX file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
def exclusions(folders: tuple[Path, ...], model: str, as_json: bool) -> None:
    """Recall of the exclusions that the verifier shows, and what it would wrongly excuse, on folders of `curbwatch street dataset`.

    \b
    Example: curbwatch street dataset --out rendered --seed 360000 --count 300
             curbwatch bench exclusions rendered --json
    """
    from dataclasses import asdict

    from benchmarks import exclusions as work

    with ExitStack() as stack:

        def begin(count: int) -> Callable[[], None]:
            bar = stack.enter_context(click.progressbar(length=count, label="things", file=sys.stderr))
            return lambda: bar.update(1)

        found = work.run(model, folders, begin)
    if not as_json:
        click.echo(work.as_text(found))
        return
    each = [{**asdict(one), "name": one.name.model_dump()} for one in found.exclusions]
    emit_json({**asdict(found), "exclusions": each})
