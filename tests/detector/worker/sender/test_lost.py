"""Packets of which a file, or the whole folder, is missing on the worker's disk: counted by themselves, named, and nothing of them is deleted."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from detector.worker.outbox import Outbox
from detector.worker.sender import IDLE_SECONDS, Sender
from evidence.given_up import GIVEN_UP, read_given_up
from tests.detector.worker.sender.case_api import KEY, NOW, CaseApi, put

CLIP, PICTURE = "clip_confirmed.bin", "keyframe_first.bin"


def state_of(box: Outbox, folder: Path, packet_id: str) -> tuple[str, int]:
    with sqlite3.connect(folder / "outbox.sqlite") as db:
        row = db.execute("SELECT state, missing FROM packets WHERE packet_id = ?", (packet_id,)).fetchone()
    db.close()
    return row[0], row[1]


def go_on(sender: Sender, now: float, steps: int) -> float:
    for _ in range(steps):
        now += max(sender.step(now), 2000.0)
    return now


def settle(box: Outbox, sender: Sender, folder: Path, packet_id: str, now: float = NOW) -> float:
    for _ in range(40):
        if state_of(box, folder, packet_id)[0] != "waiting":
            break
        now = go_on(sender, now, 1)
    return now


def test_failures_of_another_kind_do_not_count_for_a_file_that_is_away_once(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    folder = tmp_path / "packets" / name
    api.scripted["PUT /blobs"] = [(507, {})] * 20
    now = go_on(sender, NOW, 20)
    api.scripted.clear()
    (folder / CLIP).rename(tmp_path / "away")
    now = go_on(sender, now, 3)
    assert state_of(outbox, tmp_path, name) == ("waiting", 3)
    (tmp_path / "away").rename(folder / CLIP)
    api.scripted["PUT /blobs"] = [(507, {})]
    now = go_on(sender, now, 1)
    assert state_of(outbox, tmp_path, name) == ("waiting", 0), "in a row"
    go_on(sender, now, 1)
    assert set(api.packets) == {name}


def test_what_is_left_of_a_packet_whose_file_stays_away_is_kept_and_the_record_names_what_is_missing(
    outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path
) -> None:
    name = put(outbox, tmp_path)
    folder, aside = tmp_path / "packets" / name, tmp_path / "set-aside" / "given-up" / name
    picture = (folder / PICTURE).read_bytes()
    (folder / CLIP).unlink()
    now = settle(outbox, sender, tmp_path, name)
    go_on(sender, now, 1)
    assert [record["record"]["missing"] for _, record in api.given_up] == [[CLIP]]
    read_given_up(api.given_up[0][1], "told").verify(KEY.public_key)
    assert sorted(path.name for path in folder.iterdir()) == [GIVEN_UP, "manifest.json"]
    assert (aside / PICTURE).read_bytes() == picture
    assert (aside / "manifest.json").read_bytes() == (folder / "manifest.json").read_bytes()
    outbox.close()
    outbox.open()
    assert sorted(path.name for path in aside.iterdir()) == [GIVEN_UP, PICTURE, "manifest.json"]


@pytest.mark.parametrize("also", ["nothing more", "the table is lost"])
def test_a_kill_before_the_rest_was_set_aside_deletes_nothing(
    outbox: Outbox, sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, also: str
) -> None:
    name = put(outbox, tmp_path)
    (tmp_path / "packets" / name / CLIP).unlink()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(outbox.lost), "_set_aside", killed)
        with pytest.raises(KeyboardInterrupt):
            settle(outbox, sender, tmp_path, name)
    outbox.close()
    if also == "the table is lost":
        for file in tmp_path.glob("outbox.sqlite*"):
            file.unlink()
    outbox.open()
    assert state_of(outbox, tmp_path, name)[0] == "given_up"
    assert (tmp_path / "set-aside" / "given-up" / name / PICTURE).exists()
    assert not (tmp_path / "packets" / name / PICTURE).exists()


@pytest.mark.parametrize("what", ["the folder", "the manifest"])
def test_a_row_without_its_folder_is_lost_holds_up_nothing_and_waits_again_when_it_is_back(
    outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, what: str
) -> None:
    name, away = put(outbox, tmp_path), tmp_path / "away"
    there = tmp_path / "packets" / name / ("manifest.json" if what == "the manifest" else "")
    shutil.move(there, away)
    now = settle(outbox, sender, tmp_path, name)
    assert state_of(outbox, tmp_path, name)[0] == "lost"
    assert (outbox.standing(now).lost, outbox.gauges()["outbox_lost"]) == (1, 1.0)
    assert sender.step(now) == IDLE_SECONDS
    assert (api.given_up, sender.trouble) == ([], None)
    later = put(outbox, tmp_path, 2)
    now = go_on(sender, now, 1)
    assert set(api.packets) == {later}
    shutil.move(away, there)
    go_on(sender, now, 3)
    assert set(api.packets) == {name, later}
    assert json.loads((tmp_path / "packets" / name / "receipt.json").read_bytes()) == api.packets[name][1]


def test_a_lost_folder_that_is_back_at_the_next_opening_waits(outbox: Outbox, sender: Sender, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    shutil.move(tmp_path / "packets" / name, tmp_path / "away")
    settle(outbox, sender, tmp_path, name)
    outbox.close()
    outbox.open()
    assert state_of(outbox, tmp_path, name)[0] == "lost"
    outbox.close()
    shutil.move(tmp_path / "away", tmp_path / "packets" / name)
    outbox.open()
    assert state_of(outbox, tmp_path, name) == ("waiting", 0)
