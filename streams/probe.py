"""Asks one camera what it is: the reader's own way to it, a few seconds of video, and a look at the first keyframe.

It ends as soon as everything is known (two keyframes and a sender report), or at the deadline with what is known by then; a camera that shows
no picture at all is an error with the one reason. Then the transport that was not used is tried for some seconds. A password is sent once: after a refusal
nothing more is tried, since cameras lock accounts.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

from streams import address
from streams.camera import CameraSpec
from streams.errors import CameraTimeout, NoVideo, ProtocolViolation, RtspError, StreamsError, Unsupported
from streams.probe_report import ENOUGH_KEYFRAMES, MOST_PICTURES, Link, ProbeReport, Watch
from streams.recorded import read_access_units
from streams.rtsp.client import ClientSession, Step
from streams.rtsp.transport import Way
from streams.rtsp_source import RtspSource
from streams.settings import Neighbours, ReaderSettings
from streams.sources import Source, Target, locate, source_of

__all__ = ["Link", "ProbeReport", "probe"]

FILE_KEYFRAMES = 5
OTHER_WAY_SECONDS = 3.0
"""How long the transport that was not used may take to show a picture."""
LEAST_SECONDS = 0.5


async def probe(spec: CameraSpec, timeout_seconds: float = 15.0) -> ProbeReport:
    """Watches a camera or a file until it is known, at most `timeout_seconds`, and a little longer to try its other transport.

    Raises:
        StreamsError: the one reason why it cannot be read.
    """
    if spec.is_file:
        return await asyncio.to_thread(_probe_file, spec)
    settings = ReaderSettings(connect_seconds=timeout_seconds, answer_seconds=timeout_seconds, stale_seconds=timeout_seconds, connects_per_host=1)
    target = Target(spec.camera_id, spec.url, spec.transport, spec.resolver, spec.tls_verify)
    deadline = time.monotonic() + timeout_seconds
    one = _Probe(target, settings, deadline)
    url = await locate(target, settings, Neighbours(1))
    try:
        link, seconds = await one.watch(url)
    except (Unsupported, ProtocolViolation) as error:
        left = deadline - time.monotonic()
        if isinstance(error, NoVideo) or spec.transport == "libav" or left < LEAST_SECONDS or address.scheme_of(url) not in address.OWN_SCHEMES:
            raise
        try:
            link, seconds = await one.watch(url, libav=True)
        except StreamsError:
            raise error from None
    link = await one.other_way(url, link)
    return await asyncio.to_thread(one.seen.report, address.public(url), seconds, one.clock_offset_seconds, link)


class _Probe:
    """One camera being asked; what it needs of a reader it has for itself."""

    def __init__(self, target: Target, settings: ReaderSettings, deadline: float) -> None:
        self._target, self._settings, self._deadline = target, settings, deadline
        self._neighbours = Neighbours(settings.connects_per_host)
        self.seen = Watch()
        self.clock_offset_seconds: float | None = None
        self._opened = False

    async def watch(self, url: str, *, libav: bool = False) -> tuple[Link, float]:
        """Reads until enough is known; how it was spoken to, and the seconds that it played.

        Raises:
            StreamsError: why there is no keyframe.
        """
        enough = asyncio.Event()
        self.seen = Watch(lambda: self._look(source, enough))
        source = source_of(url, self._target, self.seen.take, settings=self._settings, neighbours=self._neighbours, libav=libav)
        began, self._opened = time.monotonic(), False
        try:
            try:
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + max(0.01, self._deadline - time.monotonic())):
                    await source.open()
                    began, self._opened = time.monotonic(), True
                    await _until(source, enough)
            except TimeoutError as error:
                if isinstance(error, StreamsError):
                    raise
                self._at_the_deadline(source, began)
            except StreamsError as error:
                if self.seen.first_keyframe is None:
                    raise _placed(error, source.session) from None
            session = source.session
            self.clock_offset_seconds = None if session is None else session.clock_offset_seconds
            return _link(source, url), time.monotonic() - began
        finally:
            await source.close()

    def _look(self, source: Source, enough: asyncio.Event) -> None:
        seen, session = self.seen, source.session
        clock = session is None or session.clock_offset_seconds is not None
        if (len(seen.keyframe_stamps) >= ENOUGH_KEYFRAMES and clock) or (seen.units > MOST_PICTURES and seen.keyframe_stamps):
            enough.set()

    def _at_the_deadline(self, source: Source, began: float) -> None:
        session, units = source.session, self.seen.units
        if self.seen.first_keyframe is not None:
            return
        seconds = f"{time.monotonic() - began:.0f} s"
        if session is not None and session.step is not Step.PLAYING:
            raise CameraTimeout(f"the camera does not answer {session.step}")
        if not self._opened and source.reader == "libav":
            raise CameraTimeout(f"libav finds no picture there in {seconds}")
        if not self._opened:
            hint = "; if it is not encrypted, try rtsp://" if source.encrypted else ""
            raise CameraTimeout(f"no {'encrypted ' if source.encrypted else ''}connection to the camera in {seconds}{hint}")
        if units:
            lost = "; packets are lost on the way" if source.drops.get("gap") else ""
            raise CameraTimeout(f"the camera plays, but sends {units} pictures and no whole keyframe in {seconds}{lost}")
        hint = "; over UDP something may hold them up: try tcp, or open the firewall" if source.transport == "udp" else ""
        raise CameraTimeout(f"the camera plays, but sends no picture in {seconds}{hint}")

    async def other_way(self, url: str, link: Link) -> Link:
        """Tries the transport that the pictures did not come by, with the password that was just accepted."""
        if link.reader != "own" or link.transport is None or link.encrypted:  # over UDP it would not be
            return link
        other: Way = "udp" if link.transport == "tcp" else "tcp"
        came = asyncio.Event()
        source = RtspSource(
            url, lambda unit: came.set(), transport=other, tls_verify=self._target.tls_verify, settings=self._settings, neighbours=self._neighbours
        )
        works = False
        try:
            with suppress(StreamsError, OSError, TimeoutError):
                async with asyncio.timeout(OTHER_WAY_SECONDS):
                    await source.open()
                    if source.transport == other:
                        await _until(source, came)
                        works = True
        finally:
            await source.close()
        return replace(link, over_udp=works) if other == "udp" else replace(link, over_tcp=works)


async def _until(source: Source, done: asyncio.Event) -> None:
    """Turns the source until the event is set."""

    async def turning() -> None:
        while True:
            await source.turn()

    tasks = [asyncio.ensure_future(done.wait()), asyncio.ensure_future(turning())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not tasks[0].done():
            tasks[1].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _link(source: Source, url: str) -> Link:
    session = source.session
    link = Link(source.reader, source.transport, encrypted=source.encrypted, verified=source.verified)
    if session is None or not isinstance(source, RtspSource):
        return link
    way = source.transport
    moved = address.public(source.url)
    return replace(
        link, over_tcp=True if way == "tcp" else None, over_udp=True if way == "udp" else None, authentication=session.authentication,
        certificate=source.certificate, server=session.server, methods=tuple(sorted(session.methods)),
        audio=() if session.description is None else session.description.audio, redirected_to=None if moved == address.public(url) else moved,
    )  # fmt: skip


def _placed(error: StreamsError, session: ClientSession | None) -> StreamsError:
    """The error with the step that it happened at, where it does not tell itself."""
    if type(error) is not RtspError or session is None or "closed the connection" not in str(error):
        return error
    return RtspError(f"{error} {'while playing' if session.step is Step.PLAYING else f'at {session.step}'}")


def _probe_file(spec: CameraSpec) -> ProbeReport:
    seen = Watch()
    seconds = 0.0
    for unit in read_access_units(spec.path):
        seen.take(unit)
        seconds = unit.arrival_seconds
        if len(seen.keyframe_stamps) >= FILE_KEYFRAMES:
            break
    if seen.first_keyframe is None:
        raise RtspError("the file holds no whole keyframe")
    return seen.report(spec.public_url, seconds, None, Link(reader="file"))
