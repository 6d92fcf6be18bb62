from __future__ import annotations

import numpy as np
import pytest

from models.street.assets import drawings, lettering
from models.street.assets.looks import Picture

COLOURS = ((0.5, 0.02, 0.02), (0.7, 0.69, 0.66), (0.02, 0.1, 0.4))
CLEAR = ("smoke", "net", "pane", "litter", "stain")
OWN = (
    "sign",
    "tall_sign",
    "poster",
    "card",
    "banner",
    "valance",
    "stripes",
    "checks",
    "floral",
    "pack",
    "carton",
    "sack",
    "smoke",
    "net",
    "pane",
    "canvas",
    "hazard",
    "litter",
    "stain",
)


@pytest.mark.parametrize("kind", OWN)
def test_a_picture_is_a_function_of_its_description(kind: str) -> None:
    picture = Picture(kind, "新鲜水果", COLOURS, 5, clear=kind in CLEAR)
    first = drawings.paint(picture)
    assert first.dtype == np.uint8
    assert first.shape[2] == (4 if kind in CLEAR else 3)
    assert np.array_equal(first, drawings.paint(picture))
    assert first.std() > 3


def test_colours_are_told_in_linear_light() -> None:
    assert drawings.ink((0.0, 1.0, 0.2140)) == (0, 255, 127)


@pytest.mark.parametrize("text", ["水果", "FRESH", "10元3斤"])
def test_words_fill_their_place_with_and_without_a_font(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import cv2

    for font in (True, False):
        if not font:
            monkeypatch.delattr(cv2, "FontFace", raising=False)
        canvas = np.zeros((60, 200, 3), np.uint8)
        lettering.write(canvas, text, (20, 10, 180, 50), (255, 200, 0))
        rows, columns = np.flatnonzero(canvas.max(axis=(1, 2))), np.flatnonzero(canvas.max(axis=(0, 2)))
        assert rows[0] >= 10
        assert rows[-1] < 50
        assert columns[0] >= 20
        assert columns[-1] < 180
        assert np.array_equal(canvas, _again(text))


def _again(text: str) -> np.ndarray:
    canvas = np.zeros((60, 200, 3), np.uint8)
    lettering.write(canvas, text, (20, 10, 180, 50), (255, 200, 0))
    return canvas
