"""Small packets in one request, large ones and those for an API of before file by file."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.worker import bundled
from detector.worker.outbox import Outbox
from detector.worker.sender import Sender
from tests.detector.worker.sender.case_api import NOW, Answer, CaseApi, problem, put


@pytest.fixture
def api(api: CaseApi) -> CaseApi:
    api.takes_bundles = True
    return api


def test_a_small_packet_takes_one_request(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    names = {put(outbox, tmp_path, number) for number in (1, 2)}
    assert [sender.step(NOW), sender.step(NOW)] == [0.0, 0.0]
    assert set(api.packets) == names
    assert api.requests == ["PUT /workers", "POST /packets", "POST /packets"]


def test_a_large_packet_goes_file_by_file(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "LARGEST_BYTES", 1000)
    put(outbox, tmp_path)
    assert sender.step(NOW) == 0.0
    assert api.requests.count("PUT /blobs") == 2


def test_an_api_of_before_is_asked_once(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    api.takes_bundles = False
    for number in (1, 2):
        put(outbox, tmp_path, number)
    assert [sender.step(NOW), sender.step(NOW)] == [0.0, 0.0]
    assert len(api.packets) == 2
    api.takes_bundles = True
    put(outbox, tmp_path, 3)
    sender.step(NOW)
    assert api.requests.count("PUT /blobs") == 6, "it is not asked again"


@pytest.mark.parametrize(
    "answer",
    [(413, {"detail": "nginx: too large"}), (415, {"detail": "a proxy"}), (403, {"detail": "a wall"}), (403, problem("no such key is bound"))],
    ids=["a proxy's limit", "a proxy's types", "a proxy's wall", "an API that has forgotten the key"],
)
def test_what_refuses_the_form_gets_the_files_one_by_one(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, answer: Answer) -> None:
    put(outbox, tmp_path)
    api.scripted["POST /packets"] = [answer]
    assert sender.step(NOW) == 0.0
    assert (len(api.packets), api.requests.count("PUT /blobs")) == (1, 2)


def test_a_damaged_file_is_told_by_name(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    (file,) = tmp_path.rglob(f"{name}/keyframe_first.bin")
    file.write_bytes(b"rotten")
    sender.step(NOW)
    assert api.packets == {}
    assert "keyframe_first.bin was damaged on this disk" in str(outbox.refusals())


@pytest.mark.parametrize("status", [500, 507])
def test_what_did_not_pass_is_tried_again_file_by_file(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, status: int) -> None:
    put(outbox, tmp_path)
    api.scripted["POST /packets"] = [(status, {"detail": "no"})]
    sender.step(NOW)
    assert api.packets == {}
    assert sender.step(NOW + 60) == 0.0
    assert (len(api.packets), api.requests.count("PUT /blobs")) == (1, 2)
