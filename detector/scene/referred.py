"""The picture that a view was drawn on, as bytes: whether it can be held against what the camera sees, and what is wrong with it if not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evidence.views import Reference
from models.pictures import claimed_size, is_cut_short

MOST_BYTES = 8 * 2**20
MOST_PIXELS = 36_000_000
LEAST_SIDE = 64


def luma_of(data: bytes) -> tuple[NDArray[np.uint8] | None, str]:
    """A JPEG or PNG as luma (h, w) uint8, or None and what is wrong with it."""
    if not data:
        return None, "is empty"
    if not data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return None, "is no JPEG or PNG"
    if is_cut_short(data):
        return None, "is cut short: its end is missing"
    width, height = claimed_size(data) or (0, 0)
    if width * height > MOST_PIXELS:
        return None, f"is {width}x{height}: more than {MOST_PIXELS // 1_000_000} megapixels"
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        return None, "cannot be decoded"
    if picture.size > MOST_PIXELS or min(picture.shape) < LEAST_SIDE:
        return None, f"is {picture.shape[1]}x{picture.shape[0]}: too {'small' if picture.size <= MOST_PIXELS else 'large'}"
    return np.asarray(picture, np.uint8), ""


def read_luma(path: Path, reference: Reference) -> tuple[NDArray[np.uint8] | None, str]:
    """The reference picture in a file as luma (h, w) uint8, or None and what is wrong with it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None, f"is larger than {MOST_BYTES >> 20} MiB"
        data = path.read_bytes()
    except OSError as error:
        return None, f"cannot be read ({error.strerror or error})"
    if reference.sha256 is not None and hashlib.sha256(data).hexdigest() != reference.sha256:
        return None, "is another picture than the one that is named (its hash differs)"
    return luma_of(data)
