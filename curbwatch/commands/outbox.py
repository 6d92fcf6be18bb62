"""`curbwatch outbox`: what a worker has not brought to the case API, and another try for what the API has refused."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from curbwatch.terminal import EXIT_NO, emit_json, fail
from detector.worker.outside import kept, try_again

DATA_DIR = click.option("--data-dir", type=click.Path(path_type=Path), required=True, help="The worker's data folder; the worker may run.")


@click.group()
def outbox() -> None:
    """What a worker has not brought to the case API, and another try for what the API has refused."""


@outbox.command("list")
@DATA_DIR
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per packet.")
def list_(data_dir: Path, as_json: bool) -> None:
    """Lists the packets that wait, were refused, were given up or are lost, with the reason.

    Example: curbwatch outbox list --data-dir /srv/worker
    """
    for one in kept(data_dir):
        since = datetime.fromtimestamp(one.since, UTC)
        if as_json:
            emit_json({**asdict(one), "since": since.isoformat()})
        else:
            told = f"  {' '.join(one.reason.split())}" if one.reason else ""
            click.echo(f"{one.packet_id}  {one.state:<8}  {since:%Y-%m-%d %H:%M:%S}Z  {one.camera_id or '-'}  {one.attempts} failed{told}")


@outbox.command()
@click.argument("packets", metavar="PACKET", nargs=-1)
@DATA_DIR
def retry(packets: tuple[str, ...], data_dir: Path) -> None:
    """Has refused packets delivered again: those that are named, or all of them. Without it a worker tries again once a day.

    Example: curbwatch outbox retry --data-dir /srv/worker

    Exit status 1: one that is named is not among the refused.
    """
    done = try_again(data_dir, packets)
    click.echo(f"{len(done)} refused packets wait again")
    unknown = [one for one in packets if one not in done]
    if unknown:
        fail(f"not among the refused packets of {data_dir}: {', '.join(unknown)}", status=EXIT_NO)
