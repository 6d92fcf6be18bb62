"""Recorded video through the same eyes: a file's pictures as access units, its media time as the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext
from av.error import FFmpegError

from streams.errors import RecordedFileError
from streams.media import CLOCK_RATE, AccessUnit, Codec, ParameterSets, nal_type, split_annexb, starts_decoding

FILTERS = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,asf,h264,hevc"
"""Formats that hold their pictures themselves; a play list under a video's name would have other files and addresses opened."""
OPTIONS = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}


def read_access_units(path: Path) -> Iterator[AccessUnit]:
    """The coded pictures of the file's first video track, in the order of decoding.

    `arrival_seconds` is the media time from the file's first picture on.

    Raises:
        RecordedFileError: the file is missing, empty, no video, broken, or of a codec that cameras do not use.
    """
    if not path.is_file():
        raise RecordedFileError(f"{path}: there is no such file")
    try:
        with av.open(str(path.resolve()), options=OPTIONS) as container:
            if not container.streams.video:
                raise RecordedFileError(f"{path}: holds no video track")
            stream = container.streams.video[0]
            name = stream.codec_context.name
            if name not in FILTERS:
                raise RecordedFileError(f"{path}: its video is {name}; only H.264 and H.265 are read, convert it with ffmpeg first")
            codec = Codec(name)
            annexb = BitStreamFilterContext(FILTERS[name], stream)
            sets = _from_header(codec, stream.codec_context.extradata or b"")
            first: float | None = None
            for packet in container.demux(stream):
                for whole in annexb.filter(packet if packet.size else None):
                    decoded = whole.dts if whole.dts is not None else whole.pts
                    if decoded is None or whole.time_base is None:
                        continue
                    shown = float((whole.pts if whole.pts is not None else decoded) * whole.time_base)
                    seconds = float(decoded * whole.time_base)
                    first = seconds if first is None else first
                    nals = split_annexb(bytes(whole))
                    for nal in nals:
                        sets = sets.updated(nal)
                    keyframe = any(starts_decoding(codec, nal_type(codec, nal)) for nal in nals)
                    ticks = round((shown - first) * CLOCK_RATE)
                    yield AccessUnit(codec, nals, ticks, keyframe, seconds - first, None, sets, damaged=bool(whole.is_corrupt))
            if first is None:
                raise RecordedFileError(f"{path}: holds no picture")
    except FFmpegError as error:
        raise RecordedFileError(f"{path}: cannot be read as video ({error.strerror or 'broken'}); it may be truncated or of another type") from error


def began_at(path: Path) -> datetime:
    """The wall time of the file's first picture, as well as the file tells it.

    That is the container's creation time where one is set (many cameras leave it at the zero of their epoch: before 2000 counts as none); else the
    file's time less its length, since a recording is last written when it ends; else the file's time.

    Raises:
        RecordedFileError: the file is missing or no video.
    """
    if not path.is_file():
        raise RecordedFileError(f"{path}: there is no such file")
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    try:
        with av.open(str(path.resolve()), options=OPTIONS) as container:
            told = container.metadata.get("creation_time") or next((one for s in container.streams.video if (one := s.metadata.get("creation_time"))), "")
            length = container.duration
    except FFmpegError as error:
        raise RecordedFileError(f"{path}: cannot be read as video ({error.strerror or 'broken'}); it may be truncated or of another type") from error
    created = _moment(told)
    if created is not None:
        return created
    return written if length is None or length <= 0 else written - timedelta(microseconds=length * 1_000_000 // av.time_base)


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return at if at.year >= 2000 else None


def _from_header(codec: Codec, extradata: bytes) -> ParameterSets:
    sets = ParameterSets(codec)
    if extradata[:3] in (b"\x00\x00\x01", b"\x00\x00\x00"):
        for nal in split_annexb(extradata):
            sets = sets.updated(nal)
    return sets
