from __future__ import annotations

from collections import Counter

import pytest

from models.errors import TrainingError
from models.training.drawing import Shares, alike, by_sort, counts_of, draw, sort_of

NAMES = [
    *(f"street_real_{i}.jpg" for i in range(10)),
    *(f"half_street_real_{i}.jpg" for i in range(7)),
    *(f"third_street_real_{i}.jpg" for i in range(7)),
    "rendered0_close_5_1.jpg",
    "rendered1_close_5_1.jpg",
]
STALLS = ("stall", "goods_out", "vendor_vehicle", "parasol")
GARBAGE = ("garbage_pile", "bin_overflow")


@pytest.mark.parametrize(
    ("name", "complete", "sort"),
    [
        pytest.param("street_real_a_neg_0166.jpg", STALLS, "photographs", id="a photograph"),
        pytest.param("street_kinds_l_neg_0001.jpg", GARBAGE, "kinds", id="of a further kind"),
        pytest.param("third_street_real_a_pos_0001.jpg", STALLS, "small", id="set small into another street"),
        pytest.param("rendered0_close_110000_0.jpg", None, "rendered", id="rendered"),
        pytest.param("IMG_2041.jpg", None, "photographs", id="a user's own"),
    ],
)
def test_a_picture_s_sort_is_told_by_its_name_and_what_is_boxed_in_it(name: str, complete: tuple[str, ...] | None, sort: str) -> None:
    assert sort_of(name, complete) == sort


def test_only_pictures_that_are_boxed_alike_are_set_together() -> None:
    names = ["street_real_a.jpg", "street_real_b.jpg", "half_street_real_a.jpg", "half_street_kinds_c.jpg", "street_kinds_c.jpg"]
    complete = {name: GARBAGE if "kinds" in name else STALLS for name in names}
    assert alike(names, complete) == [[0, 1], [0, 1], [2], [3], [4]]


def test_an_epoch_has_its_size_and_the_shares_of_what_is_there() -> None:
    sorts = by_sort(NAMES, {})
    counts = counts_of(sorts, Shares(photographs=0.5, small=0.25, kinds=0.1, rendered=0.25), 32)
    assert counts == {"photographs": 16, "small": 8, "rendered": 8}


def test_every_picture_of_a_sort_is_shown_before_one_is_shown_again() -> None:
    sorts = by_sort(NAMES, {})
    shown = Counter(i for epoch in range(5) for i in draw(sorts, Shares(), 40, epoch, seed=3))
    for indices in sorts.values():
        times = [shown[i] for i in indices]
        assert max(times) - min(times) <= 1


def test_an_epoch_is_a_function_of_its_number_and_the_seed() -> None:
    sorts = by_sort(NAMES, {})
    assert draw(sorts, Shares(), 32, 4, seed=1) == draw(sorts, Shares(), 32, 4, seed=1)
    assert draw(sorts, Shares(), 32, 4, seed=1) != draw(sorts, Shares(), 32, 5, seed=1)
    assert draw(sorts, Shares(), 32, 4, seed=1) != draw(sorts, Shares(), 32, 4, seed=2)


def test_no_picture_with_a_share_is_told() -> None:
    with pytest.raises(TrainingError, match="rendered"):
        counts_of({"rendered": [0, 1]}, Shares(rendered=0.0), 16)
