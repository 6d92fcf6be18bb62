"""`curbwatch cameras`: what a camera is, and lists of thousands of them taken whole or not at all."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
import time
from dataclasses import asdict
from pathlib import Path

import click

from curbwatch.commands.cameras_registry import assign, register
from curbwatch.terminal import EXIT_NO, complain, emit_json, fail
from curbwatch.worker_access import check_api, is_token
from detector.camera_rows import RegisteredCamera
from detector.registry_file import RegistryFileError, read_cameras, write_cameras
from detector.worker.enrolment import EnrolmentError
from detector.worker.enrolment import enroll as enrol_worker
from streams.camera import TRANSPORTS, CameraSpec
from streams.errors import CameraSpecError, StreamsError
from streams.probe import Link, ProbeReport
from streams.probe import probe as probe_camera

PATIENCE_SECONDS, LONG_BYTES = 0.5, 500_000


@click.group()
def cameras() -> None:
    """Cameras: probe one, import and list many, register them at the case API, enrol and assign the workers that watch them."""


cameras.add_command(register)
cameras.add_command(assign)


@cameras.command()
@click.argument("urls", metavar="URL", nargs=-1)
@click.option("--timeout", "timeout_seconds", type=click.FloatRange(0.5, 300), default=15.0, show_default=True, help="Seconds until it must be known.")
@click.option("--transport", type=click.Choice(TRANSPORTS), default="tcp", show_default=True, help="How to ask first; libav for RTSP that is not understood.")
@click.option("--tls-verify", is_flag=True, help="Refuse an rtsps:// camera whose certificate this machine does not trust.")
@click.option("--resolver", help="Ask for the address: exec:PROGRAM ARGUMENTS, or an http(s):// address; in place of URL.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def probe(urls: tuple[str, ...], timeout_seconds: float, transport: str, tls_verify: bool, resolver: str | None, as_json: bool) -> None:
    """Tells codec, size, rate, keyframe interval and clock offset of a camera and what it can do, or the one reason why not.

    \b
    Examples: curbwatch cameras probe rtsp://user:password@192.0.2.7/stream1
              curbwatch cameras probe --resolver 'exec:/opt/gateway/address-of 34020000001320000001'

    Exit status 1: the address is right in form, but the camera cannot be read.
    """
    if len(urls) != (1 if resolver is None else 0):  # said here, since click would quote the second address with its password
        fail(f"probe takes one address, and was given {len(urls) or 'none'}" if resolver is None else "probe takes an address or a --resolver, not both")
    try:
        spec = CameraSpec.parse("probe", "".join(urls), transport, resolver=resolver, tls_verify=tls_verify)
    except CameraSpecError as error:
        fail(str(error).removeprefix("camera probe: "))
    try:
        report = asyncio.run(probe_camera(spec, timeout_seconds))
    except StreamsError as error:
        if as_json:
            emit_json({"url": spec.public_url, "ok": False, "reason": str(error)})
        fail(f"{spec.public_url}: {error}", status=EXIT_NO)
    if as_json:
        told = asdict(report)
        link = told.pop("link")
        emit_json({**told, **link, "ok": report.fault is None})
    else:
        click.echo("\n".join(_lines(report)))
    if report.fault is not None:
        raise SystemExit(EXIT_NO)


def _lines(report: ProbeReport) -> list[str]:
    interval, offset, link = report.keyframe_interval_seconds, report.clock_offset_seconds, report.link
    facts = {
        "address": report.url,
        "moved to": link.redirected_to or "",
        "video": f"{'H.264' if report.codec == 'h264' else 'H.265'} {report.width}x{report.height}" + (f", {report.fps:g} fps" if report.fps else ""),
        "rate": f"{report.bits_per_second / 1e6:.2f} Mb/s",
        "keyframe": f"every {interval:g} s" if interval else f"one in {report.watched_seconds:.0f} s; the interval is longer",
        "clock": "not told (no sender report)" if offset is None else f"{offset:+.3f} s against this machine",
        "audio": f"{', '.join(link.audio)} (not read)" if link.audio else "",
        "read by": {"own": "this package", "libav": "libav, in a process of its own; dearer", "file": ""}[link.reader],
        "transport": ", ".join(f"{name} {'yes' if works else 'no'}" for name, works in (("TCP", link.over_tcp), ("UDP", link.over_udp)) if works is not None),
        "login": link.authentication or ("none asked for" if link.reader == "own" else ""),
        "encrypted": _encryption(link),
        "server": link.server or "",
        "methods": ", ".join(link.methods),
        "pictures": f"{report.pictures} in {report.watched_seconds:.1f} s, {report.damaged} damaged",
        "fault": report.fault or "",
    }
    return [f"{name:<9} {value}" for name, value in facts.items() if value]


def _encryption(link: Link) -> str:
    if not link.encrypted:
        return "no" if link.reader == "own" else ""
    one = link.certificate
    whose = "" if one is None else f"; certificate of {one.subject}{', which it signed itself' if one.own else ''}, until {one.expires}"
    return ("yes, and its certificate is trusted" if link.verified else "yes, but its certificate was not checked (--tls-verify does)") + whose


@cameras.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("cameras.yaml"), show_default=True, help="The camera file of `watch` (.yaml or .csv)."
)
@click.option("--force", is_flag=True, help="Replace the output file if there is one.")
@click.option("--allow-commands", is_flag=True, help="Take resolvers that run a program (exec:…): whoever wrote the list then runs programs here.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_(file: Path, output: Path, force: bool, allow_commands: bool, as_json: bool) -> None:
    """Checks a list of cameras (CSV or YAML) and writes the camera file of `watch`; with any fault nothing is written.

    \b
    Columns: id, url; and, where there are: username, password, transport (tcp, udp, libav),
    sub_url, resolver, tls_verify, name_zh, name_en, look_interval_seconds, gb28181_id,
    latitude, longitude, crs, address (or their Chinese names).

    UTF-8 and GB 18030 are read, with commas, semicolons or tabs, as spreadsheets write them.

    Example: curbwatch cameras import city.csv -o cameras.yaml
    """
    if output.exists() and not force:
        fail(f"{output}: is there already; give another --output, or --force to replace it")
    found = _read(file, as_json, commands=allow_commands)
    try:
        write_cameras(output, found)
    except RegistryFileError as error:
        fail(error.lines[0])
    if as_json:
        emit_json({"ok": True, "cameras": len(found), "output": str(output)})
    else:
        click.echo(f"{len(found)} cameras of {file} written to {output}")


@cameras.command("list")
@click.argument("file", type=click.Path(path_type=Path), default=Path("cameras.yaml"))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per camera.")
def list_(file: Path, as_json: bool) -> None:
    """Lists the cameras of a camera file and how each is read, without their passwords.

    Example: curbwatch cameras list cameras.yaml
    """
    found = _read(file, as_json=False, commands=True)
    if as_json:
        for camera in found:
            emit_json(_public(camera))
        return
    rows = [(camera.camera_id, camera.read_as, camera.public_url, camera.name_zh or camera.name_en or "") for camera in found]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for camera_id, how, url, name in rows:
        click.echo(f"{camera_id:<{widths[0]}}  {how:<{widths[1]}}  {url}  {name}".rstrip())


@cameras.command()
@click.option("--api", "api_url", required=True, metavar="URL", help="Case API, such as https://cases.example:8000.")
@click.option("--token-stdin", is_flag=True, help="Read the one-time token from standard input, so that no list of processes shows it.")
@click.option("--token", metavar="T", help="The one-time token that an administrator made (POST /enrolments).")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), required=True, help="The worker's data folder, as `watch --data-dir` has it.")
@click.option("--name", default=socket.gethostname, show_default="this machine's name", help="The worker's name; the token was made for it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def enroll(api_url: str, token_stdin: bool, token: str | None, data_dir: Path, name: str, as_json: bool) -> None:
    """Enrols this machine's worker at the case API by a one-time token, and keeps its own token in the data folder.

    \b
    Example: curbwatch cameras enroll --api https://cases.example --token cw-enrol-… --data-dir /srv/curbwatch-worker --name gate-1
    then:    curbwatch watch --registry https://cases.example --data-dir /srv/curbwatch-worker
    or:      curbwatch watch --cameras cameras.yaml --api https://cases.example --data-dir /srv/curbwatch-worker
    """
    check_api(api_url)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        fail(f"--name {name!r}: a worker's name has letters, digits, dots, dashes and underscores, at most 64, and begins with a letter or digit")
    if (token is not None) == token_stdin:
        fail("give the one-time token by --token, or by --token-stdin")
    given = (sys.stdin.readline() if token is None else token).strip()
    if not is_token(given):
        option, what = "--token-stdin" if token is None else "--token", "that is no one-time token" if given else "is empty"
        fail(f"{option}: {what}; an administrator makes a one-time token by POST /enrolments (docs/registry.md)")
    try:
        enrolled = enrol_worker(api_url, given, name, data_dir)
    except EnrolmentError as error:
        fail(str(error), status=EXIT_NO)
    if as_json:
        emit_json({"ok": True, "worker": enrolled.worker, "key_id": enrolled.key_id, "data_dir": str(data_dir)})
    else:
        click.echo(
            f"worker {enrolled.worker} is enrolled with the key {enrolled.key_id}; `curbwatch watch --registry {api_url} --data-dir {data_dir}` takes the "
            "cameras that the registry gives it"
        )


def _read(file: Path, as_json: bool, *, commands: bool) -> list[RegisteredCamera]:
    progress = RowProgress(file)
    try:
        return read_cameras(file, commands=commands, progress=progress)
    except RegistryFileError as error:
        progress.end()
        if as_json:
            emit_json({"ok": False, "faults": [asdict(fault) for fault in error.faults]})
        for line in error.lines:
            complain(line)
        fail(f"{file}: nothing was taken; {len(error.faults)} {'fault' if len(error.faults) == 1 else 'faults'} to mend")
    finally:
        progress.end()


class RowProgress:
    """Tells a person on a terminal what a long list is at: first that it is read, then how many rows are checked."""

    def __init__(self, file: Path) -> None:
        self._next = time.monotonic() + PATIENCE_SECONDS
        self._shown = False
        size = file.stat().st_size if file.is_file() else 0
        if size > LONG_BYTES:
            self._show(f"reading {file.name} ({size / 1e6:.1f} MB)")

    def __call__(self, rows: int) -> None:
        if rows % 1000 == 0 and time.monotonic() > self._next:
            self._next = time.monotonic() + PATIENCE_SECONDS
            self._show(f"{rows} rows checked")

    def end(self) -> None:
        """Takes the line away."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._shown = False

    def _show(self, text: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[K{text}", err=True, nl=False)
            self._shown = True


def _public(camera: RegisteredCamera) -> dict[str, object]:
    secret = ("url", "sub_url", "resolver", "camera_id")
    told = {name: value for name, value in asdict(camera).items() if name not in secret and value is not None}
    sub = {} if camera.sub_url is None else {"sub_url": camera.public_sub_url}
    return {"id": camera.camera_id, "url": camera.public_url, **sub, "read_as": camera.read_as, "has_resolver": camera.resolver is not None, **told}
