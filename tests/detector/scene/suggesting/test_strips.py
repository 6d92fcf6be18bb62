from __future__ import annotations

import itertools

import numpy as np
import pytest

from detector.scene.suggesting import Foot
from detector.scene.suggesting.fan import BINS, Fan, Profile
from detector.scene.suggesting.strips import CARRIAGEWAY, PAVEMENT, WALL, Strip, feet_by_bin, split

FAN = Fan(0.0, -0.4, 0.0, 16 / 9, -0.2)


def painted(*parts: tuple[int, int], kerbs: tuple[int, ...] = ()) -> Profile:
    """A fan of bands of one grey each (first bin, grey), with edges along the street at some borders."""
    colour = np.full((BINS, 3), 128.0)
    for first, grey in parts:
        colour[first:, 0] = grey
    kerb = np.zeros(BINS + 1)
    kerb[list(kerbs)] = 0.5
    return Profile(colour, np.ones(BINS), np.zeros(BINS), kerb, np.ones(BINS))


def feet(group: str, first: int, last: int, count: int) -> list[Foot]:
    """Feet on rays from one bin to another."""
    flat, _ = FAN.spots
    rng = np.random.default_rng(1)
    return [Foot(group, *flat[int(bin_), 80].tolist(), 0.01, 0.1) for bin_ in rng.uniform(first + 4, last - 4, count)]


def test_a_row_is_split_where_colours_edges_and_feet_say() -> None:
    shown = painted((0, 190), (60, 90), (160, 185), (210, 60), kerbs=(60, 160, 210))
    found = split(FAN, shown, [*feet("people", 0, 60, 20), *feet("vehicles", 60, 160, 20), *feet("people", 160, 210, 20)], None)
    assert [strip.what for strip in found.strips] == [PAVEMENT, CARRIAGEWAY, PAVEMENT, WALL]
    assert [strip.last for strip in found.strips[:-1]] == pytest.approx([60, 160, 210], abs=2)
    assert found.held["vehicles"][CARRIAGEWAY] > 5 * found.held["vehicles"][PAVEMENT]


def test_strips_cover_all_rays_in_order() -> None:
    rng = np.random.default_rng(2)
    for _ in range(10):
        shown = Profile(rng.uniform(60, 200, (BINS, 3)), rng.uniform(0, 3, BINS), rng.uniform(0, 1, BINS), rng.uniform(0, 1, BINS + 1), rng.uniform(0, 1, BINS))
        strips = split(FAN, shown, [], 5.0).strips
        assert (strips[0].first, strips[-1].last) == (0, BINS)
        assert all(a.last == b.first and a.what != b.what for a, b in itertools.pairwise(strips))
        assert any(strip.what != WALL for strip in strips)


def test_where_only_people_are_is_no_carriageway() -> None:
    """A dark band between light ones looks like a road, and a day of people on it says that it is none."""
    shown = painted((0, 180), (80, 85), (160, 180), kerbs=(80, 160))
    assert [strip.what for strip in split(FAN, shown, [], None).strips] == [PAVEMENT, CARRIAGEWAY, PAVEMENT]
    walked = split(FAN, shown, feet("people", 0, BINS, 300), None)
    assert all(strip.what != CARRIAGEWAY for strip in walked.strips)


def test_a_few_cars_on_a_pavement_make_no_road() -> None:
    shown = painted((0, 180), (120, 85), kerbs=(120,))
    found = split(FAN, shown, [*feet("people", 0, 120, 150), *feet("vehicles", 0, 120, 6), *feet("vehicles", 120, BINS, 100)], None)
    assert [strip.what for strip in found.strips][-2:] == [PAVEMENT, CARRIAGEWAY]
    assert found.strips[-1].first == pytest.approx(120, abs=3)


def test_a_foot_counts_at_the_rays_under_its_own_width() -> None:
    (spot,) = feet("vehicles", 100, 110, 1)
    wide = feet_by_bin(FAN, [Foot("vehicles", spot.x, spot.y, 0.2, 0.1)])
    assert wide.max() == pytest.approx(1.0)
    assert 20 < (wide > 0.5).sum() < 90
    far = Foot("people", 0.5, 0.05, 0.01, 0.02)
    assert feet_by_bin(FAN, [far]).sum() == 0, "beyond what is proposed"


def test_strips_are_values() -> None:
    assert Strip(WALL, 0, 5) == Strip(WALL, 0, 5)
