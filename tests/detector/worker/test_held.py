from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import pytest

from detector.worker.files import DiskFault
from detector.worker.held import HeldEvidence, HeldFault
from detector.worker.tools import HERE
from streams.clips import Clip
from streams.decoding import WHOLE, decode_keyframe
from streams.errors import RemuxError
from streams.media import AccessUnit
from streams.recorded import read_access_units

Units = Callable[[str], tuple[AccessUnit, ...]]
Wall = Callable[[float], datetime]


@pytest.mark.parametrize(("codec", "suffix"), [("h264", "h264"), ("hevc", "h265")])
def test_a_held_keyframe_is_the_cameras_own_and_decodes_alike(held: HeldEvidence, units_of: Units, wall: Wall, codec: str, suffix: str) -> None:
    unit = units_of(codec)[25]
    held.hold_keyframe("s1", "first", unit, wall(unit.arrival_seconds))
    (kept,) = held.keyframes("s1")
    assert kept.path.name == f"keyframe_first.{suffix}"
    assert (kept.wall, kept.arrival_seconds, kept.codec) == (wall(unit.arrival_seconds), unit.arrival_seconds, unit.codec)
    assert set(unit.nals) <= set(kept.unit().nals)
    assert kept.unit().parameter_sets == unit.parameter_sets
    ours, theirs = (decode_keyframe(one, [WHOLE]).crops[0].pixels for one in (kept.unit(), unit))
    assert (ours == theirs).all()


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_held_clip_has_the_cameras_pictures_bit_by_bit(held: HeldEvidence, units_of: Units, wall: Wall, codec: str) -> None:
    units = units_of(codec)
    held.hold_clip("s1", "suspected", units[3:], wall, camera_id="c1")  # begins at the first keyframe among them
    (clip,) = held.clips("s1")
    assert clip.start_wall == wall(1001.0)
    assert (clip.start_seconds, clip.picture_seconds[0], len(clip.picture_seconds)) == (1001.0, 0.0, 75)
    assert clip.keyframes == ((1001.0, 0.0), (1002.0, 1.0), (1003.0, 2.0))
    assert (clip.width, clip.height) == (320, 240)
    read = list(read_access_units(clip.path))
    assert [set(one.nals) >= set(unit.nals) for one, unit in zip(read, units[25:], strict=True)] == [True] * 75


def test_a_change_of_parameter_sets_makes_several_clips_and_a_later_clip_takes_the_place_of_all(held: HeldEvidence, units_of: Units, wall: Wall) -> None:
    mixed = [*units_of("h264")[:25], *units_of("hevc")[25:50], *units_of("h264")[50:]]
    held.hold_clip("s1", "confirmed", mixed, wall, camera_id="c1", requested_start_seconds=1000.2)
    clips = held.clips("s1")
    assert [(clip.path.name, clip.codec, clip.start_wall, len(clip.picture_seconds)) for clip in clips] == [
        ("clip_confirmed.mp4", "h264", wall(1000.0), 25),
        ("clip_confirmed_2.mp4", "hevc", wall(1001.0), 25),
        ("clip_confirmed_3.mp4", "h264", wall(1002.0), 50),
    ]
    assert {(clip.requested_wall, clip.begins) for clip in clips} == {(wall(1000.2), "keyframe")}
    held.hold_clip("s1", "suspected", units_of("h264"), wall, camera_id="c1")
    held.hold_clip("s1", "confirmed", mixed[25:], wall, camera_id="c1")
    assert sorted(path.name for path in held.folder("s1").iterdir()) == [
        "clip_confirmed.json", "clip_confirmed.mp4", "clip_confirmed_2.json", "clip_confirmed_2.mp4", "clip_suspected.json", "clip_suspected.mp4",
    ]  # fmt: skip
    assert [clip.requested_wall for clip in held.clips("s1")] == [None, None, None]


def test_a_clip_that_an_earlier_version_held_is_still_there(held: HeldEvidence, units_of: Units, wall: Wall) -> None:
    held.hold_clip("s1", "suspected", units_of("h264"), wall, camera_id="c1")
    meta_path = held.folder("s1") / "clip_suspected.json"
    meta = json.loads(meta_path.read_bytes())
    del meta["requested_wall"], meta["begins"]
    meta_path.write_text(json.dumps(meta))
    (clip,) = held.clips("s1")
    assert (clip.requested_wall, clip.begins) == (None, "keyframe")


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_picture_of_a_camera_without_keyframes_is_held_with_what_is_decoded_before_it(held: HeldEvidence, units_of: Units, wall: Wall, codec: str) -> None:
    units = units_of(codec)
    unit = replace(units[30], prelude=units[25:30])
    held.hold_keyframe("s1", "first", unit, wall(unit.arrival_seconds))
    (kept,) = held.keyframes("s1")
    again = kept.unit()
    assert [one.nals for one in again.prelude[1:]] == [one.nals for one in unit.prelude[1:]]
    assert again.prelude[0].nals[-len(units[25].nals) :] == units[25].nals
    assert (again.nals, again.keyframe, again.parameter_sets) == (unit.nals, False, unit.parameter_sets)
    with av.open(str(kept.path)) as raw:
        assert len(list(raw.decode(video=0))) == 6, "the file alone can be played"


def test_a_later_picture_of_the_same_name_takes_the_place(held: HeldEvidence, units_of: Units, wall: Wall) -> None:
    for unit in (units_of("h264")[0], units_of("h264")[50]):
        held.hold_keyframe("s1", "middle", unit, wall(unit.arrival_seconds))
    assert [one.arrival_seconds for one in held.keyframes("s1")] == [1002.0]


def test_a_piece_that_was_cut_off_or_damaged_is_absent(held: HeldEvidence, units_of: Units, wall: Wall, caplog: pytest.LogCaptureFixture) -> None:
    for which in ("first", "middle", "confirming"):
        held.hold_keyframe("s1", which, units_of("h264")[0], wall(1000.0))  # type: ignore[arg-type]
    folder = held.folder("s1")
    (folder / "keyframe_first.json").unlink()  # killed before the meta was written
    with (folder / "keyframe_middle.h264").open("ab") as file:
        file.write(b"!")
    assert [one.which for one in held.keyframes("s1")] == ["confirming"]
    assert "its hash differs" in caplog.text


def test_a_full_disk_is_one_error_and_leaves_nothing_half(held: HeldEvidence, units_of: Units, wall: Wall, full_disk: Callable[[int], Any]) -> None:
    units = units_of("h264")
    with full_disk(1000):
        with pytest.raises(DiskFault, match=r"cannot be written .* free space"):
            held.hold_keyframe("s1", "first", units[0], wall(1000.0))
        with pytest.raises(DiskFault, match=r"cannot be written .* free space"):
            held.hold_clip("s1", "suspected", units, wall, camera_id="c1")
    assert list(held.folder("s1").iterdir()) == []
    held.hold_clip("s1", "suspected", units, wall, camera_id="c1")
    assert len(held.clips("s1")) == 1


def test_pictures_without_a_keyframe_make_no_clip(held: HeldEvidence, units_of: Units, wall: Wall) -> None:
    with pytest.raises(RemuxError, match="no keyframe"):
        held.hold_clip("s1", "suspected", units_of("h264")[1:20], wall, camera_id="c1")
    assert list(held.folder("s1").iterdir()) == []


def test_drop_removes_one_stay_and_sweep_puts_the_unknown_ones_aside(held: HeldEvidence, units_of: Units, wall: Wall, tmp_path: Path) -> None:
    for stay_id in ("s1", "s2", "s3"):
        held.hold_keyframe(stay_id, "first", units_of("h264")[0], wall(1000.0))
    held.drop("s1")
    held.drop("s1")
    draft = held.folder("s2") / "clip_confirmed.mp4.draft"
    draft.write_bytes(b"half")
    deeper = held.folder("s2") / "making_confirmed" / "clip_confirmed_h264.mp4.draft"
    deeper.parent.mkdir()
    deeper.write_bytes(b"half")
    assert held.sweep({"s2", "gone"}, tmp_path / "aside") == 1
    assert [held.has(stay_id, "keyframe_first") for stay_id in ("s1", "s2", "s3")] == [False, True, False]
    assert not draft.exists()
    assert not deeper.exists()
    assert (tmp_path / "aside" / "s3" / "keyframe_first.json").is_file()
    os.utime(tmp_path / "aside" / "s3", (0, 0))
    assert held.sweep({"s2"}, tmp_path / "aside", unreadable=1) == 0
    assert (tmp_path / "aside" / "s3").exists(), "it may be of the debt that nobody can read"
    assert held.sweep({"s2"}, tmp_path / "aside") == 0
    assert not (tmp_path / "aside" / "s3").exists(), "after thirty days"


@pytest.mark.parametrize("name", ["../s1", "", "a/b", ".hidden"])
def test_a_stay_that_cannot_name_a_folder_is_refused(held: HeldEvidence, units_of: Units, wall: Wall, name: str) -> None:
    with pytest.raises(HeldFault, match="cannot name a folder"):
        held.hold_keyframe(name, "first", units_of("h264")[0], wall(1000.0))


def test_the_clip_plays(held: HeldEvidence, units_of: Units, wall: Wall, tmp_path: Path) -> None:
    held.hold_clip("s1", "confirmed", units_of("hevc"), wall, camera_id="c1")
    with av.open(str(held.clips("s1")[0].path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 100


def test_a_clip_is_made_in_its_cameras_name(tmp_path: Path, units_of: Units, wall: Wall) -> None:
    named: list[str] = []

    def write(camera_id: str, units: Sequence[AccessUnit], path: Path, *, requested_start_seconds: float | None = None) -> tuple[Clip, ...]:
        named.append(camera_id)
        return HERE.write_clips(camera_id, units, path, requested_start_seconds=requested_start_seconds)

    HeldEvidence(tmp_path, replace(HERE, write_clips=write)).hold_clip("s1", "suspected", units_of("h264"), wall, camera_id="west")
    assert named == ["west"]
