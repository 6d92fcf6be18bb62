"""A whole session with a camera that answers anything: what it sends are requests that can be read, and little; what it raises is in the tree.

The first byte of an input says how: bit 0 a session with a password, bits 1 and 2 how the bytes are cut, bit 3 a login that must wait, bit 4 over
UDP (frames in the input then are datagrams), bit 5 by way of the shared buffer.
"""

from __future__ import annotations

from streams.errors import RtspError
from streams.ring import Ring
from streams.rtsp.client import ClientSession, Step
from streams.rtsp.messages import Request, parse_message
from tests.fuzz.bounds import Target, assert_readable
from tests.fuzz.lowered import lowered
from tests.fuzz.stream import mutate_stream, pieces, segments

URL = "rtsp://h:5554/1"
PASSWORD = "geheim-4711"
METHODS = {"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN"}
FIELDS = {"cseq", "user-agent", "accept", "session", "authorization", "transport", "range", "require", "content-length", "content-type"}
BUFFER_BYTES = 16 * 1024
"""Over four times the longest input: what is left never takes the room of the next piece."""
MOST_SENT_PER_BYTE = 8
MOST_SENT = 64 * 1024


def run(data: bytes) -> None:
    """Plays a camera's bytes to a session."""
    with lowered():
        _run(data[0] if data else 0, data)


def _run(mode: int, data: bytes) -> None:
    ring = Ring()
    session = ClientSession(URL, ("admin", PASSWORD) if mode & 1 else None, ring.push, udp_ports=(5000, 5001) if mode & 16 else None)
    session.open_udp = lambda: (5002, 5003)
    session.unix_now = lambda: 1.7e9
    if mode & 8:
        session.may_log_in = lambda: len(sent) > 1
    sent, told = [session.start()], ""
    try:
        for number, piece in enumerate(segments(data[1:]) if mode & 16 else pieces(data[1:], min(2, mode >> 1 & 3))):
            sent.append(_fed(session, piece, float(number), in_place=bool(mode & 32)))
            if session.awaits_login:
                sent.append(session.log_in())
        if session.step is Step.PLAYING:
            sent.append(session.keep_alive())
            report = session.receiver_report(10_000.0)
            assert len(report) <= 64, "a long receiver report"
        assert 0 < session.keep_alive_seconds <= 30.0, "no pace of keep-alives"
        sent.append(session.teardown())
    except RtspError as error:
        assert_readable(error)
        told = str(error)
    assert PASSWORD not in told, "a password in an error"
    _read_back(b"".join(sent), len(data))
    for unit in ring.snapshot():
        assert unit.nals


def _fed(session: ClientSession, piece: bytes, now: float, *, in_place: bool) -> bytes:
    """Feeds a piece from a buffer that is spoilt afterwards; returns what is to be sent."""
    buffer = bytearray(BUFFER_BYTES if in_place else len(piece))
    view = memoryview(buffer)
    out = b""
    if session.transport == "udp" and piece[:1] == b"$" and len(piece) > 4:
        view[: len(piece)] = piece
        if piece[1] & 1:
            session.rtcp(view[4 : len(piece)], now)
        else:
            session.datagrams(view[4 : len(piece)], len(piece) - 4, max(1, (len(piece) - 4) >> (piece[1] >> 1 & 1)), now)
    elif in_place:
        kept = session.put_back(view)
        view[kept : kept + len(piece)] = piece
        out = session.received(view, kept + len(piece), now)
    else:
        view[:] = piece
        out = session.receive(view, now)
    buffer[:] = b"\xaa" * len(buffer)
    return out


def _read_back(out: bytes, received: int) -> None:
    """What the session has sent is a row of messages with our fields alone: no camera puts words into its mouth."""
    assert len(out) <= MOST_SENT + MOST_SENT_PER_BYTE * received, "more sent than received"
    assert PASSWORD.encode() not in out, "a password in clear"
    at = 0
    while at < len(out):
        parsed = parse_message(memoryview(out)[at : at + 256 * 1024])
        assert parsed is not None, "half a message sent"
        message, taken = parsed
        at += taken
        names = {name.lower() for name in message.headers}
        assert names <= FIELDS, f"a field that is not ours: {sorted(names - FIELDS)}"
        if isinstance(message, Request):
            assert message.method in METHODS, "a method that is not ours"
            assert not set(message.url) & set(map(chr, range(33))), "an address with spaces"


CLIENT = Target("client", run, mutate_stream, 4096, 4 * 1024 * 1024, ("streams/rtsp/*.py", "streams/rtp/*.py", "streams/media.py", "streams/ring.py"))
