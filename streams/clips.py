"""Clips: the camera's own access units put into MP4 files as they came, never re-encoded.

The elementary stream is muxed by libavformat, which makes the `avcC`/`hvcC` box from the parameter sets; coded pictures and messages come out bit-identical
(tested by hash). `avc1` and `hvc1` keep parameter sets in that box alone (ISO/IEC 14496-15), so a change of them begins a new file: a stretch of pictures
makes as many files as it has runs with one codec and one set. A file begins where decoding can: at a keyframe, or with a camera that sends none at a recovery
point, which the clip then says. Where the camera's time jumps (its clock was set, its encoder restarted), the clip's goes on by the arrival clock.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

import av
from av.error import FFmpegError

from streams.errors import RemuxError
from streams.media import CLOCK_RATE, START_CODE, AccessUnit, Codec, nal_type

TIME_BASE = Fraction(1, CLOCK_RATE)
NOMINAL_PICTURE_TICKS = CLOCK_RATE // 25
JUMP_SECONDS = 10.0
"""How far the camera's time may run ahead of or behind the arrivals between two pictures; a fresh session sends some seconds in one go."""
MOST_FILES = 8
"""Of one stretch: a camera that changes its parameter sets with every picture fills no folder. The longest runs are kept."""
H265_SKIPPED_LEADING = (8, 9)
"""RASL pictures (H.265 7.4.2.2): they refer to pictures before the CRA that they follow, and cannot be decoded where it is the first."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A written clip.

    Attributes:
        requested_start_seconds: arrival time from which the clip was asked for, or None where no beginning was asked for.
        start_arrival_seconds: arrival of its first picture, the real start: the last place before the requested one where decoding can begin, or a later one
            where the pictures do not reach back so far.
        begins: `recovery`: at a recovery point of a camera without keyframes; the first pictures may show remains of what was before.
        picture_seconds: presentation times of its pictures from the clip's start, rising.
        keyframes: arrival and presentation time of each keyframe.
    """

    path: Path
    codec: Codec
    width: int
    height: int
    requested_start_seconds: float | None
    start_arrival_seconds: float
    end_arrival_seconds: float
    begins: Literal["keyframe", "recovery"]
    picture_seconds: tuple[float, ...]
    keyframes: tuple[tuple[float, float], ...]

    @property
    def pictures(self) -> int:
        """Number of pictures."""
        return len(self.picture_seconds)


def write_clips(units: Sequence[AccessUnit], path: Path, *, requested_start_seconds: float | None = None) -> tuple[Clip, ...]:
    """Writes the pictures as MP4 files, in order: the first at `path`, further ones at its name with `_2`, `_3`, … before the ending.

    Whole groups of pictures that end before the requested start are left out. A run that libavformat refuses is left out too, unless it refuses all of them.

    Raises:
        RemuxError: decoding can begin nowhere among the pictures, libavformat refuses them, or the disk does not take them. No file is left.
    """
    parts = runs(units)
    if requested_start_seconds is not None:
        parts = _from(parts, requested_start_seconds)
    if not parts:
        raise RemuxError(f"{path.name}: no keyframe among the {len(units)} pictures, so there is no clip to write")
    clips: list[Clip] = []
    refusal: RemuxError | None = None
    for part in parts:
        try:
            clips.append(_write(part, part_path(path, len(clips) + 1), requested_start_seconds))
        except RemuxError as error:
            if isinstance(error.__cause__, OSError):  # of a disk, not of these pictures
                for clip in clips:
                    clip.path.unlink(missing_ok=True)
                raise
            refusal = refusal or error
    if refusal is not None and not clips:
        raise refusal
    return tuple(clips)


def part_path(path: Path, number: int) -> Path:
    """Where the n-th file of a clip lies, counted from 1."""
    return path if number == 1 else path.with_name(f"{path.stem}_{number}{path.suffix}")


def runs(units: Sequence[AccessUnit]) -> tuple[tuple[AccessUnit, ...], ...]:
    """The runs of units that keep codec and parameter sets, in order, each from the first place where decoding can begin.

    Pictures of other parameter sets that follow no such place belong to no run. Of more than `MOST_FILES` runs the longest are kept, of equals the later.
    """
    found: list[list[AccessUnit]] = []
    key: str | None = None
    for unit in units:
        here = unit.parameter_sets.key
        if (unit.keyframe or unit.recovery) and here != key:
            found.append([unit])
            key = here
        elif here == key:
            found[-1].append(unit)
        else:
            key = None
    found = [_without_skipped(run) for run in found]
    longest = sorted(range(len(found)), key=lambda n: (len(found[n]), n))[-MOST_FILES:]
    return tuple(tuple(found[n]) for n in sorted(longest))


def _without_skipped(run: list[AccessUnit]) -> list[AccessUnit]:
    if run[0].codec is not Codec.H265 or not run[0].keyframe:
        return run
    second = next((n for n, unit in enumerate(run[1:], 1) if unit.keyframe), len(run))
    leading = [unit for unit in run[1:second] if not any(nal_type(Codec.H265, nal) in H265_SKIPPED_LEADING for nal in unit.nals)]
    return [run[0], *leading, *run[second:]]


def _from(parts: Sequence[tuple[AccessUnit, ...]], start_seconds: float) -> tuple[tuple[AccessUnit, ...], ...]:
    """The runs from the last place at or before the start where decoding can begin."""
    kept = []
    for part, following in zip(parts, (*parts[1:], None), strict=True):
        if following is not None and following[0].arrival_seconds <= start_seconds:
            continue
        before = [n for n, unit in enumerate(part) if unit.arrival_seconds <= start_seconds]
        keyframes, recoveries = [n for n in before if part[n].keyframe], [n for n in before if part[n].recovery]
        kept.append(tuple(_without_skipped(list(part[max(keyframes or recoveries or [0]) :]))))
    return tuple(kept)


def _write(run: Sequence[AccessUnit], path: Path, requested_start_seconds: float | None) -> Clip:
    first = run[0]
    shown = presentation_times(run)
    try:
        beginning = io.BytesIO(first.annexb(with_parameter_sets=True))
        with av.open(beginning, format=first.codec.value) as raw, av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
            template = raw.streams.video[0]
            width, height = template.codec_context.width, template.codec_context.height
            stream = container.add_stream_from_template(template, opaque=True)
            if first.codec is Codec.H265:
                stream.codec_context.codec_tag = "hvc1"
            stream.time_base = TIME_BASE
            for unit, pts, dts, sample in zip(run, shown, decode_times(shown), samples(run), strict=True):
                packet = av.Packet(sample)
                packet.stream, packet.time_base = stream, TIME_BASE
                packet.pts, packet.dts, packet.duration = pts, dts, NOMINAL_PICTURE_TICKS
                packet.is_keyframe = unit.keyframe or unit is first  # a player begins at the first, whatever it is
                container.mux(packet)
    except (FFmpegError, IndexError, ValueError, OverflowError) as error:
        path.unlink(missing_ok=True)
        reason = (error.strerror if isinstance(error, FFmpegError) else str(error)) or type(error).__name__
        raise RemuxError(f"{path.name}: the camera's pictures cannot be put into a clip ({reason})") from error
    return Clip(
        path, first.codec, width, height, requested_start_seconds, first.arrival_seconds, run[-1].arrival_seconds,
        "keyframe" if first.keyframe else "recovery", tuple(sorted(ticks / CLOCK_RATE for ticks in shown)),
        tuple((unit.arrival_seconds, ticks / CLOCK_RATE) for unit, ticks in zip(run, shown, strict=True) if unit.keyframe),
    )  # fmt: skip


def samples(run: Sequence[AccessUnit]) -> Iterator[bytes]:
    """Each picture with start codes, without the parameter sets that stand in the file's header; a picture of nothing else would keep them."""
    sets = run[0].parameter_sets
    header = frozenset((*sets.vps, *sets.sps, *sets.pps))
    for unit in run:
        kept = [nal for nal in unit.nals if nal not in header] or unit.nals
        yield b"".join(START_CODE + nal for nal in kept)


def presentation_times(run: Sequence[AccessUnit]) -> list[int]:
    """Ticks from the picture that is shown first, by the camera's time; over a jump of it, by the arrivals."""
    times: list[int] = []
    offset = -run[0].timestamp
    for before, unit in pairwise((run[0], *run)):
        arrived = round((unit.arrival_seconds - before.arrival_seconds) * CLOCK_RATE)
        if abs(unit.timestamp - before.timestamp - arrived) > JUMP_SECONDS * CLOCK_RATE:
            offset = times[-1] + max(1, arrived) - unit.timestamp
        times.append(unit.timestamp + offset)
    earliest = min(times)
    return [ticks - earliest for ticks in times]


def decode_times(shown: Sequence[int]) -> list[int]:
    """Decoding times for presentation times given in the order of decoding: rising, and never after the presentation.

    Without B-pictures they are the presentation times; with them, the sorted times moved back by the largest reordering delay.
    """
    rising: list[int] = []
    for ticks in sorted(shown):
        rising.append(max(ticks, rising[-1] + 1) if rising else ticks)
    delay = max(0, *(r - s for r, s in zip(rising, shown, strict=True)))
    return [ticks - delay for ticks in rising]
