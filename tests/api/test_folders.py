"""Names are on the disk before anything is told: which folders are synced, and when."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from api.blob_folder import FolderStore
from evidence.folders import make_folder, sync_tree

DATA = b"evidence"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths of what was synced."""
    found: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        found.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return found


def test_each_new_folder_is_a_name_on_the_disk(tmp_path: Path, synced: list[str]) -> None:
    make_folder(tmp_path / "a" / "b" / "c", 0o750)
    assert synced == [str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a" / "b")]
    synced.clear()
    make_folder(tmp_path / "a" / "b" / "c", 0o750)
    assert synced == []


def test_a_tree_is_synced_from_its_leaves(tmp_path: Path, synced: list[str]) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "api.pem").write_text("x")
    sync_tree(tmp_path)
    assert synced == [str(tmp_path / "keys" / "api.pem"), str(tmp_path / "keys"), str(tmp_path)]


def test_whoever_finds_a_file_there_syncs_its_name(tmp_path: Path, synced: list[str]) -> None:
    """Its bringer may have been killed between the link and the sync."""
    store = FolderStore(tmp_path / "evidence", largest_bytes=1000, reserve_bytes=0)
    store.open()
    path = store.path(SHA256)
    path.write_bytes(DATA)
    for ask in (lambda: store.settled_size(SHA256), lambda: bring(store)):
        synced.clear()
        ask()
        assert str(path.parent) in synced


def test_two_who_bring_one_file_at_once_both_sync_its_name(tmp_path: Path, synced: list[str]) -> None:
    store = FolderStore(tmp_path / "evidence", largest_bytes=1000, reserve_bytes=0)
    store.open()
    late = store.receive(SHA256)
    late.write(DATA)
    bring(store)
    synced.clear()
    assert late.finish() is False
    assert str(store.path(SHA256).parent) in synced


def bring(store: FolderStore) -> bool:
    receiver = store.receive(SHA256)
    receiver.write(DATA)
    return receiver.finish()
