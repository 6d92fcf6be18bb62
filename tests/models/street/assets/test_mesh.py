from __future__ import annotations

import math

import numpy as np
import pytest

from models.street.assets.looks import Look, Picture
from models.street.assets.mesh import Mesh

RED, BLUE = Look((0.5, 0, 0)), Look((0, 0, 0.5))


def test_equal_looks_share_a_slot() -> None:
    mesh = Mesh()
    mesh.box((0, 0, 0), (1, 1, 1), RED)
    mesh.box((2, 0, 0), (1, 1, 1), Look((0.5, 0, 0)))
    mesh.tube((0, 0, 0), (0, 0, 1), 0.1, BLUE)
    assert mesh.arrays().surfaces == (RED, BLUE)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        pytest.param({"turn": math.pi / 2}, (0.0, 1.0, 0.0), id="turned left about z"),
        pytest.param({"at": (1.0, 2.0, 3.0)}, (2.0, 2.0, 3.0), id="moved"),
        pytest.param({"scale": 2.0}, (2.0, 0.0, 0.0), id="scaled"),
        pytest.param({"roll": math.pi / 2}, (0.0, 0.0, -1.0), id="rolled about y"),
    ],
)
def test_a_mesh_is_merged_where_it_is_told_to(how: dict[str, object], expected: tuple[float, float, float]) -> None:
    one, whole = Mesh(), Mesh()
    one.box((1, 0, 0), (0, 0, 0), RED)
    whole.merge(one, **how)  # type: ignore[arg-type]
    assert whole.arrays().points[0] == pytest.approx(expected)


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    centres = [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 2.0, 0.0)]
    single, many = Mesh(), Mesh()
    for centre in centres:
        single.ball(centre, (0.1, 0.2, 0.3), RED, rings=4, sides=7)
        single.box(centre, (1, 1, 1), BLUE, turn=0.3)
    many.balls(centres, (0.1, 0.2, 0.3), [RED], rings=4, sides=7)
    many.boxes(centres, (1, 1, 1), [BLUE], 0.3)
    assert sorted(map(tuple, single.arrays().points.round(9))) == sorted(map(tuple, many.arrays().points.round(9)))


def test_a_panel_shows_its_picture_upright_from_the_front() -> None:
    mesh = Mesh()
    mesh.panel((0, 0, 1), 2, 1, Picture("sign", "A", ((0, 0, 0), (1, 1, 1), (0, 0, 0))))
    given = mesh.arrays()
    where = {tuple(given.points[corner].round(6)): tuple(uv) for corner, uv in zip(given.corners, given.uv, strict=True)}
    assert where[(-1.0, 0.0, 1.5)] == (0.0, 1.0)
    assert where[(1.0, 0.0, 0.5)] == (1.0, 0.0)
    a, b, c = (given.points[i] for i in given.corners[:3])
    assert np.cross(b - a, c - b)[1] < 0, "it faces -y"


@pytest.mark.parametrize("solid", ["box", "tube", "ball", "hoop", "loft", "limb"])
def test_faces_of_solids_look_outwards(solid: str) -> None:
    mesh = Mesh()
    {
        "box": lambda: mesh.box((0, 0, 0), (1, 1, 1), RED),
        "tube": lambda: mesh.tube((0, 0, -1), (0, 0, 1), 0.5, RED),
        "ball": lambda: mesh.ball((0, 0, 0), (1, 1, 1), RED),
        "hoop": lambda: mesh.hoop((0, 0, 0), 1.0, 0.1, RED),
        "loft": lambda: mesh.loft([((0, 0, -1), 1, 1), ((0, 0, 1), 1, 1)], RED),
        "limb": lambda: mesh.limb([(0, 0, -1), (0, 0.01, 0), (0, 0, 1)], (0.5, 0.5, 0.5), RED),
    }[solid]()
    given, start, outward = mesh.arrays(), 0, 0
    for size in given.sizes:
        corners = given.points[given.corners[start : start + size]]
        start += size
        middle = corners.mean(axis=0)
        centre = middle * (0, 0, 0) if solid != "hoop" else middle / max(1e-9, float(np.hypot(middle[0], middle[2]))) * (1, 0, 1)
        outward += bool(np.dot(np.cross(corners[1] - corners[0], corners[2] - corners[1]), middle - centre) > 0)
    assert outward == len(given.sizes)
