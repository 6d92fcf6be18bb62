"""Decoding whole: every picture from the last beginning on, for cameras that send no keyframes, or one in twenty seconds.

A beginning is a keyframe, or a recovery point: from there pictures are sound once the refresh has passed over the picture. libavcodec counts that for
H.264 and gives nothing before; for H.265 (FFmpeg 8.1) it does not, so the pictures are counted here. A picture that is damaged spoils those after it, until
the next beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import av
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.frame import VideoFrame

from streams.decoding.opening import LENIENT, STRICT, open_decoder, refusal
from streams.errors import DecodeError
from streams.media import H264_SEI, H265_SEI, START_CODE, AccessUnit, Codec, nal_type, recovery_pictures, starts_decoding

SEI = {Codec.H264: H264_SEI, Codec.H265: H265_SEI}
MISSING_STEPS = 1.5
"""Of the usual time from picture to picture."""
STEPS_BEFORE = 32
"""Pictures before a stretch that tell its usual step too."""
MAX_REFRESH_PICTURES = 10_000
"""Minutes of video; a recovery point that promises soundness later promises nothing."""


class NotYet(DecodeError):
    """There will be a picture once more have come."""


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """One picture of a run, as Annex B.

    Attributes:
        keyframe: decoding can begin here; what was spoilt before no longer matters.
        damaged: bytes of it, or pictures before it, are known to be missing.
        refresh: of a recovery point, after how many pictures from it on they are sound whatever was before; else None.
    """

    data: bytes
    keyframe: bool = False
    damaged: bool = False
    refresh: int | None = None


def pictures_of(unit: AccessUnit, begin: int = 0, end: int | None = None) -> list[CodedPicture]:
    """The pictures that must be decoded for a unit, its prelude and itself; or those of a stretch of them. The first of all carries the parameter sets.

    Damaged pictures are not held, so a prelude that goes on behind a gap goes on at a beginning: a keyframe, which needs nothing before it, or a recovery
    point, whose time tells the gap.
    """
    whole = (*unit.prelude, unit)
    end = len(whole) if end is None else end
    step = _usual_step(whole[max(0, begin - STEPS_BEFORE) : end])
    coded = [] if begin else [_coded(whole[0], whole[0].annexb(with_parameter_sets=True), gap=False)]
    for before, one in pairwise(whole[max(0, begin - 1) : end]):
        gap = one.recovery and step is not None and one.timestamp - before.timestamp > MISSING_STEPS * step
        coded.append(_coded(one, b"".join([START_CODE + nal for nal in one.nals]), gap=gap))
    return coded


def _coded(unit: AccessUnit, data: bytes, *, gap: bool) -> CodedPicture:
    refresh = refresh_of(unit) if unit.recovery and not unit.keyframe else None
    return CodedPicture(data, unit.keyframe, unit.damaged or gap, refresh)


def _usual_step(units: Sequence[AccessUnit]) -> float | None:
    steps = [after.timestamp - before.timestamp for before, after in pairwise(units) if after.timestamp > before.timestamp]
    return median(steps) if len(steps) > 2 else None


def beginning_of(unit: AccessUnit) -> int:
    """After how many pictures from the unit's first one on they are sound (0: it is a keyframe)."""
    first = unit.prelude[0] if unit.prelude else unit
    return 0 if any(starts_decoding(unit.codec, nal_type(unit.codec, nal)) for nal in first.nals) else refresh_of(first)


def refresh_of(unit: AccessUnit) -> int:
    """What a picture's recovery point says of the pictures until all is sound; 0 where it has none."""
    told = [recovery_pictures(unit.codec, nal) for nal in unit.nals if nal_type(unit.codec, nal) == SEI[unit.codec]]
    return min(max((count for count in told if count is not None), default=0), MAX_REFRESH_PICTURES)


class WholeDecoder:
    """A camera's decoder that is kept open from picture to picture.

    Args:
        refresh_pictures: after how many pictures they are sound (`beginning_of` of the first).
    """

    def __init__(self, codec: Codec, refresh_pictures: int) -> None:
        self._context = open_decoder(codec, LENIENT if refresh_pictures and codec is Codec.H265 else STRICT)
        self._counts = refresh_pictures if codec is Codec.H265 else 0
        if self._counts:
            self._context.flags |= Flags.output_corrupt
        self._fed = 0
        self._spoilt: str | None = None
        self._heals_at: int | None = None
        self._frame: VideoFrame | None = None

    def feed(self, pictures: Sequence[CodedPicture]) -> None:
        """Decodes the next pictures.

        Raises:
            DecodeError: one is gigantic.
        """
        for picture in pictures:
            self._fed += 1
            if picture.keyframe:
                self._spoilt, self._heals_at, self._counts = None, None, min(self._counts, self._fed - 1)
            if picture.damaged:
                self._spoil("gap")
            if picture.refresh is not None and self._spoilt and self._heals_at is None:
                self._heals_at = self._fed + picture.refresh
            self._decode(av.Packet(picture.data))
            if self._heals_at is not None and self._fed >= self._heals_at:
                self._spoilt = self._heals_at = None

    def finish(self) -> None:
        """Takes out the pictures that the decoder kept for reordering; nothing can be fed any more."""
        self._decode(None)

    def picture(self) -> tuple[VideoFrame, tuple[str, ...]]:
        """The last picture, and what speaks against it.

        Raises:
            DecodeError: there is none, or none that is sound yet.
        """
        if self._frame is None or self._fed <= self._counts:
            if self._spoilt:
                raise DecodeError(f"no picture among {self._fed} from the last beginning on ({self._spoilt})")
            raise NotYet(f"no whole picture yet, {self._fed} after the last beginning")
        return self._frame, (self._spoilt,) if self._spoilt else ()

    def _decode(self, packet: av.Packet[Any] | None) -> None:
        try:
            for frame in self._context.decode(packet):
                self._frame = frame
                if frame.is_corrupt and not self._context.flags & Flags.output_corrupt:
                    self._spoil("corrupt")
        except FFmpegError as error:
            told = refusal(self._context, error)
            if "claims" in str(told):
                raise told from error
            self._spoil("a picture since the last beginning does not decode")

    def _spoil(self, how: str) -> None:
        """This picture and those after it are not sound, until a beginning that comes later."""
        self._spoilt, self._heals_at = self._spoilt or how, None


def decode_pictures(codec: Codec, pictures: Sequence[CodedPicture], refresh_pictures: int) -> tuple[VideoFrame, tuple[str, ...]]:
    """The last of some pictures, decoded from the first on.

    Raises:
        DecodeError: there is none, or none that is sound.
    """
    decoder = WholeDecoder(codec, refresh_pictures)
    decoder.feed(pictures)
    decoder.finish()
    return decoder.picture()
