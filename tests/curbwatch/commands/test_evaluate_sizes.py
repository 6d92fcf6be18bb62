from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from curbwatch.commands.evaluate_sizes import cut_out, look_at_pasted
from models.errors import EvaluationError
from models.measuring.pasted import read_looks, size_table
from models.photographs import Fold, PhotoBox, Photograph
from models.photographs.sizes import plan
from tests.models.verifier.making import shipped_alone, shipped_with_verifier

ASPECT = (640 / 384) / (1920 / 1080)


@pytest.fixture
def fold(tmp_path: Path) -> Fold:
    """A stall, and three streets of other origins to set it into."""
    media = Path(__file__).parents[2] / "models" / "media"
    random = np.random.default_rng(9)
    held = [Photograph("stall", media / "stall.jpg", 640, 384, "one", "street_level", None, (PhotoBox((0.42, 0.47, 0.58, 0.73), "stall"),))]
    for number in range(3):
        path = tmp_path / f"street{number}.jpg"
        cv2.imwrite(str(path), cv2.resize(random.integers(0, 255, (9, 16, 3), np.uint8), (960, 540), interpolation=cv2.INTER_CUBIC))
        held.append(Photograph(f"street{number}", path, 960, 540, f"origin {number}", "street_level", None, ()))
    return Fold(1, (), (), tuple(held))


def test_a_look_sees_its_zone_and_what_stands_in_it(fold: Fold) -> None:
    picture = np.zeros((1080, 1920, 3), np.uint8)
    for pasted in plan(fold, (64,)):
        x0, y0, x1, y1 = pasted.zone
        picture[:] = 0
        picture[y0:y1, x0:x1] = 255
        part = cut_out(picture, pasted, "zone", ASPECT)
        assert (part == 255).all(2).sum() == (x1 - x0) * (y1 - y0)  # nothing of the zone is cut off
        assert part.shape[0] * part.shape[1] < 0.9 * 1920 * 1080
        assert cut_out(picture, pasted, "frame", ASPECT).shape == picture.shape


def test_looks_go_on_where_they_stopped(fold: Fold, tmp_path: Path) -> None:
    looks = tmp_path / "looks.jsonl"
    alone = str(shipped_alone(tmp_path))
    look_at_pasted(alone, "cpu", fold, tmp_path / "pasted", looks, (32,))
    whole = looks.read_text(encoding="utf-8")
    found = read_looks([looks])
    assert len(found) == 2 * len(fold.held_back)
    assert {(one.cut, one.positive) for one in found} == {("zone", True), ("frame", True), ("zone", False), ("frame", False)}
    assert {(row.size_px, row.cut) for row in size_table(found, times=0)} == {(32, "zone"), (32, "frame")}
    looks.write_text(whole[:-30], encoding="utf-8")
    look_at_pasted(alone, "cpu", fold, tmp_path / "pasted", looks, (32,))
    assert looks.read_text(encoding="utf-8") == whole


def test_looks_of_another_model_are_not_gone_on_with(fold: Fold, tmp_path: Path) -> None:
    looks = tmp_path / "looks.jsonl"
    look_at_pasted(str(shipped_alone(tmp_path)), "cpu", fold, tmp_path / "pasted", looks, (32,))
    before = looks.read_bytes()
    (tmp_path / "other").mkdir()
    with pytest.raises(EvaluationError, match="looks of another model"):
        look_at_pasted(str(shipped_with_verifier(tmp_path / "other")), "cpu", fold, tmp_path / "pasted", looks, (32,))
    assert looks.read_bytes() == before


def test_with_a_verifier_what_the_zone_proposes_is_zoomed_at(fold: Fold, tmp_path: Path) -> None:
    looks = tmp_path / "looks.jsonl"
    look_at_pasted(str(shipped_with_verifier(tmp_path)), "cpu", fold, tmp_path / "pasted", looks, (64,))
    found = {(one.picture, one.cut): one for one in read_looks([looks])}
    assert len(found) == 3 * len(fold.held_back)
    (stall,) = {one.picture for one in found.values() if one.positive}
    assert found[stall, "zoom"].score > 0
    assert found[stall, "zoom"].detector == pytest.approx(found[stall, "zone"].detector, abs=0.01), "one look proposes for both"
    assert {(row.size_px, row.cut) for row in size_table(list(found.values()), times=0)} == {(64, "zone"), (64, "zoom"), (64, "frame")}
