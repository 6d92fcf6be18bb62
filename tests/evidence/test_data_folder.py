"""Whose data folder it is: by its mark, and without one by what lies in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evidence.data_folder import MARK, FolderError, FolderMark, check_owner, owner_of, put_mark, read_mark


@pytest.mark.parametrize(
    ("files", "owner"),
    [
        ((), None),
        (("notes.txt", "keys/city.pub"), None),
        (("keys/api.pem",), "api"),
        (("curbwatch.sqlite",), "api"),
        (("keys/worker.pem",), "worker"),
        (("outbox.sqlite", "keys/worker.name"), "worker"),
        (("keys/api.pem", "keys/worker.name", "outbox.sqlite"), "api"),
    ],
    ids=["new", "nothing of either", "its key", "its database", "a worker's key", "a worker's outbox", "both in one"],
)
def test_a_folder_of_before_is_told_by_what_lies_in_it(tmp_path: Path, files: tuple[str, ...], owner: str | None) -> None:
    (tmp_path / "keys").mkdir()
    for name in files:
        (tmp_path / name).touch()
    assert owner_of(tmp_path) == owner
    check_owner(tmp_path, "api" if owner is None else owner)  # type: ignore[arg-type]
    if owner == "api":
        with pytest.raises(FolderError, match=r"is the data folder of a case API \(`curbwatch serve`\), not of a worker .*; name another --data-dir"):
            check_owner(tmp_path, "worker")


@pytest.mark.parametrize(("first", "second"), [("api", "worker"), ("worker", "api")])
def test_where_both_were_started_it_is_whose_key_is_older(tmp_path: Path, first: str, second: str) -> None:
    """A command of an older version in the wrong folder takes it from nobody."""
    (tmp_path / "keys").mkdir()
    for name in ("curbwatch.sqlite", "outbox.sqlite"):
        (tmp_path / name).touch()
    for at, owner in ((1000, first), (2000, second)):
        (tmp_path / "keys" / f"{owner}.pem").touch()
        os.utime(tmp_path / "keys" / f"{owner}.pem", (at, at))
    assert owner_of(tmp_path) == first


def test_a_mark_says_whose_it_is_whatever_lies_there(tmp_path: Path) -> None:
    assert owner_of(tmp_path / "nowhere") is None
    put_mark(tmp_path, FolderMark("worker"))
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "api.pem").touch()
    before = (tmp_path / MARK).stat()
    put_mark(tmp_path, FolderMark("worker"))
    assert (tmp_path / MARK).stat().st_mtime_ns == before.st_mtime_ns
    assert before.st_mode & 0o077 == 0
    with pytest.raises(FolderError, match="is the data folder of a worker"):
        check_owner(tmp_path, "api")
    put_mark(tmp_path, FolderMark("api", "0123"))
    assert read_mark(tmp_path) == FolderMark("api", "0123")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [MARK]


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"schema": "curbwatch.folder/1", "owner": "x"}', b'{"schema": "curbwatch.folder/1", "owner": []}'])
def test_a_mark_that_cannot_be_read_is_one_line(tmp_path: Path, data: bytes) -> None:
    (tmp_path / MARK).write_bytes(data)
    with pytest.raises(FolderError, match="says not whose data folder it is") as told:
        owner_of(tmp_path)
    assert "\n" not in str(told.value)
