from __future__ import annotations

import base64
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from detector.worker.outbox import BLOCKING_ATTEMPTS, Outbox
from detector.worker.sender import IDLE_SECONDS, LINE, Sender
from evidence.canonical import sha256_hex
from evidence.packet import Phase, Receipt
from tests.detector.worker.sender.case_api import KEY, NOW, TOKEN, Answer, CaseApi, problem, put


def test_a_packet_goes_with_its_blobs_and_its_receipt_is_kept(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    assert sender.step(NOW) == 0.0
    assert api.keys == {"w1": base64.b64encode(KEY.public_bytes).decode()}
    assert set(api.packets) == {name}
    assert len(api.blobs) == 2
    receipt = Receipt.model_validate_json((tmp_path / "packets" / name / "receipt.json").read_bytes())
    assert receipt.log_index == 1
    assert outbox.standing(NOW).delivered == 1
    assert sender.step(NOW) == IDLE_SECONDS


def test_known_blobs_are_not_sent_and_the_key_is_bound_once(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    put(outbox, tmp_path, 1)
    sender.step(NOW)
    put(outbox, tmp_path, 2)
    api.blobs |= {sha256_hex(content): content for content in (b"picture 2", b"clip 2" * 40_000)}
    sender.step(NOW)
    assert Counter(api.requests) == {"PUT /workers": 1, "HEAD /blobs": 4, "PUT /blobs": 2, "POST /packets": 2}


LINE_TROUBLE = [
    pytest.param("POST /packets", [(503, {})], "overloaded (503)", id="the API is overloaded"),
    pytest.param("POST /packets", [(0, {})], "cannot be reached", id="it dies before it answers"),
    pytest.param("PUT /blobs", [(0, {})], "cannot be reached", id="it dies under a blob"),
    pytest.param("PUT /workers", [(409, {})], "another key", id="another worker has this name"),
    pytest.param("PUT /workers", [(403, {})], "worker token", id="the token may not bind keys"),
    pytest.param("PUT /blobs", [(403, {})], "worker token", id="the token may not store"),
    pytest.param("PUT /workers", [(404, {})], "is this the address", id="it is another kind of server"),
    pytest.param("POST /packets", [(307, {})], "is this the address", id="it points elsewhere"),
    pytest.param("HEAD /blobs", [(429, {})], "overloaded (429)", id="it wants less of this"),
]


@pytest.mark.parametrize(("request_name", "answers", "trouble"), LINE_TROUBLE)
def test_a_broken_line_pauses_and_then_delivers(
    outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, request_name: str, answers: list[Answer], trouble: str
) -> None:
    name = put(outbox, tmp_path)
    api.scripted[request_name] = answers
    pause = sender.step(NOW)
    assert 0.0 < pause <= LINE.most_seconds
    assert sender.trouble is not None
    assert trouble in sender.trouble
    assert outbox.standing(NOW).waiting == 1
    assert sender.step(NOW + pause) == 0.0
    assert sender.trouble is None
    assert set(api.packets) == {name}


PACKET_TROUBLE = [
    pytest.param("POST /packets", [(500, {"detail": "oops"})], "answered 500: oops", id="the API stumbles over it"),
    pytest.param("POST /packets", [(201, {})], "without a receipt", id="no receipt"),
    pytest.param("POST /packets", [(201, {"receipt": {"log_index": 1}})], "without a receipt", id="half a receipt"),
    pytest.param("PUT /blobs", [(400, {})], "did not arrive whole", id="a blob was damaged on the way"),
    pytest.param("POST /packets", [(424, {"missing": []})] * 9, "goes on missing", id="it misses blobs for ever"),
    pytest.param("POST /packets", [(418, {})], "answered 418", id="an answer nobody has thought of"),
]


@pytest.mark.parametrize(("request_name", "answers", "reason"), PACKET_TROUBLE)
def test_a_packet_that_goes_wrong_is_put_off_and_stops_no_other(
    outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, caplog: pytest.LogCaptureFixture, request_name: str, answers: list[Answer], reason: str
) -> None:
    bad, good = put(outbox, tmp_path, 1), put(outbox, tmp_path, 2)
    api.scripted[request_name] = list(answers)
    assert sender.step(NOW) == 0.0
    assert reason in caplog.text
    api.scripted.clear()
    sender.step(NOW)
    assert set(api.packets) == {good}
    assert sender.step(NOW) == IDLE_SECONDS
    sender.step(NOW + 10)
    assert set(api.packets) == {bad, good}


FINAL = [
    pytest.param("POST /packets", [(422, problem("kind: is missing"))], "not valid: kind: is missing", id="not valid"),
    pytest.param("POST /packets", [(409, problem("other content"))], "known with other content: other content", id="known otherwise"),
    pytest.param("POST /packets", [(403, problem())] * 2, "not by the key", id="signed by another key, also after binding again"),
    pytest.param("PUT /blobs", [(413, problem())], "too large", id="a blob beyond the API's bound"),
]
PROXIES = [
    pytest.param("POST /packets", 413, {}, id="a proxy's bound on the manifest"),
    pytest.param("PUT /blobs", 413, {"detail": "Request Entity Too Large"}, id="a proxy's bound on a blob"),
    pytest.param("POST /packets", 403, {}, id="a proxy's list of addresses"),
    pytest.param("POST /packets", 409, {}, id="a cache that is confused"),
    pytest.param("POST /packets", 422, {"detail": [{"loc": ["body"]}]}, id="another program behind the address"),
]


@pytest.mark.parametrize(("request_name", "status", "body"), PROXIES)
def test_what_is_not_the_apis_own_word_is_never_final(
    outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, request_name: str, status: int, body: dict[str, Any]
) -> None:
    name = put(outbox, tmp_path)
    api.scripted[request_name] = [(status, body)] * (2 if status == 403 else 1)
    now = NOW
    while not api.packets:
        now += max(1.0, sender.step(now))
        assert now < NOW + 120
        assert outbox.refusals() == []
    assert set(api.packets) == {name}


@pytest.mark.parametrize(("request_name", "answers", "reason"), FINAL)
def test_a_refused_packet_is_kept_with_its_reason(
    outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, request_name: str, answers: list[Answer], reason: str
) -> None:
    bad, good = put(outbox, tmp_path, 1), put(outbox, tmp_path, 2)
    api.scripted[request_name] = answers
    assert sender.step(NOW) == 0.0
    assert reason in outbox.refusals()[0].reason
    assert [one.packet_id for one in outbox.refusals()] == [bad]
    assert sender.step(NOW) == 0.0
    assert set(api.packets) == {good}
    assert sender.step(NOW + 3600.0) == IDLE_SECONDS
    api.scripted.clear()
    sender.step(NOW + 2 * 86400.0)
    assert set(api.packets) == {bad, good}, "tried again a day later"


def test_an_api_that_began_anew_is_told_the_key_again(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    put(outbox, tmp_path, 1)
    sender.step(NOW)
    api.keys.clear()
    put(outbox, tmp_path, 2)
    assert sender.step(NOW) == 0.0
    assert outbox.standing(NOW).delivered == 2


def test_repeating_a_delivery_that_was_cut_off_keeps_the_first_receipt(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    due = outbox.next_due(NOW)
    assert due is not None
    signed = due.signed().model_dump(mode="json")
    api.keys["w1"] = base64.b64encode(KEY.public_bytes).decode()
    api.blobs |= {file["sha256"]: b"" for file in signed["manifest"]["files"]}
    first = api.take(signed)[1]["receipt"]  # arrived, but the worker was killed before the answer
    outbox.release(name)
    sender.step(NOW)
    assert json.loads((tmp_path / "packets" / name / "receipt.json").read_bytes()) == first


def test_a_wrong_token_waits_and_is_in_no_message(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(outbox, tmp_path)
    api.tokens = {"Bearer another"}
    with caplog.at_level("DEBUG"):
        assert sender.step(NOW) == LINE.most_seconds
    assert "does not accept this worker's token" in caplog.text
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(vars(outbox))
    assert outbox.standing(NOW).waiting == 1


def test_the_api_names_its_own_pause(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    put(outbox, tmp_path)
    api.headers["Retry-After"] = "7"
    api.scripted["POST /packets"] = [(503, {})]
    assert sender.step(NOW) == 7.0


def test_an_api_that_is_not_there_is_said_once_and_pauses_grow(outbox: Outbox, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(outbox, tmp_path)
    with_user = Sender(outbox, base_url="http://name:hidden@127.0.0.1:9", token=TOKEN, worker="w1", key=KEY)
    pauses = [with_user.step(NOW + 1000.0 * number) for number in range(8)]
    with_user.close()
    assert pauses[0] <= 1.0
    assert pauses[7] >= LINE.most_seconds / 2
    assert len(caplog.records) == 1
    assert "hidden" not in caplog.text
    assert "http://127.0.0.1:9" in caplog.text


def test_a_packet_that_breaks_the_line_lets_the_others_go_first(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    put(outbox, tmp_path, 1)
    good = put(outbox, tmp_path, 2)
    api.scripted["POST /packets"] = [(0, {})]
    sender.step(NOW + sender.step(NOW))
    assert set(api.packets) == {good}


def test_the_end_that_is_put_off_goes_before_the_next_act_of_its_camera(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    ends, begins = put(outbox, tmp_path, 1, Phase.ENDED, camera="gate"), put(outbox, tmp_path, 2, camera="gate")
    api.scripted["POST /packets"] = [(500, {})] * 3
    now = NOW
    while outbox.standing(now).delivered < 2:
        sender.step(now)
        now += 1.0
    assert list(api.packets) == [ends, begins]


@pytest.mark.parametrize("answer", [(500, {}), (0, {})], ids=["the API stumbles over it", "the API dies of it"])
def test_a_packet_that_never_goes_holds_up_its_camera_only_for_minutes(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, answer: Answer) -> None:
    put(outbox, tmp_path, 1, camera="gate")
    following = put(outbox, tmp_path, 2, camera="gate")
    api.scripted["POST /packets"] = [answer] * BLOCKING_ATTEMPTS
    now, until = NOW, NOW + 700.0
    while following not in api.packets:
        now += max(1.0, sender.step(now))
        assert now < until


def test_hours_without_an_api_change_no_order(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    names = [put(outbox, tmp_path, number, camera="gate") for number in range(3)]
    api.scripted["PUT /workers"] = [(0, {})] * 60
    now = NOW
    while outbox.standing(now).delivered < 3:
        now += max(1.0, sender.step(now))
    assert now > NOW + 1800.0
    assert list(api.packets) == names


def test_an_unforeseen_fault_is_logged_once_and_delivery_goes_on(
    outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = put(outbox, tmp_path, 1), put(outbox, tmp_path, 2)
    with monkeypatch.context() as patch:
        patch.setattr("detector.worker.sender.Receipt", None)
        for number in range(3):
            assert sender.step(NOW + 60.0 * number) > 0.0
    assert caplog.text.count("nobody foresaw") == 1
    assert sender.step(NOW + 1000.0) == sender.step(NOW + 1000.0) == 0.0
    assert set(api.packets) == {bad, good}
    assert outbox.standing(NOW).delivered == 2


def test_the_thread_outlives_an_unforeseen_fault(
    outbox: Outbox, sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    faults = [ZeroDivisionError("once")]
    prune = outbox.room.prune

    def broken(now: float) -> int:
        if faults:
            raise faults.pop()
        return prune(now)

    monkeypatch.setattr(outbox.room, "prune", broken)
    name = put(outbox, tmp_path)
    sender.start()
    until = time.monotonic() + 20
    while outbox.standing(NOW).delivered < 1 and time.monotonic() < until:
        time.sleep(0.02)
    sender.stop()
    assert outbox.standing(NOW).delivered == 1, name
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("request_name", ["PUT /workers", "PUT /blobs"])
def test_a_token_that_may_not_is_told_by_the_options_name(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path, request_name: str) -> None:
    put(outbox, tmp_path)
    api.scripted[request_name] = [(403, {})]
    sender.step(NOW)
    assert "with --token-file" in str(sender.trouble)


def test_the_thread_delivers_all_and_stops(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    names = {put(outbox, tmp_path, number) for number in range(5)}
    sender.start()
    until = time.monotonic() + 20
    while outbox.standing(NOW).delivered < 5 and time.monotonic() < until:
        time.sleep(0.02)
    sender.stop()
    assert not sender.is_alive()
    assert set(api.packets) == names
