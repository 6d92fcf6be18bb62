"""The framer of a connection: any bytes, whole, in pieces, and by way of a shared buffer; nothing is made up, nothing is taken twice, and cuts change nothing.

The first byte of an input says how: bit 0 two pieces or many, bit 4 a small shared buffer. The bounds are lowered meanwhile (`lowered`).
"""

from __future__ import annotations

from collections.abc import Iterable

from streams.errors import ProtocolViolation
from streams.rtsp.interleaved import Framer
from streams.rtsp.messages import Request, Response
from tests.fuzz.bounds import Target
from tests.fuzz.lowered import lowered
from tests.fuzz.stream import mutate_stream, pieces


class Heard:
    """A framer and what came out of it; each piece is fed from a buffer that is spoilt afterwards, as the reader's shared one is."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, bytes]] = []
        self.messages: list[Request | Response] = []
        self.gave_up = False
        self.framer = Framer(self._frame, self.messages.append)

    def _frame(self, channel: int, payload: memoryview) -> None:
        self.frames.append((channel, bytes(payload)))

    def feed(self, parts: Iterable[bytes]) -> Heard:
        """Feeds pieces until the framer gives up."""
        for part in parts:
            buffer = bytearray(part)
            try:
                self.framer.feed(memoryview(buffer))
            except ProtocolViolation:
                self.gave_up = True
                break
            buffer[:] = b"\xaa" * len(buffer)
        return self

    def feed_in_place(self, parts: Iterable[bytes], most: int) -> Heard:
        """As the reader does: what is left is laid before the next read, in one buffer, and frames of channel 0 are taken by the run."""
        self.framer.video, self.framer.video_channel = _Run(self.frames), 0
        buffer = bytearray(most)
        view = memoryview(buffer)
        for part in parts:
            at = 0
            while at < len(part) and not self.gave_up:
                kept = self.framer.put_back(view)
                count = min(most - kept, len(part) - at)
                view[kept : kept + count] = part[at : at + count]
                at += count
                try:
                    self.framer.take(view, kept + count, 1.0)
                except ProtocolViolation:
                    self.gave_up = True
                buffer[:] = b"\xaa" * most
        return self

    @property
    def told(self) -> tuple[object, ...]:
        """All that came out."""
        messages = [(type(one), one.headers.encode(), one.body, getattr(one, "method", ""), getattr(one, "status", 0)) for one in self.messages]
        return self.frames, messages, self.gave_up


class _Run:
    """Takes whole frames of a channel, as the depacketiser does, and notes them."""

    def __init__(self, frames: list[tuple[int, bytes]]) -> None:
        self.noted = frames

    def frames(self, buffer: memoryview, at: int, size: int, channel: int, arrival_seconds: float) -> int:
        while at + 4 <= size and buffer[at] == 0x24 and buffer[at + 1] == channel:
            end = at + 4 + (buffer[at + 2] << 8 | buffer[at + 3])
            if end > size or end < at + 12:
                break
            self.noted.append((channel, bytes(buffer[at + 4 : end])))
            at = end
        return at


def run(data: bytes) -> None:
    """Feeds a stream whole and in pieces."""
    with lowered():
        _run(data[0] if data else 0, data[1:])


def _run(mode: int, fed: bytes) -> None:
    whole = Heard().feed([fed])
    cut = Heard().feed(pieces(fed, 1 + (mode & 1)))
    placed = Heard().feed_in_place(pieces(fed, 1 + (mode & 1)), 600 if mode & 16 else 16 * 1024)
    for heard in (whole, cut, placed):
        taken = sum(4 + len(payload) for _, payload in heard.frames)
        assert taken + heard.framer.garbage_bytes <= len(fed), "more bytes than there were"
        assert all(channel in heard.framer.channels for channel, _ in heard.frames), "a frame of a channel that is not ours"
    if not whole.framer.garbage_bytes and not whole.gave_up:
        assert cut.framer.garbage_bytes == placed.framer.garbage_bytes == 0, "garbage in pieces, none in the whole"
        assert cut.told == whole.told, "pieces and the whole differ"
        assert placed.told == whole.told, "a shared buffer and the whole differ"


FRAMER = Target("framer", run, mutate_stream, 2048, 2 * 1024 * 1024, ("streams/rtsp/interleaved.py", "streams/rtsp/messages.py"))
