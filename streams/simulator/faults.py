"""What a simulated camera can be told to do wrong, as one table: by the query of its address (`?fault=stall&after=5`) or by a live command.

A fault acts on a request (`hang_describe`), on the answers (`bare_lf`, `absolute_control`), when its time in play has come (`stall`, `bye`), on the
packets of a moment (`loss`), on keyframes (`no_keyframes`), or on a clock (`clock_jump`). Each entry is a line of FAULTS with a small function; nothing
here does I/O, and chance comes from the generator that is handed in, so that a run can be repeated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

from streams.errors import CameraSpecError
from streams.simulator import answer_faults as answers
from streams.simulator import packet_faults as packets
from streams.simulator.answer_faults import OnAnswer, OnDescription, OnTransport
from streams.simulator.packet_faults import OnPackets

METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN")
AFTER_SECONDS = 3.0


class Act(StrEnum):
    """What happens in place of an answer, or when a fault's time in play has come."""

    SILENCE = "silence"
    CLOSE = "close"
    RESET = "reset"
    GARBAGE = "garbage"
    HALF = "half"
    """Half of the answer, and nothing more."""
    BYE = "bye"
    END = "end"
    REDIRECT = "redirect"
    TEARDOWN = "teardown"


OnClock = Callable[[float, float, float], float]
"""`(seconds, amount, seconds in play) -> seconds`."""
OnKeyframe = Callable[[float, float], bool]
"""`(seconds since the last keyframe of this session, amount) -> whether this one is sent`; infinite where there was none."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One line of the table.

    Attributes:
        summary: what the camera does, for `--help` and the documentation.
        on_request: per method (`*` for all) what comes instead of the answer: an act or a status.
        once_begun: the same, once the fault's time in play has come.
        location: the Location of a 3xx, with `{host}`, `{port}`, `{other_port}`, `{path}` and `{query}`; None for none.
        on_answer: what becomes of each answer's bytes.
        on_description: what is described.
        on_transport: the Transport field of the answer to SETUP; an empty one is left out.
        in_play: what happens once the fault's time in play has come; no picture comes after it.
        on_packets: what becomes of a moment's packets.
        on_keyframe: which keyframes are sent.
        on_clock: the time of sender reports; -inf for a camera without a clock.
        on_ticks: RTP time.
        garbage: whether random bytes are written between the packets (TCP only).
        trickle: whether everything is written one byte at a time (TCP only).
        at_once: whether it begins with PLAY where no `after` is named.
        amount: the default of `amount`, in the unit that the summary names.
        share: the default of `share`.
    """

    summary: str
    on_request: Mapping[str, Act | int] | None = None
    once_begun: Mapping[str, Act | int] | None = None
    location: str | None = None
    on_answer: OnAnswer | None = None
    on_description: OnDescription | None = None
    on_transport: OnTransport | None = None
    in_play: Act | None = None
    on_packets: OnPackets | None = None
    on_keyframe: OnKeyframe | None = None
    on_clock: OnClock | None = None
    on_ticks: OnClock | None = None
    garbage: bool = False
    trickle: bool = False
    at_once: bool = False
    amount: float = 0.0
    share: float = 0.02


def _shift(value: float, amount: float, played: float) -> float:
    return value + amount


def _on(method: str, act: Act | int) -> dict[str, Act | int]:
    return {method: act}


def _of_each_request() -> dict[str, FaultKind]:
    """`hang_describe`, `close_setup`, `455_play`, … : each act and each refusal on each request."""
    acts = {"hang": ("never answers", Act.SILENCE), "close": ("closes the connection at", Act.CLOSE), "reset": ("resets the connection at", Act.RESET)}
    acts |= {"garbage": ("answers with random bytes to", Act.GARBAGE), "half": ("sends half of its answer to", Act.HALF)}
    kinds = {f"{word}_{m.lower()}": FaultKind(f"{text} {m}", on_request=_on(m, act)) for word, (text, act) in acts.items() for m in METHODS}
    for word, status in (("error", 500), ("455", 455), ("461", 461), ("454", 454)):
        kinds |= {f"{word}_{m.lower()}": FaultKind(f"answers {m} with {status}", on_request=_on(m, status)) for m in METHODS}
    return kinds


def _redirect(summary: str, location: str | None, status: int = 302) -> FaultKind:
    return FaultKind(f"answers DESCRIBE with {status} {summary}", on_request=_on("DESCRIBE", status), location=location)


FAULTS: Mapping[str, FaultKind] = {
    **_of_each_request(),
    # Who may see it
    "unauthorized": FaultKind("answers every request with 401, as for a wrong password", on_request={"*": 401}),
    "stale_nonce": FaultKind("changes its nonce with every answer and says that the old one is stale (needs a password)"),
    "sha256": FaultKind("challenges with SHA-256 only (needs a password)"),
    "no_qop": FaultKind("challenges without qop, in the form of RFC 2069 (needs a password)"),
    "basic": FaultKind("offers basic authentication only (needs a password)"),
    "forbidden": FaultKind("answers DESCRIBE with 403", on_request=_on("DESCRIBE", 403)),
    "not_found": FaultKind("answers DESCRIBE with 404", on_request=_on("DESCRIBE", 404)),
    # Where it is
    "redirect": _redirect("to its own address without the fault", "rtsp://{host}:{port}{path}"),
    "redirect_port": _redirect("to its other port, without the fault", "rtsp://{host}:{other_port}{path}"),
    "redirect_loop": _redirect("to itself, again and again", "rtsp://{host}:{port}{path}?{query}", 301),
    "redirect_nowhere": _redirect("and no address", None),
    "redirect_foreign": _redirect("to an address that is no rtsp://", "http://{host}:{port}{path}"),
    "redirect_request": FaultKind(
        "plays, then asks with REDIRECT for its own address without the fault", in_play=Act.REDIRECT, location="rtsp://{host}:{port}{path}"
    ),
    # How it answers
    "bare_lf": FaultKind("ends its lines by LF alone", on_answer=answers.bare_line_feeds),
    "empty_lines": FaultKind("puts empty lines before and behind its answers", on_answer=answers.empty_lines),
    "folded": FaultKind("folds its header fields and writes their names small", on_answer=answers.folded),
    "no_cseq": FaultKind("leaves the CSeq out of its answers", on_answer=answers.without_sequence),
    "late_answers": FaultKind("answers after `amount` seconds", amount=0.5),
    "long_body": FaultKind("claims 100 bytes more than its description has", on_answer=answers.body_length(lambda length: str(length + 100))),
    "short_body": FaultKind("claims 20 bytes less than its description has", on_answer=answers.body_length(lambda length: str(length - 20))),
    "huge_body": FaultKind("claims a description of 999 MB", on_answer=answers.body_length(lambda length: "999999999")),
    "negative_body": FaultKind("claims a description of -1 bytes", on_answer=answers.body_length(lambda length: "-1")),
    "no_video": FaultKind("describes audio only", on_description=answers.no_video),
    "with_audio": FaultKind("describes an audio track before the video track", on_description=answers.audio_first),
    "absolute_control": FaultKind("names its tracks by full addresses", on_description=answers.absolute_control),
    "no_control": FaultKind("names no address for its tracks together", on_description=answers.no_control),
    "no_content_base": FaultKind("leaves the Content-Base out"),
    "web_page": FaultKind("answers DESCRIBE with a web page", on_description=answers.web_page),
    "empty_description": FaultKind("answers DESCRIBE with nothing", on_description=answers.nothing),
    "in_band_only": FaultKind("describes no parameter sets; they come with the pictures", on_description=answers.without_sets),
    "described_only": FaultKind("sends no parameter sets with the pictures; they are described", on_packets=packets.hide_parameter_sets, at_once=True),
    "no_parameter_sets": FaultKind("sends no parameter sets at all", on_description=answers.without_sets, on_packets=packets.hide_parameter_sets, at_once=True),
    # How it says it sends
    "udp_only": FaultKind("answers SETUP over TCP with 461"),
    "tcp_only": FaultKind("answers SETUP over UDP with 461"),
    "other_channels": FaultKind("interleaves on channel `amount` and the next, not on those that were asked for", amount=4.0),
    "impossible_channel": FaultKind("interleaves on channel 999", on_transport=answers.impossible_channel),
    "no_session": FaultKind("answers SETUP without a session"),
    "no_transport": FaultKind("answers SETUP without a Transport field", on_transport=answers.no_transport),
    "other_transport": FaultKind("answers SETUP over TCP with UDP", on_transport=answers.other_transport),
    "no_server_ports": FaultKind("does not name the UDP ports that it sends from", on_transport=answers.without_server_ports),
    "wrong_server_ports": FaultKind("names other UDP ports than it sends from", on_transport=answers.wrong_server_ports),
    "no_udp": FaultKind("sends UDP that never arrives", at_once=True),
    "strangers": FaultKind("names no UDP ports, and another host sends packets to the reader's first", on_transport=answers.without_server_ports),
    "injected": FaultKind("somebody else sends packets to the reader's UDP ports, too", at_once=True),
    # How it ends
    "stall": FaultKind("plays, then sends nothing more; the connection stays open", in_play=Act.SILENCE),
    "close": FaultKind("plays, then closes the connection", in_play=Act.CLOSE),
    "reset": FaultKind("plays, then resets the connection (RST)", in_play=Act.RESET),
    "bye": FaultKind("plays, then says goodbye (RTCP BYE)", in_play=Act.BYE),
    "end_of_stream": FaultKind("plays, then says that the stream is at its end (ANNOUNCE 2101, RTCP BYE)", in_play=Act.END),
    "teardown_request": FaultKind("plays, then ends the session by a TEARDOWN of its own", in_play=Act.TEARDOWN),
    "expired": FaultKind(
        "plays, then forgets the session: no packets, 454 to every keep-alive", in_play=Act.SILENCE, once_begun={"OPTIONS": 454, "GET_PARAMETER": 454}
    ),
    "forgotten": FaultKind("plays, then forgets the session without a word: no packets, no answers", in_play=Act.SILENCE, once_begun={"*": Act.SILENCE}),
    # What becomes of its packets
    "garbage": FaultKind("writes random bytes between the packets", garbage=True),
    "slow": FaultKind("writes everything one byte at a time", trickle=True),
    "early_media": FaultKind("sends a picture before its answer to PLAY"),
    "loss": FaultKind("leaves out a `share` of the packets", on_packets=packets.lose),
    "reordering": FaultKind("sends a `share` of the packets up to eight places late", on_packets=packets.reorder),
    "duplicates": FaultKind("sends a `share` of the packets twice", on_packets=packets.double),
    "bitflips": FaultKind("flips a bit in a `share` of the packets", on_packets=packets.flip_bits),
    "header_bitflips": FaultKind("flips a bit of the RTP header in a `share` of the packets", on_packets=packets.flip_header_bits),
    "truncated": FaultKind("cuts a `share` of the packets short", on_packets=packets.truncate),
    "no_marker": FaultKind("never sets the marker bit", on_packets=packets.unmark),
    "dressed": FaultKind("sends padding, a header extension and contributing sources with every packet", on_packets=packets.dress, at_once=True),
    "other_payload": FaultKind("puts packets of another payload type behind a `share` of the packets", on_packets=packets.add_other_payload),
    "unsupported_payload": FaultKind("sends a `share` of the packets in a structure that no reader takes", on_packets=packets.use_unsupported),
    "wrapping": FaultKind("begins just before its sequence numbers and its RTP time wrap"),
    "new_source": FaultKind("changes its SSRC, sequence and timestamps, as after a restart of its encoder"),
    "restart": FaultKind("begins its sequence numbers anew under the same SSRC"),
    "resolution": FaultKind("changes to another clip of the same codec, with other parameter sets"),
    "huge_picture": FaultKind("claims pictures of 16000x16000 in its parameter sets", on_packets=packets.claim_size),
    "monstrous": FaultKind("sends one picture of `amount` MB", amount=9.0),
    "midway": FaultKind("begins in the middle of a group, not at a keyframe"),
    "long_interval": FaultKind("leaves out keyframes within `amount` seconds of the last one", on_keyframe=lambda since, amount: since >= amount, amount=20.0),
    "no_keyframes": FaultKind("sends no keyframe but the session's first", on_keyframe=lambda since, amount: since == math.inf),
    "never_keyframe": FaultKind("sends no keyframe at all", on_keyframe=lambda since, amount: False, at_once=True),
    # Its clock
    "clock": FaultKind("its sender reports are `amount` seconds off", on_clock=_shift, amount=3600.0),
    "clock_drift": FaultKind("its clock gains `amount` millionths", on_clock=lambda unix, amount, played: unix + played * amount / 1e6, amount=200.0),
    "clock_jump": FaultKind("its clock and its RTP time jump by `amount` seconds", on_clock=_shift, on_ticks=_shift, amount=3600.0),
    "no_clock": FaultKind("its sender reports carry no time", on_clock=lambda unix, amount, played: -math.inf),
}
"""Name → what it does. Faults in play begin `after` seconds after PLAY (3 by default) and act on a `share` of the packets (0.02)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in force: its name or None, from `after_seconds` of play on, on a `share` of the packets, by `amount`."""

    name: str | None = None
    after_seconds: float = AFTER_SECONDS
    share: float = 0.02
    amount: float = 0.0

    @property
    def kind(self) -> FaultKind:
        """Its line of the table; the empty line for no fault."""
        return SOUND if self.name is None else FAULTS[self.name]

    def begun(self, played_seconds: float) -> bool:
        """Whether a fault that begins during play has begun."""
        return self.name is not None and played_seconds >= self.after_seconds

    def instead_of(self, method: str, *, begun: bool = False) -> Act | int | None:
        """What comes instead of the answer to a request; None for the answer."""
        acts = {**(self.kind.on_request or {}), **((self.kind.once_begun or {}) if begun else {})}
        return acts.get(method, acts.get("*"))


SOUND = FaultKind("does nothing wrong")
NO_FAULT = Fault()


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
        return NO_FAULT
    if name not in FAULTS:
        raise CameraSpecError(f"fault {name!r} is not known; there are {', '.join(sorted(FAULTS))}")
    kind = FAULTS[name]
    return Fault(
        name,
        _figure(fields, "after", 0.0 if kind.at_once else AFTER_SECONDS, 0.0, math.inf),
        _figure(fields, "share", kind.share, 0.0, 1.0),
        _figure(fields, "amount", kind.amount, -1e9, 1e9),
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
