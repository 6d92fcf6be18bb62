from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.media import (
    MAX_PARAMETER_SET_BYTES,
    MAX_PICTURE_SETS,
    AccessUnit,
    Codec,
    ParameterSets,
    exp_golomb,
    recovery_pictures,
    split_annexb,
    starts_decoding,
)

SPS, PPS0, PPS1 = bytes((0x67, 1, 2, 3)), bytes((0x68, 0b1100_0000)), bytes((0x68, 0b0101_0000))
START3, START4 = b"\x00\x00\x01", b"\x00\x00\x00\x01"


@pytest.mark.parametrize(
    ("data", "number"),
    [(b"\x80", 0), (b"\x40", 1), (b"\x60", 2), (b"\x20", 3), (b"\x01\x00\x00", 127), (b"", -1), (b"\x00", -1), (b"\x01", -1)],
)
def test_exp_golomb(data: bytes, number: int) -> None:
    assert exp_golomb(data) == number


class TestParameterSets:
    def test_each_picture_set_is_kept_under_its_id(self) -> None:
        sets = ParameterSets(Codec.H264).updated(SPS).updated(PPS0).updated(PPS1)
        assert sets.pps == (PPS0, PPS1)
        newer = PPS0 + b"\x01"
        assert sets.updated(newer).pps == (PPS1, newer)

    def test_a_newer_sequence_set_replaces_the_old_one(self) -> None:
        sets = ParameterSets(Codec.H264).updated(SPS).updated(SPS + b"\x01")
        assert sets.sps == (SPS + b"\x01",)

    def test_the_same_content_is_the_same_object(self) -> None:
        sets = ParameterSets(Codec.H264).updated(SPS).updated(PPS0)
        assert sets.updated(PPS0) is sets
        assert sets.updated(b"\x65\x88") is sets

    @pytest.mark.parametrize(("codec", "nals"), [(Codec.H264, (SPS, PPS0)), (Codec.H265, (b"\x40\x01", b"\x42\x01", b"\x44\x01\xc0"))])
    def test_it_is_complete_when_a_decoder_could_start(self, codec: Codec, nals: tuple[bytes, ...]) -> None:
        sets = ParameterSets(codec)
        for nal in nals:
            assert not sets.complete
            sets = sets.updated(nal)
        assert sets.complete
        assert sets.annexb == b"".join(START4 + nal for nal in nals)

    def test_a_hostile_camera_fills_no_memory(self) -> None:
        sets = ParameterSets(Codec.H264)
        for number in range(2000):
            sets = sets.updated(b"\x68" + ((number % 200) + 1 << 8).to_bytes(3, "big") + bytes(50))
        assert len(sets.pps) <= MAX_PICTURE_SETS
        assert sets.updated(b"\x67" + bytes(MAX_PARAMETER_SET_BYTES)) is sets


@pytest.mark.parametrize("kind", range(32))
def test_where_decoding_can_begin(kind: int) -> None:
    assert starts_decoding(Codec.H264, kind) is (kind == 5)
    assert starts_decoding(Codec.H265, kind) is (kind in (16, 17, 18, 19, 20, 21))


@pytest.mark.parametrize(
    ("data", "nals"),
    [
        (b"", ()),
        (b"no start code", ()),
        (START4 + b"ab" + START3 + b"cd", (b"ab", b"cd")),
        (b"xx" + START3 + b"ab" + b"\x00" + START4 + b"cd\x00\x00\x03", (b"ab", b"cd\x00\x00\x03")),
        (START3 + START3 + b"ab", (b"ab",)),
    ],
    ids=["empty", "none", "both lengths", "leading bytes and trailing zeros", "an empty unit"],
)
def test_a_byte_stream_is_split(data: bytes, nals: tuple[bytes, ...]) -> None:
    assert split_annexb(data) == nals


@given(st.lists(st.binary(min_size=1, max_size=20).filter(lambda nal: b"\x00\x00" not in nal and nal[-1] != 0 and nal[0] != 0), min_size=1, max_size=5))
def test_what_a_picture_writes_is_split_into_its_units(nals: list[bytes]) -> None:
    unit = AccessUnit(Codec.H264, tuple(nals), 0, True, 0.0, None, ParameterSets(Codec.H264))
    assert split_annexb(unit.annexb(with_parameter_sets=False)) == tuple(nals)
    assert unit.size_bytes == sum(map(len, nals))


@pytest.mark.parametrize(
    ("codec", "sei", "pictures"),
    [
        (Codec.H264, bytes((6, 6, 1, 0xC4, 0x80)), 0),
        (Codec.H264, bytes((6, 6, 2, 0x0D, 0x44, 0x80)), 25),
        (Codec.H264, bytes((6, 5, 3, 9, 9, 9, 6, 1, 0x34, 0x80)), 5),
        (Codec.H264, bytes((6, 5, 0xFF, 3)) + bytes(range(1, 256)) + bytes((1, 2, 3, 6, 1, 0xC4, 0x80)), 0),
        (Codec.H264, bytes((6, 5, 4, 0, 0, 3, 1, 1, 6, 1, 0xC4, 0x80)), 0),
        (Codec.H264, bytes((6, 1, 1, 6, 0x80)), None),
        (Codec.H264, bytes((6, 0xFF, 6, 1, 0xC4, 0x80)), None),
        (Codec.H264, bytes((6, 6)), None),
        (Codec.H264, bytes((6, 6, 1, 0)), None),
        (Codec.H264, bytes((6, 5, 200, 1)), None),
        (Codec.H265, bytes((39 << 1, 1, 6, 1, 0xD0, 0x80)), 0),
        (Codec.H265, bytes((39 << 1, 1, 6, 1, 0x24, 0x80)), 2),
        (Codec.H265, bytes((39 << 1, 1, 6, 1, 0x74, 0x80)), 0),
    ],
    ids=["at once", "25", "behind user data", "behind long user data", "emulation prevention counts no byte", "another message", "type 261", "cut off",
         "no number", "longer than the unit", "H.265 at once", "H.265 2", "H.265 before this picture"],
)  # fmt: skip
def test_recovery_points(codec: Codec, sei: bytes, pictures: int | None) -> None:
    assert recovery_pictures(codec, sei) == pictures


@given(st.sampled_from(list(Codec)), st.binary(max_size=40))
def test_any_sei_is_taken(codec: Codec, data: bytes) -> None:
    assert (recovery_pictures(codec, data) or 0) >= 0


def test_a_prelude_goes_between_the_parameter_sets_and_the_picture() -> None:
    old, new = ParameterSets(Codec.H264, (), (SPS,), (PPS0,)), ParameterSets(Codec.H264, (), (SPS + b"\x01",), (PPS0,))
    first = AccessUnit(Codec.H264, (b"\x41a",), 0, False, 0.0, None, old, recovery=True)
    second = AccessUnit(Codec.H264, (SPS + b"\x01", b"\x41b"), 1, False, 0.0, None, new)
    unit = AccessUnit(Codec.H264, (b"\x41c",), 2, False, 0.0, None, new, prelude=(first, second))
    assert split_annexb(unit.annexb(with_parameter_sets=True)) == (SPS, PPS0, b"\x41a", SPS + b"\x01", b"\x41b", b"\x41c")
    assert unit.annexb(with_parameter_sets=False) == START4 + b"\x41c"
    assert unit.size_bytes == 2
