"""RTCP: the camera's clock out of sender reports, and receiver reports back (RFC 3550 6.4)."""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack, unpack_from

NTP_TO_UNIX = 2_208_988_800
SENDER_REPORT, RECEIVER_REPORT = 200, 201


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


def write_receiver_report(own_ssrc: int, ssrc: int, *, highest: int, lost: int, report: SenderReport | None, delay_seconds: float) -> bytes:
    """A receiver report on one source; `delay_seconds` since its last sender report."""
    middle, delay = (0, 0) if report is None else (report.ntp_middle, min(0xFFFFFFFF, int(delay_seconds * 65536)))
    head = pack("!BBHI", 0x81, RECEIVER_REPORT, 7, own_ssrc)
    return head + pack("!IIIIII", ssrc, min(lost, 0x7FFFFF), highest & 0xFFFFFFFF, 0, middle, delay)
