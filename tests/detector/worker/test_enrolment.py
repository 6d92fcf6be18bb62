"""Enrolment against the real case API: name and key are bound, the worker's own token delivers, and nothing that is said shows a token."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from curbwatch.__main__ import cli
from curbwatch.worker_access import token_for
from detector.worker.enrolment import EnrolmentError, enroll, kept_api_key, kept_token, request_body
from evidence.data_folder import FolderError, owner_of
from evidence.packet import Signature
from evidence.signing import PublicKey, SigningKey
from tests.detector.worker.answering import answering
from tests.detector.worker.test_delivery import served


@pytest.fixture
def api(tmp_path: Path) -> Iterator[str]:
    with served(tmp_path / "api") as (url, _):
        yield url


def one_time_token(url: str, folder: Path, worker: str) -> str:
    admin = (folder / "api" / "tokens" / "admin.token").read_text().strip()
    answer = httpx.post(f"{url}/enrolments", json={"worker": worker}, headers={"Authorization": f"Bearer {admin}"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def test_an_enrolled_worker_has_a_token_of_its_own_and_knows_the_apis_key(api: str, tmp_path: Path) -> None:
    token = one_time_token(api, tmp_path, "gate-1")
    folder = tmp_path / "worker"
    enrolled = enroll(api, token, "gate-1", folder)
    bearer = kept_token(folder)
    assert bearer == enrolled.token != token
    for name in ("worker.pem", "api.token", "api.pub"):
        assert stat.S_IMODE((folder / "keys" / name).stat().st_mode) == 0o600
    assert kept_api_key(folder) == SigningKey.load(tmp_path / "api" / "keys" / "api.pem").public_key
    key = SigningKey.load(folder / "keys" / "worker.pem").public_key.to_base64()
    own = {"Authorization": f"Bearer {bearer}"}
    assert httpx.put(f"{api}/workers/gate-1/key", json={"public_key": key}, headers=own).status_code == 200
    assert httpx.put(f"{api}/workers/gate-2/key", json={"public_key": key}, headers=own).status_code == 403
    again = enroll(api, token, "gate-1", folder)  # as after an answer that was lost
    assert kept_token(folder) == again.token
    assert again.key_id == enrolled.key_id
    assert enrolled.token not in repr(enrolled)


def test_a_token_that_is_not_good_binds_nothing(api: str, tmp_path: Path) -> None:
    token = one_time_token(api, tmp_path, "gate-1")
    with pytest.raises(EnrolmentError, match="ask an administrator") as refused:
        enroll(api, token, "gate-2", tmp_path / "worker")
    assert token not in str(refused.value)
    assert kept_token(tmp_path / "worker") is None
    assert not (tmp_path / "worker" / "keys" / "worker.pem").exists()
    enroll(api, token, "gate-1", tmp_path / "worker")
    with pytest.raises(EnrolmentError, match=r"ask an administrator|another key"):
        enroll(api, token, "gate-1", tmp_path / "thief")
    assert kept_token(tmp_path / "thief") is None
    assert not (tmp_path / "thief" / "keys" / "worker.pem").exists()
    key = SigningKey.load(tmp_path / "worker" / "keys" / "worker.pem").key_id
    with pytest.raises(EnrolmentError, match="ask an administrator"):
        enroll(api, token, "gate-2", tmp_path / "worker")
    assert SigningKey.load(tmp_path / "worker" / "keys" / "worker.pem").key_id == key, "one that was there stays"


def test_nothing_is_enrolled_in_an_api_s_folder(api: str, tmp_path: Path) -> None:
    token = one_time_token(api, tmp_path, "gate-1")
    before = sorted(path for path in (tmp_path / "api").rglob("*"))
    with pytest.raises(FolderError, match="is the data folder of a case API"):
        enroll(api, token, "gate-1", tmp_path / "api")
    assert sorted(path for path in (tmp_path / "api").rglob("*")) == before
    enroll(api, token, "gate-1", tmp_path / "worker")
    assert owner_of(tmp_path / "worker") == "worker"


def test_the_signature_is_over_name_token_and_key() -> None:
    key = SigningKey.generate()
    body = request_body(key, "t" * 40, "gate-1")
    assert body["token"] == "t" * 40
    signed = {"schema": "curbwatch.enrolment/1", "worker": "gate-1", "public_key": body["public_key"]}
    signed["token_sha256"] = hashlib.sha256(b"t" * 40).hexdigest()
    PublicKey.from_base64(body["public_key"]).verify(signed, Signature.model_validate(body["signature"]))


OTHER = json.dumps({"worker": "w9", "token": "t", "key_id": "0" * 16, "api": {"public_key": SigningKey.generate().public_key.to_base64()}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "complaint"),
    [
        (404, b"", "is this the address"),
        (500, b"oops", "answered 500"),
        (201, b"<html>", "something else than an enrolment"),
        (201, b'{"token": 3}', "something else than an enrolment"),
        (201, OTHER, "another worker or another key"),
    ],
    ids=["no case API", "it stumbles", "a page", "half an answer", "somebody else"],
)
def test_what_else_an_address_may_answer_is_one_line_and_keeps_nothing(tmp_path: Path, status: int, body: bytes, complaint: str) -> None:
    with answering(status, body) as url, pytest.raises(EnrolmentError, match=complaint):
        enroll(url, "cw-enrol-secret", "gate-1", tmp_path)
    assert kept_token(tmp_path) is None
    assert (tmp_path / "keys" / "worker.pem").exists() == (status != 404), "what may have bound the key is asked with it again"


def test_an_api_that_is_away_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EnrolmentError, match=r"http://127.0.0.1:9: cannot be reached") as told:
        enroll("http://name:hidden@127.0.0.1:9", "cw-enrol-secret", "gate-1", tmp_path)
    assert not (tmp_path / "keys" / "worker.pem").exists()
    assert "hidden" not in str(told.value)
    assert "secret" not in str(told.value)


def test_the_command_enrols_and_watch_finds_the_token(api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token, folder = one_time_token(api, tmp_path, "gate-1"), tmp_path / "worker"
    command = ["cameras", "enroll", "--api", api, "--token-stdin", "--data-dir", str(folder), "--name", "gate-1", "--json"]
    told = CliRunner().invoke(cli, command, input=token + "\n")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout) == {"ok": True, "worker": "gate-1", "key_id": json.loads(told.stdout)["key_id"], "data_dir": str(folder)}
    assert token not in told.output
    monkeypatch.delenv("CURBWATCH_TOKEN", raising=False)
    assert token_for(None, api, folder) == kept_token(folder)


@pytest.mark.parametrize(
    ("options", "status", "complaint"),
    [
        (["--api", "ftp://h", "--token", "t"], 2, "neither http"),
        (["--api", "http://h:1", "--token", "t", "--name", "a/b"], 2, "a worker's name"),
        (["--api", "http://h:1"], 2, "--token-stdin"),
        (["--api", "http://h:1", "--token", "two words"], 2, "no one-time token"),
        (["--api", "http://127.0.0.1:9", "--token", "cw-enrol-secret"], 1, "cannot be reached"),
    ],
    ids=["no web address", "no name", "no token", "not a token", "nobody there"],
)
def test_wrong_use_of_the_command_is_one_line(tmp_path: Path, options: list[str], status: int, complaint: str) -> None:
    told = CliRunner().invoke(cli, ["cameras", "enroll", "--data-dir", str(tmp_path), *options])
    assert told.exit_code == status
    assert complaint in told.stderr
    assert "secret" not in told.output
