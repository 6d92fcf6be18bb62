from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import conversation
from benchmarks.cameras import simulated_cameras
from benchmarks.contender import Window, kept_up, measure
from benchmarks.conversation import Contender, Conversation
from benchmarks.errors import BenchmarkError, PeerMissing

TALKER = """
import json, sys
task = json.loads(sys.stdin.readline())
print("a library's chatter", flush=True)
print("{ not JSON", flush=True)
{body}
"""
READY = "print(json.dumps({'ready': True, 'name': task['name']}), flush=True)\n"


def talker(folder: Path, body: str) -> Contender:
    (folder / "talker.py").write_text(TALKER.replace("{body}", body))
    return Contender("talker", "a talker", "talker", {"name": "x"})


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(conversation, "SCRIPTS", tmp_path)
    return tmp_path


def test_it_says_that_it_is_ready_and_answers(scripts: Path) -> None:
    body = READY + "for line in sys.stdin:\n    print(json.dumps({'pieces': json.loads(line)['pieces'] + 1}), flush=True)"
    with Conversation(talker(scripts, body)) as process:
        assert process.ready["name"] == "x"
        assert process.ask({"pieces": 1}, 10)["pieces"] == 2
        assert process.ask({"pieces": 4}, 10)["pieces"] == 5


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        pytest.param("print(json.dumps({'missing': 'no cv2 here'}), flush=True)\nsys.stdin.read()", PeerMissing, "no cv2 here", id="a part is missing"),
        pytest.param("print(json.dumps({'refused': 'bad model'}), flush=True)\nsys.stdin.read()", BenchmarkError, "bad model", id="it refuses"),
        pytest.param("raise ValueError('broken inside')", BenchmarkError, "a talker ended: .*broken inside", id="it dies before it is ready"),
        pytest.param(READY + "raise ValueError('broken later')", BenchmarkError, "a talker ended: .*broken later", id="it dies at work"),
    ],
)
def test_an_end_is_told_in_one_line(scripts: Path, body: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message) as caught, Conversation(talker(scripts, body)) as process:  # noqa: PT012
        process.ask({"pieces": 1}, 10)
        process.sleep(5)
    assert "\n" not in str(caught.value)


def test_one_that_does_not_answer_is_not_waited_for(scripts: Path) -> None:
    with Conversation(talker(scripts, READY + "sys.stdin.read()")) as process, pytest.raises(BenchmarkError, match="does not answer within 0 s"):
        process.ask({"pieces": 1}, 0.2)


def test_a_python_that_is_not_there_is_a_missing_peer(scripts: Path) -> None:
    with pytest.raises(PeerMissing, match="does not start"), Conversation(Contender("x", "x", "talker", python=str(scripts / "none"))):
        pass


@pytest.mark.parametrize(
    ("pictures", "sound"),
    [
        pytest.param([500], True, id="all pictures"),
        pytest.param([455], True, id="nearly all"),
        pytest.param([430], False, id="it dropped a seventh"),
        pytest.param([440, 520], True, id="what one window lacks the next one has"),
    ],
)
def test_who_drops_pictures_did_not_keep_up(pictures: list[int], sound: bool) -> None:
    windows = [Window(2, 10.0, {"pictures": count}, 1.0, 8_000_000, 4, 3.0) for count in pictures]
    assert kept_up(windows, ("pictures", 25.0)) is sound
    assert kept_up(windows, None)
    assert (windows[0].cpu_ms, windows[0].memory_mb) == (50.0, 4.0)


def test_the_reader_is_measured_on_two_simulated_cameras(small_clip: Path) -> None:
    reader = Contender(
        "look", "reader", "curbwatch_reader", {"look_seconds": 1.0, "size": (160, 96), "clip": str(small_clip)}, python=sys.executable, cameras=2
    )
    with simulated_cameras([small_clip], 3) as cameras:
        window = measure(reader, cameras, warm_up_seconds=0.5, seconds=2.0)
    assert window.cameras == 2
    assert window.rate("pictures") == pytest.approx(10, rel=0.4)
    assert window.counts["looks"] >= 2
    assert window.counts["lost"] == 0
    assert window.cpu_seconds < 2.0


def test_a_simulator_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"the camera simulator does not start: .*none\.mp4"), simulated_cameras([tmp_path / "none.mp4"], 1):
        pass
