"""Requests and responses of RTSP 1.0, read and written; the camera simulator uses the same code on its side.

Bounds: a message's head may have 64 KiB and 100 headers, its body 1 MiB. A peer that sends more is not a camera. Bytes that are no UTF-8 are kept as
they are (`surrogateescape`), since realms and names in other encodings go back to the camera; what is shown to people goes through `shown`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from streams.errors import ProtocolViolation

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
MAX_BODY_BYTES = 1024 * 1024
REASONS = {
    200: "OK", 301: "Moved Permanently", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed",
    454: "Session Not Found", 455: "Method Not Valid in This State", 459: "Aggregate Operation Not Allowed", 461: "Unsupported Transport",
    500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
}  # fmt: skip


class Headers(Mapping[str, str]):
    """Header fields, names without regard to case; a name that came several times keeps all its values (`all`)."""

    __slots__ = ("_items",)

    def __init__(self, items: tuple[tuple[str, str], ...] = ()) -> None:
        self._items = items

    def __getitem__(self, name: str) -> str:
        low = name.lower()
        for key, value in self._items:
            if key.lower() == low:
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(key for key, _ in self._items))

    def __len__(self) -> int:
        return len({key.lower() for key, _ in self._items})

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a name, in order (a camera may offer several WWW-Authenticate)."""
        low = name.lower()
        return tuple(value for key, value in self._items if key.lower() == low)

    def encode(self) -> bytes:
        """The fields as lines."""
        return _encoded("".join(f"{key}: {value}\r\n" for key, value in self._items))


@dataclass(frozen=True, slots=True)
class Request:
    """A request: `method url RTSP/1.0`, header fields, body."""

    method: str
    url: str = field(repr=False)
    headers: Headers = field(default_factory=Headers, repr=False)
    body: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """The bytes for the wire."""
        return _encoded(f"{self.method} {self.url} RTSP/1.0\r\n") + _rest(self.headers, self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: `RTSP/1.0 status reason`, header fields, body."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = field(default=b"", repr=False)
    reason: str = ""

    def encode(self) -> bytes:
        """The bytes for the wire."""
        reason = self.reason or REASONS.get(self.status, "")
        return _encoded(f"RTSP/1.0 {self.status} {reason}\r\n") + _rest(self.headers, self.body)


def shown(text: str, most: int) -> str:
    """A peer's text as people may see it: one line of printable characters, at most so many."""
    return "".join(char if char.isprintable() else "?" for char in text[:most])


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _rest(headers: Headers, body: bytes) -> bytes:
    length = f"Content-Length: {len(body)}\r\n".encode() if body else b""
    return headers.encode() + length + b"\r\n" + body


def parse_message(buffer: bytes | bytearray | memoryview) -> tuple[Request | Response, int] | None:
    """Reads one message from the front of the buffer: the message and the bytes it took, or None while it is incomplete.

    Raises:
        ProtocolViolation: this is no RTSP message, or one beyond the bounds.
    """
    head = _head(buffer)
    if head is None:
        return None
    lines, begins, total = head
    if len(buffer) < total:
        return None
    headers = _parse_headers(lines[1:])
    return _parse_first_line(lines[0], headers, bytes(buffer[begins:total])), total


def wanted_bytes(buffer: bytes | bytearray | memoryview) -> int:
    """How long the buffer must be before it is worth another `parse_message` that gave None.

    Raises:
        ProtocolViolation: as `parse_message`.
    """
    head = _head(buffer)
    return len(buffer) + 1 if head is None else head[2]


def _head(buffer: bytes | bytearray | memoryview) -> tuple[list[str], int, int] | None:
    """The lines of the head, where the body begins, and where it ends."""
    head = bytes(buffer[: MAX_HEAD_BYTES + 4])
    end = head.find(b"\r\n\r\n")
    gap = 4
    bare = head.find(b"\n\n", 0, end if end >= 0 else len(head))
    if bare >= 0:  # cameras with bare line feeds exist
        end, gap = bare, 2
    if end < 0:
        if len(head) > MAX_HEAD_BYTES:
            raise ProtocolViolation(f"an RTSP message whose head has more than {MAX_HEAD_BYTES} bytes")
        return None
    lines = head[:end].decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n")
    return lines, end + gap, end + gap + _body_length(_parse_headers(lines[1:]))


def _parse_headers(lines: list[str]) -> Headers:
    if len(lines) > MAX_HEADERS:
        raise ProtocolViolation(f"an RTSP message with {len(lines)} header fields")
    items: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and items:  # a folded field
            items[-1] = (items[-1][0], f"{items[-1][1]} {line.strip()}".strip())
            continue
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise ProtocolViolation("an RTSP message with a line that is no header field")
        items.append((name.strip(), value.strip()))
    return Headers(tuple(items))


def _body_length(headers: Headers) -> int:
    text = headers.get("Content-Length", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ProtocolViolation("an RTSP message whose Content-Length is no number")
    if int(text) > MAX_BODY_BYTES:
        raise ProtocolViolation(f"an RTSP message with a body of {int(text)} bytes")
    return int(text)


def _parse_first_line(line: str, headers: Headers, body: bytes) -> Request | Response:
    words = line.split(" ", 2)
    if words[0].startswith("RTSP/") and len(words) >= 2:
        if not (words[1].isascii() and words[1].isdigit() and len(words[1]) == 3):
            raise ProtocolViolation("an RTSP answer without a status")
        return Response(int(words[1]), headers, body, words[2] if len(words) == 3 else "")
    if len(words) == 3 and words[2].startswith("RTSP/") and words[0].isascii() and words[0].replace("_", "").isalpha():
        return Request(words[0].upper(), words[1], headers, body)
    raise ProtocolViolation("bytes that are no RTSP message")
