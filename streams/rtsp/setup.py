"""What SETUP and PLAY are asked with: transports and addresses to try, each once, in order. No I/O."""

from __future__ import annotations

from collections.abc import Callable

from streams.errors import RtspError, Unsupported
from streams.rtsp.conversation import Fields
from streams.rtsp.transport import Granted, Way, over_tcp, over_udp, parse_transport

UNSUPPORTED_TRANSPORT = 461
BAD_REQUEST = 400
"""What servers that know UDP only say to TCP where they should say 461, for want of a `client_port` (Perl's RTSP::Server)."""
NO_SUCH_TRACK = (400, 404, 451, 454)
"""What servers say to a track's address that they do not understand; see `sdp.control_urls`."""
INVALID_RANGE = 457
NO_AGGREGATE = 459
RANGE = ("Range", "npt=0.000-")

Asking = tuple[str, str, Fields]
"""Method, address and fields of a request."""


class SetupPlan:
    """The ways to a stream that are left, the best first.

    `open_udp` opens a pair of ports; it is called when it is UDP's turn and there are none yet, and may raise OSError or RtspError.
    """

    def __init__(self, udp_ports: tuple[int, int] | None, *, udp_first: bool) -> None:
        self.udp_ports = udp_ports
        self.open_udp: Callable[[], tuple[int, int]] | None = None
        self.ways: list[Way] = ["udp", "tcp"] if udp_ports is not None or udp_first else ["tcp", "udp"]
        self.refused: list[Way] = []
        """The transports that the camera does not want."""
        self.tracks: tuple[str, ...] = ("",)
        """Addresses of the track to try."""
        self._tried: tuple[str, ...] = ()
        self.play_url = ""

    def setup(self) -> Asking:
        """The next SETUP."""
        way = self.ways[0]
        if way == "udp" and self.udp_ports is None and self.open_udp is not None:
            self.udp_ports = self.open_udp()
        field = over_tcp() if way == "tcp" or self.udp_ports is None else over_udp(self.udp_ports)
        return "SETUP", self.tracks[0], (("Transport", field),)

    def play(self) -> Asking:
        """The first PLAY."""
        return "PLAY", self.play_url, (RANGE,)

    def after_refusal(self, status: int, method: str, url: str, fields: Fields) -> Asking | None:
        """The request in another form, after this one was refused; None where there is none left."""
        if method == "SETUP":
            if status == UNSUPPORTED_TRANSPORT:
                return self._other_transport()
            if status in NO_SUCH_TRACK and len(self.tracks) > 1:
                self._tried += self.tracks[:1]
                self.tracks = self.tracks[1:]
                return self.setup()
            if status == BAD_REQUEST and self.ways[0] == "tcp":
                self.tracks, self._tried = self._tried + self.tracks, ()
                return self._other_transport()
        elif method == "PLAY":
            if status == INVALID_RANGE and RANGE in fields:
                return "PLAY", url, ()
            if status == NO_AGGREGATE and url != self.tracks[0]:
                return "PLAY", self.tracks[0], fields
        return None

    def after_grant(self, transport: str) -> tuple[Way, Granted] | Asking:
        """What the camera granted by its Transport field; or, where that is not what was asked for and cannot be taken, the next SETUP.

        Raises:
            ProtocolViolation: the field makes no sense.
            Unsupported: nothing else is left to ask for.
        """
        granted = parse_transport(transport)
        asked = self.ways[0]
        way = granted.way or asked
        if not granted.multicast and not (way == "udp" and asked == "tcp"):
            return way, granted
        other = self._other_transport()
        if other is None:
            how = "to a multicast group" if granted.multicast else "over UDP"
            raise Unsupported(f"the camera was asked to send over {asked.upper()} and answers that it sends {how}")
        return other

    def _other_transport(self) -> Asking | None:
        self.refused.append(self.ways.pop(0))
        if not self.ways or (self.ways[0] == "udp" and self.udp_ports is None and self.open_udp is None):
            return None
        try:
            return self.setup()
        except (OSError, RtspError):  # no free ports
            return None
