"""`curbwatch serve heads` and `check`: the log's signed heads, whether the database says what its log does; and what else keeps a city's evidence."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import click

from api import belonging, checking
from api import heads as log_heads
from api.checking_heads import worker_head_faults
from api.database import Database
from api.retention import RULES, with_days
from api.settings import Settings
from curbwatch.commands.serve_retention import days_of, keep, retention, sweep
from curbwatch.commands.serve_training import training_set
from curbwatch.terminal import EXIT_NO, complain, emit_json, fail

SAY_EVERY_SECONDS = 10.0
KEEP = click.option(
    "--keep",
    multiple=True,
    metavar="RULE=DAYS",
    help=f"At the first start: another period of a rule of retention ({', '.join(rule.id for rule in RULES)}); later `serve keep`.",
)
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
    return replace(settings, retention=with_days(RULES, days_of(keep, "--keep")))


def add_keeping(group: click.Group, *places: object) -> None:
    """Adds the commands to `serve`; `places` are the options that say where the data lies."""
    for command in (retention, sweep, heads, check, training_set):
        for option in reversed(places):
            command = option(command)  # type: ignore[operator]
        group.add_command(command)
    for option in reversed(places[:2]):
        option(keep)  # type: ignore[operator]
    group.add_command(keep)


@click.command(short_help="Print the log's signed heads.")
@click.option("--after", default="", metavar="DAY", help="Only those after this day, as in 2026-11-25.")
def heads(after: str, data_dir: Path, database_url: str | None, evidence_url: str | None) -> None:
    """Prints the signed heads of the log, one JSON line a day; keep them where nobody who runs the case API can change them. Says on standard error how many
    heads of workers' chains are kept beside them, and what is wrong with these.

    Example: curbwatch serve heads --data-dir /srv/curbwatch >> /elsewhere/heads.jsonl

    Exit status 1: a worker's head is not its worker's, or is not borne out by what is here; it is named.
    """
    if after and not log_heads.is_day(after):
        fail(f"--after {after[:40]!r}: is no day; write it like 2026-11-25")
    settings, seen = Settings.of(data_dir, database_url, evidence_url), checking.HeadsSeen()
    with Database(settings.database).looked_at() as connection:
        belonging.check_folder(connection, settings)
        signed = log_heads.heads_after(connection, after, 100_000)
        for head in signed:
            click.echo(json.dumps(head.document))
        found = [str(fault) for fault in worker_head_faults(connection, settings.heads_dir, seen)]
    if not signed:
        none = f"there is no signed head of a day after {after}" if after else "there is no signed head yet; an API that runs signs its log every ten minutes"
        complain(none)
    if seen.heads or found:
        click.echo("\n".join([*found, seen.sentence()]).strip(), err=True)
    if found:
        raise SystemExit(EXIT_NO)


@click.command(short_help="Check the database against its log.")
@click.option("--quick", is_flag=True, help="Look whether evidence files are there and as large as they must be, and do not hash them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(quick: bool, as_json: bool, data_dir: Path, database_url: str | None, evidence_url: str | None) -> None:
    """Checks the log's chain and signed heads; every packet, decision, hold, deletion and key, the registry, people, tokens, webhooks and orders against it;
    every case by what makes it; and every evidence file by its hash; while the API may run.

    \b
    Example: curbwatch serve check --data-dir /srv/curbwatch
    Example: curbwatch serve check --quick --data-dir /srv/curbwatch

    Exit status 1: something was changed, removed or added past the API; it is named. What older entries of the log do not hold enough for is counted and is no
    fault.
    """
    unchecked, seen = checking.Unchecked(), checking.HeadsSeen()
    found = findings(Settings.of(data_dir, database_url, evidence_url), quick=quick, unchecked=unchecked, seen=seen)
    if as_json:
        emit_json({"faults": found, "not_checked": dict(unchecked), "worker_heads": seen.heads})
    else:
        click.echo("\n".join(found) or "the database says what its log says; nothing is missing")
        if seen.heads:
            click.echo(seen.sentence())
        for sentence in unchecked.sentences():
            click.echo(f"not checked: {sentence}")
    if found:
        raise SystemExit(EXIT_NO)


def findings(settings: Settings, *, quick: bool = False, unchecked: checking.Unchecked | None = None, seen: checking.HeadsSeen | None = None) -> list[str]:
    """What does not fit in a database, its log and its store of files, one line each; unless it is to be quick, with every file's hash. `unchecked` counts what
    could not be checked, `seen` the heads of workers' chains that were.
    """
    database, blobs = Database(settings.database), settings.blobs()
    key = belonging.own_key(settings, database)
    if key is None:
        fail(f"{database.shown}: there is no database in use; name the --data-dir of `curbwatch serve`")
    blobs.connect()
    with database.as_it_is():
        with database.read() as connection:
            belonging.check_folder(connection, settings)
            belonging.check_store(connection, blobs)
            found = [str(fault) for fault in checking.faults(connection, key.public_key, blobs, settings.data_dir / "heads", unchecked, seen)]
        if not quick:
            found += [str(fault) for fault in checking.file_faults(database, blobs, _progress())]
    return found


def _progress() -> Callable[[checking.Hashed], None]:
    """Says every ten seconds how far the hashing has come."""
    said = time.monotonic()

    def say(hashed: checking.Hashed) -> None:
        nonlocal said
        if time.monotonic() - said > SAY_EVERY_SECONDS:
            said = time.monotonic()
            click.echo(f"{hashed.files:,} of {hashed.of_files:,} files hashed, {hashed.bytes / 1e9:.1f} of {hashed.of_bytes / 1e9:.1f} GB", err=True)

    return say
