"""What a simulated camera can be told to do wrong, as one table: by the query of its address (`?fault=stall&after=5`) or by a live command.

A fault acts at one of four places: on a request (`hang_describe`, `unauthorized`), when its time in play has come (`stall`, `reset`), on the
packets of a moment (`loss`, `reordering`), or on a clock (`clock_jump`). Each entry is a line of FAULTS with a small function; nothing here
does I/O, and chance comes from the generator that is handed in, so that a run can be repeated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from urllib.parse import parse_qs, urlsplit

from streams.errors import CameraSpecError

METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN")
RTP_HEADER_BYTES = 12
LATEST_PLACES = 8
"""How many places a reordered packet may come too late."""


class Act(StrEnum):
    """What happens in place of an answer, or when a fault's time in play has come."""

    SILENCE = "silence"
    CLOSE = "close"
    RESET = "reset"
    GARBAGE = "garbage"


Packets = list[bytes]
"""RTP packets of one moment, without framing."""
OnPackets = Callable[[Packets, float, Random], Packets]
OnClock = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One line of the table.

    Attributes:
        summary: what the camera does, for `--help` and the documentation.
        on_request: per method (`*` for all) what comes instead of the answer: an act or a status.
        in_play: what happens once the fault's time in play has come.
        on_packets: `(packets, share, random) -> packets`.
        on_clock: `(unix_seconds, amount) -> unix_seconds` of sender reports; -inf for a camera without a clock.
        on_ticks: `(seconds, amount) -> seconds` of RTP time.
        garbage: whether random bytes are written between the packets (TCP only).
        trickle: whether everything is written one byte at a time (TCP only).
        amount: the default of `amount`, in the unit that the summary names.
    """

    summary: str
    on_request: Mapping[str, Act | int] | None = None
    in_play: Act | None = None
    on_packets: OnPackets | None = None
    on_clock: OnClock | None = None
    on_ticks: OnClock | None = None
    garbage: bool = False
    trickle: bool = False
    amount: float = 0.0


def lose(packets: Packets, share: float, random: Random) -> Packets:
    """Leaves out a share of the packets."""
    return [packet for packet in packets if random.random() >= share]


def double(packets: Packets, share: float, random: Random) -> Packets:
    """Sends a share of the packets twice."""
    return [copy for packet in packets for copy in ((packet, packet) if random.random() < share else (packet,))]


def reorder(packets: Packets, share: float, random: Random) -> Packets:
    """Lets a share of the packets come up to eight places late."""
    places = [index + (random.uniform(1, LATEST_PLACES) if random.random() < share else 0.0) for index in range(len(packets))]
    return [packet for _, packet in sorted(zip(places, packets, strict=True), key=lambda pair: pair[0])]


def flip_bits(packets: Packets, share: float, random: Random) -> Packets:
    """Flips one bit behind the payload's first two bytes in a share of the packets: no gap tells of it."""
    out = []
    for packet in packets:
        if len(packet) > RTP_HEADER_BYTES + 2 and random.random() < share:
            at = random.randrange(RTP_HEADER_BYTES + 2, len(packet))
            packet = packet[:at] + bytes((packet[at] ^ 1 << random.randrange(8),)) + packet[at + 1 :]
        out.append(packet)
    return out


def unmark(packets: Packets, share: float, random: Random) -> Packets:
    """Never sets the marker: only the next timestamp tells where a picture ends."""
    return [packet[:1] + bytes((packet[1] & 0x7F,)) + packet[2:] for packet in packets]


def shift(value: float, amount: float) -> float:
    """A clock that is off by `amount` seconds."""
    return value + amount


def _on(methods: str, act: Act | int) -> dict[str, Act | int]:
    return dict.fromkeys(methods.split(), act)


def _of_each_request() -> dict[str, FaultKind]:
    """`hang_describe`, `close_setup`, … : each act on each request."""
    words = {"hang": ("never answers", Act.SILENCE), "close": ("closes the connection at", Act.CLOSE), "reset": ("resets the connection at", Act.RESET)}
    words["garbage"] = ("answers with random bytes to", Act.GARBAGE)
    kinds = {f"{word}_{m.lower()}": FaultKind(f"{text} {m}", on_request={m: act}) for word, (text, act) in words.items() for m in METHODS}
    return kinds | {f"error_{m.lower()}": FaultKind(f"answers {m} with 500", on_request={m: 500}) for m in METHODS}


FAULTS: Mapping[str, FaultKind] = {
    **_of_each_request(),
    "unauthorized": FaultKind("answers every request with 401, as for a wrong password", on_request={"*": 401}),
    "stale_nonce": FaultKind("changes its nonce with every answer and says that the old one is stale (needs a password)"),
    "sha256": FaultKind("challenges with SHA-256 only (needs a password)"),
    "basic": FaultKind("offers basic authentication only (needs a password)"),
    "forbidden": FaultKind("answers DESCRIBE with 403", on_request=_on("DESCRIBE", 403)),
    "not_found": FaultKind("answers DESCRIBE with 404", on_request=_on("DESCRIBE", 404)),
    "redirect": FaultKind("answers DESCRIBE with 302 to its own address without the fault", on_request=_on("DESCRIBE", 302)),
    "not_in_this_state": FaultKind("answers PLAY with 455", on_request=_on("PLAY", 455)),
    "udp_only": FaultKind("answers SETUP over TCP with 461"),
    "tcp_only": FaultKind("answers SETUP over UDP with 461"),
    "no_video": FaultKind("describes audio only"),
    "with_audio": FaultKind("describes an audio track before the video track"),
    "other_channels": FaultKind("interleaves on channels of its own choice, not on those that were asked for"),
    "stall": FaultKind("plays, then sends nothing more; the connection stays open", in_play=Act.SILENCE),
    "close": FaultKind("plays, then closes the connection", in_play=Act.CLOSE),
    "reset": FaultKind("plays, then resets the connection (RST)", in_play=Act.RESET),
    "expired": FaultKind("plays, then forgets the session: no packets, 454 to every keep-alive", in_play=Act.SILENCE),
    "garbage": FaultKind("writes random bytes between the packets", garbage=True),
    "slow": FaultKind("writes everything one byte at a time", trickle=True),
    "loss": FaultKind("leaves out a `share` of the packets", on_packets=lose),
    "reordering": FaultKind("sends a `share` of the packets up to eight places late", on_packets=reorder),
    "duplicates": FaultKind("sends a `share` of the packets twice", on_packets=double),
    "bitflips": FaultKind("flips a bit in a `share` of the packets", on_packets=flip_bits),
    "no_marker": FaultKind("never sets the marker bit", on_packets=unmark),
    "new_source": FaultKind("changes its SSRC, sequence and timestamps, as after a restart of its encoder"),
    "resolution": FaultKind("changes to another clip of the same codec, with other parameter sets"),
    "long_interval": FaultKind("leaves out keyframes that come within `amount` seconds of the last one", amount=20.0),
    "clock": FaultKind("its sender reports are `amount` seconds off", on_clock=shift, amount=3600.0),
    "clock_jump": FaultKind("its clock and its RTP time jump by `amount` seconds", on_clock=shift, on_ticks=shift, amount=3600.0),
    "no_clock": FaultKind("its sender reports carry no time", on_clock=lambda unix, amount: -math.inf),
}
"""Name → what it does. Faults in play begin `after` seconds after PLAY (3 by default) and act on a `share` of the packets (0.02)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in force: its name or None, from `after_seconds` of play on, on a `share` of the packets, by `amount`."""

    name: str | None = None
    after_seconds: float = 3.0
    share: float = 0.02
    amount: float = 0.0

    @property
    def kind(self) -> FaultKind:
        """Its line of the table; the empty line for no fault."""
        return SOUND if self.name is None else FAULTS[self.name]

    def begun(self, played_seconds: float) -> bool:
        """Whether a fault that begins during play has begun."""
        return self.name is not None and played_seconds >= self.after_seconds

    def instead_of(self, method: str) -> Act | int | None:
        """What comes instead of the answer to a request; None for the answer."""
        acts = self.kind.on_request
        return None if acts is None else acts.get(method, acts.get("*"))


SOUND = FaultKind("does nothing wrong")


def parse_fault(url: str) -> Fault:
    """The fault that an address asks for.

    Raises:
        CameraSpecError: a fault that does not exist, or a figure that is none.
    """
    return make_fault({name: values[0] for name, values in parse_qs(urlsplit(url).query).items()})


def make_fault(fields: Mapping[str, str]) -> Fault:
    """The fault that `fault`, `after`, `share` and `amount` describe; the name `none` ends a fault.

    Raises:
        CameraSpecError: a fault that does not exist, or a figure that is none.
    """
    name = fields.get("fault")
    if name in (None, "", "none"):
        return Fault()
    if name not in FAULTS:
        raise CameraSpecError(f"fault {name!r} is not known; there are {', '.join(sorted(FAULTS))}")
    default = Fault(name, amount=FAULTS[name].amount)
    return Fault(
        name,
        _figure(fields, "after", default.after_seconds, 0.0, math.inf),
        _figure(fields, "share", default.share, 0.0, 1.0),
        _figure(fields, "amount", default.amount, -1e9, 1e9),
    )


def _figure(fields: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    text = fields.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise CameraSpecError(f"the fault's {name}={text!r} is no number from {least:g} to {most:g}")
    return value
