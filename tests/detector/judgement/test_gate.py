from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.judgement.gate import ChangeGate, GateSettings
from streams.decoding import LUMA_SHAPE, decode_keyframe
from streams.recorded import read_access_units

GATE = ChangeGate()
Luma = NDArray[np.uint8]


def street() -> Luma:
    """A picture with light, shade and edges, as cells of a street have."""
    random = np.random.default_rng(3)
    rows, columns = np.mgrid[0 : LUMA_SHAPE[0], 0 : LUMA_SHAPE[1]]
    picture = 90 + rows + 25 * np.sin(columns / 6)
    picture[20:24] += 40
    return np.asarray(picture + random.normal(0, 1, LUMA_SHAPE), np.uint8)


def changed(*, gain: float = 1.0, offset: float = 0.0, noise: float = 0.0, spot: float = 0.0) -> Luma:
    picture = street().astype(float) * gain + offset + np.random.default_rng(9).normal(0, noise, LUMA_SHAPE)
    picture[12, 31] += spot
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


@pytest.mark.parametrize(
    ("luma", "verdict"),
    [
        pytest.param(changed(), "unchanged", id="the same picture"),
        pytest.param(changed(noise=1.0), "unchanged", id="a little noise"),
        pytest.param(changed(noise=2.0), "unchanged", id="a noisy night"),
        pytest.param(changed(gain=1.2), "unchanged", id="the exposure rises by a gain"),
        pytest.param(changed(offset=-25), "unchanged", id="or falls by a step"),
        pytest.param(changed(gain=0.8, offset=12, noise=1.0), "unchanged", id="both, with noise"),
        pytest.param(changed(spot=12), "look", id="one cell brighter"),
        pytest.param(changed(spot=-12, gain=1.1), "look", id="one cell darker while the exposure rises"),
        pytest.param(changed(spot=30, noise=2.0), "look", id="a thing in a noisy night"),
        pytest.param(np.roll(street(), 20, axis=1), "look", id="the camera turned"),
        pytest.param(np.zeros(LUMA_SHAPE, np.uint8), "look", id="black"),
        pytest.param(np.full((18, 32), 90, np.uint8), "look", id="a picture of another shape"),
    ],
)
def test_motion_is_told_from_exposure_and_noise(luma: Luma, verdict: str) -> None:
    assert GATE.verdict(street(), luma, 4.0, suspicious=False) == verdict


def test_a_dark_street_with_noise_is_not_looked_at_for_its_noise() -> None:
    random = np.random.default_rng(4)
    first, second = (np.asarray(np.clip(random.normal(14, 1.5, LUMA_SHAPE), 0, 255), np.uint8) for _ in range(2))
    assert GATE.verdict(first, second, 4.0, suspicious=False) == "unchanged"
    second[30, 10] += 20
    assert GATE.verdict(first, second, 4.0, suspicious=False) == "look"


def test_a_crowd_over_half_of_the_picture_is_no_noise() -> None:
    picture = street()
    picture[:, :40] = np.random.default_rng(1).integers(0, 255, (36, 40))
    assert GATE.verdict(street(), picture, 4.0, suspicious=False) == "look"


@pytest.mark.parametrize(
    ("reference", "age", "suspicious", "verdict"),
    [
        pytest.param(None, 0.0, False, "look", id="nothing was detected yet"),
        pytest.param(street(), 59.9, False, "unchanged", id="within the minute"),
        pytest.param(street(), 60.0, False, "look", id="a look each minute"),
        pytest.param(street(), -1.0, False, "look", id="a clock that ran back"),
        pytest.param(street(), 4.0, True, "look", id="never gated under suspicion"),
    ],
)
def test_when_a_still_picture_is_looked_at(reference: Luma | None, age: float, suspicious: bool, verdict: str) -> None:
    assert GATE.verdict(reference, street(), age, suspicious) == verdict


def test_a_gate_that_is_off_lets_nothing_pass() -> None:
    assert ChangeGate(GateSettings(enabled=False)).verdict(street(), street(), 4.0, suspicious=False) == "look"


def test_only_watched_cells_count() -> None:
    watched = np.zeros(LUMA_SHAPE, bool)
    watched[20:, :] = True
    assert GATE.verdict(street(), changed(spot=60), 4.0, suspicious=False, watched=watched) == "unchanged"
    watched[12, 31] = True
    assert GATE.verdict(street(), changed(spot=60), 4.0, suspicious=False, watched=watched) == "look"
    assert GATE.verdict(street(), changed(spot=60), 4.0, suspicious=False, watched=np.zeros(LUMA_SHAPE, bool)) == "unchanged"


@pytest.mark.shared
def test_walkers_are_motion_in_real_footage(shared: Path) -> None:
    units = [unit for unit in read_access_units(shared / "footage" / "pedestrians_h264.mp4") if unit.keyframe][:12]
    lumas = [decode_keyframe(unit, ()).luma for unit in units]
    assert {GATE.verdict(old, new, 2.0, suspicious=False) for old, new in pairwise(lumas)} == {"look"}
    assert {GATE.verdict(one, one, 2.0, suspicious=False) for one in lumas} == {"unchanged"}
