"""One RTP video stream: packets in, access units out.

One loop per packet with `unpack_from` and slices; what differs between H.264 (RFC 6184) and H.265 (RFC 7798) is how a payload gives NAL
units. A picture ends at the marker or, where cameras never set it, at a new timestamp. Gaps in the sequence numbers are known as damage and
counted by cause; a picture with a gap is handed out marked, and after it pictures stay marked until the next keyframe, since they refer to it.
A picture whose first slice is missing is damaged too, though no gap tells of it: so begins a stream that is joined in the middle of a keyframe.

`drops` counts, by cause: `malformed`, `other_payload`, `unsupported_payload`, `duplicate`, `late` and `gap` in packets; `restart` (the sequence numbers
began anew), `source_changed`, `oversized`, `no_parameter_sets` by occurrence; `damaged_picture` and `before_keyframe` in pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import unpack_from

from streams.media import H264_SEI, H265_SEI, AccessUnit, Codec, ParameterSets, nal_type, recovery_pictures, starts_decoding

MAX_PICTURE_BYTES = 8 * 1024 * 1024
"""A 4K keyframe has about 1 MiB; a picture that grows beyond this is dropped."""
MAX_NALS = 1024
LATE_PACKETS = 512
"""A sequence number this far behind is late (or doubled), farther means that the camera began anew."""
BLIND_SECONDS = 8.0
"""Without a whole keyframe for this long, a recovery point serves as the beginning, though the first pictures from it on are sound only in part."""
BEHIND = 0x8000
"""Steps from here on go backwards (RFC 3550: half of the numbers' circle)."""


class VideoReceiver:
    """Depacketises one stream. `on_unit` is called for each finished access unit."""

    def __init__(self, codec: Codec, payload_type: int, parameter_sets: ParameterSets, on_unit: Callable[[AccessUnit], None]) -> None:
        self.codec, self.payload_type, self.parameter_sets = codec, payload_type, parameter_sets
        self._on_unit = on_unit
        self._h264 = codec is Codec.H264
        self.ssrc: int | None = None
        self.packets = 0
        self.highest = 0
        """Extended highest sequence number (RFC 3550), for receiver reports."""
        self.lost = 0
        self.drops: dict[str, int] = {}
        self._sequence: int | None = None
        self._ticks: int | None = None
        self._unwrapped = 0
        self._nals: list[bytes] = []
        self._bytes = 0
        self._fragment: bytearray | None = None
        self._damaged = False
        self._broken_reference = True
        self._had_keyframe = False
        self._keyframe_arrival = float("-inf")
        self._arrival = 0.0
        self.camera_clock: tuple[float, int] | None = None
        """Of the last sender report: the camera's Unix seconds and the unwrapped RTP time they belong to."""

    def packet(self, data: memoryview, arrival_seconds: float) -> None:
        """Takes one RTP packet; what is no packet of this stream is counted and dropped."""
        size = len(data)
        if size < 12 or data[0] >> 6 != 2:
            self._drop("malformed")
            return
        if data[1] & 0x7F != self.payload_type:
            self._drop("other_payload")
            return
        first, sequence, ticks, ssrc = data[0], *unpack_from("!HII", data, 2)
        start = 12 + 4 * (first & 0x0F)
        if first & 0x10:
            if size < start + 4:
                self._drop("malformed")
                return
            start += 4 + 4 * unpack_from("!H", data, start + 2)[0]
        end = size - data[size - 1] if first & 0x20 else size
        if start > end:
            self._drop("malformed")
            return
        if ssrc != self.ssrc:
            self._begin(ssrc)
        if not self._follows(sequence):
            return
        self.packets += 1
        self._arrival = arrival_seconds
        if ticks != self._ticks:
            if self._nals or self._fragment is not None:
                self._finish()  # the marker never came
            if self._ticks is None:
                self._unwrapped = ticks
            else:
                step = (ticks - self._ticks) & 0xFFFFFFFF
                self._unwrapped += step if step < 0x80000000 else step - 0x100000000
            self._ticks = ticks
        if start < end:
            if self._h264:
                self._h264_payload(data, start, end)
            else:
                self._h265_payload(data, start, end)
        if data[1] & 0x80:
            self._finish()

    def frames(self, buffer: memoryview, at: int, size: int, channel: int, arrival_seconds: float) -> int:
        """Takes whole interleaved frames of one channel from `at` on; returns where it stopped, before what is none."""
        while at + 4 <= size and buffer[at] == 0x24 and buffer[at + 1] == channel:
            end = at + 4 + (buffer[at + 2] << 8 | buffer[at + 3])
            if end > size or end < at + 12:
                break
            self.packet(buffer[at + 4 : end], arrival_seconds)
            at = end
        return at

    def _begin(self, ssrc: int) -> None:
        """A new source: nothing of the old one goes on."""
        if self.ssrc is not None:
            self._drop("source_changed")
        self.ssrc, self._sequence, self._ticks = ssrc, None, None
        self._nals, self._bytes, self._fragment, self._damaged = [], 0, None, False
        self._broken_reference, self._had_keyframe = True, False
        self.camera_clock = None

    def _follows(self, sequence: int) -> bool:
        """Keeps count of sequence numbers; False for what is late or doubled."""
        if self._sequence is None:
            self.highest = sequence
        else:
            step = (sequence - self._sequence) & 0xFFFF
            if step == 0:
                self._drop("duplicate")
                return False
            if step > 0xFFFF - LATE_PACKETS:
                self._drop("late")
                return False
            if step >= BEHIND:
                self._drop("restart")
                self._damaged, self._fragment, step = True, None, 0
                self.highest = self.highest & ~0xFFFF | sequence
            elif step > 1:
                self.lost += step - 1
                self._drop("gap", step - 1)
                self._damaged, self._fragment = True, None
            self.highest += step
        self._sequence = sequence
        return True

    def _h264_payload(self, data: memoryview, at: int, end: int) -> None:
        kind = data[at] & 0x1F
        if self._fragment is not None and (kind != 28 or (end - at > 1 and data[at + 1] & 0x80)):
            self._damaged, self._fragment = True, None  # another begins before its end has come
        if 1 <= kind <= 23:
            self._nal(bytes(data[at:end]))
        elif kind == 24:  # STAP-A
            at += 1
            while at + 2 < end:
                length = data[at] << 8 | data[at + 1]
                if length == 0 or at + 2 + length > end:
                    self._drop("malformed")
                    self._damaged = True
                    return
                self._nal(bytes(data[at + 2 : at + 2 + length]))
                at += 2 + length
        elif kind == 28 and end - at > 2:  # FU-A
            head = data[at + 1]
            if head & 0x80:
                self._fragment = bytearray((data[at] & 0xE0 | head & 0x1F,))
            self._more(data[at + 2 : end], last=bool(head & 0x40))
        else:
            self._drop("unsupported_payload")
            self._damaged = True

    def _h265_payload(self, data: memoryview, at: int, end: int) -> None:
        if end - at < 3:
            self._drop("malformed")
            return
        kind = (data[at] >> 1) & 0x3F
        if self._fragment is not None and (kind != 49 or data[at + 2] & 0x80):
            self._damaged, self._fragment = True, None  # another begins before its end has come
        if kind < 48:
            self._nal(bytes(data[at:end]))
        elif kind == 48:  # aggregation packet
            at += 2
            while at + 2 < end:
                length = data[at] << 8 | data[at + 1]
                if length < 2 or at + 2 + length > end:
                    self._drop("malformed")
                    self._damaged = True
                    return
                self._nal(bytes(data[at + 2 : at + 2 + length]))
                at += 2 + length
        elif kind == 49:  # fragmentation unit
            head = data[at + 2]
            if head & 0x80:
                self._fragment = bytearray((data[at] & 0x81 | (head & 0x3F) << 1, data[at + 1]))
            self._more(data[at + 3 : end], last=bool(head & 0x40))
        else:
            self._drop("unsupported_payload")
            self._damaged = True

    def _more(self, part: memoryview, *, last: bool) -> None:
        fragment = self._fragment
        if fragment is None:  # its beginning is lost
            self._damaged = True
            return
        fragment += part
        if self._bytes + len(fragment) > MAX_PICTURE_BYTES:
            self._fragment = None
            self._damaged = True
            self._drop("oversized")
        elif last:
            self._fragment = None
            self._nal(bytes(fragment))

    def _nal(self, nal: bytes) -> None:
        self._bytes += len(nal)
        if self._bytes > MAX_PICTURE_BYTES or len(self._nals) >= MAX_NALS:
            self._damaged = True
            self._drop("oversized")
            return
        self._nals.append(nal)

    def _finish(self) -> None:
        """Hands out the picture that is complete, if it is one."""
        nals, damaged = self._nals, self._damaged or self._fragment is not None
        self._nals, self._bytes, self._fragment, self._damaged = [], 0, None, False
        if not nals:
            self._broken_reference = self._broken_reference or damaged
            return
        keyframe = picture = False
        recovers: int | None = None
        codec, limit, slice_at, sei = (self.codec, 6, 1, H264_SEI) if self._h264 else (self.codec, 32, 2, H265_SEI)
        for nal in nals:
            kind = nal_type(codec, nal)
            if kind < limit and (not self._h264 or kind):
                if not picture:
                    # The first bit behind the header: first_mb_in_slice is 0 (H.264 7.3.3), first_slice_segment_in_pic_flag (H.265 7.3.6.1).
                    damaged = damaged or len(nal) <= slice_at or nal[slice_at] < 0x80
                picture = True
                keyframe = keyframe or starts_decoding(codec, kind)
            elif kind in (7, 8) if self._h264 else kind in (32, 33, 34):
                self.parameter_sets = self.parameter_sets.updated(nal)
            elif kind == sei and recovers is None:
                recovers = recovery_pictures(codec, nal)
        if not picture:
            # Parameter sets on their own timestamp belong to the next picture; the reader has noted them above.
            self._broken_reference = self._broken_reference or damaged
            return
        if keyframe and not self.parameter_sets.complete:
            self._drop("no_parameter_sets")
            damaged = True
        if damaged:
            self._broken_reference = True
        elif keyframe:
            self._broken_reference, self._had_keyframe, self._keyframe_arrival = False, True, self._arrival
        elif recovers is not None and self.parameter_sets.complete and (recovers == 0 or self._arrival - self._keyframe_arrival >= BLIND_SECONDS):
            self._broken_reference = False
        marked = self._broken_reference
        if marked:
            self._drop("damaged_picture" if self._had_keyframe else "before_keyframe")
        clock = None
        if self.camera_clock is not None:
            unix, at_ticks = self.camera_clock
            clock = unix + (self._unwrapped - at_ticks) / 90_000
        self._on_unit(
            AccessUnit(codec, tuple(nals), self._unwrapped, keyframe, self._arrival, clock, self.parameter_sets, marked, recovers is not None and not keyframe)
        )

    def sender_report(self, unix_seconds: float, ticks: int) -> None:
        """Notes the camera's clock; `ticks` is the RTP time that belongs to it."""
        if self._ticks is not None:
            step = (ticks - self._ticks) & 0xFFFFFFFF
            self.camera_clock = (unix_seconds, self._unwrapped + (step if step < 0x80000000 else step - 0x100000000))

    def _drop(self, cause: str, count: int = 1) -> None:
        self.drops[cause] = self.drops.get(cause, 0) + count
