"""What a camera makes of a clip's shots: its own lens, caption and dirt, which stay; noise, rain, sway and passing clouds, which change.

What is dear (lens, haze, bloom, colours) is done once a shot; noise, rain and the clock are laid over it for each picture of the clip.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

import numpy as np
from numpy.typing import NDArray

from models.street import sensor, weather
from models.street.clips.script import Script
from models.street.light import DARK, Light
from models.street.seeing import Eye
from models.street.sensor import Caption, Imager
from models.street.weather import Beam

Pixels = NDArray[np.uint8]
Canvas = NDArray[np.float32]

GRAINS = 7
SHIFT_PX = 64
"""How many fields of noise are drawn; each picture of a clip takes one of them, shifted by up to so many pixels."""
RESOLVES = (0.7, 0.75, 0.8, 0.9)
"""Share of the pixels that a clip's lens resolves, and so of the rendering."""
SWAY_PX = (0.3, 1.6)
CLOUDS_SECONDS = (20.0, 70.0)


def draw_camera_electronics(script: Script) -> Imager:
    """A clip's electronics; the clip's own encoder does the compression."""
    random = Random(f"imager {script.split} {script.seed}")
    drawn = sensor.draw_imager(random)
    layout = random.choice(("top", "corners", "corners", "bottom"))
    return replace(drawn, resolve=random.choice(RESOLVES), softness=min(drawn.softness, 0.5), noise=min(drawn.noise, 1.6), crf=None, caption=layout)


class Exposure:
    """A clip's camera from lens to picture.

    Args:
        script: whose camera it is.
        light: of the clip.
        imager: its electronics.
        width, height: of its pictures.
    """

    def __init__(self, script: Script, light: Light, imager: Imager, width: int, height: int) -> None:
        self.script, self.light, self.imager, self.width, self.height = script, light, imager, width, height
        random = Random(f"exposure {script.split} {script.seed}")
        self.seed = random.randrange(1 << 30)
        self.dirt = random.random() < 0.5 if light.wet else imager.grime > 0.5
        self.caption = self._caption(random)
        self.sway = (random.uniform(*SWAY_PX), random.uniform(0.35, 0.9)) if script.shakes else (0.0, 1.0)
        self.clouds = (random.uniform(0.04, 0.14), random.uniform(*CLOUDS_SECONDS)) if light.kind in ("day", "hard_shadow", "overcast") else (0.0, 1.0)
        self._fields: list[NDArray[np.int16]] = []
        self._deviation = -1.0

    def _caption(self, random: Random) -> Caption:
        drawn, _ = sensor.draw_caption(random, self.imager.caption, (0, 23), self.height)
        began = self.script.began
        return replace(drawn, day=began.strftime("%Y-%m-%d"), weekday=sensor.WEEKDAYS[began.weekday()] if drawn.weekday else "")

    def shot(self, raw: Pixels, eye: Eye, beams: list[Beam]) -> Canvas:
        """A shot as lens and electronics show it, noise, rain and caption left out; `raw` may be smaller than the camera's picture."""
        k = self.width / raw.shape[1]
        out = sensor.enlarged(raw, self.width, self.height).astype(np.float32)
        rng = np.random.default_rng(self.seed)
        if self.light.kind in DARK:
            weather.headlights(out, [replace(beam, at=(beam.at[0] * k, beam.at[1] * k)) for beam in beams])
        if self.light.haze:
            weather.haze(out, eye, self.light)
        weather.bloom(out, self.light)
        if self.light.glare:
            weather.veil(out, rng, self.light)
        bent = eye.lens.picture(np.asarray(np.clip(out, 0, 255), np.uint8)).astype(np.float32)
        if self.dirt:
            weather.drops(bent, np.random.default_rng(self.seed + 1), 0.5 * self.light.wet + 0.5 * self.imager.grime)
        taken, deviation = sensor.developed(bent, self.light, self.imager)
        if abs(deviation - self._deviation) > 0.25 * max(deviation, 0.1):
            self._draw_grain(deviation)
        return sensor.calmed(taken) if self.light.kind in DARK else taken

    def _draw_grain(self, deviation: float) -> None:
        rng = np.random.default_rng(self.seed + 2)
        size = self.width + SHIFT_PX, self.height + SHIFT_PX
        fields = [sensor.grain(rng, *size, deviation, grey=self.light.kind == "infrared") for _ in range(GRAINS)]
        fields = [sensor.calmed(one) for one in fields] if self.light.kind in DARK else fields
        self._fields = [np.repeat(np.round(one), 3 // one.shape[2], axis=2).astype(np.int16) for one in fields]
        self._deviation = deviation

    def picture(self, shot: NDArray[np.int16], number: int, second: float) -> Pixels:
        """One picture of the clip: the shot in whole grey levels with this moment's sway, rain, noise and clock; RGB (h, w, 3)."""
        import cv2

        rng = np.random.default_rng((self.seed, number))
        out = shot
        if self.sway[0]:
            dx, dy = (self.sway[0] * math.sin(2 * math.pi * self.sway[1] * second + phase) for phase in (0.0, 1.3))
            moved = np.array([[1, 0, dx], [0, 1, 0.5 * dy]])
            out = np.asarray(cv2.warpAffine(out, moved, (self.width, self.height), borderMode=cv2.BORDER_REPLICATE), np.int16)
        if self.light.wet:
            wet = out.astype(np.float32)
            weather.rain(wet, rng, self.light, manner=np.random.default_rng(self.seed + 3))
            out = wet.astype(np.int16)
        x, y = (int(v) for v in rng.integers(0, SHIFT_PX, 2))
        field = self._fields[number % GRAINS][y : y + self.height, x : x + self.width]
        picture = np.asarray(cv2.add(out, field, dtype=cv2.CV_8U), np.uint8)
        moment = self.script.began + dt.timedelta(seconds=second)
        sensor.write_caption(picture, self.caption, moment.strftime("%H:%M:%S"))
        return picture

    def _clouded(self, shot: Canvas, second: float) -> NDArray[np.int16]:
        """The shot in whole grey levels, dimmed as a cloud passes."""
        share = self.clouds[0] * (0.5 + 0.5 * math.sin(2 * math.pi * second / self.clouds[1]))
        return np.asarray(np.clip(shot * np.float32(1 - share), -300, 600), np.int16)

    def pictures(self, shots: Callable[[int], Canvas], rate: int) -> Iterator[Pixels]:
        """All pictures of the clip, `rate` a second."""
        index = -1
        shot, level = np.zeros((0, 0, 3), np.float32), np.zeros((0, 0, 3), np.int16)
        for number in range(self.script.seconds * rate):
            if number // (rate * self.script.step_seconds) != index:
                index = number // (rate * self.script.step_seconds)
                shot = shots(index)
                level = self._clouded(shot, number / rate)
            elif number % rate == 0 and self.clouds[0]:
                level = self._clouded(shot, number / rate)
            yield self.picture(level, number, number / rate)
