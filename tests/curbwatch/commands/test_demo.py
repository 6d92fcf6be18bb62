from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from curbwatch.demo.cameras import SHIPPED_CAMERAS, SHIPPED_SCENE

DEMO_SECONDS = 300
"""The demo's own time limit; it takes about a hundred seconds on two idle cores."""


def demo(*arguments: object, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "curbwatch", "demo", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout)


def verdict_of(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    verdict: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    assert verdict["event"] == "verdict", run
    return verdict


def edited(source: Path, folder: Path, change: Any) -> Path:
    data = yaml.safe_load(source.read_text(encoding="utf-8"))
    change(data)
    target = folder / source.name
    target.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return target


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(["--cameras", "{folder}/none.yaml"], "none.yaml: cannot be read", id="no such list of cameras"),
        pytest.param(["--scene", "{folder}/none.yaml"], "none.yaml", id="no such scene"),
        pytest.param(["--port", "{taken}"], "is not free to listen on (Address already in use); choose another --port", id="a port in use"),
        pytest.param(["--until-cases", "2", "--data-dir", "{folder}"], "holds an earlier run", id="judging on top of an earlier run"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        run = demo(*(argument.format(folder=tmp_path, taken=server.getsockname()[1]) for argument in arguments))
    assert run.returncode == 2, run
    assert len(run.stderr.splitlines()) == 1
    assert complaint in run.stderr
    assert run.stdout == ""


@pytest.mark.slow
@pytest.mark.timeout(DEMO_SECONDS + 60)
def test_each_guilty_camera_has_its_one_case_and_no_other_has_any(tmp_path: Path) -> None:
    run = demo("--until-cases", 2, "--timeout", DEMO_SECONDS, "--json", "--data-dir", tmp_path, timeout=DEMO_SECONDS + 30)
    verdict = verdict_of(run)
    assert verdict["passed"], run
    assert run.returncode == 0
    assert sorted((case["camera_id"], case["kind"]) for case in verdict["cases"]) == [("cam1", "V2"), ("cam2", "V3")]
    assert verdict["packets"] >= 2
    for log in (tmp_path / "logs").iterdir():
        assert "Traceback" not in log.read_text(encoding="utf-8"), log


@pytest.mark.slow
@pytest.mark.timeout(DEMO_SECONDS)
def test_without_the_guilty_cameras_it_says_that_no_case_came(tmp_path: Path) -> None:
    innocent = edited(SHIPPED_CAMERAS, tmp_path, lambda data: data.update(cameras=[camera for camera in data["cameras"] if "violation" not in camera]))
    run = demo("--until-cases", 2, "--timeout", 150, "--cameras", innocent, timeout=DEMO_SECONDS - 30)
    assert run.returncode == 1, run
    assert "no case came" in run.stdout
    assert "MISSING cam" not in run.stdout


@pytest.mark.slow
@pytest.mark.timeout(DEMO_SECONDS + 60)
def test_without_its_permit_the_stall_has_a_case(tmp_path: Path) -> None:
    strict = edited(SHIPPED_SCENE, tmp_path, lambda data: [view.pop("permits", None) for view in data["views"]])
    run = demo("--until-cases", 3, "--timeout", DEMO_SECONDS, "--scene", strict, "--json", timeout=DEMO_SECONDS + 30)
    verdict = verdict_of(run)
    assert run.returncode == 1, run
    extra = [line for line in verdict["findings"] if line.startswith("EXTRA")]
    assert len(extra) == 1
    assert extra[0].startswith("EXTRA   cam5: case")
