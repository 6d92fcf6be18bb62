from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest

from streams.errors import RemuxError
from streams.media import AccessUnit, Codec, ParameterSets
from streams.recorded import read_access_units
from streams.remux import decode_times, one_run, presentation_times, transcode_h264, write_clip

MakeClip = Callable[..., Path]
SECOND = 90_000


def hashes(units: list[AccessUnit]) -> list[str]:
    """Of each picture's NAL units, without parameter sets (those lie in the file's header)."""
    return [hashlib.sha256(b"".join(nal for nal in unit.nals if not parameter_set(unit, nal))).hexdigest() for unit in units]


def parameter_set(unit: AccessUnit, nal: bytes) -> bool:
    return nal in (*unit.parameter_sets.vps, *unit.parameter_sets.sps, *unit.parameter_sets.pps)


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_clip_holds_the_cameras_own_bytes(make_clip: MakeClip, tmp_path: Path, codec: str, b_frames: int) -> None:
    units = list(read_access_units(make_clip(tmp_path / "source.mp4", codec, seconds=1.2, keyframe_every=10, b_frames=b_frames)))
    if b_frames:
        stamps = [unit.timestamp for unit in units]
        assert stamps != sorted(stamps), "the clip has B-pictures"
    clip = write_clip(units[10:], tmp_path / "clip.mp4")
    written = list(read_access_units(clip.path))
    assert hashes(written) == hashes(units[10:])
    assert [unit.keyframe for unit in written] == [unit.keyframe for unit in units[10:]]
    shown = sorted(unit.timestamp for unit in units[10:])
    assert sorted(unit.timestamp - written[0].timestamp for unit in written) == [ticks - units[10].timestamp for ticks in shown]
    assert (clip.width, clip.height, clip.pictures, clip.codec) == (320, 240, len(units) - 10, codec)
    with av.open(str(clip.path)) as container:
        assert len(list(container.decode(video=0))) == clip.pictures
        assert container.streams.video[0].codec_context.codec_tag == ("avc1" if codec == "h264" else "hvc1")


def test_a_clip_begins_at_a_keyframe(make_clip: MakeClip, tmp_path: Path) -> None:
    units = list(read_access_units(make_clip(tmp_path / "source.mp4", "h264", seconds=1.0, keyframe_every=10)))
    clip = write_clip(units[3:], tmp_path / "clip.mp4")
    assert clip.start_arrival_seconds == units[10].arrival_seconds
    assert clip.end_arrival_seconds == units[-1].arrival_seconds
    with pytest.raises(RemuxError, match=r"none\.mp4: no keyframe among the 5 pictures"):
        write_clip(units[3:8], tmp_path / "none.mp4")
    with pytest.raises(RemuxError, match="0 pictures"):
        write_clip([], tmp_path / "none.mp4")
    assert not (tmp_path / "none.mp4").exists()


def unit(number: int, *, keyframe: bool = False, sets: bytes = b"\x67a", timestamp: int | None = None, arrival: float | None = None) -> AccessUnit:
    nal = b"\x65\x88" if keyframe else b"\x41\x9a"
    stamp = number * 3600 if timestamp is None else timestamp
    return AccessUnit(
        Codec.H264, (nal,), stamp, keyframe, number * 0.04 if arrival is None else arrival, None, ParameterSets(Codec.H264, (), (sets,), (b"\x68\xc0",))
    )


@pytest.mark.parametrize(
    ("kinds", "run"),
    [
        ("KpppKpp", "KpppKpp"),
        ("ppKpp", "Kpp"),
        ("pp", ""),
        ("", ""),
        ("KppLl", "Kpp"),
        ("KpLlll", "Llll"),
        ("KpLl", "Ll"),
        ("KpllKp", "Kp"),
        ("KplpK", "Kp"),
    ],
    ids=["one set", "begins in a group", "no keyframe", "nothing", "the longer of two", "the longer of two, turned", "the later of equals",
         "others without a keyframe", "mixed"],
)  # fmt: skip
def test_the_longest_run_with_one_set_of_parameters(kinds: str, run: str) -> None:
    """K, p: keyframe and other picture with one parameter set; L, l: with another."""
    units = [unit(n, keyframe=kind in "KL", sets=b"\x67a" if kind in "Kp" else b"\x67b") for n, kind in enumerate(kinds)]
    found = one_run(units)
    assert len(found) == len(run)
    assert not found or found[0].keyframe
    assert len({one.parameter_sets.key for one in found}) <= 1


@pytest.mark.parametrize(
    ("stamps", "arrivals", "times"),
    [
        ([100, 3700, 7300], [0.0, 0.04, 0.08], [0, 3600, 7200]),
        ([0, 7200, 3600, 10_800], [0.0, 0.04, 0.08, 0.12], [0, 7200, 3600, 10_800]),
        ([0, 3600, 3600 + 3600 * SECOND, 7200 + 3600 * SECOND], [0.0, 0.04, 0.08, 0.12], [0, 3600, 7200, 10_800]),
        ([0, 3600, -3600 * SECOND], [0.0, 0.04, 0.08], [0, 3600, 7200]),
        ([0, 3600, 4 * SECOND], [0.0, 0.04, 0.05], [0, 3600, 4 * SECOND]),
        ([0, 3600, 3600 + 20 * SECOND], [0.0, 0.04, 20.04], [0, 3600, 3600 + 20 * SECOND]),
    ],
    ids=["even", "B-pictures", "an hour ahead", "an hour back", "a burst of arrivals", "a true pause"],
)
def test_a_jump_of_the_cameras_time_leaves_no_hole(stamps: list[int], arrivals: list[float], times: list[int]) -> None:
    run = [unit(n, keyframe=n == 0, timestamp=stamp, arrival=arrival) for n, (stamp, arrival) in enumerate(zip(stamps, arrivals, strict=True))]
    assert presentation_times(run) == times


def test_a_clip_over_a_jump_of_time_plays_through(make_clip: MakeClip, tmp_path: Path) -> None:
    units = list(read_access_units(make_clip(tmp_path / "source.mp4", "h264", seconds=1.0, keyframe_every=25)))
    jumped = [replace(one, timestamp=one.timestamp + (40_000 * SECOND if n >= 12 else 0)) for n, one in enumerate(units)]
    clip = write_clip(jumped, tmp_path / "clip.mp4")
    assert clip.picture_seconds[-1] == pytest.approx(0.96, abs=0.01)
    with av.open(str(clip.path)) as container:
        assert len(list(container.decode(video=0))) == 25


@pytest.mark.parametrize("shown", [[0, 1, 2], [0, 4, 2, 1, 3, 5], [0, 0, 0], [0, -5, 3]])
def test_decode_times_rise_and_never_follow_the_presentation(shown: list[int]) -> None:
    decoded = decode_times(shown)
    assert decoded == sorted(set(decoded))
    assert all(dts <= pts for dts, pts in zip(decoded, shown, strict=True))


def test_pictures_that_are_none_make_no_clip_and_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(RemuxError, match=r"clip\.mp4: the camera's pictures cannot be put into a clip"):
        write_clip([unit(0, keyframe=True), unit(1)], tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(clip: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(RemuxError, match="No such file"):
        write_clip(list(read_access_units(clip("h264"))), tmp_path / "nowhere" / "clip.mp4")
    assert errno.ENOENT


def test_the_copy_for_browsers_shows_the_same_pictures_at_the_same_times(clip: Callable[[str], Path], tmp_path: Path) -> None:
    own = write_clip(list(read_access_units(clip("hevc"))), tmp_path / "own.mp4")
    transcode_h264(own.path, tmp_path / "copy.mp4")
    copied = list(read_access_units(tmp_path / "copy.mp4"))
    assert copied[0].codec is Codec.H264
    assert [one.timestamp / SECOND for one in copied] == pytest.approx(own.picture_seconds)


def test_a_copy_of_what_is_no_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a clip")
    with pytest.raises(RemuxError, match=r"text\.mp4: no H\.264 copy"):
        transcode_h264(tmp_path / "text.mp4", tmp_path / "copy.mp4")
    assert not (tmp_path / "copy.mp4").exists()
