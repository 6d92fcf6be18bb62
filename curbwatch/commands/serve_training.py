"""`curbwatch serve training-set`: what decided cases teach, as one archive, made on the machine of the API while it runs or not."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from api import belonging, log_signing, training
from api.archive import zipped
from api.database import Database
from api.moments import utc_now
from api.roles import Caller, Role
from api.settings import Settings
from api.training import Choice, TrainingSet
from curbwatch.commands.serve_people import COMMAND_LINE
from curbwatch.terminal import emit_json, fail
from evidence.kinds import load_catalogue

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("training-set", short_help="Export crops of decided cases to train detectors with.")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--since", type=DAY, help="Cases decided on this day (UTC) or later.")
@click.option("--until", type=DAY, help="Cases decided before this day (UTC).")
@click.option("--kind", "kinds", multiple=True, metavar="ID", help="Cases of this kind only, as in V2; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def training_set(
    target: Path, since: datetime | None, until: datetime | None, kinds: tuple[str, ...], as_json: bool, data_dir: Path, database_url: str | None,
    evidence_url: str | None,
) -> None:  # fmt: skip
    """Exports the crops of confirmed and rejected cases into TARGET, a new .zip file: boxes, classes and reasons in YOLO form, heads and plates covered.

    The API may run meanwhile. Who took it stands in the log; each crop says when it must be deleted. Rejected cases go after 30 days and take their crops
    along, so whoever trains exports monthly.

    \b
    Example: curbwatch serve training-set crops.zip --data-dir /srv/curbwatch
    Example: curbwatch serve training-set november.zip --since 2026-11-01 --until 2026-12-01 --kind V2 --data-dir /srv/curbwatch
    """
    settings = Settings.of(data_dir, database_url, evidence_url)
    catalogue = load_catalogue()
    unknown = next((kind for kind in kinds if catalogue.kind(kind) is None), None)
    if unknown is not None:
        fail(f"--kind: {unknown!r} is not in the catalogue; there are {', '.join(kind.id for kind in catalogue.kinds)}")
    if since is not None and until is not None and since >= until:
        fail(f"--since {since:%Y-%m-%d}: is not before --until {until:%Y-%m-%d}; there is no time between them")
    if target.exists():
        fail(f"{target}: is there already; name a new file")
    database, blobs = Database(settings.database), settings.blobs()
    key = belonging.own_key(settings, database)
    if key is None:
        fail(f"{database.shown}: there is no database yet; name the --data-dir of `curbwatch serve`")
    blobs.connect()
    with database.as_it_is():
        with database.read() as connection:
            belonging.check_folder(connection, settings)
        log_signing.begun(database, key, settings.heads_dir, utc_now())
        chosen, reader, now = Choice(_utc(since), _utc(until), kinds), Caller(COMMAND_LINE, Role.ADMIN), utc_now()
        with database.write() as connection:
            belonging.check_store(connection, blobs)
            training.note(connection, chosen, reader, now)
        made = TrainingSet(database, blobs, key, catalogue, chosen, reader, now)
        _write(target, made)
    counts = made.counts
    if as_json:
        emit_json({"file": str(target), "bytes": target.stat().st_size, "counts": counts})
        return
    told = ", ".join(f"{counts.get(use, 0)} {use}" for use in ("positive", "negative", "unlabelled"))
    click.echo(f"{target}: {told} crops, {target.stat().st_size / 1e6:.1f} MB" + (f"; {counts['missing']} were missing" if counts.get("missing") else ""))


def _write(target: Path, made: TrainingSet) -> None:
    """Whole or not at all: a draft beside it becomes the file once it is on the disk."""
    draft = target.with_name(f"{target.name}.draft")
    try:
        draft.touch(mode=0o600)  # people may be in it
        with draft.open("wb") as file:
            for piece in zipped(made.entries()):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        fail(f"{target}: cannot be written ({error.strerror or error})")
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
