"""`curbwatch demo`: simulated cameras, worker, API and review page on this machine, and the judge of what came of it."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from pathlib import Path

import click

from curbwatch.demo.cameras import SHIPPED_CAMERAS, SHIPPED_SCENE, read_cameras, shipped_ids
from curbwatch.demo.errors import StartError
from curbwatch.demo.house import House, check_port, free_port
from curbwatch.demo.run import Goal, Run, clip_lengths
from curbwatch.demo.screen import Screen
from curbwatch.demo.truth import expected_acts, read_truth
from curbwatch.terminal import EXIT_NO
from detector.fleet.logs import begin_logging
from detector.fleet.processes import Keeper, stop_on_signals
from detector.scene.scene import read_scene
from evidence.kinds import load_catalogue

DEFAULT_TIMEOUT_SECONDS = 300.0


@click.command()
@click.option("--until-cases", type=click.IntRange(0, 1000), metavar="N", help="Judge once N cases exist and every clip was looked at whole.")
@click.option("--timeout", "timeout_seconds", type=click.FloatRange(min=1), metavar="S", help="End after S seconds; with --until-cases 300 if not given.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of API and page on loopback; a free one if not given.")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Keep everything there; else a temporary folder.")
@click.option("--cameras", "list_file", type=click.Path(path_type=Path, dir_okay=False), default=SHIPPED_CAMERAS, help="Another list of cameras (YAML).")
@click.option("--scene", "scene_file", type=click.Path(path_type=Path, dir_okay=False), default=SHIPPED_SCENE, help="Another scene file (YAML).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: started, progress, verdict.")
def demo(
    until_cases: int | None,
    timeout_seconds: float | None,
    port: int | None,
    data_dir: Path | None,
    list_file: Path,
    scene_file: Path,
    as_json: bool,
) -> None:
    """Runs eight simulated street cameras, a worker, the case API and the review page on this machine, until Ctrl-C.

    \b
    Example: curbwatch demo
             curbwatch demo --until-cases 2 --timeout 300

    Two cameras show a violation, the others what must not fire. With --until-cases the run is judged against the clips' ground truth: exit
    status 0 if exactly its acts have one case each, of the right kind and at the right place, and every packet verifies; else 1.
    """
    began = time.monotonic()
    cameras = read_cameras(list_file)
    judged = read_scene(scene_file).catalogue(load_catalogue())
    lengths = clip_lengths(cameras)
    expected = () if until_cases is None else expected_acts(read_truth(), shipped_ids())
    port = check_port(port) if port is not None else free_port()
    if until_cases is not None and data_dir is not None and (data_dir / "api").exists():
        raise StartError(f"{data_dir} holds an earlier run, whose cases would be judged too; choose an empty --data-dir")
    goal = Goal(until_cases, DEFAULT_TIMEOUT_SECONDS if until_cases is not None and timeout_seconds is None else timeout_seconds)
    folder = (data_dir or Path(tempfile.mkdtemp(prefix="curbwatch-demo-"))).resolve()
    logs = folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    begin_logging(logging.WARNING, logs / "demo.log")
    stop = stop_on_signals()
    screen = Screen(as_json)
    with Keeper() as keeper:
        house = House(cameras, scene_file.resolve(), folder, port, keeper)
        house.start(stop.is_set)
        if not stop.is_set():
            screen.started(house, judged, goal)
        outcome = Run(house, lengths, expected, goal, screen.progress, began, stop.is_set).follow()
    screen.verdict(outcome)
    if data_dir is None and outcome.judged and outcome.passed:
        shutil.rmtree(folder, ignore_errors=True)
    elif data_dir is None:
        screen.kept(folder)
    if not outcome.passed:
        raise SystemExit(EXIT_NO)
