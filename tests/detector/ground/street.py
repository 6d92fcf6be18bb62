"""A street as a camera sees it, drawn: a wall with windows, a kerb, flagstones; things, light, noise and sway by numbers. Looks come every ten seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.ground.observing import Given, observed
from detector.ground.picture import GroundPicture, picture_of
from detector.ground.settings import DEFAULT, GroundSettings
from detector.ground.telling import told
from detector.ground.values import GroundState, Region
from detector.judgement.geometry import Box
from detector.judgement.values import Thing
from streams.decoding import DecodedCrop, Letterbox

WIDTH, HEIGHT = 320, 180
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
STEP = 10.0
PLACE: Box = (0.45, 0.6, 0.6, 0.8)
"""Where things are put down, on the flagstones."""
Pixels = NDArray[np.float32]


@lru_cache(maxsize=4)
def street(seed: int = 1) -> Pixels:
    """The street by day, (180, 320, 3) RGB levels; an even seed is another place."""
    random = np.random.default_rng(seed)
    picture = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    picture[:80] = (150, 120, 105)
    for left in range(12, WIDTH, 52):
        picture[20:60, left : left + 28] = (70, 85, 100)
    picture[76:84] = (95, 95, 95)
    picture[84:] = (128, 126, 122)
    for y in range(92, HEIGHT, 16):
        picture[y : y + 1] -= 22
    for x in range(0, WIDTH, 20):
        picture[84:, x : x + 1] -= 18
    if seed % 2 == 0:
        picture = picture[::-1].copy()
    coarse = cv2.resize(random.normal(0, 5, (45, 80)).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return picture + coarse[:, :, None] + random.normal(0, 2, (HEIGHT, WIDTH, 1)).astype(np.float32)


@lru_cache(maxsize=1)
def noise() -> Pixels:
    """A sensor's noise of one level, larger than the picture: a look shows some cut of it."""
    return np.random.default_rng(0).normal(0, 1, (HEIGHT + 64, WIDTH + 64, 3)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Crates:
    """Stacked crates in a box of the picture; `look` chooses their colours."""

    xyxy: Box = PLACE
    look: int = 3

    def draw(self, picture: Pixels) -> None:
        """Puts them in."""
        left, top, right, bottom = (round(v * side) for v, side in zip(self.xyxy, (WIDTH, HEIGHT, WIDTH, HEIGHT), strict=True))
        random = np.random.default_rng(self.look)
        for y in range(top, bottom, 12):
            for x in range(left, right, 14):
                picture[y : min(bottom, y + 12), x : min(right, x + 14)] = random.integers(20, 230, 3)
                picture[y : y + 1, x : min(right, x + 14)] = 15


@dataclass(frozen=True, slots=True)
class Shade:
    """A hard shadow (or, above 1, a patch of light) over a box of the picture."""

    xyxy: Box = PLACE
    gain: float = 0.55

    def draw(self, picture: Pixels) -> None:
        """Lays it over."""
        left, top, right, bottom = (round(v * side) for v, side in zip(self.xyxy, (WIDTH, HEIGHT, WIDTH, HEIGHT), strict=True))
        picture[top:bottom, left:right] *= np.float32(self.gain)


Drawn = Crates | Shade


@dataclass(frozen=True, slots=True)
class Shown:
    """What a look shows.

    Attributes:
        things: drawn one over the other.
        gain: of the light; tint: of each colour.
        noise: levels; sway: pixels of the drawing (320 wide) to the right and down.
        infrared: grey, with foliage bright and cloth dark: another picture of the same street.
    """

    things: tuple[Drawn, ...] = ()
    gain: float = 1.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    noise: float = 2.0
    sway: tuple[float, float] = (0.0, 0.0)
    infrared: bool = False
    seed: int = 1

    def pixels(self, number: int = 0) -> NDArray[np.uint8]:
        """RGB (180, 320, 3); `number` draws the noise."""
        picture = street(self.seed).copy()
        for thing in self.things:
            thing.draw(picture)
        if self.infrared:
            picture = np.repeat((235 - 0.75 * picture[:, :, :1] + 0.35 * picture[:, :, 2:] - 40 * np.cos(picture[:, :, 1:2] / 18)), 3, axis=2)
        if self.sway != (0.0, 0.0):
            shift = np.array([[1, 0, self.sway[0]], [0, 1, self.sway[1]]], np.float32)
            picture = cv2.warpAffine(picture, shift, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        picture = picture * np.float32(self.gain) * np.array(self.tint, np.float32)
        random = np.random.default_rng(number)
        at_y, at_x = random.integers(0, 64, 2)
        picture = picture + np.float32(self.noise) * noise()[at_y : at_y + HEIGHT, at_x : at_x + WIDTH]
        return np.clip(picture, 0, 255).astype(np.uint8)


def crop_of(pixels: NDArray[np.uint8]) -> DecodedCrop:
    """The picture as a crop without a letterbox."""
    return DecodedCrop(pixels, Letterbox(1.0, 0.0, 0.0, 0.0, 0.0))


def picture(shown: Shown, number: int = 0) -> GroundPicture:
    """The look as the ground knows it, 160x90 cells."""
    return picture_of(crop_of(shown.pixels(number)), WHOLE, WIDTH, HEIGHT)


EMPTY = Shown()


class Camera:
    """Looks one after another, and what the ground said at each."""

    def __init__(self, settings: GroundSettings = DEFAULT, *, begins: float = 1000.0) -> None:
        self.settings, self.at = settings, begins - STEP
        self.state: GroundState | None = None
        self.told: list[tuple[float, tuple[Region, ...]]] = []
        self.looks = 0

    def look(self, shown: Shown, things: Sequence[Thing] = (), *, step: float = STEP, held: Sequence[Box] = ()) -> tuple[Region, ...]:
        self.at += step
        self.looks += 1
        self.state = observed(self.state, picture(shown, self.looks), self.at, Given(things, held=held), settings=self.settings)
        regions = told(self.state, self.settings)
        self.told.append((self.at, regions))
        return regions

    def watch(
        self, seconds: float, shown: Shown | Callable[[float], Shown] = EMPTY, things: Sequence[Thing] | Callable[[float], Sequence[Thing]] = (),
        *, step: float = STEP, held: Sequence[Box] = (),
    ) -> list[tuple[float, tuple[Region, ...]]]:  # fmt: skip
        """Looks for so long; what is shown may depend on the seconds since the first of these looks. What was told at which second of them."""
        began, first = self.at + step, len(self.told)
        while self.at + step < began + seconds:
            passed = self.at + step - began
            self.look(shown(passed) if callable(shown) else shown, things(passed) if callable(things) else things, step=step, held=held)
        return [(at - began, regions) for at, regions in self.told[first:]]

    @property
    def ever_told(self) -> bool:
        return any(regions for _, regions in self.told)


def settled(**settings: float) -> Camera:
    """A camera that has known its empty street for five minutes."""
    camera = Camera(replace(DEFAULT, **settings))
    camera.watch(300)
    assert camera.state is not None
    assert camera.state.known_share == 1.0
    return camera
