"""Where a stream's packets go: into the RTSP connection (interleaved) or to two UDP ports of the reader."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from streams.simulator.packets import Picture

MAX_BACKLOG_BYTES = 4 * 1024 * 1024
"""Unsent bytes above which packets to a reader are dropped: a camera's buffer is small."""
SEND_BUFFER_BYTES = 4 * 1024 * 1024
"""Of a UDP socket; a keyframe of 400 cameras in one moment is 40 MB, so losses at the sender are real and stay visible as gaps."""


class Outlet(Protocol):
    """The way to one reader."""

    channel: int
    """Number that goes into the frames of addressed blocks."""

    @property
    def full(self) -> bool:
        """Whether the reader takes too little, so that the camera throws packets away."""
        ...

    def pictures(self, pictures: Sequence[tuple[Picture, bytearray]]) -> None:
        """Sends addressed pictures."""
        ...

    def packets(self, packets: Sequence[bytes]) -> None:
        """Sends RTP packets one by one, as a fault has left them."""
        ...

    def report(self, report: bytes) -> None:
        """Sends an RTCP packet."""
        ...


class TcpOutlet:
    """Interleaved in the RTSP connection (RFC 2326 10.12)."""

    def __init__(self, transport: asyncio.Transport, channel: int = 0, *, trickle: bool = False) -> None:
        self._transport, self.channel, self._trickle = transport, channel, trickle

    @property
    def full(self) -> bool:
        return self._transport.get_write_buffer_size() > MAX_BACKLOG_BYTES

    def pictures(self, pictures: Sequence[tuple[Picture, bytearray]]) -> None:
        self.raw(b"".join(block for _, block in pictures))

    def packets(self, packets: Sequence[bytes]) -> None:
        self.raw(b"".join(bytes((0x24, self.channel)) + len(packet).to_bytes(2, "big") + packet for packet in packets))

    def report(self, report: bytes) -> None:
        self.raw(bytes((0x24, self.channel + 1)) + len(report).to_bytes(2, "big") + report)

    def raw(self, data: bytes) -> None:
        """Writes bytes into the connection; one at a time where the camera trickles."""
        if self._transport.is_closing():
            return
        if self._trickle:
            for at in range(len(data)):
                self._transport.write(data[at : at + 1])
        else:
            self._transport.write(data)


class UdpPorts:
    """The simulator's pair of UDP sockets (RTP even, RTCP the next), shared by all its streams; what readers report back is read and forgotten."""

    def __init__(self, host: str) -> None:
        self._host = host
        self.rtp: socket.socket | None = None
        self.rtcp: socket.socket | None = None

    def open(self) -> None:
        """Binds the pair.

        Raises:
            OSError: there is no free pair.
        """
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
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

    @property
    def port(self) -> int:
        """The RTP port; RTCP is the next."""
        return 0 if self.rtp is None else int(self.rtp.getsockname()[1])

    def drain(self) -> None:
        """Forgets what readers sent: receiver reports and the packets that open their firewalls."""
        for one in (self.rtp, self.rtcp):
            with suppress(OSError):
                while one is not None and one.recv(2048):
                    pass

    def close(self) -> None:
        """Closes both sockets."""
        for one in (self.rtp, self.rtcp):
            if one is not None:
                one.close()
        self.rtp = self.rtcp = None


class UdpOutlet:
    """To the reader's two ports; what the socket does not take is lost, as on a real network."""

    channel = 0

    def __init__(self, ports: UdpPorts, host: str, rtp_port: int, rtcp_port: int) -> None:
        self._ports, self._rtp_address, self._rtcp_address = ports, (host, rtp_port), (host, rtcp_port)

    @property
    def full(self) -> bool:
        return False

    def pictures(self, pictures: Sequence[tuple[Picture, bytearray]]) -> None:
        for picture, block in pictures:
            self.packets(picture.split(block))

    def packets(self, packets: Sequence[bytes]) -> None:
        if self._ports.rtp is not None:
            for packet in packets:
                with suppress(OSError):
                    self._ports.rtp.sendto(packet, self._rtp_address)

    def report(self, report: bytes) -> None:
        if self._ports.rtcp is not None:
            with suppress(OSError):
                self._ports.rtcp.sendto(report, self._rtcp_address)
