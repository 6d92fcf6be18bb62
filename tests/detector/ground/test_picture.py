from __future__ import annotations

import numpy as np
import pytest

from detector.ground.picture import box_of, covered, picture_of, polygons_covered, spans
from detector.judgement.geometry import Box
from streams.decoding import DecodedCrop, Letterbox

RECTANGLE = (0.25, 0.5, 0.75, 1.0)
SHAPE = (90, 160)


@pytest.mark.parametrize(
    ("canvas", "letterbox", "rectangle", "size", "shape"),
    [
        pytest.param((384, 640), Letterbox(0.5, 0, 12, 0, 0), (0, 0, 1, 1), (1280, 720), (90, 160), id="a whole 720p picture in a 640x384 input"),
        pytest.param((384, 640), Letterbox(1 / 1.5, 0, 0, 480, 504), (0.25, 0.4667, 0.75, 1), (1920, 1080), (96, 160), id="half of a 1080p picture"),
        pytest.param((640, 640), Letterbox(1 / 3, 0, 140, 0, 0), (0, 0, 1, 1), (1920, 1080), (90, 160), id="a square input"),
        pytest.param((180, 320), Letterbox(1 / 6, 0, 0, 0, 0), (0, 0, 1, 1), (1920, 1080), (90, 160), id="a small model's"),
        pytest.param((640, 384), Letterbox(0.4, 12, 0, 0, 0), (0, 0, 1, 1), (900, 1600), (160, 90), id="an upright picture"),
    ],
)
def test_a_crop_becomes_cells_without_its_letterbox(
    canvas: tuple[int, int], letterbox: Letterbox, rectangle: Box, size: tuple[int, int], shape: tuple[int, int]
) -> None:
    pixels = np.full((*canvas, 3), 114, np.uint8)
    top, left = round(letterbox.pad_y), round(letterbox.pad_x)
    pixels[top : canvas[0] - top, left : canvas[1] - left] = (200, 40, 40)
    seen = picture_of(DecodedCrop(pixels, letterbox), rectangle, *size)
    assert seen.shape == shape
    assert [int(np.ptp(plane)) for plane in seen.cells] == [0, 0, 0], "nothing of the grey about it"
    assert seen.rectangle == pytest.approx(rectangle, abs=0.01)


def test_boxes_and_cells_belong_together() -> None:
    rows, columns = spans((0.375, 0.75, 0.5, 1.0), RECTANGLE, SHAPE)
    assert (rows, columns) == (slice(45, 90), slice(40, 80))
    mask = covered([(0.375, 0.75, 0.5, 1.0)], RECTANGLE, SHAPE)
    assert mask.sum() == 45 * 40
    assert box_of(mask, RECTANGLE) == (0.375, 0.75, 0.5, 1.0)


@pytest.mark.parametrize("box", [(0.0, 0.0, 0.2, 0.4), (0.8, 0.1, 0.9, 0.4), (0.3, 0.1, 0.6, 0.45)])
def test_a_box_outside_touches_no_cell(box: Box) -> None:
    assert not covered([box], RECTANGLE, SHAPE).any()


def test_polygons_cover_their_cells() -> None:
    mask = polygons_covered([((0.25, 0.5), (0.5, 0.5), (0.5, 1.0), (0.25, 1.0)), ((0.9, 0.9), (1.0, 0.9), (1.0, 1.0))], RECTANGLE, SHAPE)
    assert mask[:, :80].all()
    assert not mask[:, 82:].any()
