"""A clip cut into RTP packets once; every stream that plays it only patches sequence, time and source into copies.

H.264 goes out as single NAL units and FU-A (RFC 6184), H.265 as single NAL units and FU (RFC 7798), parameter sets in band before each keyframe.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from streams.media import CLOCK_RATE, AccessUnit, Codec, ParameterSets
from streams.recorded import read_access_units

PAYLOAD_TYPE = 96
MAX_PAYLOAD = 1380
LOOP_GAP_TICKS = CLOCK_RATE // 25


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture's RTP payloads; `seconds` when it is sent, from the clip's start."""

    seconds: float
    ticks: int
    keyframe: bool
    payloads: tuple[bytes, ...]


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

    def describe(self, host: str) -> str:
        """The session description."""
        name = "H264" if self.codec is Codec.H264 else "H265"
        sets = self.parameter_sets
        if self.codec is Codec.H264:
            fmtp = f"packetization-mode=1;profile-level-id={sets.sps[0][1:4].hex()};sprop-parameter-sets={_b64(sets.sps[0])},{_b64(sets.pps[0])}"
        else:
            fmtp = f"sprop-vps={_b64(sets.vps[0])};sprop-sps={_b64(sets.sps[0])};sprop-pps={_b64(sets.pps[0])}"
        return (
            f"v=0\r\no=- 0 0 IN IP4 {host}\r\ns=curbwatch simulator\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"
            f"m=video 0 RTP/AVP {PAYLOAD_TYPE}\r\na=rtpmap:{PAYLOAD_TYPE} {name}/{CLOCK_RATE}\r\na=fmtp:{PAYLOAD_TYPE} {fmtp}\r\na=control:track1\r\n"
        )


def _b64(nal: bytes) -> str:
    return base64.b64encode(nal).decode()


def prepare(path: Path) -> PreparedClip:
    """Reads and cuts a clip.

    Raises:
        RecordedFileError: the clip cannot be read.
    """
    units = list(read_access_units(path))
    last = units[-1]
    gap = (last.arrival_seconds / max(1, len(units) - 1)) or 0.04
    pictures = tuple(Picture(unit.arrival_seconds, unit.timestamp, unit.keyframe, tuple(_payloads(unit))) for unit in units)
    return PreparedClip(path, units[0].codec, last.arrival_seconds + gap, pictures, last.parameter_sets)


def _payloads(unit: AccessUnit) -> list[bytes]:
    sets = unit.parameter_sets
    own = (*sets.vps, *sets.sps, *sets.pps)
    nals = unit.nals if not unit.keyframe or all(nal in unit.nals for nal in own) else (*own, *(nal for nal in unit.nals if nal not in own))
    out: list[bytes] = []
    for nal in nals:
        if len(nal) <= MAX_PAYLOAD:
            out.append(nal)
        elif unit.codec is Codec.H264:
            indicator, kind = nal[0] & 0xE0 | 28, nal[0] & 0x1F
            parts = [nal[i : i + MAX_PAYLOAD - 2] for i in range(1, len(nal), MAX_PAYLOAD - 2)]
            out += [bytes((indicator, kind | (0x80 if i == 0 else 0) | (0x40 if i == len(parts) - 1 else 0))) + part for i, part in enumerate(parts)]
        else:
            head, kind = bytes((nal[0] & 0x81 | 49 << 1, nal[1])), (nal[0] >> 1) & 0x3F
            parts = [nal[i : i + MAX_PAYLOAD - 3] for i in range(2, len(nal), MAX_PAYLOAD - 3)]
            out += [head + bytes((kind | (0x80 if i == 0 else 0) | (0x40 if i == len(parts) - 1 else 0),)) + part for i, part in enumerate(parts)]
    return out
