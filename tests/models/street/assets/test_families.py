from __future__ import annotations

from random import Random

import pytest

from models.errors import StreetError
from models.street.assets import bodywork, clothing, cycles, families, lettering, wares


@pytest.mark.parametrize("kind", families.FAMILIES)
def test_every_kind_is_half_for_training_a_quarter_open_a_quarter_sealed(kind: str) -> None:
    sides = list(families.FAMILIES[kind].values())
    assert sides.count("train") == 2 * sides.count("open") == 2 * sides.count("sealed") > 0


@pytest.mark.parametrize(
    ("table", "kinds"),
    [
        pytest.param(wares.WARES, wares.GOODS, id="goods"),
        pytest.param(clothing.WARDROBE, ("person",), id="people"),
        pytest.param(clothing.LIVERY, ("livery",), id="delivery firms"),
        pytest.param(bodywork.BODIES, ("car", "van"), id="cars and vans"),
        pytest.param(cycles.FLEET, ("shared_bike",), id="shared bicycles"),
        pytest.param(lettering.WORDS, ("words",), id="words"),
    ],
)
def test_what_is_described_is_what_is_divided(table: dict[str, object], kinds: tuple[str, ...]) -> None:
    assert sorted(table) == sorted(name for kind in kinds for name in families.FAMILIES[kind])


def test_no_family_is_of_two_kinds_of_goods() -> None:
    names = [name for kind in wares.GOODS for name in families.FAMILIES[kind]]
    assert len(names) == len(set(names))


def test_drawing_stays_on_its_side() -> None:
    drawn = {families.draw("fruit", Random(seed), "open") for seed in range(60)}
    assert drawn == {"peaches", "mangoes"}


@pytest.mark.parametrize(("kind", "split", "said"), [("fruit", "test", "train, open, sealed"), ("ships", "open", "fruit")], ids=["split", "kind"])
def test_what_is_unknown_is_refused_by_name(kind: str, split: str, said: str) -> None:
    with pytest.raises(StreetError, match=said):
        families.draw(kind, Random(1), split)
