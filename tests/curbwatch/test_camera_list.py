"""The cameras of a run: a camera file that changes while it is used."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from curbwatch.camera_list import LOOK_SECONDS, CameraList
from detector.errors import DetectorError
from detector.fleet.spec import WatchedCamera

FIXED = WatchedCamera("own", "rtsp://192.0.2.1/own")


def write(file: Path, *rows: str) -> None:
    partial = file.with_suffix(".part")
    partial.write_text("id,url\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    partial.replace(file)


def changed(cameras: CameraList, now: float) -> bool:
    """Whether it has, once the file lies still."""
    assert not cameras.changed(now)
    return cameras.changed(now + LOOK_SECONDS)


def ids(cameras: CameraList) -> list[str]:
    return [camera.camera_id for camera in cameras.cameras]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cameras.csv"
    write(path, "a,rtsp://192.0.2.2/a")
    return path


def test_a_file_that_changes_is_read_anew(file: Path) -> None:
    cameras = CameraList([FIXED], file, lambda every: every)
    assert ids(cameras) == ["own", "a"]
    assert not changed(cameras, 10.0)
    write(file, "a,rtsp://192.0.2.2/a", "b,rtsp://192.0.2.3/b")
    assert not cameras.changed(10.0 + LOOK_SECONDS / 2), "it is not asked for at every call"
    assert changed(cameras, 20.0)
    assert ids(cameras) == ["own", "a", "b"]
    assert not changed(cameras, 30.0)
    write(file, "b,rtsp://192.0.2.3/b")
    assert changed(cameras, 40.0)
    assert ids(cameras) == ["own", "b"]


def test_a_broken_or_missing_file_changes_nothing_and_is_told_of_once(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    cameras = CameraList([], file, lambda every: every)
    write(file, "a,rtsp://user:hidden-password@")
    assert not changed(cameras, 10.0)
    assert not changed(cameras, 20.0)
    assert caplog.text.count("the changed camera file is not taken") == 1
    assert "line 2" in caplog.text
    assert "hidden-password" not in caplog.text
    file.unlink()
    assert not changed(cameras, 30.0)
    assert ids(cameras) == ["a"]
    write(file, "c,rtsp://192.0.2.4/c")
    assert changed(cameras, 40.0)
    assert ids(cameras) == ["c"]


def test_what_is_not_of_this_run_is_no_change(file: Path) -> None:
    cameras = CameraList([], file, lambda every: [camera for camera in every if camera.camera_id != "other"])
    write(file, "a,rtsp://192.0.2.2/a", "other,rtsp://192.0.2.9/x")
    assert not changed(cameras, 10.0)


def test_a_file_that_cannot_be_used_at_the_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match="cannot be read"):
        CameraList([], tmp_path / "none.csv", lambda every: every)


def test_rights_that_are_mended_are_a_change_too(file: Path) -> None:
    cameras = CameraList([], file, lambda every: every)
    file.chmod(0o666)
    file.write_text("id,url,resolver\na,,exec:/bin/true\n", encoding="utf-8")
    assert not changed(cameras, 10.0), "others could have written the command"
    file.chmod(0o600)
    assert changed(cameras, 20.0)
    assert cameras.cameras[0].resolver == "exec:/bin/true"


def test_a_file_that_is_being_written_is_not_read(file: Path) -> None:
    cameras = CameraList([], file, lambda every: every)
    with file.open("w", encoding="utf-8") as half:
        half.write("id,url\nb,rtsp://192.0.2.3/b\n")
        half.flush()
        assert not cameras.changed(10.0)
        half.write("c,rtsp://192.0.2.4/c\n")
        half.flush()
        assert not cameras.changed(12.0)
        assert ids(cameras) == ["a"]
    assert cameras.changed(14.0)
    assert ids(cameras) == ["b", "c"]
