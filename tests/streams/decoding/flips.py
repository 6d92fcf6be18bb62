"""What flipped bits do to H.265 keyframes, and how much of it is noticed: scenes, weathers, flips and the tally."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from streams.decoding.picture import decode_one
from streams.decoding.planes import planar, rows_of
from streams.decoding.soundness import Portrait, doubt, portrait_of
from streams.errors import DecodeError
from streams.media import AccessUnit, Codec, ParameterSets, nal_type, split_annexb

Picture = NDArray[np.uint8]
FLIPS = (1, 1, 1, 2, 4, 8)
RNG = np.random.default_rng(3)


def pictures(path: Path, every_seconds: float, width: int, most: int = 1000) -> list[Picture]:
    """Every so many seconds a picture of a clip, BGR."""
    made: list[Picture] = []
    due = 0.0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if float(frame.time or 0.0) >= due and len(made) < most:
                due += every_seconds
                height = round(frame.height * width / frame.width / 2) * 2
                made.append(np.asarray(frame.reformat(width, height, "bgr24", threads=1).to_ndarray(), np.uint8))
    return made


def night(picture: Picture) -> Picture:
    noisy = picture.astype(np.float32) * 0.18 + RNG.normal(0, 5, picture.shape[:2])[..., None] + RNG.normal(0, 2, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def rain(picture: Picture) -> Picture:
    drops = np.zeros_like(picture)
    for _ in range(500):
        x, y, length = (int(RNG.integers(0, most)) for most in (picture.shape[1], picture.shape[0], 30))
        cv2.line(drops, (x, y), (x + length // 6, y + 10 + length), (int(RNG.integers(80, 200)),) * 3, 1)
    return np.asarray(cv2.add(picture, drops), np.uint8)


def sway(picture: Picture) -> Picture:
    dx, dy = RNG.uniform(-6, 6, 2)
    moved = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return np.asarray(cv2.warpAffine(picture, moved, picture.shape[1::-1], borderMode=cv2.BORDER_REFLECT), np.uint8)


WEATHERS: dict[str, Callable[[Picture], Picture]] = {
    "day": lambda picture: picture,
    "night": night,
    "blurred": lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), 6), np.uint8),
    "rain": rain,
    "fog": lambda picture: (picture * 0.35 + 140).clip(0, 255).astype(np.uint8),
    "swaying": sway,
}


def keyframes(shown: Sequence[Picture]) -> list[AccessUnit]:
    """The pictures as H.265 keyframes."""
    context = CodecContext.create("libx265", "w")
    assert isinstance(context, VideoCodecContext)
    context.height, context.width = shown[0].shape[:2]
    context.pix_fmt, context.time_base, context.framerate = "yuv420p", Fraction(1, 25), Fraction(25)
    context.options = {"preset": "fast", "x265-params": "log-level=none:keyint=1:crf=26"}
    coded = [bytes(packet) for one in shown for packet in context.encode(av.VideoFrame.from_ndarray(one, format="bgr24"))]
    coded += [bytes(packet) for packet in context.encode(None)]
    units, sets = [], ParameterSets(Codec.H265)
    for number, data in enumerate(coded):
        nals = split_annexb(data)
        for nal in nals:
            sets = sets.updated(nal)
        units.append(AccessUnit(Codec.H265, nals, number, True, float(number), None, sets))
    return units


def flipped(unit: AccessUnit, count: int, chance: random.Random) -> AccessUnit:
    """The keyframe with some bits of its slices flipped, behind their NAL headers."""
    nals = [bytearray(nal) for nal in unit.nals]
    slices = [n for n, nal in enumerate(nals) if nal_type(unit.codec, bytes(nal)) < 32]
    for _ in range(count):
        nal = nals[chance.choice(slices)]
        nal[chance.randrange(2, len(nal))] ^= 1 << chance.randrange(8)
    return replace(unit, nals=tuple(map(bytes, nals)))


@dataclass
class Tally:
    """Of flipped keyframes: how many, how they were noticed, and of the rest how far they are from the sound picture (mean difference in grey levels)."""

    flipped: int = 0
    by_decoder: int = 0
    by_check: int = 0
    unnoticed: int = 0
    unnoticed_visible: int = 0
    """By more than three grey levels on average."""
    sound_pairs: int = 0
    false_alarms: int = 0

    def __iadd__(self, other: Tally) -> Tally:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    def __str__(self) -> str:
        parts = {"decoder": self.by_decoder, "check": self.by_check, "unnoticed": self.unnoticed, "visible of them": self.unnoticed_visible}
        shares = ", ".join(f"{name} {count / max(1, self.flipped):.1%}" for name, count in parts.items())
        return f"{self.flipped} flipped: {shares}; {self.false_alarms} false alarms in {self.sound_pairs} sound pairs"


@dataclass(frozen=True)
class Seen:
    luma: Picture
    portrait: Portrait
    damage: tuple[str, ...]


def seen(unit: AccessUnit) -> Seen:
    frame, damage = decode_one(unit.codec, unit.annexb(with_parameter_sets=True))
    frame = planar(frame)
    return Seen(rows_of(frame.planes[0])[: frame.height, : frame.width].copy(), portrait_of(frame), damage)


def measure(units: Sequence[AccessUnit], per_keyframe: int, chance: random.Random, lags: Sequence[int] = (1, 2, 3, 5, 8)) -> Tally:
    """Flips bits in each keyframe and holds it, and each sound one, against the sound ones before it."""
    tally = Tally()
    sound = [seen(unit) for unit in units]
    for now, before in _pairs(sound, lags):
        tally.sound_pairs += 1
        tally.false_alarms += bool(now.damage) or doubt(now.portrait, before.portrait, None) is not None
    for number in range(1, len(units)):
        for _ in range(per_keyframe):
            tally.flipped += 1
            try:
                hurt = seen(flipped(units[number], chance.choice(FLIPS), chance))
            except DecodeError:
                tally.by_decoder += 1
                continue
            if hurt.damage:
                tally.by_decoder += 1
            elif doubt(hurt.portrait, sound[number - 1].portrait, None):
                tally.by_check += 1
            else:
                tally.unnoticed += 1
                same = hurt.luma.shape == sound[number].luma.shape
                apart = float(np.abs(hurt.luma.astype(np.int16) - sound[number].luma).mean()) if same else 255.0
                tally.unnoticed_visible += apart > 3.0
    return tally


def _pairs(sound: Sequence[Seen], lags: Sequence[int]) -> Iterator[tuple[Seen, Seen]]:
    for lag in lags:
        for number in range(lag, len(sound)):
            yield sound[number], sound[number - lag]
            yield sound[number - lag], sound[number]
