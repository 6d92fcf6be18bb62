"""A table that is lost, damaged or older than the folders costs nothing that waits, and no place in the chain is used twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from detector.worker.adoption import END
from detector.worker.files import DiskFault
from detector.worker.outbox import ASIDE, Outbox
from evidence.heads import signed_head
from evidence.packet import Phase, packet_id_of
from evidence.signing import SigningKey
from tests.detector.worker.boxes import KEY, NOW, put, receipt_for


def opened(folder: Path) -> Outbox:
    box = Outbox(folder, key=KEY)
    box.open()
    return box


def of_the_table(folder: Path) -> list[Path]:
    return sorted(folder.glob("outbox.sqlite*"))


def remove(folder: Path) -> None:
    for file in of_the_table(folder):
        file.unlink()


def damage(folder: Path) -> None:
    remove(folder)
    (folder / "outbox.sqlite").write_bytes(b"no database" * 100)


def damage_a_page(folder: Path) -> None:
    with (folder / "outbox.sqlite").open("r+b") as file:
        for page in range(1, 12):
            file.seek(page * 4096)
            file.write(b"\xa5" * 512)


def due_ids(box: Outbox) -> list[str]:
    found = []
    while (due := box.next_due(NOW)) is not None:
        found.append(due.packet_id)
        box.delivered(due.packet_id, receipt_for(due.manifest_sha256), NOW)
    return found


@pytest.mark.parametrize("lose", [remove, damage, damage_a_page], ids=["removed", "no database", "damaged pages"])
def test_what_waits_outlives_the_table_and_the_chain_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture, lose: Callable[[Path], None]) -> None:
    box = opened(tmp_path)
    names = [put(box, tmp_path, number, grade="B" if number == 2 else "C") for number in range(4)]
    due = box.next_due(NOW)
    assert due is not None
    box.delivered(due.packet_id, receipt_for(due.manifest_sha256, 7), NOW)
    box.refused(names[3], "not valid", NOW)
    end = box.last_place()
    box.close()
    lose(tmp_path)
    box = opened(tmp_path)
    assert "did not know 4 packets" in caplog.text
    assert box.last_place() == end
    standing = box.standing(NOW)
    assert (standing.waiting, standing.delivered, standing.refused) == (3, 1, 0), "what was refused is tried again"
    assert box.bring_again(7, 9, 9) == (0, 0)
    assert box.bring_again(6, 8, 8) == (1, 0), "its receipt's place is known"
    due = box.next_due(NOW)
    assert due is not None
    box.delivered(due.packet_id, receipt_for(due.manifest_sha256, 8), NOW)
    assert sorted(due_ids(box)) == sorted(set(names) - {names[2]})
    put(box, tmp_path, 9)
    assert [one["chain"]["sequence"] for one in manifests(tmp_path)] == [1, 2, 3, 4, 5]
    assert {one["chain"]["previous_sha256"] for one in manifests(tmp_path)[4:]} == {end[1]} if end else False
    box.close()


def manifests(folder: Path) -> list[dict[str, Any]]:
    found = [json.loads(path.read_bytes())["manifest"] for path in folder.glob("packets/*/manifest.json")]
    return sorted(found, key=lambda one: one["chain"]["sequence"])


def test_a_table_of_yesterday_takes_up_what_came_since(tmp_path: Path) -> None:
    box = opened(tmp_path)
    first = put(box, tmp_path, 1)
    box.close()
    shutil.copy(tmp_path / "outbox.sqlite", tmp_path / "yesterday")
    box = opened(tmp_path)
    later = [put(box, tmp_path, number) for number in (2, 3)]
    box.close()
    remove(tmp_path)
    shutil.copy(tmp_path / "yesterday", tmp_path / "outbox.sqlite")
    box = opened(tmp_path)
    assert sorted(due_ids(box)) == sorted([first, *later])
    put(box, tmp_path, 4)
    assert [one["chain"]["sequence"] for one in manifests(tmp_path)] == [1, 2, 3, 4]
    box.close()


@pytest.mark.parametrize("witness", [END, "head"])
def test_a_chain_whose_packets_are_gone_goes_on_after_its_known_end(tmp_path: Path, caplog: pytest.LogCaptureFixture, witness: str) -> None:
    box = opened(tmp_path)
    for number in range(3):
        put(box, tmp_path, number)
    end = box.last_place()
    assert end is not None
    box.close()
    remove(tmp_path)
    shutil.rmtree(tmp_path / "packets")
    if witness == "head":
        (tmp_path / END).unlink()
        (tmp_path / "heads").mkdir()
        head = signed_head(KEY, "worker", index=end[0], sha256=end[1], at=datetime.now(UTC), name="w1")
        (tmp_path / "heads" / "2026-11-26.json").write_text(json.dumps(head))
        foreign = signed_head(SigningKey.generate(), "worker", index=99, sha256="0" * 64, at=datetime.now(UTC), name="w1")
        (tmp_path / "heads" / "2026-11-27.json").write_text(json.dumps(foreign))
    for _ in range(2):
        box = opened(tmp_path)
        assert box.last_place() == end
        box.close()
    assert caplog.text.count("goes on after place 3") == 1
    box = opened(tmp_path)
    put(box, tmp_path, 9)
    assert [one["chain"] for one in manifests(tmp_path)] == [{"sequence": 4, "previous_sha256": end[1]}]
    box.close()


def without_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def changed(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace("cam1", "cam7"))


def forked(folder: Path) -> None:
    """Another packet of the same key has its place."""
    root = folder.parent.parent
    other = Outbox(root / "other", key=KEY)
    other.open()
    shutil.copytree(root / "other" / "packets" / put(other, root, 5), root / "packets" / packet_id_of(f"{5:032x}", Phase.CONFIRMED))
    other.close()


@pytest.mark.parametrize(
    ("spoil", "told", "kept"),
    [(without_manifest, "it has no manifest.json", 0), (changed, "does not fit the document", 0), (forked, "which was forked", 1)],
    ids=["no manifest", "another signature", "its place is taken"],
)
def test_what_is_no_packet_of_the_worker_is_put_aside_and_not_removed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None], told: str, kept: int
) -> None:
    box = opened(tmp_path)
    name = put(box, tmp_path, 1)
    box.close()
    remove(tmp_path)
    spoil(tmp_path / "packets" / name)
    box = opened(tmp_path)
    assert told in caplog.text
    assert box.standing(NOW).waiting == kept
    (aside,) = (tmp_path / ASIDE).iterdir()
    assert (aside / "keyframe_first.h264").exists()
    box.close()


def test_a_row_that_the_disk_did_not_take_leaves_no_folder_that_would_be_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = opened(tmp_path)
    put(box, tmp_path, 1)
    with monkeypatch.context() as patch:
        patch.setattr("detector.worker.outbox.value_of_manifest", lambda manifest: object())  # SQLite takes no such value: the row fails, after the move
        with pytest.raises(DiskFault):
            put(box, tmp_path, 2)
    put(box, tmp_path, 3)
    box.close()
    remove(tmp_path)
    box = opened(tmp_path)
    assert [one["act_id"] for one in manifests(tmp_path)] == [f"{1:032x}", f"{3:032x}"]
    assert box.standing(NOW).waiting == 2
    box.close()


def test_a_kill_between_the_move_and_the_row_leaves_a_packet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = opened(tmp_path)
    put(box, tmp_path, 1)

    def killed(self: Outbox) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("detector.worker.outbox.value_of_manifest", killed)
        patch.setattr(Outbox, "_take_back", lambda self: None)  # nobody lives to do it
        with pytest.raises(KeyboardInterrupt):
            put(box, tmp_path, 2)
    box.close()
    box = opened(tmp_path)
    assert box.holds(packet_id_of(f"{2:032x}", Phase.CONFIRMED))
    assert [one["chain"]["sequence"] for one in manifests(tmp_path)] == [1, 2]
    box.close()
