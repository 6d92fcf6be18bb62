"""A scene's plan: a function of its seed and split, with nothing standing in another thing."""

from __future__ import annotations

import itertools

import pytest

from models.street.assets.asset import LOOK_ALIKES
from models.street.assets.catalogue import CLASS_OF, NAMES
from models.street.assets.versions import version
from models.street.compose import Plan, compose
from models.street.lists import CLUTTER, LEGAL_TWINS, LOOKALIKE_STRIPS, SUBJECTS, TWINS


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    return [compose(seed, "train") for seed in range(900_000, 900_003)]


def test_the_same_seed_gives_the_same_scene(plans: list[Plan]) -> None:
    again = compose(900_000, "train")
    assert again.layout == plans[0].layout
    assert [(one.asset.name, one.x, one.y, one.turn, one.twin) for one in again.stood] == [
        (one.asset.name, one.x, one.y, one.turn, one.twin) for one in plans[0].stood
    ]
    assert len({plan.layout for plan in plans}) == len(plans)


def test_nothing_stands_in_another_thing(plans: list[Plan]) -> None:
    for plan in plans:
        for (ax, ay, ahx, ahy), (bx, by, bhx, bhy) in itertools.combinations(plan.taken, 2):
            assert abs(ax - bx) > ahx + bhx or abs(ay - by) > ahy + bhy


def test_everything_has_a_version(plans: list[Plan]) -> None:
    names = {one.name for plan in plans for one in plan.stood} | {one.name for plan in plans for one in plan.movers}
    assert all(len(version(name)) == 12 for name in names)


def test_every_scene_has_something_to_tell_apart(plans: list[Plan]) -> None:
    for plan in plans:
        assert any(one.look_alike or one.twin for one in plan.stood)


def test_the_lists_name_what_there_is() -> None:
    from models.classes import STREET_CLASSES

    assert {name for name, *_ in SUBJECTS} | {name for _, name, *_ in TWINS} | set(CLUTTER) | set(LOOKALIKE_STRIPS) <= set(NAMES)
    assert all(CLASS_OF[name] == label for name, label, *_ in SUBJECTS)
    assert {name for _, name, _, _ in SUBJECTS} == set(STREET_CLASSES)
    assert set(LOOKALIKE_STRIPS) == set(LOOK_ALIKES)
    assert {twin for twin, *_ in TWINS} == set(LEGAL_TWINS)
