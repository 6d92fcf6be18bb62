"""What changes from picture to picture of a clip and what stays."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from models.street.clips import exposing
from models.street.clips.script import Script, draw_script
from models.street.encoding import encode_pictures
from models.street.lens import Lens
from models.street.light import light_of
from models.street.seeing import eye_of

WIDTH, HEIGHT = 160, 90
EYE = eye_of((0.0, -10.0, 5.0), (0.0, 0.0, 0.5), 0.0, 60.0, 16 / 9, Lens(0.1))


def exposure(weather: str, *, shakes: bool = False) -> tuple[Script, exposing.Exposure]:
    script = replace(draw_script(700_000, "open"), weather=weather, seconds=8, shakes=shakes)
    return script, exposing.Exposure(script, light_of(weather, Random(1)), exposing.draw_camera_electronics(script), WIDTH, HEIGHT)


def raw() -> np.ndarray:
    return np.random.default_rng(1).integers(60, 180, (HEIGHT // 2, WIDTH // 2, 3)).astype(np.uint8)


@pytest.mark.parametrize("weather", ["overcast", "rain", "lit_night", "infrared"])
def test_pictures_differ_by_noise_and_rain_alone(weather: str) -> None:
    _, camera = exposure(weather)
    taken = list(camera.pictures(lambda shot: camera.shot(raw(), EYE, []), 2))
    assert len(taken) == 16
    assert taken[0].shape == (HEIGHT, WIDTH, 3)
    body = slice(HEIGHT // 3, 2 * HEIGHT // 3)
    apart = np.abs(taken[0][body].astype(int) - taken[1][body].astype(int)).mean()
    assert 0 < apart < 25


def test_the_same_camera_takes_the_same_picture() -> None:
    one, other = exposure("rain")[1], exposure("rain")[1]
    assert np.array_equal(next(one.pictures(lambda shot: one.shot(raw(), EYE, []), 2)), next(other.pictures(lambda shot: other.shot(raw(), EYE, []), 2)))


def test_a_pole_that_sways_moves_the_picture() -> None:
    edge = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    edge[:, WIDTH // 2 :] = 200
    _, camera = exposure("overcast", shakes=True)
    camera.sway = (3.0, 0.7)
    taken = list(camera.pictures(lambda shot: camera.shot(edge, EYE, []), 4))
    places = [int(np.argmax(np.abs(np.diff(picture[HEIGHT // 2, :, 1].astype(int))))) for picture in taken[:8]]
    assert max(places) - min(places) >= 2


def test_the_container_tells_the_hour_and_keyframes_come_every_two_seconds(tmp_path: Path) -> None:
    import av

    began = dt.datetime(2026, 6, 13, 11, 15, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    for codec in ("h264", "hevc"):
        path = tmp_path / f"{codec}.mp4"
        pictures = [np.full((HEIGHT, WIDTH, 3), 10 * i, np.uint8) for i in range(20)]
        encode_pictures(pictures, path, codec, WIDTH, HEIGHT, 5, 300_000, began)
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            assert container.metadata["creation_time"].startswith("2026-06-13T03:15:00")
            keys = [float(packet.pts * (stream.time_base or 0)) for packet in container.demux(stream) if packet.is_keyframe and packet.pts is not None]
        assert keys == [0.0, 2.0]
