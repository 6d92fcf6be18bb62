from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.infer import contenders, parse_batches
from benchmarks.job import time_jobs


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        pytest.param("4", (4,), id="one"),
        pytest.param("1,4, 16", (1, 4, 16), id="a list"),
        pytest.param("1..64", (1, 2, 4, 8, 16, 32, 64), id="a span is its powers of two"),
        pytest.param("1,2..8,8", (1, 2, 4, 8), id="both, each once"),
    ],
)
def test_batches(text: str, sizes: tuple[int, ...]) -> None:
    assert parse_batches(text) == sizes


@pytest.mark.parametrize("text", ["", "many", "0", "65", "1..128", "5..7", "1-4", "-1"])
def test_batches_that_cannot_be(text: str) -> None:
    with pytest.raises(BenchmarkError, match="--batch"):
        parse_batches(text)


def test_the_session_and_the_bare_loop_take_turns_and_a_peer_without_its_environment_is_skipped(tmp_path: Path) -> None:
    import numpy as np

    picture = tmp_path / "picture.npy"
    np.save(picture, np.full((96, 160, 3), 90, np.uint8))
    among = contenders("curbwatch-n-street", "cpu", 1, (160, 96), picture, tmp_path / "no-python", None)
    timings, skipped = time_jobs(among, [{"pieces": 2, "batch": 2}], rounds=2, progress=lambda _: None)
    assert [one.key for one in timings[0]] == ["curbwatch-session", "bare-onnxruntime"]
    assert all(one.pieces == 4 and one.said["provider"] == "cpu" for one in timings[0])
    assert "no Python at" in skipped["ultralytics-predict"]


def test_a_model_that_is_none_is_one_line(tmp_path: Path) -> None:
    model = tmp_path / "broken.onnx"
    model.write_bytes(b"not a model")
    among = contenders(str(model), "cpu", 1, (160, 96), tmp_path / "picture.npy", None, None)[:1]
    import numpy as np

    np.save(tmp_path / "picture.npy", np.zeros((96, 160, 3), np.uint8))
    with pytest.raises(BenchmarkError, match=r"broken\.onnx is not an ONNX model") as caught:
        time_jobs(among, [{"pieces": 1}], rounds=1, progress=lambda _: None)
    assert "\n" not in str(caught.value)
