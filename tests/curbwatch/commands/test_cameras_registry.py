"""`curbwatch cameras register` and `assign` against the real case API."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from api.vault import VARIABLE
from curbwatch.__main__ import cli
from curbwatch.registry_client import NotRegistered, request_of
from detector.camera_rows import RegisteredCamera
from detector.worker.enrolment import enroll
from detector.worker.registry import ApiClient
from tests.detector.worker.test_delivery import served

FILE = """schema: curbwatch.cameras/1
cameras:
- {id: gate-1, url: "rtsp://192.0.2.7/1", sub_url: "rtsp://192.0.2.7/2", username: admin, password: "hid:den/1", name_zh: 大门}
- {id: gate-2, url: "rtsp://192.0.2.8/1", latitude: 31.2, longitude: 121.4, crs: WGS84}
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, base64.b64encode(bytes(32)).decode())
        folder = tmp_path_factory.mktemp("api")
        with served(folder) as (url, _):
            yield url, folder


@pytest.fixture
def run(api: tuple[str, Path], tmp_path: Path) -> Any:
    """Runs a command of `cameras` as an administrator."""
    (tmp_path / "cameras.yaml").write_text(FILE, encoding="utf-8")

    def run(*arguments: str) -> Result:
        logging.getLogger("httpx").setLevel(logging.INFO)
        options = ["--api", api[0], "--token-file", str(api[1] / "tokens" / "admin.token")]
        return CliRunner().invoke(cli, ["cameras", *(one.replace("{folder}", str(tmp_path)) for one in arguments), *options])

    return run


def held(api: tuple[str, Path], worker: str, folder: Path) -> list[dict[str, Any]]:
    """What a worker is given, asked for as it asks."""
    token = (api[1] / "tokens" / "admin.token").read_text().strip()
    invited = httpx.post(f"{api[0]}/enrolments", json={"worker": worker}, headers={"Authorization": f"Bearer {token}"}).json()["token"]
    client = ApiClient(api[0], enroll(api[0], invited, worker, folder).token, worker)
    client.open()
    try:
        heard = client.cameras()
        assert heard is not None
        return list(heard.body["items"])
    finally:
        client.close()


def test_a_file_becomes_registered_cameras_and_they_change_hands(api: tuple[str, Path], run: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    told = run("register", "{folder}/cameras.yaml", "--worker", "north", "--district", "lixia")
    assert (told.exit_code, told.stdout) == (0, "2 of 2 cameras registered for the worker north\n"), told.output
    again = run("register", "{folder}/cameras.yaml", "--worker", "north", "--json")
    assert again.exit_code == 1
    assert [json.loads(line)["ok"] for line in again.stdout.splitlines()] == [False, False]
    assert again.stderr.count("is registered already; --force replaces it") == 2
    assert run("register", "{folder}/cameras.yaml", "--worker", "north", "--district", "lixia", "--force").exit_code == 0
    told = run("assign", "gate-1", "--worker", "south")
    assert (told.exit_code, told.stdout) == (0, "1 of 1 cameras given to the worker south\n"), told.output
    assert run("assign", "gate-2", "--nobody", "--json").stdout == '{"camera": "gate-2", "ok": true}\n'
    (camera,) = held(api, "south", tmp_path / "south")
    assert camera["url"] == "rtsp://admin:hid%3Aden%2F1@192.0.2.7/1", "the login stays when a camera changes hands"
    assert (camera["sub_url"], camera["name"]) == ("rtsp://admin:hid%3Aden%2F1@192.0.2.7/2", {"zh": "大门", "en": "大门"})
    assert held(api, "north", tmp_path / "north") == []
    assert "hid" not in caplog.text


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["assign", "nowhere", "--worker", "north"], 1, "camera nowhere: 404"),
        (["assign", "gate-1"], 2, "give the worker by --worker NAME"),
        (["register", "{folder}/none.yaml"], 2, "cannot be read"),
        (["assign", "gate-1", "--worker", "north", "--token-file", "{folder}/none"], 2, "the token cannot be read"),
    ],
    ids=["no such camera", "no worker", "no file", "no token"],
)
def test_what_is_wrong_is_one_line(api: tuple[str, Path], tmp_path: Path, arguments: list[str], status: int, complaint: str) -> None:
    options = ["--api", api[0], "--token-file", str(api[1] / "tokens" / "admin.token")]
    told = CliRunner().invoke(cli, ["cameras", arguments[0], *options, *(one.replace("{folder}", str(tmp_path)) for one in arguments[1:])])
    assert (told.exit_code, len(told.stderr.splitlines())) == (status, 1), told.output
    assert complaint in told.stderr


def test_a_reviewer_registers_nothing(api: tuple[str, Path], tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(FILE, encoding="utf-8")
    options = ["--api", api[0], "--token-file", str(api[1] / "tokens" / "reviewer.token")]
    told = CliRunner().invoke(cli, ["cameras", "register", str(tmp_path / "cameras.yaml"), *options])
    assert (told.exit_code, "needs an administrator's token (403" in told.stderr, len(told.stderr.splitlines())) == (1, True, 1), told.output


@pytest.mark.parametrize(
    ("camera", "complaint"),
    [
        (RegisteredCamera("a", "/srv/street.mp4"), "a file or a command"),
        (RegisteredCamera("a", resolver="exec:/bin/true"), "a file or a command"),
        (RegisteredCamera("a", "rtsp://u:hidden@192.0.2.7/1", sub_url="rtsp://v:hidden@192.0.2.7/2"), "different logins"),
    ],
    ids=["a file", "a command", "two logins"],
)
def test_what_no_registry_can_hold(camera: RegisteredCamera, complaint: str) -> None:
    with pytest.raises(NotRegistered, match=complaint) as refused:
        request_of(camera)
    assert "hidden" not in str(refused.value)
