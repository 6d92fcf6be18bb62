"""What `curbwatch watch` says of wrong use before it starts a process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from curbwatch.__main__ import main
from curbwatch.commands import watch as command

ADDRESS = "rtsp://user:hidden-password@192.0.2.7/stream1"
SCENE = """
schema: curbwatch.scene/1
views: [{camera_id: gate, zones: [{id: pavement, kind: sidewalk, polygon: [[0, 0], [1, 0], [1]]}]}]
"""


class Started(Exception):
    """It came to the point of starting processes."""


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def started() -> None:
        raise Started

    monkeypatch.setattr(command, "stop_on_signals", started)
    monkeypatch.delenv("CURBWATCH_TOKEN", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that the rows name by `{folder}`."""
    (tmp_path / "worker.token").write_text("a-token\n", encoding="utf-8")
    (tmp_path / "empty.token").write_text(" \n", encoding="utf-8")
    (tmp_path / "two.token").write_text("one two\n", encoding="utf-8")
    (tmp_path / "binary.token").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "chinese.token").write_text("令牌", encoding="utf-8")
    (tmp_path / "cameras.yaml").write_text("schema: curbwatch.cameras/1\ncameras: []\n", encoding="utf-8")
    (tmp_path / "scene.yaml").write_text(SCENE, encoding="utf-8")
    (tmp_path / "notes.mp3").write_bytes(b"")
    keys = tmp_path / "enrolled" / "keys"
    keys.mkdir(parents=True)
    (keys / "api.token").write_text("own-token\n", encoding="ascii")
    (keys / "worker.name").write_text("gate-north\n", encoding="ascii")
    (tmp_path / "city" / "keys").mkdir(parents=True)
    (tmp_path / "city" / "keys" / "api.pem").touch()
    return tmp_path


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> int:
    monkeypatch.setattr(sys, "argv", ["curbwatch", "watch", "--data-dir", str(folder / "data"), *(one.replace("{folder}", str(folder)) for one in arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


REGISTRY = ["--registry", "http://127.0.0.1:8000"]
ENROLLED = [*REGISTRY, "--data-dir", "{folder}/enrolled"]
TOKEN = ["--token-file", "{folder}/worker.token"]
WRONG = [
    pytest.param([], "no camera to watch: give --camera URL, --cameras FILE or --registry URL", id="no camera"),
    pytest.param(["--camera", "gopher://192.0.2.7/x"], "gopher:// is not read here", id="an address of another kind"),
    pytest.param(["--camera", "rtsp://user:hidden-password@"], "names no host", id="an address without a host"),
    pytest.param(["--camera", "{folder}/none.mp4"], "neither an rtsp:// address nor a video file that exists", id="a file that is not there"),
    pytest.param(["--camera", f"gate={ADDRESS}", "--camera", f"gate={ADDRESS}"], "the camera id 'gate' is given twice", id="an id twice"),
    pytest.param(["--cameras", "{folder}/none.yaml"], "none.yaml: cannot be read (No such file or directory)", id="no such camera file"),
    pytest.param(["--cameras", "{folder}/cameras.yaml"], "names no camera", id="a camera file without cameras"),
    pytest.param(["--cameras", "{folder}/notes.mp3"], "'.mp3' is not known", id="a camera file of another type"),
    pytest.param(["--camera", ADDRESS, "--shard", "0/4"], "--shard 0/4: write I/N with I from 1 to N", id="shards count from 1"),
    pytest.param(["--camera", ADDRESS, "--shard", "5/4"], "--shard 5/4: write I/N with I from 1 to N", id="a shard beyond the last"),
    pytest.param(["--camera", ADDRESS, "--shard", "1/0"], "--shard 1/0: write I/N with I from 1 to N", id="of no shards"),
    pytest.param(["--camera", ADDRESS, "--shard", "half"], "--shard half: write I/N with I from 1 to N", id="a shard in words"),
    pytest.param(["--camera", ADDRESS, "--scene", "{folder}/none.yaml"], "none.yaml", id="no such scene"),
    pytest.param(["--camera", ADDRESS, "--scene", "{folder}/scene.yaml"], "scene.yaml", id="a scene with a broken zone"),
    pytest.param(["--camera", ADDRESS, "--api", "http://[::1", *TOKEN], "--api: the address cannot be read", id="half a bracket"),
    pytest.param(["--camera", ADDRESS, "--api", "http://127.0.0.1:99999", *TOKEN], "--api: the port 99999 is not in 1 to 65535", id="a port too large"),
    pytest.param(["--camera", ADDRESS, "--api", "http://127.0.0.1:0", *TOKEN], "--api: the port 0 is not in 1 to 65535", id="port zero"),
    pytest.param(["--camera", ADDRESS, "--api", "http://127.0.0.1:port", *TOKEN], "--api: the address cannot be read", id="a port in words"),
    pytest.param(["--camera", ADDRESS, "--api", "127.0.0.1:8000", *TOKEN], "--api: the address is neither http:// nor https://", id="no scheme"),
    pytest.param(["--camera", ADDRESS, "--api", "ftp://127.0.0.1", *TOKEN], "--api: the address is neither http:// nor https://", id="another scheme"),
    pytest.param(["--camera", ADDRESS, "--api", "http://", *TOKEN], "--api: the address names no host", id="an API without a host"),
    pytest.param(["--camera", ADDRESS, "--api", "http://a b", *TOKEN], "--api: the address names no host", id="a host with a space"),
    pytest.param(["--camera", ADDRESS, "--api", f"http://{'a' * 300}", *TOKEN], "--api: the address cannot be read", id="a host too long"),
    pytest.param(["--camera", ADDRESS, "--api", "http://me:hidden-password@h", *TOKEN], "--api: the address holds a user name", id="an API with a password"),
    pytest.param(["--camera", ADDRESS, "--api", "http://h/?x=hidden-password", *TOKEN], "--api: the address goes on after its path", id="an API with a query"),
    pytest.param(["--camera", ADDRESS, "--api", "http://h"], "--api needs the worker token: give --token-file", id="no token"),
    pytest.param(
        ["--camera", ADDRESS, "--api", "http://h", "--token-file", "{folder}/none"], "none: the token cannot be read (No such file", id="no token file"
    ),
    pytest.param(
        ["--camera", ADDRESS, "--api", "http://h", "--token-file", "{folder}"], "the token cannot be read (Is a directory)", id="a folder for a token"
    ),
    pytest.param(["--camera", ADDRESS, "--api", "http://h", "--token-file", "{folder}/empty.token"], "empty.token: holds no token", id="an empty token file"),
    pytest.param(["--camera", ADDRESS, "--api", "http://h", "--token-file", "{folder}/two.token"], "two.token: holds no token", id="two words for a token"),
    pytest.param(["--camera", ADDRESS, "--api", "http://h", "--token-file", "{folder}/binary.token"], "binary.token: holds no token", id="no text"),
    pytest.param([*ENROLLED, "--camera", ADDRESS], "--registry and --camera exclude each other", id="a registry and a camera"),
    pytest.param([*ENROLLED, "--cameras", "{folder}/none.yaml"], "--registry and --cameras exclude each other", id="a registry and a camera file"),
    pytest.param(REGISTRY, "--registry needs an enrolled worker: `curbwatch cameras enroll --api http://127.0.0.1:8000", id="a worker that is not enrolled"),
    pytest.param(["--registry", "http://me:hidden-password@h"], "--registry: the address holds a user name", id="a registry with a password"),
    pytest.param(["--registry", "gate.yaml"], "--registry: the address is neither http:// nor https://", id="a file for a registry"),
    pytest.param([*ENROLLED, "--shard", "3/2"], "--shard 3/2: write I/N", id="a shard of the registry beyond the last"),
    pytest.param([*ENROLLED, "--name", "gate-south"], "is enrolled as gate-north; leave --name out", id="another name than the enrolled one"),
    pytest.param([*ENROLLED, "--api", "http://h"], "--api needs the worker token", id="the enrolment's token is for no other API"),
    pytest.param([*ENROLLED, "--scene", "{folder}/none.yaml"], "none.yaml", id="a registry and no such scene"),
    pytest.param(["--camera", ADDRESS, "--api", "http://h", "--token-file", "{folder}/chinese.token"], "chinese.token: holds no token", id="no header value"),
    pytest.param(["--camera", ADDRESS, "--data-dir", "{folder}/city"], "city: is the data folder of a case API", id="the folder of a case API"),
    pytest.param(["--camera", ADDRESS, "--workers", "2", "--data-dir", "{folder}/city"], "city: is the data folder of a case API", id="two workers in it"),
]


@pytest.mark.parametrize(("arguments", "complaint"), WRONG)
def test_wrong_use_is_one_line_and_status_2(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert run(folder, monkeypatch, arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1, printed.err
    assert printed.err.startswith("curbwatch: ")
    assert complaint in printed.err
    assert "hidden-password" not in printed.err
    assert not (folder / "data").exists()


def test_a_token_in_the_environment_is_checked_and_not_shown(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CURBWATCH_TOKEN", "secret one")
    assert run(folder, monkeypatch, ["--camera", ADDRESS, "--api", "http://h"]) == 2
    error = capsys.readouterr().err
    assert "CURBWATCH_TOKEN holds no token" in error
    assert "secret" not in error


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--camera", ADDRESS], id="a camera alone"),
        pytest.param(["--camera", f"gate={ADDRESS}", "--shard", "1/1"], id="the only shard"),
        pytest.param(["--camera", ADDRESS, "--api", "https://cases.example.org/curbwatch", *TOKEN], id="an API under a path"),
        pytest.param(["--camera", ADDRESS, "--api", "http://[::1]:8000", *TOKEN], id="an API by IPv6"),
        pytest.param(["--camera", ADDRESS, "--api", "http://127.0.0.1:65535/", *TOKEN], id="the last port"),
        pytest.param(ENROLLED, id="a registry"),
        pytest.param([*ENROLLED, "--name", "gate-north", "--shard", "2/2"], id="a registry, its name and a shard"),
        pytest.param([*ENROLLED, "--api", "http://127.0.0.1:8000/"], id="the same API said twice"),
        pytest.param([*ENROLLED, "--api", "http://h", *TOKEN], id="another API for packets, with its token"),
        pytest.param([*REGISTRY, *TOKEN], id="a registry with a token from a file"),
    ],
)
def test_right_use_comes_to_the_start(folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["curbwatch", "watch", *(one.replace("{folder}", str(folder)) for one in arguments)])
    monkeypatch.setattr(command, "begin_logging", lambda level: None)
    with pytest.raises(Started):
        main()


@pytest.mark.parametrize(
    ("api", "file", "tokens"),
    [
        pytest.param(None, None, ("own-token", "own-token"), id="everything by the registry's API"),
        pytest.param("http://127.0.0.1:8000", None, ("own-token", "own-token"), id="the same, said twice"),
        pytest.param(None, "worker.token", ("a-token", "a-token"), id="a file's token"),
        pytest.param("http://h", "worker.token", ("own-token", "a-token"), id="each API its own token"),
    ],
)
def test_the_token_of_the_enrolment_goes_to_the_registry_alone(folder: Path, api: str | None, file: str | None, tokens: tuple[str, str]) -> None:
    assert command._access("http://127.0.0.1:8000", api, None if file is None else folder / file, folder / "enrolled") == tokens


def test_a_worker_is_called_as_it_was_enrolled(folder: Path) -> None:
    assert command._name(None, folder / "enrolled", 1, 0) == "gate-north"
    assert command._name("gate-north", folder / "enrolled", 1, 0) == "gate-north"
    assert command._name("other", folder, 2, 1) == "other-2"
    assert command._name(None, folder, 2, 1).endswith("-2")
