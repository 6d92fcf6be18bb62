"""Asks one camera what it is: the same conversation as the reader's, a few seconds of video, and a look at the first keyframe.

It ends as soon as everything is known (two keyframes and a sender report), or at the deadline with what is known by then; a camera that shows
no picture at all is an error with the one reason.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

from streams.camera import CameraSpec
from streams.decoding import decode_keyframe
from streams.errors import CameraTimeout, DecodeError, ProtocolViolation, RtspError, StreamsError, Unsupported
from streams.media import CLOCK_RATE, AccessUnit, Codec
from streams.recorded import read_access_units
from streams.rtsp.client import ClientSession, Step

READ_BYTES = 256 * 1024
ENOUGH_KEYFRAMES = 2
FILE_KEYFRAMES = 5
MOST_PICTURES = 20_000
"""A camera that sends more within the deadline is hostile; what is known by then is told."""
MAX_UNSENT_BYTES = 256 * 1024


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
        server, methods: what it says of itself; empty for a file.
        pictures, damaged: how many came, and with losses after the first keyframe.
        fault: why the keyframe does not decode soundly, or None; the size is 0x0 where it does not decode at all.
    """

    url: str
    codec: Codec
    width: int
    height: int
    fps: float | None
    keyframe_interval_seconds: float | None
    clock_offset_seconds: float | None
    bits_per_second: float
    server: str | None
    methods: tuple[str, ...]
    pictures: int
    damaged: int
    watched_seconds: float
    fault: str | None = None


@dataclass(slots=True)
class _Watch:
    """What came so far."""

    units: int = 0
    damaged: int = 0
    bytes: int = 0
    stamps: list[int] = field(default_factory=list)
    keyframe_stamps: list[int] = field(default_factory=list)
    first_keyframe: AccessUnit | None = None
    group_bytes: int = 0
    """Of whole groups of pictures, from the first keyframe up to the last one: a part of a group would make the rate look higher."""

    def take(self, unit: AccessUnit) -> None:
        self.units += 1
        if self.units > MOST_PICTURES:
            return
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

    def bits_per_second(self, seconds: float) -> float:
        if len(self.keyframe_stamps) < 2:
            return 8 * self.bytes / max(seconds, 0.001)
        return 8 * self.group_bytes * CLOCK_RATE / max(self.keyframe_stamps[-1] - self.keyframe_stamps[0], 1)

    def report(self, url: str, seconds: float, session: ClientSession | None) -> ProbeReport:
        unit = self.first_keyframe
        assert unit is not None
        fault = None
        width = height = 0
        try:
            decoded = decode_keyframe(unit, ())
            width, height = decoded.width, decoded.height
            fault = f"the keyframe is damaged ({', '.join(decoded.damage)})" if decoded.damage else None
        except DecodeError as error:
            fault = str(error)
        return ProbeReport(
            url,
            unit.codec,
            width,
            height,
            _rate(self.stamps),
            _typical_step(self.keyframe_stamps),
            None if session is None else session.clock_offset_seconds,
            self.bits_per_second(seconds),
            None if session is None else session.server,
            () if session is None else tuple(sorted(session.methods)),
            self.units,
            self.damaged,
            seconds,
            fault,
        )


async def probe(spec: CameraSpec, timeout_seconds: float = 15.0) -> ProbeReport:
    """Watches a camera (over TCP) or a file until it is known, at most `timeout_seconds`.

    Raises:
        StreamsError: the one reason why it cannot be read.
    """
    if spec.is_file:
        return await asyncio.to_thread(_probe_file, spec)
    if spec.transport == "udp":
        raise Unsupported("its transport is udp, which is not read yet; set its transport to tcp")
    watch = _Watch()
    session = ClientSession(spec.request_url, spec.credentials, watch.take)
    session.unix_now = time.time
    began = time.monotonic()
    deadline = began + timeout_seconds
    reader, writer = await _connect(spec, timeout_seconds)
    try:
        playing_since = await _play(reader, writer, session, watch, deadline)
    finally:
        with suppress(OSError, StreamsError):
            writer.write(session.teardown())
        writer.close()
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), 1.0)
    return await asyncio.to_thread(watch.report, spec.public_url, time.monotonic() - playing_since, session)


async def _connect(spec: CameraSpec, timeout_seconds: float) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = spec.address
    try:
        async with asyncio.timeout(timeout_seconds):
            return await asyncio.open_connection(host, port)
    except TimeoutError:
        raise CameraTimeout(f"no connection to {host}:{port} within {timeout_seconds:g} s") from None
    except ConnectionRefusedError:
        raise RtspError(f"{host}:{port} refuses the connection; is the camera on, and the port right?") from None
    except OSError as error:
        raise RtspError(f"no connection to {host}:{port} ({error.strerror or 'unknown host'})") from None
    except UnicodeError:
        raise RtspError(f"no connection to {host}:{port} (this is no host's name)") from None


async def _play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: ClientSession, watch: _Watch, deadline: float) -> float:
    """Converses and watches; returns when playing began."""
    writer.write(session.start())
    playing_since: float | None = None
    while True:
        left = deadline - time.monotonic()
        try:
            data = await asyncio.wait_for(reader.read(READ_BYTES), max(0.01, left))
        except TimeoutError:
            data = None
        except OSError as error:
            raise RtspError(f"the camera broke the connection off ({error.strerror}) {_at(session)}") from None
        if data == b"":
            if watch.first_keyframe is not None and playing_since is not None:
                return playing_since
            raise RtspError(f"the camera closed the connection {_at(session)}")
        if data is not None:
            writer.write(session.receive(data, time.monotonic()))
            if writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
                raise ProtocolViolation("the camera does not take our answers")
            if playing_since is None and session.step is Step.PLAYING:
                playing_since = time.monotonic()
            known = len(watch.keyframe_stamps) >= ENOUGH_KEYFRAMES and session.clock_offset_seconds is not None
            if playing_since is not None and (known or (watch.units > MOST_PICTURES and watch.keyframe_stamps)):
                return playing_since
        if time.monotonic() >= deadline:
            if playing_since is None:
                raise CameraTimeout(f"the camera does not answer {session.step}")
            if watch.first_keyframe is None:
                what = f"{watch.units} pictures but no whole keyframe" if watch.units else "no picture"
                raise CameraTimeout(f"the camera plays, but sends {what} in {time.monotonic() - playing_since:.0f} s")
            return playing_since


def _at(session: ClientSession) -> str:
    return "while playing" if session.step is Step.PLAYING else f"at {session.step}"


def _probe_file(spec: CameraSpec) -> ProbeReport:
    watch = _Watch()
    seconds = 0.0
    for unit in read_access_units(spec.path):
        watch.take(unit)
        seconds = unit.arrival_seconds
        if len(watch.keyframe_stamps) >= FILE_KEYFRAMES:
            break
    if watch.first_keyframe is None:
        raise RtspError("the file holds no whole keyframe")
    return watch.report(spec.public_url, seconds, None)


def _typical_step(stamps: list[int]) -> float | None:
    """The median distance of neighbouring timestamps, in seconds."""
    ordered = sorted(stamps)
    steps = [after - before for before, after in pairwise(ordered) if after > before]
    return statistics.median(steps) / CLOCK_RATE if steps else None


def _rate(stamps: list[int]) -> float | None:
    step = _typical_step(stamps) if len(stamps) > 2 else None
    return None if not step else round(1.0 / step, 2)
