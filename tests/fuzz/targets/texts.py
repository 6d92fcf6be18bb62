"""What a camera says in words: RTSP messages, session descriptions, challenges; and RTCP, which is as small."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from struct import pack, unpack_from

from streams.errors import ProtocolViolation, Unsupported
from streams.rtp.rtcp import NTP_TO_UNIX, parse_bye, parse_sender_report, write_receiver_report, write_sender_report
from streams.rtsp.auth import MAX_FIELD_CHARS, Credentials, parse_challenges, parse_parameters, verify
from streams.rtsp.messages import MAX_BODY_BYTES, MAX_HEADERS, Request, parse_message, wanted_bytes
from streams.rtsp.sdp import control_url, parse_description
from tests.fuzz.bounds import Target, assert_readable
from tests.fuzz.mutation import bytewise, textual

MESSAGE_TOKENS = (
    b"RTSP/1.0 200 OK", b"RTSP/1.0 401 Unauthorized", b"RTSP/1.0 302 Found", b"RTSP/2.0", b"HTTP/1.1 200 OK", b"OPTIONS rtsp://h/1 RTSP/1.0",
    b"SET_PARAMETER * RTSP/1.0", b"CSeq: 1", b"cseq:2", b"Content-Length: 4", b"Content-Length: 1048577", b"content-length : 3", b"Session: 1;timeout=60",
    b"Transport: RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=0000002A", b"WWW-Authenticate: Basic", b" folded", b"\tfolded", b": nothing", b"no colon",
    b"Content-Base: rtsp://h/1/", b"Public: OPTIONS, DESCRIBE", b"\r\n\r\n", b"\n\n", b"\x00", b"\xff\xfe", b"\xe6\x91\x84\xe5\x83\x8f",
)  # fmt: skip
SDP_TOKENS = (
    b"m=video 0 RTP/AVP 96", b"m=video 0 RTP/AVP 96 97 98", b"m=audio 0 RTP/AVP 8", b"m=application 0 RTP/AVP 107", b"m=", b"m=video",
    b"a=rtpmap:96 H264/90000", b"a=rtpmap:96 H265/90000", b"a=rtpmap:97 HEVC/90000/1", b"a=rtpmap:96 H264/0", b"a=rtpmap:8 PCMA/8000",
    b"a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z2QAHqw=,aOvssiw=", b"a=fmtp:96 sprop-vps=QAEMAf//AWAAAAMA;sprop-sps=QgEBAWA=;sprop-pps=RAHA8vA8kA==",
    b"packetization-mode=2", b"sprop-max-don-diff=2", b"a=control:*", b"a=control:trackID=1", b"a=control:rtsp://h/1/trackID=1", b"a=control:/trackID=1",
    b"a=framerate:25", b"a=recvonly", b"c=IN IP4 0.0.0.0", b"v=0", b";", b",", b"=", b"%00", b"AAAA", b"====", b"Z2QAHqw=,", b"\x00", b"\xff",
)  # fmt: skip
AUTH_TOKENS = (
    b"Digest ", b"Basic ", b"digest", b'realm="IP Camera(12345)"', b'nonce="5a"', b"algorithm=MD5", b"algorithm=SHA-256", b'algorithm="MD5-sess"',
    b'qop="auth"', b'qop="auth,auth-int"', b"qop=auth-int", b"stale=TRUE", b'stale="false"', b'opaque="0"', b'domain="/"', b"charset=UTF-8", b"Negotiate",
    b'"', b'\\"', b"\\", b",", b"=", b" , ", b"\t", b"\xb4\xf3\xbb\xaa", b"realm=", b"x" * 300, b'a="' * 20, b"=," * 30,
)  # fmt: skip
MOST_ANSWERED = 2
"""Of an input's challenges: each answer costs ten hashes, and a session answers one."""
PASSWORD = "geheim\u5bc6\u7801"


def run_message(data: bytes) -> None:
    """Reads one message; what was read is written and read again with the same result."""
    try:
        parsed = parse_message(data)
        wanted = wanted_bytes(data) if parsed is None else 0
    except ProtocolViolation:
        return
    if parsed is None:
        assert len(data) < wanted <= len(data) + MAX_BODY_BYTES + 1, "an incomplete message that wants no more bytes"
        return
    message, taken = parsed
    assert 0 < taken <= len(data), "a message longer than what it was read from"
    assert len(message.body) <= MAX_BODY_BYTES
    if taken > 60_000 or len(message.headers) > MAX_HEADERS - 2:
        return  # written out it may be just beyond the bounds
    written = message.encode()
    with suppress(ProtocolViolation):  # as many fields under one name
        again = parse_message(written + b"$")
        assert again is not None, "what was written is incomplete"
        other, length = again
        assert length == len(written), "what was written is read in part"
        assert type(other) is type(message), "an answer became a request"
        assert other.body == message.body, "another body"
        for name in message.headers:
            values = [value.strip() for value in message.headers.all(name)]  # an empty folded line leaves a space at the end
            assert [*other.headers.all(name)][: len(values)] == values, "other header fields"
        if isinstance(message, Request) and isinstance(other, Request):
            assert (other.method, other.url) == (message.method, message.url), "another request"


def run_sdp(data: bytes) -> None:
    """Reads a session description as the client does, and asks for its track's address."""
    try:
        described = parse_description(data.decode("utf-8", "replace"))
    except Unsupported as error:
        assert_readable(error)
        return
    video = described.video
    assert 0 <= video.payload_type < 128, "no payload type"
    assert 0 < video.clock_rate < 10**8, "no clock rate"
    assert len(video.parameter_sets.pps) <= 16, "too many parameter sets"
    url = control_url("rtsp://h/1", described.control if described.control.startswith("rtsp") else "", video.control)
    assert url.lower().startswith("rtsp"), "a track's address of another scheme"
    assert video.parameter_sets.key


def run_auth(data: bytes) -> None:
    """Reads challenges, one field a line, and answers them; the simulator's side takes the answer for proof."""
    fields = tuple(line.decode("utf-8", "surrogateescape") for line in data.split(b"\n"))
    for challenge in parse_challenges(fields)[:MOST_ANSWERED]:
        answer = Credentials("user", PASSWORD, challenge).header("DESCRIBE", "rtsp://h/1")
        assert answer is not None
        assert "\n" not in answer, "an answer of two lines"
        assert PASSWORD not in answer, "an answer with the password"
        if challenge.scheme == "digest" and len(answer) < MAX_FIELD_CHARS:
            given = challenge.parameters
            realm, nonce = given.get("realm", ""), given["nonce"]
            assert verify(answer, "DESCRIBE", username="user", password=PASSWORD, realm=realm, nonce=nonce), "an answer that proves nothing"
            assert not verify(answer, "DESCRIBE", username="user", password="other", realm=realm, nonce=nonce), "an answer that proves anything"
    for field in fields:
        parse_parameters(field)
        verify(field, "DESCRIBE", username="user", password=PASSWORD, realm="r", nonce="n")


def run_rtcp(data: bytes) -> None:
    """Reads a compound packet; a report that was read is answered, and written again it is the same."""
    report = parse_sender_report(data)
    assert report == parse_sender_report(memoryview(data)), "another report from a view"
    goodbye = parse_bye(data)
    assert goodbye == parse_bye(memoryview(data)), "another goodbye from a view"
    if goodbye is not None:
        assert len(goodbye.sources) < 32, "more sources than a packet can name"
        assert len(goodbye.reason) <= 60, "a long reason"
        assert goodbye.reason.isprintable(), "a reason that cannot be shown"
    answer = write_receiver_report(1, 2, highest=len(data), lost=len(data), report=report, delay_seconds=float(len(data)))
    assert len(answer) == 4 * (unpack_from("!H", answer, 2)[0] + 1) + 4 * (unpack_from("!H", answer, 34)[0] + 1), "a compound of other length"
    if report is not None and report.unix_seconds < 2**32 - NTP_TO_UNIX - 1:  # the last second before the numbers of 2036 begin anew
        assert 0 <= report.unix_seconds < 2**32, "no time"
        again = parse_sender_report(write_sender_report(report.ssrc, report.unix_seconds, report.ticks, 1, 2))
        assert again is not None
        assert (again.ssrc, again.ticks) == (report.ssrc, report.ticks), "another report"
        assert abs(again.unix_seconds - report.unix_seconds) < 1e-3, "another time"


def mutate_auth(data: bytes, rng: Random) -> bytes:
    """Challenges changed between their commas."""
    return textual(data, rng, AUTH_TOKENS, b"," if rng.random() < 0.7 else b"\n")


def mutate_rtcp(data: bytes, rng: Random) -> bytes:
    """Packets of a compound changed in type, count, length, time; or bytes."""
    out = bytearray(data)
    kind = rng.randrange(6)
    if len(out) < 8 or kind == 0:
        return bytewise(data, rng)
    starts = [0]
    while starts[-1] + 4 <= len(out) and len(starts) < 64:
        starts.append(starts[-1] + 4 * (unpack_from("!H", out, starts[-1] + 2)[0] + 1))
    at = rng.choice([start for start in starts if start + 4 <= len(out)])
    if kind == 1:
        out[at + 1] = rng.choice((200, 201, 202, 203, 204, 0, 255))
    elif kind == 2:
        out[at + 2 : at + 4] = pack("!H", rng.choice((0, 1, 5, 6, 7, 0xFFFF, len(out) // 4)))
    elif kind == 3:
        out[at] = rng.choice((0x80, 0x81, 0xA0, 0xBF, 0x00, 0xC0))
    elif kind == 4 and len(out) >= at + 20:
        out[at + 8 : at + 16] = pack("!II", rng.choice((0, NTP_TO_UNIX - 1, NTP_TO_UNIX, 0xFFFFFFFF, rng.getrandbits(32))), rng.getrandbits(32))
    else:
        out[at:at] = out[at:] if rng.random() < 0.5 else pack("!BBHI", 0x80, 201, 1, 7)
    return bytes(out)


MESSAGES = Target("messages", run_message, lambda data, rng: textual(data, rng, MESSAGE_TOKENS), 8192, 1024 * 1024, ("streams/rtsp/messages.py",))
SDP = Target("sdp", run_sdp, lambda data, rng: textual(data, rng, SDP_TOKENS), 6144, 1024 * 1024, ("streams/rtsp/sdp.py", "streams/media.py"))
AUTH = Target("auth", run_auth, mutate_auth, 2048, 1024 * 1024, ("streams/rtsp/auth.py",))
RTCP = Target("rtcp", run_rtcp, mutate_rtcp, 2048, 1024 * 1024, ("streams/rtp/rtcp.py",))
