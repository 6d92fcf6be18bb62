"""Other words of strangers: where a camera redirects to, what a resolver answers, and what the child says that reads through libav.

The first byte of an input says which.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from random import Random
from urllib.parse import urlsplit

from streams.address import MAX_URL_CHARS, check, credentials, host_and_port, public
from streams.errors import CameraSpecError, ProtocolViolation, RequestRefused, StreamsError
from streams.libav.framing import HEAD, MAX_NALS, pack_nals, read_head, unpack_nals
from streams.redirects import redirected
from streams.resolver import _first_line, _pointed
from tests.fuzz.bounds import Target, assert_readable
from tests.fuzz.mutation import bytewise, textual

PASSWORD = "geheim-4711"
HERE = ("rtsp://admin:geheim-4711@h.example:554/live/1?a=b", "rtsps://admin:geheim-4711@192.0.2.7/1", "rtsp://[2001:db8::1]:8554/x")
TOKENS = (
    b"rtsp://", b"rtsps://", b"http://", b"//", b"/", b"..", b"@", b":", b"[", b"]", b"[::1]", b"127.0.0.1", b"localhost", b"h.example", b"192.0.2.7", b"%",
    b"?", b"#", b"\\", b"\x00", b" ", b"\xff", b"\xc2\xa0", b"xn--", b'{"url": "rtsp://h/1"}', b'{"a": [0, {"b": 1}]}', b"[[[[", b"\\ud800", b"1e400", b'"',
    b"user:pass@", b":99999", b"rtsp:", b"0x7f.1", b"\xef\xbc\x8f", b"\xef\xbc\xa0",
)  # fmt: skip
POINTERS = ("", "/url", "/a/1/b", "/a/-", "/~0~1", "/0/0/0/0")


def run(data: bytes) -> None:
    """Takes one such answer."""
    kind, rest = data[0] if data else 0, data[1:]
    if kind % 4 == 0:
        _redirect(HERE[kind >> 2 & 1], rest.decode("utf-8", "surrogateescape"))
    elif kind % 4 == 1:
        _resolved(rest, POINTERS[kind >> 2 & 7] if kind >> 2 & 7 < len(POINTERS) else "/url")
    else:
        _child(rest)


def _redirect(url: str, location: str) -> None:
    try:
        target = redirected(url, location)
    except RequestRefused as error:
        told = str(error)
    else:
        told = public(target)
        _followed(url, location, target)
    assert PASSWORD not in told, "a password shown"


def _followed(url: str, location: str, target: str) -> None:
    if len(target) <= MAX_URL_CHARS:  # it may be longer by the credentials
        check(target)  # what is followed can be used
    known = credentials(target)
    if known is not None and PASSWORD in known[1] and PASSWORD not in location:
        assert host_and_port(target)[0] == host_and_port(url)[0], "the password goes to another host"
        assert urlsplit(url).scheme == "rtsp" or urlsplit(target).scheme == "rtsps", "the password leaves encryption"


def _resolved(body: bytes, pointer: str) -> None:
    for find in (lambda: _first_line(body), lambda: _pointed(body, pointer)):
        try:
            found = find()
        except StreamsError as error:
            assert_readable(error)
            continue
        assert isinstance(found, str), "no text"
        with suppress(CameraSpecError):
            check(found)


def _child(body: bytes) -> None:
    with suppress(ProtocolViolation, struct.error):
        if len(body) >= HEAD.size:
            head = read_head(memoryview(body))
            assert head.length <= 16 * 1024 * 1024, "a message beyond the bound"
    with suppress(ProtocolViolation):
        nals = unpack_nals(memoryview(body))
        assert all(nals), "an empty unit"
        assert len(nals) <= MAX_NALS
        assert pack_nals(nals) == body, "another body"


def mutate(data: bytes, rng: Random) -> bytes:
    """Another answer, mostly of its kind."""
    first = bytes((rng.randrange(256),)) if rng.random() < 0.1 or not data else data[:1]
    if first[0] % 4 > 1:
        return first + bytewise(data[1:], rng)
    return first + textual(data[1:], rng, TOKENS, rng.choice((b"/", b"@", b":", b",", b"\n")))


CODE = ("streams/redirects.py", "streams/address.py", "streams/resolver.py", "streams/libav/framing.py")
ANSWERS = Target("answers", run, mutate, 2048, 1024 * 1024, CODE)
