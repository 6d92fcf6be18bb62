"""Depacketising, by packets made by hand."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import pairwise
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.media import AccessUnit, Codec, ParameterSets
from streams.rtp.receiver import LATE_PACKETS, MAX_NALS, MAX_PICTURE_BYTES, VideoReceiver
from streams.rtp.rtcp import Reception

SPS, PPS, AUD, SEI = bytes((0x67, 0x64, 0, 0x1E)), bytes((0x68, 0xEB, 0xEC)), bytes((0x09, 0xF0)), bytes((0x06, 5, 1))
IDR, IDR_2, P = bytes((0x65, 0x88)) + b"i" * 20, bytes((0x65, 0x11)) + b"j" * 20, bytes((0x41, 0x9A)) + b"p" * 20
VPS5, SPS5, PPS5 = bytes((0x40, 1, 12)), bytes((0x42, 1, 1, 1)), bytes((0x44, 1, 0xC1))
CRA5, IDR5, TRAIL5, TRAIL5_2 = (bytes((kind << 1, 1, first)) + b"h" * 20 for kind, first in ((21, 0x80), (19, 0x80), (1, 0x80), (1, 0x00)))

H264_SETS = ParameterSets(Codec.H264, (), (SPS,), (PPS,))
H265_SETS = ParameterSets(Codec.H265, (VPS5,), (SPS5,), (PPS5,))


class Stream:
    """Feeds a receiver: `send(payload)` with the next sequence number."""

    def __init__(self, codec: Codec = Codec.H264, sets: ParameterSets | None = None, sequence: int = 100) -> None:
        self.units: list[AccessUnit] = []
        self.sequence, self.ticks, self.ssrc, self.arrival = sequence, 90_000, 7, 5.0
        self.receiver = VideoReceiver(codec, 96, sets or (H264_SETS if codec is Codec.H264 else H265_SETS), self.units.append)

    def send(self, *payloads: bytes, marker: bool = True, step: int = 3600, first: int = 0x80, skip: int = 0) -> Stream:
        """One picture: a packet for each payload, the marker on the last."""
        self.ticks = (self.ticks + step) & 0xFFFFFFFF
        for index, payload in enumerate(payloads):
            self.raw(payload, marker=marker and index == len(payloads) - 1, first=first)
        self.sequence += skip
        return self

    def raw(self, payload: bytes, *, marker: bool = False, first: int = 0x80, kind: int = 96) -> None:
        self.receiver.packet(
            memoryview(pack("!BBHII", first, kind | (0x80 if marker else 0), self.sequence & 0xFFFF, self.ticks, self.ssrc) + payload), self.arrival
        )
        self.sequence += 1

    @property
    def nals(self) -> list[tuple[bytes, ...]]:
        return [unit.nals for unit in self.units]

    @property
    def damaged(self) -> list[bool]:
        return [unit.damaged for unit in self.units]

    @property
    def drops(self) -> dict[str, int]:
        return self.receiver.drops


def stap(*nals: bytes) -> bytes:
    return bytes((0x78,)) + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)


def ap(*nals: bytes) -> bytes:
    return bytes((48 << 1, 1)) + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)


def fu_a(nal: bytes, size: int = 5) -> list[bytes]:
    parts = [nal[at : at + size] for at in range(1, len(nal), size)]
    flags = [(0x80 if i == 0 else 0) | (0x40 if i == len(parts) - 1 else 0) for i in range(len(parts))]
    return [bytes((nal[0] & 0xE0 | 28, flag | nal[0] & 0x1F)) + part for flag, part in zip(flags, parts, strict=True)]


def fu(nal: bytes, size: int = 5) -> list[bytes]:
    parts = [nal[at : at + size] for at in range(2, len(nal), size)]
    flags = [(0x80 if i == 0 else 0) | (0x40 if i == len(parts) - 1 else 0) for i in range(len(parts))]
    return [bytes((nal[0] & 0x81 | 49 << 1, nal[1], flag | nal[0] >> 1 & 0x3F)) + part for flag, part in zip(flags, parts, strict=True)]


@pytest.mark.parametrize(
    ("codec", "payloads", "nals"),
    [
        (Codec.H264, [IDR], (IDR,)),
        (Codec.H264, [AUD, SPS, PPS, SEI, IDR, IDR_2], (AUD, SPS, PPS, SEI, IDR, IDR_2)),
        (Codec.H264, [stap(SPS, PPS), IDR], (SPS, PPS, IDR)),
        (Codec.H264, [stap(AUD, SPS, PPS, IDR)], (AUD, SPS, PPS, IDR)),
        (Codec.H264, fu_a(IDR), (IDR,)),
        (Codec.H264, [stap(SPS, PPS), *fu_a(IDR), *fu_a(IDR_2, 3)], (SPS, PPS, IDR, IDR_2)),
        (Codec.H264, fu_a(IDR, 1000), (IDR,)),
        (Codec.H265, [CRA5], (CRA5,)),
        (Codec.H265, [IDR5], (IDR5,)),
        (Codec.H265, [ap(VPS5, SPS5, PPS5), CRA5], (VPS5, SPS5, PPS5, CRA5)),
        (Codec.H265, fu(CRA5), (CRA5,)),
        (Codec.H265, [VPS5, SPS5, PPS5, *fu(IDR5, 3)], (VPS5, SPS5, PPS5, IDR5)),
    ],
    ids=["single", "several", "STAP-A", "all in one STAP-A", "FU-A", "STAP-A and two FU-A", "a FU-A of one piece",
         "H.265 CRA", "H.265 IDR", "AP", "FU", "singles and FU"],
)  # fmt: skip
def test_a_keyframe_however_it_is_packed(codec: Codec, payloads: list[bytes], nals: tuple[bytes, ...]) -> None:
    stream = Stream(codec).send(*payloads)
    (unit,) = stream.units
    assert (unit.nals, unit.keyframe, unit.damaged, unit.codec, unit.arrival_seconds) == (nals, True, False, codec, 5.0)
    assert not stream.drops


@pytest.mark.parametrize(("codec", "key", "other"), [(Codec.H264, IDR, P), (Codec.H265, CRA5, TRAIL5)])
def test_pictures_that_follow_are_no_keyframes(codec: Codec, key: bytes, other: bytes) -> None:
    stream = Stream(codec).send(key).send(other).send(other).send(key)
    assert [unit.keyframe for unit in stream.units] == [True, False, False, True]
    assert [after.timestamp - before.timestamp for before, after in pairwise(stream.units)] == [3600] * 3


def test_csrcs_extensions_and_padding_are_passed_over() -> None:
    stream = Stream()
    stream.send(b"\x00" * 8 + b"\xbe\xde\x00\x01" + b"\x00" * 4 + IDR + b"\x00\x00\x03", first=0x80 | 0x20 | 0x10 | 2)
    assert stream.nals == [(IDR,)]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        bytes(11),
        bytes((0x40, 96)) + bytes(20),
        bytes((0x90, 96)) + bytes(10),
        bytes((0x90, 96)) + bytes(12) + b"\xff\xff",
        bytes((0xA0, 96)) + bytes(11) + b"\xff",
        bytes((0x8F, 96)) + bytes(20),
    ],
    ids=["empty", "short", "version 1", "no room for an extension", "a longer extension than packet", "more padding than packet", "more sources than packet"],
)
def test_a_malformed_packet_is_counted_and_dropped(packet: bytes) -> None:
    stream = Stream()
    stream.receiver.packet(memoryview(packet), 1.0)
    assert stream.drops == {"malformed": 1}
    assert stream.receiver.packets == 0


def test_another_payload_type_is_not_ours() -> None:
    stream = Stream()
    stream.raw(IDR, marker=True, kind=8)
    assert stream.drops == {"other_payload": 1}


@pytest.mark.parametrize(("codec", "key", "other"), [(Codec.H264, IDR, P), (Codec.H265, CRA5, TRAIL5)])
def test_without_markers_the_next_timestamp_ends_a_picture(codec: Codec, key: bytes, other: bytes) -> None:
    stream = Stream(codec).send(key, marker=False).send(other, marker=False).send(other, marker=False)
    assert stream.nals == [(key,), (other,)]


@pytest.mark.parametrize("start", [0xFFFFFFFF - 5000, 0, 0x7FFFFFFF])
def test_timestamps_and_sequence_numbers_wrap(start: int) -> None:
    stream = Stream(sequence=65_530)
    stream.ticks = start
    for _ in range(40):
        stream.send(IDR)
    stamps = [unit.timestamp for unit in stream.units]
    assert {after - before for before, after in pairwise(stamps)} == {3600}
    assert not stream.drops
    assert stream.receiver.highest == 65_530 + 39


def test_b_pictures_go_back_in_time() -> None:
    stream = Stream().send(IDR).send(P, step=7200).send(P, step=-3600).send(P, step=7200)
    assert [unit.timestamp - stream.units[0].timestamp for unit in stream.units] == [0, 7200, 3600, 10_800]


class TestLoss:
    def test_a_gap_marks_its_picture_and_all_until_the_next_keyframe(self) -> None:
        stream = Stream().send(IDR).send(P, skip=1).send(P).send(P).send(IDR).send(P)
        assert stream.damaged == [False, False, True, True, False, False]
        assert stream.drops == {"gap": 1, "damaged_picture": 2}
        assert stream.receiver.lost == 1

    @pytest.mark.parametrize("lost", [0, 1, 2, 3])
    def test_a_keyframe_with_a_piece_missing_is_damaged(self, lost: int) -> None:
        stream = Stream().send(IDR)
        pieces = fu_a(IDR, 6)
        stream.ticks += 3600
        for index, piece in enumerate(pieces):
            if index == lost:
                stream.sequence += 1
            else:
                stream.raw(piece, marker=index == len(pieces) - 1)
        stream.send(P).send(IDR)
        assert stream.damaged == ([False, True, True, False] if stream.units[1].keyframe else [False, True, False])
        assert stream.drops["gap"] == 1

    def test_the_end_of_a_picture_lost_with_its_marker(self) -> None:
        stream = Stream().send(IDR).send(P, P, marker=False, skip=1).send(P).send(IDR)
        assert stream.damaged == [False, True, True, False]

    @pytest.mark.parametrize(("codec", "key", "second"), [(Codec.H264, IDR, IDR_2), (Codec.H265, CRA5, TRAIL5_2)])
    def test_a_stream_joined_behind_a_pictures_first_slice(self, codec: Codec, key: bytes, second: bytes) -> None:
        stream = Stream(codec).send(second).send(key).send(key, second)
        assert stream.damaged == [True, False, False]
        assert stream.drops == {"before_keyframe": 1}

    def test_a_stream_joined_between_keyframes_has_lost_nothing(self) -> None:
        stream = Stream().send(P).send(P).send(IDR).send(P)
        assert stream.damaged == [True, True, False, False]
        assert stream.drops == {"before_keyframe": 2}

    def test_doubled_and_late_packets_are_dropped(self) -> None:
        stream = Stream().send(IDR).send(P)
        stream.sequence -= 1
        stream.raw(P, marker=True)
        stream.sequence -= 2
        stream.raw(P, marker=True)
        stream.sequence += 1
        stream.send(P)
        assert len(stream.units) == 3
        assert not any(stream.damaged)
        assert stream.drops == {"duplicate": 1, "late": 1}

    @pytest.mark.parametrize("back", [LATE_PACKETS + 10, 20_000, 32_000])
    def test_sequence_numbers_that_begin_anew_count_no_loss(self, back: int) -> None:
        stream = Stream(sequence=40_000).send(IDR)
        stream.sequence -= back
        stream.send(P).send(IDR).send(P)
        assert stream.damaged == [False, True, False, False]
        assert stream.drops == {"restart": 1, "damaged_picture": 1}
        assert stream.receiver.lost == 0

    @pytest.mark.parametrize(
        ("payloads", "cause"),
        [
            ([stap(P)[:-1]], "malformed"),
            ([b"\x78\x00\x00" + P], "malformed"),
            ([b"\x79\x00\x00\x00" + P], "unsupported_payload"),
            ([b"\x7d" + P], "unsupported_payload"),
            ([b"\x5f" + P], "unsupported_payload"),
        ],
        ids=["STAP-A too short", "STAP-A with nothing", "STAP-B", "FU-B", "type 31"],
    )
    def test_what_cannot_be_unpacked_damages_the_picture(self, payloads: list[bytes], cause: str) -> None:
        stream = Stream().send(IDR).send(P, *payloads).send(P).send(IDR)
        assert stream.damaged == [False, True, True, False]
        assert stream.drops[cause] == 1

    @pytest.mark.parametrize(
        "payloads",
        [fu_a(P)[:2], fu_a(P)[1:], [*fu_a(P)[:2], *fu_a(P)], [*fu_a(P)[:2], P]],
        ids=["no end", "no beginning", "begins twice", "another between"],
    )
    def test_a_broken_fragmented_unit_damages_the_picture(self, payloads: list[bytes]) -> None:
        stream = Stream().send(IDR).send(P, *payloads).send(IDR)
        assert stream.damaged == [False, True, False]

    @pytest.mark.parametrize(
        "payloads",
        [fu(TRAIL5)[:2], fu(TRAIL5)[1:], [*fu(TRAIL5)[:2], *fu(TRAIL5)], [*fu(TRAIL5)[:2], TRAIL5], [ap(TRAIL5)[:-1]], [bytes((50 << 1, 1)) + TRAIL5]],
        ids=["no end", "no beginning", "begins twice", "another between", "AP too short", "PACI"],
    )
    def test_a_broken_h265_unit_damages_the_picture(self, payloads: list[bytes]) -> None:
        stream = Stream(Codec.H265).send(CRA5).send(TRAIL5, *payloads).send(CRA5)
        assert stream.damaged == [False, True, False]


def test_a_new_source_begins_at_its_keyframe() -> None:
    stream = Stream().send(IDR).send(P)
    stream.ssrc, stream.sequence, stream.ticks = 8, 9, 5
    stream.send(P).send(IDR)
    assert stream.damaged == [False, False, True, False]
    assert stream.drops["source_changed"] == 1


class TestParameterSets:
    def test_a_keyframe_without_any_is_of_no_use(self) -> None:
        stream = Stream(sets=ParameterSets(Codec.H264)).send(IDR).send(SPS, PPS, IDR)
        assert stream.damaged == [True, False]
        assert stream.drops == {"no_parameter_sets": 1, "before_keyframe": 1}

    def test_those_on_a_timestamp_of_their_own_belong_to_the_next_picture(self) -> None:
        stream = Stream(sets=ParameterSets(Codec.H264)).send(SPS).send(PPS).send(IDR)
        (unit,) = stream.units
        assert (unit.damaged, unit.parameter_sets.sps, unit.parameter_sets.pps) == (False, (SPS,), (PPS,))

    def test_new_ones_replace_the_old_ones_from_their_picture_on(self) -> None:
        newer = SPS + b"\x01"
        stream = Stream().send(SPS, PPS, IDR).send(newer, PPS, IDR)
        assert [unit.parameter_sets.sps for unit in stream.units] == [(SPS,), (newer,)]


class TestReception:
    """What receiver reports tell (RFC 3550 6.4.1)."""

    @staticmethod
    def told(stream: Stream) -> tuple[int, int, int]:
        how = stream.receiver.reception()
        return how.highest, how.lost, how.fraction

    def test_what_was_lost_since_the_last_report(self) -> None:
        stream = Stream(sequence=65_500).send(IDR).send(*[P] * 4, skip=1)
        assert self.told(stream) == (65_504, 0, 0)
        stream.send(*[P] * 3)
        assert self.told(stream) == (65_508, 1, 64)
        stream.send(*[P] * 60)
        assert self.told(stream) == (65_568, 1, 0)
        assert self.told(stream) == (65_568, 1, 0)

    def test_before_the_first_packet_there_is_nothing_to_tell(self) -> None:
        assert Stream().receiver.reception() == Reception(0, 0, 0, 0)

    @pytest.mark.parametrize("back", [600, 30_000])
    def test_a_camera_that_begins_anew_counts_anew(self, back: int) -> None:
        stream = Stream(sequence=40_000).send(IDR, skip=5).send(P)
        stream.receiver.reception()
        stream.sequence -= back
        stream.send(P).send(P).send(P)
        assert stream.receiver.reception().lost == 0

    def test_a_new_source_counts_anew(self) -> None:
        stream = Stream().send(IDR, skip=5).send(P)
        stream.ssrc, stream.sequence = 8, 9
        stream.send(P).send(P, skip=1).send(P)
        assert self.told(stream) == (12, 1, 64)

    def test_jitter_is_kept_once_a_picture(self) -> None:
        stream = Stream().send(IDR)
        for number in range(400):
            stream.arrival = 5.0 + 0.04 * number + (0.01 if number % 2 else 0.0)
            stream.send(P, P)
        assert stream.receiver.reception().jitter == pytest.approx(900, abs=10), "each transit differs from the last by 10 ms"


class TestSenderReports:
    def test_pictures_have_the_cameras_clock(self) -> None:
        stream = Stream().send(IDR)
        assert stream.units[0].camera_unix_seconds is None
        stream.receiver.sender_report(1_700_000_000.0, stream.ticks - 9000, 5.0)
        stream.send(P)
        assert stream.units[1].camera_unix_seconds == 1_700_000_000.0 + (9000 + 3600) / 90_000

    @pytest.mark.parametrize("start", [0xFFFFFFFF - 4000, 3000])
    def test_a_report_on_the_other_side_of_a_wrap(self, start: int) -> None:
        stream = Stream()
        stream.ticks = start
        stream.send(IDR)
        for before in (9000, -9000):
            stream.receiver.sender_report(1_700_000_000.0, (stream.ticks - before) & 0xFFFFFFFF, 5.0)
            stream.send(P, step=0)
            assert stream.units[-1].camera_unix_seconds == 1_700_000_000.0 + before / 90_000

    def test_a_clock_that_is_set_is_counted(self) -> None:
        stream = Stream().send(IDR)
        for number, unix in enumerate((1e9, 1e9 + 5, 1e9 + 3610, 1e9 + 3615)):
            stream.receiver.sender_report(unix, stream.ticks, 5.0 * number)
            stream.send(P, step=450_000)
        assert stream.drops == {"clock_jump": 1}
        assert stream.receiver.clock.jumps == 1

    def test_a_new_source_has_no_clock_yet(self) -> None:
        stream = Stream().send(IDR)
        stream.receiver.sender_report(1e9, stream.ticks, 5.0)
        stream.ssrc = 8
        stream.send(IDR)
        assert stream.units[-1].camera_unix_seconds is None


class TestSlowPackets:
    """Extensions, padding, contributing sources: rare, and whole all the same."""

    @pytest.mark.parametrize("codec", list(Codec))
    def test_each_packet_of_a_fragmented_picture_with_all_three(self, codec: Codec) -> None:
        key, split = (IDR, fu_a) if codec is Codec.H264 else (CRA5, fu)
        dressed = [b"\x00" * 4 + b"\xbe\xde\x00\x01" + b"\x00" * 4 + piece + b"\x00\x02" for piece in split(key)]
        stream = Stream(codec).send(*dressed, first=0x80 | 0x20 | 0x10 | 1)
        assert stream.nals == [(key,)]
        assert not stream.drops

    def test_padding_alone_ends_a_picture_by_its_marker(self) -> None:
        stream = Stream()
        stream.ticks += 3600
        stream.raw(IDR)
        stream.raw(b"\x00\x00\x03", marker=True, first=0xA0)
        assert stream.nals == [(IDR,)]
        assert stream.damaged == [False]

    def test_an_empty_payload_counts_in_the_sequence_alone(self) -> None:
        stream = Stream().send(IDR, b"", IDR_2)
        assert stream.nals == [(IDR, IDR_2)]
        assert not stream.drops


class TestRecoveryPoints:
    AT_ONCE, SOON = bytes((6, 6, 1, 0xC4, 0x80)), bytes((6, 6, 2, 0x0D, 0x44, 0x80))
    SOON5 = bytes((39 << 1, 1, 6, 1, 0x24, 0x80))

    @pytest.mark.parametrize(("codec", "sei", "picture", "key"), [(Codec.H264, SOON, P, IDR), (Codec.H265, SOON5, TRAIL5, CRA5)])
    def test_a_picture_with_one_says_so_and_a_keyframe_needs_none(self, codec: Codec, sei: bytes, picture: bytes, key: bytes) -> None:
        stream = Stream(codec).send(sei, key).send(picture).send(sei, picture)
        assert [(unit.keyframe, unit.recovery) for unit in stream.units] == [(True, False), (False, False), (False, True)]

    @pytest.mark.parametrize(("codec", "sei", "picture"), [(Codec.H264, SOON, P), (Codec.H265, SOON5, TRAIL5)])
    def test_a_camera_without_keyframes_begins_with_one(self, codec: Codec, sei: bytes, picture: bytes) -> None:
        stream = Stream(codec).send(picture).send(sei, picture).send(picture, skip=1).send(picture).send(sei, picture).send(picture)
        assert stream.damaged == [True, False, False, True, False, False]

    def test_where_keyframes_come_a_gradual_one_heals_nothing(self) -> None:
        stream = Stream().send(IDR).send(P, skip=1).send(P).send(self.SOON, P).send(self.AT_ONCE, P).send(P)
        assert stream.damaged == [False, False, True, True, False, False]

    def test_one_that_lost_a_piece_itself_heals_nothing(self) -> None:
        stream = Stream().send(P).send(self.SOON, *fu_a(P)[1:]).send(P)
        assert all(stream.damaged)


class TestBounds:
    def test_an_endless_picture_in_fragments(self) -> None:
        stream = Stream().send(IDR)
        piece = bytes((0x7C, 0x05)) + bytes(65_000)
        stream.ticks += 3600
        stream.raw(bytes((0x7C, 0x85)) + bytes(10))
        for _ in range(3 * MAX_PICTURE_BYTES // 65_000):
            stream.raw(piece)
        assert len(stream.receiver._fragment or b"") <= MAX_PICTURE_BYTES
        stream.send(P).send(IDR)
        assert stream.drops["oversized"] == 1
        assert stream.damaged[-2:] == [True, False]

    def test_an_endless_picture_in_units(self) -> None:
        stream = Stream().send(IDR)
        stream.ticks += 3600
        for _ in range(3 * MAX_PICTURE_BYTES // 60_000):
            stream.raw(P + bytes(60_000))
        assert sum(map(len, stream.receiver._nals)) <= MAX_PICTURE_BYTES
        stream.send(IDR)
        assert stream.damaged[1:] == [True, False]

    def test_endless_tiny_units_without_a_marker(self) -> None:
        stream = Stream().send(IDR)
        stream.ticks += 3600
        for _ in range(3 * MAX_NALS):
            stream.raw(P)
        assert len(stream.receiver._nals) <= MAX_NALS
        stream.send(IDR)
        assert stream.damaged[1:] == [True, False]

    def test_units_and_fragment_together(self) -> None:
        stream = Stream().send(IDR)
        stream.ticks += 3600
        for _ in range(MAX_PICTURE_BYTES // 120_000):
            stream.raw(P + bytes(60_000))
        stream.raw(bytes((0x7C, 0x85)) + bytes(10))
        for _ in range(MAX_PICTURE_BYTES // 60_000):
            stream.raw(bytes((0x7C, 0x05)) + bytes(60_000))
        held = sum(map(len, stream.receiver._nals)) + len(stream.receiver._fragment or b"")
        assert held <= MAX_PICTURE_BYTES


packets = st.builds(
    lambda first, second, sequence, ticks, ssrc, payload: pack("!BBHII", first, second, sequence, ticks, ssrc) + payload,
    st.one_of(st.just(0x80), st.integers(0, 255)),
    st.one_of(st.sampled_from([96, 96 | 0x80]), st.integers(0, 255)),
    st.integers(0, 65535),
    st.integers(0, 2**32 - 1),
    st.integers(1, 2),
    st.one_of(st.binary(max_size=40), st.builds(lambda head, rest: bytes(head) + rest, st.lists(st.integers(0, 255), max_size=3), st.just(IDR))),
)


@settings(max_examples=300)
@given(st.sampled_from(list(Codec)), st.lists(st.one_of(packets, st.binary(max_size=30)), max_size=30))
def test_any_packets_are_taken(codec: Codec, sent: Iterable[bytes]) -> None:
    units: list[AccessUnit] = []
    receiver = VideoReceiver(codec, 96, ParameterSets(codec), units.append)
    for packet in sent:
        receiver.packet(memoryview(packet), 1.0)
    assert all(unit.nals for unit in units)


def test_a_packet_costs_microseconds() -> None:
    """The floor of reading: 1.5 to 3 µs a packet were measured; this only fails at ten times that."""
    stream = Stream().send(IDR)
    payloads = [bytes((0x7C, 0x85)) + bytes(1200), *[bytes((0x7C, 0x05)) + bytes(1200)] * 300, bytes((0x7C, 0x45)) + bytes(1200)]
    sent = [[memoryview(pack("!BBHII", 0x80, 96, n, 1, 7) + payload) for n, payload in enumerate(payloads, 200 + 400 * r)] for r in range(10)]
    began = time.process_time()
    for picture in sent:
        for packet in picture:
            stream.receiver.packet(packet, 1.0)
    assert time.process_time() - began < 10 * len(payloads) * 30e-6
