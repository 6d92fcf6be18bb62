from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from streams.decoding import GREY, LUMA_SHAPE, MAX_PIXELS, WHOLE, Crop, Letterbox, decode_keyframe
from streams.errors import DecodeError
from streams.media import AccessUnit, Codec, ParameterSets
from streams.recorded import read_access_units

Clip = Callable[[str], Path]


def first(path: Path) -> AccessUnit:
    return next(read_access_units(path))


def picture(path: Path, width: int, height: int, pix_fmt: str = "yuv420p", codec: str = "libx264") -> Path:
    """One keyframe of soft colours with a bright rectangle, nearly lossless."""
    ys, xs = np.mgrid[0:height, 0:width]
    pixels = np.stack([xs * 200 // width, ys * 200 // height, (xs + ys) * 100 // (width + height)], axis=2).astype(np.uint8)
    pixels[height // 4 : height // 2, width // 4 : width // 2] = 250
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options={"preset": "ultrafast", "crf": "4"})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = width, height, pix_fmt, Fraction(1, 25)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def apart(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_keyframe_decodes_on_its_own(clip: Clip, codec: str) -> None:
    decoded = decode_keyframe(first(clip(codec)), (WHOLE,))
    assert (decoded.width, decoded.height, decoded.damage) == (320, 240, ())
    assert decoded.crops[0].pixels.shape == (240, 320, 3)
    assert decoded.crops[0].letterbox == Letterbox(1.0, 0.0, 0.0, 0.0, 0.0)
    with av.open(str(clip(codec))) as container:
        whole = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert apart(decoded.crops[0].pixels, whole) < 1.0


@pytest.mark.parametrize(
    ("crop", "rectangle"),
    [
        (Crop(0.25, 0.25, 0.75, 0.75), (160, 90, 480, 270)),
        (Crop(0.0, 0.5, 1.0, 1.0), (0, 180, 640, 360)),
        (Crop(0.501, 0.501, 0.603, 0.7), (320, 180, 386, 252)),
        (Crop(-1.0, -1.0, 2.0, 2.0), (0, 0, 640, 360)),
        (Crop(0.9999, 0.9999, 1.0, 1.0), (638, 358, 640, 360)),
        (Crop(0.5, 0.5, 0.5, 0.5), (320, 180, 322, 182)),
    ],
    ids=["the middle", "the lower half", "uneven pixels", "beyond the picture", "the last pixels", "nothing"],
)
def test_a_crop_is_the_same_pixels_as_of_the_whole_picture(tmp_path: Path, crop: Crop, rectangle: tuple[int, int, int, int]) -> None:
    unit = first(picture(tmp_path / "p.mp4", 640, 360))
    whole, cut = decode_keyframe(unit, (WHOLE, crop)).crops
    x0, y0, x1, y1 = rectangle
    assert cut.pixels.shape == (y1 - y0, x1 - x0, 3)
    assert (cut.letterbox.origin_x, cut.letterbox.origin_y) == (x0, y0)
    assert apart(cut.pixels, whole.pixels[y0:y1, x0:x1]) < 2.0


@pytest.mark.parametrize(
    ("crop", "size", "scale", "pads"),
    [
        (Crop(0, 0, 1, 1, 640, 640), (640, 640), 1.0, (0, 140)),
        (Crop(0, 0, 1, 1, 320, 192), (192, 320), 0.5, (0, 6)),
        (Crop(0.25, 0, 0.75, 1, 320, 320), (320, 320), 320 / 360, (18, 0)),
        (Crop(0.25, 0.25, 0.5, 0.5, 640, 384), (384, 640), 4.0, (0, 12)),
        (Crop(0, 0, 1, 1, 32, 32), (32, 32), 0.05, (0, 7)),
    ],
    ids=["native", "half", "a tall crop", "enlarged", "tiny"],
)
def test_a_letterboxed_crop_and_the_way_back(tmp_path: Path, crop: Crop, size: tuple[int, int], scale: float, pads: tuple[int, int]) -> None:
    unit = first(picture(tmp_path / "p.mp4", 640, 360))
    (made,) = decode_keyframe(unit, (crop,)).crops
    box = made.letterbox
    assert made.pixels.shape == (*size, 3)
    assert box.scale == pytest.approx(scale)
    assert (box.pad_x, box.pad_y) == pads
    if pads[1]:
        assert (made.pixels[: pads[1] - 1] == GREY).all()
    # The bright rectangle (160,90)–(320,180) of the picture, found in the crop and mapped back.
    ys, xs = np.where(made.pixels.min(axis=2) > 200)
    found = np.array([[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]], np.float32)
    expected = [max(160, box.origin_x), max(90, box.origin_y), 320, 180]
    assert box.to_picture(found)[0] == pytest.approx(expected, abs=max(2.0, 1.5 / scale))


@pytest.mark.parametrize(("width", "height"), [(322, 242), (1280, 720), (64, 48)])
def test_the_tiny_luma_picture_is_the_mean_of_its_cells(tmp_path: Path, width: int, height: int) -> None:
    unit = first(picture(tmp_path / "p.mp4", width, height))
    luma = decode_keyframe(unit, ()).luma
    assert (luma.shape, luma.dtype) == (LUMA_SHAPE, np.uint8)
    with av.open(str(tmp_path / "p.mp4")) as container:
        grey = next(container.decode(video=0)).to_ndarray(format="yuv420p")[:height]
    ys, xs = (np.linspace(0, length, cells + 1).astype(int) for length, cells in zip((height, width), LUMA_SHAPE, strict=True))
    means = np.array([[grey[top:bottom, left:right].mean() for left, right in pairwise(xs)] for top, bottom in pairwise(ys)])
    assert np.abs(luma - means).mean() < 4.0


def test_the_luma_follows_the_first_crop(tmp_path: Path) -> None:
    unit = first(picture(tmp_path / "p.mp4", 640, 360))
    assert decode_keyframe(unit, (Crop(0.25, 0.25, 0.5, 0.5),)).luma.min() > 200


@pytest.mark.parametrize("pix_fmt", ["yuvj420p", "yuv422p", "yuv444p", "gray", "yuv420p10le"])
def test_other_pixel_formats_come_out_alike(tmp_path: Path, pix_fmt: str) -> None:
    plain = decode_keyframe(first(picture(tmp_path / "a.mp4", 320, 240)), (WHOLE,)).crops[0].pixels
    other = decode_keyframe(first(picture(tmp_path / "b.mp4", 320, 240, pix_fmt)), (WHOLE,)).crops[0].pixels
    if pix_fmt == "gray":
        assert (other == other[:, :, :1]).all(), "a picture without colour stays grey"
        plain, other = (np.repeat((one @ np.array([0.299, 0.587, 0.114]))[:, :, None], 3, axis=2).astype(np.uint8) for one in (plain, other))
    assert apart(plain, other) < 8.0


def ue(number: int) -> str:
    """The unsigned Exp-Golomb code."""
    code = f"{number + 1:b}"
    return "0" * (len(code) - 1) + code


def bits(*parts: str) -> bytes:
    text = "".join(parts) + "1"
    text += "0" * (-len(text) % 8)
    return bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8))


def claim(width: int, height: int) -> bytes:
    """A baseline sequence parameter set of H.264 for a picture of this size."""
    return b"\x67\x42\x00\x33" + bits(ue(0), ue(0), ue(2), ue(1), "0", ue(width // 16 - 1), ue(height // 16 - 1), "1", "0", "0", "0")


class TestRefused:
    def test_a_gigantic_picture_before_memory_is_taken_for_it(self) -> None:
        assert 7680 * 4320 <= MAX_PIXELS < 7680 * 8192, "8K, and no more"
        sets = ParameterSets(
            Codec.H264, (), (claim(12_000, 10_000),), (b"\x68" + bits("1", "1", "0", "0", "1", "1", "1", "0", "00", "1", "1", "1", "0", "0", "0"),)
        )
        slice_ = b"\x65" + bits(ue(0), ue(7), ue(0), "0000", ue(0), "0", "0", ue(0)) + bytes(range(1, 200))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(DecodeError, match="claims 12000x10000 pixels"):
            decode_keyframe(AccessUnit(Codec.H264, (slice_,), 0, True, 0.0, None, sets), (WHOLE,))
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "kilobytes; the picture would take 180 MB"

    def test_a_picture_that_is_none(self, clip: Clip) -> None:
        unit = first(clip("h264"))
        for nals in ((b"\x65\x88" + bytes(100),), (b"\x65",), (b"\x09\xf0",)):
            with pytest.raises(DecodeError):
                decode_keyframe(replace(unit, nals=nals), (WHOLE,))

    def test_a_picture_without_parameter_sets(self, clip: Clip) -> None:
        unit = first(clip("h264"))
        bare = tuple(nal for nal in unit.nals if nal[0] & 0x1F == 5)
        with pytest.raises(DecodeError):
            decode_keyframe(replace(unit, nals=bare, parameter_sets=replace(unit.parameter_sets, sps=(), pps=())), (WHOLE,))

    @pytest.mark.parametrize("codec", ["h264", "hevc"])
    def test_half_a_picture_is_refused_or_told(self, clip: Clip, codec: str) -> None:
        unit = first(clip(codec))
        nals = (*unit.nals[:-1], unit.nals[-1][: len(unit.nals[-1]) // 2])
        try:
            damage = decode_keyframe(replace(unit, nals=nals), (WHOLE,)).damage
        except DecodeError:
            damage = ("refused",)
        assert damage
