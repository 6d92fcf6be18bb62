"""A worker's share of the registry, by the real case API: what it gives, keeps, says no to, and what becomes of it while it is away."""

from __future__ import annotations

import base64
import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import watching
from api.vault import VARIABLE
from detector.fleet.spec import WorkerSpec, shard_of
from detector.worker.assigned import Assigned, Given, Revoked, watched_camera
from detector.worker.enrolment import enroll, kept_token
from detector.worker.kept_registry import KeptRegistry
from detector.worker.registry import ApiClient, NotAllowed, RegistryError
from tests.detector.worker.answering import answering
from tests.detector.worker.test_delivery import served

PASSWORD = "p@ss:hidden"
GATE: dict[str, Any] = {
    "name": {"zh": "大门", "en": "Gate"}, "district": "east", "url": "rtsp://192.0.2.7:554/main", "sub_url": "rtsp://192.0.2.7:554/sub",
    "login": {"username": "admin", "password": PASSWORD}, "latitude": 31.2, "longitude": 121.4, "crs": "CGCS2000", "look_interval_seconds": 4,
    "gb28181_id": None, "address": "解放路 3 号",
}  # fmt: skip
DEAD = "http://127.0.0.1:9"


class Registry:
    """The served API, and an administrator of it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        token = (folder / "tokens" / "admin.token").read_text().strip()
        self.admin = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"})

    def put(self, camera: str, worker: str | None, **changes: Any) -> None:
        answer = self.admin.put(f"/cameras/{camera}", json={**GATE, "worker": worker, **changes})
        assert answer.status_code == 200, answer.text

    def spec(self, worker: str, folder: Path, **changes: Any) -> WorkerSpec:
        """Of a worker that is enrolled."""
        answer = self.admin.post("/enrolments", json={"worker": worker})
        assert answer.status_code == 201, answer.text
        token = enroll(self.url, answer.json()["token"], worker, folder).token
        return WorkerSpec(name=worker, data_dir=str(folder), cameras=(), registry_url=self.url, registry_token=token, **changes)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, base64.b64encode(bytes(32)).decode())
        folder = tmp_path_factory.mktemp("api")
        with served(folder) as (url, _):
            one = Registry(url, folder)
            yield one
            one.admin.close()


class Share:
    """An `Assigned` with its client open, and what it told."""

    def __init__(self, spec: WorkerSpec, url: str | None = None) -> None:
        self.given, self.revoked = list[Given](), list[str]()
        self.client = ApiClient(url or spec.registry_url or "", spec.registry_token or "", spec.name)
        self.assigned = Assigned(spec, self.client, self.given.append, self.revoked.append)

    def __enter__(self) -> Share:
        self.begun = self.assigned.begin()
        self.client.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    @property
    def ids(self) -> list[str]:
        return [camera.camera_id for camera in self.assigned.given.cameras]


def test_cameras_come_change_and_go(registry: Registry, tmp_path: Path) -> None:
    registry.put("a-1", "a")
    registry.put("a-2", "another")
    registry.admin.put("/hosts/192.0.2.7:554", json={"most_connects": 2})
    with Share(registry.spec("a", tmp_path)) as share:
        (camera,) = share.begun.cameras
        login = "admin:p%40ss%3Ahidden"
        assert (camera.camera_id, camera.url, camera.sub_url) == ("a-1", f"rtsp://{login}@192.0.2.7:554/main", f"rtsp://{login}@192.0.2.7:554/sub")
        assert (camera.name_zh, camera.name_en, camera.look_interval_seconds, camera.crs, camera.address) == ("大门", "Gate", 4.0, "CGCS2000", "解放路 3 号")
        assert share.begun.connects == {"192.0.2.7": 2}
        share.assigned.poll()
        assert share.given == [], "nothing has changed"
        registry.put("a-1", "a", login={"username": "admin", "password": "new"})
        share.assigned.poll()
        assert share.given[-1].cameras[0].url == "rtsp://admin:new@192.0.2.7:554/main"
        registry.admin.put("/hosts/192.0.2.7:554", json={"most_connects": 5})
        share.assigned.poll()
        assert share.given[-1].connects == {"192.0.2.7": 5}
        registry.put("a-2", "a", url="rtsp://192.0.2.9/x", sub_url=None, login=None)
        share.assigned.poll()
        assert share.ids == ["a-1", "a-2"]
        registry.put("a-1", "a", enabled=False)
        share.assigned.poll()
        assert share.ids == ["a-2"]
        registry.put("a-2", "another")
        told = len(share.given)
        share.assigned.poll()
        share.assigned.poll()
        assert (share.ids, len(share.given)) == ([], told + 1)
        assert share.assigned.gauges["registry_cameras"] == 0.0
    assert PASSWORD not in repr(share.given) + repr(share.client)


def test_a_shard_takes_its_own(registry: Registry, tmp_path: Path) -> None:
    names = [f"s-{i}" for i in range(6)]
    for number, name in enumerate(names):
        registry.put(name, "s", url=f"rtsp://192.0.2.20/{number}", sub_url=None)
    spec = registry.spec("s", tmp_path)
    parts = []
    for shard in range(2):
        with Share(replace(spec, shard=shard, shards=2)) as share:
            assert all(shard_of(name, 2) == shard for name in share.ids)
            parts += share.ids
    assert sorted(parts) == names


def test_a_registry_that_is_away_at_the_start_and_later(registry: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    registry.put("k-1", "k")
    spec = registry.spec("k", tmp_path)
    with Share(spec) as share:
        assert share.ids == ["k-1"]
    away = replace(spec, registry_url=DEAD)
    with Share(away) as share:
        assert share.begun == Given(), "what another registry gave is not this one's"
        assert "another registry" in caplog.text
        assert "the worker waits for it" in caplog.text
        with pytest.raises(httpx.HTTPError):
            share.assigned.poll()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"p%40ss" not in path.read_bytes(), path
    KeptRegistry(tmp_path, DEAD, "k", spec.registry_token or "").write(
        {"items": [{**GATE, "camera_id": "k-1", "url": "rtsp://a:b@192.0.2.7/1"}]}, datetime.now(UTC)
    )
    caplog.clear()
    with Share(away) as share:
        assert share.ids == ["k-1"]
        assert "going on with the 1 cameras that it gave at " in caplog.text
        assert share.assigned.gauges == {"registry_cameras": 1.0, "registry_silent_seconds": -1.0}
        with pytest.raises(httpx.HTTPError):
            share.assigned.poll()
        assert (share.ids, share.given) == (["k-1"], [])
    assert "p%40ss" not in caplog.text


def test_a_revoked_worker_is_told_once_and_its_cameras_are_forgotten(registry: Registry, tmp_path: Path) -> None:
    registry.put("r-1", "r")
    spec = registry.spec("r", tmp_path)
    with Share(spec) as share:
        assert (tmp_path / "registry.sealed").exists()
        assert registry.admin.delete("/workers/r").status_code == 204
        for count in (0, 1, 1):
            with pytest.raises(NotAllowed):
                share.assigned.poll()
            assert len(share.revoked) == count
    (why,) = share.revoked
    assert "gives the worker r no cameras" in why
    assert "401" in why
    assert "\n" not in why
    assert (spec.registry_token or "?") not in why
    assert not (tmp_path / "registry.sealed").exists()
    with pytest.raises(Revoked, match="gives the worker r no cameras"):
        Share(spec).assigned.begin()


def test_a_copy_of_a_data_folder_reads_nothing_while_the_worker_runs(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    registry.put("c-1", "c")
    spec = registry.spec("c", tmp_path / "first")
    with Share(spec) as first:
        assert first.ids == ["c-1"]
        shutil.copytree(tmp_path / "first", tmp_path / "copy")
        with Share(replace(spec, data_dir=str(tmp_path / "copy"))) as copy:
            assert copy.begun == Given(), "also what it kept is not read"
            assert "a worker's data folder is never copied" in caplog.text
            first.assigned.poll()
            copy.assigned.poll()
            assert (first.ids, copy.ids) == (["c-1"], [])
            with Share(spec) as again:
                assert again.ids == ["c-1"], "the same folder's next process need not wait"
            monkeypatch.setattr(watching, "READS", timedelta())  # as if the first were silent for that long
            copy.assigned.poll()
            monkeypatch.undo()
            first.assigned.poll()
            assert (first.ids, copy.ids) == ([], ["c-1"])


def test_the_shared_token_is_told_to_enrol(registry: Registry, tmp_path: Path) -> None:
    shared = (registry.folder / "tokens" / "worker.token").read_text().strip()
    with pytest.raises(Revoked, match=r"403 logins are told to the enrolled worker alone.*cameras enroll"):
        Share(WorkerSpec("x", str(tmp_path), (), registry_url=registry.url, registry_token=shared)).assigned.begin()
    assert kept_token(tmp_path) is None


@pytest.mark.parametrize(("status", "body"), [(401, b""), (403, b"<html>"), (502, b""), (200, b"[]"), (200, b'{"items": 3}')])
def test_what_is_not_the_apis_own_word_takes_nothing_away(
    registry: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture, status: int, body: bytes
) -> None:
    caplog.set_level(logging.WARNING)
    spec = WorkerSpec("p", str(tmp_path), (), registry_url=DEAD, registry_token="t")
    with answering(status, body) as url:
        KeptRegistry(tmp_path, url, "p", "t").write({"items": [{"camera_id": "p-1", "url": "rtsp://192.0.2.7/1"}], "hosts": 3}, datetime.now(UTC))
        with Share(spec, url) as share:
            assert share.ids == ["p-1"]
            for _ in range(3):
                with pytest.raises(RegistryError):
                    share.assigned.poll()
            assert (share.ids, share.revoked) == (["p-1"], [])
    assert (tmp_path / "registry.sealed").exists()


ITEM = {"camera_id": "gate", "url": "rtsp://u:hidden@192.0.2.7/1"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"url": "/etc/passwd"}, "no network address"),
        ({"url": "file:///srv/hidden.mp4"}, "no network address"),
        ({"sub_url": "file://host/hidden.mp4"}, "its sub_url is no network address"),
        ({"resolver": "exec:/bin/sh -c hidden"}, "its resolver is no http"),
        ({"url": None}, "neither an address nor a resolver"),
        ({"url": 3}, "its url is no text"),
        ({"transport": "hidden"}, "transport is not known"),
        ({"latitude": "north"}, "its latitude is no number"),
        ({"look_interval_seconds": True}, "no number"),
        ({"name": {"zh": 3}}, "its zh is no text"),
    ],
    ids=[
        "a file", "a file's address", "a file for a small stream", "a command", "nothing to read", "a number", "another transport", "a place in words",
        "an interval that is none", "no name",
    ],
)  # fmt: skip
def test_what_the_registry_cannot_make_a_worker_read(change: dict[str, Any], complaint: str) -> None:
    assert watched_camera(ITEM).url == ITEM["url"]
    with pytest.raises(ValueError, match=complaint) as refused:
        watched_camera({**ITEM, **change})
    assert "hidden" not in str(refused.value)
