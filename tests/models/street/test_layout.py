"""Streets of a seed: their strips lie in order, and the splits share no family."""

from __future__ import annotations

from random import Random

import pytest

from models.errors import StreetError
from models.street.assets import families
from models.street.fronts import STYLES
from models.street.layout import FAMILIES, draw_layout


@pytest.mark.parametrize("split", [pytest.param(split, id=split) for split in ("train", "open", "sealed")])
def test_strips_lie_in_order_across_the_street(split: str) -> None:
    for seed in range(200):
        layout = draw_layout(Random(seed), split)
        assert 0 > layout.kerb_y >= layout.bike_y >= layout.parking_y > layout.far_kerb_y > layout.far_front_y
        for strip in ("front", "walk", "kerb"):
            low, high = layout.strip_of(strip)
            assert layout.kerb_y < low <= high <= -0.5 or low > high, (strip, low, high, layout)
        assert layout.floor(-0.5) == layout.kerb
        assert layout.floor((layout.parking_y + layout.far_kerb_y) / 2) == 0.0


def test_a_street_is_a_function_of_its_seed() -> None:
    assert draw_layout(Random(7), "train") == draw_layout(Random(7), "train")
    assert len({draw_layout(Random(seed), "train") for seed in range(50)}) == 50


def test_every_family_of_the_table_is_known_here() -> None:
    assert set(families.FAMILIES["street"]) == set(FAMILIES)
    assert set(families.FAMILIES["shopfront"]) == set(STYLES)


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(StreetError, match="sealed"):
        draw_layout(Random(1), "test")
