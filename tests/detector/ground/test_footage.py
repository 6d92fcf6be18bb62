"""Real footage, played over and over for a quarter of an hour without any recognition: what passes is not told, what is put down is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.ground.observing import observed
from detector.ground.picture import picture_of
from detector.ground.telling import told
from detector.ground.values import GroundState
from detector.judgement.geometry import Box, iou
from streams.decoding import Crop, DecodedCrop, Letterbox, decode_keyframe
from streams.recorded import read_access_units
from tests.detector.ground.street import WHOLE

pytestmark = pytest.mark.shared
WIDTH, HEIGHT = 640, 360
STEP = 4.0
SECONDS = 900


def pictures(clip: Path) -> list[NDArray[np.uint8]]:
    crop = Crop(*WHOLE, WIDTH, HEIGHT)
    decoded = [decode_keyframe(unit, [crop]) for unit in read_access_units(clip) if unit.keyframe]
    box = decoded[0].crops[0].letterbox
    top, left = int(box.pad_y), int(box.pad_x)
    return [one.crops[0].pixels[top : HEIGHT - top, left : WIDTH - left] for one in decoded]


def look(state: GroundState | None, pixels: NDArray[np.uint8], at: float) -> GroundState:
    high, wide = pixels.shape[:2]
    gain = 0.85 + 0.2 * math.cos(at / 200)
    noise = np.random.default_rng(int(at)).normal(0, 2, (high, wide, 1))
    lit = np.clip(pixels * gain + noise, 0, 255).astype(np.uint8)
    return observed(state, picture_of(DecodedCrop(lit, Letterbox(1.0, 0.0, 0.0, 0.0, 0.0)), WHOLE, wide, high), at)


@pytest.mark.parametrize("name", ["pedestrians_h264", "car_park_h264", "person_bicycle_car_h264"])
def test_whoever_passes_in_real_footage_is_no_new_thing(name: str, shared: Path) -> None:
    still = pictures(shared / "footage" / f"{name}.mp4")
    state: GroundState | None = None
    seen: list[Box] = []
    for number in range(round(SECONDS / STEP)):
        state = look(state, still[number % len(still)], number * STEP)
        seen += [region.xyxy for region in told(state)]
    assert state is not None
    assert state.known_share > 0.9, "else nothing was watched"
    assert seen == []


def test_what_is_put_down_in_real_footage_is_told(shared: Path) -> None:
    still = pictures(shared / "footage" / "pedestrians_h264.mp4")
    high, wide = still[0].shape[:2]
    place = (0.62, 0.62, 0.72, 0.76)
    left, top, right, bottom = (round(v * side) for v, side in zip(place, (wide, high, wide, high), strict=True))
    state: GroundState | None = None
    hits = []
    for number in range(100):
        pixels = still[number % len(still)].copy()
        if number >= 50:
            pixels[top:bottom, left:right] = (60, 70, 110)
            pixels[top : top + 4, left:right] = (190, 180, 150)
        state = look(state, pixels, number * STEP)
        hits.append(any(iou(region.xyxy, place) >= 0.4 for region in told(state)))
    assert not any(hits[:64])
    assert all(hits[75:])
