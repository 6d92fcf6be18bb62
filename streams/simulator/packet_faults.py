"""What a faulty camera does to the RTP packets of a moment: lost, doubled, late, flipped, cut, dressed up. No I/O; chance comes from the generator.

Each function takes the packets without framing, the share that it acts on, the generator and the codec, and gives the packets that are sent.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from streams.media import H264_AUD, H264_PPS, H264_SPS, H265_AUD, H265_PPS, H265_SPS, H265_VPS, Codec
from streams.simulator.forged import forged_sps

RTP_HEADER_BYTES = 12
LATEST_PLACES = 8
"""How many places a reordered packet may come too late."""
OTHER_PAYLOAD_TYPE = 97
STAP_A, FU_B, AP, PACI = 24, 29, 48, 50
"""Payload structures of RFC 6184 (STAP-A, FU-B) and RFC 7798 (AP, PACI)."""

Packets = list[bytes]
"""RTP packets of one moment, without framing."""
OnPackets = Callable[[Packets, float, Random, Codec], Packets]


def lose(packets: Packets, share: float, random: Random, codec: Codec = Codec.H264) -> Packets:
    """Leaves out a share of the packets."""
    return [packet for packet in packets if random.random() >= share]


def double(packets: Packets, share: float, random: Random, codec: Codec = Codec.H264) -> Packets:
    """Sends a share of the packets twice."""
    return [copy for packet in packets for copy in ((packet, packet) if random.random() < share else (packet,))]


def reorder(packets: Packets, share: float, random: Random, codec: Codec = Codec.H264) -> Packets:
    """Lets a share of the packets come up to eight places late."""
    places = [index + (random.uniform(1, LATEST_PLACES) if random.random() < share else 0.0) for index in range(len(packets))]
    return [packet for _, packet in sorted(zip(places, packets, strict=True), key=lambda pair: pair[0])]


def flip_bits(packets: Packets, share: float, random: Random, codec: Codec = Codec.H264) -> Packets:
    """Flips one bit behind the payload's first two bytes in a share of the packets: no gap tells of it."""
    return [_flipped(packet, RTP_HEADER_BYTES + 2, len(packet), random) if random.random() < share else packet for packet in packets]


def flip_header_bits(packets: Packets, share: float, random: Random, codec: Codec = Codec.H264) -> Packets:
    """Flips one bit of the RTP header in a share of the packets: other sequence numbers, times, sources, payload types, lengths."""
    return [_flipped(packet, 0, RTP_HEADER_BYTES, random) if random.random() < share else packet for packet in packets]


def _flipped(packet: bytes, begin: int, end: int, random: Random) -> bytes:
    if begin >= end:
        return packet
    at = random.randrange(begin, end)
    return packet[:at] + bytes((packet[at] ^ 1 << random.randrange(8),)) + packet[at + 1 :]


def unmark(packets: Packets, share: float, random: Random, codec: Codec = Codec.H264) -> Packets:
    """Never sets the marker: only the next timestamp tells where a picture ends."""
    return [packet[:1] + bytes((packet[1] & 0x7F,)) + packet[2:] for packet in packets]


def truncate(packets: Packets, share: float, random: Random, codec: Codec = Codec.H264) -> Packets:
    """Cuts a share of the packets short anywhere: within the RTP header, behind it, or in a fragment."""
    return [packet[: random.randrange(1, len(packet))] if random.random() < share else packet for packet in packets]


def dress(packets: Packets, share: float, random: Random, codec: Codec = Codec.H264) -> Packets:
    """Gives every packet contributing sources, a header extension and padding (RFC 3550 5.1, 5.3.1): all that a header may carry."""
    sources, extension, padding = bytes(8), b"\xbe\xde\x00\x01" + bytes(4), b"\x00\x00\x00\x04"
    return [
        bytes((packet[0] | 0x32,)) + packet[1:RTP_HEADER_BYTES] + sources + extension + packet[RTP_HEADER_BYTES:] + padding  # P, X, two CSRC
        for packet in packets
    ]


def add_other_payload(packets: Packets, share: float, random: Random, codec: Codec = Codec.H264) -> Packets:
    """Puts packets of another payload type behind a share of the packets, with sequence numbers of their own."""
    out = []
    for packet in packets:
        out.append(packet)
        if random.random() < share:
            out.append(bytes((0x80, OTHER_PAYLOAD_TYPE)) + random.randbytes(2) + packet[4:RTP_HEADER_BYTES] + random.randbytes(40))
    return out


def use_unsupported(packets: Packets, share: float, random: Random, codec: Codec = Codec.H264) -> Packets:
    """Sends a share of the packets in a structure that cameras have no use for: FU-B, PACI."""
    head = bytes((FU_B,)) if codec is Codec.H264 else bytes((PACI << 1,))
    return [packet[:RTP_HEADER_BYTES] + head + packet[RTP_HEADER_BYTES + 1 :] if random.random() < share else packet for packet in packets]


def hide_parameter_sets(packets: Packets, share: float, random: Random, codec: Codec = Codec.H264) -> Packets:
    """Sends an access unit delimiter in place of parameter sets."""
    delimiter = bytes((H264_AUD, 0xF0)) if codec is Codec.H264 else bytes((H265_AUD << 1, 1, 0x50))
    return [packet[:RTP_HEADER_BYTES] + delimiter if _has_sets(packet, codec) else packet for packet in packets]


def claim_size(packets: Packets, share: float, random: Random, codec: Codec = Codec.H264) -> Packets:
    """Sends sequence parameter sets that claim 16000x16000 pixels."""
    return [packet[:RTP_HEADER_BYTES] + _claiming(packet[RTP_HEADER_BYTES:], codec) if _has_sets(packet, codec) else packet for packet in packets]


def _kind(nal: bytes, codec: Codec) -> int:
    return nal[0] & 0x1F if codec is Codec.H264 else nal[0] >> 1 & 0x3F


def _has_sets(packet: bytes, codec: Codec) -> bool:
    kinds = (H264_SPS, H264_PPS, STAP_A) if codec is Codec.H264 else (H265_VPS, H265_SPS, H265_PPS, AP)
    return _kind(packet[RTP_HEADER_BYTES:], codec) in kinds


def _claiming(payload: bytes, codec: Codec) -> bytes:
    sps = H264_SPS if codec is Codec.H264 else H265_SPS
    kind = _kind(payload, codec)
    if kind == sps:
        return forged_sps(codec)
    if kind not in (STAP_A, AP):
        return payload
    at = 1 if codec is Codec.H264 else 2
    out = bytearray(payload[:at])
    while at + 2 < len(payload):
        end = at + 2 + int.from_bytes(payload[at : at + 2], "big")
        nal = payload[at + 2 : end]
        nal = forged_sps(codec) if _kind(nal, codec) == sps else nal
        out += len(nal).to_bytes(2, "big") + nal
        at = end
    return bytes(out)
