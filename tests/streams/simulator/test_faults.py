from __future__ import annotations

from random import Random

import pytest

from streams.errors import CameraSpecError
from streams.simulator.faults import FAULTS, METHODS, Act, Fault, parse_fault
from streams.simulator.packet_faults import double, flip_bits, lose, reorder, unmark

PACKETS = [bytes((0x80, 0xE0)) + number.to_bytes(2, "big") + bytes(8) + bytes(range(40)) for number in range(500)]


def test_an_address_without_a_fault_asks_for_none() -> None:
    assert parse_fault("rtsp://h/1") == Fault()
    assert parse_fault("rtsp://h/1?fault=none") == Fault()


def test_an_address_names_a_fault_with_its_figures() -> None:
    assert parse_fault("rtsp://h/1?fault=loss&after=0&share=0.5") == Fault("loss", 0.0, 0.5)
    assert parse_fault("rtsp://h/1?fault=clock_jump").amount == 3600.0, "the table's default"


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("fault=stal", "'stal' is not known"),
        ("fault=stall&after=soon", "after='soon'"),
        ("fault=stall&after=-1", "after='-1'"),
        ("fault=loss&share=1.5", "share='1.5'"),
        ("fault=loss&share=nan", "share='nan'"),
    ],
)
def test_a_wrong_query_is_refused_by_name(query: str, complaint: str) -> None:
    with pytest.raises(CameraSpecError, match=complaint):
        parse_fault(f"rtsp://h/1?{query}")


def test_every_request_can_be_hung_closed_reset_garbled_and_failed() -> None:
    for method in METHODS:
        low = method.lower()
        acts = [Fault(f"{word}_{low}").instead_of(method) for word in ("hang", "close", "reset", "garbage", "error")]
        assert acts == [Act.SILENCE, Act.CLOSE, Act.RESET, Act.GARBAGE, 500]
        assert Fault(f"hang_{low}").instead_of("OTHER") is None


def test_every_line_of_the_table_says_what_it_does() -> None:
    assert all(kind.summary and not kind.summary.endswith(".") for kind in FAULTS.values())


def test_a_fault_begins_at_its_time_in_play() -> None:
    assert not Fault("stall", after_seconds=2.0).begun(1.9)
    assert Fault("stall", after_seconds=2.0).begun(2.0)
    assert not Fault().begun(100.0)


def test_loss_leaves_out_about_its_share() -> None:
    kept = lose(PACKETS, 0.2, Random(3))
    assert 350 < len(kept) < 450
    assert set(kept) < set(PACKETS)


def test_duplicates_come_one_after_the_other() -> None:
    sent = double(PACKETS, 0.2, Random(3))
    assert 550 < len(sent) < 650
    assert list(dict.fromkeys(sent)) == PACKETS


def test_reordering_loses_nothing_and_moves_a_packet_at_most_eight_places() -> None:
    sent = reorder(PACKETS, 0.2, Random(3))
    assert sent != PACKETS
    assert sorted(sent) == sorted(PACKETS)
    assert max(abs(sent.index(packet) - place) for place, packet in enumerate(PACKETS)) <= 8


def test_bitflips_change_one_bit_of_the_payload_and_never_the_header() -> None:
    sent = flip_bits(PACKETS, 0.2, Random(3))
    changed = [(old, new) for old, new in zip(PACKETS, sent, strict=True) if old != new]
    assert 50 < len(changed) < 150
    for old, new in changed:
        assert old[:14] == new[:14]
        assert (int.from_bytes(old, "big") ^ int.from_bytes(new, "big")).bit_count() == 1


def test_an_unmarked_packet_differs_only_in_its_marker() -> None:
    assert [packet[:1] + bytes((packet[1] | 0x80,)) + packet[2:] for packet in unmark(PACKETS, 1.0, Random(3))] == PACKETS
    assert not any(packet[1] & 0x80 for packet in unmark(PACKETS, 1.0, Random(3)))
