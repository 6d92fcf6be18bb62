from __future__ import annotations

import numpy as np
import pytest

from detector.scene.suggesting.fan import BINS, STEPS, Fan, profile
from detector.scene.suggesting.vanishing import centred
from tests.detector.scene.suggesting.painted import KERB_Y, PaintedStreet

ASPECT = 16 / 9


def fan_of(street: PaintedStreet) -> Fan:
    spot = street.project(1e6, -4.0)
    assert spot is not None
    x, y = centred(np.array([spot]), ASPECT)[0].tolist()
    return Fan(x, y, 0.0, ASPECT, y + 0.18)


@pytest.mark.parametrize(
    "fan",
    [
        pytest.param(Fan(0.1, -0.3, 0.0, ASPECT, -0.1), id="a point in the picture"),
        pytest.param(Fan(-1.4, -0.9, 0.2, ASPECT, -0.6), id="above and beside it, a wide lens"),
        pytest.param(Fan(15.0, -0.4, 0.0, ASPECT, -0.2), id="a street across the picture"),
    ],
)
def test_spots_lie_in_the_picture_and_know_their_bin(fan: Fan) -> None:
    flat, inside = fan.spots
    assert flat.shape == (BINS, STEPS, 2)
    assert inside.mean() > 0.7
    number = np.broadcast_to(np.arange(BINS)[:, None], inside.shape)
    assert np.abs(fan.bins_of(flat[inside]) - number[inside]).max() < 0.05


@pytest.mark.parametrize(("first", "last"), [(0.1, 0.6), (0.0, 1.0), (0.45, 0.5)])
def test_a_wedge_holds_what_lies_between_its_rays(first: float, last: float) -> None:
    import cv2

    fan = Fan(-0.3, -0.4, 0.1, ASPECT, -0.2)
    low, high = fan.span
    outline = fan.wedge(low + first * (high - low), low + last * (high - low))
    mask = np.zeros((180, 320), np.uint8)
    cv2.fillPoly(mask, [np.array([(round(x * 319), round(y * 179)) for x, y in outline], np.int32)], 1)
    rows, columns = np.mgrid[0:180, 0:320]
    points = np.column_stack([columns.ravel() / 319, rows.ravel() / 179])
    wanted = ((fan.bins_of(points) + 0.5) / BINS >= first) & ((fan.bins_of(points) + 0.5) / BINS <= last) & (centred(points, ASPECT)[:, 1] >= fan.top + 0.02)
    inside = mask.ravel().astype(bool)
    assert (inside & wanted).sum() / wanted.sum() > 0.97
    assert (inside & ~wanted).sum() / wanted.sum() < 0.12


def test_the_profile_shows_kerb_and_colours() -> None:
    street = PaintedStreet()
    fan = fan_of(street)
    shown = profile(fan, street.picture, np.zeros(street.picture.shape[:2], bool))
    kerb = street.project(9.0, KERB_Y)
    assert kerb is not None
    at = float(fan.bins_of(np.array([kerb]))[0])
    near = [border for border in range(BINS + 1) if abs(border - 0.5 - at) <= 3]
    assert max(shown.kerb[border] for border in near) > 0.35
    pavement, road = street.project(9.0, -2.0), street.project(9.0, -6.0)
    assert pavement is not None
    assert road is not None
    light, dark = (shown.colour[int(fan.bins_of(np.array([spot]))[0]), 0] for spot in (pavement, road))
    assert light > dark + 40


def test_what_is_hidden_counts_for_nothing() -> None:
    street = PaintedStreet()
    shown = profile(fan_of(street), street.picture, np.ones(street.picture.shape[:2], bool))
    assert shown.seen.max() == 0
    assert shown.kerb.max() == 0
