"""Reading still pictures as a person sees them, and fitting them into a model's input.

Files from phones carry a rotation in EXIF, and OpenCV applies it on reading. The size is read from the header before a pixel is decoded, so a
file that claims to be gigantic costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import PictureError

MAX_PIXELS = 100_000_000
MAX_FILE_BYTES = 512 * 1024 * 1024
GREY = 114
"""The letterbox's grey, as YOLO models were trained with."""
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8"
JPEG_SCAN = 0xDA
JPEG_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Reads a picture as RGB (h, w, 3) uint8, turned as its EXIF orientation says.

    Raises:
        PictureError: the file is missing, empty, cut short, of another type, or has more than 100 megapixels.
    """
    try:
        if path.is_dir():
            raise PictureError(f"{path} is a folder: name the pictures in it")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise PictureError(f"{path} has {path.stat().st_size:,} bytes, more than a picture of {MAX_PIXELS // 1_000_000} megapixels needs: make it smaller")
        data = path.read_bytes()
    except FileNotFoundError:
        raise PictureError(f"{path} does not exist: check the path") from None
    except OSError as error:
        raise PictureError(f"{path} cannot be read: {error.strerror or error}") from None
    if not data:
        raise PictureError(f"{path} is empty: it holds no picture")
    _refuse_gigantic(path, claimed_size(data))
    if is_cut_short(data):
        raise PictureError(f"{path} is cut short: its end is missing, fetch it again")
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # OpenCV refuses what claims over 2^30 pixels, in formats whose header is not read here
        decoded = None
    if decoded is None:
        raise PictureError(f"{path} is not a picture that can be read: JPEG, PNG, WebP, BMP and TIFF can")
    _refuse_gigantic(path, (decoded.shape[1], decoded.shape[0]))
    return np.ascontiguousarray(decoded[:, :, ::-1]).astype(np.uint8, copy=False)


def _refuse_gigantic(path: Path, size: tuple[int, int] | None) -> None:
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        raise PictureError(f"{path} is {size[0]}x{size[1]}, more than {MAX_PIXELS // 1_000_000} megapixels: make it smaller or cut it")


def claimed_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that a JPEG, PNG, BMP or WebP header claims; None where it claims none or the type is another."""
    if data.startswith(PNG) and len(data) >= 24:
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if data.startswith(b"BM") and len(data) >= 26:
        return abs(int.from_bytes(data[18:22], "little", signed=True)), abs(int.from_bytes(data[22:26], "little", signed=True))
    if data.startswith(b"RIFF") and data[8:15] == b"WEBPVP8" and len(data) >= 30:
        if data[15:16] == b"X":
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        if data[15:16] == b"L":
            bits = int.from_bytes(data[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    if data.startswith(JPEG):
        for marker, at in _jpeg_segments(data):
            if marker in JPEG_FRAMES:
                return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
    return None


def is_cut_short(data: bytes) -> bool:
    """Whether a JPEG, PNG or WebP lacks its end: decoders would fill the rest with grey and say nothing."""
    if data.startswith(JPEG):
        scan = next((at for marker, at in _jpeg_segments(data) if marker == JPEG_SCAN), None)
        return scan is None or b"\xff\xd9" not in data[scan:]  # looked for after the scan began: an EXIF thumbnail has an end mark too
    if data.startswith(PNG):
        return b"IEND" not in data[-65536:]
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    return False


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Marker and offset of each JPEG segment, up to and including the start of the scan."""
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        yield marker, at
        if marker == JPEG_SCAN:
            return
        if marker == 0xFF:
            at += 1
        elif marker in JPEG_STANDALONE:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")


@lru_cache(maxsize=1024)
def largest_in(width_px: int, height_px: int, most_pixels: int, stride: int) -> tuple[int, int]:
    """Width and height, multiples of `stride` and of at most so many pixels together, in which a picture is largest; of equals the smallest."""

    def size_of(columns: int) -> tuple[int, int]:
        width = columns * stride
        height = most_pixels // width // stride * stride
        scale = min(width / width_px, height / height_px)
        rows = max(1, math.ceil(height_px * scale / stride - 1e-9))
        return math.ceil(width_px * scale / stride - 1e-9) * stride or stride, min(rows * stride, height)

    sizes = [size_of(columns) for columns in range(1, most_pixels // stride**2 + 1)]
    return max(sizes, key=lambda size: (min(size[0] / width_px, size[1] / height_px), -size[0] * size[1]))


def letterbox(picture: NDArray[np.uint8], width_px: int, height_px: int) -> tuple[NDArray[np.uint8], float, float, float]:
    """Fits a picture (h, w, 3) into `height_px` x `width_px` without bending it; the rest is grey.

    Returns:
        The input (height_px, width_px, 3), the scale, and the padding at the left and at the top in pixels: a box of the input is
        (box - padding) / scale in the picture.
    """
    height, width = picture.shape[:2]
    scale = min(width_px / width, height_px / height)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    resized = picture
    if (new_width, new_height) != (width, height):
        resized = np.asarray(cv2.resize(picture, (new_width, new_height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8)
    left, top = (width_px - new_width) // 2, (height_px - new_height) // 2
    out = np.full((height_px, width_px, 3), GREY, np.uint8)
    out[top : top + new_height, left : left + new_width] = resized
    return out, scale, float(left), float(top)
