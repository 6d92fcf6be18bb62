"""Where a stream's packets go: into the RTSP connection (interleaved) or to two UDP ports of the reader."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from struct import pack
from typing import NamedTuple, Protocol

from streams.rtp.rtcp import RECEIVER_REPORT
from streams.simulator.packets import Picture

MAX_BACKLOG_BYTES = 4 * 1024 * 1024
"""Unsent bytes above which packets to a reader are dropped: a camera's buffer is small."""
SEND_BUFFER_BYTES = 4 * 1024 * 1024
"""Of a UDP socket; a keyframe of 400 cameras in one moment is 40 MB, so losses at the sender are real and stay visible as gaps."""


UDP_SEGMENT = 103
"""The kernel cuts one send into datagrams of a size (Linux 4.18; linux/udp.h): one call for a picture's packets."""
NO_SEGMENTS = (errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.EOPNOTSUPP)
"""What a way says that takes no segments: from then on packets are sent one by one."""


ELSEWHERE = "127.0.0.2"
"""Another host of this machine (RFC 1122 3.2.1.3): somebody who is not the camera."""


def is_report(packet: bytes | bytearray) -> bool:
    """Whether a packet is a receiver report with something to report (RFC 3550 6.4.2)."""
    return len(packet) >= 32 and packet[0] >> 6 == 2 and packet[0] & 0x1F > 0 and packet[1] == RECEIVER_REPORT


class Due(NamedTuple):
    """A picture that is to be sent, with what its packets' headers say; `sequence` is the first packet's."""

    picture: Picture
    sequence: int
    ticks: int
    ssrc: int

    def packets(self) -> list[bytes]:
        """Its RTP packets."""
        picture, sequence, ticks, ssrc = self
        return picture.split(picture.address(sequence, ticks, ssrc))


class Outlet(Protocol):
    """The way to one reader."""

    @property
    def full(self) -> bool:
        """Whether the reader takes too little, so that the camera throws packets away."""
        ...

    def pictures(self, pictures: Sequence[Due]) -> None:
        """Sends pictures."""
        ...

    def packets(self, packets: Sequence[bytes]) -> None:
        """Sends RTP packets one by one, as a fault has left them."""
        ...

    def foreign(self, packets: Sequence[bytes], *, elsewhere: bool = False) -> None:
        """Sends packets as somebody else (from another host, where asked), where the way lets anybody."""
        ...

    def report(self, report: bytes) -> None:
        """Sends an RTCP packet."""
        ...


class TcpOutlet:
    """Interleaved in the RTSP connection (RFC 2326 10.12)."""

    def __init__(self, transport: asyncio.Transport, channel: int = 0) -> None:
        self._transport, self.channel = transport, channel
        self.trickle = False
        """Whether everything is written one byte at a time."""

    @property
    def full(self) -> bool:
        return self._transport.get_write_buffer_size() > MAX_BACKLOG_BYTES

    def pictures(self, pictures: Sequence[Due]) -> None:
        blocks = [picture.address(sequence, ticks, ssrc, self.channel) for picture, sequence, ticks, ssrc in pictures]
        self.raw(blocks[0] if len(blocks) == 1 else b"".join(blocks))

    def packets(self, packets: Sequence[bytes]) -> None:
        self.raw(b"".join(bytes((0x24, self.channel)) + len(packet).to_bytes(2, "big") + packet for packet in packets))

    def foreign(self, packets: Sequence[bytes], *, elsewhere: bool = False) -> None:
        pass

    def report(self, report: bytes) -> None:
        self.raw(bytes((0x24, self.channel + 1)) + len(report).to_bytes(2, "big") + report)

    def raw(self, data: bytes | bytearray) -> None:
        """Writes bytes into the connection; one at a time where the camera trickles."""
        if self._transport.is_closing():
            return
        if self.trickle:
            for at in range(len(data)):
                self._transport.write(data[at : at + 1])
        else:
            self._transport.write(data)


class UdpPorts:
    """The simulator's pair of UDP sockets (RTP even, RTCP the next), shared by all its streams; what readers report back is counted.

    With `segments` a picture's packets of one size go to the kernel together (UDP_SEGMENT), where it can; without, one by one, as a camera sends.
    """

    def __init__(self, host: str, *, segments: bool = True) -> None:
        self._host, self._segments = host, segments
        self.unsent_packets = 0
        """What the socket did not take: lost, as on a real network."""
        self.reports = 0
        """Receiver reports that came."""
        self.rtp: socket.socket | None = None
        self.rtcp: socket.socket | None = None

    @property
    def family(self) -> socket.AddressFamily:
        """Of the addresses."""
        return socket.AF_INET6 if ":" in self._host else socket.AF_INET

    def open(self) -> None:
        """Binds the pair.

        Raises:
            OSError: there is no free pair.
        """
        family = self.family
        for _ in range(64):
            rtp, rtcp = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
            try:
                rtp.bind((self._host, 0))
                port = rtp.getsockname()[1]
                if port % 2 == 0:
                    rtcp.bind((self._host, port + 1))
                    self.rtp, self.rtcp = rtp, rtcp
                    break
            except OSError:
                pass
            rtp.close()
            rtcp.close()
        if self.rtp is None or self.rtcp is None:
            raise OSError("no free pair of UDP ports")
        for one in (self.rtp, self.rtcp):
            one.setblocking(False)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if self._segments:
            try:
                self.rtp.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)
            except OSError:
                self._segments = False
            self._segments = self._segments and sys.platform == "linux"

    def send(self, due: Due, address: tuple[str, int]) -> None:
        """Sends a picture's packets."""
        if self.rtp is None:
            return
        block, bare = due.picture.datagrams(due.sequence, due.ticks, due.ssrc)
        view = memoryview(block)
        if self._segments:
            for begin, end, size in bare.runs:
                if not self._send_run(view[begin:end], size, address):
                    break
            else:
                return
        self.send_each([view[begin:end] for begin, end in zip(bare.places, bare.places[1:], strict=False)], address)

    def _send_run(self, run: memoryview, size: int, address: tuple[str, int]) -> bool:
        """Whether the way takes segments; packets that the socket does not take are lost."""
        assert self.rtp is not None
        try:
            self.rtp.sendmsg((run,), ((socket.IPPROTO_UDP, UDP_SEGMENT, pack("=H", size)),) if len(run) > size else (), 0, address)
        except OSError as error:
            if error.errno in NO_SEGMENTS and len(run) > size:
                self._segments = False
                return False
            self.unsent_packets += -(-len(run) // size)
        return True

    def send_each(self, packets: Sequence[bytes | memoryview], address: tuple[str, int]) -> None:
        """Sends packets one by one."""
        if self.rtp is None:
            return
        for packet in packets:
            try:
                self.rtp.sendto(packet, address)
            except OSError:
                self.unsent_packets += 1

    @property
    def port(self) -> int:
        """The RTP port; RTCP is the next."""
        return 0 if self.rtp is None else int(self.rtp.getsockname()[1])

    def drain(self) -> None:
        """Takes what readers sent: receiver reports, which are counted, and the packets that open their firewalls, which are forgotten."""
        for one in (self.rtp, self.rtcp):
            with suppress(OSError):
                while one is not None:
                    self.reports += is_report(one.recv(2048))

    def close(self) -> None:
        """Closes both sockets."""
        for one in (self.rtp, self.rtcp):
            if one is not None:
                one.close()
        self.rtp = self.rtcp = None


class UdpOutlet:
    """To the reader's two ports; what the socket does not take is lost, as on a real network."""

    def __init__(self, ports: UdpPorts, host: str, rtp_port: int, rtcp_port: int) -> None:
        self._ports, self._rtp_address, self._rtcp_address = ports, (host, rtp_port), (host, rtcp_port)

    @property
    def full(self) -> bool:
        return False

    def pictures(self, pictures: Sequence[Due]) -> None:
        for due in pictures:
            self._ports.send(due, self._rtp_address)

    def packets(self, packets: Sequence[bytes]) -> None:
        self._ports.send_each(packets, self._rtp_address)

    def foreign(self, packets: Sequence[bytes], *, elsewhere: bool = False) -> None:
        with socket.socket(self._ports.family, socket.SOCK_DGRAM) as stranger:
            if elsewhere:
                stranger.bind((ELSEWHERE, 0))
            for packet in packets:
                with suppress(OSError):
                    stranger.sendto(packet, self._rtp_address)

    def report(self, report: bytes) -> None:
        if self._ports.rtcp is not None:
            with suppress(OSError):
                self._ports.rtcp.sendto(report, self._rtcp_address)
