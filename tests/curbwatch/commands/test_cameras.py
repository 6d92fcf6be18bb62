from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
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
    assert listed.output == "c1  TCP  rtsp://10.0.0.1/1  花园路口\nc2  TCP  rtsp://10.0.0.2/1\n"
    as_json = [json.loads(line) for line in run("list", output, "--json").output.splitlines()]
    assert as_json[0] == {
        "id": "c1", "url": "rtsp://10.0.0.1/1", "read_as": "TCP", "has_resolver": False, "transport": "tcp", "name_zh": "花园路口", "tls_verify": False,
    }  # fmt: skip
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


MANY = """\
设备编号;设备名称;主码流;子码流地址;用户名;密码;传输方式;取址方式;校验证书
c1;花园路口;rtsps://10.0.0.1/1;rtsps://10.0.0.1/2;admin;hunter2;tcp;;是
c2;;rtsps://10.0.0.2/1;;;;udp;;
c3;;rtmp://10.0.0.3/live?key=hunter2;;;;;;
c4;;rtsp://10.0.0.4/1;;;;libav;;
c5;;;;;;;https://gate:hunter2@10.0.0.9/play?device={camera_id}&key=hunter2#/data/url;
c6;;;;;;;exec:/opt/gate/address --token hunter2 {camera_id};
"""


def test_the_list_says_how_each_is_read(tmp_path: Path) -> None:
    city, output = tmp_path / "city.csv", tmp_path / "cameras.yaml"
    city.write_bytes(MANY.encode("gb18030"))
    imported = run("import", city, "-o", output, "--allow-commands")
    assert (imported.exit_code, imported.output) == (0, f"6 cameras of {city} written to {output}\n")
    listed = run("list", output)
    assert listed.output.splitlines() == [
        "c1  TCP, TLS, sub-stream  rtsps://10.0.0.1/1  花园路口",
        "c2  UDP, TLS unverified   rtsps://10.0.0.2/1",
        "c3  libav (dearer)        rtmp://10.0.0.3/live?…",
        "c4  libav (dearer)        rtsp://10.0.0.4/1",
        "c5  TCP, resolver         https://10.0.0.9/play?…",
        "c6  TCP, resolver         exec:address",
    ]
    as_json = run("list", output, "--json").output
    assert json.loads(as_json.splitlines()[0])["sub_url"] == "rtsps://10.0.0.1/2"
    assert "hunter2" not in listed.output + as_json


def test_a_list_of_somebody_else_runs_no_program(tmp_path: Path) -> None:
    city, output = tmp_path / "city.csv", tmp_path / "cameras.yaml"
    city.write_text(MANY)
    output.write_text("mine")
    refused = run("import", city, "-o", output, "--force")
    assert (refused.exit_code, output.read_text()) == (2, "mine")
    assert refused.stderr.splitlines()[0].startswith(f"curbwatch: {city}: line 7, resolver: runs a command, which is taken only from a file that")
    assert "hunter2" not in refused.stderr


def test_eight_thousand_rows_on_a_terminal(tmp_path: Path) -> None:
    city, output = tmp_path / "city.csv", tmp_path / "cameras.csv"
    rows = "".join(f"cam{n:05d},rtsp://10.{n // 250}.{n % 250}.7/stream1,admin,p@ss{n},路口{n}号花园小区南门外侧人行道\n" for n in range(8000))
    city.write_text("id,url,username,password,name_zh\n" + rows)
    terminal, other_end = pty.openpty()
    try:
        command = [sys.executable, "-m", "curbwatch", "cameras", "import", str(city), "-o", str(output)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=other_end, text=True, check=True)
        shown = os.read(terminal, 4096).decode()
    finally:
        os.close(terminal)
        os.close(other_end)
    assert done.stdout == f"8000 cameras of {city} written to {output}\n"
    assert shown.startswith("\r\x1b[Kreading city.csv (0.8 MB)"), shown
    assert shown.endswith("\r\x1b[K"), "the line is taken away"


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
