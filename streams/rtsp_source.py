"""A camera's pictures by RTSP: one connection or one after another where it redirects, over TCP, TLS or UDP. The edge of the session's state machine.

`open` brings a camera to play, within its deadlines; `turn` is to be called again and again and keeps it playing; both raise the reason when it ends.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable

from streams import address
from streams.camera import ReaderKind
from streams.connection import Connection
from streams.dial import CLOSE_SECONDS, dial
from streams.errors import AuthenticationRefused, CameraTimeout, LoginPaused, ProtocolViolation, Redirected, RequestRefused, RtspError, StreamsError
from streams.logins import Account, account
from streams.media import AccessUnit
from streams.redirects import MOST_REDIRECTS, is_this_machine, redirected
from streams.rtsp.client import ClientSession
from streams.rtsp.transport import Way
from streams.settings import Neighbours, ReaderSettings
from streams.tally import summed
from streams.tls import Certificate, read_certificate
from streams.udp import UdpPair

log = logging.getLogger(__name__)

REPORT_SECONDS = 5.0
TURN_SECONDS = 2.0
"""Between two looks at how a session does; a camera's turns cost 5 % of its reading at one a second."""
SILENT_SECONDS = 3.0
"""Without a packet until the camera is asked whether the session still lives; most send one each 40 ms, the slowest one a second."""
MOST_UDP_BYTES_PER_SECOND = 32 * 1024 * 1024
"""Over some seconds, as over TCP (`connection.MAX_BYTES_PER_SECOND`)."""
UDP_RATE_SECONDS = 4.0


class RtspSource:
    """One playing of one stream. `on_unit` gets its pictures, on the loop."""

    reader: ReaderKind = "own"

    def __init__(
        self, url: str, on_unit: Callable[[AccessUnit], None], *, transport: Way, tls_verify: bool, settings: ReaderSettings, neighbours: Neighbours,
        led_here: bool | None = None,
    ) -> None:  # fmt: skip
        self.url, self._on_unit, self._udp_first, self._tls_verify = url, on_unit, transport == "udp", tls_verify
        """The address, with its credentials; after a redirect the one that it led to."""
        self._settings, self._neighbours = settings, neighbours
        self._here = led_here
        """Whether this machine itself may be connected to: None for the address that people gave, which says whether the camera is here; else by redirect."""
        self.session: ClientSession | None = None
        self.encrypted = False
        self.certificate: Certificate | None = None
        self._connection: Connection | None = None
        self._peer: tuple[str, int] = ("", 0)
        self._udp: UdpPair | None = None
        self._udp_bytes = 0
        self._udp_failure: StreamsError | None = None
        self._udp_drops: dict[str, int] = {}
        self._bytes = 0
        self._opened = self._spoke = self._reported = self._heard = 0.0
        self._packets = 0
        self._asked_in_silence = False
        self._udp_rate_began, self._udp_bytes_before = 0.0, 0

    @property
    def transport(self) -> Way | None:
        """How the pictures come, once the camera has granted it."""
        return None if self.session is None else self.session.transport

    @property
    def verified(self) -> bool:
        """Whether the other end has proved who it is."""
        return self.encrypted and self._tls_verify

    @property
    def received_bytes(self) -> int:
        """Of all its connections."""
        connection = self._connection
        return self._bytes + self._udp_bytes + (connection.received_bytes if connection is not None else 0)

    @property
    def drops(self) -> dict[str, int]:
        """What was lost, by cause: pictures and packets of the session, garbage of the connection, packets of the UDP ports."""
        session, pair = self.session, self._udp
        counts = self._udp_drops if pair is None else summed(self._udp_drops, pair.drops)
        if session is None:
            return counts
        if session.video is not None:
            counts = summed(counts, dict(session.video.drops))  # a copy in one step, since the reader's thread goes on counting
        return summed(counts, {"garbage_bytes": session.garbage_bytes}) if session.garbage_bytes else counts

    async def open(self) -> None:
        """Connects and brings the camera to play, through redirects.

        Raises:
            StreamsError, OSError: why it does not play.
        """
        url = self.url
        seen = {address.request_url(url)}
        while True:
            try:
                await self._open_at(url)
                return
            except Redirected as error:
                url = redirected(url, error.location)
                if address.request_url(url) in seen:
                    raise RequestRefused(f"the camera redirects in a circle, by way of {address.public(url)}") from None
                if len(seen) > MOST_REDIRECTS:
                    raise RequestRefused(f"the camera redirects more than {MOST_REDIRECTS} times") from None
                seen.add(address.request_url(url))
                self._hang_up()
        self.url = url

    async def _open_at(self, url: str) -> None:
        credentials = address.credentials(url)
        key = None if credentials is None else account(address.host_and_port(url), credentials)
        plain = address.scheme_of(url) != "rtsps"  # over UDP the pictures would come unencrypted
        session = ClientSession(address.request_url(url), credentials, self._on_unit, udp_first=self._udp_first and plain)
        session.unix_now = time.time
        session.open_udp, session.on_granted = self._open_udp if plain else None, self._granted
        logins = self._neighbours.logins
        if key is not None:
            session.may_log_in = lambda: logins.claim(key, session, time.monotonic(), path=session.url)
        try:
            async with self._neighbours.gate(address.host_and_port(url)[0]):
                connection = await self._connect(session, url)
                self.session, self._connection, self.url = session, connection, url
                await self._until_playing(connection, session, key)
        except AuthenticationRefused as error:
            if key is not None and not isinstance(error, LoginPaused):
                logins.refused(key, session, time.monotonic(), random.random(), path=session.url)
            raise
        finally:
            if key is not None:
                logins.release(key, session)
        self._opened = self._spoke = self._reported = self._heard = time.monotonic()

    async def _connect(self, session: ClientSession, url: str) -> Connection:
        self.encrypted = address.scheme_of(url) == "rtsps"
        tls = self._neighbours.tls(self._tls_verify) if self.encrypted else None
        transport, connection = await dial(
            lambda: _Guarded(session, self._neighbours.buffer, may_be_here=self._here is not False),
            address.host_and_port(url),
            self._settings.connect_seconds,
            tls,
        )
        self.certificate = read_certificate(transport.get_extra_info("ssl_object"))
        self._peer = transport.get_extra_info("peername")[:2]
        if self._here is None:
            self._here = _leads_here(transport)
        return connection

    async def _until_playing(self, connection: Connection, session: ClientSession, key: Account | None) -> None:
        logins, proved = self._neighbours.logins, False
        while not connection.playing.done():
            now = time.monotonic()
            if key is not None and session.password_proved and not proved:
                proved = True
                logins.accepted(key, session, now, path=session.url)
            if session.awaits_login:  # another camera's login is under way, which has a deadline of its own
                connection.last_step_seconds = now
                connection.send(session.log_in())
            left = connection.last_step_seconds + self._settings.answer_seconds - now
            if left <= 0:
                raise CameraTimeout(f"the camera does not answer {session.step} within {self._settings.answer_seconds:g} s")
            await asyncio.wait([connection.over, connection.playing], timeout=min(left, 0.1), return_when=asyncio.FIRST_COMPLETED)
            if connection.over.done():
                connection.over.result()
        if key is not None and session.password_proved and not proved:
            logins.accepted(key, session, time.monotonic(), path=session.url)

    async def turn(self) -> None:
        """Waits `TURN_SECONDS` at most, and keeps the session alive.

        Raises:
            Redirected: the camera moves; `location` is then the whole address to go on at, with the credentials that may go there.
            StreamsError: why it has ended.
        """
        session, connection = self.session, self._connection
        assert session is not None
        assert connection is not None
        seconds = max(0.0, min(TURN_SECONDS, self._settings.stale_seconds / 2, self._spoke + session.keep_alive_seconds - time.monotonic()))
        if connection.over.done():  # and the pictures come over UDP
            await asyncio.sleep(seconds)
        else:
            await asyncio.wait([connection.over], timeout=seconds)
        now = time.monotonic()
        silent = self._silent(session, now)
        if self._udp_failure is not None:
            raise self._udp_failure
        if connection.over.done() and not self._goes_on_without(connection, silent):
            connection.over.result()
        if session.moved_to is not None:
            raise Redirected(redirected(self.url, session.moved_to), from_here=bool(self._here))
        if self._udp is not None and session.transport == "udp":
            self._check_udp(now)
        if now - self._spoke >= session.keep_alive_seconds or (silent > SILENT_SECONDS and not self._asked_in_silence):
            self._asked_in_silence = silent > SILENT_SECONDS
            connection.send(session.keep_alive())
            self._spoke = now
            if self._udp is not None:
                self._udp.punch()
        if now - self._reported > REPORT_SECONDS - TURN_SECONDS / 2:
            report = session.receiver_report(now)
            if self._udp is None:
                connection.send(report)
            elif report:
                self._udp.send_rtcp(report)
            self._reported = now

    async def close(self) -> None:
        """Takes leave, and waits a moment until the camera has been told."""
        connection = self._connection
        self._hang_up()
        if connection is not None:
            await asyncio.wait([connection.over], timeout=CLOSE_SECONDS)

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._bytes += connection.received_bytes
            connection.leave()
        pair, self._udp = self._udp, None
        if pair is not None:
            self._udp_drops = summed(self._udp_drops, pair.drops)
            pair.close()

    def _silent(self, session: ClientSession, now: float) -> float:
        """Seconds without a packet of the video."""
        packets = 0 if session.video is None else session.video.packets
        if packets != self._packets:
            self._packets, self._heard, self._asked_in_silence = packets, now, False
        return now - self._heard

    # UDP

    def _open_udp(self) -> tuple[int, int]:
        if self._udp is None:
            self._udp = UdpPair(self._peer[0], self._neighbours.buffer, self._rtp, self._rtcp)
        return self._udp.ports

    def _granted(self) -> None:
        session, pair = self.session, self._udp
        if session is None or pair is None:
            return
        if session.transport == "udp":
            pair.connect(self._peer[0], session.server_ports)
            pair.punch()
        else:
            pair.close()
            self._udp = None

    def _rtp(self, buffer: memoryview, size: int, segment: int, now: float) -> None:
        self._udp_bytes += size
        if self.session is not None:
            self._take(self.session.datagrams, buffer, size, segment, now)

    def _rtcp(self, packet: memoryview, now: float) -> None:
        self._udp_bytes += len(packet)
        if self.session is not None:
            self._take(self.session.rtcp, packet, now)

    def _take(self, function: Callable[..., None], *arguments: object) -> None:
        """Gives the session what came over UDP; its errors end this camera's playing, and nothing else."""
        try:
            function(*arguments)
            return
        except StreamsError as error:
            failure = error
        except Exception as error:
            log.exception("a camera's datagrams were not understood")
            failure = RtspError(f"its datagrams were not understood ({type(error).__name__})")
        self._udp_failure = failure
        if self._connection is not None:
            self._connection.cut(failure)

    def _goes_on_without(self, connection: Connection, silent: float) -> bool:
        """Whether pictures come over UDP although the camera has closed the connection: some do after PLAY, and send on until the session's time is over."""
        if self._udp is None or type(connection.over.exception()) is not RtspError:
            return False
        if silent > SILENT_SECONDS:
            raise RtspError("the camera closed the connection, and its pictures over UDP have stopped")
        return True

    def _elsewhere(self) -> str:
        """Why nothing may come: only the host that is asked is heard."""
        source = None if self.session is None else self.session.source
        if source is None or source == self._peer[0]:
            return " (is a firewall in between?)"
        return f" from the host that is asked; the camera says that it sends from {source}"

    def _check_udp(self, now: float) -> None:
        limit = self._settings.stale_seconds
        if self._udp is not None and self._udp.failure is not None:
            raise self._udp.failure
        if self._udp_bytes == 0 and now - self._opened > limit:
            raise CameraTimeout(f"the camera plays, but nothing comes over UDP within {limit:g} s{self._elsewhere()}; set its transport to tcp")
        if self._udp_bytes - self._udp_bytes_before > UDP_RATE_SECONDS * MOST_UDP_BYTES_PER_SECOND:
            raise ProtocolViolation(f"the camera sends more than {MOST_UDP_BYTES_PER_SECOND >> 20} MiB a second")
        if now - self._udp_rate_began >= UDP_RATE_SECONDS:
            self._udp_rate_began, self._udp_bytes_before = now, self._udp_bytes


class _Guarded(Connection):
    """A connection that says nothing to this machine itself where a camera elsewhere led to it, by whatever name."""

    def __init__(self, session: ClientSession, buffer: bytearray, *, may_be_here: bool) -> None:
        super().__init__(session, buffer)
        self._may_be_here = may_be_here

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._may_be_here or not _leads_here(transport):
            super().connection_made(transport)
            return
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.cut(RequestRefused("the camera redirects to a name of this machine itself; that is not followed"))


def _leads_here(transport: asyncio.BaseTransport) -> bool:
    peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    return is_this_machine(str(peer[0]), str(own[0]))
