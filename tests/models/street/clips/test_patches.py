"""What is laid over a picture, and which rectangles are rendered together."""

from __future__ import annotations

import numpy as np
import pytest

from models.street.clips import patches


def test_only_what_really_changed_is_taken_over() -> None:
    before = np.full((60, 80, 3), 100, np.uint8)
    part = np.full((30, 40, 3), 102, np.uint8)  # what a denoiser with other neighbours leaves
    part[10:20, 15:25] = 220
    picture = before.copy()
    patches.lay(picture, part, (20, 15, 60, 45))
    assert (picture[28:32, 38:42] == 220).all()
    untouched = np.ones((60, 80), bool)
    untouched[20:42, 30:52] = False
    assert np.array_equal(picture[untouched], before[untouched])


@pytest.mark.parametrize(
    ("rects", "count"),
    [
        pytest.param([(0, 0, 20, 20), (400, 300, 420, 320)], 2, id="far apart: two"),
        pytest.param([(0, 0, 100, 100), (50, 50, 150, 150)], 1, id="overlapping: one"),
        pytest.param([(0, 0, 20, 20), (22, 0, 40, 20), (42, 0, 60, 20)], 1, id="side by side: one"),
    ],
)
def test_rectangles_are_rendered_together_where_that_is_cheaper(rects: list[patches.Rect], count: int) -> None:
    out = patches.joined(rects)
    assert len(out) == count
    for x0, y0, x1, y1 in rects:
        assert any(a <= x0 and b <= y0 and c >= x1 and d >= y1 for a, b, c, d in out)
