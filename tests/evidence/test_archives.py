"""What somebody may do to an export's archive, each found and named: bytes, comments, folders and names that are no file's."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import archive as sent
from evidence.verify import verify_path
from tests.evidence.archive import Archive
from tests.evidence.shop import faults, zipped


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return Archive.made(tmp_path_factory.mktemp("export") / "export")


def rezipped(data: bytes, change: Callable[[zipfile.ZipFile], Any]) -> bytes:
    """The archive after something was added to it by the usual means."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as opened:
        change(opened)
    return out.getvalue()


def entry(name: str, **facts: Any) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    for fact, value in facts.items():
        setattr(info, fact, value)
    return info


def with_gap(data: bytes) -> bytes:
    """Bytes between two entries, with all offsets made to fit."""
    infos = sorted(zipfile.ZipFile(io.BytesIO(data)).infolist(), key=lambda info: info.header_offset)
    at = infos[1].header_offset
    end = len(data) - 22
    directory = struct.unpack("<L", data[end + 16 : end + 20])[0]
    changed = bytearray(data[:at] + b"hidden" + data[at:])
    place = directory + 6
    for _ in infos:
        offset = struct.unpack("<L", changed[place + 42 : place + 46])[0]
        changed[place + 42 : place + 46] = struct.pack("<L", offset + 6 if offset >= at else offset)
        place += 46 + sum(struct.unpack("<HHH", changed[place + 28 : place + 34]))
    changed[-6:-2] = struct.pack("<L", directory + 6)
    return bytes(changed)


def local_name(data: bytes) -> bytes:
    """The name before a file's bytes is another than in the list."""
    return data.replace(b"README.txt", b"README.exe", 1)


TAMPERINGS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a program before it": (lambda d: b"MZ a program" + d, "has 12 bytes that are no entry's before "),
    "a comment": (lambda d: rezipped(d, lambda z: setattr(z, "comment", b"pay here")), "has a comment or other bytes behind its end"),
    "bytes behind it": (lambda d: d + b"more", "has a comment or other bytes behind its end"),
    "bytes between two files": (with_gap, "has 6 bytes that are no entry's before "),
    "a folder that leads out": (lambda d: rezipped(d, lambda z: z.writestr("../../evil/", b"")), "file ../../evil/: the name leads out of the archive"),
    "a folder of the whole disk": (lambda d: rezipped(d, lambda z: z.writestr("/", b"")), "file /: the name leads out of the archive, or is none"),
    "a folder that holds bytes": (lambda d: rezipped(d, lambda z: z.writestr("more/", b"x")), "file more/: is a folder that holds bytes"),
    "a file's comment": (lambda d: rezipped(d, lambda z: z.writestr(entry("README.txt/", comment=b"x"), b"")), "has a comment; a file of evidence has none"),
    "another name for other programs": (
        lambda d: rezipped(d, lambda z: z.writestr(entry("more/", extra=struct.pack("<HHBL", 0x7075, 5, 1, 0)), b"")),
        "file more/: has an extra field (0x7075) that no file of evidence needs",
    ),
    "bytes in an extra field": (
        lambda d: rezipped(d, lambda z: z.writestr(entry("more/", extra=struct.pack("<HH", 0x5455, 900) + bytes(900)), b"")),
        "file more/: has an extra field (0x5455) that no file of evidence needs",
    ),
    "two names of one file": (local_name, "README.txt: cannot be read (File name in directory"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
@pytest.mark.parametrize("how", ["zipped", "sent"])
def test_each_tampering_is_found_and_named(export: Archive, name: str, how: str, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    if how == "zipped":
        zipped(export.root, path)
    else:
        path.write_bytes(as_sent(export))
    assert faults(verify_path(path, export.keys)) == []
    tamper, what = TAMPERINGS[name]
    path.write_bytes(tamper(path.read_bytes()))
    found = faults(verify_path(path, export.keys))
    assert any(what in fault for fault in found), found


def as_sent(export: Archive) -> bytes:
    """The archive as the case API writes it while it is sent: sizes stand behind the files, some with room for more than 4 GiB."""
    files = sorted(path for path in export.root.rglob("*") if path.is_file())
    entries = [sent.Entry(path.relative_to(export.root).as_posix(), (path.read_bytes(),), None if path.suffix == ".jsonl" else 1) for path in files]
    return b"".join(sent.zipped(entries))


@pytest.mark.parametrize("program", [["zip", "-qr"], [sys.executable, "-m", "zipfile", "-c"]], ids=["zip", "python"])
def test_what_the_usual_programs_pack_is_in_order(export: Archive, program: list[str], tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    try:
        subprocess.run([*program, str(path), *sorted(one.name for one in export.root.iterdir())], cwd=export.root, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip(f"needs {program[0]}")
    assert faults(verify_path(path, export.keys)) == []
