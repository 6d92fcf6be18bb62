from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.verifier.making import shipped_alone, shipped_with_verifier

MEDIA = Path(__file__).parents[2] / "models" / "media"
STILL, TRADING, QUEUE = MEDIA / "stall.jpg", MEDIA / "trading.jpg", MEDIA / "queue.jpg"


def detect(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "curbwatch", "detect", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_json_is_one_line_a_picture_with_boxes_in_its_own_pixels(tmp_path: Path) -> None:
    import cv2

    big = tmp_path / "big.png"
    cv2.imwrite(str(big), cv2.resize(cv2.imread(str(STILL)), None, fx=2, fy=2))
    done = detect(STILL, big, "--json", "--min-score", "0.5")
    assert done.returncode == 0, done.stderr
    small, large = (json.loads(line) for line in done.stdout.splitlines())
    assert (small["width"], small["height"], large["width"], large["height"]) == (640, 360, 1280, 720)
    assert small["model"] == "curbwatch-n-street"
    person = next(box for box in small["detections"] if box["class"] == "person")
    twice = next(box for box in large["detections"] if box["class"] == "person")
    assert twice["xyxy"] == pytest.approx([2 * side for side in person["xyxy"]], abs=6)


def test_faulty_pictures_are_one_line_each_and_the_others_are_done(tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.jpg", tmp_path / "text.jpg"
    empty.write_bytes(b"")
    text.write_text("no picture", encoding="utf-8")
    done = detect(empty, STILL, text, tmp_path / "none.jpg", "--json")
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 1
    assert [name in line for name, line in zip(("empty.jpg", "text.jpg", "none.jpg"), done.stderr.splitlines(), strict=True)] == [True] * 3


def test_an_unknown_model_and_a_missing_provider_are_one_line(tmp_path: Path) -> None:
    for arguments in ((STILL, "--model", "no-such"), (STILL, "--model", tmp_path / "no.onnx"), (STILL, "--provider", "tensorrt")):
        done = detect(*arguments)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert "Traceback" not in done.stderr


def test_without_json_the_provider_in_use_is_shown() -> None:
    done = detect(STILL, "--provider", "cpu")
    assert done.returncode == 0
    assert "on cpu, 640x384" in done.stderr
    assert "stall.jpg: 640x360" in done.stdout


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    return shipped_with_verifier(tmp_path)


def test_verify_keeps_at_most_eight_boxes_of_what_sells_with_their_fused_score(pair: Path) -> None:
    done = detect(STILL, "--model", pair, "--verify", "--voices", "--min-score", "0.01", "--json")
    assert done.returncode == 0, done.stderr
    (line,) = (json.loads(line) for line in done.stdout.splitlines())
    boxes = line["detections"]
    assert 1 <= len(boxes) <= 8
    assert {box["class"] for box in boxes} <= {"stall", "goods_out", "vendor_vehicle"}
    assert all(0.01 <= box["verified"] <= 1 and 0 < box["score"] <= 1 and len(box["xyxy"]) == 4 for box in boxes)
    assert [box["verified"] for box in boxes] == sorted((box["verified"] for box in boxes), reverse=True)
    assert set(boxes[0]["voices"]) == {"detector", "crop", "picture", "things", "parts"}
    everything = json.loads(detect(STILL, "--model", pair, "--verify", "--min-score", "0", "--json").stdout)["detections"]
    asked = [box for box in everything if box["verified"] >= 0.01]
    assert [box["xyxy"] for box in asked] == [box["xyxy"] for box in boxes], "--min-score bounds the fused score, not what the detector proposes"
    assert any(box["score"] < 0.05 for box in everything)
    sure = detect(STILL, "--model", pair, "--verify", "--json")
    assert json.loads(sure.stdout)["detections"] == [], "no box of this picture reaches the card's threshold"


def test_the_shipped_pair_tells_what_sells() -> None:
    done = detect(TRADING, "--verify", "--json")
    assert done.returncode == 0, done.stderr
    (stall,) = json.loads(done.stdout)["detections"]
    assert stall["class"] == "stall"
    assert stall["verified"] > 0.8
    assert stall["xyxy"] == pytest.approx([248, 207, 446, 344], abs=12)
    assert json.loads(detect(QUEUE, "--verify", "--json").stdout)["detections"] == []


def test_verify_without_a_verifier_and_voices_without_verify_are_one_line(tmp_path: Path) -> None:
    alone = shipped_alone(tmp_path)
    for arguments, says in (
        ((STILL, "--model", alone, "--verify"), "names no verifier"),
        ((STILL, "--voices"), "--verify"),
        ((STILL, "--verify", "--voices"), "--json"),
    ):
        done = detect(*arguments)
        assert done.returncode == 2
        assert says in done.stderr
        assert "Traceback" not in done.stderr
