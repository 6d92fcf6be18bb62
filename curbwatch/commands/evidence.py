"""`curbwatch evidence`: verifies packets, prints public keys and the packet schema."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from curbwatch.commands.evidence_coded import coded
from curbwatch.credentials import write_credentials
from curbwatch.published_keys import published_keys
from curbwatch.stamping import stamp_below
from curbwatch.terminal import EXIT_NO, emit_json, fail
from evidence.keyring import KnownKey, read_key_file
from evidence.report import PacketReport, Report, printable
from evidence.schema import manifest_schema
from evidence.stamps import read_roots
from evidence.verify import verify_path

DATA_DIR = Path("curbwatch-data")
"""Where `serve` and `watch` keep their folders unless they are told otherwise."""


@click.group()
def evidence() -> None:
    """Verifies evidence packets, shows public keys, prints the packet schema."""


evidence.add_command(coded)


@evidence.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--keys", "key_files", type=click.Path(path_type=Path), multiple=True, help="File of public keys to trust; repeat for several.")
@click.option("--tsa", "tsa_files", type=click.Path(path_type=Path), multiple=True, help="Root certificate (PEM) of a time stamping authority to trust.")
@click.option("--selection", is_flag=True, help="These are some packets of many: a gap in a chain is no fault.")
@click.option("--unreceipted", is_flag=True, help="Packets that were not delivered yet are among them: a missing receipt is no fault (in an export it is).")
@click.option("--json", "as_json", is_flag=True, help="The whole report as one JSON line.")
def verify(path: Path, key_files: tuple[Path, ...], tsa_files: tuple[Path, ...], selection: bool, unreceipted: bool, as_json: bool) -> None:
    """Verifies a packet's folder, a folder of packets or a .zip export, and names the file, field or link that fails.

    Without --keys the keys in keys/*.pub beside the packets are used; they show that packets are whole, not whose they are.

    Example: curbwatch evidence verify curbwatch-data/worker/packets --keys city.pub

    Exit status 1: something fails. 2: there is nothing to verify, or a key file cannot be used.
    """
    trusted: list[KnownKey] = [key for file in key_files for key in read_key_file(file)]
    roots = [root for file in tsa_files for root in read_roots(_bytes_of(file), str(file))]
    report = verify_path(path, trusted, selection=selection, unreceipted=unreceipted, roots=roots)
    if as_json:
        emit_json(report.to_json())
    else:
        click.echo("\n".join(_lines(report)))
    if not report.ok:
        raise SystemExit(EXIT_NO)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        fail(f"{path}: cannot be read ({error.strerror})")


def _lines(report: Report) -> Iterable[str]:
    for packet in report.packets:
        yield f"{'ok   ' if packet.ok else 'FAULT'}  {_summary(packet)}"
        yield from (f"       {fault}" for fault in packet.faults)
        yield from (f"       note: {printable(note)}" for note in packet.notes)
    for fault in report.faults:
        yield f"FAULT  {fault}"
    for note in report.notes:
        yield f"note   {printable(note)}"
    total, faults = len(report.packets), sum(1 for _ in report.all_faults())
    counted = f"{total} packet{'' if total == 1 else 's'}"
    yield f"{counted} verified, nothing fails" if report.ok else f"{counted} looked at, {faults} fault{'' if faults == 1 else 's'}"


def _summary(packet: PacketReport) -> str:
    if packet.packet_id is None:
        return printable(packet.path)
    facts = [
        f"{packet.packet_id} {packet.phase} {packet.kind} of camera {packet.camera}",
        f"{packet.files} of {packet.files_named} files, {packet.bytes / 1e6:.1f} MB",
        f"worker {packet.worker} no. {packet.sequence}, key {packet.key_id}",
    ]
    if packet.received_at is not None:
        facts.append(f"received {packet.received_at} as no. {packet.log_index}")
    if packet.withheld:
        facts.append(f"{packet.withheld} withheld")
    if packet.stamped_at is not None:
        facts.append(f"time stamp of {packet.stamped_at}")
    return printable("; ".join(facts))


@evidence.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--tsa-url", required=True, help="Address of a time stamping authority (RFC 3161 over HTTP).")
def stamp(path: Path, tsa_url: str) -> None:
    """Has packets, signed heads and an export's statement, in a folder or a .zip export, stamped by a time stamping authority; what has a stamp keeps it.

    Only hashes are sent. One stamp a day on a head covers all that came before it, and goes along in the exports of the case API whose folder it is.

    Example: curbwatch evidence stamp curbwatch-data/heads --tsa-url https://tsa.example/

    Exit status 1: there is nothing to stamp. 2: the authority cannot be asked, or refuses.
    """
    made = stamp_below(path, tsa_url)
    if not made:
        fail(f"{path}: holds no manifest, head or statement without a time stamp", status=EXIT_NO)
    click.echo("\n".join(printable(one) for one in made))


@evidence.command()
@click.argument("packet", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the copies.")
@click.option("--certificate", required=True, type=click.Path(path_type=Path), help="The signer's certificate and those above it (PEM).")
@click.option("--key", required=True, type=click.Path(path_type=Path), help="The signer's private key (PEM, Ed25519).")
@click.option("--originals", is_flag=True, help="All pictures, not only those whose heads and plates are covered.")
def credentials(packet: Path, out: Path, certificate: Path, key: Path, originals: bool) -> None:
    """Writes copies of a packet's pictures with content credentials (C2PA) in them, which name the packet; the packet stays as it is.

    Example: curbwatch evidence credentials PACKET --out shown --certificate city.pem --key city.key

    Exit status 1: the packet has no such pictures.
    """
    made = write_credentials(packet, out, _bytes_of(certificate), _bytes_of(key), originals=originals)
    if not made:
        fail(f"{packet}: holds no masked picture; --originals takes the others too", status=EXIT_NO)
    click.echo("\n".join(str(one) for one in made))


@evidence.command()
@click.option("--data-dir", type=click.Path(path_type=Path), default=DATA_DIR, show_default=True, help="Data folder of a worker or an API, or the one above.")
@click.option("--database-url", envvar="CURBWATCH_DATABASE_URL", help="The case API's database, where it lies elsewhere; as `serve --database-url`.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a key.")
def keys(data_dir: Path, database_url: str | None, as_json: bool) -> None:
    """Prints the public keys of a data folder, as `verify --keys` reads them; makes none.

    Of a case API these are its own and those of all workers that it ever knew, with the time at which one was revoked. Its database may be in use.

    Example: curbwatch evidence keys --data-dir curbwatch-data > city.pub

    Exit status 1: there are no keys yet.
    """
    if not data_dir.is_dir():
        fail(f"{data_dir}: there is no such folder; --data-dir names the one that `serve` or `watch` keeps its data in")
    found = published_keys(data_dir, database_url)
    for folder in found.incomplete:
        fail(f"{folder}: its database lies elsewhere, and in it the workers' keys; name it with --database-url, as `curbwatch serve` was told")
    if not found.keys:
        fail(f"{data_dir}: holds no keys yet; `serve` and `watch` make theirs when they first start", status=EXIT_NO)
    for one in found.keys:
        if as_json:
            until = None if one.key.until is None else one.key.until.isoformat()
            told = {"key_id": one.key.key.key_id, "public_key": one.key.key.to_base64(), "role": one.key.role, "name": one.key.name, "until": until}
            emit_json({**told, "found_in": one.found_in})
        else:
            click.echo(printable(str(one.key)))


@evidence.command()
@click.option("--signed", is_flag=True, help="The schema of what is posted and stored: the manifest with its signature.")
def schema(signed: bool) -> None:
    """Prints the JSON Schema of a packet's manifest.

    Example: curbwatch evidence schema > manifest.schema.json
    """
    click.echo(json.dumps(manifest_schema(signed=signed), ensure_ascii=False, indent=2))
