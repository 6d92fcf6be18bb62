"""What one viewer is sent: the pictures that are due, as its camera's fault lets them be, and the sender reports."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from struct import pack, pack_into

from streams.rtp.rtcp import NTP_TO_UNIX, write_sender_report
from streams.simulator.faults import NO_FAULT, Act, Fault
from streams.simulator.forged import monstrous
from streams.simulator.outlets import Due, Outlet, UdpOutlet
from streams.simulator.packets import PAYLOAD_TYPE, PreparedClip
from streams.simulator.stream import Playhead

CATCH_UP_SECONDS = 2.0
"""After a longer pause (a stall that was ended, a suspended machine) a viewer goes on at the last keyframe instead of being flooded."""
MONSTER_PACKETS = 700
"""Of a monstrous picture in one tick: about a megabyte."""
DESCRIPTION, BYE = 202, 203
CNAME = b"camera@simulator"


class Sending:
    """The stream of one session: its source, its numbers, its place in the clip.

    Args:
        other_clip: gives a clip of the same codec with other parameter sets, if there is one.
        report_seconds: between sender reports.
        acted: is called each time that a fault acts.
    """

    def __init__(
        self, random: Random, other_clip: Callable[[PreparedClip], PreparedClip | None], report_seconds: float, acted: Callable[[Fault], None]
    ) -> None:
        self.ssrc, self.sequence = Random().getrandbits(32), Random().getrandbits(16)
        self._random, self._other_clip, self._report_seconds, self._acted = random, other_clip, report_seconds, acted
        self._head: Playhead | None = None
        self._last_keyframe = -math.inf
        self._reported = 0.0
        self._in_force: Fault | None = None
        self._wraps: Fault | None = None
        """The fault that lets it begin just before its numbers wrap, until they have."""
        self._monster: Iterator[bytes] | None = None
        self._monster_ticks = 0
        self.packets = self._octets = 0
        self.began_seconds: float | None = None

    def begin(self, clip: PreparedClip, origin_seconds: float, now: float, fault: Fault) -> int:
        """Begins at the last keyframe that is past; returns the first picture's RTP time."""
        offset = Random().getrandbits(32)
        if fault.name == "wrapping":
            self.sequence, self._wraps = 0xFFFF - 20, fault
            offset = (0xFFFFFFFF - 45_000 - round((now - origin_seconds) * 90_000)) & 0xFFFFFFFF
        head = self._head = Playhead(clip, origin_seconds, offset)
        head.seek(now)
        if fault.name == "midway":
            head.take()
            self._acted(fault)
        self.began_seconds = now
        return Playhead(clip, origin_seconds, offset, head.round, head.index).take()[1]

    def end(self) -> None:
        """Sends no more."""
        self.began_seconds = None

    def begun(self, fault: Fault, now: float) -> bool:
        """Whether a fault's time in play has come."""
        return self.began_seconds is not None and fault.begun(now - self.began_seconds)

    def due(self, fault: Fault, outlet: Outlet, now: float) -> Act | None:
        """Sends what is due by now under a fault; returns what is to be done to the connection, once, when the fault's time has come."""
        head = self._head
        if head is None or self.began_seconds is None:
            return None
        if not self.begun(fault, now):
            fault = NO_FAULT
        act = None
        if fault is not self._in_force:
            self._in_force = fault
            head = self._begin(fault, head, now)
            act = fault.kind.in_play
            if act is not None:
                self._acted(fault)
            if act in (Act.BYE, Act.END):
                outlet.report(
                    write_sender_report(self.ssrc, time.time(), head.ticks_at(now), self.packets, self._octets) + pack("!BBHI", 0x81, BYE, 1, self.ssrc)
                )
        if fault.kind.in_play is not None:
            return act
        if fault.name == "no_udp" and isinstance(outlet, UdpOutlet):
            self._acted(fault)
            return None
        if self._monster is not None:
            self._feed_monster(outlet)
            return act
        if head.lag_seconds(now) > CATCH_UP_SECONDS:
            head.seek(now)
        due = self._take_due(head, outlet, now, fault)
        if due:
            if fault.kind.on_packets is not None:
                packets = [packet for one in due for packet in one.packets()]
                sent = fault.kind.on_packets(packets, fault.share, self._random, head.clip.codec)
                if sent != packets:
                    self._acted(fault)
                outlet.packets(sent)
            else:
                outlet.pictures(due)
        if fault.name == "injected":
            outlet.foreign(self.strange())
            self._acted(fault)
        if now - self._reported > self._report_seconds:
            self._reported = now
            self._report(head, outlet, now, fault)
        return act

    def strange(self) -> list[bytes]:
        """What somebody else sends: packets of the stream's payload type with numbers and a source of their own."""
        return [bytes((0x80, PAYLOAD_TYPE)) + self._random.randbytes(200) for _ in range(2)]

    def _begin(self, fault: Fault, head: Playhead, now: float) -> Playhead:
        """What a fault does once, when its time in play has come; returns the playhead to go on with."""
        if fault.name in ("new_source", "restart", "monstrous") or (fault.name == "resolution" and self._other_clip(head.clip) is not None):
            self._acted(fault)
        if fault.name == "new_source":
            self.ssrc, self.sequence = self._random.getrandbits(32), self._random.getrandbits(16)
            head.offset_ticks = self._random.getrandbits(32)
        elif fault.name == "restart":
            self.sequence = (self.sequence - 20_000) & 0xFFFF
        elif fault.name == "monstrous":
            self._monster, self._monster_ticks = monstrous(head.clip.codec, round(fault.amount * 1e6)), head.ticks_at(now)
        elif fault.name == "resolution":
            other = self._other_clip(head.clip)
            if other is not None:
                self._head = head = Playhead(other, now, head.ticks_at(now))
        elif fault.kind.on_clock is not None:
            self._reported = 0.0  # a camera whose clock was set tells so soon
            if fault.kind.on_ticks is not None:
                head.offset_ticks = (head.offset_ticks + round(fault.kind.on_ticks(0.0, fault.amount, 0.0) * 90_000)) & 0xFFFFFFFF
        return head

    def _feed_monster(self, outlet: Outlet) -> None:
        assert self._monster is not None
        packets = []
        for packet in islice(self._monster, MONSTER_PACKETS):
            self.sequence = (self.sequence + 1) & 0xFFFF
            addressed = bytearray(packet)
            pack_into("!HII", addressed, 2, self.sequence, self._monster_ticks, self.ssrc)
            packets.append(bytes(addressed))
        outlet.packets(packets)
        if len(packets) < MONSTER_PACKETS:
            self._monster = None

    def _take_due(self, head: Playhead, outlet: Outlet, now: float, fault: Fault) -> list[Due]:
        due: list[Due] = []
        full = outlet.full
        while head.lag_seconds(now) >= 0:
            picture, ticks = head.take()
            if picture.keyframe:
                if fault.kind.on_keyframe is not None and not fault.kind.on_keyframe(now - self._last_keyframe, fault.amount):
                    self._acted(fault)
                    continue
                self._last_keyframe = now
            if not full:
                due.append(Due(picture, self.sequence + 1, ticks, self.ssrc))
                self.packets += picture.packets
                self._octets += len(picture.block) - 16 * picture.packets
            if self._wraps is not None and self.sequence + picture.packets > 0xFFFF:
                self._acted(self._wraps)
                self._wraps = None
            self.sequence = (self.sequence + picture.packets) & 0xFFFF
        return due

    def _report(self, head: Playhead, outlet: Outlet, now: float, fault: Fault) -> None:
        unix = time.time()
        if fault.kind.on_clock is not None:
            unix = fault.kind.on_clock(unix, fault.amount, now - (self.began_seconds or now))
            self._acted(fault)
        if unix == -math.inf:
            unix = float(-NTP_TO_UNIX)
        outlet.report(write_sender_report(self.ssrc, unix, head.ticks_at(now), self.packets, self._octets) + self._description())

    def _description(self) -> bytes:
        """Who sends, as each compound packet tells it (RFC 3550 6.5): an SDES with a CNAME."""
        item = bytes((1, len(CNAME))) + CNAME
        item += bytes(4 - len(item) % 4)
        return pack("!BBHI", 0x81, DESCRIPTION, 1 + len(item) // 4, self.ssrc) + item
