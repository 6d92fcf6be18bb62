from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from detector.worker.order import PacketOrder
from detector.worker.pictures import BOX_COLOUR, MAX_BYTES, MAX_WIDTH, Jpeg, Marked, Pixels, ascii_only, boxed, caption_of, closeup, pixels_of, snapshot
from evidence.model import Text
from evidence.views import ViewDocument
from streams.media import AccessUnit

PLAIN = ViewDocument(camera_id="cam-3")


@pytest.fixture
def view(made_order: Callable[..., PacketOrder]) -> ViewDocument:
    return made_order().view


def grey(width: int = 1280, height: int = 720) -> Pixels:
    return np.full((height, width, 3), 128, np.uint8)


def noise(width: int, height: int) -> Pixels:
    return np.random.default_rng(3).integers(0, 255, (height, width, 3), np.uint8)


def opened(jpeg: Jpeg) -> Pixels:
    return np.asarray(cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg.data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)


def near(pixel: Pixels, colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(pixel.astype(int) - colour) < 40).all())


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_keyframe_becomes_pixels_with_its_privacy_masks_black(units_of: Callable[[str], tuple[AccessUnit, ...]], view: ViewDocument, codec: str) -> None:
    unit = units_of(codec)[0]
    open_pixels, masked = pixels_of(unit, PLAIN), pixels_of(unit, view)
    assert masked.shape == (240, 320, 3)
    assert not masked[:30, :60].any()
    assert (masked[40:] == open_pixels[40:]).all()


def test_a_snapshot_is_the_whole_picture_in_its_colours() -> None:
    pixels = grey(320, 240)
    pixels[:, :160] = (200, 30, 30)
    jpeg = snapshot(pixels, PLAIN)
    assert opened(jpeg).shape == (240, 320, 3)
    assert near(opened(jpeg)[120, 40], (200, 30, 30))
    assert jpeg.recipe | {"opencv": ""} == {"made": "whole picture", "scale": 1.0, "width": 320, "height": 240, "jpeg_quality": 88, "opencv": ""}


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160), (700, 5000)], ids=["1080p", "4k", "tall"])
def test_a_heavy_picture_stays_within_the_bound_and_says_how(width: int, height: int, view: ViewDocument) -> None:
    for jpeg in (snapshot(noise(width, height), view), boxed(noise(width, height), view, Marked((0.1, 0.1, 0.2, 0.2)), "c")):
        assert len(jpeg.data) <= MAX_BYTES
        assert opened(jpeg).shape[:2] == (jpeg.recipe["height"], jpeg.recipe["width"])
        assert jpeg.recipe["width"] <= MAX_WIDTH
        assert jpeg.recipe["jpeg_quality"] < 88
        assert jpeg.recipe["blacked_out"] == ["window"]


@pytest.mark.parametrize(
    ("xyxy", "crop"),
    [
        ((0.25, 0.5, 0.5, 0.75), [272, 333, 688, 567]),
        ((0.0, 0.0, 0.1, 0.1), [0, 0, 147, 83]),
        ((0.9, 0.9, 1.0, 1.0), [1132, 637, 1280, 720]),
        ((1.0, 1.0, 1.0, 1.0), [1278, 718, 1280, 720]),
    ],
    ids=["inside", "in the upper corner", "in the lower corner", "no area at all"],
)
def test_a_closeup_keeps_the_cameras_pixels_with_a_margin(xyxy: tuple[float, float, float, float], crop: list[int]) -> None:
    jpeg = closeup(grey(), PLAIN, xyxy)
    assert jpeg.recipe["crop_px"] == crop
    assert opened(jpeg).shape[:2] == (crop[3] - crop[1], crop[2] - crop[0])


def test_the_boxed_picture_shows_the_box_and_a_caption_beneath_the_whole_picture(view: ViewDocument) -> None:
    jpeg = boxed(grey(), view, Marked((0.25, 0.5, 0.5, 0.75), "stall", 0.83), "cam-3 东门 | V2")
    picture = opened(jpeg)
    assert picture.shape[0] > 720
    assert near(picture[360 + 90, 320], BOX_COLOUR)
    assert not near(picture[360 + 90, 480], BOX_COLOUR)
    assert picture[721:].mean() < 100
    assert jpeg.recipe["caption"] == "cam-3 东门 | V2"
    assert "caption_note" not in jpeg.recipe
    assert (jpeg.recipe["zones"], jpeg.recipe["lines"], jpeg.recipe["view_version"]) == (["walk", "window"], ["shop-1"], 4)


def test_the_caption_names_camera_kind_and_local_time() -> None:
    at = datetime(2026, 11, 25, 8, 0, 5, 900000, tzinfo=UTC)
    stall = Text(zh="占道摊点", en="stall")
    assert caption_of("cam-3", "V2", stall, at, "Asia/Shanghai") == "cam-3 | V2 占道摊点 stall | 2026-11-25 16:00:05+08:00 Asia/Shanghai"
    assert caption_of("cam-3 东门", "V2", stall, at, "Mars/Base") == "cam-3 东门 | V2 占道摊点 stall | 2026-11-25 08:00:05+00:00 UTC"
    assert ascii_only("é占a") == "??a"


def strip_of(caption: str, width: int = 1280) -> Pixels:
    return opened(boxed(grey(width, 720), PLAIN, Marked((0.1, 0.1, 0.2, 0.2)), caption))[720:]


def test_chinese_is_lettered_into_the_caption() -> None:
    one, other = strip_of("cam-3 | V2 占道摊点 stall"), strip_of("cam-3 | V2 店外经营 stall")
    assert one.shape == other.shape
    assert (np.abs(one.astype(int) - other) > 100).sum() > 100, "other letters, no question marks"


@pytest.mark.parametrize("width", [320, 640, 1280, 1920])
def test_a_long_caption_goes_on_in_a_second_line_and_stays_readable(width: int) -> None:
    strip = strip_of(
        "37010200001320000001 泉城路东口 Quancheng Road east | V2 占道摊点 stall on the public way | 2026-11-25 16:00:05+08:00 Asia/Shanghai", width
    )
    lit = (strip.max(axis=2) > 160).any(axis=1)
    lines = int((np.diff(lit.astype(int)) == 1).sum())
    assert lines >= 1
    assert lit.sum() / lines >= 9, "letters are at least nine pixels high"
    assert max(strip[:, -3:].max(), strip[:, :3].max()) < 100, "nothing is cut off at the edges"


def test_without_a_font_for_chinese_the_caption_is_its_english_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.scene.lettering._font", lambda: None)
    jpeg = boxed(grey(), PLAIN, Marked((0.1, 0.1, 0.2, 0.2)), "cam-3 东门 | V2 占道摊点 stall")
    assert jpeg.recipe["caption"] == "cam-3 | V2 stall"
    assert jpeg.recipe["caption_note"] == "drawn in ASCII; the names in Chinese stand in the manifest"
