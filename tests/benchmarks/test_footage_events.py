from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import footage_events as work
from benchmarks.errors import BenchmarkError
from benchmarks.still_camera import HEIGHT_PX, WIDTH_PX
from models.photographs import PhotoBox, Photograph
from tests.stall_clip import write_stall

RED = (0.3, 0.3, 0.6, 0.7)


@pytest.fixture
def photographs(tmp_path: Path) -> list[Photograph]:
    """Six photographs of grey with a red box in each, of five origins."""
    found = []
    for number in range(6):
        path = tmp_path / f"p{number}.png"
        picture = np.full((600, 800, 3), 128, np.uint8)
        picture[180:420, 240:480] = (0, 0, 255)
        cv2.imwrite(str(path), picture)
        found.append(Photograph(f"p{number}", path, 800, 600, f"o{min(number, 4)}", "street_level", None, (PhotoBox(RED, "stall"),)))
    return found


def test_stalls_are_of_different_origins_and_stand_whole(photographs: list[Photograph]) -> None:
    chosen = work.stalls(photographs, 5)
    assert len({cut.photograph.origin for cut in chosen}) == 5
    with pytest.raises(BenchmarkError, match="only 5 origins"):
        work.stalls(photographs, 6)
    cut_off = [Photograph("x", photographs[0].path, 800, 600, "x", "street_level", None, (PhotoBox((0.0, 0.3, 0.6, 0.7), "stall"),))]
    with pytest.raises(BenchmarkError, match="only 0"):
        work.stalls(cut_off, 1)


def test_a_stall_stands_where_it_is_said_to_from_the_sixth_second_on(photographs: list[Photograph]) -> None:
    (cut,) = work.stalls(photographs[:1], 1)
    still = [np.full((360, 640, 3), 200, np.uint8)] * 3
    spot = work.Spot("any", 320, 300, 100)
    shown = work.played(still, cut, spot, 1)
    frames = [next(shown) for _ in range(4)]
    x0, y0, x1, y1 = work.place_of(cut, spot, (640, 360))
    assert (y1 * HEIGHT_PX, (y1 - y0) * HEIGHT_PX) == (600, 200)
    middle = frames[3][round((y0 + y1) / 2 * HEIGHT_PX), round((x0 + x1) / 2 * WIDTH_PX)].astype(int)
    assert middle[0] > middle[1] + 60
    assert frames[2].min() > 150  # four seconds in, nothing stands there
    assert frames[3][50, 50].min() > 150


def test_a_file_of_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    path.write_text(json.dumps(asdict(work.Outcome("a clip", None, (), None))) + "\n", encoding="utf-8")
    assert work.read_outcomes(path) == [work.Outcome("a clip", None, (), None)]
    path.write_text("cut sh", encoding="utf-8")
    with pytest.raises(BenchmarkError, match=r"outcomes\.jsonl"):
        work.read_outcomes(path)


def test_pictures_two_seconds_apart(tmp_path: Path) -> None:
    clip = write_stall(tmp_path / "clip.mp4", rate=5, seconds=7)
    assert len(work.frames(clip)) == 4
    with pytest.raises(BenchmarkError, match=r"gone\.mp4"):
        work.frames(tmp_path / "gone.mp4")
