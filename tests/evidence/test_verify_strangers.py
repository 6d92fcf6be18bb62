"""What comes from strangers is an answer, never a traceback: archives made to harm, names, and bytes changed at random."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.canonical import sha256_hex
from evidence.errors import VerifyError
from evidence.verify import verify_path
from tests.evidence.shop import Shop, faults, named_file, write_keys, zipped


@pytest.mark.parametrize("kind", ["nothing", "empty folder", "text", "broken zip", "empty zip", "nul"])
def test_what_holds_no_packet_is_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.zip"
    match kind:
        case "empty folder":
            path.mkdir()
        case "text":
            path = tmp_path / "x.txt"
            path.write_text("x", encoding="utf-8")
        case "broken zip":
            path.write_bytes(b"PK\x03\x04 nothing")
        case "empty zip":
            zipfile.ZipFile(path, "w").close()
        case "nul":
            path = tmp_path / "a\0b"
    with pytest.raises(VerifyError) as caught:
        verify_path(path)
    assert "\n" not in str(caught.value)


def test_names_that_lead_out_of_an_archive(shop: Shop, tmp_path: Path) -> None:
    archive = zipped(shop.write(), tmp_path / "packet.zip")
    with zipfile.ZipFile(archive, "a") as opened:
        for name in ("../evil.txt", "/evil.txt", "a/../../evil.txt", "C:\\evil.txt", "a" * 600):
            opened.writestr(name, b"x")
    found = faults(verify_path(archive, shop.keys))
    assert len(found) == 5
    assert all("the name leads out of the archive" in fault for fault in found)
    assert not list(tmp_path.rglob("evil*"))


def test_an_entry_that_is_there_twice(shop: Shop, tmp_path: Path) -> None:
    archive = zipped(shop.write(), tmp_path / "packet.zip")
    with zipfile.ZipFile(archive, "a") as opened, pytest.warns(UserWarning, match="Duplicate name"):
        opened.writestr("clip.mp4", b"another")
    assert any("is in the archive twice" in fault for fault in faults(verify_path(archive, shop.keys)))


def test_a_zip_bomb_is_not_unpacked(shop: Shop, tmp_path: Path) -> None:
    folder = shop.write(receipt=False)
    bomb = b"\0" * 30_000_000
    (folder / "clip.mp4").write_bytes(bomb)
    shop.resign(folder, lambda manifest: manifest["files"].__setitem__(2, named_file("clip.mp4", "clip_confirmed", bomb)))
    shop.resign(folder, lambda manifest: manifest["files"][3].update(derived_from=sha256_hex(bomb)))
    assert verify_path(folder, shop.keys, unreceipted=True).ok
    (fault,) = faults(verify_path(zipped(folder, tmp_path / "bomb.zip"), shop.keys, unreceipted=True))
    assert fault.startswith("file clip.mp4: would grow from ")


@pytest.mark.parametrize("kind", ["method", "link", "locked", "crc"])
def test_entries_that_are_not_read(shop: Shop, tmp_path: Path, kind: str) -> None:
    folder, archive = shop.write(), tmp_path / "packet.zip"
    data = (folder / "clip.mp4").read_bytes()
    (folder / "clip.mp4").unlink()
    zipped(folder, archive)
    info = zipfile.ZipInfo("clip.mp4")
    if kind == "link":
        info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr(info, data, compress_type=zipfile.ZIP_LZMA if kind == "method" else zipfile.ZIP_STORED)
    if kind in ("locked", "crc"):
        raw = bytearray(archive.read_bytes())
        entry = raw.rindex(b"PK\x01\x02")
        raw[entry + (8 if kind == "locked" else 16)] ^= 1
        archive.write_bytes(raw)
    (fault,) = faults(verify_path(archive, shop.keys))
    expected = {
        "method": "is packed by a method other",
        "link": "is no plain file but a link",
        "locked": "is locked with a password",
        "crc": "cannot be read (Bad CRC",
    }
    assert fault.startswith(f"file clip.mp4: {expected[kind]}")


def test_control_signs_in_names_do_not_reach_the_terminal(shop: Shop) -> None:
    folder = shop.write()
    (folder / "\x1b[2Jx\u202e").write_bytes(b"x")
    (fault,) = faults(verify_path(folder, shop.keys))
    assert fault.startswith(r"file \x1b[2Jx\u202e: lies")


def test_a_name_that_is_no_utf8(shop: Shop) -> None:
    folder = shop.write()
    (folder / os.fsdecode(b"\xff.jpg")).write_bytes(b"x")
    report = verify_path(folder, shop.keys)
    assert faults(report) == [r"file \udcff.jpg: lies in the packet, but the manifest does not name it"]
    json.dumps(report.to_json(), ensure_ascii=False).encode("utf-8")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, Path, Path]:
    """A folder of two packets, and its archive."""
    root = tmp_path_factory.mktemp("fuzz")
    shop = Shop(root / "packets")
    shop.write()
    shop.write()
    return shop, shop.root, zipped(shop.root, root / "all.zip")


HARM = st.lists(st.tuples(st.sampled_from(["flip", "cut", "insert", "double"]), st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4)
FUZZ = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def harmed(data: bytes, harms: list[tuple[str, float, int]]) -> bytes:
    for how, share, value in harms:
        at = int(share * len(data))
        match how:
            case "flip" if data:
                data = data[:at] + bytes([data[at] ^ (value or 1)]) + data[at + 1 :]
            case "cut":
                data = data[:at]
            case "insert":
                data = data[:at] + bytes([value]) * (value % 9 + 1) + data[at:]
            case _:
                data = data[:at] + data[at // 2 :]
    return data


@given(HARM)
@FUZZ
def test_a_harmed_archive_is_an_answer_never_a_traceback(small: tuple[Shop, Path, Path], tmp_path: Path, harms: list[tuple[str, float, int]]) -> None:
    shop, _, archive = small
    path = tmp_path / "harmed.zip"
    path.write_bytes(harmed(archive.read_bytes(), harms))
    try:
        answer = json.dumps(verify_path(path, shop.keys).to_json(), allow_nan=False)
    except VerifyError as error:
        answer = str(error)
    assert "\n" not in answer


@given(st.sampled_from(["manifest.json", "receipt.json", "clip.mp4", "keys/all.pub"]), HARM)
@FUZZ
def test_a_harmed_file_is_an_answer_never_a_traceback(small: tuple[Shop, Path, Path], tmp_path: Path, name: str, harms: list[tuple[str, float, int]]) -> None:
    shop, root, _ = small
    folder = tmp_path / "packet"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(next(root.iterdir()), folder)
    write_keys(folder / "keys", shop.keys)
    before = (folder / name).read_bytes()
    (folder / name).write_bytes(harmed(before, harms))
    report = verify_path(folder)
    json.dumps(report.to_json(), allow_nan=False).encode()
    if name == "clip.mp4" and (folder / name).read_bytes() != before:
        assert not report.ok


LEAVES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8) | st.just([]) | st.just({})
    | st.sampled_from([10**30, -1, "9999-12-31T23:59:59+23:59", "0001-01-01T00:00:00-23:59", "x" * 5000, [[0, 0], [1, 1], [0, 1], [1, 0]]])
)  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place within JSON data, as its container and key."""
    if isinstance(value, dict):
        return [found for name, item in value.items() for found in ((value, name), *places(item))]
    if isinstance(value, list):
        return [found for count, item in enumerate(value) for found in ((value, count), *places(item))]
    return []


@given(st.sampled_from(["manifest.json", "receipt.json"]), st.floats(0, 1, exclude_max=True), LEAVES)
@FUZZ
def test_any_value_at_any_field_is_an_answer_never_a_traceback(small: tuple[Shop, Path, Path], tmp_path: Path, name: str, share: float, leaf: Any) -> None:
    shop, root, _ = small
    folder = tmp_path / "packet"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(next(root.iterdir()), folder)
    document = json.loads((folder / name).read_bytes())
    found = places(document)
    container, key = found[int(share * len(found))]
    same = container[key] == leaf
    container[key] = leaf
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    report = verify_path(folder, shop.keys)
    json.dumps(report.to_json(), allow_nan=False).encode()
    assert same or not report.ok
