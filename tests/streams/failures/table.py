"""What is expected of a camera at each fault: one row for each fault of the simulator, more where codec or transport matter, and the failure table of FFmpeg.

`ROWS` is everything that runs; `FFMPEG` names, for each row of the table "How FFmpeg's RTSP reader fails", the rows here that show that this reader does
better.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from streams.camera import CameraState
from streams.simulator.faults import METHODS

from .running import PASSWORD, Outcome, Row

CONNECTING, LIVE, STALE = CameraState.CONNECTING, CameraState.LIVE, CameraState.STALE
BACKING_OFF, REFUSED = CameraState.BACKING_OFF, CameraState.REFUSED
CLOSED = "closed the connection|refuses the connection|no connection"


def sizes(outcome: Outcome) -> str:
    """Both clips' parameter sets were seen."""
    return "" if len({unit.parameter_sets.key for unit in outcome.keyframes}) >= 2 else "other parameter sets"


def jumped(outcome: Outcome) -> str:
    """RTP time jumped by an hour, on or back, and the arrival clock did not."""
    steps = [(after.timestamp - before.timestamp) / 90_000 for before, after in pairwise(outcome.keyframes)]
    arrivals = [after.arrival_seconds - before.arrival_seconds for before, after in pairwise(outcome.keyframes)]
    return "" if any(abs(step) > 3500 for step in steps) and max(arrivals, default=99.0) < 10 else "a jump of the RTP time"


def wrapped(outcome: Outcome) -> str:
    """RTP time went on over 2**32 without a jump."""
    pairs = list(pairwise(unit.timestamp for unit in outcome.keyframes))
    over = any(before >> 32 != after >> 32 for before, after in pairs)
    return "" if over and max(after - before for before, after in pairs) < 3 * 90_000 else "keyframes over the wrap"


def in_order(outcome: Outcome) -> str:
    """Packets had come before their turn, and waited."""
    return "" if outcome.reordered else "packets put in order"


def proved_by(kind: str) -> Callable[[Outcome], str]:
    """The password was proved in this way and no other."""
    return lambda outcome: "" if outcome.stream is not None and list(outcome.stream.logins) == [kind] else f"{kind} only"


def played(outcome: Outcome) -> list[tuple[int, str]]:
    """Ports and addresses of the camera's PLAYs."""
    return [] if outcome.stream is None else outcome.stream.plays


def moved(outcome: Outcome) -> str:
    """It plays at the address that the redirect names, which has no query."""
    return "" if played(outcome) and all(port == outcome.port and "?" not in url for port, url in played(outcome)) else "PLAY at the other address"


def moved_on(outcome: Outcome) -> str:
    """It plays at the camera's other port."""
    return "" if played(outcome) and all(port == outcome.other_port for port, _ in played(outcome)) else "PLAY at the other port"


def looked_at(outcome: Outcome) -> str:
    """Pictures between the keyframes were given to be looked at, about once a second from `blind_seconds` on."""
    return "" if sum(bool(unit.prelude) for unit in outcome.keyframes) >= 8 else "8 pictures with their prelude"


def failing(method: str) -> tuple[Row, ...]:
    """A request that is never answered, closed, reset, answered with garbage or with half an answer, refused by 500, 454, 455 and 461."""
    low = method.lower()
    if method == "TEARDOWN":  # nobody waits for its answer
        words = ("hang", "close", "reset", "garbage", "half", "error", "454", "455", "461")
        return tuple(Row(f"{word}_{low}", f"fault={word}_{low}", leaves=True, reconnects=None, keyframes=1, at_least_seconds=3.0) for word in words)
    if method == "GET_PARAMETER":  # in play: a keep-alive that fails is no reason to stop reading, unless the session is gone
        quiet = tuple(Row(f"{word}_{low}", f"fault={word}_{low}", clean=True, keyframes=4, at_least_seconds=5.0) for word in ("hang", "error", "455", "461"))
        return (
            *quiet,
            Row(f"garbage_{low}", f"fault=garbage_{low}", drops=("garbage_bytes",), keyframes=4, at_least_seconds=5.0),
            Row(f"half_{low}", f"fault=half_{low}", reconnects=None, keyframes=3, at_least_seconds=5.0),
            Row(f"close_{low}", f"fault=close_{low}", states=(LIVE, BACKING_OFF), reason=CLOSED, reconnects=True),
            Row(f"reset_{low}", f"fault=reset_{low}", states=(LIVE, BACKING_OFF), reason=CLOSED, reconnects=True),
            Row(f"454_{low}", f"fault=454_{low}", states=(LIVE, CONNECTING), reason="forgotten the session", reconnects=True, keyframes=1),
        )
    unanswered = f"does not answer {method} within"
    rows = [
        Row(f"hang_{low}", f"fault=hang_{low}", states=(CONNECTING, BACKING_OFF), reason=unanswered, reconnects=True),
        Row(f"half_{low}", f"fault=half_{low}", states=(CONNECTING, BACKING_OFF), reason=unanswered, reconnects=True),
        Row(f"close_{low}", f"fault=close_{low}", states=(CONNECTING, BACKING_OFF), reason=CLOSED, reconnects=True),
        Row(f"reset_{low}", f"fault=reset_{low}", states=(CONNECTING, BACKING_OFF), reason=CLOSED, reconnects=True),
        Row(f"garbage_{low}", f"fault=garbage_{low}", states=(CONNECTING, BACKING_OFF), reason=unanswered, reconnects=True, drops=("garbage_bytes",)),
    ]
    if method == "OPTIONS":  # many cameras do not know it; DESCRIBE tells
        return (*rows, *(Row(f"{word}_{low}", f"fault={word}_{low}", clean=True, keyframes=2) for word in ("error", "454", "455", "461")))
    for word in ("error", "454", "455", "461"):
        status = "500" if word == "error" else word
        refused = word == "461" or (method, word) == ("DESCRIBE", "454")
        rows.append(Row(f"{word}_{low}", f"fault={word}_{low}", states=(REFUSED if refused else BACKING_OFF,), reason=status, reconnects=True))
    return tuple(rows)


HANDSHAKE = (
    Row("unauthorized", "fault=unauthorized", states=(CONNECTING, REFUSED), reason=r"user name and password \(401\)", reconnects=True),
    Row(
        "wrong password",
        "",
        password="wrong",
        states=(CONNECTING, REFUSED),
        reason="does not accept the user name and password",
        reconnects=True,
        readdressed=True,
    ),
    Row("stale_nonce", "fault=stale_nonce", password=PASSWORD, clean=True, keyframes=2, at_least_seconds=4.0, check=proved_by("digest MD5 qop=auth")),
    Row("sha256", "fault=sha256", password=PASSWORD, clean=True, keyframes=2, check=proved_by("digest SHA-256 qop=auth")),
    Row("no_qop", "fault=no_qop", password=PASSWORD, clean=True, keyframes=2, check=proved_by("digest MD5")),
    Row("basic", "fault=basic", password=PASSWORD, clean=True, keyframes=2, check=proved_by("basic")),
    Row("forbidden", "fault=forbidden", states=(REFUSED,), reason=r"\(403\)", reconnects=True),
    Row("not_found", "fault=not_found", states=(REFUSED,), reason=r"\(404\)", reconnects=True),
    Row("redirect", "fault=redirect", clean=True, keyframes=2, reconnects=None, check=moved),
    Row("redirect_port", "fault=redirect_port", clean=True, keyframes=2, reconnects=None, check=moved_on),
    Row("redirect_loop", "fault=redirect_loop", states=(BACKING_OFF,), reason="redirect", reconnects=True),
    Row("redirect_nowhere", "fault=redirect_nowhere", states=(BACKING_OFF,), reason="redirect|another address", reconnects=True),
    Row("redirect_foreign", "fault=redirect_foreign", states=(BACKING_OFF,), reason="redirect|another address", reconnects=True),
    Row("bare_lf", "fault=bare_lf", clean=True, keyframes=2),
    Row("empty_lines", "fault=empty_lines", clean=True, keyframes=2),
    Row("folded", "fault=folded", clean=True, keyframes=2),
    Row("no_cseq", "fault=no_cseq", clean=True, keyframes=2),
    Row("late_answers", "fault=late_answers&amount=0.3", clean=True, keyframes=2),
    Row("long_body", "fault=long_body", states=(BACKING_OFF,), reason="does not answer DESCRIBE", reconnects=True),
    Row("short_body", "fault=short_body", keyframes=2),
    Row("huge_body", "fault=huge_body", states=(BACKING_OFF,), reason="does not answer DESCRIBE", drops=("garbage_bytes",), reconnects=True),
    Row("negative_body", "fault=negative_body", states=(BACKING_OFF,), reason="does not answer DESCRIBE", drops=("garbage_bytes",), reconnects=True),
    Row("no_video", "fault=no_video", states=(REFUSED,), reason="no H.264 or H.265 video, only audio/PCMU", reconnects=True),
    Row("with_audio", "fault=with_audio", clean=True, keyframes=2),
    Row("absolute_control", "fault=absolute_control", clean=True, keyframes=2),
    Row("no_control", "fault=no_control", clean=True, keyframes=2),
    Row("no_content_base", "fault=no_content_base", clean=True, keyframes=2),
    Row("web_page", "fault=web_page", states=(REFUSED,), reason="no H.264 or H.265 video", reconnects=True),
    Row("empty_description", "fault=empty_description", states=(REFUSED,), reason="no H.264 or H.265 video", reconnects=True),
    Row("udp_only", "fault=udp_only", keyframes=2, over="udp"),
    Row("tcp_only", "fault=tcp_only", transport="udp", clean=True, keyframes=2, over="tcp"),
    Row("other_channels", "fault=other_channels", clean=True, keyframes=2),
    Row("other_channels 200", "fault=other_channels&amount=200", clean=True, keyframes=2),
    Row("impossible_channel", "fault=impossible_channel", states=(BACKING_OFF,), reason="channel beyond 255", reconnects=True),
    Row("no_session", "fault=no_session", states=(BACKING_OFF,), reason="without a session", reconnects=True),
    Row("no_transport", "fault=no_transport", clean=True, keyframes=2),
    Row("other_transport", "fault=other_transport", keyframes=2, over="udp"),
    Row("early_media", "fault=early_media", keyframes=2),
    Row("rtsps", "", tls=True, clean=True, keyframes=2),
)
ENDS = (
    Row("stall", "fault=stall&after=1", states=(LIVE, STALE, BACKING_OFF), reason="no picture for", reconnects=True, keyframes=1),
    Row("stall udp", "fault=stall&after=1", transport="udp", states=(LIVE, STALE, BACKING_OFF), reason="no picture for", reconnects=True, keyframes=1),
    Row("close", "fault=close&after=1", states=(LIVE, BACKING_OFF), reason=CLOSED, reconnects=True, keyframes=1),
    Row("close udp", "fault=close&after=1", transport="udp", states=(LIVE, BACKING_OFF), reason=CLOSED, reconnects=True, keyframes=1),
    Row("close rtsps", "fault=close&after=1", tls=True, states=(LIVE, BACKING_OFF), reason=CLOSED, reconnects=True, keyframes=1),
    Row("reset", "fault=reset&after=1", states=(LIVE, BACKING_OFF), reason=CLOSED, reconnects=True, keyframes=1),
    Row("bye", "fault=bye&after=1", states=(LIVE, CONNECTING), reason="BYE", reconnects=True, keyframes=1),
    Row("bye udp", "fault=bye&after=1", transport="udp", states=(LIVE, CONNECTING), reason="BYE", reconnects=True, keyframes=1),
    Row("end_of_stream", "fault=end_of_stream&after=1", states=(LIVE, CONNECTING), reason="BYE|over", reconnects=True, keyframes=1),
    Row("teardown_request", "fault=teardown_request&after=1", states=(LIVE, CONNECTING), reason="TEARDOWN", reconnects=True, keyframes=1),
    Row("redirect_request", "fault=redirect_request&after=1", states=(LIVE, CONNECTING), reason="another address|redirect", reconnects=True, keyframes=3),
    Row("expired", "fault=expired&after=1", states=(LIVE, CONNECTING), reason=r"forgotten the session \(454\)", reconnects=True, keyframes=1),
    Row("forgotten", "fault=forgotten&after=1", states=(LIVE, STALE, BACKING_OFF), reason="no picture for", reconnects=True, keyframes=1),
)


def of_packets(codec: str, transport: str = "tcp") -> tuple[Row, ...]:
    """What becomes of packets, for one codec and transport."""
    ending = "".join([" hevc" if codec == "hevc" else "", " udp" if transport == "udp" else ""])

    def row(name: str, query: str, *, drops: tuple[str, ...] = (), clean: bool = False, reconnects: bool | None = False, damaged: bool | None = None,
            keyframes: int = 2, at_least_seconds: float = 0.0) -> Row:  # fmt: skip
        return Row(f"{name}{ending}", query, codec, transport, drops=drops, clean=clean, reconnects=reconnects, damaged=damaged, keyframes=keyframes,
                   at_least_seconds=at_least_seconds)  # fmt: skip

    late = row("reordering", "fault=reordering&after=0&share=0.05", drops=("late",), damaged=True)
    return (
        row("loss", "fault=loss&after=0.5&share=0.02", drops=("gap",), damaged=True, keyframes=1),
        replace(row("reordering", "fault=reordering&after=0&share=0.05", clean=True, keyframes=4), check=in_order) if transport == "udp" else late,
        row("duplicates", "fault=duplicates&after=0&share=0.1", drops=("duplicate",), damaged=False, keyframes=3),
        row("bitflips", "fault=bitflips&after=0&share=0.2", keyframes=3),
        row("header_bitflips", "fault=header_bitflips&after=0&share=0.1", drops=("malformed",), reconnects=None, keyframes=0),
        row("truncated", "fault=truncated&after=0&share=0.3", drops=("malformed",), keyframes=0, at_least_seconds=4.0),
        row("no_marker", "fault=no_marker&after=0", clean=True, keyframes=3),
        row("dressed", "fault=dressed", clean=True, keyframes=3),
        row("other_payload", "fault=other_payload&after=0&share=0.1", drops=("other_payload",), damaged=False, keyframes=3),
        row("unsupported_payload", "fault=unsupported_payload&after=0.5&share=0.05", drops=("unsupported_payload",), damaged=True, keyframes=1),
        row("new_source", "fault=new_source&after=1", drops=("source_changed",), keyframes=3),
        row("restart", "fault=restart&after=1.2", drops=("restart",), damaged=True, keyframes=3),
        replace(row("wrapping", "fault=wrapping", clean=True, keyframes=3), check=wrapped),
    )


def of_pictures(codec: str) -> tuple[Row, ...]:
    """What becomes of pictures and parameter sets."""
    ending = " hevc" if codec == "hevc" else ""
    return (
        Row(f"in_band_only{ending}", "fault=in_band_only", codec, clean=True, keyframes=2),
        Row(f"described_only{ending}", "fault=described_only", codec, clean=True, keyframes=2),
        Row(f"no_parameter_sets{ending}", "fault=no_parameter_sets", codec, drops=("no_parameter_sets",), at_least_seconds=3.0),
        Row(f"resolution{ending}", "fault=resolution&after=1.2", codec, clean=True, keyframes=3, check=sizes),
        Row(f"huge_picture{ending}", "fault=huge_picture&after=1", codec, clean=True, keyframes=3, check=sizes),
        # A busy machine may read nine megabytes so slowly that no picture comes for four seconds: then it is connected anew.
        Row(f"monstrous{ending}", "fault=monstrous&after=1.4", codec, drops=("oversized", "damaged_picture"), keyframes=3, reconnects=None),
        Row(f"midway{ending}", "fault=midway", codec, drops=("before_keyframe",), damaged=False, keyframes=2),
        Row(f"long_interval{ending}", "fault=long_interval&after=0&amount=5", codec, clean=True, keyframes=2, whole=True),
        Row(f"no_keyframes{ending}", "fault=no_keyframes&after=0.5", codec, clean=True, keyframes=1, whole=True),
    )


OTHER = (
    Row("garbage", "fault=garbage&after=0", drops=("garbage_bytes",), keyframes=2, damaged=None),
    Row("slow", "fault=slow", codec="tiny", clean=True, keyframes=2),
    Row("never_keyframe", "fault=never_keyframe", drops=("before_keyframe",), states=(LIVE, BACKING_OFF), reason="no whole keyframe", reconnects=True),
    Row("intra refresh", "", "refresh", clean=True, keyframes=1, whole=True, at_least_seconds=8.0),
    Row("intra refresh, never a keyframe", "fault=never_keyframe", "refresh", drops=("before_keyframe",), whole=True, at_least_seconds=8.0),
    Row("unauthorized by command", "fault=unauthorized&after=0", live=True, states=(LIVE, REFUSED), reason=r"\(401\)", reconnects=True, keyframes=3),
    Row("no_udp", "fault=no_udp", transport="udp", states=(CONNECTING, BACKING_OFF), reason="UDP", reconnects=True),
    Row("no_server_ports", "fault=no_server_ports", transport="udp", clean=True, keyframes=3, over="udp"),
    Row("wrong_server_ports", "fault=wrong_server_ports", transport="udp", states=(CONNECTING, BACKING_OFF), reason="UDP", reconnects=True),
    Row("injected", "fault=injected", transport="udp", clean=True, keyframes=3, over="udp"),
    Row("strangers", "fault=strangers", transport="udp", drops=("stranger",), damaged=False, keyframes=3, over="udp"),
    Row("clock", "fault=clock&after=0&amount=-7200", clean=True, keyframes=2, offset_seconds=-7200.0),
    Row("clock_drift", "fault=clock_drift&after=0&amount=20000", clean=True, keyframes=2, drift_ppm=20_000.0),
    Row("clock_jump", "fault=clock_jump&after=1.2", drops=("clock_jump",), damaged=False, keyframes=3, offset_seconds=3600.0, check=jumped),
    Row("clock_jump back", "fault=clock_jump&after=1.2&amount=-3600", drops=("clock_jump",), damaged=False, keyframes=3, offset_seconds=-3600.0, check=jumped),
    Row("no_clock", "fault=no_clock&after=0", clean=True, keyframes=2, no_offset=True, at_least_seconds=3.0),
    Row("sound", "", clean=True, keyframes=4, offset_seconds=0.0, at_least_seconds=4.0),
    Row("sound hevc", "", "hevc", clean=True, keyframes=4, offset_seconds=0.0, at_least_seconds=4.0),
    Row("sound udp", "", transport="udp", clean=True, keyframes=4, offset_seconds=0.0, at_least_seconds=4.0, over="udp"),
    Row("unknown", "fault=unheard_of", states=(BACKING_OFF,), reason="400", reconnects=True, readdressed=True),
)
BY_COMMAND = {
    "stall", "close", "reset", "bye", "expired", "forgotten", "redirect_request", "loss", "reordering", "duplicates", "bitflips", "garbage", "new_source",
    "clock_jump", "truncated",
}  # fmt: skip
LIVE_COMMANDS = tuple(
    replace(
        row,
        name=f"{row.name} by command",
        query=re.sub(r"after=[0-9.]+", "after=0", row.query),
        live=True,
        keyframes=min(row.keyframes, 1),
        at_least_seconds=5.0,
    )
    for row in (*ENDS, *of_packets("h264"), *OTHER)
    if row.transport == "tcp" and not row.tls and row.fault in BY_COMMAND
)
ROWS: tuple[Row, ...] = (
    *(row for method in METHODS for row in failing(method)), *HANDSHAKE, *ENDS, *of_packets("h264"), *of_packets("hevc"), *of_packets("h264", "udp"),
    *of_packets("hevc", "udp"), *of_pictures("h264"), *of_pictures("hevc"), *OTHER,
    *LIVE_COMMANDS,
)  # fmt: skip

SLOW_ROWS = tuple(
    Row(f"every 20 s{ending}", "fault=long_interval&after=0&amount=20", codec, clean=True, keyframes=2, whole=True, show_seconds=50.0, check=looked_at)
    for codec, ending in (("h264", ""), ("hevc", " hevc"))
)
"""Read with the settings that are the reader's own."""

TOLERATED = {
    "nobody waits for the answer to TEARDOWN": {row.name for row in failing("TEARDOWN")},
    "a keep-alive that fails is no reason to stop reading": {f"{word}_get_parameter" for word in ("hang", "half", "error", "455", "461")},
    "many cameras do not know OPTIONS; DESCRIBE tells": {f"{word}_options" for word in ("error", "454", "455", "461")},
    "another form of the same answer": {
        "bare_lf", "empty_lines", "folded", "no_cseq", "late_answers", "short_body", "with_audio", "absolute_control", "no_control", "no_content_base",
        "no_transport", "other_channels", "other_channels 200", "no_server_ports", "in_band_only", "in_band_only hevc", "described_only",
        "described_only hevc", "redirect", "stale_nonce",
    },
    "the same pictures in other packets, at other times": {
        "early_media", "slow", "injected",
        *(f"{name}{ending}" for name in ("dressed", "no_marker") for ending in ("", " hevc", " udp", " hevc udp")),
    },
    "what no gap shows is found when it is decoded": {"bitflips", "bitflips hevc", "bitflips udp", "bitflips hevc udp", "bitflips by command"},
}  # fmt: skip
"""Rows whose fault must leave no trace at the reader, and why: for them the simulator's count is all that tells that it acted."""
SOUND = {"sound", "sound hevc", "sound udp", "intra refresh"}
"""Rows without a fault."""

FFMPEG = {
    "server never answers": ("hang_options", "hang_describe", "hang_setup", "hang_play"),
    "stream stalls": ("stall", "stall udp", "forgotten"),
    "server killed": ("close", "reset", "close rtsps"),
    "wrong password": ("wrong password", "unauthorized"),
    "404": ("not_found",),
    "2 % RTP loss": ("loss", "loss hevc", "loss udp", "loss hevc udp"),
    "flipped bits": ("bitflips", "bitflips hevc"),
    "camera clock ±1 h": ("clock_jump", "clock_jump back", "clock"),
    "a keyframe only every 20 s": ("every 20 s", "every 20 s hevc", "long_interval", "long_interval hevc", "no_keyframes"),
}
"""Each row of MEASURED.md's table; `refused` (nobody listens) and the server that is killed are tests of their own (test_killed.py)."""
