"""Clips: the camera's own access units put into an MP4 as they came, never re-encoded.

The elementary stream is written to memory as Annex B with a timestamp list and muxed by libavformat, which makes the `avcC`/`hvcC` box from the
parameter sets; NAL units come out bit-identical (tested by hash). A change of parameter sets inside the ring begins a new file, so a
clip holds the longest run with one set. Where the camera's time jumps (its clock was set, its encoder restarted), the clip's goes on by the arrival clock.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from streams.errors import RemuxError
from streams.media import CLOCK_RATE, AccessUnit, Codec
from streams.recorded import OPTIONS

TIME_BASE = Fraction(1, CLOCK_RATE)
NOMINAL_PICTURE_TICKS = CLOCK_RATE // 25
JUMP_SECONDS = 10.0
"""How far the camera's time may run ahead of or behind the arrivals between two pictures; a fresh session sends some seconds in one go."""


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
            shown = presentation_times(run)
            for unit, pts, dts in zip(run, shown, decode_times(shown), strict=True):
                packet = av.Packet(unit.annexb(with_parameter_sets=unit.keyframe and not _carries_sets(unit)))
                packet.stream, packet.time_base = stream, TIME_BASE
                packet.pts, packet.dts, packet.duration = pts, dts, NOMINAL_PICTURE_TICKS
                packet.is_keyframe = unit.keyframe
                container.mux(packet)
    except (FFmpegError, IndexError, ValueError, OverflowError) as error:
        path.unlink(missing_ok=True)
        reason = (error.strerror if isinstance(error, FFmpegError) else str(error)) or type(error).__name__
        raise RemuxError(f"{path.name}: the camera's pictures cannot be put into a clip ({reason})") from error
    return Clip(path, first.codec, width, height, first.arrival_seconds, run[-1].arrival_seconds, tuple(sorted(t / CLOCK_RATE for t in shown)))


def presentation_times(run: Sequence[AccessUnit]) -> list[int]:
    """Ticks from the first picture on, by the camera's time; over a jump of it, by the arrivals."""
    times: list[int] = []
    offset = -run[0].timestamp
    for before, unit in pairwise((run[0], *run)):
        arrived = round((unit.arrival_seconds - before.arrival_seconds) * CLOCK_RATE)
        if abs(unit.timestamp - before.timestamp - arrived) > JUMP_SECONDS * CLOCK_RATE:
            offset = times[-1] + max(1, arrived) - unit.timestamp
        times.append(unit.timestamp + offset)
    return times


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


COPY_WIDTH_PX = 1280
COPY_OPTIONS = {"preset": "superfast", "crf": "24", "bf": "0"}
"""The copy is for looking at, the original is the evidence: at 1080p and `veryfast` a clip of 15 s took 5.1 s of a core, now 3.3, and the case waits for it."""


def transcode_h264(source: Path, target: Path) -> None:
    """Makes the derived H.264 copy of an H.265 clip that browsers need, at most 1280 px wide; the picture times stay the same.

    Raises:
        RemuxError: the clip cannot be read or written.
    """
    try:
        with av.open(str(source), options=OPTIONS) as read, av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as write:
            old = read.streams.video[0]
            new = write.add_stream("libx264", rate=25)
            assert isinstance(new, VideoStream)
            scale = min(1.0, COPY_WIDTH_PX / old.width)
            new.width, new.height, new.pix_fmt = round(old.width * scale / 2) * 2, round(old.height * scale / 2) * 2, "yuv420p"
            new.options = dict(COPY_OPTIONS)
            context = new.codec_context
            assert isinstance(context, VideoCodecContext)
            context.thread_count, context.time_base = 1, TIME_BASE
            old.codec_context.thread_count = 1
            reformatter = VideoReformatter()
            for frame in read.decode(old):
                shown = reformatter.reformat(frame, new.width, new.height, "yuv420p", interpolation=Interpolation.FAST_BILINEAR, threads=1)
                shown.pts = round(float(frame.time or 0.0) * CLOCK_RATE)
                shown.time_base = TIME_BASE
                shown.pict_type = 0
                write.mux(new.encode(shown))
            write.mux(new.encode(None))
    except (FFmpegError, IndexError) as error:
        target.unlink(missing_ok=True)
        raise RemuxError(f"{source.name}: no H.264 copy could be made ({getattr(error, 'strerror', None) or 'no video in it'})") from error
