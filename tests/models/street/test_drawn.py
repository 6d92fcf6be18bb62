"""The painters of the street's own surfaces: pictures of bytes, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from models.street import fronts, surfaces
from models.street.assets.looks import Picture

COLOURS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "ground_asphalt": ((0.1, 0.5, 2.0),),
    "ground_paving": ((0.4, 0.4, 0.4), (0.3, 0.25, 0.2), (0.5, 4.0, 2.0)),
    "front_wall": ((3.0, 2.0, 0.0),),
}
PAINTERS = {**surfaces.PAINTERS, **fronts.PAINTERS}


@pytest.mark.parametrize(("kind", "painter"), [pytest.param(kind, painter, id=kind) for kind, painter in PAINTERS.items()])
def test_a_painter_paints_the_same_twice(kind: str, painter: Callable[[Picture, Random], NDArray[np.uint8]]) -> None:
    words = {"ground_tactile": "dots", "front_sign": "便民超市"}.get(kind, "")
    picture = Picture(kind, words=words, colours=COLOURS.get(kind, ()), seed=11)
    first, again = (painter(picture, Random(11)) for _ in range(2))
    assert first.dtype == np.uint8
    assert first.ndim == 3
    assert first.shape[2] == 3
    assert (first == again).all()
    assert first.std() > 2
