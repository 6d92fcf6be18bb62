from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.errors import RecordedFileError
from streams.media import AccessUnit, Codec
from streams.recorded import read_access_units
from streams.rtp.receiver import VideoReceiver
from streams.rtsp.sdp import parse_description
from streams.simulator.packets import HEADER_BYTES, MAX_PAYLOAD, MAX_RUN_BYTES, MAX_RUN_PACKETS, PAYLOAD_TYPE, prepare
from streams.simulator.stream import Playhead, SimulatedStream

Clip = Callable[[str], Path]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_what_is_sent_is_what_the_file_holds(clip: Clip, codec: str) -> None:
    prepared = prepare(clip(codec))
    units: list[AccessUnit] = []
    receiver = VideoReceiver(Codec(codec), PAYLOAD_TYPE, prepared.parameter_sets, units.append)
    sequence = 65_500  # it wraps on the way
    for picture in prepared.pictures:
        block = picture.address(sequence, picture.ticks, 7)
        sequence += picture.packets
        for packet in picture.split(block):
            receiver.packet(memoryview(packet), 0.0)
    recorded = list(read_access_units(clip(codec)))
    assert not receiver.drops
    assert [unit.timestamp for unit in units] == [unit.timestamp for unit in recorded]
    for sent, original in zip(units, recorded, strict=True):
        sets = (*sent.parameter_sets.vps, *sent.parameter_sets.sps, *sent.parameter_sets.pps)
        assert [nal for nal in sent.nals if nal not in sets] == [nal for nal in original.nals if nal not in sets]
        assert not sent.keyframe or all(nal in sent.nals for nal in sets), "a keyframe carries its parameter sets"


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_keyframes_are_fragmented_and_parameter_sets_travel_together(clip: Clip, codec: str) -> None:
    first = prepare(clip(codec)).pictures[0]
    payloads = [packet[12:] for packet in first.split(bytearray(first.block))]
    kinds = [payload[0] & 0x1F if codec == "h264" else payload[0] >> 1 & 0x3F for payload in payloads]
    aggregate, fragment = (24, 28) if codec == "h264" else (48, 49)
    assert kinds[0] == aggregate
    assert kinds.count(aggregate) == 1
    assert fragment in kinds
    assert max(map(len, payloads)) <= MAX_PAYLOAD


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_its_description_is_understood(clip: Clip, codec: str) -> None:
    prepared = prepare(clip(codec))
    video = parse_description("".join(prepared.describe("127.0.0.1"))).video
    assert (video.codec, video.payload_type, video.clock_rate) == (Codec(codec), PAYLOAD_TYPE, 90_000)
    assert video.parameter_sets == prepared.parameter_sets


def test_an_address_touches_headers_only(clip: Clip) -> None:
    picture = prepare(clip("h264")).pictures[0]
    block = picture.address(10, 20, 30, channel=4)
    assert len(block) == len(picture.block)
    assert {block[place + 1] for place in picture.places[:-1]} == {4}
    for place, end in zip(picture.places, picture.places[1:], strict=False):
        assert block[place + HEADER_BYTES : end] == picture.block[place + HEADER_BYTES : end]


def test_time_goes_on_over_the_clips_end(clip: Clip) -> None:
    prepared = prepare(clip("h264"))
    head = Playhead(prepared, 0.0, 0xFFFFFFFF - 90_000)
    ticks = [head.take()[1] for _ in range(3 * len(prepared.pictures))]
    steps = {(after - before) & 0xFFFFFFFF for before, after in itertools.pairwise(ticks)}
    assert steps == {3600}, "25 pictures a second, also where the clip begins again and where the counter wraps"


def test_a_viewer_that_comes_later_begins_at_the_last_keyframe(clip: Clip) -> None:
    prepared = prepare(clip("h264"))
    head = Playhead(prepared, 100.0, 0)
    head.seek(100.0 + prepared.seconds + 1.5)
    assert (head.round, prepared.pictures[head.index].keyframe) == (1, True)
    assert head.lag_seconds(100.0 + prepared.seconds + 1.5) == pytest.approx(0.5)


def test_whole_rounds_are_counted_from_the_first_play(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = SimulatedStream("1", prepare(clip("h264")), phase_seconds=1.5)
    assert stream.loops == 0
    monkeypatch.setattr("streams.simulator.stream.time.monotonic", lambda: 1000.0)
    stream.began_seconds = 1000.0 - 1.5
    assert stream.loops == 0, "the phase is not played time"
    monkeypatch.setattr("streams.simulator.stream.time.monotonic", lambda: 1000.0 + 2 * stream.clip.seconds)
    assert stream.loops == 2


def test_what_is_no_clip_is_refused_by_name(tmp_path: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("not a video")
    for path in (text, tmp_path / "missing.mp4"):
        with pytest.raises(RecordedFileError, match=path.name):
            prepare(path)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_over_udp_the_same_packets_lie_in_runs_of_one_size(clip: Clip, codec: str) -> None:
    for picture in prepare(clip(codec)).pictures:
        block, bare = picture.datagrams(65_530, 90_000, 7)
        packets = [bytes(block[begin:end]) for begin, end in itertools.pairwise(bare.places)]
        assert packets == picture.split(picture.address(65_530, 90_000, 7))
        cut = []
        for begin, end, size in bare.runs:
            assert (end - begin + size - 1) // size <= MAX_RUN_PACKETS
            assert end - begin <= MAX_RUN_BYTES
            cut += [bytes(block[at : min(at + size, end)]) for at in range(begin, end, size)]
        assert cut == packets, "as the kernel cuts them"
        assert len(bare.runs) < len(packets) or len(packets) < 3
