"""How cameras' bytes are handled: every decoder and parser that they pass through, in one place, so that a worker can have all of it in child processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from streams.clips import Clip, write_clips
from streams.decoding import ClipWork, Crop, Decoded, DecoderPool, decode_keyframe
from streams.media import AccessUnit
from streams.remux import transcode_h264

ZOOM_SECONDS = 5.0
"""A zoom look that has no picture by then is tried again later."""

Decode = Callable[[str, AccessUnit, Sequence[Crop]], Decoded]
"""Decodes a camera's picture; raises DecodeError."""


class WriteClips(Protocol):
    """Puts a camera's pictures into files, as `streams.clips.write_clips`; raises RemuxError."""

    def __call__(self, camera_id: str, units: Sequence[AccessUnit], path: Path, *, requested_start_seconds: float | None = None) -> tuple[Clip, ...]: ...


def decode_here(camera_id: str, unit: AccessUnit, crops: Sequence[Crop]) -> Decoded:
    """Decodes in this process."""
    return decode_keyframe(unit, crops)


def _write_here(camera_id: str, units: Sequence[AccessUnit], path: Path, *, requested_start_seconds: float | None = None) -> tuple[Clip, ...]:
    return write_clips(units, path, requested_start_seconds=requested_start_seconds)


def _transcode_here(camera_id: str, source: Path, target: Path) -> None:
    transcode_h264(source, target)


@dataclass(frozen=True, slots=True)
class MediaTools:
    """The tools that evidence is made with; by default all of them work in this process.

    Attributes:
        decode: a picture of the past.
        write_clips: a clip of pictures.
        transcode: the H.264 copy of a camera's clip (source, target).
    """

    decode: Decode = decode_here
    write_clips: WriteClips = _write_here
    transcode: Callable[[str, Path, Path], None] = _transcode_here


HERE = MediaTools()
"""For recordings that somebody chose, and tests."""


def decode_for_zoom(pool: DecoderPool) -> Decode:
    """Decodes a look's picture again, for whoever holds a detector meanwhile: not for long."""

    def decode(camera_id: str, unit: AccessUnit, crops: Sequence[Crop]) -> Decoded:
        return pool.decode(camera_id, unit, crops, wait_seconds=ZOOM_SECONDS)

    return decode


def in_children(pool: DecoderPool, clips: ClipWork) -> MediaTools:
    """Tools that a hostile camera cannot break a worker with."""

    def decode(camera_id: str, unit: AccessUnit, crops: Sequence[Crop]) -> Decoded:
        return pool.decode(camera_id, unit, crops, once=True)

    return MediaTools(decode, clips.write_clips, clips.transcode_h264)
