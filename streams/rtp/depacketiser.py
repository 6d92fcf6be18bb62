"""One RTP video stream: packets in, access units out.

One loop per packet with `unpack_from` and slices; what differs between H.264 (RFC 6184) and H.265 (RFC 7798) is how a payload gives NAL
units. A picture ends at the marker or, where cameras never set it, at a new timestamp. Gaps in the sequence numbers are known as damage and
counted by cause; a picture with a gap is handed out marked, and after it pictures stay marked until the next keyframe, since they refer to it.
A picture whose first slice is missing is damaged too, though no gap tells of it: so begins a stream that is joined in the middle of a keyframe.

`drops` counts, by cause: `malformed`, `other_payload`, `unsupported_payload`, `duplicate`, `late` and `gap` in packets; `restart` (the sequence numbers
began anew), `source_changed`, `oversized`, `no_parameter_sets`, `clock_jump` by occurrence; `damaged_picture` and `before_keyframe` in pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import unpack_from

from streams.media import CLOCK_RATE, H264_SEI, H265_IRAP, H265_SEI, AccessUnit, Codec, ParameterSets, recovery_pictures
from streams.rtp.clock import CameraClock
from streams.rtp.reorder import Reorder
from streams.rtp.rtcp import Reception

MAX_PICTURE_BYTES = 8 * 1024 * 1024
"""A 4K keyframe has about 1 MiB; a picture that grows beyond this is dropped."""
MAX_NALS = 1024
MAX_SETS = 40
"""Parameter sets of one picture that are looked at: hostile ones come by the thousand and cost 5 µs each."""
MAX_SEI_UNITS = 8
"""Of one picture that are looked at for a recovery point: a large one costs 1 ms, and a picture can hold a thousand."""
LATE_PACKETS = 512
"""A sequence number this far behind is late (or doubled), farther means that the camera began anew."""
BLIND_SECONDS = 8.0
"""Without a whole keyframe for this long, a recovery point serves as the beginning, though the first pictures from it on are sound only in part."""
BEHIND = 0x8000
"""Steps from here on go backwards (RFC 3550: half of the numbers' circle)."""


SLICE, KEY_SLICE, PARAMETER_SET, SEI, OTHER = range(5)


def _h264_role(kind: int) -> int:
    if 1 <= kind <= 5:
        return KEY_SLICE if kind == 5 else SLICE
    return PARAMETER_SET if kind in (7, 8) else SEI if kind == H264_SEI else OTHER


def _h265_role(kind: int) -> int:
    if kind < 32:
        return KEY_SLICE if kind in H265_IRAP else SLICE
    return PARAMETER_SET if kind in (32, 33, 34) else SEI if kind == H265_SEI else OTHER


H264_ROLES = bytes(_h264_role(first & 0x1F) for first in range(256))
H265_ROLES = bytes(_h265_role(first >> 1 & 0x3F) for first in range(256))
"""What a NAL unit is to its picture, by its first byte."""


class Depacketiser:
    """Depacketises one stream, packet by packet. `on_unit` is called for each finished access unit."""

    def __init__(self, codec: Codec, payload_type: int, parameter_sets: ParameterSets, on_unit: Callable[[AccessUnit], None]) -> None:
        self.codec, self.payload_type, self.parameter_sets = codec, payload_type, parameter_sets
        self._on_unit = on_unit
        self._h264 = codec is Codec.H264
        self.ssrc: int | None = None
        self.packets = 0
        self.highest = 0
        """Extended highest sequence number (RFC 3550), for receiver reports."""
        self._base = self._before = 0
        """Of the present source: its first sequence number, and the packets counted before it."""
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
        self.reorder: Reorder | None = None
        """Set for a stream over UDP."""
        self.holding = False
        """Whether packets wait in `reorder`: all others must then go by it."""
        self.reordered = 0
        """Packets that came before their turn."""
        self._jitter = 0.0
        self._transit: float | None = None
        self._told = (0, 0)
        """What was expected and received at the last receiver report."""
        self.clock = CameraClock()
        """Offset and drift of the camera's clock against the worker's monotonic one, by its sender reports."""
        self.camera_clock: tuple[float, int] | None = None
        """Of the last sender report: the camera's Unix seconds and the unwrapped RTP time they belong to."""

    def packet(self, data: memoryview, arrival_seconds: float) -> None:
        """Takes one RTP packet; what is no packet of this stream is counted and dropped."""
        if self.reorder is None:
            self._take(data, arrival_seconds)
        else:
            self._take_in_order(self.reorder, data, arrival_seconds)

    def _take_in_order(self, reorder: Reorder, data: memoryview, now: float) -> None:
        """Over UDP: a packet that came before its turn waits for those before it, within bounds."""
        if self._sequence is None or len(data) < 12 or data[1] & 0x7F != self.payload_type or unpack_from("!I", data, 8)[0] != self.ssrc:
            self._take(data, now)
            return
        sequence = data[2] << 8 | data[3]
        step = (sequence - self._sequence) & 0xFFFF
        if step == 1:
            self._take(data, now)
        elif 1 < step <= reorder.most_packets:
            if reorder.put(sequence, bytes(data), now):
                self.reordered += 1
            else:
                self._drop("duplicate")
        else:
            if LATE_PACKETS < step <= 0x10000 - LATE_PACKETS:  # the stream goes on elsewhere
                while (held := reorder.take_any((self._sequence + 1) & 0xFFFF)) is not None:
                    self._take(memoryview(held), now)
            self._take(data, now)
        while len(reorder) and (held := reorder.take((self._sequence + 1) & 0xFFFF, now)) is not None:
            self._take(memoryview(held), now)
        self.holding = len(reorder) > 0

    def _take(self, data: memoryview, arrival_seconds: float) -> None:
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

    def _begin(self, ssrc: int) -> None:
        """A new source: nothing of the old one goes on."""
        if self.ssrc is not None:
            self._drop("source_changed")
            self.clock = CameraClock()
        self.ssrc, self._sequence, self._ticks = ssrc, None, None
        self._nals, self._bytes, self._fragment, self._damaged = [], 0, None, False
        self._broken_reference, self._had_keyframe = True, False
        self._keyframe_arrival = float("-inf")
        self.camera_clock, self._transit, self._jitter = None, None, 0.0
        self.holding = False
        if self.reorder is not None:
            self.reorder.clear()

    def _follows(self, sequence: int) -> bool:
        """Keeps count of sequence numbers; False for what is late or doubled."""
        if self._sequence is None:
            self.highest = sequence
            self._base, self._before, self._told = sequence, self.packets, (0, 0)
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
                self._base, self._before, self._told = self.highest, self.packets, (0, 0)
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
            if damaged:  # nothing of the picture is whole
                self._broken_reference = True
                self._drop("damaged_picture" if self._had_keyframe else "before_keyframe")
            return
        keyframe = picture = False
        sets = messages = 0
        recovers: int | None = None
        roles, slice_at = (H264_ROLES, 1) if self._h264 else (H265_ROLES, 2)
        for nal in nals:
            role = roles[nal[0]]
            if role <= KEY_SLICE:
                if not picture:
                    # The first bit behind the header: first_mb_in_slice is 0 (H.264 7.3.3), first_slice_segment_in_pic_flag (H.265 7.3.6.1).
                    damaged = damaged or len(nal) <= slice_at or nal[slice_at] < 0x80
                    picture = True
                if role == KEY_SLICE:
                    keyframe = True
            elif role == PARAMETER_SET and sets < MAX_SETS:
                sets += 1
                self.parameter_sets = self.parameter_sets.updated(nal)
            elif role == SEI and recovers is None and messages < MAX_SEI_UNITS:
                messages += 1
                recovers = recovery_pictures(self.codec, nal)
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
            clock = self.camera_clock[0] + (self._unwrapped - self.camera_clock[1]) / CLOCK_RATE
        # Once a picture, not once a packet: all packets of a picture have its timestamp, and its last one is what a reader waits for (RFC 3550 A.8).
        transit = self._arrival * CLOCK_RATE - self._unwrapped
        if self._transit is not None:
            self._jitter += (abs(transit - self._transit) - self._jitter) / 16
        self._transit = transit
        self._on_unit(
            AccessUnit(
                self.codec, tuple(nals), self._unwrapped, keyframe, self._arrival, clock, self.parameter_sets, marked, recovers is not None and not keyframe
            )
        )

    def sender_report(self, unix_seconds: float, ticks: int, arrival_seconds: float | None = None) -> None:
        """Notes the camera's clock; `ticks` is the RTP time that belongs to it. A jump of the clock is counted as `clock_jump`."""
        if self._ticks is not None:
            step = (ticks - self._ticks) & 0xFFFFFFFF
            unwrapped = self._unwrapped + (step if step < 0x80000000 else step - 0x100000000)
            self.camera_clock = (unix_seconds, unwrapped)
            if arrival_seconds is not None and self.clock.add(arrival_seconds, unix_seconds, unwrapped):
                self._drop("clock_jump")

    def reception(self) -> Reception:
        """What a receiver report tells of this source (RFC 3550 6.4.1, A.3); what was lost since the last call is in `fraction`.

        Jitter is kept once a picture and includes the steps in which the reader reads (`streams.rounds.READ_SECONDS`).
        """
        if self._sequence is None:
            return Reception(0, 0, 0, 0)
        expected, received = self.highest - self._base + 1, self.packets - self._before
        new_expected, new_received = expected - self._told[0], received - self._told[1]
        self._told = (expected, received)
        missing = new_expected - new_received
        fraction = min(255, (missing << 8) // new_expected) if new_expected > 0 and missing > 0 else 0
        return Reception(self.highest, expected - received, fraction, min(0xFFFFFFFF, int(self._jitter)))

    def _drop(self, cause: str, count: int = 1) -> None:
        self.drops[cause] = self.drops.get(cause, 0) + count
