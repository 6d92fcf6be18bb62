"""`curbwatch serve`: the case API and the review page."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from pathlib import Path

import click

from api import server
from api.backup import Copied
from api.backup import backup as make_backup
from api.backup import restore as restore_backup
from api.proxies import Proxies
from api.roles import Role
from api.service import opened
from api.settings import DEFAULT_DATA_DIR, Settings
from curbwatch.commands.serve_keeping import KEEP, SHARE, add_keeping, findings, with_rules
from curbwatch.commands.serve_people import add_people
from curbwatch.terminal import EXIT_NO, complain, emit_json
from detector.fleet.logs import begin_logging

DATA_DIR = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_DATA_DIR,
    show_default=True,
    envvar="CURBWATCH_DATA_DIR",
    help="Folder of database, evidence, keys and tokens.",
)
DATABASE_URL = click.option(
    "--database-url",
    envvar="CURBWATCH_DATABASE_URL",
    help="The database elsewhere: postgresql://USER@HOST/NAME (the password in PGPASSWORD or ~/.pgpass), or sqlite:///PATH.",
)
EVIDENCE_URL = click.option(
    "--evidence-url",
    envvar="CURBWATCH_EVIDENCE_URL",
    help="The evidence files elsewhere: s3://BUCKET/PREFIX?region=…&endpoint=… (the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or file:///PATH.",
)


TAKE_OVER = click.option(
    "--take-over",
    is_flag=True,
    help="The store of evidence files and the data folder are those of this database from now on; what had them before must never run again.",
)


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 for other machines too; put TLS in front.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 chooses a free one.")
@DATA_DIR
@DATABASE_URL
@EVIDENCE_URL
@KEEP
@SHARE
@TAKE_OVER
@click.option("--json", "as_json", is_flag=True, help="Print address and login link (a secret) as one JSON object, for a program that starts it.")
@click.pass_context
def serve(
    ctx: click.Context,
    host: str,
    port: int,
    data_dir: Path,
    database_url: str | None,
    evidence_url: str | None,
    keep: tuple[str, ...],
    double_review: float,
    take_over: bool,
    as_json: bool,
) -> None:
    """Serves the case API and the review page, until it is stopped.

    \b
    Example: curbwatch serve --port 8000 --data-dir /srv/curbwatch
    Tokens of workers and people lie in DATA_DIR/tokens; more are made by `curbwatch serve token`.
    """
    if ctx.invoked_subcommand is not None:
        return
    proxies = Proxies.of()
    begin_logging(logging.WARNING)
    server.end_on_signals()
    settings = replace(with_rules(Settings.of(data_dir, database_url, evidence_url), keep), double_review_share=double_review)
    with server.bind(host, port) as listener, opened(settings, take_over=take_over) as api:
        address = server.address_of(listener)
        token = api.first_tokens.get(Role.REVIEWER)
        link = None if token is None else f"{address}/login?token={token}"
        if as_json:
            emit_json({"address": address, "login": link, "data_dir": str(settings.data_dir)})
        else:
            told = _told_of_link(link, settings.tokens_dir / "reviewer.token")
            click.echo(f"case API and review page: {address}\n{told}tokens of workers and people: {settings.tokens_dir}")
        server.run(api, listener, proxies)


@serve.command(short_help="Copy everything into a new folder or .tar file.")
@click.argument("target", type=click.Path(path_type=Path))
@DATA_DIR
@DATABASE_URL
@EVIDENCE_URL
@click.option("--no-evidence", is_flag=True, help="Leave the evidence files out, where their bucket or disk is copied by itself.")
def backup(target: Path, data_dir: Path, database_url: str | None, evidence_url: str | None, no_evidence: bool) -> None:
    """Copies database, evidence, key and tokens into a new folder, or a file whose name ends in .tar, while the API may run.

    Keep it as secret as the data folder. The folder that it is made in must be there, and lies outside of the data folder.

    Example: curbwatch serve backup /backup/2026-11-25.tar --data-dir /srv/curbwatch
    """
    copied = make_backup(Settings.of(data_dir, database_url, evidence_url), target, evidence=not no_evidence)
    click.echo(f"{target}: {'a folder' if target.is_dir() else 'an archive'} with {_told(copied)}")


@serve.command(short_help="Make a new data folder out of a backup.")
@click.argument("source", type=click.Path(path_type=Path))
@DATA_DIR
@DATABASE_URL
@EVIDENCE_URL
@TAKE_OVER
@click.option(
    "--revocations",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The revocations.jsonl of the data folder of before, or a copy: rights that were taken away after the backup are taken away again, "
    "legal holds and longer periods set again.",
)
def restore(source: Path, data_dir: Path, database_url: str | None, evidence_url: str | None, take_over: bool, revocations: Path | None) -> None:
    """Makes a new data folder out of a backup, after checking all of it; with URLs, fills an empty database and a bucket: also those of the other kind.

    A bucket that another database has is left alone: rehearse on a copy of it. All sessions end; who may do what is told on standard error.

    At its end it does what `curbwatch serve check` does. Exit status 1: restored, but something was changed, removed or added past the API; it is named.

    \b
    Example: curbwatch serve restore /backup/2026-11-25.tar --data-dir /srv/curbwatch
    Example: curbwatch serve restore /backup/2026-11-25.tar --data-dir /srv/new --database-url postgresql://curb@db/cases --evidence-url s3://evidence
    """
    settings = Settings.of(data_dir, database_url, evidence_url)
    copied = restore_backup(source, settings, take_over=take_over, revocations_file=revocations, say=complain)
    found = findings(settings, quick=True)  # restoring has hashed all files
    if not found:
        click.echo(f"{settings.data_dir}: {_told(copied)}, all whole; the database says what its log says")
        return
    click.echo(f"{settings.data_dir}: {_told(copied)}; the files are whole, but what the database says is not what its log says ({len(found)}):")
    click.echo("\n".join(found))
    raise SystemExit(EXIT_NO)


def _told_of_link(link: str | None, file: Path) -> str:
    """The login link, on a terminal alone: what a service prints stands in a journal for good."""
    if link is None:
        return ""
    if sys.stdout.isatty():
        return f"login link of a reviewer: {link}\n"
    return f"login link of a reviewer: {link.partition('=')[0]}=TOKEN, with the token of {file}\n"


def _told(copied: Copied) -> str:
    elsewhere = f" ({copied.elsewhere} more stay in their store)" if copied.elsewhere else ""
    return f"{copied.files} evidence files{elsewhere}, {copied.bytes / 1e6:.1f} MB, {copied.log_entries} entries of the log"


add_keeping(serve, DATA_DIR, DATABASE_URL, EVIDENCE_URL)


add_people(serve, DATA_DIR, DATABASE_URL)
