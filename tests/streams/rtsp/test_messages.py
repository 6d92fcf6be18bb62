from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import ProtocolViolation
from streams.rtsp.messages import MAX_BODY_BYTES, MAX_HEAD_BYTES, MAX_HEADERS, Headers, Request, Response, parse_message, shown, wanted_bytes

ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 4\r\n\r\nbody"


@pytest.mark.parametrize(
    "message",
    [
        Request("OPTIONS", "rtsp://h/1", Headers((("CSeq", "1"),))),
        Request("SET_PARAMETER", "rtsp://h/1", Headers((("CSeq", "2"),)), b"fault: stall\r\n"),
        Response(200, Headers((("CSeq", "3"), ("Session", "x;timeout=60")))),
        Response(401, Headers((("WWW-Authenticate", "Basic"), ("WWW-Authenticate", "Digest"))), b"no"),
    ],
    ids=["request", "request with a body", "answer", "answer with a body"],
)
def test_what_is_written_is_read(message: Request | Response) -> None:
    data = message.encode()
    parsed = parse_message(data + b"$next")
    assert parsed is not None
    read, taken = parsed
    assert taken == len(data)
    assert (type(read), read.body, read.encode()) == (type(message), message.body, data) or b"Content-Length" in data


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"RTSP/1.0 200 OK\nCSeq: 1\nPublic: OPTIONS\n\n", {"CSeq": "1", "Public": "OPTIONS"}),
        (b"RTSP/1.0 200 OK\r\ncseq:1\r\nPUBLIC :  OPTIONS \r\n\r\n", {"CSeq": "1", "Public": "OPTIONS"}),
        (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS,\r\n PLAY\r\n\r\n", {"Public": "OPTIONS, PLAY"}),
        (b"RTSP/1.0 200\r\n\r\n", {}),
    ],
    ids=["bare line feeds", "spaces and cases", "folded", "no reason, no fields"],
)
def test_odd_forms_are_read(data: bytes, names: dict[str, str]) -> None:
    parsed = parse_message(data)
    assert parsed is not None
    assert parsed[1] == len(data)
    assert {name: parsed[0].headers[name] for name in names} == names


def test_every_part_is_incomplete_until_the_last_byte() -> None:
    for end in range(len(ANSWER)):
        assert parse_message(ANSWER[:end]) is None
        assert end < wanted_bytes(ANSWER[:end]) <= len(ANSWER)
    assert parse_message(ANSWER) is not None


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"RTSP/1.0 OK\r\n\r\n",
        b"RTSP/1.0 2000 OK\r\n\r\n",
        b"OPTIONS rtsp://h/1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nno field\r\n\r\n",
        b"RTSP/1.0 200 OK\r\n: nothing\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: \xc2\xb2\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1),
        b"RTSP/1.0 200 OK\r\n" + b"a: b\r\n" * (MAX_HEADERS + 1) + b"\r\n",
        b"RTSP/1.0 200 OK\r\na: " + b"b" * MAX_HEAD_BYTES,
    ],
    ids=["HTTP", "no status", "four digits", "no version", "no colon", "no name", "negative", "a digit that is none", "gigantic body", "endless fields",
         "endless head"],
)  # fmt: skip
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        parse_message(data)


def test_bytes_of_another_encoding_come_back_as_they_were() -> None:
    realm = "摄像机".encode("gb18030")
    parsed = parse_message(b'RTSP/1.0 401 No\r\nWWW-Authenticate: Digest realm="' + realm + b'"\r\n\r\n')
    assert parsed is not None
    assert realm in parsed[0].headers.encode()


def test_a_peers_text_is_shown_on_one_line_and_short() -> None:
    assert shown("Not\x1b[31m\r\n Found\udcff" + "x" * 99, 20) == "Not?[31m?? Found?xxx"


def test_an_endless_body_in_single_bytes_costs_little() -> None:
    data = b"RTSP/1.0 200 OK\r\n" + b"a: b\r\n" * 90 + b"Content-Length: 500000\r\n\r\n"
    assert wanted_bytes(data) == len(data) + 500_000
    began = time.process_time()
    for _ in range(200):
        parse_message(data)
    assert time.process_time() - began < 1.0


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_none_or_refused(data: bytes) -> None:
    for text in (data, b"RTSP/1.0 200 OK\r\n" + data + b"\r\n\r\n", b"OPTIONS rtsp://h RTSP/1.0\r\nContent-Length:" + data + b"\r\n\r\n"):
        try:
            parsed = parse_message(text)
        except ProtocolViolation:
            continue
        if parsed is not None:
            parsed[0].encode()
            assert 0 < parsed[1] <= len(text)
