from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.errors import ResultError
from benchmarks.soak_report import SCHEMA, plot, read_log, targets, trends

HEAD = {"schema": SCHEMA, "cameras": 40, "faulty": 4, "seed": 1}


def sample(seconds: float, **other: Any) -> dict[str, Any]:
    usual = {
        "run": 0, "seconds": seconds, "own_mib": 350.0, "worker_mib": 400.0, "reader_tasks": 40, "file_descriptors": 60, "threads": 12, "children": 1,
        "ring_mib": 200.0, "sockets": 39,
        "sound": 36, "sound_live": 36, "sound_lag_mean": 0.0, "sound_lag_max": 0.0, "not_live": 1, "at_fault": 2, "sound_reconnects": 0, "restarts": 0,
    }  # fmt: skip
    return usual | other


def log(path: Path, samples: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(line) for line in [HEAD, *samples]) + '\n{"run": 0, "sec', "utf-8")
    return path


def test_a_log_that_was_cut_off_is_read_and_judged(tmp_path: Path) -> None:
    head, samples = read_log(log(tmp_path / "log.jsonl", [sample(10.0 * n) for n in range(360)]))
    assert (head["cameras"], len(samples)) == (40, 360)
    found = trends(samples)
    assert len(found) == 8
    assert all(target.met for target in targets(found, samples))
    ElementTree.fromstring(plot(head, samples))


@pytest.mark.parametrize(
    ("leaking", "missed"),
    [
        pytest.param({"own_mib": 0.02}, "memory of the worker", id="memory"),
        pytest.param({"ring_mib": 0.01, "own_mib": 0.01, "worker_mib": 0.01}, "what the rings hold", id="rings"),
        pytest.param({"reader_tasks": 0.001}, "asyncio tasks", id="tasks"),
        pytest.param({"file_descriptors": 0.002}, "file descriptors", id="descriptors"),
        pytest.param({"sound_lag_mean": 0.0005}, "look lag", id="lag"),
    ],
)
def test_what_grows_is_missed_by_name(leaking: dict[str, float], missed: str) -> None:
    samples = [sample(10.0 * n, **{name: sample(0)[name] + 10 * n * growth for name, growth in leaking.items()}) for n in range(360)]
    bad = [target.what for target in targets(trends(samples), samples) if not target.met]
    assert len(bad) == 1
    assert bad[0].startswith(missed)


def test_what_the_faults_of_the_moment_move_is_no_growth() -> None:
    """A camera that met a server without TCP stays on UDP, with two sockets more; rings are fuller when fewer cameras are away."""
    samples = [sample(10.0 * n) for n in range(360)]
    for number, one in enumerate(samples[200:]):
        fuller = 3.0 * (number // 15 % 2)
        one.update(file_descriptors=62, sockets=41, ring_mib=200.0 + fuller, own_mib=350.0 + fuller, worker_mib=400.0 + fuller)
    assert all(target.met for target in targets(trends(samples), samples))


def test_a_sound_camera_that_suffers_is_missed() -> None:
    samples = [sample(10.0 * n, sound_live=35 if n == 100 else 36, sound_reconnects=int(n > 100)) for n in range(360)]
    assert [target.what for target in targets(trends(samples), samples) if not target.met] == [
        "sound cameras live, at the worst sample",
        "reconnects of sound cameras",
    ]


def test_another_file_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("{}\n")
    with pytest.raises(ResultError, match="is no log of"):
        read_log(tmp_path / "x")
