from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import TrainingError
from models.photographs import Fold, Photograph, read
from models.photographs.sizes import HEIGHT_PX, SIZES_PX, WIDTH_PX, Pasted, compose, largest_side_px, plan, row, too_small, write
from tests.models.photographs.making import STALL, blotches, entry, folder_of

WIDE = {"width": 1600, "height": 1200}
CORNER = {"class": "goods_out", "box": [0.9, 0.9, 0.95, 0.95]}


@pytest.fixture(scope="module")
def fold(tmp_path_factory: pytest.TempPathFactory) -> Fold:
    """Positives from a large one to one whose stall has 60 px, negatives of two origins, and one that is neither."""
    entries = [
        entry("large", "a", [STALL, CORNER], **WIDE),
        entry("middle", "b", [STALL], width=640, height=480),
        entry("little", "b", [{"class": "stall", "box": [0.5, 0.5, 0.6, 0.625]}], width=800, height=480),
        entry("neither", "b", [STALL | {"difficult": True}]),
        entry("street", "c", width=800, height=600),
        entry("square", "d", width=640, height=640),
        entry("narrow", "d", width=200, height=300),
        entry("huge", "e", width=2000, height=1500),
    ]
    photographs = read(folder_of(tmp_path_factory.mktemp("sizes") / "town", entries))
    return Fold(2, (), (), photographs)


@pytest.fixture(scope="module")
def planned(fold: Fold) -> tuple[Pasted, ...]:
    return plan(fold)


def inside(inner: tuple[int, int, int, int], outer: tuple[int, int, int, int]) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def test_every_positive_and_negative_comes_at_every_size_that_it_has(planned: tuple[Pasted, ...]) -> None:
    for size in SIZES_PX:
        at = [one for one in planned if one.size_px == size]
        assert {one.photograph.id for one in at if one.positive} == {"large", "middle"} | ({"little"} if size <= 60 else set())
        assert {one.photograph.id for one in at if not one.positive} == {"street", "square", "narrow", "huge"}


def test_the_largest_box_has_the_wanted_short_side(planned: tuple[Pasted, ...]) -> None:
    for one in planned:
        if one.positive:
            sides = [min((b.xyxy[2] - b.xyxy[0]) * WIDTH_PX, (b.xyxy[3] - b.xyxy[1]) * HEIGHT_PX) for b in one.boxes]
            assert max(sides) == pytest.approx(one.size_px, abs=1)
            assert one.factor <= 1


def test_negatives_take_the_factors_of_the_positives(planned: tuple[Pasted, ...]) -> None:
    for size in SIZES_PX:
        factors = {one.factor for one in planned if one.positive and one.size_px == size}
        assert {one.factor for one in planned if not one.positive and one.size_px == size} <= factors


def test_a_zone_is_half_the_frame_and_contains_the_paste(planned: tuple[Pasted, ...]) -> None:
    for one in planned:
        assert (one.zone[2] - one.zone[0], one.zone[3] - one.zone[1]) == (WIDTH_PX // 2, HEIGHT_PX // 2)
        assert inside(one.paste, one.zone)
        assert inside(one.zone, (0, 0, WIDTH_PX, HEIGHT_PX))
        assert (one.paste[2] - one.paste[0], one.paste[3] - one.paste[1]) == (one.cut[2] - one.cut[0], one.cut[3] - one.cut[1])
        assert all(inside(tuple(round(v * s) for v, s in zip(b.xyxy, (WIDTH_PX, HEIGHT_PX) * 2, strict=True)), one.paste) for b in one.boxes)  # type: ignore[arg-type]


def test_hosts_are_wide_negatives_of_another_origin(planned: tuple[Pasted, ...]) -> None:
    for one in planned:
        assert one.host.id in {"street", "square", "huge"}
        assert one.host.origin != one.photograph.origin


def test_the_same_seed_gives_the_same_plan_and_another_seed_another(fold: Fold, planned: tuple[Pasted, ...]) -> None:
    assert plan(fold) == planned
    assert plan(fold, seed=1) != planned


def test_what_is_too_small_is_told(fold: Fold) -> None:
    assert [p.id for p in too_small(fold.held_back, 96)] == ["little"]
    assert largest_side_px(fold.held_back[2]) == pytest.approx(60)


def test_the_picture_is_the_host_with_the_paste_in_its_place(planned: tuple[Pasted, ...]) -> None:
    from models.photographs.pasting import cover
    from models.pictures import read_picture

    one = next(one for one in planned if one.photograph.id == "large" and one.size_px == 64)
    frame, host = compose(one), cover(read_picture(one.host.path), WIDTH_PX, HEIGHT_PX)
    assert frame.shape == (HEIGHT_PX, WIDTH_PX, 3)
    ys, xs = np.nonzero((frame != host).any(axis=2))
    assert inside((int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1), one.paste)
    assert len(xs) > 0.5 * (one.paste[2] - one.paste[0]) * (one.paste[3] - one.paste[1])


def test_a_set_is_written_once_with_its_index(planned: tuple[Pasted, ...], tmp_path: Path) -> None:
    some = planned[:2]
    paths = [path for _, path in write(some, tmp_path)]
    written = [path.stat().st_mtime_ns for path in paths]
    assert [path for _, path in write(some, tmp_path)] == paths
    assert [path.stat().st_mtime_ns for path in paths] == written
    assert [json.loads(line) for line in (tmp_path / "sizes.jsonl").read_text(encoding="utf-8").splitlines()] == [
        json.loads(json.dumps(row(one))) for one in some
    ]
    assert cv2.imread(str(paths[0])).shape == (HEIGHT_PX, WIDTH_PX, 3)


def hostless(tmp_path: Path, *more: dict[str, object]) -> tuple[Photograph, ...]:
    return read(folder_of(tmp_path, [entry("large", "a", [STALL], **WIDE), *more]))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param([], "no negative of 600 px or more that is of another origin than large", id="no negative"),
        pytest.param([entry("street", "a", width=800, height=600)], "of another origin than large", id="only of its own origin"),
    ],
)
def test_a_fold_without_hosts_is_told(tmp_path: Path, more: list[dict[str, object]], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        plan(Fold(1, (), (), hostless(tmp_path, *more)))


def test_a_fold_without_positives_is_told(tmp_path: Path) -> None:
    photographs = read(folder_of(tmp_path, [entry("street", "a", width=800, height=600)], {"street": blotches(1, 800, 600)}))
    with pytest.raises(TrainingError, match="fold 1 holds back no photograph whose largest box is 32 px or more"):
        plan(Fold(1, (), (), photographs))
