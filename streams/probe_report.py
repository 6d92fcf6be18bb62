"""What a probe has seen of a camera, and what it makes of it."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from streams.camera import ReaderKind
from streams.decoding import Decoded, DecoderPool
from streams.errors import DecodeError
from streams.media import CLOCK_RATE, AccessUnit, Codec
from streams.tls import Certificate

NAME = "that is probed"
ENOUGH_KEYFRAMES = 2
MOST_PICTURES = 20_000
"""A camera that sends more within the deadline is hostile; what is known by then is told."""


@dataclass(frozen=True, slots=True)
class Link:
    """How a camera is spoken to.

    Attributes:
        reader: by this package, through libav, or a file.
        transport: how the pictures came.
        over_tcp, over_udp: whether they come this way; None where it was not tried.
        authentication: the kind that it asks for (`basic`, `digest SHA-256`), or None.
        encrypted, verified: whether over TLS, and whether its certificate was checked.
        certificate: what it says of itself.
        server, methods: what the camera says of itself.
        audio: the encodings of its audio tracks, which are not read.
        redirected_to: the address that it sent on to, without credentials.
    """

    reader: ReaderKind = "own"
    transport: Literal["tcp", "udp"] | None = None
    over_tcp: bool | None = None
    over_udp: bool | None = None
    authentication: str | None = None
    encrypted: bool = False
    verified: bool = False
    certificate: Certificate | None = None
    server: str | None = None
    methods: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    redirected_to: str | None = None


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What a camera is.

    Attributes:
        url: its address without credentials.
        width, height: of a decoded keyframe, in pixels.
        fps: pictures a second by their timestamps; None with fewer than three.
        keyframe_interval_seconds: by timestamps; None where only one keyframe came in `watched_seconds`.
        clock_offset_seconds: the camera's clock less this machine's, where its sender reports tell.
        bits_per_second: of video, over whole groups of pictures where there is one.
        pictures, damaged: how many came, and with losses after the first keyframe.
        fault: why the keyframe does not decode soundly, or None; the size is 0x0 where it does not decode at all.
        link: how it is spoken to.
    """

    url: str
    codec: Codec
    width: int
    height: int
    fps: float | None
    keyframe_interval_seconds: float | None
    clock_offset_seconds: float | None
    bits_per_second: float
    pictures: int
    damaged: int
    watched_seconds: float
    fault: str | None = None
    link: Link = field(default_factory=Link)


@dataclass(slots=True)
class Watch:
    """What came so far; `on_unit` is called after each picture."""

    on_unit: Callable[[], None] | None = None
    units: int = 0
    damaged: int = 0
    bytes: int = 0
    stamps: list[int] = field(default_factory=list)
    keyframe_stamps: list[int] = field(default_factory=list)
    first_keyframe: AccessUnit | None = None
    group_bytes: int = 0
    """Of whole groups of pictures, from the first keyframe up to the last one: a part of a group would make the rate look higher."""

    def take(self, unit: AccessUnit) -> None:
        """Takes a picture."""
        self.units += 1
        if self.units <= MOST_PICTURES:
            self._count(unit)
        if self.on_unit is not None:
            self.on_unit()

    def _count(self, unit: AccessUnit) -> None:
        self.stamps.append(unit.timestamp)
        if unit.keyframe and not unit.damaged:
            self.group_bytes = self.bytes if self.keyframe_stamps else 0
            self.bytes = self.group_bytes
            self.keyframe_stamps.append(unit.timestamp)
            if self.first_keyframe is None:
                self.first_keyframe = unit
        elif unit.damaged and self.first_keyframe is not None:  # what precedes the first keyframe cannot be whole
            self.damaged += 1
        self.bytes += unit.size_bytes

    def report(self, url: str, seconds: float, clock_offset_seconds: float | None, link: Link) -> ProbeReport:
        """What it is; `first_keyframe` must have come. Decodes it in a process of its own: nobody knows this camera yet."""
        unit = self.first_keyframe
        assert unit is not None
        fault = None
        width = height = 0
        try:
            decoded = _decoded(unit)
            width, height = decoded.width, decoded.height
            fault = f"the keyframe is damaged ({', '.join(decoded.damage)})" if decoded.damage else None
        except DecodeError as error:
            fault = str(error).removeprefix(f"camera {NAME}: ")
        return ProbeReport(
            url, unit.codec, width, height, _rate(self.stamps), _typical_step(self.keyframe_stamps), clock_offset_seconds, self._bits_per_second(seconds),
            self.units, self.damaged, seconds, fault, link,
        )  # fmt: skip

    def _bits_per_second(self, seconds: float) -> float:
        if len(self.keyframe_stamps) < 2:
            return 8 * self.bytes / max(seconds, 0.001)
        return 8 * self.group_bytes * CLOCK_RATE / max(self.keyframe_stamps[-1] - self.keyframe_stamps[0], 1)


def _decoded(unit: AccessUnit) -> Decoded:
    with DecoderPool(1) as pool:
        return pool.decode(NAME, unit, ())


def _typical_step(stamps: list[int]) -> float | None:
    """The median distance of neighbouring timestamps, in seconds."""
    ordered = sorted(stamps)
    steps = [after - before for before, after in pairwise(ordered) if after > before]
    return statistics.median(steps) / CLOCK_RATE if steps else None


def _rate(stamps: list[int]) -> float | None:
    step = _typical_step(stamps) if len(stamps) > 2 else None
    return None if not step else round(1.0 / step, 2)
