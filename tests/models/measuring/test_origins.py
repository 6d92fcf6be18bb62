from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.measuring.origins import intervals, resampled

ORIGINS = ["a", "a", "a", "b", "c", "c"]


def test_origins_are_drawn_whole() -> None:
    for chosen in resampled(ORIGINS, times=20):
        counts = np.bincount(chosen, minlength=6)
        assert counts[0] == counts[1] == counts[2]
        assert counts[4] == counts[5]
        assert counts[0] + counts[3] + counts[4] == 3


def test_the_same_seed_draws_the_same() -> None:
    assert [one.tolist() for one in resampled(ORIGINS, times=3)] == [one.tolist() for one in resampled(ORIGINS, times=3)]


def test_few_origins_spread_wider_than_many_pictures_say() -> None:
    values = np.repeat([0.0, 1.0, 0.0, 1.0], 100)
    by_origin = intervals(np.repeat(["a", "b", "c", "d"], 100).tolist(), lambda chosen: {"mean": float(values[chosen].mean())}, times=200)["mean"]
    by_picture = intervals([str(i) for i in range(400)], lambda chosen: {"mean": float(values[chosen].mean())}, times=200)["mean"]
    assert by_origin.high - by_origin.low > 3 * (by_picture.high - by_picture.low)


def test_a_draw_without_a_figure_is_left_out() -> None:
    def figures(chosen: NDArray[np.int64]) -> Mapping[str, float]:
        if not (chosen == 3).any():
            raise ValueError("b was not drawn")
        return {"one": 1.0}

    assert intervals(ORIGINS, figures, times=50)["one"].low == 1.0
    assert intervals(ORIGINS[:4], figures, times=50) == {}
