"""`curbwatch serve retention`, `keep` and `sweep`: what is deleted when, how long evidence is kept, and files that no packet names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from api import belonging, housekeeping, periods, unnamed
from api.database import Database
from api.errors import Refusal
from api.moments import utc_now
from api.retention import RULES, with_days
from api.service import opened
from api.settings import Settings
from api.shapes import RetentionShown
from api.timekeeping import Timekeeper, steady_seconds
from curbwatch.commands.serve_people import COMMAND_LINE, for_writing
from curbwatch.terminal import emit_json, fail

BY_COMMAND = "serve retention"
"""Who deletes, and says that the clock is right, where the command is given."""


def days_of(told: Iterable[str], option: str) -> dict[str, int]:
    """Days by rule, as RULE=DAYS names them."""
    days: dict[str, int] = {}
    for one in told:
        name, _, number = one.partition("=")
        if not number.isdecimal():
            fail(f"{option}: {one!r} is not of the form RULE=DAYS, as in rejected=15")
        days[name] = int(number)
    with_days(RULES, days)
    return days


@click.command(short_help="Delete evidence whose time is over, or say what would go.")
@click.option("--dry-run", is_flag=True, help="Only say what is due by which rule; the API may run.")
@click.option("--clock-is-right", is_flag=True, help="This machine's clock was in doubt, and is right now; it stands in the log.")
@click.option("--keep", multiple=True, metavar="RULE=DAYS", help="With --dry-run: what would be due by another period.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def retention(
    dry_run: bool, clock_is_right: bool, keep: tuple[str, ...], as_json: bool, data_dir: Path, database_url: str | None, evidence_url: str | None
) -> None:
    """Deletes the evidence of cases whose time is over; each deletion leaves a signed record. A running server does so every hour by itself.

    Example: curbwatch serve retention --dry-run --data-dir /srv/curbwatch
    """
    settings, days = Settings.of(data_dir, database_url, evidence_url), days_of(keep, "--keep")
    if dry_run:
        database = Database(settings.database)
        belonging.own_key(settings, database)
        with database.looked_at() as connection:
            belonging.check_folder(connection, settings)
            _say(housekeeping.outlook_of(connection, Timekeeper.of(connection, utc_now, steady_seconds), days), None, as_json)
        return
    if days:
        fail("--keep: changes no period here; say `curbwatch serve keep RULE=DAYS`, or ask what would be due with --dry-run")
    with opened(settings) as api:
        before = housekeeping.outlook(api)
        done = housekeeping.retain(api, BY_COMMAND, clock_is_right=clock_is_right)
    _say(before.model_copy(update={"waits": done.waits}), done.erased, as_json)


def _say(told: RetentionShown, erased: int | None, as_json: bool) -> None:
    if as_json:
        emit_json({**told.model_dump(mode="json"), "erased": erased})
        return
    for rule in told.rules:
        later = "" if rule.next_at is None else f"; {rule.next_days} days from {rule.next_at.astimezone():%Y-%m-%d %H:%M} on"
        click.echo(f"{rule.id:10} {rule.days:5} days   {rule.due} due   {rule.text.zh} / {rule.text.en}{later}")
    if told.waits is not None:
        click.echo(f"nothing is deleted: {told.waits}" + ("; once the clock is right, say --clock-is-right" if "clock" in told.waits else ""))
    click.echo(f"under legal hold: {told.held}; {'nothing was deleted (--dry-run)' if erased is None else f'evidence of {erased} cases was deleted'}")


@click.command(short_help="Change how long evidence is kept.")
@click.argument("periods_wanted", nargs=-1, required=True, metavar="RULE=DAYS...")
def keep(periods_wanted: tuple[str, ...], data_dir: Path, database_url: str | None) -> None:
    """Changes how long evidence is kept by a rule; the API may run. A longer period holds at once, a shorter one in a day. It stands in the log.

    Example: curbwatch serve keep rejected=15 case=730 --data-dir /srv/curbwatch
    """
    days, now = days_of(periods_wanted, "RULE=DAYS"), utc_now()
    with for_writing(data_dir, database_url) as database, database.write() as connection:
        try:
            for rule, number in days.items():
                periods.change(connection, rule, number, COMMAND_LINE, now)
        except Refusal as refusal:
            fail(refusal.detail)
        told = housekeeping.outlook_of(connection, Timekeeper.of(connection, utc_now, steady_seconds))
    _say(told, None, as_json=False)


@click.command(short_help="Set files aside that no packet names.")
@click.option("--all", "all_of_them", is_flag=True, help="Also where they are many: you have seen that the database is the right one.")
def sweep(all_of_them: bool, data_dir: Path, database_url: str | None, evidence_url: str | None) -> None:
    """Sets files aside that no packet came to name within a week, and deletes those that have lain aside for another. A running server does so every day by
    itself, unless they are many.

    Example: curbwatch serve sweep --all --data-dir /srv/curbwatch
    """
    with opened(Settings.of(data_dir, database_url, evidence_url)) as api:
        moved = unnamed.sweep(api, all_of_them=all_of_them)
    click.echo(f"{moved} files were set aside; those that no packet names by then are deleted in a week")
