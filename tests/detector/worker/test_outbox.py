from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.worker.files import DiskFault, sha256_of
from detector.worker.leases import LONGEST_PAUSE_SECONDS
from detector.worker.outbox import BLOCKING_ATTEMPTS, Outbox, Standing
from detector.worker.packet_table import OutboxError
from evidence.canonical import manifest_sha256
from evidence.packet import EvidenceFile, Phase, Role, packet_id_of
from tests.detector.worker.boxes import KEY, NOW, deliver_all, put, receipt_for

CHILD = Path(__file__).with_name("outbox_child.py")


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path)
    box.open()
    yield box
    box.close()


def chain_of(folder: Path) -> list[dict[str, Any]]:
    """The manifests on disk in the order of their chain, each checked against its files."""
    manifests = []
    for path in folder.glob("packets/*/manifest.json"):
        manifest = json.loads(path.read_bytes())["manifest"]
        assert path.parent.name == manifest["packet_id"]
        assert [sha256_of(path.parent / file["name"]) for file in manifest["files"]] == [file["sha256"] for file in manifest["files"]]
        manifests.append(manifest)
    return sorted(manifests, key=lambda one: one["chain"]["sequence"])


def assert_unbroken(manifests: list[dict[str, Any]]) -> None:
    previous = None
    for sequence, manifest in enumerate(manifests, 1):
        assert manifest["chain"] == {"sequence": sequence, "previous_sha256": previous}
        previous = manifest_sha256(manifest)


def test_packets_lie_on_disk_whole_and_chained(outbox: Outbox, tmp_path: Path) -> None:
    names = [put(outbox, tmp_path, number) for number in range(5)]
    manifests = chain_of(tmp_path)
    assert [one["packet_id"] for one in manifests] == names
    assert_unbroken(manifests)
    assert list((tmp_path / "incoming").iterdir()) == []


def test_the_same_packet_again_changes_nothing(outbox: Outbox, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    before = (tmp_path / "packets" / name / "manifest.json").read_bytes()
    assert put(outbox, tmp_path, content=b"other content") == name
    assert (tmp_path / "packets" / name / "manifest.json").read_bytes() == before
    assert [one["chain"]["sequence"] for one in chain_of(tmp_path)] == [1]


def test_what_is_put_outlives_its_source(outbox: Outbox, tmp_path: Path) -> None:
    put(outbox, tmp_path)
    (tmp_path / "source-1-confirmed").unlink()
    due = outbox.next_due(NOW)
    assert due is not None
    assert (due.folder / "keyframe_first.h264").read_bytes() == b"evidence of 1"
    assert manifest_sha256(due.signed().manifest) == due.manifest_sha256
    KEY.public_key.verify(due.signed().manifest, due.signed().signature)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [({"packet_id": "0" * 32}, "another packet"), ({"chain": {"sequence": 9, "previous_sha256": None}}, "another place in the chain")],
    ids=["another packet", "another place"],
)
def test_a_manifest_that_was_signed_wrongly_is_not_taken(outbox: Outbox, tmp_path: Path, wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(OutboxError, match=complaint):
        put(outbox, tmp_path, **wrong)
    put(outbox, tmp_path, 2)
    assert_unbroken(chain_of(tmp_path))


def test_a_file_that_is_not_what_it_says_is_not_taken(outbox: Outbox, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"changed")
    entry = EvidenceFile(role=Role.CLIP_CONFIRMED, name="clip.mp4", sha256="0" * 64, bytes=7, media_type="video/mp4", original=True)
    with pytest.raises(OutboxError, match="its hash differs"):
        outbox.put("a" * 32, lambda chain: pytest.fail("signed"), [(entry, source)])
    assert outbox.standing(NOW).waiting == 0
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_full_disk_moves_no_chain_and_leaves_nothing(outbox: Outbox, tmp_path: Path, full_disk: Callable[[int], Any]) -> None:
    put(outbox, tmp_path, 1)
    with full_disk(100), pytest.raises(DiskFault, match="free space"):
        put(outbox, tmp_path, 2)
    assert not outbox.holds(packet_id_of(f"{2:032x}", Phase.CONFIRMED))
    put(outbox, tmp_path, 3)
    put(outbox, tmp_path, 2)
    manifests = chain_of(tmp_path)
    assert len(manifests) == 3
    assert_unbroken(manifests)


def test_a_leased_packet_is_not_given_twice_until_the_lease_is_over(outbox: Outbox, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    assert outbox.next_due(NOW, lease_seconds=60) is not None
    assert outbox.next_due(NOW + 59) is None
    again = outbox.next_due(NOW + 60)
    assert again is not None
    assert again.packet_id == name
    outbox.close()
    outbox.open()
    assert outbox.next_due(NOW + 61) is not None, "whoever held the lease died"


def test_a_postponed_packet_waits_and_stops_no_other(outbox: Outbox, tmp_path: Path) -> None:
    first, second = put(outbox, tmp_path, 1), put(outbox, tmp_path, 2)
    assert outbox.next_due(NOW).packet_id == first  # type: ignore[union-attr]
    outbox.postpone(first, NOW + 30, "the API answered 500")
    assert outbox.next_due(NOW).packet_id == second  # type: ignore[union-attr]
    assert outbox.next_due(NOW + 29) is None
    due = outbox.next_due(NOW + 30)
    assert due is not None
    assert (due.packet_id, due.attempts) == (first, 1)


def test_the_end_of_an_act_waits_for_its_beginning(outbox: Outbox, tmp_path: Path) -> None:
    begins, ends = put(outbox, tmp_path, 1), put(outbox, tmp_path, 1, phase=Phase.ENDED)
    assert outbox.next_due(NOW).packet_id == begins  # type: ignore[union-attr]
    outbox.postpone(begins, NOW + 30, "later")
    assert outbox.next_due(NOW) is None
    due = outbox.next_due(NOW + 30)
    assert due is not None
    outbox.delivered(begins, receipt_for(due.manifest_sha256), NOW + 31)
    assert outbox.next_due(NOW + 31).packet_id == ends  # type: ignore[union-attr]


def due_id(box: Outbox, now: float) -> str | None:
    due = box.next_due(now)
    return None if due is None else due.packet_id


def test_the_next_act_of_a_camera_waits_for_the_end_of_the_last(outbox: Outbox, tmp_path: Path) -> None:
    ends, begins = put(outbox, tmp_path, 1, phase=Phase.ENDED, camera="gate"), put(outbox, tmp_path, 2, camera="gate")
    elsewhere = put(outbox, tmp_path, 3, camera="market")
    assert due_id(outbox, NOW) == ends
    outbox.postpone(ends, NOW + 30, "the API answered 500")
    assert due_id(outbox, NOW) == elsewhere
    assert due_id(outbox, NOW) is None
    assert due_id(outbox, NOW + 30) == ends
    assert due_id(outbox, NOW + 30) is None, "nor while it is under way"
    outbox.delivered(ends, receipt_for("0" * 64), NOW + 31)
    assert due_id(outbox, NOW + 31) == begins


def test_a_refused_packet_holds_up_no_camera(outbox: Outbox, tmp_path: Path) -> None:
    refused, following = put(outbox, tmp_path, 1, camera="gate"), put(outbox, tmp_path, 2, camera="gate")
    outbox.refused(refused, "not valid", NOW)
    assert due_id(outbox, NOW) == following


def test_a_packet_that_goes_wrong_for_long_holds_up_only_its_own_act(outbox: Outbox, tmp_path: Path) -> None:
    bad, its_end = put(outbox, tmp_path, 1, camera="gate"), put(outbox, tmp_path, 1, phase=Phase.ENDED, camera="gate")
    following = put(outbox, tmp_path, 2, camera="gate")
    for _ in range(BLOCKING_ATTEMPTS - 1):
        outbox.postpone(bad, NOW + 1800, "the API answered 500")
    assert due_id(outbox, NOW) is None
    outbox.postpone(bad, NOW + 1800, "the API answered 500")
    assert due_id(outbox, NOW) == following
    outbox.delivered(following, receipt_for("0" * 64), NOW)
    assert due_id(outbox, NOW) is None
    assert due_id(outbox, NOW + 1800) == bad
    outbox.delivered(bad, receipt_for("0" * 64), NOW + 1800)
    assert due_id(outbox, NOW + 1800) == its_end


def test_a_line_that_is_broken_for_hours_changes_no_order(outbox: Outbox, tmp_path: Path) -> None:
    first, second = put(outbox, tmp_path, 1, camera="gate"), put(outbox, tmp_path, 2, camera="gate")
    for minute in range(120):
        assert due_id(outbox, NOW + 60 * minute) == first
        outbox.release(first, NOW + 60 * minute + 60)
    outbox.delivered(first, receipt_for("0" * 64), NOW + 7200)
    assert due_id(outbox, NOW + 7200) == second


def test_of_a_backlog_the_dearest_goes_first_and_takes_what_waits_before_it_along(outbox: Outbox, tmp_path: Path) -> None:
    lead = put(outbox, tmp_path, 1, grade="C", stay={"samples": [{"score": 0.9}]})
    unsure, sure = (put(outbox, tmp_path, n, grade="B", stay={"samples": [{"score": 0.4}, {"score": score}]}) for n, score in ((2, 0.5), (3, 0.8)))
    ends = put(outbox, tmp_path, 4, phase=Phase.ENDED, camera="gate", grade="C")
    begins = put(outbox, tmp_path, 5, camera="gate", grade="B", zoom_look={"score": 0.95})
    order = []
    while (due := outbox.next_due(NOW)) is not None:
        order.append(due.packet_id)
        outbox.delivered(due.packet_id, receipt_for(due.manifest_sha256), NOW)
    assert order == [ends, begins, sure, unsure, lead]


def test_waiting_makes_dearer_and_failing_cheaper(outbox: Outbox, tmp_path: Path) -> None:
    old = put(outbox, tmp_path, 1, grade="C", now=NOW - 2 * 86400)
    failed, fresh = (put(outbox, tmp_path, n, grade="B", stay={"samples": [{"score": score}]}) for n, score in ((2, 0.7), (3, 0.6)))
    outbox.postpone(failed, NOW, "the API answered 500")
    assert [due_id(outbox, NOW) for _ in range(3)] == [old, fresh, failed]


def test_when_room_is_short_delivered_packets_go_first_then_the_cheapest(outbox: Outbox, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    done = put(outbox, tmp_path, 1)
    deliver_all(outbox)
    cheap, dear = put(outbox, tmp_path, 2, grade="C"), put(outbox, tmp_path, 3, grade="B")
    assert outbox.room.make(0.9, NOW)
    assert not (tmp_path / "packets" / done).exists()
    assert outbox.room.make(0.9, NOW)
    assert sorted(path.name for path in (tmp_path / "packets" / cheap).iterdir()) == ["manifest.json"]
    assert not outbox.room.make(0.9, NOW), "what is worth more stays"
    assert [(one.packet_id, one.camera_id) for one in outbox.room.given_up()] == [(cheap, "cam2")]
    assert f"packet {cheap}" in caplog.text
    assert outbox.standing(NOW) == Standing(waiting=1, delivered=1, refused=0, oldest_seconds=0.0, bytes=13, given_up=1)
    assert outbox.gauges()["outbox_given_up"] == 1.0
    outbox.close()
    outbox.open()
    put(outbox, tmp_path, 4)
    assert [one["chain"]["sequence"] for one in manifests_of(tmp_path)] == [2, 3, 4], "the chain stays whole"
    assert due_id(outbox, NOW) == dear


def manifests_of(folder: Path) -> list[dict[str, Any]]:
    found = [json.loads(path.read_bytes())["manifest"] for path in folder.glob("packets/*/manifest.json")]
    return sorted(found, key=lambda one: one["chain"]["sequence"])


def test_no_more_than_the_bound_waits_and_the_dearest_is_kept(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, waiting_bytes=25)
    outbox.open()
    names = [put(outbox, tmp_path, number, content=b"x" * 10, grade=grade) for number, grade in enumerate("CBCBB")]
    assert {one.packet_id for one in outbox.room.given_up()} == {names[number] for number in (0, 2, 4)}, "of equals the newest"
    assert due_id(outbox, NOW) == names[1]
    outbox.close()


def test_what_a_kill_left_of_a_packet_that_was_given_up_goes_at_the_next_opening(outbox: Outbox, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    assert outbox.room.make(9.0, NOW)
    (tmp_path / "packets" / name / "clip.mp4").write_bytes(b"left")
    outbox.close()
    outbox.open()
    assert [path.name for path in (tmp_path / "packets" / name).iterdir()] == ["manifest.json"]


def test_an_almost_full_disk_costs_delivered_packets_only(outbox: Outbox, tmp_path: Path) -> None:
    done = put(outbox, tmp_path, 1)
    deliver_all(outbox)
    waits = put(outbox, tmp_path, 2)
    assert outbox.room.keep_reserve(reserve_bytes=0) == 0
    assert outbox.room.keep_reserve(reserve_bytes=2**62) == 1
    assert not (tmp_path / "packets" / done).exists()
    assert (tmp_path / "packets" / waits).exists()


OUTBOX_2 = """
CREATE TABLE packets (
    sequence INTEGER PRIMARY KEY, packet_id TEXT NOT NULL UNIQUE, act_id TEXT NOT NULL, manifest_sha256 TEXT NOT NULL, bytes INTEGER NOT NULL,
    put_at REAL NOT NULL, state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'refused')),
    attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL DEFAULT 0, leased_until REAL NOT NULL DEFAULT 0, settled_at REAL, reason TEXT,
    pruned INTEGER NOT NULL DEFAULT 0, camera_id TEXT
);
CREATE INDEX packets_by_state ON packets (state, sequence);
"""


def test_an_outbox_of_version_2_keeps_its_rows_and_can_give_up(outbox: Outbox, tmp_path: Path) -> None:
    names = [put(outbox, tmp_path, number) for number in range(3)]
    outbox.delivered(names[0], receipt_for("0" * 64), NOW)
    outbox.close()
    with sqlite3.connect(tmp_path / "outbox.sqlite") as db:
        kept = "sequence, packet_id, act_id, manifest_sha256, bytes, put_at, state, attempts, next_at, 0, settled_at, reason, pruned, camera_id"
        db.executescript(f"ALTER TABLE packets RENAME TO new; DROP INDEX packets_by_state; {OUTBOX_2}")
        db.executescript(f"INSERT INTO packets SELECT {kept} FROM new; DROP TABLE new; PRAGMA user_version=2;")
    db.close()
    for _ in range(2):
        outbox.open()
        outbox.close()
    outbox.open()
    assert outbox.standing(NOW) == Standing(waiting=2, delivered=1, refused=0, oldest_seconds=0.0, bytes=39)
    assert outbox.room.make(1.0, NOW)
    assert outbox.room.make(1.0, NOW)
    assert outbox.standing(NOW).given_up == 1


def test_an_outbox_of_version_1_goes_on_with_the_order_of_its_acts(outbox: Outbox, tmp_path: Path) -> None:
    begins, ends = put(outbox, tmp_path, 1, camera="gate"), put(outbox, tmp_path, 1, phase=Phase.ENDED, camera="gate")
    other = put(outbox, tmp_path, 2, camera="gate")
    outbox.close()
    with sqlite3.connect(tmp_path / "outbox.sqlite") as db:
        db.executescript("DROP INDEX packets_by_camera; ALTER TABLE packets DROP COLUMN camera_id; PRAGMA user_version=1;")
    db.close()
    for _ in range(2):  # migrated, and opened again
        outbox.open()
        outbox.postpone(begins, NOW + 30, "later")
        assert due_id(outbox, NOW) == other
        assert due_id(outbox, NOW) is None
        outbox.close()
    outbox.open()
    outbox.delivered(begins, receipt_for("0" * 64), NOW)
    assert [due_id(outbox, NOW), due_id(outbox, NOW)] == [other, ends]
    outbox.release(other)
    fourth, fifth = put(outbox, tmp_path, 4, camera="market"), put(outbox, tmp_path, 5, camera="market")
    outbox.postpone(fourth, NOW + 30, "later")
    assert due_id(outbox, NOW) == other
    assert due_id(outbox, NOW) is None, f"{fifth} is of the new form and waits"


def test_a_wall_clock_that_was_stepped_back_holds_nothing_up(outbox: Outbox, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    outbox.postpone(name, NOW + 60, "later")
    assert outbox.next_due(NOW) is None
    assert outbox.next_due(NOW - LONGEST_PAUSE_SECONDS) is not None


def test_a_delivered_packet_has_its_receipt_beside_it(outbox: Outbox, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    deliver_all(outbox)
    assert json.loads((tmp_path / "packets" / name / "receipt.json").read_bytes())["log_index"] == 1
    assert outbox.next_due(NOW + 1e6) is None


def test_a_refused_packet_is_kept_shown_and_tried_again_only_when_asked(outbox: Outbox, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    outbox.refused(name, "not valid: kind: is missing", NOW)
    assert outbox.next_due(NOW + 1e6) is None
    assert [(one.packet_id, one.reason) for one in outbox.refusals()] == [(name, "not valid: kind: is missing")]
    outbox.room.prune(NOW + 1e9)
    assert (tmp_path / "packets" / name / "manifest.json").exists()
    outbox.try_again(name)
    assert outbox.next_due(NOW + 1e6) is not None


def test_standing_counts_and_tells_the_oldest(outbox: Outbox, tmp_path: Path) -> None:
    assert outbox.standing(NOW) == Standing(0, 0, 0, 0.0, 0)
    names = [put(outbox, tmp_path, number, content=b"x" * 10, now=NOW + number) for number in range(3)]
    outbox.delivered(names[0], receipt_for("0" * 64), NOW + 5)
    outbox.refused(names[1], "no", NOW + 5)
    assert outbox.standing(NOW + 12) == Standing(waiting=1, delivered=1, refused=1, oldest_seconds=10.0, bytes=30)
    assert outbox.gauges()["outbox_waiting"] == 1.0


@pytest.mark.parametrize(
    ("keep_seconds", "keep_bytes", "kept"),
    [(100.0, 10**9, [0, 1, 2, 3]), (3.5, 10**9, [1, 2, 3]), (100.0, 25, [2, 3]), (0.0, 0, [])],
    ids=["all within", "the first is too old", "only two fit", "nothing is kept"],
)
def test_delivered_folders_go_by_age_and_bytes_the_oldest_first(outbox: Outbox, tmp_path: Path, keep_seconds: float, keep_bytes: int, kept: list[int]) -> None:
    names = [put(outbox, tmp_path, number, content=b"x" * 10) for number in range(4)]
    for number, name in enumerate(names):
        outbox.delivered(name, receipt_for("0" * 64), NOW + number)
    waiting = put(outbox, tmp_path, 9)
    outbox.room.prune(NOW + 4, keep_seconds=keep_seconds, keep_bytes=keep_bytes)
    assert [number for number, name in enumerate(names) if (tmp_path / "packets" / name).exists()] == kept
    assert (tmp_path / "packets" / waiting).exists()
    assert all(outbox.holds(name) for name in names), "a pruned packet is not made a second time"
    put(outbox, tmp_path, 10)
    assert max(one["chain"]["sequence"] for one in chain_of(tmp_path)) == 6, "the chain goes on"


def test_a_newer_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "outbox.sqlite") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(OutboxError, match="newer curbwatch"):
        Outbox(tmp_path).open()


def test_killed_ten_times_it_loses_nothing_and_its_chain_is_unbroken(tmp_path: Path) -> None:
    chance = random.Random(11)
    children = [subprocess.Popen([sys.executable, str(CHILD), str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(10)]
    taken: set[str] = set()
    for number, child in enumerate(children):
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write("go\n")
        child.stdin.flush()
        told = [child.stdout.readline() for _ in range(2 * number + chance.randint(1, 2))]  # further than the one before, however slowly
        time.sleep(chance.uniform(0.0, 0.05))
        child.kill()
        taken |= {line.strip() for line in (*told, *child.stdout) if line.endswith("\n")}
        child.wait()
        child.stdin.close()
        child.stdout.close()
        box = Outbox(tmp_path)
        box.open()
        manifests = chain_of(tmp_path)
        assert_unbroken(manifests)
        assert taken <= {one["packet_id"] for one in manifests}
        standing = box.standing(NOW)
        assert standing.waiting + standing.delivered == len(manifests)
        assert standing.delivered <= len(list(tmp_path.glob("packets/*/receipt.json")))
        box.close()
    assert len(taken) >= 10
