"""What is told beside packets: what was given up, and again what a restored API has lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.worker.afterwards import Restore, bring_again
from detector.worker.outbox import Outbox
from detector.worker.sender import IDLE_SECONDS, Sender
from evidence.canonical import manifest_sha256
from evidence.given_up import read_given_up
from evidence.packet import SignedManifest
from tests.detector.worker.sender.case_api import KEY, NOW, Answer, CaseApi, problem, put


def given_up(box: Outbox, folder: Path) -> str:
    name = put(box, folder, 1)
    assert box.room.make(9.0, NOW)
    return name


def test_what_was_given_up_is_told_once_and_with_the_manifest(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    name = given_up(outbox, tmp_path)
    assert [sender.step(NOW + second) for second in range(2)] == [IDLE_SECONDS] * 2
    ((signed, record),) = api.given_up
    KEY.public_key.verify(signed["manifest"], SignedManifest.model_validate(signed).signature)
    read = read_given_up(record, "told")
    read.verify(KEY.public_key)
    assert (read.record.packet_id, read.record.manifest_sha256) == (name, manifest_sha256(signed["manifest"]))
    assert (api.packets, api.blobs) == ({}, {})


@pytest.mark.parametrize("answer", [(404, {}), (500, {}), (409, problem())], ids=["an API of before", "it stumbles", "it does not take it"])
def test_a_record_that_is_not_taken_is_told_again_an_hour_later(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, answer: Answer) -> None:
    given_up(outbox, tmp_path)
    api.scripted["POST /workers"] = [answer]
    for second in (0, 10, 3500):
        assert sender.step(NOW + second) == IDLE_SECONDS
        assert api.given_up == []
    sender.step(NOW + 3600)
    assert len(api.given_up) == 1


@pytest.mark.parametrize(
    ("answer", "told_again"),
    [((409, problem() | {"fault": "came_whole"}), 0), ((403, problem()), 1)],
    ids=["it came whole before", "it is refused"],
)
def test_one_record_that_is_refused_holds_back_no_other(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, answer: Answer, told_again: int) -> None:
    for number in (1, 2, 3):
        put(outbox, tmp_path, number)
        assert outbox.room.make(9.0, NOW)
    api.scripted["POST /workers"] = [answer]
    sender.step(NOW)
    sender.step(NOW + 10)
    assert (len(api.given_up), len(outbox.untold())) == (2, told_again)
    sender.step(NOW + 3600)
    assert (len(api.given_up), outbox.untold()) == (2 + told_again, [])


def test_a_restored_api_is_brought_again_what_it_lost(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    names = [put(outbox, tmp_path, number) for number in range(4)]
    for number in range(4):
        sender.step(NOW + number)
    order = sorted(names, key=lambda name: api.packets[name][1]["log_index"])
    for name in order[1:]:  # the backup was made after the first
        del api.packets[name]
    api.blobs.clear()
    outbox.room.prune(NOW + 9, keep_bytes=10**6)  # of four packets three fit
    restores = Restore.read([{"log_index": 1_000, "former_index": 1, "at": "2026-11-26T00:00:00+00:00"}, {"log_index": "?"}])
    assert bring_again(outbox, restores) == 3
    assert bring_again(outbox, restores) == 0, "once"
    before = {name: (tmp_path / "packets" / name / "receipt.json").read_bytes() for name in order[1:]}
    for second in range(10, 14):
        sender.step(NOW + second)
    assert set(api.packets) == set(order)
    for name in order[1:]:
        folder = tmp_path / "packets" / name
        assert (folder / "receipt-before.json").read_bytes() == before[name]
        assert json.loads((folder / "receipt.json").read_bytes()) == api.packets[name][1]
    assert outbox.standing(NOW).delivered == 4


def test_a_file_that_stays_away_is_given_up_and_told(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    (tmp_path / "packets" / name / "clip_confirmed.bin").unlink()
    now = NOW
    while not api.given_up:
        now += max(1.0, sender.step(now))
        assert now < NOW + 7200
    assert api.given_up[0][1]["record"]["reason"] == "file_lost"
