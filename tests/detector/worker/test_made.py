"""Copies that a killed worker finished are taken up by the next one, if they are the same; the rest is made anew."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from detector.worker.copies import Making
from detector.worker.held import HeldEvidence
from detector.worker.made import MadeCopies, make_room
from detector.worker.masking import MASK_RULES, Masker
from detector.worker.order import PacketOrder
from detector.worker.packets import Prepared, prepare
from detector.worker.tools import HERE, MediaTools
from evidence.packet import Chain, WorkerNamed
from models.session import DEFAULT_MODEL
from streams.decoding import Crop, Decoded
from streams.media import AccessUnit

Order = Callable[..., PacketOrder]
CHAIN = Chain(sequence=1, previous_sha256=None)


@dataclass
class Counted:
    """Real tools that tell what was done with them, and of which an H.264 copy may be the last thing that a worker does."""

    done: list[str] = field(default_factory=list)
    dies_at: str | None = None

    @property
    def tools(self) -> MediaTools:
        return replace(HERE, decode=self.decode, transcode=self.transcode)

    def decode(self, camera_id: str, unit: AccessUnit, crops: Sequence[Crop]) -> Decoded:
        self.done.append("picture")
        return HERE.decode(camera_id, unit, crops)

    def transcode(self, camera_id: str, source: Path, target: Path) -> None:
        if source.name == self.dies_at:
            target.write_bytes(b"half")
            raise KeyboardInterrupt
        self.done.append(source.name)
        HERE.transcode(camera_id, source, target)


@dataclass
class Shop:
    """A stay with two pictures and two H.265 clips, and what a worker makes of it."""

    held: HeldEvidence
    order: PacketOrder
    worker: WorkerNamed
    folder: Path
    masker: Masker | None = None

    def made(self, counted: Counted) -> Prepared:
        """By a worker that has just started."""
        return prepare(self.order, HeldEvidence(self.held.folder("x").parent, counted.tools), self.worker, self.folder, self.masker)


@pytest.fixture
def shop(
    held: HeldEvidence, units_of: Callable[[str], tuple[AccessUnit, ...]], wall: Callable[[float], datetime], made_order: Order, worker: WorkerNamed
) -> Shop:
    order, units = made_order(), units_of("hevc")
    stay_id = order.stay.stay_id
    for which, number in (("first", 0), ("confirming", 50)):
        held.hold_keyframe(stay_id, which, units[number], wall(1000.0 + number / 25))  # type: ignore[arg-type]
    held.hold_clip(stay_id, "suspected", units[:50], wall, camera_id="cam-3")
    held.hold_clip(stay_id, "confirmed", units[25:], wall, camera_id="cam-3")
    return Shop(held, order, worker, held.folder(stay_id) / "making_confirmed")


ALL = ["picture", "picture", "clip_suspected.mp4", "clip_confirmed.mp4"]


def test_what_was_finished_is_not_made_again(shop: Shop) -> None:
    first, again = Counted(), Counted()
    made = shop.made(first).manifest(CHAIN)
    assert first.done == ALL
    assert shop.made(again).manifest(CHAIN) == made
    assert again.done == []


def test_a_worker_that_dies_on_the_way_is_followed_by_one_that_gets_on(shop: Shop) -> None:
    dying, next_one = Counted(dies_at="clip_confirmed.mp4"), Counted()
    with pytest.raises(KeyboardInterrupt):
        shop.made(dying)
    assert dying.done == ALL[:3]
    prepared = shop.made(next_one)
    assert next_one.done == ["clip_confirmed.mp4"]
    assert all(path.read_bytes() for _, path in prepared.files)


def change(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("harm", "done"),
    [
        pytest.param(lambda s: change(s.folder / "snapshot_first.jpg", b"another picture"), ["picture"], id="a picture that was changed"),
        pytest.param(lambda s: (s.folder / "closeup.jpg").unlink(), ["picture"], id="a picture that is gone"),
        pytest.param(lambda s: change(s.folder / "clip_suspected_h264.mp4", b"half"), ["clip_suspected.mp4"], id="a clip that was cut"),
        pytest.param(lambda s: (s.folder / "clip_suspected_h264.json").unlink(), ["clip_suspected.mp4"], id="killed before the note"),
        pytest.param(lambda s: change(s.folder / "keyframe_first.json", b'{"key": 1'), ["picture"], id="a note that was cut"),
        pytest.param(lambda s: change(s.folder / "keyframe_first.json", b"[]"), ["picture"], id="a note of another shape"),
        pytest.param(lambda s: setattr(s, "worker", s.worker.model_copy(update={"software_version": "9"})), ALL, id="another version"),
        pytest.param(lambda s: setattr(s, "order", replace(s.order, view=replace_view(s.order))), ALL[:2], id="another view"),
        pytest.param(lambda s: setattr(s, "masker", Masker("no-such-model")), [], id="a detector that is not there, as before"),
    ],
)
def test_what_is_not_the_same_is_made_again(shop: Shop, harm: Callable[[Shop], object], done: list[str]) -> None:
    made = shop.made(Counted()).manifest(CHAIN)
    harm(shop)
    again = Counted()
    files = shop.made(again).manifest(CHAIN).files
    assert again.done == done
    assert [file.role for file in files] == [file.role for file in made.files]
    if "another" not in str(harm):
        assert {file.name for file in files} == {file.name for file in made.files}


def replace_view(order: PacketOrder) -> object:
    return order.view.model_copy(update={"version": order.view.version + 1})


def test_masked_copies_are_kept_with_the_rules_that_made_them(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.made(Counted())
    shop.masker = Masker(DEFAULT_MODEL)
    masked, again, other = Counted(), Counted(), Counted()
    made = shop.made(masked).manifest(CHAIN)
    assert masked.done == ALL[:2], "without a masker they were none"
    shop.masker = Masker(DEFAULT_MODEL)
    assert shop.made(again).manifest(CHAIN) == made
    assert again.done == []
    monkeypatch.setitem(MASK_RULES, "version", MASK_RULES["version"] + 1)
    shop.made(other)
    assert other.done == ALL[:2]


def test_what_failed_is_tried_again(shop: Shop) -> None:
    (shop.held.folder(shop.order.stay.stay_id) / "clip_suspected.mp4").write_bytes(b"no clip")
    shop.masker = Masker("no-such-model")
    first, again = Counted(), Counted()
    shop.made(first)
    shop.made(again)
    assert first.done == ["picture", "picture", "clip_confirmed.mp4"]
    assert again.done == ["picture", "picture"], "without masks the pictures are not all"


def test_copies_of_other_packets_are_bounded_and_the_oldest_go_first(tmp_path: Path) -> None:
    folders = [tmp_path / f"s{number}" / "making_confirmed" for number in range(4)]
    for age, folder in enumerate(folders):
        folder.mkdir(parents=True)
        (folder / "clip.mp4").write_bytes(bytes(1000))
        os.utime(folder, (1000 + age, 1000 + age))
    make_room(tmp_path, folders[0], 3000)
    assert [folder.is_dir() for folder in folders] == [True] * 4
    make_room(tmp_path, folders[0], 2000)
    assert [folder.is_dir() for folder in folders] == [True, False, True, True], "the packet's own folder stays"


def test_a_packet_s_copies_lie_in_its_own_folder(shop: Shop) -> None:
    shop.made(Counted())
    making = Making(shop.order, HERE, MadeCopies(shop.folder), None, "curbwatch 0")
    assert {path.suffix for path in making.copies.folder.iterdir()} == {".jpg", ".mp4", ".json"}
