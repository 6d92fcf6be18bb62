from __future__ import annotations

from random import Random

import numpy as np
import pytest

from models.classes import COCO_STREET_CLASSES, STREET_CLASSES
from models.errors import StreetError
from models.street.assets import catalogue, drawings, families
from models.street.assets.asset import LOOK_ALIKES, Asset
from models.street.assets.looks import Picture

KNOWN = {*STREET_CLASSES, *LOOK_ALIKES, *COCO_STREET_CLASSES}
MOST_FACES = 60_000


def same(one: Asset, other: Asset) -> bool:
    if (one.name, one.families, one.boxes, one.footprint, one.covered, one.lights) != (
        other.name,
        other.families,
        other.boxes,
        other.footprint,
        other.covered,
        other.lights,
    ):
        return False
    for a, b in zip(one.parts, other.parts, strict=True):
        left, right = a.mesh.arrays(), b.mesh.arrays()
        if (a.at, a.turn, a.label, left.surfaces) != (b.at, b.turn, b.label, right.surfaces) or not np.array_equal(left.points, right.points):
            return False
        if not (np.array_equal(left.corners, right.corners) and np.array_equal(left.slots, right.slots)):
            return False
    return True


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_an_asset_is_a_function_of_chance_and_side(name: str) -> None:
    for split in families.SPLITS:
        asset = catalogue.build(name, Random(7), split)
        assert same(asset, catalogue.build(name, Random(7), split))
        for family in asset.families:
            kind, one = family.split("/")
            assert families.FAMILIES[kind][one] == split, f"{name} of {split} is made of {family}"


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_an_asset_tells_its_boxes_and_stays_on_the_ground(name: str) -> None:
    for seed in range(3):
        asset = catalogue.build(name, Random(seed), "train")
        labels = {label for label, _ in asset.boxes}
        wanted = catalogue.CLASS_OF[name]
        assert wanted is None or wanted in labels
        assert wanted is not None or not labels & {*STREET_CLASSES, *LOOK_ALIKES}
        assert labels <= KNOWN
        assert all(0 <= index < len(asset.parts) for _, parts in asset.boxes for index in parts)
        faces, low, high = 0, 9.0, -9.0
        for part in asset.parts:
            mesh = part.mesh.arrays()
            assert np.isfinite(mesh.points).all()
            assert mesh.corners.max() < len(mesh.points)
            assert mesh.sizes.sum() == len(mesh.corners) == len(mesh.uv)
            faces, low, high = faces + len(mesh.sizes), min(low, part.at[2] + mesh.points[:, 2].min()), max(high, part.at[2] + mesh.points[:, 2].max())
            assert all(surface.kind in drawings.PAINTERS for surface in mesh.surfaces if isinstance(surface, Picture))
        assert faces < MOST_FACES
        assert -0.25 < low < 0.3
        assert high < 5.0


def test_every_class_can_be_built() -> None:
    assert set(catalogue.BY_CLASS) == {*STREET_CLASSES, *LOOK_ALIKES}


def test_look_alikes_are_of_no_class_that_the_detector_learns() -> None:
    assert not set(LOOK_ALIKES) & {*STREET_CLASSES, *COCO_STREET_CLASSES}
    for name in LOOK_ALIKES:
        asset = catalogue.build(name, Random(3), "train")
        assert not {label for label, _ in asset.boxes} & set(STREET_CLASSES)


def test_a_covered_stall_says_so() -> None:
    assert catalogue.build("stall_covered", Random(1), "open").covered
    assert not catalogue.build("stall_table", Random(1), "open").covered


@pytest.mark.parametrize(
    ("name", "wishes", "people"),
    [
        pytest.param("stall_table", {"attended": False, "customers": 0}, 0, id="a stall left alone"),
        pytest.param("stall_mat", {"attended": True, "customers": 2}, 3, id="a vendor and two customers"),
        pytest.param("vendor_truck", {"attended": True, "customers": 0}, 1, id="a truck and its vendor"),
        pytest.param("umbrella_queue", {"count": 5}, 5, id="a queue of five"),
    ],
)
def test_wishes_are_granted(name: str, wishes: dict[str, object], people: int) -> None:
    for seed in range(4):
        asset = catalogue.build(name, Random(seed), "train", **wishes)
        assert sum(part.label == "person" for part in asset.parts) == people


@pytest.mark.parametrize(("name", "split"), [("zeppelin", "train"), ("stall_mat", "test")], ids=["no such asset", "no such split"])
def test_what_is_unknown_is_refused_by_name(name: str, split: str) -> None:
    with pytest.raises(StreetError, match=name if split == "train" else split):
        catalogue.build(name, Random(1), split)
