from __future__ import annotations

from random import Random

import numpy as np
import pytest

from models.street.assets import blender, catalogue
from models.street.assets.looks import Look, Picture
from models.street.assets.mesh import Mesh

pytestmark = pytest.mark.street
bpy = pytest.importorskip("bpy", reason="needs Blender (make setup-street)")


@pytest.fixture(autouse=True)
def empty_scene() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)


def test_any_number_of_looks_is_one_material() -> None:
    mesh = Mesh()
    for i in range(12):
        mesh.box((i, 0, 0), (1, 1, 1), Look((i / 12, 0.2, 0.3)))
    thing = blender.stand(mesh, (1.0, 2.0, 0.0), 0.5, name="boxes")
    assert [material.name for material in thing.data.materials] == [blender.FACES]
    colours = np.zeros(4 * len(thing.data.polygons), np.float32)
    thing.data.attributes["paint"].data.foreach_get("color", colours)
    assert sorted(set(colours[0::4].round(4))) == pytest.approx([i / 12 for i in range(12)], abs=1e-4)


def test_a_drawn_picture_is_made_once() -> None:
    picture = Picture("sign", "水果", ((0.5, 0, 0), (0.7, 0.7, 0.7), (0, 0, 0.5)), 3, glow=0.5)
    for _ in range(2):
        mesh = Mesh()
        mesh.panel((0, 0, 1), 2, 0.5, picture)
        blender.stand(mesh)
    drawn = [material for material in bpy.data.materials if material.name.startswith("drawn")]
    assert len(drawn) == 1
    assert drawn[0]["glow"] == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["stall_table", "open_grill", "umbrella_queue"])
def test_an_asset_stands_as_its_parts(name: str) -> None:
    asset = catalogue.build(name, Random(5), "train")
    placed = blender.place(asset, (3.0, -2.0, 0.08), 1.0)
    assert [one.label for one in placed] == [part.label for part in asset.parts]
    for one, part in zip(placed, asset.parts, strict=True):
        assert len(one.thing.data.polygons) == len(part.mesh.arrays().sizes)
        assert len(one.thing.data.vertices) == len(part.mesh.arrays().points)


def test_smoke_hides_nothing() -> None:
    smoke = Mesh()
    smoke.panel((0, 0, 1), 1, 1, Picture("smoke", "", ((0.6, 0.6, 0.6),), 1, clear=True))
    assert blender.stand(smoke)["see_through"]
