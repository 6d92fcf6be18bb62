"""`curbwatch serve retention`, `heads` and `check`: what is deleted when, the log's signed heads, whether the database says what its log does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import click

from api import checking, housekeeping
from api import heads as log_heads
from api.database import Database
from api.retention import RULES, with_days
from api.service import opened
from api.settings import Settings
from curbwatch.commands.serve_training import training_set
from curbwatch.terminal import EXIT_NO, emit_json, fail
from evidence.signing import SigningKey

BY_COMMAND = "serve retention"
"""Who deletes, and says that the clock is right, where the command is given."""
SAY_EVERY_SECONDS = 10.0
KEEP = click.option("--keep", multiple=True, metavar="RULE=DAYS", help=f"Another period of a rule of retention: {', '.join(rule.id for rule in RULES)}.")
SHARE = click.option(
    "--double-review",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    envvar="CURBWATCH_DOUBLE_REVIEW",
    help="Share of cases that a second person decides too, without knowing the first decision.",
)


def with_rules(settings: Settings, keep: Iterable[str]) -> Settings:
    """The settings with other periods, as `--keep` names them."""
    days: dict[str, int] = {}
    for told in keep:
        name, _, number = told.partition("=")
        if not number.isdecimal():
            fail(f"--keep: {told!r} is not of the form RULE=DAYS, as in --keep rejected=15")
        days[name] = int(number)
    return replace(settings, retention=with_days(RULES, days))


def add_keeping(group: click.Group, *places: object) -> None:
    """Adds the commands to `serve`; `places` are the options that say where the data lies."""
    for command in (retention, heads, check, training_set):
        for option in reversed(places):
            command = option(command)  # type: ignore[operator]
        group.add_command(command)


@click.command(short_help="Delete evidence whose time is over, or say what would go.")
@click.option("--dry-run", is_flag=True, help="Only say what is due by which rule.")
@click.option("--clock-is-right", is_flag=True, help="This machine's clock was in doubt, and is right now; it stands in the log.")
@KEEP
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def retention(
    dry_run: bool, clock_is_right: bool, keep: tuple[str, ...], as_json: bool, data_dir: Path, database_url: str | None, evidence_url: str | None
) -> None:
    """Deletes the evidence of cases whose time is over; each deletion leaves a signed record. A running server does so every hour by itself.

    Example: curbwatch serve retention --dry-run --data-dir /srv/curbwatch
    """
    settings = with_rules(Settings.of(data_dir, database_url, evidence_url), keep)
    with opened(settings) as api:
        before = housekeeping.outlook(api)
        done = None if dry_run else housekeeping.retain(api, BY_COMMAND, clock_is_right=clock_is_right)
    erased, waits = (None, before.waits) if done is None else (done.erased, done.waits)
    if as_json:
        emit_json({**before.model_dump(mode="json"), "erased": erased, "waits": waits})
        return
    for rule in before.rules:
        click.echo(f"{rule.id:10} {rule.days:5} days   {rule.due} due   {rule.text.zh} / {rule.text.en}")
    if waits is not None:
        click.echo(f"nothing is deleted: {waits}; once the clock is right, say --clock-is-right")
    click.echo(f"under legal hold: {before.held}; {'nothing was deleted (--dry-run)' if erased is None else f'evidence of {erased} cases was deleted'}")


@click.command(short_help="Print the log's signed heads.")
@click.option("--after", default="", metavar="DAY", help="Only those after this day, as in 2026-11-25.")
def heads(after: str, data_dir: Path, database_url: str | None, evidence_url: str | None) -> None:
    """Prints the signed heads of the log, one JSON line a day; keep them where nobody who runs the case API can change them.

    Example: curbwatch serve heads --data-dir /srv/curbwatch >> /elsewhere/heads.jsonl
    """
    database = Database(Settings.of(data_dir, database_url, evidence_url).database)
    if not database.exists():
        fail(f"{database.shown}: there is no database yet; name the --data-dir of `curbwatch serve`")
    database.open()
    try:
        with database.read() as connection:
            for head in log_heads.heads_after(connection, after, 100_000):
                click.echo(json.dumps(head.document))
    finally:
        database.close()


@click.command(short_help="Check the database against its log.")
@click.option("--quick", is_flag=True, help="Look whether evidence files are there and as large as they must be, and do not hash them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(quick: bool, as_json: bool, data_dir: Path, database_url: str | None, evidence_url: str | None) -> None:
    """Checks the log's chain and signed heads; every packet, decision, hold, deletion and key against it; every case by what makes it; and every evidence file
    by its hash; while the API may run.

    \b
    Example: curbwatch serve check --data-dir /srv/curbwatch
    Example: curbwatch serve check --quick --data-dir /srv/curbwatch

    Exit status 1: something was changed, removed or added past the API; it is named.
    """
    found = findings(Settings.of(data_dir, database_url, evidence_url), quick=quick)
    if as_json:
        emit_json({"faults": found})
    else:
        click.echo("\n".join(found) or "the database says what its log says; nothing is missing")
    if found:
        raise SystemExit(EXIT_NO)


def findings(settings: Settings, *, quick: bool = False) -> list[str]:
    """What does not fit in a database, its log and its store of files, one line each; unless it is to be quick, with every file's hash."""
    database, blobs = Database(settings.database), settings.blobs()
    if not database.exists():
        fail(f"{database.shown}: there is no database yet; name the --data-dir of `curbwatch serve`")
    blobs.connect()
    database.open()
    try:
        with database.read() as connection:
            key = SigningKey.load(settings.key_file).public_key
            found = [str(fault) for fault in checking.faults(connection, key, blobs, settings.data_dir / "heads")]
        if not quick:
            found += [str(fault) for fault in checking.file_faults(database, blobs, _progress())]
        return found
    finally:
        database.close()


def _progress() -> Callable[[checking.Hashed], None]:
    """Says every ten seconds how far the hashing has come."""
    said = time.monotonic()

    def say(hashed: checking.Hashed) -> None:
        nonlocal said
        if time.monotonic() - said > SAY_EVERY_SECONDS:
            said = time.monotonic()
            click.echo(f"{hashed.files:,} of {hashed.of_files:,} files hashed, {hashed.bytes / 1e9:.1f} of {hashed.of_bytes / 1e9:.1f} GB", err=True)

    return say
