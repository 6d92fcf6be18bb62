from __future__ import annotations

from struct import unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.rtp.rtcp import NTP_TO_UNIX, Goodbye, SenderReport, parse_bye, parse_sender_report, write_receiver_report, write_sender_report

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


@pytest.mark.parametrize(
    ("lost", "fraction", "word"),
    [(0, 0, 0), (5, 64, 64 << 24 | 5), (-3, 0, 0xFFFFFD), (2**30, 255, 255 << 24 | 0x7FFFFF), (-(2**30), 0, 0x800000)],
    ids=["none", "a quarter", "more than expected", "most", "least"],
)
def test_what_is_lost_has_eight_bits_and_twenty_four(lost: int, fraction: int, word: int) -> None:
    data = write_receiver_report(1, 7, highest=9, lost=lost, fraction=fraction, jitter=77, report=None, delay_seconds=0.0)
    assert unpack("!II", data[12:16] + data[20:24]) == (word, 77)


def test_a_receiver_report_names_its_sender() -> None:
    """RFC 3550 6.1: each compound packet has an SDES with a CNAME; its chunk ends in one to four zero bytes."""
    data = write_receiver_report(9, 7, highest=9, lost=0, report=None, delay_seconds=0.0)
    head, length, source, kind, size = unpack("!HHIBB", data[32:42])
    assert (head, source, kind) == (0x81CA, 9, 1)
    assert len(data) == 32 + 4 + 4 * length
    assert data[42 : 42 + size] == b"curbwatch"
    assert data[42 + size :].strip(b"\x00") == b""
    assert 1 <= len(data) - 42 - size <= 4


BYE = b"\x81\xcb\x00\x04" + (7).to_bytes(4, "big") + b"\x08shutdown" + bytes(3)


@pytest.mark.parametrize(
    ("data", "goodbye"),
    [
        (BYE, Goodbye((7,), "shutdown")),
        (REPORT + BYE, Goodbye((7,), "shutdown")),
        (b"\x82\xcb\x00\x02" + bytes(3) + b"\x07" + bytes(3) + b"\x08", Goodbye((7, 8), "")),
        (b"\x80\xcb\x00\x00", Goodbye((), "")),
        (b"\x9f\xcb\x00\x01" + bytes(3) + b"\x07", Goodbye((7,), "")),
        (b"\x81\xcb\x00\x02" + bytes(3) + b"\x07\xffab\n", Goodbye((7,), "ab")),
        (REPORT, None),
        (BYE[:-1], None),
        (b"\x01" + BYE[1:], None),
        (b"", None),
    ],
    ids=["a source and why", "behind a report", "two sources", "none", "fewer than it says", "a reason longer than the packet", "a report", "cut off",
         "version 0", "empty"],
)  # fmt: skip
def test_goodbye(data: bytes, goodbye: Goodbye | None) -> None:
    assert parse_bye(memoryview(data)) == goodbye


@given(st.binary(max_size=120))
def test_any_bytes_are_taken(data: bytes) -> None:
    for text in (data, b"\x80\xc8" + data, REPORT[:8] + data, b"\x81\xcb" + data, REPORT + b"\x81\xcb" + data):
        parse_sender_report(text)
        parse_bye(text)
