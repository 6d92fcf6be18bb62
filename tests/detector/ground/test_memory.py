from __future__ import annotations

import json
import zlib
from collections.abc import Callable

import numpy as np
import pytest

from detector.ground.memory import FORMAT, GroundFault, ground_from_bytes, ground_to_bytes
from detector.ground.values import GroundState
from tests.detector.ground.street import EMPTY, Camera, Crates, Shown, settled

CRATES = Shown((Crates(),))


@pytest.fixture(scope="module")
def state() -> GroundState:
    camera = settled()
    camera.watch(120, CRATES)
    assert camera.state is not None
    return camera.state


def test_ground_comes_back_as_it_was_at_another_clock(state: GroundState) -> None:
    data = ground_to_bytes(state)
    assert len(data) < 120_000
    back = ground_from_bytes(data, state.at_seconds - 500)
    for name in ("old", "candidate", "vote", "noise", "cover", "owner"):
        assert np.array_equal(getattr(back, name), getattr(state, name))
    assert np.allclose((state.at_seconds - state.since)[state.known], (back.at_seconds - back.since)[back.known], atol=0.01)
    (was,), (now,) = state.regions, back.regions
    for field in ("number", "verdict", "xyxy", "score", "share", "signature"):
        assert getattr(now, field) == getattr(was, field)
    assert back.at_seconds - now.since_seconds == pytest.approx(state.at_seconds - was.since_seconds, abs=0.01)
    assert not now.present, "nobody has seen it since"


def test_a_restart_takes_nothing_away_and_adds_nothing(state: GroundState) -> None:
    camera = Camera(begins=50.0)
    camera.state = ground_from_bytes(ground_to_bytes(state), 40.0)
    (one,) = camera.look(CRATES)
    assert camera.at - one.since_seconds == pytest.approx(state.at_seconds - state.regions[0].since_seconds + 10, abs=0.1)
    other = Camera(begins=50.0)
    other.state = ground_from_bytes(ground_to_bytes(state), 40.0)
    other.watch(200, EMPTY)
    assert not other.ever_told


def _header(data: bytes, change: Callable[[dict[str, object]], object]) -> bytes:
    line, _, packed = data.partition(b"\n")
    header = json.loads(line)
    change(header)
    return json.dumps(header).encode() + b"\n" + packed


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="an empty file"),
        pytest.param(lambda data: data[:-500], id="cut off"),
        pytest.param(lambda data: data[:400], id="cut off in the cells"),
        pytest.param(lambda data: b"\x00" * 4000, id="zeros, as after a power cut"),
        pytest.param(lambda data: _header(data, lambda h: h.update(format="curbwatch.ground/9")), id="another format"),
        pytest.param(lambda data: _header(data, lambda h: h.update(shape=[9000, 16000])), id="too many cells"),
        pytest.param(lambda data: _header(data, lambda h: h.update(shape=[89, 160])), id="other cells than it says"),
        pytest.param(lambda data: _header(data, lambda h: h.update(shape=[-1, -1])), id="fewer than none"),
        pytest.param(lambda data: _header(data, lambda h: h.update(regions=[])), id="cells of a region that is not there"),
        pytest.param(lambda data: _header(data, lambda h: h.update(rectangle=[0, 0, 0, 1])), id="a picture without width"),
        pytest.param(lambda data: _header(data, lambda h: h.pop("rectangle")), id="a field is missing"),
        pytest.param(lambda data: data.partition(b"\n")[0] + b"\n" + zlib.compress(b"\0" * 50_000_000, 1), id="a bomb"),
    ],
)
def test_what_cannot_be_read_is_one_error(state: GroundState, damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(GroundFault, match="learned anew"):
        ground_from_bytes(damage(ground_to_bytes(state)), 0.0)


def test_the_format_names_itself(state: GroundState) -> None:
    assert json.loads(ground_to_bytes(state).partition(b"\n")[0])["format"] == FORMAT
