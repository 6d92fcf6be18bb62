"""A soak: clips as live cameras, case API and worker for as long as one likes, with memory, lag and cases written down every half minute.

python -m benchmarks.soak --minutes 60 --scene soak.yaml --camera path=pedestrians.mp4 --camera stall=stall.mp4 --out soak.csv
"""

from __future__ import annotations

import csv
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import httpx

from benchmarks.errors import BenchmarkError
from benchmarks.process_cost import cost_of
from curbwatch.demo.house import free_port
from detector.fleet.placer import LocalPlacer
from detector.fleet.processes import Keeper, KeptProcess, stop_on_signals
from detector.fleet.spec import WatchedCamera, WorkerSpec

HOST = "127.0.0.1"
START_SECONDS = 90.0
COLUMNS = ("seconds", "worker_mib", "worker_cpu_seconds", "api_mib", "lag_max", "lag_mean", "live", "looks", "unchanged", "reconnects", "cases")


@click.command()
@click.option("--camera", "cameras", multiple=True, required=True, metavar="ID=CLIP")
@click.option("--scene", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--minutes", type=click.FloatRange(0.1, 24 * 60), default=60.0, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Data of API and worker.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="CSV of the samples.")
@click.option("--every", type=click.FloatRange(1, 600), default=30.0, show_default=True, help="Seconds between samples.")
def soak(cameras: Sequence[str], scene: Path, minutes: float, folder: Path, out: Path, every: float) -> None:
    """Runs the soak and prints each sample; the cases that came are listed at the end."""
    clips = dict(one.split("=", 1) for one in cameras)
    stop = stop_on_signals()
    folder.mkdir(parents=True, exist_ok=True)
    with Keeper() as keeper, out.open("w", newline="", encoding="utf-8") as file:
        api = _start_api(keeper, folder)
        worker = _start_cameras_and_worker(keeper, folder, clips, scene, api)
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        token = (folder / "api" / "tokens" / "reviewer.token").read_text(encoding="utf-8").strip()
        with httpx.Client(base_url=api, headers={"Authorization": f"Bearer {token}"}, timeout=20) as client:
            began = time.monotonic()
            while time.monotonic() - began < minutes * 60 and not stop.wait(every):
                keeper.tend()
                row = _sample(client, time.monotonic() - began, worker, keeper.processes[0])
                rows.writerow(row)
                file.flush()
                click.echo("  ".join(f"{name} {value}" for name, value in row.items()))
            for case in client.get("/cases").json()["items"]:
                click.echo(f"case {case['number']}: {case['kind']} of {case['camera_id']}, first seen {case['first_seen']}, confirmed {case['confirmed_at']}")


def _start_api(keeper: Keeper, folder: Path) -> str:
    port = free_port()
    command = [sys.executable, "-m", "curbwatch", "serve", "--port", str(port), "--data-dir", str(folder / "api")]
    keeper.add(KeptProcess("api", command, output=folder / "api.log"))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://{HOST}:{port}/healthz", timeout=2).is_success:
                return f"http://{HOST}:{port}"
        except httpx.HTTPError:
            time.sleep(0.3)
    raise BenchmarkError(f"the case API does not answer; see {folder / 'api.log'}")


def _start_cameras_and_worker(keeper: Keeper, folder: Path, clips: Mapping[str, str], scene: Path, api: str) -> KeptProcess:
    port, password = free_port(), secrets.token_urlsafe(9)
    command = [sys.executable, "-m", "curbwatch", "simulate", "--streams", str(len(clips)), "--port", str(port), "--username", "soak", "--password-stdin"]
    for clip in clips.values():
        command += ["--clip", clip]
    keeper.add(KeptProcess("cameras", command, stdin_text=password, output=folder / "cameras.log"))
    watched = tuple(WatchedCamera(name, f"rtsp://soak:{password}@{HOST}:{port}/{number}") for number, name in enumerate(clips, 1))
    token = (folder / "api" / "tokens" / "worker.token").read_text(encoding="utf-8").strip()
    placer = LocalPlacer(keeper, output=folder / "worker.log")
    placer.place(WorkerSpec(name="soak", data_dir=str(folder / "worker"), cameras=watched, scene=str(scene), api_url=api, token=token))
    return placer.placed[0]


def _sample(client: httpx.Client, seconds: float, worker: KeptProcess, api: KeptProcess) -> dict[str, Any]:
    told = [camera["status"] or {} for camera in client.get("/cameras").json()["items"]]
    lags = [float(one.get("look_lag_seconds") or 0) for one in told] or [0.0]
    costs = {name: cost_of(process.process.pid) for name, process in (("worker", worker), ("api", api)) if process.process is not None}
    return {
        "seconds": round(seconds), "worker_mib": round(costs["worker"].memory_bytes / 2**20, 1), "worker_cpu_seconds": round(costs["worker"].cpu_seconds, 1),
        "api_mib": round(costs["api"].memory_bytes / 2**20, 1), "lag_max": round(max(lags), 2), "lag_mean": round(sum(lags) / len(lags), 2),
        "live": sum(one.get("state") == "live" for one in told), "looks": sum(one.get("looks") or 0 for one in told),
        "unchanged": sum(one.get("unchanged") or 0 for one in told), "reconnects": sum(one.get("reconnects") or 0 for one in told),
        "cases": len(client.get("/cases").json()["items"]),
    }  # fmt: skip


if __name__ == "__main__":
    soak()
