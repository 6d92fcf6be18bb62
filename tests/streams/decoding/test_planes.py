from __future__ import annotations

import numpy as np
import pytest

from streams.decoding.planes import LARGEST_KEPT, _cells_of, _means_of_large, cell_means


def plain(plane: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Cell by cell."""
    edges = [np.linspace(0, length, cells + 1).astype(int) for length, cells in zip(plane.shape, shape, strict=True)]
    out = np.empty(shape, np.uint8)
    for row in range(shape[0]):
        for column in range(shape[1]):
            top, left = (min(int(edges[axis][at]), plane.shape[axis] - 1) for axis, at in ((0, row), (1, column)))
            cell = plane[top : max(int(edges[0][row + 1]), top + 1), left : max(int(edges[1][column + 1]), left + 1)]
            out[row, column] = int(cell.sum(dtype=np.int64)) // cell.size
    return out


@pytest.mark.parametrize("size", [(135, 240), (270, 480), (36, 64), (7, 5), (1, 1), (540, 960), (17, 1999)], ids=str)
def test_means_are_those_of_each_cell_by_either_way(size: tuple[int, int]) -> None:
    plane = np.random.default_rng(1).integers(0, 256, size, dtype=np.uint8)
    expected = plain(plane, (36, 64))
    assert (cell_means(plane, (36, 64)) == expected).all()
    assert (_means_of_large(plane, (36, 64)) == expected).all()


def test_nothing_is_kept_of_large_planes() -> None:
    """A hostile camera gives each picture another size."""
    _cells_of.cache_clear()
    for width in range(LARGEST_KEPT + 1, LARGEST_KEPT + 20):
        cell_means(np.zeros((20, width), np.uint8), (36, 64))
    assert _cells_of.cache_info().currsize == 0
