from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from evidence.canonical import sha256_hex
from evidence.entries import EntryFault, read_bytes, sha256_of
from evidence.errors import VerifyError
from evidence.opening import open_entries


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_files_are_read_alike(tmp_path: Path, kind: str) -> None:
    data = b"x" * 3_000_000
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "a" / "big.bin").write_bytes(data)
    (root / "small").write_bytes(b"hello")
    path = root
    if kind == "zip":
        path = tmp_path / "root.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.mkdir("empty")
            archive.write(root / "a" / "big.bin", "a/big.bin")
            archive.write(root / "small", "small")
    with open_entries(path) as entries:
        assert {name: entry.size for name, entry in entries.entries.items()} == {"a/big.bin": 3_000_000, "small": 5}
        assert sha256_of(entries, "a/big.bin") == sha256_hex(data)
        assert read_bytes(entries, "small", 5) == b"hello"
        with pytest.raises(EntryFault, match="has 5 bytes; at most 4 are read"):
            read_bytes(entries, "small", 4)


def test_links_to_folders_are_not_walked(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    with open_entries(tmp_path) as entries:
        assert entries.entries["loop"].fault == "is a link; a packet holds its files themselves"


def test_a_file_that_went_away_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with open_entries(tmp_path) as entries:
        (tmp_path / "a").unlink()
        with pytest.raises(EntryFault, match="cannot be read"):
            read_bytes(entries, "a", 10)


def test_a_file_that_became_a_link_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with open_entries(tmp_path) as entries:
        (tmp_path / "a").unlink()
        (tmp_path / "a").symlink_to("/etc/hostname")
        with pytest.raises(EntryFault, match="cannot be read"):
            read_bytes(entries, "a", 1000)


def test_entries_that_overlap_are_a_bomb(tmp_path: Path) -> None:
    """Many entries of the directory that share one body, as in Fifield's bomb."""
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"\0" * 100_000)
    raw = path.read_bytes()
    start = raw.index(b"PK\x01\x02")
    end = raw.rindex(b"PK\x05\x06")
    directory, copies = raw[start:end], 50
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, copies, copies, len(directory) * copies, start, 0)
    path.write_bytes(raw[:start] + b"".join(directory.replace(b"a", bytes([65 + count]), 1) for count in range(copies)) + tail)
    with pytest.raises(VerifyError, match="they overlap, as in a zip bomb"):
        open_entries(path)
