from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import TrainingError
from models.photographs import Fold, Photograph, folds, read, refuse, whole
from models.photographs.folds import groups
from models.photographs.hashes import mirrored
from tests.models.photographs.making import STALL, blotches, entry, folder_of, town

CUT = "ac604ff3cf032fe6"
"""Hash of the origins on each side. If this changes, models trained on the folds before are siblings of nothing any more."""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Photograph, ...]:
    return read(town(tmp_path_factory.mktemp("photographs") / "town"))


def test_every_photograph_is_held_back_once_and_no_side_shares_an_origin(real: tuple[Photograph, ...]) -> None:
    cut = folds(real, 3)
    assert [fold.number for fold in cut] == [1, 2, 3]
    assert Counter(p.id for fold in cut for p in fold.held_back) == Counter(p.id for p in real)
    for fold in cut:
        assert len(fold.train) + len(fold.calibration) + len(fold.held_back) == len(real)
        origins = [{p.origin for p in side} for side in fold.sides.values()]
        assert not origins[0] & origins[1]
        assert not origins[0] & origins[2]
        assert not origins[1] & origins[2]
        refuse(fold)


def test_folds_are_even_and_a_fifth_is_for_calibration(real: tuple[Photograph, ...]) -> None:
    for fold in folds(real, 3):
        assert len(fold.held_back) == 16
        assert sum(p.selling for p in fold.held_back) == 8
        assert len(fold.calibration) == pytest.approx(32 / 5, abs=2)


def test_the_cut_does_not_depend_on_the_order_of_the_pictures(real: tuple[Photograph, ...]) -> None:
    assert folds(tuple(reversed(real)), 3) == folds(real, 3)


def test_corrections_move_no_origin_and_what_they_leave_out_is_on_no_side(real: tuple[Photograph, ...]) -> None:
    changed = tuple(replace(p, boxes=(), left_out=i == 3) if p.selling else p for i, p in enumerate(real))
    for before, after in zip(folds(real, 3), folds(changed, 3), strict=True):
        for name, side in before.sides.items():
            assert [p.id for p in after.sides[name]] == [p.id for p in side if p.id != real[3].id]
    assert real[3].id not in {p.id for p in whole(changed).train + whole(changed).calibration}


def test_the_shipped_model_s_cut_holds_nothing_back(real: tuple[Photograph, ...]) -> None:
    fold = whole(real)
    assert (fold.number, fold.held_back) == (0, ())
    assert len(fold.train) + len(fold.calibration) == len(real)
    assert len({p.origin for p in fold.calibration}) == pytest.approx(24 / 5, abs=1)
    refuse(fold)


def test_groups_join_by_origin_by_repository_and_by_near_duplicates(tmp_path: Path) -> None:
    entries = [
        entry("a", "one"),
        entry("b", "one"),
        entry("c", "two", source_repo="r"),
        entry("d", "three", source_repo="r"),
        entry("e", "four"),
        entry("f", "five"),
        entry("g", "six"),
    ]
    photographs = read(folder_of(tmp_path, entries, {"e": blotches(40), "f": mirrored(blotches(40))}))
    assert sorted(tuple(p.id for p in group) for group in groups(photographs)) == [("a", "b"), ("c", "d"), ("e", "f"), ("g",)]


def sides_of(cut: tuple[Fold, ...], id_: str) -> list[str]:
    return [name for fold in cut for name, side in fold.sides.items() for p in side if p.id == id_]


def test_others_follow_their_group_and_change_nothing_else(real: tuple[Photograph, ...], tmp_path: Path) -> None:
    heap = [{"class": "garbage_pile", "box": [0.1, 0.1, 0.5, 0.5]}]
    entries = [entry(f"k{i}", f"dump{i}", heap) for i in range(6)] + [entry("tied", real[0].origin, heap)]
    others = read(folder_of(tmp_path / "kinds", entries, {f"k{i}": blotches(500 + i) for i in range(6)} | {"tied": blotches(600)}))
    plain, both = folds(real, 3), folds(real, 3, others=others)
    for alone, joined in zip(plain, both, strict=True):
        for name, side in alone.sides.items():
            assert [p for p in joined.sides[name] if p.collection == "town"] == list(side)
        refuse(joined)
    assert sides_of(both, "tied") == sides_of(plain, real[0].id)
    for i in range(6):
        assert sorted(sides_of(both, f"k{i}")) == ["held back", "train", "train"]
    assert {p.id for p in whole(real, others=others).train} >= {f"k{i}" for i in range(6)}


def test_one_of_the_others_that_would_tie_two_parts_together_goes_nowhere(real: tuple[Photograph, ...], tmp_path: Path) -> None:
    plain = folds(real, 3)
    left, right = plain[0].held_back[0], plain[1].held_back[0]
    entries = [entry("x", left.origin, [STALL]), entry("y", right.origin, [STALL], source_repo="r"), entry("z", left.origin, [STALL], source_repo="r")]
    others = read(folder_of(tmp_path / "kinds", entries, {name: blotches(700 + i) for i, name in enumerate("xyz")}))
    both = folds(real, 3, others=others)
    assert not [name for one in "xyz" for name in sides_of(both, one)]


@pytest.mark.parametrize(
    ("origins", "message"), [pytest.param(2, "2 origins cannot be cut in 3", id="fewer than folds"), pytest.param(5, "cut in 5", id="too few for a fifth")]
)
def test_too_few_origins_are_told(tmp_path: Path, origins: int, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        folds(read(town(tmp_path, origins)), 3)


def test_one_fold_holds_nothing_back_and_is_refused(real: tuple[Photograph, ...]) -> None:
    with pytest.raises(TrainingError, match="ask for two or more"):
        folds(real, 1)


@pytest.mark.slow
@pytest.mark.shared
def test_the_cut_of_the_street_s_photographs_stays_as_it_was_trained_on(shared: Path) -> None:
    real, kinds = (read(shared / "images" / name) for name in ("street_real", "street_kinds"))
    cut = folds(real, 3, others=kinds)
    text = repr([(fold.number, name, sorted({p.origin for p in side})) for fold in cut for name, side in fold.sides.items()])
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == CUT
    for fold in cut:
        refuse(fold)
