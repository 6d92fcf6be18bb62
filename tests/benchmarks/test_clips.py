from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.clips import H264, ensure_clip, read_clip
from benchmarks.errors import BenchmarkError


def test_what_a_clip_is(small_clip: Path) -> None:
    clip = read_clip(small_clip)
    assert (clip.rate, clip.keyframe_seconds) == (10.0, 1.0)
    assert clip.mbit > 0.5
    assert "320x192 10 fps, h264, a keyframe every 1.0 s" in clip.subject


@pytest.mark.parametrize("content", [pytest.param(b"", id="empty"), pytest.param(b"\x89PNG\r\n", id="another type"), pytest.param(None, id="missing")])
def test_what_is_no_clip(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BenchmarkError, match="is not a video that can be read"):
        read_clip(path)


@pytest.mark.slow
def test_a_clip_is_made_once(tmp_path: Path) -> None:
    said: list[str] = []
    path = ensure_clip(H264, tmp_path, said.append, seconds=1)
    assert said
    assert read_clip(path).rate == 25
    said.clear()
    assert ensure_clip(H264, tmp_path, said.append, seconds=1) == path
    assert not said
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BenchmarkError, match="give a writable folder"):
        ensure_clip(H264, tmp_path / "file", lambda _: None, seconds=1)
