"""The pair of UDP ports that a camera sends to: RTP on the even one, RTCP on the next (RFC 3550 11).

asyncio's datagram protocol costs 40 µs a packet. Here the socket is drained into one buffer for all cameras, a `recv_into` a datagram, and the datagrams
are laid one behind the other as interleaved frames, so that the depacketiser takes them in the same loop as those of TCP. Where the kernel takes a large
enough receive buffer, the sockets are visited in rounds (`streams.rounds`); where `net.core.rmem_max` forbids it (Linux without settings: 208 KiB, about 185
packets, less than one keyframe), they are read as datagrams come, and a warning says so: a camera that sends a keyframe at once overruns such a buffer before
anybody can read. What the kernel drops for want of room is counted (`socket_overflow`).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from struct import Struct, unpack_from

from streams.budget import VISIT_SECONDS, Budget
from streams.descriptors import SHORT_OF_FILES, too_many_open_files
from streams.errors import ProtocolViolation, RtspError
from streams.rounds import READ_SECONDS, rounds_of_this_loop

log = logging.getLogger(__name__)

RECEIVE_BYTES = 4 * 1024 * 1024
"""Asked of the kernel, which grants up to `net.core.rmem_max` and counts every packet at about twice its size."""
ROUNDS_BYTES = 1024 * 1024
"""Granted (as the kernel counts) from here on, a socket may wait for its round: some 450 packets."""
PAIR_TRIES = 64
DATAGRAM_BYTES = 65_536
DATAGRAMS_PER_VISIT = 4096
DATAGRAMS_PER_GLANCE = 256
"""Packets after which a visit looks at the clock; of the dearest, they take 2 ms."""
GRO_TRIAL = 512
"""Datagrams after which a socket whose kernel or network coalesces none is read without asking for it, which is cheaper."""
MOST_FORGOTTEN = 16_384
"""Datagrams, of those that came before the camera was known: more than the kernel's buffer holds."""
RTP_HEAD_BYTES, RTP_VERSION = 12, 2
REPORT_BYTES = 8192
REPORTS_AT_ONCE = 16
"""Of a camera that sends more, the next are read a round later."""
UDP_GRO = 104
SO_RCVBUFFORCE = 33
"""Linux: beyond `net.core.rmem_max`, for processes that may administer the network."""
SO_MEMINFO, MEMINFO_DROPS = 55, 32
"""Linux: counts of a socket's memory, nine 32-bit words; the last counts dropped packets."""
HEAD = Struct("!HH")
PUNCH_RTP = bytes((0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
PUNCH_RTCP = bytes((0x80, 201, 0, 1, 0, 0, 0, 0))


class UdpPair:
    """An open pair of ports on the running loop. `on_rtp(buffer, size, segment, now)` and `on_rtcp(packet, now)` are called with what the camera sends.

    Of RTP, the first `size` bytes of the buffer are datagrams of `segment` bytes each (the last may be shorter), which the kernel coalesced; with
    `segment` 0 they are datagrams as interleaved frames on channel 0. `VideoReceiver.datagrams` takes both. What they hold is valid during the call.

    Raises:
        RtspError: no pair of ports is free.
    """

    def __init__(
        self, host: str, buffer: bytearray, on_rtp: Callable[[memoryview, int, int, float], None], on_rtcp: Callable[[memoryview, float], None]
    ) -> None:
        self._buffer = memoryview(buffer)
        self._on_rtp, self._on_rtcp = on_rtp, on_rtcp
        self._loop = asyncio.get_running_loop()
        self._rounds = rounds_of_this_loop()
        self._rtp, self._rtcp = _open_pair(host)
        self._host = _canonical(host)
        self._reports = bytearray(REPORT_BYTES)
        self._known = False
        """Whether the RTP socket is connected: the kernel then lets only the camera's packets in."""
        self._closed = False
        self._gro = _set(self._rtp, socket.IPPROTO_UDP, UDP_GRO, 1)
        self._trial = GRO_TRIAL
        self._budget = Budget()
        self.failure: ProtocolViolation | None = None
        """That the camera sends more than it may: nothing is read any more."""
        self.strangers = 0
        """Packets of other hosts, and of the camera's that are none of its stream while its port is not known."""
        for one in (self._rtp, self._rtcp):
            one.setblocking(False)
        self.in_rounds = _enlarge(self._rtp).size >= ROUNDS_BYTES
        """Whether the kernel's buffer is large enough for it."""
        if not self.in_rounds:
            _warn_of_small_buffers()

    @property
    def ports(self) -> tuple[int, int]:
        """The ports for RTP and RTCP."""
        return self._rtp.getsockname()[1], self._rtcp.getsockname()[1]

    @property
    def overflowed(self) -> int:
        """Packets that the kernel dropped because they were not fetched soon enough (0 where it does not tell)."""
        if self._closed:
            return 0
        with suppress(OSError):
            counts = self._rtp.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO_DROPS + 4)
            if len(counts) >= MEMINFO_DROPS + 4:
                return int.from_bytes(counts[MEMINFO_DROPS : MEMINFO_DROPS + 4], "little")
        return 0

    @property
    def drops(self) -> dict[str, int]:
        """Packets lost here, by cause: `socket_overflow` and `stranger`; only those that happened."""
        counts = {"socket_overflow": self.overflowed, "stranger": self.strangers}
        return {cause: count for cause, count in counts.items() if count}

    def connect(self, host: str, server_ports: tuple[int, int] | None) -> None:
        """Begins to read, and lets only this host's packets in; without its ports, those of the first RTP packet that comes from it.

        What has come before is nobody's: the camera does not play yet.

        Raises:
            RtspError: there is no way to that host.
        """
        self._host = _canonical(host)
        if server_ports is not None:
            try:
                self._rtp.connect(_address(self._rtp, host, server_ports[0]))
                self._rtcp.connect(_address(self._rtcp, host, server_ports[1]))
            except OSError as error:
                raise RtspError(f"no way to the camera's UDP ports ({error.strerror or type(error).__name__})") from None
            self._known = True
        self._forget(self._rtp)
        self._forget(self._rtcp)
        self._loop.add_reader(self._rtcp.fileno(), self._take_reports)
        if self.in_rounds:
            self._rounds.join(self, twice=True)
        else:
            self._loop.add_reader(self._rtp.fileno(), self._readable)

    def _forget(self, one: socket.socket) -> None:
        """Drops what lies in a socket; connecting it does not."""
        room = memoryview(self._reports)
        for _ in range(MOST_FORGOTTEN):
            try:
                _, source = one.recvfrom_into(room)
            except BlockingIOError:
                return
            except OSError:
                continue
            self.strangers += _canonical(source[0]) != self._host

    def punch(self) -> None:
        """Sends the small packets that open firewalls and address translators on the way: an empty RTP packet and an empty receiver report."""
        if self._known:
            with suppress(OSError):
                self._rtp.send(PUNCH_RTP)
        self.send_rtcp(PUNCH_RTCP)

    def send_rtcp(self, packet: bytes) -> None:
        """Sends a report to the camera; nothing before its port is known. What the network does not take is lost."""
        if not self._closed:
            with suppress(OSError):
                self._rtcp.send(packet)

    def close(self) -> None:
        """Closes both ports; nothing is called any more."""
        if self._closed:
            return
        self._closed = True
        self._stop_reading()
        self._loop.remove_reader(self._rtcp.fileno())
        self._rtp.close()
        self._rtcp.close()

    def visit(self, now_seconds: float) -> None:
        """Drains the RTP socket, as far as the camera's budget reaches."""
        if self._closed:
            return
        budget, clock, taken = self._budget, self._budget.clock, 0
        began = clock()
        while taken < DATAGRAMS_PER_VISIT:
            count = self._drain(DATAGRAMS_PER_GLANCE, now_seconds)
            taken += count
            if count < DATAGRAMS_PER_GLANCE or clock() - began >= VISIT_SECONDS:
                break
        try:
            budget.spent(clock() - began, taken, now_seconds)
        except ProtocolViolation as error:
            self.failure = error
            self._stop_reading()

    def _drain(self, most: int, now_seconds: float) -> int:
        """Reads so many datagrams at most; returns how many there were, or 0 when nothing more is to be read."""
        buffer, at, last = self._buffer, 0, len(self._buffer) - DATAGRAM_BYTES - HEAD.size
        receive, pack_into, count = self._rtp.recv_into, HEAD.pack_into, 0
        try:
            while count < most:
                if at > last:
                    self._on_rtp(buffer, at, 0, now_seconds)
                    at = 0
                    if self._closed:
                        return 0
                segment = 0
                try:
                    if not self._known:
                        size = self._receive_unknown(buffer[at + 4 :])
                    elif self._gro:
                        size, segment = self._receive_coalesced(buffer[at + 4 :])
                    else:
                        size = receive(buffer[at + 4 :])
                except BlockingIOError:
                    break
                count += 1
                if size is None:
                    continue
                if segment:
                    if at:
                        self._on_rtp(buffer, at, 0, now_seconds)
                    if not self._closed:
                        self._on_rtp(buffer[at + 4 :], size, segment, now_seconds)
                    at = 0
                    if self._closed:
                        return 0
                    count += size // segment
                    continue
                pack_into(buffer, at, 0x2400, size)
                at += 4 + size
        except OSError:
            pass  # an ICMP message about what was sent: the camera has no such port, or none yet
        if at and not self._closed:
            self._on_rtp(buffer, at, 0, now_seconds)
        return 0 if self._closed else count

    def _readable(self) -> None:
        self.visit(time.monotonic())
        if not self._closed and self.failure is None and self._budget.metered:  # it is dear: read in rounds, whatever is lost
            self._loop.remove_reader(self._rtp.fileno())
            self._loop.call_later(READ_SECONDS / 2, self._read_on)

    def _read_on(self) -> None:
        if not self._closed and self.failure is None:
            self._loop.add_reader(self._rtp.fileno(), self._readable)

    def _stop_reading(self) -> None:
        self._rounds.leave(self)
        self._loop.remove_reader(self._rtp.fileno())

    def _receive_unknown(self, room: memoryview) -> int | None:
        """A datagram while the camera's port is not known yet; None for a stranger's."""
        size, source = self._rtp.recvfrom_into(room)
        if _canonical(source[0]) != self._host or size < RTP_HEAD_BYTES or room[0] >> 6 != RTP_VERSION:
            self.strangers += 1
            return None
        with suppress(OSError):
            self._rtp.connect(source)
            self._rtcp.connect((source[0], source[1] + 1, *source[2:]))
            self._known = True
        return size

    def _receive_coalesced(self, room: memoryview) -> tuple[int, int]:
        """A datagram, or several that the kernel joined, and the length of each."""
        size, notes, _, _ = self._rtp.recvmsg_into([room], 64)
        for level, kind, data in notes:
            if level == socket.IPPROTO_UDP and kind == UDP_GRO and len(data) >= 4:
                (segment,) = unpack_from("=i", data)
                if 0 < segment < size:
                    self._trial = -1
                    return size, segment
        if self._trial > 0:
            self._trial -= 1
            if self._trial == 0:
                self._gro = not _set(self._rtp, socket.IPPROTO_UDP, UDP_GRO, 0)
        return size, 0

    def _take_reports(self) -> None:
        view = memoryview(self._reports)
        for _ in range(REPORTS_AT_ONCE):
            try:
                size, source = self._rtcp.recvfrom_into(view)
            except OSError:
                return
            if not self._known and _canonical(source[0]) != self._host:
                self.strangers += 1
                continue
            self._on_rtcp(view[:size], time.monotonic())
            if self._closed:
                return
        self._loop.remove_reader(self._rtcp.fileno())
        self._loop.call_later(READ_SECONDS, self._read_reports_on)

    def _read_reports_on(self) -> None:
        if not self._closed:
            self._loop.add_reader(self._rtcp.fileno(), self._take_reports)


@dataclass(frozen=True, slots=True)
class ReceiveBuffer:
    """What the kernel grants a socket, in bytes as it counts; `forced` beyond `net.core.rmem_max`, which is for processes that may administer the network."""

    size: int
    forced: bool


def receive_buffer() -> ReceiveBuffer:
    """What a UDP socket of this process is granted."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return _enlarge(one)


def _enlarge(one: socket.socket) -> ReceiveBuffer:
    _set(one, socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    without = one.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    _set(one, socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BYTES)
    granted = one.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    return ReceiveBuffer(granted, forced=granted > without)


@cache
def _warn_of_small_buffers() -> None:
    """Once a process."""
    log.warning(
        "the kernel grants UDP sockets too small a buffer for a keyframe that comes at once: pictures will be lost (socket_overflow); "
        "set net.core.rmem_max to %d or more, or the cameras' transport to tcp",
        RECEIVE_BYTES,
    )


def _open_pair(host: str) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    refused: OSError | None = None
    for _ in range(PAIR_TRIES):
        opened: list[socket.socket] = []
        try:
            opened.append(socket.socket(family, socket.SOCK_DGRAM))
            opened.append(socket.socket(family, socket.SOCK_DGRAM))
            one, other = opened
            one.bind(("", 0))
            port = one.getsockname()[1]
            other.bind(("", port ^ 1))
        except OSError as error:
            refused = error
            for each in opened:
                each.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                break
            continue
        return (one, other) if port % 2 == 0 else (other, one)
    if refused is not None and refused.errno in SHORT_OF_FILES:
        raise RtspError(f"no UDP ports for the camera's pictures: {too_many_open_files()}") from None
    reason = refused.strerror if refused is not None and refused.strerror else "all are in use"
    raise RtspError(f"no pair of UDP ports is free for the camera's pictures ({reason}); set its transport to tcp, or free ports on this machine") from None


def _address(one: socket.socket, host: str, port: int) -> tuple[str, int]:
    found = socket.getaddrinfo(host, port, one.family, socket.SOCK_DGRAM, 0, socket.AI_NUMERICHOST)
    return found[0][4]  # type: ignore[return-value]  # of IPv6 with flow and scope


def _canonical(host: str) -> str:
    """An address in the one form that is compared: without scope, IPv4 within IPv6 as IPv4."""
    return host.partition("%")[0].lower().removeprefix("::ffff:")


def _set(one: socket.socket, level: int, option: int, value: int) -> bool:
    try:
        one.setsockopt(level, option, value)
    except OSError:
        return False
    return True
