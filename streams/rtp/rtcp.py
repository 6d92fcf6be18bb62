"""RTCP: the camera's clock out of sender reports, its goodbye, and receiver reports back (RFC 3550 6.4, 6.6)."""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack, unpack_from

NTP_TO_UNIX = 2_208_988_800
SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION, BYE = 200, 201, 202, 203


@dataclass(frozen=True, slots=True)
class SenderReport:
    """What a camera says of its clock: Unix seconds, the RTP time at that moment, and the middle bits that a receiver report quotes."""

    ssrc: int
    unix_seconds: float
    ticks: int
    ntp_middle: int


def parse_sender_report(data: memoryview | bytes) -> SenderReport | None:
    """The sender report of a compound packet, or None; a report with the year 1900 (no clock) is none."""
    at = 0
    while at + 8 <= len(data):
        if data[at] >> 6 != 2:
            return None
        length = 4 * (unpack_from("!H", data, at + 2)[0] + 1)
        if data[at + 1] == SENDER_REPORT and at + 28 <= len(data) and length >= 28:
            ssrc, seconds, fraction, ticks = unpack_from("!IIII", data, at + 4)
            if seconds < NTP_TO_UNIX:
                return None
            return SenderReport(ssrc, seconds - NTP_TO_UNIX + fraction / 2**32, ticks, (seconds & 0xFFFF) << 16 | fraction >> 16)
        at += length
    return None


def write_sender_report(ssrc: int, unix_seconds: float, ticks: int, packets: int, octets: int) -> bytes:
    """A sender report (the simulator's side)."""
    whole = int(unix_seconds)
    fraction = int((unix_seconds - whole) * 2**32)
    words = (ssrc, whole + NTP_TO_UNIX, fraction, ticks, packets, octets)
    return pack("!BBHIIIIII", 0x80, SENDER_REPORT, 6, *(word & 0xFFFFFFFF for word in words))


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The camera ends the stream (RFC 3550 6.6): which sources, and why, if it says so."""

    sources: tuple[int, ...]
    reason: str


def parse_bye(data: memoryview | bytes) -> Goodbye | None:
    """The BYE of a compound packet, or None.

    A session whose `VideoReceiver.ssrc` is among `sources` is over at once: nothing more will come, and waiting for the stale timeout helps nobody. A BYE
    that names no source, or others only, says nothing of the video. `reason` is what the camera wrote, at most 60 printable characters.
    """
    at = 0
    while at + 4 <= len(data):
        if data[at] >> 6 != 2:
            return None
        end = at + 4 * (unpack_from("!H", data, at + 2)[0] + 1)
        if data[at + 1] == BYE and end <= len(data):
            count = min(data[at] & 0x1F, (end - at - 4) // 4)
            text_at = at + 4 + 4 * count
            text = bytes(data[text_at + 1 : min(end, text_at + 1 + data[text_at])]) if text_at < end else b""
            reason = "".join(sign for sign in text.decode("utf-8", "replace") if sign.isprintable())[:60]
            return Goodbye(unpack_from(f"!{count}I", data, at + 4), reason)
        at = end
    return None


@dataclass(frozen=True, slots=True)
class Reception:
    """How a source is received, for its receiver report (RFC 3550 6.4.1).

    Attributes:
        highest: extended highest sequence number.
        lost: packets expected and not received since the source began; over UDP, what came too late to be used counts as lost.
        fraction: of those expected since the last report, lost ones in 256ths.
        jitter: of the interarrival time, in ticks of the RTP clock.
    """

    highest: int
    lost: int
    fraction: int
    jitter: int


CNAME = b"curbwatch"


def write_receiver_report(
    own_ssrc: int, ssrc: int, *, highest: int, lost: int, report: SenderReport | None, delay_seconds: float, fraction: int = 0, jitter: int = 0
) -> bytes:
    """A receiver report on one source, and the SDES with the CNAME that goes with each (RFC 3550 6.1); `delay_seconds` since the last sender report."""
    middle, delay = (0, 0) if report is None else (report.ntp_middle, min(0xFFFFFFFF, int(delay_seconds * 65536)))
    lost_word = fraction << 24 | max(-0x800000, min(lost, 0x7FFFFF)) & 0xFFFFFF
    head = pack("!BBHI", 0x81, RECEIVER_REPORT, 7, own_ssrc)
    block = pack("!IIIIII", ssrc, lost_word, highest & 0xFFFFFFFF, jitter, middle, delay)
    item = bytes((1, len(CNAME))) + CNAME
    item += bytes(4 - len(item) % 4)
    return head + block + pack("!BBHI", 0x81, SOURCE_DESCRIPTION, 1 + len(item) // 4, own_ssrc) + item
