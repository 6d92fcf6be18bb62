"""The sum over a clip's coded pictures, by a reader of MP4 files of its own beside libavformat's."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from evidence.coded import CodedSum, coded_of_file
from evidence.errors import PacketError


def write(path: Path, codec: str, pictures: int = 12) -> Path:
    with av.open(str(path), "w") as out:
        options = {"x265-params": "log-level=none:keyint=5"} if codec == "hevc" else {"x264-params": "keyint=5"}
        stream = out.add_stream({"h264": "libx264", "hevc": "libx265"}[codec], rate=10, options={"preset": "ultrafast", **options})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 64, 64, "yuv420p", Fraction(1, 10)
        noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
        for number in range(pictures):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(noise, number, axis=1), format="rgb24")))
        out.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("coded")
    return lambda codec: folder / f"{codec}.mp4" if (folder / f"{codec}.mp4").exists() else write(folder / f"{codec}.mp4", codec)


def by_libav(path: Path, codec: str) -> tuple[int, str]:
    total, pictures = CodedSum(codec), 0
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            data, pictures = bytes(packet), pictures + bool(packet.size)
            while data:
                size = int.from_bytes(data[:4], "big")
                total.add([data[4 : 4 + size]])
                data = data[4 + size :]
    return pictures, total.sha256


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_the_sum_of_a_file_is_that_of_its_units(clip: Callable[[str], Path], codec: str) -> None:
    found = coded_of_file(clip(codec))
    assert (found.codec, found.pictures) == (codec, 12)
    assert found.nals >= 12
    assert (found.pictures, found.sha256) == by_libav(clip(codec), codec)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_changed_bit_of_a_picture_changes_the_sum(clip: Callable[[str], Path], tmp_path: Path, codec: str) -> None:
    data = bytearray(clip(codec).read_bytes())
    data[data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 2] ^= 1
    other = tmp_path / "other.mp4"
    other.write_bytes(data)
    with suppress(PacketError):  # the bit may be in a length
        assert coded_of_file(other).sha256 != coded_of_file(clip(codec)).sha256


def test_what_is_no_clip_ends_in_one_error(clip: Callable[[str], Path], tmp_path: Path) -> None:
    whole, chance, path = clip("h264").read_bytes(), random.Random(5), tmp_path / "broken.mp4"
    cases = [b"", b"not a clip at all" * 9, whole[: len(whole) // 2], whole[:-1], whole.replace(b"moov", b"free"), whole.replace(b"avc1", b"mp4v")]
    for _ in range(300):
        damaged = bytearray(whole)
        place = whole.index(b"moov") + chance.randrange(600)
        damaged[place : place + 4] = chance.randbytes(4)
        cases.append(bytes(damaged))
    refusals = []
    for data in cases:
        path.write_bytes(data)
        try:
            coded_of_file(path)
        except PacketError as error:
            refusals.append(str(error))
    assert len(refusals) > 6
    assert all(refusal.startswith("broken.mp4: is no MP4 file") for refusal in refusals)
