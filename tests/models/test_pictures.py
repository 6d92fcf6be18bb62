from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import PictureError
from models.pictures import claimed_size, largest_in, letterbox, read_picture


def half_red() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """40 wide, 20 high, BGR: the left half is red."""
    bgr = np.zeros((20, 40, 3), np.uint8)
    bgr[:, :20, 2] = 255
    return bgr


def encode(ending: str) -> bytes:
    done, data = cv2.imencode(ending, half_red())
    assert done
    return data.tobytes()


def with_exif(jpeg: bytes, orientation: int, thumbnail: bytes = b"") -> bytes:
    """Puts an EXIF segment with an orientation (and, as cameras do, a thumbnail with an end mark of its own) behind the first two bytes."""
    tiff = b"II*\x00\x08\x00\x00\x00\x01\x00" + struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0) + b"\x00" * 4
    body = b"Exif\x00\x00" + tiff + thumbnail
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


@pytest.mark.parametrize("ending", [".jpg", ".png", ".bmp", ".webp"])
def test_pictures_are_rgb(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(encode(ending))
    picture = read_picture(path)
    assert picture.shape == (20, 40, 3)
    assert picture.dtype == np.uint8
    assert picture[10, 5, 0] > 200
    assert picture[10, 5, 2] < 60
    assert picture[10, 35].max() < 60


@pytest.mark.parametrize("ending", [".jpg", ".png", ".bmp", ".webp"])
def test_the_size_is_known_from_the_header(ending: str) -> None:
    assert claimed_size(encode(ending)) == (40, 20)


def test_a_lossless_webp_claims_its_size_too() -> None:
    done, data = cv2.imencode(".webp", half_red(), [cv2.IMWRITE_WEBP_QUALITY, 101])
    assert done
    assert claimed_size(data.tobytes()) == (40, 20)


def test_a_phone_s_turned_picture_is_shown_upright(tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    path.write_bytes(with_exif(encode(".jpg"), 6))  # turn by a quarter, clockwise
    picture = read_picture(path)
    assert picture.shape == (40, 20, 3)
    assert picture[5, 10, 0] > 200
    assert picture[35, 10].max() < 60


def png_that_claims(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + b"\x00\x00\x00\x00IEND\xaeB`\x82"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"hello, I am a text\n" * 10, "not a picture", id="text"),
        pytest.param(b"%PDF-1.7\n" + b"\x00" * 400, "not a picture", id="another type"),
        pytest.param(png_that_claims(50_000, 50_000), "50000x50000, more than 100 megapixels", id="gigantic"),
        pytest.param(encode(".jpg")[:-200], "cut short", id="a JPEG without its end"),
        pytest.param(with_exif(encode(".jpg"), 1, encode(".jpg"))[:-200], "cut short", id="only its thumbnail has an end"),
        pytest.param(encode(".jpg")[:40], "cut short", id="a JPEG's head alone"),
        pytest.param(encode(".png")[:-20], "cut short", id="a PNG without its end"),
        pytest.param(encode(".webp")[:-20], "cut short", id="a WebP without its end"),
    ],
)
def test_a_faulty_picture_is_one_line_that_names_it(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "street.jpg"
    path.write_bytes(content)
    with pytest.raises(PictureError, match=says) as caught:
        read_picture(path)
    assert "street.jpg" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="does not exist"):
        read_picture(tmp_path / "none.jpg")
    with pytest.raises(PictureError, match="is a folder"):
        read_picture(tmp_path)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (300, 900), (640, 384), (17, 11)])
def test_a_box_comes_back_from_the_letterbox(width: int, height: int) -> None:
    fitted, scale, left, top = letterbox(np.full((height, width, 3), 200, np.uint8), 640, 384)
    assert fitted.shape == (384, 640, 3)
    corners = np.array([0, 0, width, height]) * scale + [left, top, left, top]
    inside = fitted[round(corners[1]) : round(corners[3]), round(corners[0]) : round(corners[2])]
    assert (inside == 200).all()
    assert (fitted == 114).all(axis=2).sum() == 640 * 384 - inside.shape[0] * inside.shape[1]


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        pytest.param(1920, 1080, (640, 384), id="a camera's picture as ever"),
        pytest.param(4000, 3000, (576, 416), id="4:3 a tenth larger"),
        pytest.param(3000, 4000, (416, 576), id="upright"),
        pytest.param(1000, 1000, (480, 480), id="square"),
        pytest.param(5000, 300, (1920, 128), id="a strip"),
        pytest.param(10, 10, (480, 480), id="tiny"),
    ],
)
def test_an_input_is_fitted_to_the_picture_and_has_no_more_pixels(width: int, height: int, size: tuple[int, int]) -> None:
    found = largest_in(width, height, 640 * 384, 32)
    assert found[0] * found[1] <= 640 * 384
    assert (found[0] % 32, found[1] % 32) == (0, 0)
    assert found == size
