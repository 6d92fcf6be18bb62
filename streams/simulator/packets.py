"""A clip cut into RTP packets once; every stream that plays it only patches sequence, time and source into copies.

H.264 goes out as single NAL units, FU-A and, for parameter sets, STAP-A (RFC 6184), H.265 as single NAL units, FU and AP (RFC 7798); parameter sets
in band before each keyframe. A picture is kept as the one block of bytes that goes over TCP, with the places of its packets: a stream copies the
block and writes ten bytes per packet: 0.1 ms a stream-second at 300 packets, where putting frames together packet by packet takes 0.3. For UDP the
same packets lie without frames, in runs of equal size that the kernel cuts apart again (UDP_SEGMENT): one call a picture instead of one a packet.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from struct import Struct, pack

from streams.errors import RecordedFileError
from streams.media import CLOCK_RATE, H264_AUD, H264_SEI, H265_AUD, H265_SEI, AccessUnit, Codec, ParameterSets, nal_type, recovery_pictures
from streams.recorded import read_access_units

PAYLOAD_TYPE = 96
MAX_PAYLOAD = 1380
MAX_CLIP_BYTES = 1024 * 1024 * 1024
HEADER_BYTES = 16
"""Of a packet in a block: four of interleaved framing (RFC 2326 10.12), twelve of RTP (RFC 3550 5.1)."""
SEI = {Codec.H264: H264_SEI, Codec.H265: H265_SEI}
MAX_RUN_PACKETS = 64
"""UDP_MAX_SEGMENTS of the kernels that began with it."""
MAX_RUN_BYTES = 65_000
_write = Struct("!HII").pack_into


@dataclass(frozen=True, slots=True)
class Datagrams:
    """A picture's packets without frames, one after the other.

    Attributes:
        block: the packets, with sequence, time and source zero.
        places: where each begins, and the block's length at the end.
        runs: `(begin, end, size)` in bytes: packets of one size, only the last of a run may be shorter, as UDP_SEGMENT wants them.
    """

    block: bytes
    places: tuple[int, ...]
    runs: tuple[tuple[int, int, int], ...]


@dataclass(slots=True)
class Picture:
    """One picture as RTP packets.

    Attributes:
        seconds: when it is sent, from the clip's start (decoding time).
        ticks: its RTP time from the clip's start (presentation time).
        begins: whether a session may begin here: a keyframe, or a recovery point of a clip that refreshes its pictures part by part.
        block: its packets in interleaved frames on channel 0, with sequence, time and source zero.
        places: where in the block each packet's frame begins, and the block's length at the end.
    """

    seconds: float
    ticks: int
    keyframe: bool
    begins: bool
    block: bytes
    places: tuple[int, ...]
    _datagrams: Datagrams | None = None

    @property
    def packets(self) -> int:
        """How many RTP packets it takes."""
        return len(self.places) - 1

    def address(self, sequence: int, ticks: int, ssrc: int, channel: int = 0) -> bytearray:
        """The block with the headers of one stream: `sequence` of the first packet, RTP time, source, interleaved channel."""
        block = bytearray(self.block)
        _address(block, self.places, 6, sequence, ticks, ssrc)
        if channel:
            for place in self.places[:-1]:
                block[place + 1] = channel
        return block

    def split(self, block: bytearray) -> list[bytes]:
        """The RTP packets of an addressed block, without framing."""
        return [bytes(block[place + 4 : end]) for place, end in zip(self.places, self.places[1:], strict=False)]

    def datagrams(self, sequence: int, ticks: int, ssrc: int) -> tuple[bytearray, Datagrams]:
        """The packets without frames, with the headers of one stream, and where they lie."""
        bare = self._datagrams
        if bare is None:
            bare = self._datagrams = _without_frames(self)
        block = bytearray(bare.block)
        _address(block, bare.places, 2, sequence, ticks, ssrc)
        return block, bare


def _address(block: bytearray, places: tuple[int, ...], at: int, sequence: int, ticks: int, ssrc: int) -> None:
    for place in places[:-1]:
        _write(block, place + at, sequence & 0xFFFF, ticks, ssrc)
        sequence += 1


def _without_frames(picture: Picture) -> Datagrams:
    packets = picture.split(bytearray(picture.block))
    places = [0]
    runs: list[tuple[int, int, int]] = []
    begin = count = size = 0
    for packet in packets:
        at = places[-1]
        shorter = count > 0 and (at - begin) % size != 0
        if count and (shorter or len(packet) > size or count == MAX_RUN_PACKETS or at + len(packet) - begin > MAX_RUN_BYTES):
            runs.append((begin, at, size))
            count = 0
        if count == 0:
            begin, size = at, len(packet)
        count += 1
        places.append(at + len(packet))
    runs.append((begin, places[-1], size))
    return Datagrams(b"".join(packets), tuple(places), tuple(runs))


@dataclass(frozen=True, slots=True)
class PreparedClip:
    """A clip ready to be sent any number of times."""

    path: Path
    codec: Codec
    seconds: float
    pictures: tuple[Picture, ...]
    parameter_sets: ParameterSets

    @property
    def loop_ticks(self) -> int:
        """RTP time that one round takes."""
        return round(self.seconds * CLOCK_RATE)

    def describe(self, host: str) -> tuple[str, str]:
        """The session description: its head, and the video track's part."""
        name = "H264" if self.codec is Codec.H264 else "H265"
        sets = self.parameter_sets
        if self.codec is Codec.H264:
            fmtp = f"packetization-mode=1;profile-level-id={sets.sps[0][1:4].hex()};sprop-parameter-sets={_b64(sets.sps[0])},{_b64(sets.pps[0])}"
        else:
            fmtp = f"sprop-vps={_b64(sets.vps[0])};sprop-sps={_b64(sets.sps[0])};sprop-pps={_b64(sets.pps[0])}"
        kind = "IP6" if ":" in host else "IP4"
        return (
            f"v=0\r\no=- 0 0 IN {kind} {host}\r\ns=curbwatch simulator\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n",
            f"m=video 0 RTP/AVP {PAYLOAD_TYPE}\r\na=rtpmap:{PAYLOAD_TYPE} {name}/{CLOCK_RATE}\r\na=fmtp:{PAYLOAD_TYPE} {fmtp}\r\na=control:track1\r\n",
        )


def _b64(nal: bytes) -> str:
    return base64.b64encode(nal).decode()


def prepare(path: Path) -> PreparedClip:
    """Reads and cuts a clip; it is held in memory whole.

    Raises:
        RecordedFileError: the clip cannot be read, is too large, or does not begin with a keyframe.
    """
    if path.is_file() and path.stat().st_size > MAX_CLIP_BYTES:
        raise RecordedFileError(f"{path}: has more than {MAX_CLIP_BYTES >> 20} MiB, which the simulator would hold in memory; cut a shorter clip")
    units = list(read_access_units(path))
    last = units[-1]
    if not units[0].keyframe or not last.parameter_sets.complete:
        raise RecordedFileError(f"{path}: does not begin with a keyframe and its parameter sets; cut it at a keyframe")
    gap = (last.arrival_seconds / max(1, len(units) - 1)) or 0.04
    pictures = tuple(_picture(unit) for unit in units)
    return PreparedClip(path, units[0].codec, last.arrival_seconds + gap, pictures, last.parameter_sets)


def _picture(unit: AccessUnit) -> Picture:
    payloads = _payloads(unit)
    block, places = bytearray(), [0]
    for index, payload in enumerate(payloads):
        marker = 0x80 if index == len(payloads) - 1 else 0
        block += pack("!BBHBBHII", 0x24, 0, len(payload) + 12, 0x80, PAYLOAD_TYPE | marker, 0, 0, 0)
        block += payload
        places.append(len(block))
    begins = unit.keyframe or any(nal_type(unit.codec, nal) == SEI[unit.codec] and recovery_pictures(unit.codec, nal) is not None for nal in unit.nals)
    return Picture(unit.arrival_seconds, unit.timestamp, unit.keyframe, begins, bytes(block), tuple(places))


def _payloads(unit: AccessUnit) -> list[bytes]:
    """The picture's RTP payloads; a keyframe's parameter sets go first (behind a delimiter), together in one packet where they fit."""
    sets = unit.parameter_sets
    out: list[bytes] = []
    nals = list(unit.nals)
    if unit.keyframe:
        own = [*sets.vps, *sets.sps, *sets.pps]
        nals = [nal for nal in nals if nal not in own]
        delimiter = H264_AUD if unit.codec is Codec.H264 else H265_AUD
        if nals and nal_type(unit.codec, nals[0]) == delimiter:
            out.append(nals.pop(0))
        out += _aggregate(unit.codec, own)
    for nal in nals:
        out += _fragments(unit.codec, nal)
    return out


def _aggregate(codec: Codec, nals: list[bytes]) -> list[bytes]:
    """Several small NAL units as one STAP-A or AP; on their own where they do not fit."""
    if len(nals) < 2 or sum(len(nal) + 2 for nal in nals) + 2 > MAX_PAYLOAD:
        return [part for nal in nals for part in _fragments(codec, nal)]
    head = bytes((24 | max(nal[0] & 0x60 for nal in nals),)) if codec is Codec.H264 else bytes((48 << 1, 1))
    return [head + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)]


def _fragments(codec: Codec, nal: bytes) -> list[bytes]:
    if len(nal) <= MAX_PAYLOAD:
        return [nal]
    if codec is Codec.H264:
        head, kind, skip = bytes((nal[0] & 0xE0 | 28,)), nal[0] & 0x1F, 1
    else:
        head, kind, skip = bytes((nal[0] & 0x81 | 49 << 1, nal[1])), (nal[0] >> 1) & 0x3F, 2
    step = MAX_PAYLOAD - skip - 1
    parts = [nal[at : at + step] for at in range(skip, len(nal), step)]
    ends = len(parts) - 1
    return [head + bytes((kind | (0x80 if i == 0 else 0) | (0x40 if i == ends else 0),)) + part for i, part in enumerate(parts)]
