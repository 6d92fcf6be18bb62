"""A full disk: what waits is delivered from it, and what gives way says so under the worker's signature."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from detector.worker.files import DiskFault
from detector.worker.outbox import Outbox
from evidence.given_up import GIVEN_UP, read_given_up
from evidence.packet import Phase
from tests.detector.worker.boxes import KEY, NOW, put, receipt_for
from tests.small_disk import mounted

SMALL_MIB = 12


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own of 12 MiB."""
    with mounted(tmp_path / "disk", SMALL_MIB) as folder:
        yield folder


def fill(folder: Path) -> None:
    """Somebody else takes what room is left."""
    with (folder / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"0" * 4096)


def put_many(box: Outbox, source: Path, count: int = 4) -> list[str]:
    return [put(box, source, number, content=os.urandom(2_000_000), grade="BC"[number % 2], worker={"name": "w1"}) for number in range(count)]


@pytest.mark.parametrize("restarted", [False, True], ids=["the worker lives on", "the worker is started anew"])
def test_from_a_full_disk_everything_that_waits_is_delivered(small_disk: Path, tmp_path: Path, restarted: bool) -> None:
    box = Outbox(small_disk / "worker", key=KEY)
    box.open()
    names = put_many(box, tmp_path)
    if restarted:
        box.close()
    fill(small_disk)
    if restarted:
        box.open()
    delivered = []
    while (due := box.next_due(NOW)) is not None:
        assert (due.folder / "keyframe_first.h264").stat().st_size == 2_000_000
        box.delivered(due.packet_id, receipt_for(due.manifest_sha256), NOW)
        delivered.append(due.packet_id)
    assert sorted(delivered) == sorted(names)
    assert (box.standing(NOW).waiting, box.standing(NOW).delivered) == (0, 4)
    assert len(list(small_disk.glob("worker/packets/*/receipt.json"))) >= 1
    box.close()
    box.open()
    assert (box.standing(NOW).waiting, box.standing(NOW).delivered) == (0, 4)
    put(box, tmp_path, 9)
    box.close()


def test_on_a_full_disk_what_goes_wrong_rests_and_is_not_forgotten(small_disk: Path, tmp_path: Path) -> None:
    box = Outbox(small_disk / "worker", key=KEY)
    box.open()
    (name,) = put_many(box, tmp_path, 1)
    fill(small_disk)
    assert box.next_due(NOW) is not None
    box.postpone(name, NOW + 30, "the API answered 500")
    assert box.next_due(NOW + 29) is None
    assert box.next_due(NOW + 30) is not None
    box.close()


def test_the_cheapest_gives_way_on_a_full_disk_and_says_so_under_its_signature(small_disk: Path, tmp_path: Path) -> None:
    box = Outbox(small_disk / "worker", key=KEY)
    box.open()
    names = put_many(box, tmp_path)
    fill(small_disk)
    assert box.room.make(0.9, NOW)
    assert [one.packet_id for one in box.room.given_up()] == [names[3]], "of equals the newest"
    folder = small_disk / "worker" / "packets" / names[3]
    assert sorted(path.name for path in folder.iterdir()) == [GIVEN_UP, "manifest.json"]
    read = read_given_up(json.loads((folder / GIVEN_UP).read_bytes()), GIVEN_UP)
    read.verify(KEY.public_key)
    assert (read.record.packet_id, read.record.sequence, read.record.reason, read.record.files, read.record.bytes) == (names[3], 4, "disk_full", 1, 2_000_000)
    assert box.untold() == [names[3]]
    box.told([names[3]])
    assert box.untold() == []
    box.close()


@pytest.mark.parametrize("left", ["the row", "the files"])
def test_what_a_kill_leaves_of_giving_up_is_finished_at_the_next_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str) -> None:
    box = Outbox(tmp_path, key=KEY)
    box.open()
    name = put(box, tmp_path, 1, worker={"name": "w1"})

    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(box.room), "_note_given_up" if left == "the row" else "_strip", killed)
        with pytest.raises(KeyboardInterrupt):
            box.room.make(9.0, NOW)
    box.close()
    for table_is_lost in (False, True):
        if table_is_lost:
            for file in tmp_path.glob("outbox.sqlite*"):
                file.unlink()
        box.open()
        assert [one.packet_id for one in box.room.given_up()] == [name]
        assert sorted(path.name for path in (tmp_path / "packets" / name).iterdir()) == [GIVEN_UP, "manifest.json"]
        box.close()


def test_a_packet_that_is_under_way_does_not_give_way(tmp_path: Path) -> None:
    box = Outbox(tmp_path, key=KEY)
    box.open()
    put(box, tmp_path, 1)
    assert box.next_due(NOW) is not None
    assert not box.room.make(9.0, NOW)
    box.close()


def test_a_disk_that_takes_nothing_is_said_where_nothing_can_give_way(tmp_path: Path, full_disk: Callable[[int], Any]) -> None:
    box = Outbox(tmp_path, key=KEY)
    box.open()
    name = put(box, tmp_path, 1, phase=Phase.CONFIRMED)
    due = box.next_due(NOW)
    assert due is not None
    with full_disk(0), pytest.raises(DiskFault):
        box.delivered(name, receipt_for(due.manifest_sha256), NOW)
    box.delivered(name, receipt_for(due.manifest_sha256), NOW)
    assert box.standing(NOW).delivered == 1
    box.close()
