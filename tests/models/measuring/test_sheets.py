from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import EvaluationError, PictureError
from models.measuring.sheets import FOUND, Cell, Drawn, draw_cell, write_sheets
from models.pictures import read_picture


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), np.full((100, 200, 3), 60, np.uint8))
    return path


def test_a_cell_shows_picture_box_and_caption(picture: Path) -> None:
    tile = draw_cell(Cell(picture, "a 0.9", (Drawn((50, 25, 150, 75), FOUND, "0.9"),)), 200, 120)
    assert tile.shape == (120 + 28, 208, 3)
    assert tile[4 + 10 + 25, 4 + 100].tolist() == list(FOUND)  # the upper side of the box; the picture is 10 px down in its cell
    assert tile[4 + 10 + 50, 4 + 100].tolist() == [60, 60, 60]
    assert tile[4 + 2, 4 + 100].tolist() == [242, 242, 242]
    assert (tile[-20:] < 100).any()


def test_a_crop_shows_only_that_part(picture: Path) -> None:
    tile = draw_cell(Cell(picture, "", (Drawn((10, 10, 20, 20), FOUND),), (-30, -30, 50, 50)), 200, 200)
    assert tile[4 + 40, 4 + 60].tolist() == list(FOUND)  # scaled by four, cut to the picture


def test_sheets_are_written_page_by_page(picture: Path, tmp_path: Path) -> None:
    sheets = list(write_sheets([Cell(picture, str(i)) for i in range(5)], tmp_path, "misses", columns=2, rows=2, cell_px=(60, 40)))
    assert [path.name for path in sheets] == ["misses_1.jpg", "misses_2.jpg"]
    assert read_picture(sheets[0]).shape == (2 * 68, 2 * 68, 3)
    assert read_picture(sheets[1]).shape == (68, 68, 3)
    assert list(write_sheets([], tmp_path, "none")) == []


def test_faults_are_told(picture: Path, tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"gone\.jpg"):
        list(write_sheets([Cell(tmp_path / "gone.jpg", "")], tmp_path, "x"))
    with pytest.raises(EvaluationError, match="cannot be written"):
        list(write_sheets([Cell(picture, "")], tmp_path / "nowhere", "x"))
