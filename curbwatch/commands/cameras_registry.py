"""`curbwatch cameras register` and `assign`: cameras of a file put into the case API's registry, and given to workers."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from curbwatch.registry_client import NotRegistered, RegistryAway, RegistryClient
from curbwatch.terminal import EXIT_NO, complain, emit_json, fail
from curbwatch.worker_access import check_api, is_token
from detector.registry_file import RegistryFileError, read_cameras

API = click.option("--api", "api_url", required=True, metavar="URL", help="Case API, such as https://cases.example.")
TOKEN_FILE = click.option("--token-file", type=click.Path(path_type=Path), help="File with an administrator's token (or CURBWATCH_TOKEN).")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a camera.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default=Path("cameras.yaml"))
@API
@TOKEN_FILE
@click.option("--worker", metavar="NAME", help="The worker that is to watch them (`watch --registry`); without it they wait for one (`cameras assign`).")
@click.option("--district", metavar="NAME", help="The district that they lie in; without it only people of all districts see their cases.")
@click.option("--force", is_flag=True, help="Replace what is registered under the same ids.")
@JSON
def register(file: Path, api_url: str, token_file: Path | None, worker: str | None, district: str | None, force: bool, as_json: bool) -> None:
    """Puts the cameras of a camera file into the registry, their logins sealed. What is wrong with one stops no other.

    Example: curbwatch cameras register cameras.yaml --api https://cases.example --token-file admin.token --worker gate-north --district lixia

    Exit status 1: some were not registered.
    """
    token = _token(api_url, token_file)
    try:
        found = read_cameras(file)
    except RegistryFileError as error:
        fail(error.lines[0])
    with RegistryClient(api_url.rstrip("/"), token) as client:
        put = partial(client.register, worker=worker, district=district, replace=force)
        done = [_one(camera.camera_id, as_json, partial(put, camera)) for camera in found]
    _end(f"{sum(done)} of {len(found)} cameras registered{f' for the worker {worker}' if worker else ''}", all(done), as_json)


@click.command()
@click.argument("camera_ids", nargs=-1, required=True, metavar="CAMERA…")
@API
@TOKEN_FILE
@click.option("--worker", metavar="NAME", help="The worker that is to watch them.")
@click.option("--nobody", is_flag=True, help="No worker is to watch them.")
@JSON
def assign(camera_ids: tuple[str, ...], api_url: str, token_file: Path | None, worker: str | None, nobody: bool, as_json: bool) -> None:
    """Gives cameras of the registry to a worker: that one takes them up, and the one that had them lets them go, within seconds.

    Example: curbwatch cameras assign gate-1 gate-2 --api https://cases.example --token-file admin.token --worker gate-south

    Exit status 1: some were not assigned.
    """
    if (worker is not None) == nobody:
        fail("give the worker by --worker NAME, or take the cameras from theirs by --nobody")
    with RegistryClient(api_url.rstrip("/"), _token(api_url, token_file)) as client:
        done = [_one(camera_id, as_json, partial(client.assign, camera_id, worker)) for camera_id in camera_ids]
    _end(f"{sum(done)} of {len(done)} cameras given to {f'the worker {worker}' if worker else 'nobody'}", all(done), as_json)


def _one(camera_id: str, as_json: bool, act: Callable[[], object]) -> bool:
    """Does it for one camera, and tells; whether it was done."""
    try:
        act()
    except NotRegistered as error:
        if as_json:
            emit_json({"camera": camera_id, "ok": False, "reason": str(error)})
        complain(str(error))
        return False
    except RegistryAway as error:
        fail(str(error), status=EXIT_NO)
    if as_json:
        emit_json({"camera": camera_id, "ok": True})
    return True


def _end(told: str, ok: bool, as_json: bool) -> None:
    if not as_json:
        click.echo(told)
    if not ok:
        raise SystemExit(EXIT_NO)


def _token(api_url: str, file: Path | None) -> str:
    check_api(api_url)
    try:
        token = os.environ.get("CURBWATCH_TOKEN", "").strip() if file is None else file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        fail(f"{file}: the token cannot be read")
    if not is_token(token):
        fail("give an administrator's token by --token-file or CURBWATCH_TOKEN; the first lies in <data-dir>/tokens/admin.token of the API")
    return token
