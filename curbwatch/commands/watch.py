"""`curbwatch watch`: workers on this machine that read cameras, look, judge, evidence and deliver."""

from __future__ import annotations

import logging
import os
import re
import socket
from pathlib import Path

import click
import httpx

from curbwatch.camera_list import CameraList
from curbwatch.terminal import EXIT_NO, EXIT_WRONG_USE, counted, emit_json, fail
from curbwatch.worker_access import LOOPBACK, check_api, name_for, registry_token_for, token_for
from detector.fleet.logs import begin_logging
from detector.fleet.placer import LocalPlacer
from detector.fleet.processes import EXIT_NOT_ALLOWED, Keeper, stop_on_signals
from detector.fleet.spec import WatchedCamera, WorkerSpec, shard_of
from detector.scene.scene import read_scene
from detector.worker.folder_lock import check_unlocked
from evidence.data_folder import check_owner
from models.session import DEFAULT_MODEL
from streams.camera import CameraSpec

log = logging.getLogger(__name__)


def default_folder() -> Path:
    """Where a worker keeps its keys, state and outbox unless it is told otherwise."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "curbwatch" / "worker"


@click.command()
@click.option("--camera", "urls", multiple=True, metavar="[ID=]URL", help="An rtsp:// address or a video file; repeat for several.")
@click.option(
    "--cameras", "camera_file", type=click.Path(path_type=Path), help="Camera file (.yaml or .csv), see `curbwatch cameras import`; read anew when it changes."
)
@click.option("--registry", metavar="URL", help="Case API that gives this enrolled worker its cameras, with logins, views, permits and orders.")
@click.option("--scene", "scene_file", type=click.Path(path_type=Path), help="Scene file; without it the whole picture is one zone and everything is a lead.")
@click.option("--api", "api_url", metavar="URL", help="Case API, such as http://127.0.0.1:8000; without it, or a --registry, packets stay in the outbox.")
@click.option("--token-file", type=click.Path(path_type=Path), help="File with the worker token (or CURBWATCH_TOKEN, or `cameras enroll`).")
@click.option("--shard", metavar="I/N", help="Only the cameras of the I-th of N shards, I from 1.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Worker processes to share the cameras.")
@click.option("--name", help="Name of the worker at the case API; by default the one that it was enrolled by, else this machine's name.")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Folder of keys, state and outbox.")
@click.option("--model", default=DEFAULT_MODEL, show_default=True)
@click.option("--provider", type=click.Choice(["auto", "cpu", "cuda", "tensorrt"]), default="auto", show_default=True)
@click.option("--detectors", type=click.IntRange(1, 64), default=1, show_default=True, help="Single-threaded sessions a worker (CPU).")
@click.option("--batch", type=click.IntRange(1, 64), default=1, show_default=True, help="Most pictures in one inference call (GPU: 16 and more).")
@click.option("--calm-seconds", type=click.FloatRange(0.2, 3600), default=10.0, show_default=True, help="Between looks where nothing is there.")
@click.option("--busy-seconds", type=click.FloatRange(0.2, 3600), default=4.0, show_default=True, help="Between looks where something is there.")
@click.option("--no-gate", is_flag=True, help="Look at still pictures too.")
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="Prometheus metrics on this loopback port (each further worker: the next).")
@click.option("--json", "as_json", is_flag=True, help="Say at the start what runs, as one JSON object on standard output.")
def watch(
    urls: tuple[str, ...], camera_file: Path | None, registry: str | None, scene_file: Path | None, api_url: str | None, token_file: Path | None,
    shard: str | None, workers: int, name: str | None, data_dir: Path | None, model: str, provider: str, detectors: int, batch: int, calm_seconds: float,
    busy_seconds: float, no_gate: bool, metrics_port: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Watches cameras until it is stopped (Ctrl-C, SIGTERM).

    \b
    Examples: curbwatch watch --camera rtsp://user:password@192.0.2.7/stream1 --api http://127.0.0.1:8000 --token-file worker.token
              curbwatch watch --registry https://cases.example --data-dir /srv/worker      (enrolled by `curbwatch cameras enroll`)

    Exit status 1: the registry gives the worker nothing; it was revoked, or never enrolled.
    """
    if registry is not None and (urls or camera_file is not None):
        fail(f"--registry and {'--camera' if urls else '--cameras'} exclude each other: the registry gives the cameras, or you do")
    own_shard = _own_shard(shard)
    listed = None if registry is not None else CameraList(_named(urls), camera_file, lambda cameras: _shard(cameras, shard, own_shard))
    if scene_file is not None:
        read_scene(scene_file)  # what is wrong with it is said before a process is started
    check_api(registry, "--registry")
    check_api(api_url)
    registry, api_url = _bare(registry), _bare(api_url)
    folder = data_dir or default_folder()
    check_owner(folder, "worker")
    folders = [folder] if workers == 1 else [folder / f"{i + 1}" for i in range(workers)]
    names = [_name(name, one, workers, i) for i, one in enumerate(folders)]
    access = [_access(registry, api_url, token_file, one) for one in folders]
    for one in folders:
        check_unlocked(one)
    begin_logging(logging.INFO)
    stop = stop_on_signals()
    if registry is not None and httpx.URL(registry).scheme == "http" and httpx.URL(registry).host not in LOOPBACK:
        log.warning("--registry %s is not encrypted: the logins of the cameras travel in clear; put TLS in front of the API and write https://", registry)

    def spec_of(i: int) -> WorkerSpec:
        cameras = () if listed is None else listed.cameras
        mine = tuple(camera for camera in cameras if workers == 1 or shard_of(camera.camera_id, workers) == i)
        registry_token, token = access[i]
        return WorkerSpec(
            name=names[i], data_dir=str(folders[i]), cameras=mine, scene=None if scene_file is None else str(scene_file), api_url=api_url or registry,
            token=token, registry_url=registry, registry_token=registry_token, shard=own_shard[0], shards=own_shard[1], model=model, provider=provider,
            detector_threads=detectors, batch=batch, calm_seconds=calm_seconds, busy_seconds=busy_seconds, gated=not no_gate,
            metrics_port=None if metrics_port is None else metrics_port + i,
        )  # fmt: skip

    with Keeper() as keeper:
        placer = LocalPlacer(keeper)

        def place() -> None:
            """Starts the workers that have cameras, and tells those that run of their list."""
            for i in range(workers):
                spec = spec_of(i)
                if spec.name in placer:
                    placer.change(spec)
                elif spec.cameras or listed is None:
                    placer.place(spec)

        def ended() -> bool:
            if listed is not None and listed.changed():
                log.info("the camera file has changed: %s", counted(len(listed.cameras), "camera", "cameras"))
                place()
            return stop.is_set()

        place()
        taken = f"cameras of {registry} for {', '.join(names)}" if listed is None else counted(len(listed.cameras), "camera", "cameras")
        click.echo(f"{taken}, {counted(len(placer.placed), 'worker process', 'worker processes')}; data in {folder}. Ctrl-C ends it.", err=True)
        if as_json:
            told = [{"name": names[i], "data_dir": str(folders[i])} for i in range(workers) if names[i] in placer]
            emit_json({"event": "started", "cameras": None if listed is None else len(listed.cameras), "registry": registry, "workers": told})
        keeper.keep(until=ended)
        ends = [process.process.returncode for process in placer.placed if process.gave_up and process.process is not None]
    if ends:
        raise SystemExit(EXIT_NO if all(status == EXIT_NOT_ALLOWED for status in ends) else EXIT_WRONG_USE)


def _bare(url: str | None) -> str | None:
    return None if url is None else url.rstrip("/")


def _name(given: str | None, folder: Path, workers: int, i: int) -> str:
    numbered = "" if workers == 1 else f"-{i + 1}"
    return name_for(None if given is None else f"{given}{numbered}", folder, f"{socket.gethostname()}{numbered}")


def _access(registry: str | None, api_url: str | None, token_file: Path | None, folder: Path) -> tuple[str | None, str | None]:
    """The tokens for registry and API. That of the enrolment goes to nobody but the API where it was made."""
    if registry is None:
        return None, token_for(token_file, api_url, folder)
    if api_url in (None, registry):
        token = registry_token_for(token_file, folder, registry)
        return token, token
    return registry_token_for(None, folder, registry), token_for(token_file, api_url, None)


def _named(urls: tuple[str, ...]) -> list[WatchedCamera]:
    cameras = []
    for number, text in enumerate(urls, 1):
        given = re.match(r"([A-Za-z0-9][A-Za-z0-9._-]{0,63})=(.*)", text)
        camera_id, url = given.groups() if given else (f"camera{number}", text)
        CameraSpec.parse(camera_id, url)
        cameras.append(WatchedCamera(camera_id, url if "://" in url else str(Path(url).absolute())))
    return cameras


def _own_shard(shard: str | None) -> tuple[int, int]:
    """Which shard (from 0) of how many."""
    if shard is None:
        return 0, 1
    wanted = re.fullmatch(r"(\d{1,9})/(\d{1,9})", shard)
    if wanted is None or not 1 <= int(wanted[1]) <= int(wanted[2]):
        fail(f"--shard {shard}: write I/N with I from 1 to N, such as 2/4")
    return int(wanted[1]) - 1, int(wanted[2])


def _shard(cameras: list[WatchedCamera], shard: str | None, own: tuple[int, int]) -> list[WatchedCamera]:
    ids = [camera.camera_id for camera in cameras]
    twice = next((one for one in ids if ids.count(one) > 1), None) if len(ids) < 1000 else None
    if twice is not None:
        fail(f"the camera id {twice!r} is given twice")
    if not cameras:
        fail("no camera to watch: give --camera URL, --cameras FILE or --registry URL")
    mine = [camera for camera in cameras if shard_of(camera.camera_id, own[1]) == own[0]]
    if not mine:
        fail(f"--shard {shard}: none of the {len(cameras)} cameras belongs to it")
    return mine
