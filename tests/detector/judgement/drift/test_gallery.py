"""Glances and galleries: what is known to be in place, and a view that is recognised into the night."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.judgement.drift import IDENTITY, Gallery, Glance, Glances, Match
from detector.judgement.drift.gallery import MOST_ANCHORS
from detector.judgement.drift.homography import largest_shift
from detector.judgement.drift.landmarks import gauge_of
from detector.judgement.drift.matching import Looked
from tests.street_picture import SEEN, by_night, in_rain, seen, street, with_noise, with_people

ASPECT = SEEN[0] / SEEN[1]
WHOLE = street(2)
PICTURE = seen(WHOLE)

Luma = np.ndarray


def glance(luma: Luma) -> Glance:
    return Glance.of(cv2.resize(luma, (64, 36), interpolation=cv2.INTER_AREA))


def gauge(luma: Luma) -> Luma:
    return gauge_of(luma, 180)


@pytest.mark.parametrize(
    ("now", "known"),
    [
        (with_noise(PICTURE, 3, 1), True),
        (with_people(PICTURE, 8, 1), True),
        ((PICTURE * 0.6 + 20).astype(np.uint8), True),
        (in_rain(PICTURE), True),
        (seen(WHOLE, right=0.002), True),
        (seen(WHOLE, right=0.015), False),
        (seen(WHOLE, down=-0.02), False),
        (seen(WHOLE, right=0.2), False),
        (seen(WHOLE, turn=5), False),
        (seen(street(3)), False),
        (np.full_like(PICTURE, 100), False),
    ],
    ids=[
        "the same", "people walk", "a cloud", "rain", "a pole sways", "shifted by half the width of a person", "tilted", "turned away", "rolled",
        "another street", "nothing",
    ],
)  # fmt: skip
def test_a_glance_knows_what_is_where_it_was(now: Luma, known: bool) -> None:
    assert glance(now).is_as(glance(PICTURE)) is known


def test_glances_follow_the_light_and_keep_more_than_one_picture() -> None:
    glances = Glances()
    assert not glances.know(glance(PICTURE))
    glances = glances.confirmed(glance(PICTURE))
    for step in range(12):
        light = (PICTURE.astype(np.float32) * (1 - step / 12) + by_night(PICTURE).astype(np.float32) * step / 12).astype(np.uint8)
        now = glance(with_noise(light, 2, step))
        assert glances.know(now), f"dusk, step {step}"
        glances = glances.followed(now)
    assert len(glances.kept) == 1
    lorry = PICTURE.copy()
    lorry[150:400, 100:600] = 60
    both = Glances().confirmed(glance(PICTURE)).confirmed(glance(lorry))
    assert both.know(glance(PICTURE))
    assert both.know(glance(lorry))


def test_a_view_is_recognised_through_dusk_where_its_picture_of_noon_would_not_do() -> None:
    gallery = Gallery.of(gauge(PICTURE))
    dark = by_night(PICTURE, 4)
    fades = [(PICTURE.astype(np.float32) * (1 - share) + dark.astype(np.float32) * share * 0.8).astype(np.uint8) for share in np.linspace(0, 1, 9)]
    for number, light in enumerate(fades):
        found, directly = gallery.measure(Looked.of(gauge(with_noise(light, 2, number))), search=False)
        assert found.is_sure, f"dusk, step {number}"
        assert largest_shift(found.homography, ASPECT) < 0.005
        gallery = gallery.learned(gauge(light), found, directly, 700.0 * number)
    assert 1 <= len(gallery.anchors) <= MOST_ANCHORS


def test_an_anchor_tells_where_the_view_lies_against_the_reference_picture() -> None:
    """The reference picture is of another street in all but its own hour: only the anchor knows the night."""
    night = by_night(seen(WHOLE, right=0.02), 1)
    gallery = Gallery.of(gauge(seen(street(3))))
    at_night = Match((1.0, 0.0, -0.02, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), 30, 20, 0.0, 0.3)
    gallery = gallery.learned(gauge(night), at_night, False, 0.0)
    found, directly = gallery.measure(Looked.of(gauge(by_night(seen(WHOLE, right=0.04), 2))), search=False)
    assert found.is_sure
    assert not directly
    assert found.homography[2] == pytest.approx(-0.04, abs=0.003)


def test_anchors_are_few_and_far_between() -> None:
    gallery = Gallery.of(gauge(PICTURE))
    found, directly = gallery.measure(Looked.of(gauge(PICTURE)))
    for number in range(20):
        gallery = gallery.learned(gauge(with_noise(PICTURE, 2, number)), found, directly, 100.0 * number)
    assert len(gallery.anchors) == 4, "one in ten minutes, where the reference picture itself recognises the view"
    for number in range(20):
        gallery = gallery.learned(gauge(with_noise(PICTURE, 2, number)), found, directly, 5000.0 + 700.0 * number)
    assert len(gallery.anchors) == MOST_ANCHORS
    unsure = Match(IDENTITY, 30, 2, 0.0, 0.3)
    assert gallery.learned(gauge(PICTURE), unsure, True, 1e9) is gallery
