from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from streams.clips import MOST_FILES, decode_times, presentation_times, runs, write_clips
from streams.errors import RemuxError
from streams.media import H264_SEI, AccessUnit, Codec, ParameterSets, nal_type
from streams.recorded import read_access_units

MakeClip = Callable[..., Path]
SECOND = 90_000
SET_TYPES = {Codec.H264: (7, 8), Codec.H265: (32, 33, 34)}


def hashes(units: list[AccessUnit]) -> list[str]:
    """Of each picture's NAL units, without parameter sets (those lie in the file's header)."""
    return [hashlib.sha256(b"".join(nal for nal in unit.nals if nal_type(unit.codec, nal) not in SET_TYPES[unit.codec])).hexdigest() for unit in units]


def decoded(path: Path) -> int:
    with av.open(str(path)) as container:
        return len(list(container.decode(video=0)))


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_clip_holds_the_cameras_own_bytes(make_clip: MakeClip, tmp_path: Path, codec: str, b_frames: int) -> None:
    units = list(read_access_units(make_clip(tmp_path / "source.mp4", codec, seconds=1.2, keyframe_every=10, b_frames=b_frames)))
    if b_frames:
        stamps = [unit.timestamp for unit in units]
        assert stamps != sorted(stamps), "the clip has B-pictures"
    (clip,) = write_clips(units[10:], tmp_path / "clip.mp4")
    written = list(read_access_units(clip.path))
    assert hashes(written) == hashes(units[10:])
    assert [unit.keyframe for unit in written] == [unit.keyframe for unit in units[10:]]
    shown = sorted(unit.timestamp for unit in units[10:])
    assert sorted(unit.timestamp - written[0].timestamp for unit in written) == [ticks - units[10].timestamp for ticks in shown]
    assert (clip.width, clip.height, clip.pictures, clip.codec, clip.begins) == (320, 240, len(units) - 10, codec, "keyframe")
    assert [arrival for arrival, _ in clip.keyframes] == [unit.arrival_seconds for unit in units[10:] if unit.keyframe]
    assert [at for _, at in clip.keyframes] == pytest.approx([0.0, 0.4])
    assert decoded(clip.path) == clip.pictures, "every picture can be shown"
    with av.open(str(clip.path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.codec_tag == ("avc1" if codec == "h264" else "hvc1")
        kinds = [kind for packet in container.demux(stream) for kind in sample_types(bytes(packet), clip.codec)]
    assert not set(kinds) & set(SET_TYPES[clip.codec]), "parameter sets lie in the header alone, as avc1 and hvc1 ask"


def sample_types(sample: bytes, codec: Codec) -> list[int]:
    """The types of the NAL units of an MP4 sample (lengths of four bytes before them)."""
    kinds, at = [], 0
    while at < len(sample):
        length = int.from_bytes(sample[at : at + 4], "big")
        kinds.append(nal_type(codec, sample[at + 4 : at + 4 + length]))
        at += 4 + length
    return kinds


def test_a_player_finds_the_index_before_the_pictures(make_clip: MakeClip, tmp_path: Path) -> None:
    (clip,) = write_clips(list(read_access_units(make_clip(tmp_path / "source.mp4", "h264", seconds=0.4))), tmp_path / "clip.mp4")
    data = clip.path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_clip_begins_at_a_keyframe(make_clip: MakeClip, tmp_path: Path) -> None:
    units = list(read_access_units(make_clip(tmp_path / "source.mp4", "h264", seconds=1.0, keyframe_every=10)))
    (clip,) = write_clips(units[3:], tmp_path / "clip.mp4")
    assert clip.requested_start_seconds is None
    assert clip.start_arrival_seconds == units[10].arrival_seconds
    assert clip.end_arrival_seconds == units[-1].arrival_seconds
    with pytest.raises(RemuxError, match=r"none\.mp4: no keyframe among the 5 pictures"):
        write_clips(units[3:8], tmp_path / "none.mp4")
    with pytest.raises(RemuxError, match="0 pictures"):
        write_clips([], tmp_path / "none.mp4")
    assert not (tmp_path / "none.mp4").exists()


@pytest.mark.parametrize(
    ("requested", "real"),
    [(-5.0, 0.0), (0.0, 0.0), (0.39, 0.0), (0.4, 0.4), (0.75, 0.4), (7.0, 0.8)],
    ids=["before the first picture", "at the first keyframe", "within a group", "at a keyframe", "within the next group", "after the last picture"],
)
def test_whole_groups_from_the_requested_start(make_clip: MakeClip, tmp_path: Path, requested: float, real: float) -> None:
    units = list(read_access_units(make_clip(tmp_path / "source.mp4", "h264", seconds=1.0, keyframe_every=10)))
    (clip,) = write_clips(units, tmp_path / "clip.mp4", requested_start_seconds=requested)
    assert (clip.requested_start_seconds, clip.start_arrival_seconds) == (requested, pytest.approx(real))
    assert clip.pictures == sum(unit.arrival_seconds >= real - 0.001 for unit in units)


@pytest.mark.parametrize(("codec", "other"), [("h264", "h264"), ("hevc", "hevc"), ("h264", "hevc")], ids=["H.264", "H.265", "another codec"])
def test_new_parameter_sets_begin_a_new_file(make_clip: MakeClip, tmp_path: Path, codec: str, other: str) -> None:
    small = list(read_access_units(make_clip(tmp_path / "small.mp4", codec, seconds=0.8, keyframe_every=10)))
    large = list(read_access_units(make_clip(tmp_path / "large.mp4", other, seconds=0.4, width=640, height=480, keyframe_every=10)))
    moved = [replace(unit, arrival_seconds=unit.arrival_seconds + 0.8, timestamp=unit.timestamp + round(0.8 * SECOND)) for unit in large]
    back = [replace(unit, arrival_seconds=unit.arrival_seconds + 1.2, timestamp=unit.timestamp + round(1.2 * SECOND)) for unit in small]
    clips = write_clips([*small, *moved, *back], tmp_path / "clip.mp4", requested_start_seconds=0.1)
    assert [clip.path.name for clip in clips] == ["clip.mp4", "clip_2.mp4", "clip_3.mp4"]
    assert [(clip.codec, clip.width, clip.pictures) for clip in clips] == [(codec, 320, 20), (other, 640, 10), (codec, 320, 20)]
    assert [clip.start_arrival_seconds for clip in clips] == pytest.approx([0.0, 0.8, 1.2])
    assert {clip.requested_start_seconds for clip in clips} == {0.1}
    for clip, units in zip(clips, (small, moved, back), strict=True):
        assert hashes(list(read_access_units(clip.path))) == hashes(units)
        assert decoded(clip.path) == clip.pictures
    later = write_clips([*small, *moved, *back], tmp_path / "later.mp4", requested_start_seconds=0.9)
    assert [(clip.path.name, clip.width) for clip in later] == [("later.mp4", 640), ("later_2.mp4", 320)], "a run that ends before the start is left out"


def encoded(path: Path, codec: str, parameters: str, pictures: int = 50) -> list[AccessUnit]:
    encoder, name = ("libx264", "x264-params") if codec == "h264" else ("libx265", "x265-params")
    rows = np.arange(240, dtype=np.uint8)[:, None, None] + np.zeros((240, 320, 3), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoder, rate=25, options={"preset": "veryfast", name: parameters})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.time_base = Fraction(1, 25)
        for number in range(pictures):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(rows, 5 * number, axis=0), format="rgb24")))
        container.mux(stream.encode(None))
    return list(read_access_units(path))


def test_a_clip_of_a_camera_without_keyframes_begins_at_a_recovery_point_and_says_so(tmp_path: Path) -> None:
    units = encoded(tmp_path / "source.mp4", "h264", "intra-refresh=1:keyint=10:min-keyint=10:scenecut=0:bframes=0:ref=1")
    assert sum(unit.keyframe for unit in units) == 1
    marked = [replace(unit, recovery=any(nal[0] & 31 == H264_SEI and nal[1] == 6 for nal in unit.nals)) for unit in units]
    points = [n for n, unit in enumerate(marked) if unit.recovery]
    assert len(points) > 3
    (clip,) = write_clips(marked[3:], tmp_path / "clip.mp4")
    assert (clip.begins, clip.keyframes) == ("recovery", ())
    assert clip.start_arrival_seconds == marked[points[points[0] < 3]].arrival_seconds
    assert hashes(list(read_access_units(clip.path))) == hashes(marked[len(marked) - clip.pictures :])
    assert decoded(clip.path) >= clip.pictures - 12, "sound a refresh later"
    (whole,) = write_clips(marked, tmp_path / "whole.mp4", requested_start_seconds=marked[points[2]].arrival_seconds)
    assert whole.begins == "keyframe", "a keyframe is preferred"


def test_a_clip_that_begins_at_an_open_group_leaves_out_what_refers_before_it(tmp_path: Path) -> None:
    units = encoded(tmp_path / "source.mp4", "hevc", "log-level=none:open-gop=1:keyint=10:min-keyint=10:scenecut=0:bframes=3:b-adapt=0")
    second = [n for n, unit in enumerate(units) if unit.keyframe][1]
    assert any(nal_type(Codec.H265, nal) in (8, 9) for unit in units[second:] for nal in unit.nals), "the encoder made leading pictures"
    (clip,) = write_clips(units[second:], tmp_path / "clip.mp4")
    assert clip.picture_seconds[0] == 0.0
    assert second + clip.pictures < len(units)
    assert decoded(clip.path) == clip.pictures


def unit(number: int, *, keyframe: bool = False, sets: bytes = b"\x67a", timestamp: int | None = None, arrival: float | None = None) -> AccessUnit:
    nal = b"\x65\x88" if keyframe else b"\x41\x9a"
    stamp = number * 3600 if timestamp is None else timestamp
    return AccessUnit(
        Codec.H264, (nal,), stamp, keyframe, number * 0.04 if arrival is None else arrival, None, ParameterSets(Codec.H264, (), (sets,), (b"\x68\xc0",))
    )


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        ("KpppKpp", ["KpppKpp"]),
        ("ppKpp", ["Kpp"]),
        ("pp", []),
        ("", []),
        ("KppLl", ["Kpp", "Ll"]),
        ("KpLlKp", ["Kp", "Ll", "Kp"]),
        ("KpllKp", ["Kp", "Kp"]),
        ("KplpK", ["Kp", "K"]),
        ("RprpKp", ["RprpKp"]),
        ("KpSs", ["Kp", "Ss"]),
    ],
    ids=["one set", "begins in a group", "no keyframe", "nothing", "a new set", "there and back", "others without a keyframe", "mixed",
         "a recovery point, then a keyframe", "a new set at a recovery point"],
)  # fmt: skip
def test_runs_with_one_set_of_parameters(kinds: str, found: list[str]) -> None:
    """K, R, p: keyframe, recovery point and other picture with one parameter set; L, S, l: with another."""
    units = []
    for n, kind in enumerate(kinds):
        one = unit(n, keyframe=kind in "KL", sets=b"\x67a" if kind in "KRpr" else b"\x67b")
        units.append(replace(one, recovery=kind in "RS"))
    by_number = {one.timestamp: kind for one, kind in zip(units, kinds, strict=True)}
    came = runs(units)
    expected = [one.replace("s", "l") for one in found]
    assert ["".join(by_number[one.timestamp] for one in run).replace("s", "l") for run in came] == expected
    assert all(len({one.parameter_sets.key for one in run}) == 1 for run in came)


def test_of_many_runs_the_longest_are_kept_in_their_order() -> None:
    units = [unit(n, keyframe=True, sets=b"\x67" + bytes((n // 2 if n < 60 else n,))) for n in range(100)]
    kept = runs(units)
    assert [len(run) for run in kept] == [2] * MOST_FILES
    assert [run[0].timestamp for run in kept] == sorted(run[0].timestamp for run in kept)


@pytest.mark.parametrize(
    ("stamps", "arrivals", "times"),
    [
        ([100, 3700, 7300], [0.0, 0.04, 0.08], [0, 3600, 7200]),
        ([0, 7200, 3600, 10_800], [0.0, 0.04, 0.08, 0.12], [0, 7200, 3600, 10_800]),
        ([7200, 0, 3600, 10_800], [0.0, 0.04, 0.08, 0.12], [7200, 0, 3600, 10_800]),
        ([0, 3600, 3600 + 3600 * SECOND, 7200 + 3600 * SECOND], [0.0, 0.04, 0.08, 0.12], [0, 3600, 7200, 10_800]),
        ([0, 3600, -3600 * SECOND], [0.0, 0.04, 0.08], [0, 3600, 7200]),
        ([0, 3600, 4 * SECOND], [0.0, 0.04, 0.05], [0, 3600, 4 * SECOND]),
        ([0, 3600, 3600 + 20 * SECOND], [0.0, 0.04, 20.04], [0, 3600, 3600 + 20 * SECOND]),
    ],
    ids=["even", "B-pictures", "leading pictures", "an hour ahead", "an hour back", "a burst of arrivals", "a true pause"],
)
def test_a_jump_of_the_cameras_time_leaves_no_hole(stamps: list[int], arrivals: list[float], times: list[int]) -> None:
    run = [unit(n, keyframe=n == 0, timestamp=stamp, arrival=arrival) for n, (stamp, arrival) in enumerate(zip(stamps, arrivals, strict=True))]
    assert presentation_times(run) == times


def test_a_clip_over_a_jump_of_time_plays_through(make_clip: MakeClip, tmp_path: Path) -> None:
    units = list(read_access_units(make_clip(tmp_path / "source.mp4", "h264", seconds=1.2, keyframe_every=15)))
    jumped = [replace(one, timestamp=one.timestamp + (40_000 * SECOND if n >= 12 else 0)) for n, one in enumerate(units)]
    (clip,) = write_clips(jumped, tmp_path / "clip.mp4")
    assert clip.picture_seconds[-1] == pytest.approx(1.16, abs=0.01)
    assert [at for _, at in clip.keyframes] == pytest.approx([0.0, 0.6], abs=0.001), "keyframes are where they are shown"
    assert decoded(clip.path) == 30


@pytest.mark.parametrize("shown", [[0, 1, 2], [0, 4, 2, 1, 3, 5], [0, 0, 0], [0, -5, 3]])
def test_decode_times_rise_and_never_follow_the_presentation(shown: list[int]) -> None:
    decoding = decode_times(shown)
    assert decoding == sorted(set(decoding))
    assert all(dts <= pts for dts, pts in zip(decoding, shown, strict=True))


def test_pictures_that_are_none_make_no_clip_and_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(RemuxError, match=r"clip\.mp4: the camera's pictures cannot be put into a clip"):
        write_clips([unit(0, keyframe=True), unit(1)], tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_run_of_nonsense_takes_no_other_with_it(make_clip: MakeClip, tmp_path: Path) -> None:
    units = list(read_access_units(make_clip(tmp_path / "source.mp4", "h264", seconds=0.4, keyframe_every=10)))
    nonsense = [unit(n, keyframe=n == 0, arrival=0.4 + n / 25) for n in range(4)]
    (clip,) = write_clips([*nonsense, *units], tmp_path / "clip.mp4")
    assert (clip.path.name, clip.pictures) == ("clip.mp4", 10)


def test_a_folder_that_is_not_there_is_told(clip: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(RemuxError, match="No such file"):
        write_clips(list(read_access_units(clip("h264"))), tmp_path / "nowhere" / "clip.mp4")
