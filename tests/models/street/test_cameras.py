"""Cameras hang as street cameras do, and have in view what they are hung for."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from models.street.cameras import DOWN_DEGREES, HEIGHT_METRES, draw_camera
from models.street.layout import draw_layout
from models.street.seeing import eye_of

SPLITS = [pytest.param(split, id=split) for split in ("train", "open", "sealed")]


@pytest.mark.parametrize("split", SPLITS)
def test_height_and_tilt_are_those_of_poles(split: str) -> None:
    for seed in range(300):
        random = Random(seed)
        camera = draw_camera(random, draw_layout(random, split), 0.0, -2.0)
        assert HEIGHT_METRES[0] <= camera.position[2] <= HEIGHT_METRES[1]
        assert DOWN_DEGREES[0] - 1e-6 <= camera.down_degrees <= DOWN_DEGREES[1] + 1e-6


def test_nearly_every_camera_has_its_spot_in_view() -> None:
    seen = 0
    for seed in range(300):
        random = Random(seed)
        camera = draw_camera(random, draw_layout(random, "train"), 1.0, -2.0)
        eye = eye_of(camera.position, camera.aim, camera.roll_degrees, camera.field_of_view_degrees, 16 / 9, camera.lens)
        flat, front = eye.project(np.array([[1.0, -2.0, 0.6]]))
        seen += bool(front[0] and (flat > 0).all() and (flat < 1).all())
    assert seen >= 255


def test_all_kinds_of_view_and_mount_come_up() -> None:
    random = Random(3)
    drawn = [draw_camera(random, draw_layout(random, "train"), 0.0, -2.0) for _ in range(400)]
    assert {camera.view for camera in drawn} == {"wide", "normal", "telephoto", "overview"}
    assert {camera.mount for camera in drawn} == {"near pole", "far pole", "wall", "gantry"}
    assert max(camera.lens.k for camera in drawn) > 0.2


def test_a_point_before_the_camera_lies_in_the_middle() -> None:
    camera = draw_camera(Random(1), draw_layout(Random(1), "train"), 0.0, -2.0)
    eye = eye_of(camera.position, camera.aim, 0.0, camera.field_of_view_degrees, 16 / 9, camera.lens)
    flat, front = eye.project(np.array([camera.aim]))
    assert front[0]
    assert flat[0] == pytest.approx((0.5, 0.5), abs=1e-9)
