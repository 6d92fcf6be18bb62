from __future__ import annotations

import base64
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from detector.worker.afterwards import Restore, bring_again
from detector.worker.outbox import BLOCKING_ATTEMPTS, Outbox
from detector.worker.sender import IDLE_SECONDS, LINE, Sender
from evidence.canonical import manifest_sha256, sha256_hex
from evidence.given_up import read_given_up
from evidence.packet import Chain, EvidenceFile, Phase, Receipt, Role, SignedManifest, packet_id_of
from evidence.signing import SigningKey, signed_receipt

TOKEN = "secret-token-of-the-worker"
KEY, API_KEY = SigningKey.generate(), SigningKey.generate()
NOW = 1_000_000.0
Answer = tuple[int, dict[str, Any]]


class CaseApi(ThreadingHTTPServer):
    """The worker's side of the case API in memory, by its contract; it can be told to answer otherwise."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.blobs: dict[str, bytes] = {}
        self.packets: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.keys: dict[str, str] = {}
        self.requests: list[str] = []
        self.scripted: dict[str, list[Answer]] = {}
        """`METHOD /first-part` → answers given, one a request, before it behaves."""
        self.headers: dict[str, str] = {}
        self.tokens = {f"Bearer {TOKEN}"}
        self.partial: dict[str, bytes] = {}
        """What has arrived of files whose sending broke off."""
        self.breaks_after: int | None = None
        """Bytes of the next file after which the line breaks, once."""
        self.arrived = 0
        self.given_up: list[tuple[dict[str, Any], dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        parts = path.strip("/").split("/")
        if method == "POST" and parts[0] == "workers":
            signed = json.loads(body)
            self.given_up.append((signed, signed.pop("given_up")))
            return 201, {"log_index": 1}
        if method == "PUT" and parts[0] == "workers":
            key = json.loads(body)["public_key"]
            return (200, {}) if self.keys.setdefault(parts[1], key) == key else (409, {"detail": "another key"})
        if method == "HEAD":
            self.headers.pop("Upload-Offset", None)
            if parts[1] in self.partial:
                self.headers["Upload-Offset"] = str(len(self.partial[parts[1]]))
            return (200 if parts[1] in self.blobs else 404), {}
        if method == "PUT":
            body = self.partial.pop(parts[1], b"") + body
            if sha256_hex(body) != parts[1]:
                return 400, {"detail": "the hash differs"}
            self.blobs[parts[1]] = body
            return 201, {}
        return self.take(json.loads(body))

    def take(self, signed: dict[str, Any]) -> Answer:
        manifest = signed["manifest"]
        if base64.b64encode(KEY.public_bytes).decode() not in self.keys.values():
            return 403, {"detail": "no such key is bound"}
        missing = [file["sha256"] for file in manifest["files"] if file["sha256"] not in self.blobs]
        if missing:
            return 424, {"detail": "blobs are missing", "missing": missing}
        known = self.packets.get(manifest["packet_id"])
        if known is not None:
            return (200, {"receipt": known[1], "case_id": "c"}) if known[0] == manifest else (409, {"detail": "known with other content"})
        sha256 = manifest_sha256(manifest)
        receipt = signed_receipt(API_KEY, manifest_sha256=sha256, received_at=datetime.now(UTC), log_index=len(self.packets) + 1, previous_sha256=None)
        self.packets[manifest["packet_id"]] = manifest, receipt.model_dump(mode="json")
        return 201, {"receipt": receipt.model_dump(mode="json"), "case_id": "c"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CaseApi

    def handle_one(self) -> None:
        length, limit = int(self.headers.get("Content-Length", 0)), self.server.breaks_after
        if limit is not None and self.command == "PUT" and "Content-Range" in self.headers:
            self.server.breaks_after = None
            self.server.partial[self.path.split("/")[-1]] = self.rfile.read(limit)
            self.close_connection = True
            self.connection.close()
            return
        body = self.rfile.read(length)
        self.server.arrived += len(body)
        name = f"{self.command} /{self.path.split('/')[1]}"
        self.server.requests.append(name)
        if self.headers["Authorization"] not in self.server.tokens:
            status, answer = 401, {"detail": f"not {self.headers['Authorization']}"}
        elif self.server.scripted.get(name):
            status, answer = self.server.scripted[name].pop(0)
        else:
            status, answer = self.server.answer(self.command, self.path, body)
        if status == 0:  # dies in the middle
            self.close_connection = True
            self.connection.close()
            return
        data = b"" if self.command == "HEAD" else json.dumps(answer).encode()
        self.send_response(status)
        if "detail_zh" in answer:  # as the case API refuses
            self.send_header("Content-Type", "application/problem+json")
        self.send_header("Content-Length", str(len(data)))
        for header, value in self.server.headers.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_HEAD = do_PUT = do_POST = handle_one

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def api() -> Iterator[CaseApi]:
    server = CaseApi()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path, key=KEY)
    box.open()
    yield box
    box.close()


@pytest.fixture
def sender(outbox: Outbox, api: CaseApi) -> Iterator[Sender]:
    made = Sender(outbox, base_url=api.url, token=TOKEN, worker="w1", key=KEY)
    yield made
    made.close()


def put(box: Outbox, folder: Path, number: int = 1, phase: Phase = Phase.CONFIRMED, camera: str | None = None) -> str:
    act_id = f"{number:032x}"
    packet_id = packet_id_of(act_id, phase)
    files = []
    for role, content in ((Role.KEYFRAME_FIRST, f"picture {number}".encode()), (Role.CLIP_CONFIRMED, f"clip {number}".encode() * 40_000)):
        source = folder / f"source-{number}-{phase.value}-{role.value}"
        source.write_bytes(content)
        entry = EvidenceFile(role=role, name=f"{role.value}.bin", sha256=sha256_hex(content), bytes=len(content), media_type="a/b", original=True)
        files.append((entry, source))

    def build(chain: Chain) -> SignedManifest:
        listed = [entry.model_dump(mode="json") for entry, _ in files]
        named = {"camera": {"id": camera or f"cam{number}"}, "worker": {"name": "w1"}}
        manifest = {"packet_id": packet_id, "act_id": act_id, "files": listed, "chain": chain.model_dump(mode="json"), **named}
        return SignedManifest(manifest=manifest, signature=KEY.sign(manifest))

    box.put(packet_id, build, files, NOW)
    return packet_id


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


def problem(detail: str = "no") -> dict[str, Any]:
    return {"detail": detail, "detail_zh": "不行"}


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


def test_a_file_damaged_on_this_disk_is_refused_by_name(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    name = put(outbox, tmp_path)
    path = tmp_path / "packets" / name / "clip_confirmed.bin"
    path.unlink()
    path.write_bytes(b"rotten")
    sender.step(NOW)
    assert "clip_confirmed.bin was damaged on this disk" in outbox.refusals()[0].reason


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


def test_a_missing_file_puts_off_only_its_packet(outbox: Outbox, api: CaseApi, sender: Sender, tmp_path: Path) -> None:
    bad, good = put(outbox, tmp_path, 1), put(outbox, tmp_path, 2)
    (tmp_path / "packets" / bad / "clip_confirmed.bin").unlink()
    sender.step(NOW)
    sender.step(NOW)
    assert set(api.packets) == {good}


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
