from __future__ import annotations

from random import Random

import numpy as np
import pytest

from models.street.assets.people import person
from models.street.assets.poses import POSES, joints


@pytest.mark.parametrize("pose", POSES)
def test_feet_stand_on_the_ground_in_every_pose(pose: str) -> None:
    for seed in range(5):
        seat = 0.4 if pose in ("sit", "ride") else None
        points = person(Random(seed), "train", pose=pose, phase=0.3, seat=seat).arrays().points
        if seat is None:
            assert -0.08 < points[:, 2].min() < 0.06
        assert 0.7 < points[:, 2].max() < 2.2


def test_somebody_looks_alike_at_every_step() -> None:
    def colours(phase: float, pose: str) -> list[object]:
        return list(person(Random(11), "train", pose=pose, phase=phase).arrays().surfaces)

    assert colours(0.1, "walk") == colours(0.7, "walk")
    assert colours(0.1, "walk")[:3] == colours(0.0, "phone")[:3]


@pytest.mark.parametrize(
    ("pose", "bent"), [pytest.param("bend", True, id="bends down"), pytest.param("stand", False, id="stands"), pytest.param("walk", False, id="walks")]
)
def test_a_bent_back_brings_the_head_forward(pose: str, bent: bool) -> None:
    at = joints(POSES[pose](Random(1), 0.2), 1.0, 1.0)
    assert (at.head[1] < -0.25) == bent
    assert at.head[2] > at.hip[2]


def test_an_umbrella_is_over_the_head() -> None:
    plain, under = (person(Random(4), "train", pose="stand", umbrella=held).arrays().points for held in (False, True))
    assert under[:, 2].max() > plain[:, 2].max() + 0.1
    assert np.ptp(under[:, 0]) > 0.9
