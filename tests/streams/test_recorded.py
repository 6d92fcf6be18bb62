from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from streams.errors import RecordedFileError
from streams.media import nal_type, starts_decoding
from streams.recorded import began_at, read_access_units

Clip = Callable[[str], Path]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_every_picture_with_its_time_and_parameter_sets(clip: Clip, codec: str) -> None:
    units = list(read_access_units(clip(codec)))
    assert len(units) == 50
    assert [n for n, unit in enumerate(units) if unit.keyframe] == [0, 25]
    assert [unit.arrival_seconds for unit in units] == pytest.approx([n / 25 for n in range(50)])
    assert [unit.timestamp for unit in units] == [n * 3600 for n in range(50)]
    for unit in units:
        assert unit.codec == codec
        assert unit.parameter_sets.complete
        assert not unit.damaged
        assert unit.keyframe == any(starts_decoding(unit.codec, nal_type(unit.codec, nal)) for nal in unit.nals)


@pytest.mark.parametrize("ending", ["mkv", "ts", "flv"])
def test_other_containers_give_the_same_pictures(clip: Clip, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"clip.{ending}"
    with av.open(str(clip("h264"))) as read, av.open(str(path), "w") as write:
        stream = write.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                write.mux(packet)
    units, own = list(read_access_units(path)), list(read_access_units(clip("h264")))
    assert [max(unit.nals, key=len) for unit in units] == [max(unit.nals, key=len) for unit in own]
    assert [unit.keyframe for unit in units] == [unit.keyframe for unit in own]


def another_codec(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode(None))


def sound_only(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "there is no such file"),
        (lambda path: path.touch(), "cannot be read as video"),
        (lambda path: path.write_text("not a video"), "cannot be read as video"),
        (lambda path: path.write_bytes(bytes(100_000)), "cannot be read as video"),
        (another_codec, "its video is mpeg4; only H.264 and H.265"),
        (sound_only, "holds no video track"),
        (lambda path: path.write_text("ffconcat version 1.0\nfile /etc/passwd\n"), "cannot be read as video"),
        (lambda path: path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"), "cannot be read as video"),
        (lambda path: path.write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(12) + b"\x7f\xff\xff\xffmoov" + b"\xff" * 200), "holds no video"),
    ],
    ids=["missing", "a folder", "empty", "text", "zeros", "another codec", "sound only", "a list of other files", "a list of addresses", "a gigantic box"],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, make: Callable[[Path], object], complaint: str) -> None:
    path = tmp_path / "a.mp4"
    make(path)
    with pytest.raises(RecordedFileError, match=complaint) as caught:
        list(read_access_units(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_truncated_file_gives_what_it_holds_or_is_refused(clip: Clip, tmp_path: Path, codec: str, share: float) -> None:
    data = clip(codec).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: round(len(data) * share)])
    with pytest.raises(RecordedFileError, match="truncated"):
        list(read_access_units(path))


def test_a_truncated_recording_gives_the_pictures_before_the_cut(clip: Clip, tmp_path: Path) -> None:
    """A Matroska file needs no table at its end, as recorders' files do."""
    whole, path = tmp_path / "whole.mkv", tmp_path / "cut.mkv"
    with av.open(str(clip("h264"))) as read, av.open(str(whole), "w") as write:
        stream = write.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                write.mux(packet)
    data = whole.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    units = list(read_access_units(path))
    assert 10 < len(units) < 45


def test_broken_bytes_in_the_middle_raise_nothing_else(clip: Clip, tmp_path: Path) -> None:
    data = bytearray(clip("h264").read_bytes())
    rng = np.random.default_rng(3)
    for trial in range(12):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), 200):
            broken[at] = int(rng.integers(0, 256))
        path = tmp_path / f"{trial}.mp4"
        path.write_bytes(broken)
        try:
            list(read_access_units(path))
        except RecordedFileError as error:
            assert path.name in str(error)  # noqa: PT017


WRITTEN = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
TWO_SECONDS = timedelta(seconds=2)


@pytest.mark.parametrize(
    ("ending", "created", "expected"),
    [
        pytest.param("mp4", "2026-11-20T07:30:05.000000Z", datetime(2026, 11, 20, 7, 30, 5, tzinfo=UTC), id="the container tells"),
        pytest.param("mkv", "2026-11-20T15:30:05+08:00", datetime(2026, 11, 20, 7, 30, 5, tzinfo=UTC), id="with another offset"),
        pytest.param("mp4", None, WRITTEN - TWO_SECONDS, id="it does not: written when it ended"),
        pytest.param("mp4", "1970-01-01T00:00:00Z", WRITTEN - TWO_SECONDS, id="the zero of its epoch is none"),
        pytest.param("h264", None, WRITTEN, id="no container, so no length"),
    ],
)
def test_when_a_recording_began(clip: Clip, tmp_path: Path, ending: str, created: str | None, expected: datetime) -> None:
    path = tmp_path / f"a.{ending}"
    with av.open(str(clip("h264"))) as read, av.open(str(path), "w") as write:
        if created is not None:
            write.metadata["creation_time"] = created
        stream = write.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                write.mux(packet)
    os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))
    assert abs(began_at(path) - expected) <= timedelta(milliseconds=50)


@pytest.mark.parametrize("content", [None, b"", b"no video"], ids=["missing", "empty", "text"])
def test_what_is_no_recording_has_no_beginning(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordedFileError, match=r"a\.mp4: "):
        began_at(path)
