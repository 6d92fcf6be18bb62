from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from curbwatch.commands.cameras import cameras

CSV = "id,url,username,password,name_zh\nc1,rtsp://10.0.0.1/1,admin,hunter2,花园路口\nc2,rtsp://10.0.0.2/1,,,\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cameras, [str(argument) for argument in arguments])


@pytest.fixture
def city(tmp_path: Path) -> Path:
    path = tmp_path / "city.csv"
    path.write_text(CSV)
    return path


def test_a_list_is_imported_and_listed_without_passwords(city: Path, tmp_path: Path) -> None:
    output = tmp_path / "cameras.yaml"
    imported = run("import", city, "-o", output)
    assert (imported.exit_code, imported.output) == (0, f"2 cameras of {city} written to {output}\n")
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    listed = run("list", output)
    assert listed.output == "c1  rtsp://10.0.0.1/1  花园路口\nc2  rtsp://10.0.0.2/1\n"
    as_json = [json.loads(line) for line in run("list", output, "--json").output.splitlines()]
    assert as_json[0] == {"id": "c1", "url": "rtsp://10.0.0.1/1", "transport": "tcp", "name_zh": "花园路口"}
    assert "hunter2" not in imported.output + listed.output + str(as_json)


def test_with_a_fault_nothing_is_written(city: Path, tmp_path: Path) -> None:
    output = tmp_path / "cameras.yaml"
    city.write_text(CSV + "c2,rtsp://u:hunter2@10.0.0.3/1,,,\nc4,gopher://10.0.0.4,,,\n")
    refused = run("import", city, "-o", output)
    assert refused.exit_code == 2
    assert refused.stderr.splitlines() == [
        f"curbwatch: {city}: line 4, id: 'c2' is the id of line 3 too; ids must be unique",
        f"curbwatch: {city}: line 5, url: gopher:// is not read here; use an rtsp://, rtsps://, rtmp:// or http(s):// address, or a video file",
        f"curbwatch: {city}: nothing was taken; 2 faults to mend",
    ]
    assert not output.exists()
    body = json.loads(run("import", city, "-o", output, "--json").stdout)
    assert [(fault["line"], fault["field"]) for fault in body["faults"]] == [(4, "id"), (5, "url")]


def test_a_file_that_is_there_is_not_replaced_unasked(city: Path, tmp_path: Path) -> None:
    output = tmp_path / "cameras.yaml"
    output.write_text("mine")
    refused = run("import", city, "-o", output)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert output.read_text() == "mine"
    assert run("import", city, "-o", output, "--force").exit_code == 0
    assert output.read_text().startswith("schema: curbwatch.cameras/1")


def test_a_probe_that_finds_no_camera_ends_with_one(tmp_path: Path) -> None:
    refused = run("probe", "rtsp://admin:hunter2@127.0.0.1:9/1?password=hunter2")
    assert refused.exit_code == 1
    assert refused.stderr == "curbwatch: rtsp://127.0.0.1:9/1?…: 127.0.0.1:9 refuses the connection; is the camera on, and the port right?\n"
    told = run("probe", "rtsp://admin:hunter2@127.0.0.1:9/1", "--json")
    assert json.loads(told.stdout) == {
        "url": "rtsp://127.0.0.1:9/1",
        "ok": False,
        "reason": "127.0.0.1:9 refuses the connection; is the camera on, and the port right?",
    }


def test_a_probe_of_what_is_no_address_is_wrong_use() -> None:
    refused = run("probe", "admin:hunter2@10.0.0.1")
    assert (refused.exit_code, refused.stderr) == (2, "curbwatch: 10.0.0.1 is neither an rtsp:// address nor a video file that exists\n")


def test_a_probe_of_two_addresses_shows_neither() -> None:
    refused = run("probe", "rtsp://admin:hunter2@10.0.0.1/1", "rtsp://admin:hunter2@10.0.0.2/1")
    assert (refused.exit_code, refused.output) == (2, "curbwatch: probe takes one address, and was given 2\n")
    assert run("probe").exit_code == 2
