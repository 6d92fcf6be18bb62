"""`curbwatch serve token` and `serve person`: who may call, made on the machine of the API."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from api import belonging, log, log_signing, passwords, people, tokens
from api.database import Database
from api.errors import Refusal
from api.faults import FORMS
from api.moments import utc_now
from api.roles import Caller, Role, districts_of
from api.settings import Settings
from api.shapes_people import DISTRICT_OR_ALL, PersonRequest, PersonRole
from curbwatch.terminal import fail

COMMAND_LINE = tokens.COMMAND_LINE
"""Who made it, where nobody was asked."""
DAYS, MOST_DAYS = 90, 366


def _unit(_ctx: click.Context, _option: click.Parameter, unit: str | None) -> str | None:
    return None if unit is None else _visible(unit, "--unit")


def _districts(_ctx: click.Context, _option: click.Parameter, districts: tuple[str, ...]) -> tuple[str, ...]:
    for one in districts:
        if re.fullmatch(DISTRICT_OR_ALL, one) is None:
            fail(f"--district {one[:80]!r}: {FORMS[DISTRICT_OR_ALL][0]}")
    return districts


UNIT = click.option("--unit", callback=_unit, help="Where the person works; stands in the log beside the name.")
DISTRICTS = click.option(
    "--district", "districts", multiple=True, default=("*",), show_default=True, callback=_districts, help="A district to see; may be repeated."
)


@click.command(short_help="Make a token for one more program, person or worker.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What the token is for.")
@click.option("--name", required=True, help="Whose it is; stands in the log beside every decision.")
@UNIT
@DISTRICTS
@click.option("--days", type=click.IntRange(1, MOST_DAYS), help=f"How long it holds; {DAYS} by default, but for a worker's, which holds until it is revoked.")
def token(role: str, name: str, unit: str | None, districts: tuple[str, ...], days: int | None, data_dir: Path, database_url: str | None) -> None:
    """Makes a token for one more program, person or worker and prints it, once. Where NAME is a person's, it is a token of that person's own: with the
    person's role, unit and districts, whatever becomes of them.

    Example: curbwatch serve token --role reviewer --name "Li Na" --district lixia --data-dir /srv/curbwatch
    """
    wanted, now = Role(role), utc_now()
    ends_at = None if days is None and wanted is Role.WORKER else now + timedelta(days=days or DAYS)
    with for_writing(data_dir, database_url) as database, database.write() as connection:
        try:
            whose = next((row for row in people.all_people(connection) if row.name == _checked(name)), None)
            if whose is None:
                told: dict[str, Any] = {"unit": unit, "districts": districts_of(districts), "ends_at": ends_at, "made_by": COMMAND_LINE}
                made = tokens.new_token(connection, wanted, _checked(name), now, **told)
            elif whose.role == wanted.value and whose.disabled_at is None and unit is None and tuple(districts) == ("*",):
                made = tokens.new_token_of_person(connection, whose, now, ends_at, COMMAND_LINE)
            else:
                who = "is disabled" if whose.disabled_at is not None else f"has the role {whose.role}"
                fail(f"--name: is a person's, who {who}: a token has that role, and no unit or districts of its own")
            log.append(connection, log.LogEvent.TOKEN, now, COMMAND_LINE, {"change": "made", **tokens.made(connection, made)})
        except Refusal as refusal:
            fail(refusal.detail)
    until = "until it is revoked" if ends_at is None else f"until {ends_at.astimezone().isoformat(' ', 'minutes')}"
    click.echo(f"the token of {_checked(name)} ({role}), which is told only now and holds {until}:", err=True)
    click.echo(made)


@click.command(short_help="Make a person who signs in by name and password.")
@click.option("--role", type=click.Choice([role.value for role in Role if role is not Role.WORKER]), required=True, help="What the person does.")
@click.option("--name", required=True, help="The name to sign in with; stands in the log beside every decision.")
@UNIT
@DISTRICTS
def person(role: PersonRole, name: str, unit: str | None, districts: tuple[str, ...], data_dir: Path, database_url: str | None) -> None:
    """Makes a person and prints a first password, once; it must be changed at the first signing in, within seven days.

    The password alone is standard output; what it is for is said on standard error.

    Example: curbwatch serve person --role admin --name "Wang Wei" --unit "Town hall" --data-dir /srv/curbwatch
    """
    password, now = passwords.new_password(), utc_now()
    told = PersonRequest(name=_checked(name), role=role, unit=unit, districts=list(districts))
    with for_writing(data_dir, database_url) as database, database.write() as connection:
        try:
            people.add(connection, told, passwords.hashed(password), Caller(COMMAND_LINE, Role.ADMIN), now)
        except Refusal as refusal:
            fail(refusal.detail)
    until = (now + people.FIRST_PASSWORD).astimezone().isoformat(" ", "minutes")
    click.echo(f"{told.name} ({role}) signs in with this password, which is told only now, and sets another until {until}, within seven days:", err=True)
    click.echo(password)


@contextmanager
def for_writing(data_dir: Path, database_url: str | None) -> Iterator[Database]:
    """The database of an API, which may run, with its log signed by that one's key.

    Raises:
        ApiError: there is none, or it cannot be used, or is another's than the folder.
    """
    settings = Settings.of(data_dir, database_url)
    database = Database(settings.database)
    key = belonging.own_key(settings, database)
    if key is None or not database.exists():
        fail(f"{database.shown}: there is no database yet; name the --data-dir of `curbwatch serve`, and start that once first")
    with database.as_it_is():
        with database.read() as connection:
            belonging.check_folder(connection, settings)
        log_signing.begun(database, key, settings.heads_dir, utc_now())
        yield database


def _checked(name: str) -> str:
    return _visible(name, "--name")


def _visible(text: str, option: str) -> str:
    if not 0 < len(text.strip()) <= 100 or not text.isprintable():
        fail(f"{option}: has 1 to 100 signs that can be seen")
    return text.strip()


def add_people(group: click.Group, *options: Callable[[Any], Any]) -> None:
    """Adds the commands to `serve`, with its options for folder and database."""
    for command in (token, person):
        for option in reversed(options):
            option(command)
        group.add_command(command)
