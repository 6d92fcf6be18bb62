"""Clips: the camera's own access units put into an MP4 as they came, never re-encoded.

The elementary stream is written to memory as Annex B with a timestamp list and muxed by libavformat, which makes the `avcC`/`hvcC` box from the
parameter sets; NAL units come out bit-identical (tested by hash). A change of parameter sets inside the ring begins a new file, so a
clip holds the longest run with one set.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from streams.errors import RemuxError
from streams.media import CLOCK_RATE, AccessUnit, Codec

TIME_BASE = Fraction(1, CLOCK_RATE)
NOMINAL_PICTURE_TICKS = CLOCK_RATE // 25


@dataclass(frozen=True, slots=True)
class Clip:
    """A written clip; `picture_seconds` are the presentation times of its pictures from the clip's start."""

    path: Path
    codec: Codec
    width: int
    height: int
    start_arrival_seconds: float
    end_arrival_seconds: float
    picture_seconds: tuple[float, ...]

    @property
    def pictures(self) -> int:
        """Number of pictures."""
        return len(self.picture_seconds)


def one_run(units: Sequence[AccessUnit]) -> tuple[AccessUnit, ...]:
    """The longest run of units that begins at a keyframe and keeps codec and parameter sets; the later of equals."""
    runs: list[list[AccessUnit]] = []
    key: str | None = None
    for unit in units:
        here = unit.parameter_sets.key
        if unit.keyframe and (not runs or here != key):
            runs.append([unit])
            key = here
        elif runs and here == key:
            runs[-1].append(unit)
        else:
            key = None  # pictures of other parameter sets without a keyframe belong to no run
            if runs and not unit.keyframe:
                continue
    return tuple(max(runs[::-1], key=lambda one: sum(1 for _ in one))) if runs else ()


def write_clip(units: Sequence[AccessUnit], path: Path) -> Clip:
    """Writes an MP4 of the units.

    Raises:
        RemuxError: there is no keyframe among them, or libavformat refuses them.
    """
    run = one_run(units)
    if not run:
        raise RemuxError(f"{path.name}: no keyframe among the {len(units)} pictures, so there is no clip to write")
    first = run[0]
    try:
        keyframe = io.BytesIO(first.annexb(with_parameter_sets=True))
        with av.open(keyframe, format=first.codec.value) as raw, av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
            template = raw.streams.video[0]
            width, height = template.codec_context.width, template.codec_context.height
            stream = container.add_stream_from_template(template, opaque=True)
            if first.codec is Codec.H265:
                stream.codec_context.codec_tag = "hvc1"
            stream.time_base = TIME_BASE
            shown = [unit.timestamp - first.timestamp for unit in run]
            for unit, pts, dts in zip(run, shown, decode_times(shown), strict=True):
                packet = av.Packet(unit.annexb(with_parameter_sets=unit.keyframe and not _carries_sets(unit)))
                packet.stream, packet.time_base = stream, TIME_BASE
                packet.pts, packet.dts, packet.duration = pts, dts, NOMINAL_PICTURE_TICKS
                packet.is_keyframe = unit.keyframe
                container.mux(packet)
    except (FFmpegError, IndexError, ValueError) as error:
        raise RemuxError(f"{path.name}: the camera's pictures cannot be put into a clip ({error})") from error
    return Clip(path, first.codec, width, height, first.arrival_seconds, run[-1].arrival_seconds, tuple(sorted(t / CLOCK_RATE for t in shown)))


def decode_times(shown: Sequence[int]) -> list[int]:
    """Decoding times for presentation times given in the order of decoding: rising, and never after the presentation.

    Without B-pictures they are the presentation times; with them, the sorted times moved back by the largest reordering delay.
    """
    rising: list[int] = []
    for ticks in sorted(shown):
        rising.append(max(ticks, rising[-1] + 1) if rising else ticks)
    delay = max(0, *(r - s for r, s in zip(rising, shown, strict=True)))
    return [ticks - delay for ticks in rising]


def _carries_sets(unit: AccessUnit) -> bool:
    return all(nal in unit.nals for nal in (*unit.parameter_sets.sps, *unit.parameter_sets.pps))


def transcode_h264(source: Path, target: Path) -> None:
    """Makes the derived H.264 copy of an H.265 clip that browsers need; the picture times stay the same.

    Raises:
        RemuxError: the clip cannot be read or written.
    """
    try:
        with av.open(str(source)) as read, av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as write:
            old = read.streams.video[0]
            new = write.add_stream("libx264", rate=25)
            assert isinstance(new, VideoStream)
            new.width, new.height, new.pix_fmt = old.width, old.height, "yuv420p"
            new.options = {"preset": "veryfast", "crf": "23", "bf": "0"}
            context = new.codec_context
            assert isinstance(context, VideoCodecContext)
            context.thread_count, context.time_base = 1, TIME_BASE
            old.codec_context.thread_count = 1
            for frame in read.decode(old):
                frame.pts = round(float(frame.time or 0.0) * CLOCK_RATE)
                frame.time_base = TIME_BASE
                frame.pict_type = 0
                write.mux(new.encode(frame))
            write.mux(new.encode(None))
    except FFmpegError as error:
        raise RemuxError(f"{source.name}: no H.264 copy could be made ({error.strerror or error})") from error
