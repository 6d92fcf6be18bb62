from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import onnxruntime
import pytest
from click.testing import CliRunner

from benchmarks.errors import BenchmarkError
from benchmarks.machine import Machine
from benchmarks.results import Result, write_result
from curbwatch.__main__ import cli, is_user_error

MACHINE = Machine("Test CPU", 2, 24.0, (), "Linux 6", "3.11.7", {}, "2026-11-25T19:00:00+00:00")
FLOOR = {"key": "curbwatch-floor@16", "cameras": 16, "cpu_ms": 0.6, "looks_per_second": 0.0, "memory_mb": 4.0}
LOOK = {"key": "curbwatch-look", "cameras": 16, "cpu_ms": 7.1, "looks_per_second": 0.25, "memory_mb": 4.5}
SESSION = {"key": "curbwatch-session", "batch": 1, "provider": "cpu", "cpu_ms": 55.0, "wall_ms": 60.0}

CPU_RUNTIME = pytest.mark.skipif("TensorrtExecutionProvider" in onnxruntime.get_available_providers(), reason="this onnxruntime has TensorRT")


@pytest.fixture
def given(tmp_path: Path) -> list[str]:
    ingest = Result("ingest", MACHINE, "abc1234", "drawn street", {"clip_mbit": 3.0}, [FLOOR, LOOK])
    write_result(ingest, tmp_path / "ingest.json")
    write_result(replace(ingest, bench="infer", settings={"model": "n"}, rows=[SESSION]), tmp_path / "infer.json")
    return ["--from", str(tmp_path / "ingest.json"), "--from", str(tmp_path / "infer.json")]


def run(*arguments: str) -> str:
    """The command's output; what it raises is raised."""
    found = CliRunner().invoke(cli, ["bench", *arguments], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


def test_capacity_marks_each_input_and_says_what_it_does_not_know(given: list[str]) -> None:
    text = run("capacity", *given, "--busy-share", "1", "--machine", "medium")
    assert "8,000 cameras, 100% busy (a look per 4 s), the others calm (per 10 s): 2,000 looks a second" in text
    assert "measured" in text
    assert "published" in text
    assert "Ultralytics, model table: YOLO26n, inference, TensorRT FP16" in text
    assert "Not measured:" in text


def test_capacity_as_json_and_as_a_file(given: list[str], tmp_path: Path) -> None:
    out = tmp_path / "capacity.json"
    body = json.loads(run("capacity", *given, "--machine", "48:192:25:2", "--card", "none", "--card", "t4-26s", "--json", "--out", str(out)))
    assert json.loads(out.read_text()) == body
    assert [(one["server"], one["cards"] > 0) for one in body["needs"]] == [("48 cores, 192 GiB, 25 Gb/s", False), ("48 cores, 192 GiB, 25 Gb/s", True)]
    assert {one["kind"] for one in body["inputs"]} == {"measured", "derived from measured"}
    assert body["cards"][0]["measured"] is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["capacity", "--from", "none.json"], "none.json cannot be read", id="a result that is not there"),
        pytest.param(["infer", "--batch", "0"], "batches go from 1 to 64", id="no batch"),
        pytest.param(["infer", "--model", "none"], "no model 'none'", id="no such model"),
        pytest.param(
            ["infer", "--provider", "tensorrt", "--size", "160x96"], "'tensorrt' is not in the installed onnxruntime", id="no GPU runtime", marks=CPU_RUNTIME
        ),
        pytest.param(["ingest", "--clip", "none.mp4"], "none.mp4 is not a video", id="no such clip"),
    ],
)
def test_what_cannot_be_done_is_a_users_error_of_one_line(arguments: list[str], message: str) -> None:
    with pytest.raises(Exception, match=message) as caught:
        run(*arguments)
    assert is_user_error(caught.value)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("option", "value"), [("--machine", "huge"), ("--machine", "0:64:10:1"), ("--card", "t5"), ("--card", "measured")])
def test_machines_and_cards_that_there_are_not(given: list[str], option: str, value: str) -> None:
    with pytest.raises(BenchmarkError, match=r"no machine|no card|no result of bench infer on a GPU"):
        run("capacity", *given, option, value)


def test_ingest_refuses_a_contender_that_there_is_not(small: Path) -> None:
    with pytest.raises(BenchmarkError, match="no contender 'vlc': there are curbwatch-floor"):
        run("ingest", "--clip", str(small), "--only", "vlc")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["infer", "--size", "big"], "'big' is no size", id="a size that is none"),
        pytest.param(["ingest", "--cameras", "16,many"], "'16,many' is no number of cameras", id="a list that is none"),
        pytest.param(["ingest", "--cameras", "0"], "'0' is no number of cameras", id="no camera"),
    ],
)
def test_wrong_use(arguments: list[str], message: str, small: Path) -> None:
    clip = ["--clip", str(small)] if arguments[0] == "ingest" else []
    found = CliRunner().invoke(cli, ["bench", *arguments, *clip])
    assert found.exit_code == 2
    assert message in found.output


@pytest.mark.slow
def test_ingest_prints_its_table_and_keeps_its_result(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "ingest.json"
    text = run("ingest", "--clip", str(small), "--cameras", "2", "--seconds", "2", "--warm-up", "0.5", "--look-seconds", "1", "--out", str(out))
    body = json.loads(out.read_text())
    assert [row["key"] for row in body["rows"]][:2] == ["curbwatch-floor@2", "curbwatch-look"]
    assert "CPU ms/camera-s" in text
    assert body["machine"]["processor"] in text


@pytest.mark.slow
def test_scaling_prints_its_table_and_draws_its_plot(small: Path, tmp_path: Path) -> None:
    picture = tmp_path / "pictures" / "scaling.svg"
    text = run("ingest", "--scaling", "--clip", str(small), "--cameras", "1,2", "--seconds", "2", "--warm-up", "0.5", "--plot", str(picture))
    assert "the dearest size over tcp" in text
    assert picture.read_text().startswith("<svg ")


def test_a_document_is_written_from_the_ledger(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("<!-- ledger: nothing-of-this-name -->\n<!-- end -->\n")
    assert "nothing kept" in run("ledger", "nothing-of-this-name", "--write", str(document))
    assert "Not measured yet." in document.read_text()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    import av
    import numpy as np

    path = tmp_path / "small.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "x264-params": "keyint=10"})
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        for number in range(20):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((192, 320, 3), number, np.uint8), format="rgb24")))
        container.mux(stream.encode(None))
    return path
