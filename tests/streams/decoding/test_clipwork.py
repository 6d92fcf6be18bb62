"""Clips and copies made in a child are those that this process would have made; what breaks the child breaks the clip only."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from streams.clips import write_clips
from streams.decoding import ClipWork, DecoderPool
from streams.errors import RemuxError
from streams.media import AccessUnit
from streams.recorded import read_access_units
from streams.remux import transcode_h264

Clip = Callable[[str], Path]


@pytest.fixture
def work() -> Iterator[ClipWork]:
    with ClipWork() as made:
        yield made


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_clip_is_the_same_bit_by_bit(work: ClipWork, clip: Clip, tmp_path: Path, codec: str) -> None:
    units = list(read_access_units(clip(codec)))
    here = write_clips(units, tmp_path / "here.mp4", requested_start_seconds=1.2)
    there = work.write_clips("c1", units, tmp_path / "there.mp4", requested_start_seconds=1.2)
    assert [replace(one, path=tmp_path) for one in there] == [replace(one, path=tmp_path) for one in here]
    assert digest(there[0].path) == digest(here[0].path)


def test_a_change_of_parameter_sets_makes_two_files(work: ClipWork, clip: Clip, tmp_path: Path) -> None:
    first, other = (list(read_access_units(clip(codec))) for codec in ("h264", "hevc"))
    later = [replace(one, arrival_seconds=one.arrival_seconds + 2, timestamp=one.timestamp + 180_000) for one in other]
    made = work.write_clips("c1", [*first, *later], tmp_path / "two.mp4")
    assert [one.path.name for one in made] == ["two.mp4", "two_2.mp4"]
    assert [one.codec for one in made] == ["h264", "hevc"]


def test_a_copy_is_the_same(work: ClipWork, clip: Clip, tmp_path: Path) -> None:
    (own,) = write_clips(list(read_access_units(clip("hevc"))), tmp_path / "own.mp4")
    transcode_h264(own.path, tmp_path / "here.mp4")
    work.transcode_h264("c1", own.path, tmp_path / "there.mp4")
    assert digest(tmp_path / "there.mp4") == digest(tmp_path / "here.mp4")


def test_what_is_no_clip_is_refused_with_the_same_words(work: ClipWork, clip: Clip, tmp_path: Path) -> None:
    units = list(read_access_units(clip("h264")))
    with pytest.raises(RemuxError, match=r"none\.mp4: no keyframe among the 2 pictures"):
        work.write_clips("c1", units[1:3], tmp_path / "none.mp4")
    (tmp_path / "text.mp4").write_text("not a clip")
    with pytest.raises(RemuxError, match=r"text\.mp4: no H\.264 copy"):
        work.transcode_h264("c1", tmp_path / "text.mp4", tmp_path / "copy.mp4")


def test_what_the_system_says_of_a_disk_is_told_as_such(work: ClipWork, clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(RemuxError) as failed:
        work.write_clips("c1", list(read_access_units(clip("h264"))), tmp_path / "nowhere" / "clip.mp4")
    assert isinstance(failed.value.__cause__, OSError)
    assert failed.value.__cause__.errno == errno.ENOENT


def test_the_child_touches_its_folder_alone(clip: Clip, tmp_path: Path) -> None:
    units = list(read_access_units(clip("h264")))
    (tmp_path / "key.pem").write_bytes(clip("h264").read_bytes())
    with ClipWork(folder=tmp_path / "held") as work:
        (tmp_path / "held" / "s1").mkdir(parents=True)
        (made,) = work.write_clips("c1", units, tmp_path / "held" / "s1" / "clip.mp4")
        work.transcode_h264("c1", made.path, tmp_path / "held" / "s1" / "copy.mp4")
        with pytest.raises(RemuxError):
            work.write_clips("c1", units, tmp_path / "elsewhere.mp4")
        with pytest.raises(RemuxError):
            work.transcode_h264("c1", tmp_path / "key.pem", tmp_path / "held" / "s1" / "key.mp4")
    assert not (tmp_path / "elsewhere.mp4").exists()


@pytest.mark.parametrize("word", [b"SEGV-NOW", b"LIE-CLIP"], ids=["a crash", "nonsense"])
def test_a_child_that_fails_costs_the_clip(monkeypatch: pytest.MonkeyPatch, clip: Clip, tmp_path: Path, word: bytes) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    crashes: list[tuple[str, str]] = []
    units: list[AccessUnit] = list(read_access_units(clip("h264")))
    hostile = [replace(units[0], nals=(*units[0].nals, b"\x0c" + word)), *units[1:]]
    with ClipWork(lambda camera_id, how: crashes.append((camera_id, how)), module="hostile_child") as work:
        with pytest.raises(RemuxError, match=r"bad\.mp4: the process that made"):
            work.write_clips("c1", hostile, tmp_path / "bad.mp4")
        assert not (tmp_path / "bad.mp4").exists()
        assert crashes == ([("c1", "crashed (SIGSEGV)")] if word == b"SEGV-NOW" else [])
        assert work.write_clips("c1", units, tmp_path / "good.mp4")[0].pictures == len(units)


def test_the_camera_whose_clips_crash_is_set_aside(monkeypatch: pytest.MonkeyPatch, clip: Clip, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    aside: list[str] = []
    units = list(read_access_units(clip("h264")))
    hostile = [replace(units[0], nals=(*units[0].nals, b"\x0cSEGV-NOW")), *units[1:]]
    with DecoderPool(1, on_set_aside=lambda camera_id, _: aside.append(camera_id)) as pool, ClipWork(pool.crashed, module="hostile_child") as work:
        for camera_id in ("bad", "unlucky", "bad"):
            with pytest.raises(RemuxError):
                work.write_clips(camera_id, hostile, tmp_path / "bad.mp4")
    assert aside == ["bad"]


ASKER = """
import sys, threading, time
from dataclasses import replace
from pathlib import Path
from streams.decoding import ClipWork
from streams.recorded import read_access_units

units, path, word = list(read_access_units(Path(sys.argv[1]))), Path(sys.argv[2]), sys.argv[3].encode()
work = ClipWork(module="hostile_child")
units[0] = replace(units[0], nals=(*units[0].nals, b"\\x0c" + word))
asking = threading.Thread(target=work.write_clips, args=("c1", units, path), daemon=True)
asking.start()
while not (path.with_suffix(".begun") if word == b"HANG-CLIP" else path).exists():
    time.sleep(0.01)
if word != b"HANG-CLIP":
    asking.join()
print("there", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("word", ["HANG-CLIP", "AND-STOP"], ids=["at work", "stopped"])
def test_a_child_goes_with_its_parent(monkeypatch: pytest.MonkeyPatch, clip: Clip, tmp_path: Path, word: str) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    command = [sys.executable, "-c", ASKER, str(clip("h264")), str(tmp_path / "clip.mp4"), word]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "there\n"
        (child,) = children_of(parent.pid)
        if word == "AND-STOP":
            os.kill(child, signal.SIGSTOP)
            assert soon(lambda: state_of(child) == "T")
        parent.kill()
        gone = soon(lambda: state_of(child) in ("", "Z"))
    if not gone:
        os.kill(child, signal.SIGKILL)
    assert gone, "it outlives its parent"


def test_a_child_outlives_the_thread_that_asked(work: ClipWork, clip: Clip, tmp_path: Path) -> None:
    units = list(read_access_units(clip("h264")))
    before = set(children_of(os.getpid()))
    seen = []
    for name in ("one.mp4", "two.mp4"):
        asking = threading.Thread(target=work.write_clips, args=("c1", units, tmp_path / name))
        asking.start()
        asking.join()
        time.sleep(0.05)
        seen.append(set(children_of(os.getpid())) - before)
        assert (tmp_path / name).exists()
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


def test_closing_lets_a_clip_in_the_making_be_finished_and_blames_no_camera(monkeypatch: pytest.MonkeyPatch, clip: Clip, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    units = list(read_access_units(clip("h264")))
    slow = [replace(units[0], nals=(*units[0].nals, b"\x0cSLOW-CLIP")), *units[1:]]
    crashes: list[tuple[str, str]] = []
    before, threads = set(children_of(os.getpid())), threading.active_count()
    work = ClipWork(lambda camera_id, how: crashes.append((camera_id, how)), module="hostile_child")
    asking = threading.Thread(target=work.write_clips, args=("c1", slow, tmp_path / "slow.mp4"))
    asking.start()
    assert soon((tmp_path / "slow.begun").exists)
    work.close()
    asking.join()
    assert crashes == []
    assert (tmp_path / "slow.mp4").exists()
    assert soon(lambda: threading.active_count() == threads), "the thread that starts children stays"
    assert set(children_of(os.getpid())) == before


def soon(happens: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not happens() and time.monotonic() < deadline:
        time.sleep(0.01)
    return happens()


def children_of(pid: int) -> list[int]:
    return [int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]


def state_of(pid: int) -> str:
    """The letter that the system has for it; none where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
