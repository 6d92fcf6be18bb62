"""`curbwatch serve token` and `serve person`: who may call, made on the machine of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from api import passwords, people, tokens
from api.database import Database
from api.errors import Refusal
from api.moments import utc_now
from api.roles import Caller, Role, districts_of
from api.settings import Settings
from api.shapes_people import PersonRequest, PersonRole
from curbwatch.terminal import fail

COMMAND_LINE = "command line"
"""Who made it, where nobody was asked."""
UNIT = click.option("--unit", help="Where the person works; stands in the log beside the name.")
DISTRICTS = click.option("--district", "districts", multiple=True, default=("*",), show_default=True, help="A district to see; may be repeated.")


@click.command(short_help="Make a token for one more program, person or worker.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What the token is for.")
@click.option("--name", required=True, help="Whose it is; stands in the log beside every decision.")
@UNIT
@DISTRICTS
def token(role: str, name: str, unit: str | None, districts: tuple[str, ...], data_dir: Path, database_url: str | None) -> None:
    """Makes a token for one more program, person or worker and prints it, once.

    Example: curbwatch serve token --role reviewer --name "Li Na" --district lixia --data-dir /srv/curbwatch
    """
    with _database(data_dir, database_url) as database, database.write() as connection:
        click.echo(
            tokens.new_token(connection, Role(role), _checked(name), utc_now(), unit=unit, districts=districts_of(districts), made_by=COMMAND_LINE),
        )


@click.command(short_help="Make a person who signs in by name and password.")
@click.option("--role", type=click.Choice([role.value for role in Role if role is not Role.WORKER]), required=True, help="What the person does.")
@click.option("--name", required=True, help="The name to sign in with; stands in the log beside every decision.")
@UNIT
@DISTRICTS
def person(role: PersonRole, name: str, unit: str | None, districts: tuple[str, ...], data_dir: Path, database_url: str | None) -> None:
    """Makes a person and prints a first password, once; it must be changed at the first signing in, within a week.

    Example: curbwatch serve person --role admin --name "Wang Wei" --unit "Town hall" --data-dir /srv/curbwatch
    """
    password = passwords.new_password()
    told = PersonRequest(name=_checked(name), role=role, unit=unit, districts=list(districts))
    with _database(data_dir, database_url) as database, database.write() as connection:
        try:
            people.add(connection, told, passwords.hashed(password), Caller(COMMAND_LINE, Role.ADMIN), utc_now())
        except Refusal as refusal:
            fail(refusal.detail)
    click.echo(password)


@contextmanager
def _database(data_dir: Path, database_url: str | None) -> Iterator[Database]:
    database = Database(Settings.of(data_dir, database_url).database)
    if not database.exists():
        fail(f"{database.shown}: there is no database yet; name the --data-dir of `curbwatch serve`, and start that once first")
    database.open()
    try:
        yield database
    finally:
        database.close()


def _checked(name: str) -> str:
    if not 0 < len(name.strip()) <= 100 or not name.isprintable():
        fail("--name: has 1 to 100 signs that can be seen")
    return name.strip()


def add_people(group: click.Group, *options: Callable[[Any], Any]) -> None:
    """Adds the commands to `serve`, with its options for folder and database."""
    for command in (token, person):
        for option in reversed(options):
            option(command)
        group.add_command(command)
