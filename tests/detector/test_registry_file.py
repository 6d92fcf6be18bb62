from __future__ import annotations

import resource
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.camera_rows import RegisteredCamera
from detector.registry_file import RegistryFileError, parse, read_cameras, write_cameras

HEAD = "id,url,transport,name_zh,latitude,longitude,crs,look_interval_seconds,gb28181_id\n"


def faults_of(text: str, kind: str = "csv") -> list[str]:
    cameras, faults = parse(text.encode(), kind)
    assert faults or cameras
    return [str(fault) for fault in faults]


def test_a_row_becomes_a_camera() -> None:
    (camera,), faults = parse(f"{HEAD}c1,rtsp://h/1,udp,花园路口,36.6,117.0,wgs84,4,37010200001310000001\n".encode(), "csv")
    assert not faults
    assert camera == RegisteredCamera("c1", "rtsp://h/1", "udp", "花园路口", None, 4.0, "37010200001310000001", 36.6, 117.0, "WGS-84")
    assert (camera.watched.camera_id, camera.watched.transport, camera.watched.look_interval_seconds) == ("c1", "udp", 4.0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_write_is_read(encoding: str, delimiter: str) -> None:
    text = "设备编号,设备名称,取流地址,用户名,密码\r\nc1,解放路北口,rtsp://h/1,admin,p@ss/1\r\n\r\n".replace(",", delimiter)
    (camera,), faults = parse(text.encode(encoding), "csv")
    assert not faults
    assert (camera.name_zh, camera.url) == ("解放路北口", "rtsp://admin:p%40ss%2F1@h/1")


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("c 1,rtsp://h/1", "line 2, id: camera id 'c 1'"),
        (",rtsp://h/1", "line 2, id: is missing"),
        ("c1,", "line 2, url: is missing"),
        ("c1,gopher://h/1", "line 2, url: gopher:// is not read here"),
        ("c1,rtsp:///1", "line 2, url: its address names no host"),
        ("c1,rtsp://h:99999/1", "line 2, url: its address cannot be read"),
        ("c1,nowhere.mp4", "line 2, url: nowhere.mp4 is neither"),
        ("c1,rtsp://h/1,carrier pigeon", "line 2, transport: 'carrier pigeon' is not known"),
        ("c1,rtsp://h/1,,,91,1,WGS84", "line 2, latitude: '91' is no number from -90 to 90"),
        ("c1,rtsp://h/1,,,36.6", "line 2, longitude: is missing"),
        ("c1,rtsp://h/1,,,36.6,117.0", "line 2, crs: is missing"),
        ("c1,rtsp://h/1,,,36.6,117.0,BD09", "line 2, crs: 'BD09' is not known"),
        ("c1,rtsp://h/1,,,,,,0", "line 2, look_interval_seconds: '0' is no number from 0.2"),
        ("c1,rtsp://h/1,,,,,,nan", "line 2, look_interval_seconds: 'nan' is no number"),
        ("c1,rtsp://h/1,,,,,,,3.7E+19", "line 2, gb28181_id: '3.7E+19' is no GB/T 28181 code"),
        ("c1,rtsp://h/1,tcp,a\x07b", "line 2, name_zh: is longer than 500 characters or holds control"),
        ("c1,rtsp://h/1,,,,,,,,surplus", "line 2: has 10 fields where the first line names 9"),
    ],
)
def test_a_fault_is_told_by_line_and_field(row: str, complaint: str) -> None:
    assert any(fault.startswith(complaint) for fault in faults_of(HEAD + row + "\n")), faults_of(HEAD + row + "\n")


def test_every_fault_is_told_and_no_row_is_taken_for_anothers() -> None:
    text = HEAD + 'c1,rtsp://h/1\n\n"c\n2",rtsp://h/2\nc3,ftp://h/3\nc4,rtsp://h/4\n'
    assert [fault.split(":")[0] for fault in faults_of(text)] == ["line 4, id", "line 6, url"]


def test_duplicates_are_named_with_both_lines() -> None:
    text = HEAD + "c1,rtsp://h/1\nc1,rtsp://h/2\nc3,rtsp://u:p@h/1\n"
    assert faults_of(text) == [
        "line 3, id: 'c1' is the id of line 2 too; ids must be unique",
        "line 4, url: camera c3 has the address of line 2 (camera c1)",
    ]


@pytest.mark.parametrize(
    ("head", "complaint"),
    [
        ("", "line 1: is empty"),
        ("id,url,colour", "line 1, colour: is not a known column"),
        ("id,name", "line 1, url: is missing among the columns"),
        ("id,url,rtsp", "line 1, url: is there twice among the columns"),
        ("id,url", "line 1: names no camera"),
    ],
)
def test_a_wrong_head_is_told(head: str, complaint: str) -> None:
    assert faults_of(head + "\n")[0].startswith(complaint)


def test_passwords_stay_out_of_every_message() -> None:
    text = "id,url,username,password\nc 1,rtsp://h/1,admin,hunter2\nc2,rtsp://u:hunter2@h:0/1,,\nc3,admin:hunter2@h,,\nc4,rtsp://u:hunter2@h/1,admin,hunter2\nc5,rtsp://h/5,,hunter2\n"
    faults = faults_of(text)
    assert [fault.split(":")[0] for fault in faults] == ["line 2, id", "line 3, url", "line 4, url", "line 5, url", "line 6, url"]
    assert "hunter2" not in "".join(faults)
    slipped = "c6,rtsp://h/6,rtsp://u:hunter2@h/1,,rtsp://u:hunter2@h,117.0,u:hunter2@h,u:hunter2@h,u:hunter2@h\nrtsp://u:hunter2@h/7,c7\n"
    faults = faults_of(HEAD + slipped)
    assert [fault.split(":")[0] for fault in faults] == [
        "line 2, transport", "line 2, look_interval_seconds", "line 2, latitude", "line 2, crs", "line 2, gb28181_id", "line 3, id",
    ]  # fmt: skip
    assert "hunter2" not in "".join(faults)
    (camera,), _ = parse(b"id,url\nc1,rtsp://u:hunter2@h/1?token=hunter2\n", "csv")
    assert "hunter2" not in repr(camera) + camera.public_url


MORE = "id,url,sub_url,resolver,transport,tls_verify,username,password\n"


def test_a_row_of_two_streams() -> None:
    text = MORE + "c1,rtsps://h/1,rtsp://h/2,,libav,yes,admin,p@1\nc2,rtsp://h/3,rtsp://other:p2@h/4,,,no,admin,p@1\n"
    (one, two), faults = parse(text.encode(), "csv")
    assert not faults
    assert (one.url, one.sub_url, one.transport, one.tls_verify) == ("rtsps://admin:p%401@h/1", "rtsp://admin:p%401@h/2", "libav", True)
    assert two.sub_url == "rtsp://other:p2@h/4"
    assert (one.watched.sub_url, one.watched.tls_verify, one.watched.resolver) == (one.sub_url, True, None)
    assert "p%401" not in repr(one) + repr(one.watched) + str(one.public_sub_url)


def test_a_row_with_a_resolver_needs_no_address() -> None:
    text = MORE + 'c1,,,"https://gate/{camera_id}?key=hunter2#/data/url",,,,\nc2,,rtsp://h/2,exec:ask --key hunter2,,,u,p\n'
    cameras, faults = parse(text.encode(), "csv", commands=True)
    assert not faults
    assert [camera.url for camera in cameras] == ["", ""]
    assert cameras[1].watched.resolver == "exec:ask --key hunter2"
    assert "hunter2" not in repr(cameras) + "".join(camera.public_url for camera in cameras)
    (only,), (fault,) = parse(text.encode(), "csv")
    assert (only.camera_id, fault.line, fault.field) == ("c1", 3, "resolver")


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("c1,rtsp://h/1,rtsp://h:hunter2@/2", "line 2, sub_url: "),
        ("c1,rtsp://h/1,rtsp://h/1", "line 2, sub_url: is the same as url"),
        ("c1,rtsp://h/1,small.mp4", "line 2, sub_url: small.mp4 is neither"),
        ("c1,,,ftp://hunter2@h/x", "line 2, resolver: "),
        ("c1,,,http://", "line 2, resolver: "),
        ("c1,,,", "line 2, url: is missing"),
        ("c1,rtsp://h/1,,,quic", "line 2, transport: 'quic' is not known; use tcp, udp or libav"),
        ("c1,rtsps://h/1,,,,maybe", "line 2, tls_verify: 'maybe' is not known"),
        ("c1,,,http://h/ask,,,admin,hunter2", "line 2, username: "),
    ],
)
def test_a_fault_of_the_newer_fields(row: str, complaint: str) -> None:
    faults = faults_of(MORE + row + "\n")
    assert any(fault.startswith(complaint) for fault in faults), faults
    assert "hunter2" not in "".join(faults)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"sep=;\r\nid;url\r\nc1;rtsp://h/1\r\n", id="a line that names the delimiter"),
        pytest.param("\ufeff*设备编号\t*取流地址\r\nc1\trtsp://h/1\r\n".encode("utf-16-le"), id="Unicode text"),
        pytest.param("﻿ＩＤ；url\r\nc1；rtsp://h/1\r\n".replace("；", ";").encode(), id="full-width letters"),
        pytest.param("编号,主码流\rc1,rtsp://h/1\r".encode("gb18030"), id="carriage returns alone"),
    ],
)
def test_what_else_spreadsheets_write(data: bytes) -> None:
    cameras, faults = parse(data, "csv")
    assert [(camera.camera_id, camera.url) for camera in cameras] == [("c1", "rtsp://h/1")], faults


def test_a_list_without_names_of_columns_shows_no_address() -> None:
    faults = faults_of("c1,rtsp://u:hunter2@h/1\nc2,rtsp://u:hunter2@h/2\n")
    assert faults[0].startswith("line 1, c1: is not a known column")
    assert "hunter2" not in "".join(faults)


def test_lines_are_counted_from_the_files_beginning() -> None:
    assert faults_of('sep=;\nid;url;name\nc1;rtsp://h/1;"two\nlines"\nc2;x://h;\n')[0].startswith("line 3, name_zh: ")
    assert faults_of("sep=;\nid;url;name\n\nc2;x://h;\n")[0].startswith("line 4, url: ")


def test_commands_are_taken_only_from_a_file_that_nobody_else_writes(tmp_path: Path) -> None:
    path = tmp_path / "cameras.csv"
    path.write_text(MORE + "c1,,,exec:ask,,,,\n")
    path.chmod(0o600)
    assert read_cameras(path)[0].resolver == "exec:ask"
    with pytest.raises(RegistryFileError, match="line 2, resolver: runs a command"):
        read_cameras(path, commands=False)
    path.chmod(0o666)
    with pytest.raises(RegistryFileError, match="chmod go-w"):
        read_cameras(path)
    path.write_text(MORE + "c1,rtsp://h/1,,,,,,\n")
    assert len(read_cameras(path)) == 1, "without commands anybody may"


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "cameras.yaml"
    write_cameras(path, [RegisteredCamera("c1", "rtsp://h/1")])
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        with pytest.raises(RegistryFileError, match="cannot be written"):
            write_cameras(path, [RegisteredCamera(f"c{n}", f"rtsp://h/{n}") for n in range(500)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


YAML = """\
schema: curbwatch.cameras/1
cameras:
- id: c1
  url: rtsp://h/1
  name: {zh: 花园路口, en: Garden Road}
- id: c2
  url: rtsp://h/2
  look_interval_seconds: 2.5
"""


def test_yaml_says_the_same() -> None:
    cameras, faults = parse(YAML.encode(), "yaml")
    assert not faults
    assert [(c.camera_id, c.name_zh, c.name_en, c.look_interval_seconds) for c in cameras] == [("c1", "花园路口", "Garden Road", None), ("c2", None, None, 2.5)]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("cameras/1", "cameras/9", "line 1, schema: is 'curbwatch.cameras/9'"),
        ("schema: curbwatch.cameras/1\n", "", "line 1, schema: is missing"),
        ("cameras:", "camera:", "line 2, camera: is not a known key"),
        ("  url: rtsp://h/1\n", "  uri: rtsp://h/1\n", "line 4, uri: is not a known field"),
        ("  url: rtsp://h/1\n", "  url: [1, 2]\n", "line 4, url: must be one value"),
        ("  url: rtsp://h/1\n", "  url: rtsp://h/1\n  url: rtsp://h/3\n", "line 5, url: is there twice"),
        ("en: Garden", "fr: Garden", "line 5, name.fr: is not known"),
        ("- id: c2\n  url", "- id: c1\n  url", "line 6, id: 'c1' is the id of line 3 too"),
        ("- id: c2\n", "- hello\n- id: c2\n", "line 6: a camera is a mapping"),
        ("schema: ", "schema: [", "line 2: is no YAML"),
    ],
)
def test_a_fault_in_yaml_is_told_by_line(old: str, new: str, complaint: str) -> None:
    text = YAML.replace(old, new)
    assert faults_of(text, "yaml")[0].startswith(complaint), faults_of(text, "yaml")


@pytest.mark.parametrize("ending", [".csv", ".yaml"])
def test_what_is_written_is_read_again_and_only_by_its_owner(tmp_path: Path, ending: str) -> None:
    cameras = [
        RegisteredCamera("c1", "rtsp://u:p%40@h/1", "udp", "花园,路口", "Garden\u00a0Road", 2.5, "37010200001310000001", 36.6, 117.0, "CGCS2000", "1 号"),
        RegisteredCamera("c2", "rtsp://h/2"),
        RegisteredCamera("0123", "rtsp://h/yes"),
        RegisteredCamera("c3", "rtsps://h/3", "libav", sub_url="rtsp://h/4", tls_verify=True),
        RegisteredCamera("c4", "", resolver="exec:ask '{camera_id}'"),
    ]
    path = tmp_path / f"cameras{ending}"
    write_cameras(path, cameras)
    assert read_cameras(path) == cameras
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path], "no partial file stays"


def test_eight_thousand_rows_are_taken_or_refused_as_one(tmp_path: Path) -> None:
    rows = [f"cam{n:05d},rtsp://10.{n // 250}.{n % 250}.7/stream1,tcp,路口{n},36.{n:05d},117.0,CGCS2000,4,3701020000131{n:07d}" for n in range(8000)]
    path = tmp_path / "city.csv"
    path.write_text(HEAD + "\n".join(rows))
    assert len(read_cameras(path)) == 8000
    rows[7000] = rows[7000].replace("rtsp://", "rtp://")
    rows[7999] = rows[0]
    path.write_text(HEAD + "\n".join(rows))
    with pytest.raises(RegistryFileError) as caught:
        read_cameras(path)
    assert [fault.line for fault in caught.value.faults] == [7002, 8001, 8001]
    for n in range(8000):
        rows[n] = f"cam {n}"
    path.write_text(HEAD + "\n".join(rows))
    with pytest.raises(RegistryFileError, match="and 7980 more faults"):
        read_cameras(path)


@pytest.mark.parametrize(("name", "complaint"), [("cameras.xlsx", "ending '.xlsx' is not known"), ("missing.csv", "cannot be read")])
def test_a_file_that_is_none(tmp_path: Path, name: str, complaint: str) -> None:
    with pytest.raises(RegistryFileError, match=complaint):
        read_cameras(tmp_path / name)


@given(st.binary(max_size=400), st.sampled_from(["csv", "yaml"]))
def test_any_bytes_are_answered(data: bytes, kind: str) -> None:
    cameras, faults = parse(data, kind)
    assert cameras or faults


@given(st.text(alphabet="id,url;\n\"' cs1:/{}[]-&*!\t\\é中\x00", max_size=200), st.sampled_from(["csv", "yaml"]))
def test_any_text_in_the_shape_of_a_list_is_answered(text: str, kind: str) -> None:
    head = "id,url\n" if kind == "csv" else "schema: curbwatch.cameras/1\ncameras:\n"
    cameras, faults = parse((head + text).encode(), kind)
    assert cameras or faults
