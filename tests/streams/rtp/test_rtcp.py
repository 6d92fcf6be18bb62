from __future__ import annotations

from struct import unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.rtp.rtcp import NTP_TO_UNIX, SenderReport, parse_sender_report, write_receiver_report, write_sender_report

REPORT = write_sender_report(7, 1_700_000_000.25, 0x1_0000_0005, 10, 1000)


def test_a_sender_report_is_read_as_it_was_written() -> None:
    assert parse_sender_report(REPORT) == SenderReport(7, 1_700_000_000.25, 5, (1_700_000_000 + NTP_TO_UNIX & 0xFFFF) << 16 | 0x4000)


def test_it_is_found_behind_other_reports() -> None:
    receiver_report = write_receiver_report(1, 7, highest=9, lost=0, report=None, delay_seconds=0.0)
    assert parse_sender_report(receiver_report + REPORT) is not None


@pytest.mark.parametrize(
    "data",
    [b"", REPORT[:27], b"\x00" + REPORT[1:], REPORT[:2] + b"\x00\x00" + REPORT[4:], write_sender_report(7, -NTP_TO_UNIX, 1, 1, 1), b"\x80\xcb\x00\x01abcd"],
    ids=["empty", "short", "version 0", "a length of nothing", "a camera without a clock", "goodbye"],
)
def test_what_is_no_sender_report_is_none(data: bytes) -> None:
    assert parse_sender_report(data) is None


def test_a_receiver_report_quotes_the_sender() -> None:
    report = parse_sender_report(REPORT)
    data = write_receiver_report(1, 7, highest=0x1_0001, lost=2**24, report=report, delay_seconds=0.5)
    head, length, own, source, lost, highest, jitter, middle, delay = unpack("!HHIIIIIII", data[:32])
    assert report is not None
    assert (head, length, own, source, highest, jitter, middle, delay) == (0x81C9, 7, 1, 7, 0x10001, 0, report.ntp_middle, 32768)
    assert lost == 0x7FFFFF, "24 bits, signed"


@given(st.binary(max_size=120))
def test_any_bytes_are_taken(data: bytes) -> None:
    for text in (data, b"\x80\xc8" + data, REPORT[:8] + data):
        parse_sender_report(text)
