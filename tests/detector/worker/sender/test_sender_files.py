"""The files of packets on their way: sent whole or in parts, gone on with, missing, damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.worker.outbox import Outbox
from detector.worker.sender import Sender
from evidence.canonical import sha256_hex
from tests.detector.worker.sender.case_api import NOW, Answer, CaseApi, put


def test_missing_blobs_are_sent_again(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    put(outbox, tmp_path)
    api.scripted["HEAD /blobs"] = [(200, {}), (200, {})]  # it says that it has them
    assert sender.step(NOW) == 0.0
    assert len(api.packets) == 1


def test_a_large_file_goes_on_where_the_line_broke(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    whole = len(b"picture 1") + len(b"clip 1" * 40_000) - 150_000
    api.breaks_after = 150_000
    assert sender.step(NOW) > 0.0
    assert sender.step(NOW + 60) == 0.0, sender.trouble
    assert set(api.packets) == {name}
    sent_as_bodies = sum(len(blob) for blob in api.blobs.values())
    assert sent_as_bodies == len(b"picture 1") + len(b"clip 1" * 40_000)
    assert api.arrived < whole + 20_000, "beside key and manifest only what was missing"


def test_what_is_no_beginning_of_the_file_is_sent_from_the_start(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    api.partial[sha256_hex(b"clip 1" * 40_000)] = b"rotten" * 1000
    assert sender.step(NOW) == 0.0
    assert sender.step(NOW + 60) == 0.0
    assert set(api.packets) == {name}


@pytest.mark.parametrize(
    ("told", "answers"),
    [({"Upload-Offset": "240000"}, []), ({}, [(409, {"detail": "another connection is sending this file"})])],
    ids=["it has all of it in parts", "it says that the file is being sent"],
)
def test_what_cannot_be_gone_on_with_is_sent_whole(
    outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, told: dict[str, str], answers: list[Answer]
) -> None:
    name = put(outbox, tmp_path)
    api.blobs[sha256_hex(b"picture 1")] = b"picture 1"
    api.headers |= told
    api.scripted = {"HEAD /blobs": [(200, {}), (404, {})], "PUT /blobs": list(answers)}
    assert sender.step(NOW) == 0.0
    assert set(api.packets) == {name}


def test_a_file_that_the_api_takes_in_no_way_is_tried_again_later(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    api.scripted = {"PUT /blobs": [(409, {})] * 2}
    assert sender.step(NOW) == 0.0
    assert (outbox.standing(NOW).waiting, outbox.refusals()) == (1, [])
    assert sender.step(NOW + 60) == 0.0
    assert set(api.packets) == {name}


def test_a_file_damaged_on_this_disk_is_refused_by_name(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    path = tmp_path / "packets" / name / "clip_confirmed.bin"
    path.unlink()
    path.write_bytes(b"rotten")
    sender.step(NOW)
    assert "clip_confirmed.bin was damaged on this disk" in outbox.refusals()[0].reason


def test_a_missing_file_puts_off_only_its_packet(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    bad, good = put(outbox, tmp_path, 1), put(outbox, tmp_path, 2)
    (tmp_path / "packets" / bad / "clip_confirmed.bin").unlink()
    sender.step(NOW)
    sender.step(NOW)
    assert set(api.packets) == {good}
