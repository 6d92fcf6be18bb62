"""`curbwatch bench kills`: power cuts and other trouble, and the count of what they cost."""

from __future__ import annotations

from pathlib import Path

import click

from curbwatch.commands.bench_parts import FOLDER, OUTPUT, chosen_model, progress, show


@click.command()
@click.option("--cuts", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How often worker, API or both are killed, 20 to 60 s apart.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of victims and moments; the same seed does the same wrong in the same order.")
@click.option("--folder", type=FOLDER, required=True, help="Disks, logs and the journal of the run.")
@click.option("--resume", is_flag=True, help="Go on with a run that was broken off.")
@click.option("--model", default="curbwatch-n-street", show_default=True)
@OUTPUT
def kills(cuts: int, seed: int, folder: Path, resume: bool, model: str, as_json: bool, out: Path | None) -> None:
    """Kills worker and case API while cameras bring an act a minute, breaks disk, line and clock beside it, and counts what is lost or there twice.

    Example: curbwatch bench kills --cuts 5 --folder /tmp/kills
    """
    from benchmarks.kills import run as work
    from detector.fleet.processes import stop_on_signals

    what = work.Kills(folder.absolute(), chosen_model(model), cuts, seed)
    show(work.run(what, resume=resume, stop=stop_on_signals(), progress=progress), as_json, out)
