"""The framer of an RTSP connection: interleaved RTP/RTCP frames and messages in one byte stream (RFC 2326 10.12).

It works on the buffer that was received into, without copying it: `put_back` lays what was left of the last read before the next one. Frames of the
video's channel go to the depacketiser by the run (`VideoReceiver.frames`), all others are handed out one by one as memoryviews, valid until the next call.

After garbage it looks for the next frame or message that is plausible, and a frame only counts as found when something plausible follows it: in random
bytes, every sixteenth dollar sign looks like the head of a frame that would swallow up to 64 KiB of good ones. Garbage is counted; a connection that is
mostly garbage is a protocol violation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from streams.errors import ProtocolViolation
from streams.rtsp.messages import MAX_BODY_BYTES, MAX_HEAD_BYTES, Request, Response, parse_message, wanted_bytes

DOLLAR = 0x24
LEAST_FRAME_BYTES = 8
"""Of an empty receiver report."""
MAX_GARBAGE_BYTES = 512 * 1024
"""Garbage between two good things after which the connection is given up."""
MAX_BROKEN_MESSAGES = 100
"""In a connection's life: each costs a search, and a camera never sends one."""
MAX_MESSAGES_A_READ = 256
"""Each costs 9 µs; a camera whose answers have waited through a pause has a dozen."""
BLANK_BYTES = 16
"""Of line ends in a row, that many are garbage: fewer may end a message."""
MAX_CHANNEL = 16
"""Channels from this on are not ours unless the camera chose them: in garbage, a dollar sign is followed by anything."""
ANSWER = b"RTSP/1."
STARTS = (ANSWER, b"OPTIONS ", b"ANNOUNCE ", b"GET_PARAMETER ", b"SET_PARAMETER ", b"REDIRECT ", b"TEARDOWN ", b"PAUSE ")
FIRST_BYTES = frozenset((DOLLAR, 0x0D, 0x0A, *(word[0] for word in STARTS)))
"""What the byte behind a frame can be."""


class FrameTaker(Protocol):
    """What takes whole frames of one channel."""

    def frames(self, buffer: memoryview, at: int, size: int, channel: int, arrival_seconds: float) -> int:
        """Takes frames from `at` on and returns where it stopped: before what is no whole frame of the channel."""
        ...


class Framer:
    """Feeds on received bytes; calls `on_frame(channel, payload)` and `on_message(message)` in the order of arrival."""

    def __init__(self, on_frame: Callable[[int, memoryview], None], on_message: Callable[[Request | Response], None]) -> None:
        self._on_frame, self._on_message = on_frame, on_message
        self.video: FrameTaker | None = None
        self.video_channel = 0
        """Whose frames `video` takes in place of `on_frame`, once the camera has named its channels."""
        self._left = b""
        self._placed = False
        self._text = b""
        """The buffer as bytes, to be searched: made at the first garbage in it."""
        self.garbage_bytes = 0
        self.channels: frozenset[int] = frozenset(range(MAX_CHANNEL))
        """Channels on which a frame is plausible."""
        self._garbage_run = 0
        self._broken_messages = 0
        self._messages = 0
        """Of the present read."""
        self._wanted = 0
        self._next_answer = 0
        """Where the buffer's next answer begins, or its length: found once, not once for each dollar sign."""

    def feed(self, data: bytes | bytearray | memoryview, now_seconds: float = 0.0) -> None:
        """Takes received bytes from a buffer of their own.

        Raises:
            ProtocolViolation: the peer sends mostly garbage.
        """
        self._placed = False
        self.take(memoryview(data), len(data), now_seconds)

    def put_back(self, buffer: memoryview) -> int:
        """Lays what was left of the last read at the buffer's beginning; returns how many bytes, behind which the next read goes."""
        left = self._left
        count = len(left)
        if count == 0:
            return 0
        if 2 * count > len(buffer):  # a message with a long body
            self._placed = False
            return 0
        buffer[:count] = left
        self._placed = True
        return count

    def take(self, buffer: memoryview, size: int, now_seconds: float) -> None:
        """Takes the buffer's first `size` bytes: what `put_back` laid there, and what was received behind it.

        Raises:
            ProtocolViolation: the peer sends mostly garbage.
        """
        if self._left and not self._placed:
            joined = b"".join((self._left, buffer[:size]))
            buffer, size = memoryview(joined), len(joined)
        self._placed = False
        if size < self._wanted:
            self._left = bytes(buffer[:size])
            return
        self._wanted, self._next_answer, self._text, self._messages = 0, -1, b"", 0
        at = 0
        try:
            while at < size:
                if buffer[at] == DOLLAR:
                    if self.video is not None and not self._garbage_run:
                        stopped = self.video.frames(buffer, at, size, self.video_channel, now_seconds)
                        if stopped > at:
                            at = stopped
                            continue
                    taken = self._frame_at(buffer, at, size)
                else:
                    taken = self._message_at(buffer, at, size)
                if taken is None:
                    break
                at = taken
        finally:
            self._left, self._text = bytes(buffer[at:size]), b""

    def _frame_at(self, view: memoryview, at: int, size: int) -> int | None:
        if size - at < 4:
            return None
        channel, length = view[at + 1], view[at + 2] << 8 | view[at + 3]
        if channel not in self.channels or length < LEAST_FRAME_BYTES:
            return self._skip(view, at, size)
        end = at + 4 + length
        if self._garbage_run:
            if size - at > 4 and view[at + 4] >> 6 != 2:  # RTP's version
                return self._skip(view, at, size)
            if end < size and view[end] not in FIRST_BYTES:
                return self._skip(view, at, size)
        if size < end:
            return None
        self._garbage_run = 0
        self._on_frame(channel, view[at + 4 : end])
        return end

    def _message_at(self, view: memoryview, at: int, size: int) -> int | None:
        start = bytes(view[at : min(size, at + BLANK_BYTES)])
        if not any(start.startswith(word) or word.startswith(start) for word in STARTS):
            blank = len(start) - len(start.lstrip(b"\r\n"))
            if 0 < blank < BLANK_BYTES:  # some servers send an empty line after a message
                return at + blank
            if blank:
                run = bytes(view[at : min(size, at + 64 * BLANK_BYTES)])
                return self._pass(at, at + len(run) - len(run.lstrip(b"\r\n")))
            return self._skip(view, at, size)
        window = view[at : min(size, at + MAX_HEAD_BYTES + MAX_BODY_BYTES + 4)]
        try:
            parsed = parse_message(window)
            if parsed is None:
                self._wanted = wanted_bytes(window)
                return None
        except ProtocolViolation as error:
            self._broken_messages += 1
            if self._broken_messages > MAX_BROKEN_MESSAGES:
                raise ProtocolViolation(f"the camera sends {error} again and again") from None
            return self._skip(view, at, size)
        finally:
            window.release()
        message, length = parsed
        self._garbage_run = 0
        self._messages += 1
        if self._messages > MAX_MESSAGES_A_READ:
            raise ProtocolViolation(f"the camera sends more than {MAX_MESSAGES_A_READ} messages at once")
        self._on_message(message)
        return at + length

    def _skip(self, view: memoryview, at: int, size: int) -> int:
        """Passes over garbage from `at` to the next byte that may begin something."""
        text = self._text = self._text or bytes(view[:size])
        if self._next_answer <= at:
            place = text.find(ANSWER, at + 1)
            self._next_answer = place if place > at else max(at + 1, size - _beginning_of_answer(text))
        dollar = _frame_heads(self.channels).search(text, at + 1, self._next_answer)
        return self._pass(at, self._next_answer if dollar is None else dollar.start())

    def _pass(self, at: int, to: int) -> int:
        """Counts what is passed over as garbage."""
        self.garbage_bytes += to - at
        self._garbage_run += to - at
        if self._garbage_run > MAX_GARBAGE_BYTES:
            raise ProtocolViolation(f"the camera sends {self._garbage_run} bytes in a row that are neither RTP nor RTSP")
        return to


@lru_cache(maxsize=64)
def _frame_heads(channels: frozenset[int]) -> re.Pattern[bytes]:
    """Finds what may be the head of a frame on one of the channels, with RTP's version behind it, or be cut: thousands of dollar signs cost one search."""
    ours = b"".join(re.escape(bytes((channel,))) for channel in sorted(channels))
    return re.compile(rb"\$(?:\Z|[" + ours + rb"](?:\Z|(?:\x00(?:\Z|[\x08-\xff])|[^\x00](?:\Z|.))(?:\Z|[\x80-\xbf])))", re.DOTALL)


def _beginning_of_answer(text: bytes) -> int:
    """How many bytes at the text's end may be the first of an answer."""
    return next((length for length in range(len(ANSWER) - 1, 0, -1) if text.endswith(ANSWER[:length])), 0)
