"""What becomes of RTP packets at each fault of a simulated camera."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from streams.decoding import decode_keyframe
from streams.errors import DecodeError
from streams.media import AccessUnit, Codec
from streams.rtp.receiver import VideoReceiver
from streams.simulator.forged import forged_sps, monstrous
from streams.simulator.packet_faults import (
    OnPackets,
    add_other_payload,
    claim_size,
    double,
    dress,
    flip_bits,
    flip_header_bits,
    hide_parameter_sets,
    lose,
    reorder,
    truncate,
    unmark,
    use_unsupported,
)
from streams.simulator.packets import PAYLOAD_TYPE, prepare

PACKETS = [bytes((0x80, 0xE0)) + number.to_bytes(2, "big") + bytes(8) + bytes(range(40)) for number in range(500)]


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


def received(clip: Path, codec: str, change: OnPackets, share: float = 1.0) -> tuple[list[AccessUnit], dict[str, int]]:
    """What a receiver makes of a clip's changed packets, and what it counts."""
    prepared = prepare(clip)
    units: list[AccessUnit] = []
    receiver = VideoReceiver(Codec(codec), PAYLOAD_TYPE, prepared.parameter_sets, units.append)
    sequence, random = 0, Random(5)
    for picture in prepared.pictures:
        packets = picture.split(picture.address(sequence, picture.ticks, 7))
        sequence += picture.packets
        for packet in change(packets, share, random, Codec(codec)):
            receiver.packet(memoryview(packet), 0.0)
    return units, receiver.drops


@pytest.mark.parametrize("codec", ["h264", "hevc"])
class TestOnTheWay:
    def test_a_dressed_packet_brings_the_same_picture(self, clip: Callable[[str], Path], codec: str) -> None:
        plain, _ = received(clip(codec), codec, unmark)
        dressed, drops = received(clip(codec), codec, dress)
        assert [unit.nals for unit in dressed[: len(plain)]] == [unit.nals for unit in plain]
        assert not drops

    def test_another_payload_type_changes_nothing_but_its_count(self, clip: Callable[[str], Path], codec: str) -> None:
        units, drops = received(clip(codec), codec, add_other_payload)
        assert set(drops) == {"other_payload"}
        assert not any(unit.damaged for unit in units)

    def test_an_unsupported_structure_damages_its_picture(self, clip: Callable[[str], Path], codec: str) -> None:
        _, drops = received(clip(codec), codec, use_unsupported, 0.05)
        assert drops["unsupported_payload"] > 0

    def test_parameter_sets_that_do_not_come_are_those_that_were_described(self, clip: Callable[[str], Path], codec: str) -> None:
        units, drops = received(clip(codec), codec, hide_parameter_sets)
        assert not drops
        described = prepare(clip(codec)).parameter_sets
        assert all(unit.parameter_sets == described for unit in units)
        assert not any(nal in unit.nals for unit in units for nal in described.sps)

    def test_a_claim_of_sixteen_thousand_pixels_is_refused_by_the_decoder_before_it_takes_memory(self, clip: Callable[[str], Path], codec: str) -> None:
        units, drops = received(clip(codec), codec, claim_size)
        assert not drops
        keyframe = next(unit for unit in units if unit.keyframe)
        assert forged_sps(Codec(codec)) in keyframe.parameter_sets.sps
        with pytest.raises(DecodeError):
            decode_keyframe(keyframe, ())

    def test_a_picture_without_measure_is_dropped_whole(self, clip: Callable[[str], Path], codec: str) -> None:
        units: list[AccessUnit] = []
        receiver = VideoReceiver(Codec(codec), PAYLOAD_TYPE, prepare(clip(codec)).parameter_sets, units.append)
        size = 0
        for sequence, packet in enumerate(monstrous(Codec(codec), 9_000_000)):
            size += len(packet)
            receiver.packet(memoryview(packet[:2] + (sequence & 0xFFFF).to_bytes(2, "big") + packet[4:]), 0.0)
        assert size > 9_000_000
        assert receiver.drops["oversized"] == 1
        assert not any(not unit.damaged for unit in units)


def test_a_truncated_packet_is_a_beginning_of_its_own() -> None:
    sent = truncate(PACKETS, 0.2, Random(3))
    assert all(old.startswith(new) and new for old, new in zip(PACKETS, sent, strict=True))
    assert 50 < sum(len(new) < len(old) for old, new in zip(PACKETS, sent, strict=True)) < 150


def test_flips_in_the_header_leave_the_payload() -> None:
    sent = flip_header_bits(PACKETS, 0.2, Random(3))
    assert all(old[12:] == new[12:] for old, new in zip(PACKETS, sent, strict=True))
    assert 50 < sum(old != new for old, new in zip(PACKETS, sent, strict=True)) < 150
