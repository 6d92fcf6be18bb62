from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.photographs import Photograph, read
from models.photographs.pasting import shrunk
from models.pictures import read_picture
from models.training.small_copies import LEAST_SIDE_PX, LONG_SIDE_PX, make_copy, plan_copies
from tests.models.photographs.making import STALL, entry, folder_of

TINY = {"class": "stall", "box": [0.5, 0.5, 0.51, 0.51]}


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Photograph, ...]:
    entries = [entry(f"p{i}", f"o{i % 7}", [STALL, TINY] if i % 2 else [], width=160, height=120 + 20 * (i % 3)) for i in range(40)]
    return read(folder_of(tmp_path_factory.mktemp("photographs") / "town", entries))


def test_every_photograph_comes_at_a_half_and_at_a_third(photographs: tuple[Photograph, ...]) -> None:
    copies = plan_copies(photographs)
    assert len(copies) == 80
    assert len({copy.name for copy in copies}) == 80
    for copy in copies:
        assert copy.host.empty
        assert copy.host.origin != copy.photograph.origin
        shares = (copy.size[0] / copy.host_size[0], copy.size[1] / copy.host_size[1])
        assert max(shares) == pytest.approx(1 / 2 if copy.name.startswith("half") else 1 / 3, abs=0.01)
        assert max(copy.host_size) == LONG_SIDE_PX


def test_a_share_takes_as_many_and_the_same_ones(photographs: tuple[Photograph, ...]) -> None:
    some = plan_copies(photographs, 0.5)
    assert 25 <= len(some) <= 55
    assert set(some) <= set(plan_copies(photographs))
    assert plan_copies(photographs, 0) == ()


def test_boxes_go_along_and_tiny_ones_are_dropped(photographs: tuple[Photograph, ...]) -> None:
    for copy in plan_copies(photographs):
        assert len(copy.boxes) == len(copy.photograph.counted) / 2
        for box in copy.boxes:
            sides = ((box.xyxy[2] - box.xyxy[0]) * copy.host_size[0], (box.xyxy[3] - box.xyxy[1]) * copy.host_size[1])
            assert min(sides) >= LEAST_SIDE_PX
            assert sides == pytest.approx((copy.size[0] / 2, copy.size[1] / 2), abs=1.5)  # STALL is half the picture wide and high: a cut leaves it whole


def test_a_copy_differs_from_its_host_only_where_the_paste_lies(photographs: tuple[Photograph, ...], tmp_path: Path) -> None:
    copy = plan_copies(photographs)[3]
    make_copy(copy, tmp_path / "copy.jpg")
    made = np.asarray(cv2.imread(str(tmp_path / "copy.jpg"))[:, :, ::-1], np.int16)
    host = shrunk(read_picture(copy.host.path), *copy.host_size)
    other = np.abs(made - host).max(axis=2) > 60  # compression aside
    ys, xs = np.nonzero(other)
    assert len(xs) > 100
    assert xs.min() >= copy.at[0] - 8
    assert xs.max() <= copy.at[0] + copy.cut[2] - copy.cut[0] + 8
    assert ys.min() >= copy.at[1] - 8
    assert ys.max() <= copy.at[1] + copy.cut[3] - copy.cut[1] + 8
    assert not (tmp_path / "copy.part").exists()


def test_a_side_without_hosts_gets_no_copies(tmp_path: Path) -> None:
    assert plan_copies(read(folder_of(tmp_path, [entry("a", "x", [STALL]), entry("b", "x")]))) == ()
