from __future__ import annotations

from random import Random

import pytest

from models.photographs.spreading import nearest_part, spread


def test_every_count_is_even_when_it_can_be() -> None:
    each = [{"yes": 4, "no": 1}, {"yes": 1, "no": 4}, {"yes": 2, "no": 2}] * 4
    places = spread(each, 3)
    for name in ("yes", "no"):
        assert [sum(own[name] for own, at in zip(each, places, strict=True) if at == part) for part in range(3)] == pytest.approx([28 / 3] * 3, abs=1.4)


def test_uneven_groups_come_within_a_tenth_of_the_even_share() -> None:
    random = Random(1)
    each = [{"yes": random.randint(0, 30) // random.randint(1, 6), "no": random.randint(0, 30) // random.randint(1, 6), "one": 1} for _ in range(100)]
    places = spread(each, 3, {"yes": 5, "no": 5})
    for name, within in (("yes", 0.05), ("no", 0.05), ("one", 0.15)):
        total = sum(own[name] for own in each)
        for part in range(3):
            own = sum(one[name] for one, at in zip(each, places, strict=True) if at == part)
            assert own == pytest.approx(total / 3, rel=within)
    assert spread(each, 3, {"yes": 5, "no": 5}) == places


def test_the_nearest_part_is_the_one_with_its_even_share() -> None:
    each = [{"n": 1}, {"n": 5}, {"n": 3}]
    assert nearest_part(each, [0, 1, 2], 3) == 2


def test_fewer_groups_than_parts_is_an_error() -> None:
    with pytest.raises(ValueError, match="2 groups cannot be spread over 3 parts"):
        spread([{"n": 1}, {"n": 1}], 3)
