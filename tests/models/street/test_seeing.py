"""What a camera sees of boxes before and behind each other; needs Blender's trees, so it is passed over where `bpy` is not installed."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from models.street.assets import shapes
from models.street.environment import require_street
from models.street.lens import Lens
from models.street.seeing import Body, Eye, Sight, eye_of

pytestmark = pytest.mark.street
if importlib.util.find_spec("bpy") is None:
    pytest.skip("needs Blender (make setup-street)", allow_module_level=True)
require_street()
EYE = eye_of((0.0, -10.0, 1.0), (0.0, 0.0, 1.0), 0.0, 60.0, 16 / 9, Lens(0.0))


def box(centre: tuple[float, float, float], size: tuple[float, float, float]) -> Body:
    points = shapes.BOX.points * size + centre
    corners = shapes.BOX.corners.reshape(-1, 4)
    middles = points[corners].mean(axis=1)
    normals = middles - np.array(centre)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Body(points, middles, normals, np.ones(6), shapes.BOX.corners.tolist(), shapes.BOX.sizes.tolist())


def sight(**bodies: Body) -> Sight:
    one = Sight(bodies=bodies)
    one._grow(list(bodies))
    return one


def projected(body: Body, eye: Eye = EYE) -> tuple[float, float, float, float]:
    flat, _ = eye.project(body.points)
    return (*flat.min(axis=0), *flat.max(axis=0))


def test_an_unhidden_box_is_seen_to_its_corners() -> None:
    thing = box((0, 0, 1), (2, 1, 1))
    seen = sight(thing=thing).see(EYE, ("thing",))
    assert seen is not None
    assert seen.xyxy == pytest.approx(projected(thing))
    assert (seen.visible, seen.occlusion, seen.truncated) == (1.0, 0.0, False)
    assert seen.distance_metres == pytest.approx(9.5, abs=0.2)


WALLS = [
    pytest.param(box((-1.0, -2, 1), (2, 0.2, 4)), id="its left half"),
    pytest.param(box((1.0, -2, 1), (2, 0.2, 4)), id="its right half"),
]


@pytest.mark.parametrize("wall", WALLS)
def test_a_wall_before_it_takes_its_share(wall: Body) -> None:
    parts = {f"part{i}": box((x, 0, 1), (0.2, 0.2, 1)) for i, x in enumerate((-0.9, -0.6, -0.3, 0.3, 0.6, 0.9))}
    seen = sight(wall=wall, **parts).see(EYE, tuple(parts))
    assert seen is not None
    assert seen.occlusion == pytest.approx(0.5, abs=0.1)
    assert (seen.xyxy[0] > 0.5) != (seen.xyxy[2] < 0.5)


def test_what_is_wholly_hidden_or_behind_the_camera_is_not_seen() -> None:
    thing = box((0, 0, 1), (1, 1, 1))
    assert sight(thing=thing, wall=box((0, -2, 1), (8, 0.2, 8))).see(EYE, ("thing",)) is None
    assert sight(thing=box((0, -20, 1), (1, 1, 1))).see(EYE, ("thing",)) is None


def test_what_is_seen_through_hides_nothing_and_shows_what_does() -> None:
    thing, wall = box((0, 0, 1), (1, 1, 1)), box((0, -4, 1), (8, 0.2, 8))
    seen = sight(thing=thing, wall=wall).see(EYE, ("thing",), frozenset(["wall"]))
    assert seen is not None
    assert (seen.visible, seen.xyxy) == (1.0, pytest.approx(projected(thing)))
    assert sight(thing=thing, wall=wall, other=box((0, -2, 1), (8, 0.2, 8))).see(EYE, ("thing",), frozenset(["wall"])) is None


def test_what_leaves_the_picture_is_cut_at_its_border() -> None:
    thing = box((5.5, 0, 1), (3, 1, 1))
    seen = sight(thing=thing).see(EYE, ("thing",))
    assert seen is not None
    assert seen.truncated
    assert seen.xyxy[2] <= 1.0


def test_parts_of_one_thing_hide_each_other_without_harm() -> None:
    front, back = box((0, -1, 1), (2, 0.2, 2)), box((0, 0, 1), (1, 1, 1))
    seen = sight(front=front, back=back).see(EYE, ("front", "back"))
    assert seen is not None
    assert (seen.visible, seen.occlusion) == (1.0, 0.0)
