"""The framer of an RTSP connection: interleaved RTP/RTCP frames and messages in one byte stream (RFC 2326 10.12).

Frames are handed out as memoryviews of the receive buffer, valid until the next call. After garbage it looks for the next frame or message
that is plausible and counts the bytes it passed over; a connection that is mostly garbage is a protocol violation.
"""

from __future__ import annotations

from collections.abc import Callable

from streams.errors import ProtocolViolation
from streams.rtsp.messages import MAX_BODY_BYTES, MAX_HEAD_BYTES, Request, Response, parse_message

DOLLAR = 0x24
MAX_GARBAGE_BYTES = 512 * 1024
"""Garbage between two good things after which the connection is given up."""
MAX_CHANNEL = 16
"""Channels above this are not ours: in garbage, a dollar sign is followed by anything."""
STARTS = (b"RTSP/1.", b"OPTIONS ", b"ANNOUNCE ", b"GET_PARAMETER ", b"SET_PARAMETER ", b"REDIRECT ", b"TEARDOWN ", b"PAUSE ")


class Framer:
    """Feeds on received bytes; calls `on_frame(channel, payload)` and `on_message(message)` in the order of arrival."""

    def __init__(self, on_frame: Callable[[int, memoryview], None], on_message: Callable[[Request | Response], None]) -> None:
        self._on_frame, self._on_message = on_frame, on_message
        self._buffer = bytearray()
        self.garbage_bytes = 0
        self._garbage_run = 0

    def feed(self, data: bytes | memoryview) -> None:
        """Takes received bytes.

        Raises:
            ProtocolViolation: the peer sends mostly garbage.
        """
        buffer = self._buffer
        buffer += data
        at, size = 0, len(buffer)
        view = memoryview(buffer)
        try:
            while at < size:
                if buffer[at] == DOLLAR:
                    if size - at < 4:
                        break
                    length = buffer[at + 2] << 8 | buffer[at + 3]
                    if buffer[at + 1] >= MAX_CHANNEL or length < 8:
                        at = self._skip(at, size)
                        continue
                    if size - at < 4 + length:
                        break
                    self._garbage_run = 0
                    self._on_frame(buffer[at + 1], view[at + 4 : at + 4 + length])
                    at += 4 + length
                else:
                    taken = self._message_at(view, at, size)
                    if taken is None:
                        break
                    at = taken
        finally:
            view.release()
            del buffer[:at]

    def _message_at(self, view: memoryview, at: int, size: int) -> int | None:
        start = bytes(view[at : at + 16])
        if not any(start.startswith(word) or word.startswith(start) for word in STARTS):
            if start[:1] in (b"\r", b"\n") or start[:2] == b"\r\n":  # some servers send an empty line after a message
                return at + 1
            return self._skip(at, size)
        try:
            parsed = parse_message(view[at : at + MAX_HEAD_BYTES + MAX_BODY_BYTES + 4])
        except ProtocolViolation:
            return self._skip(at, size)
        if parsed is None:
            return None
        message, length = parsed
        self._garbage_run = 0
        self._on_message(message)
        return at + length

    def _skip(self, at: int, size: int) -> int:
        """Passes over garbage from `at` to the next byte that may begin something."""
        buffer = self._buffer
        candidates = [buffer.find(b"$", at + 1), *(buffer.find(word, at + 1) for word in STARTS[:1])]
        ahead = [place for place in candidates if place > at]
        to = min(ahead) if ahead else size
        self.garbage_bytes += to - at
        self._garbage_run += to - at
        if self._garbage_run > MAX_GARBAGE_BYTES:
            raise ProtocolViolation(f"{self._garbage_run} bytes in a row that are neither RTP nor RTSP")
        return to
