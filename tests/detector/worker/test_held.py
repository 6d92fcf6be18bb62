from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import pytest

from detector.worker.files import DiskFault
from detector.worker.held import HeldEvidence, HeldFault
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
    held.hold_clip("s1", "suspected", units[3:], wall)  # begins at the first keyframe among them
    (clip,) = held.clips("s1")
    assert clip.start_wall == wall(1001.0)
    assert (clip.start_seconds, clip.picture_seconds[0], len(clip.picture_seconds)) == (1001.0, 0.0, 75)
    assert clip.keyframes == ((1001.0, 0.0), (1002.0, 1.0), (1003.0, 2.0))
    assert (clip.width, clip.height) == (320, 240)
    read = list(read_access_units(clip.path))
    assert [set(one.nals) >= set(unit.nals) for one, unit in zip(read, units[25:], strict=True)] == [True] * 75


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
            held.hold_clip("s1", "suspected", units, wall)
    assert list(held.folder("s1").iterdir()) == []
    held.hold_clip("s1", "suspected", units, wall)
    assert len(held.clips("s1")) == 1


def test_pictures_without_a_keyframe_make_no_clip(held: HeldEvidence, units_of: Units, wall: Wall) -> None:
    with pytest.raises(RemuxError, match="no keyframe"):
        held.hold_clip("s1", "suspected", units_of("h264")[1:20], wall)
    assert list(held.folder("s1").iterdir()) == []


def test_drop_removes_one_stay_and_sweep_the_unknown_ones(held: HeldEvidence, units_of: Units, wall: Wall) -> None:
    for stay_id in ("s1", "s2", "s3"):
        held.hold_keyframe(stay_id, "first", units_of("h264")[0], wall(1000.0))
    held.drop("s1")
    held.drop("s1")
    draft = held.folder("s2") / "clip_confirmed.mp4.draft"
    draft.write_bytes(b"half")
    assert held.sweep({"s2", "gone"}) == 1
    assert [held.has(stay_id, "keyframe_first") for stay_id in ("s1", "s2", "s3")] == [False, True, False]
    assert not draft.exists()


@pytest.mark.parametrize("name", ["../s1", "", "a/b", ".hidden"])
def test_a_stay_that_cannot_name_a_folder_is_refused(held: HeldEvidence, units_of: Units, wall: Wall, name: str) -> None:
    with pytest.raises(HeldFault, match="cannot name a folder"):
        held.hold_keyframe(name, "first", units_of("h264")[0], wall(1000.0))


def test_the_clip_plays(held: HeldEvidence, units_of: Units, wall: Wall, tmp_path: Path) -> None:
    held.hold_clip("s1", "confirmed", units_of("hevc"), wall)
    with av.open(str(held.clips("s1")[0].path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 100
