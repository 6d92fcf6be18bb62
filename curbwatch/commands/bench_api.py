"""`curbwatch bench api`: the case API with two million cases, on both databases."""

from __future__ import annotations

from pathlib import Path

import click

from curbwatch.commands.bench_parts import FOLDER, OUTPUT, progress, show


@click.command()
@click.option("--folder", type=FOLDER, required=True, help="Holds the databases (some 9 GB each) and is kept: filling them takes a quarter of an hour.")
@click.option("--cases", type=click.IntRange(5000, 100_000_000), default=2_000_000, show_default=True)
@click.option("--database", "databases", type=click.Choice(["sqlite", "postgresql"]), multiple=True, help="Only this one; both by default.")
@click.option("--seconds", type=click.FloatRange(1, 3600), default=120.0, show_default=True, help="That four clients look and decide.")
@click.option("--burst", type=click.IntRange(0, 100_000), default=3000, show_default=True, help="Packets within one minute.")
@click.option("--steady-seconds", type=click.FloatRange(0, 86_400), default=600.0, show_default=True, help="That packets come at two a second afterwards.")
@click.option("--no-peer", is_flag=True, help="Leave out the plain FastAPI and SQLAlchemy loop.")
@OUTPUT
def api(
    folder: Path, cases: int, databases: tuple[str, ...], seconds: float, burst: int, steady_seconds: float, no_peer: bool, as_json: bool, out: Path | None
) -> None:  # fmt: skip
    """List, filter, search, claim and decide among two million cases with four clients at once, and packets as a city sends them, each with its receipt.

    \b
    Example: curbwatch bench api --folder /var/tmp/curbwatch-bench
    Where root measures, another user runs PostgreSQL: name a folder that everybody may enter.
    """
    from benchmarks.case_api.run import Plan, run

    plan = Plan(folder.absolute(), cases, seconds, burst, steady_seconds, databases or ("sqlite", "postgresql"), not no_peer)
    show(run(plan, progress), as_json, out)
