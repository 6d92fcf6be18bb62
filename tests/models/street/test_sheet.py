"""A contact sheet shows every picture and its boxes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import StreetError
from models.street.dataset import write_jpeg
from models.street.formats import Box, Picture
from models.street.sheet import contact_sheet


def test_a_sheet_holds_all_pictures_and_marks_both_lists(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    boxes = (Box("stall", (0.1, 0.2, 0.4, 0.8)), Box("unloading", (0.5, 0.2, 0.8, 0.8)))
    pictures = [Picture(f"1_{i}", 1, "rain", boxes, 320, 180) for i in range(5)]
    for picture in pictures:
        write_jpeg(tmp_path / "images" / f"{picture.name}.jpg", np.full((180, 320, 3), 90, np.uint8), 90)
    contact_sheet(tmp_path, pictures, tmp_path / "sheets" / "sheet.png", columns=2, width=160)
    sheet = cv2.imread(str(tmp_path / "sheets" / "sheet.png"))
    assert sheet is not None
    assert sheet.shape[1] == 2 * 166 + 6
    green = (sheet[..., 1] > 200) & (sheet[..., 2] < 120)
    orange = (sheet[..., 2] > 220) & (sheet[..., 0] < 90) & (sheet[..., 1] > 100)
    assert green.sum() > 5 * 100
    assert orange.sum() > 5 * 100


def test_no_picture_no_sheet(tmp_path: Path) -> None:
    with pytest.raises(StreetError, match="render some first"):
        contact_sheet(tmp_path, [], tmp_path / "sheet.png")
