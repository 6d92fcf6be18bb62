"""What comes off the wire: coded pictures and the parameter sets that they need. Nothing here is decoded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

START_CODE = b"\x00\x00\x00\x01"
CLOCK_RATE = 90_000
"""Ticks a second of RTP's video clock (RFC 6184, RFC 7798)."""

H264_IDR, H264_SPS, H264_PPS, H264_AUD, H264_SEI = 5, 7, 8, 9, 6
H265_VPS, H265_SPS, H265_PPS, H265_AUD, H265_SEI = 32, 33, 34, 35, 39
RECOVERY_POINT = 6
"""The SEI payload that says that decoding may begin at its picture (H.264 D.1.8, H.265 D.2.8)."""
MAX_SEI_BYTES = 4096
"""Of a SEI unit that are looked through; encoders that introduce themselves at length take 700."""
MAX_PARAMETER_SET_BYTES = 16 * 1024
MAX_PICTURE_SETS = 16
"""Of what a camera sends, so that a hostile one fills no memory; real ones send one or two sets of 50 bytes."""
H265_IRAP = range(16, 22)
"""BLA (16–18), IDR (19–20) and CRA (21): where decoding can begin. Real cameras send mostly CRA."""


class Codec(StrEnum):
    """A video codec under FFmpeg's name."""

    H264 = "h264"
    H265 = "hevc"


def nal_type(codec: Codec, nal: bytes) -> int:
    """The type of a NAL unit (without start code)."""
    return nal[0] & 0x1F if codec is Codec.H264 else (nal[0] >> 1) & 0x3F


def starts_decoding(codec: Codec, kind: int) -> bool:
    """Whether a NAL unit of this type makes its picture a keyframe."""
    return kind == H264_IDR if codec is Codec.H264 else kind in H265_IRAP


def recovery_pictures(codec: Codec, sei: bytes) -> int | None:
    """Of a SEI unit with a recovery point, after how many pictures a decoder that begins here shows sound ones (0: at once); None without one.

    H.264 D.2.8 `recovery_frame_cnt`, H.265 D.3.8 `recovery_poc_cnt` (signed; what is negative counts as 0).
    """
    at = 1 if codec is Codec.H264 else 2
    data = sei[:MAX_SEI_BYTES]
    if b"\x00\x00\x03" in data:
        data = data.replace(b"\x00\x00\x03", b"\x00\x00")  # emulation prevention (H.264 7.4.1)
    size = len(data)
    while at + 2 < size:
        kind = length = 0
        while at < size and data[at] == 0xFF:
            kind, at = kind + 255, at + 1
        if at < size:
            kind, at = kind + data[at], at + 1
        while at < size and data[at] == 0xFF:
            length, at = length + 255, at + 1
        if at < size:
            length, at = length + data[at], at + 1
        if kind == RECOVERY_POINT:
            number = exp_golomb(data[at : min(at + 5, at + length, size)])
            if number < 0:
                return None
            return number if codec is Codec.H264 else (number + 1) // 2 if number % 2 else 0
        at += length
    return None


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """The parameter sets in force: NAL units without start codes; `vps` is empty for H.264."""

    codec: Codec
    vps: tuple[bytes, ...] = ()
    sps: tuple[bytes, ...] = ()
    pps: tuple[bytes, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether a decoder could start with these."""
        return bool(self.sps and self.pps and (self.vps or self.codec is Codec.H264))

    @property
    def annexb(self) -> bytes:
        """All sets with start codes, in the order that decoders want."""
        return b"".join(START_CODE + nal for nal in (*self.vps, *self.sps, *self.pps))

    @property
    def key(self) -> str:
        """Names this content: two pictures with the same key can share a file."""
        return hashlib.sha256(self.annexb).hexdigest()[:16]

    def updated(self, nal: bytes) -> ParameterSets:
        """These sets with a newer one in place of its kind; of picture parameter sets, one under each id, since some encoders use several."""
        kind = nal_type(self.codec, nal)
        names = {H264_SPS: "sps", H264_PPS: "pps"} if self.codec is Codec.H264 else {H265_VPS: "vps", H265_SPS: "sps", H265_PPS: "pps"}
        name = names.get(kind)
        if name is None or nal in getattr(self, name) or len(nal) > MAX_PARAMETER_SET_BYTES:
            return self
        kept: tuple[bytes, ...] = ()
        if name == "pps":
            own = self._picture_set_id(nal)
            kept = tuple(other for other in self.pps if self._picture_set_id(other) != own)[-MAX_PICTURE_SETS + 1 :]
        sets = {"vps": self.vps, "sps": self.sps, "pps": self.pps} | {name: (*kept, nal)}
        return ParameterSets(self.codec, **sets)

    def _picture_set_id(self, nal: bytes) -> int:
        return exp_golomb(nal[1:4] if self.codec is Codec.H264 else nal[2:5])


def exp_golomb(data: bytes) -> int:
    """The unsigned Exp-Golomb number (H.264 9.1) that the bytes begin with; -1 where they are too short for it."""
    bits = f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}"
    zeros = len(bits) - len(bits.lstrip("0"))
    return int(bits[zeros : 2 * zeros + 1], 2) - 1 if 2 * zeros < len(bits) else -1


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One coded picture as it came off the wire.

    Attributes:
        nals: NAL units without start codes, in order, unchanged.
        timestamp: 90 kHz, unwrapped, of when it is to be shown; of a file its media time. Pictures come in the order in which they are decoded, so it
            goes back at B-pictures, and where the camera's clock is set.
        keyframe: whether decoding can begin here.
        arrival_seconds: monotonic clock at the last byte; in a replay, seconds of video.
        camera_unix_seconds: the camera's own clock for this picture (RTCP sender report), or None.
        parameter_sets: in force for this picture.
        damaged: bytes of it, or of a picture that it refers to, are known to be missing.
        recovery: no keyframe, but decoding may begin here and is sound some pictures later (a recovery point: cameras that refresh their
            pictures piece by piece instead of sending keyframes).
        prelude: the pictures to be decoded before this one, in order, from the last place where decoding can begin; empty for a keyframe. Only what is
            handed out for a camera without keyframes has one, and the pictures in it have none.
    """

    codec: Codec
    nals: tuple[bytes, ...] = field(repr=False)
    timestamp: int
    keyframe: bool
    arrival_seconds: float
    camera_unix_seconds: float | None
    parameter_sets: ParameterSets = field(repr=False)
    damaged: bool = False
    recovery: bool = False
    prelude: tuple[AccessUnit, ...] = field(default=(), repr=False)

    def annexb(self, *, with_parameter_sets: bool) -> bytes:
        """The picture with start codes.

        With its parameter sets, and its prelude between them and the picture, it decodes on its own if it is a keyframe or has a prelude. Parameter sets
        that change within the prelude stand in its pictures.
        """
        body = b"".join([START_CODE + nal for nal in self.nals])
        if not with_parameter_sets:
            return body
        first = self.prelude[0].parameter_sets if self.prelude else self.parameter_sets
        return b"".join((first.annexb, *(unit.annexb(with_parameter_sets=False) for unit in self.prelude), body))

    @property
    def size_bytes(self) -> int:
        """Bytes of the picture's NAL units, without those of its prelude."""
        return sum(len(nal) for nal in self.nals)


def split_annexb(data: bytes) -> tuple[bytes, ...]:
    """NAL units of a byte stream with start codes of three or four bytes."""
    nals = []
    start = data.find(b"\x00\x00\x01")
    while start >= 0:
        end = data.find(b"\x00\x00\x01", start + 3)
        nal = data[start + 3 : end if end >= 0 else len(data)]
        if end >= 0:
            nal = nal.rstrip(b"\x00")  # a NAL never ends in a zero byte: those belong to the next start code
        if nal:
            nals.append(nal)
        start = end
    return tuple(nals)
