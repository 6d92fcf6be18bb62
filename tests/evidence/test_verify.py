from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.canonical import manifest_sha256, sha256_hex
from evidence.errors import VerifyError
from evidence.keyring import KnownKey
from evidence.report import Report
from evidence.signing import SigningKey, signed_receipt
from evidence.verify import verify_path
from tests.evidence.shop import NOON, Shop, named_file


def faults(report: Report) -> list[str]:
    return [str(fault) for _, fault in report.all_faults()]


def write_keys(folder: Path, keys: list[KnownKey]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.pub").write_text("".join(f"{key}\n" for key in keys), encoding="utf-8")


def zipped(root: Path, target: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                archive.write(path, f"{prefix}{path.relative_to(root).as_posix()}")
    return target


def test_a_packet_that_is_in_order(shop: Shop) -> None:
    report = verify_path(shop.write(), shop.keys)
    (packet,) = report.packets
    assert faults(report) == []
    assert report.ok
    assert (report.keys, packet.files, packet.files_named, packet.sequence, packet.log_index, packet.worker) == ("given", 4, 4, 1, 1, "w1")
    assert report.notes == ()


def test_a_folder_and_its_zip_say_the_same(shop: Shop, tmp_path: Path) -> None:
    for _ in range(3):
        shop.write()
    folder = verify_path(shop.root, shop.keys)
    archive = verify_path(zipped(shop.root, tmp_path / "case.zip", "export/"), shop.keys)
    assert folder.ok
    assert archive.ok
    assert [one.packet_id for one in folder.packets] == [one.packet_id for one in archive.packets]
    assert len(folder.packets) == 3


def test_a_packet_zipped_by_itself_and_without_the_suffix(shop: Shop, tmp_path: Path) -> None:
    archive = zipped(shop.write(), tmp_path / "packet")
    assert verify_path(archive, shop.keys).ok


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def link_away(path: Path) -> None:
    other = path.parent.parent / "elsewhere"
    shutil.move(path, other)
    path.symlink_to(other)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        pytest.param(lambda folder: (folder / "clip.mp4").unlink(), "file clip.mp4: is missing (clip_confirmed", id="missing"),
        pytest.param(lambda folder: cut(folder / "clip.mp4"), "the manifest says 560: it was cut", id="cut"),
        pytest.param(lambda folder: (folder / "clip.mp4").write_bytes(b"x" * 700), "has 700 bytes, the manifest says 560: it was changed", id="longer"),
        pytest.param(lambda folder: flip(folder / "snapshot.jpg"), "file snapshot.jpg: was changed: its SHA-256 is ", id="other bytes"),
        pytest.param(lambda folder: link_away(folder / "clip.mp4"), "file clip.mp4: is a link; a packet holds its files themselves", id="link"),
        pytest.param(lambda folder: pipe(folder / "clip.mp4"), "file clip.mp4: is no plain file", id="pipe"),
        pytest.param(lambda folder: (folder / "more.jpg").write_bytes(b"x"), "file more.jpg: lies in the packet, but the manifest does not name it", id="more"),
        pytest.param(lambda folder: (folder / "keys").mkdir() or (folder / "keys" / "k.pem").write_bytes(b"x"), "file keys/k.pem: lies in the", id="no key"),
        pytest.param(lambda folder: (folder / "manifest.json").unlink(), "file manifest.json: is missing", id="no manifest"),
        pytest.param(lambda folder: cut(folder / "manifest.json"), "file manifest.json: is not JSON", id="manifest cut"),
        pytest.param(lambda folder: (folder / "manifest.json").write_bytes(b""), "file manifest.json: is not JSON", id="manifest empty"),
        pytest.param(lambda folder: (folder / "manifest.json").write_bytes(b"[]"), "field document: Input should be a", id="manifest a list"),
        pytest.param(lambda folder: (folder / "manifest.json").write_bytes(b'{"manifest": {}}'), "signature signature: is missing", id="no signature"),
        pytest.param(lambda folder: (folder / "manifest.json").write_bytes(b" " * 9_000_000), "at most 8388608 are read", id="manifest gigantic"),
        pytest.param(lambda folder: (folder / "receipt.json").write_bytes(b"[]"), "receipt receipt.json document: Input should be", id="receipt a list"),
        pytest.param(lambda folder: cut(folder / "receipt.json"), "receipt receipt.json: is not JSON", id="receipt cut"),
        pytest.param(lambda folder: (folder / "receipt.json").write_bytes(b" " * 70_000), "at most 65536 are read", id="receipt gigantic"),
    ],
)
def test_what_is_wrong_with_a_folder_is_named(shop: Shop, harm: Callable[[Path], Any], what: str) -> None:
    folder = shop.write()
    harm(folder)
    (fault,) = faults(verify_path(folder, shop.keys))
    assert what in fault


def rename(manifest: dict[str, Any], name: str) -> None:
    manifest["files"][0]["name"] = name


def circle(manifest: dict[str, Any]) -> None:
    """Two copies, each made of the other."""
    files = manifest["files"]
    files[1]["derived_from"], files[3]["derived_from"] = files[3]["sha256"], files[1]["sha256"]


@pytest.mark.parametrize(
    ("change", "whats"),
    [
        pytest.param(lambda m: m.update(grade="D"), ["field grade: Input should be 'A', 'B' or 'C'"], id="grade"),
        pytest.param(lambda m: m.update(grade="A"), ["field grade: a worker grades at most B; A needs people"], id="a grade that needs people"),
        pytest.param(lambda m: m.update(packet_id="0" * 32), ["field packet_id: is not the id of the confirmed packet of the act "], id="an id of its choice"),
        pytest.param(lambda m: m["stay"].pop("looks"), ["field stay.looks: is missing"], id="missing field"),
        pytest.param(lambda m: m.update(colour=1), ["field colour: is not a known key"], id="unknown field"),
        pytest.param(lambda m: m.update(schema="curbwatch.manifest/9"), ["field schema: Input should be 'curbwatch.manifest/1'"], id="other schema"),
        pytest.param(lambda m: rename(m, "../evil"), ["field files.0.name: String should match"], id="name leads out"),
        pytest.param(lambda m: rename(m, "/etc/passwd"), ["field files.0.name: String should match"], id="absolute name"),
        pytest.param(lambda m: rename(m, "clip.mp4"), ["file document: files: a name is used twice"], id="name twice"),
        pytest.param(
            lambda m: rename(m, "manifest.json"),
            ["file manifest.json: a file of this name cannot be named", "file confirming.h264: lies in the packet, but"],
            id="names itself",
        ),
        pytest.param(
            lambda m: m["files"][1].update(derived_from="0" * 64), ["file document: files: snapshot.jpg is derived from 000000000000…"], id="unlinked copy"
        ),
        pytest.param(lambda m: m["files"][1].update(derived_from=None), ["file files.1: is an original, or says by `derived_from`"], id="no ancestor"),
        pytest.param(
            lambda m: m["files"][1].update(derived_from=None, original=True),
            ["file snapshot.jpg: a snapshot_confirming is a derived copy, not an original"],
            id="a copy as an original",
        ),
        pytest.param(circle, ["file snapshot.jpg: is not linked to an original", "file clip_h264.mp4: is not linked"], id="copies of each other"),
        pytest.param(lambda m: m["chain"].update(previous_sha256="0" * 64), ["chain chain.previous_sha256: the first manifest of a chain"], id="first follows"),
        pytest.param(lambda m: m["chain"].update(sequence=2), ["chain chain.previous_sha256: is null, but manifest 2"], id="second follows none"),
        pytest.param(lambda m: m["worker"].update(name="w2"), ["belongs to the worker w1, but the manifest is by 'w2'"], id="another's name"),
    ],
)
def test_what_a_worker_signed_wrongly_is_named(shop: Shop, change: Callable[[dict[str, Any]], None], whats: list[str]) -> None:
    folder = shop.write()
    shop.resign(folder, change)
    found = faults(verify_path(folder, shop.keys))
    assert len(found) == len(whats)
    for what, fault in zip(whats, found, strict=True):
        assert what in fault


def test_a_changed_manifest_fails_by_its_signature_and_its_receipt(shop: Shop) -> None:
    folder = shop.write()
    path = folder / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace("gate-3", "gate-4"), encoding="utf-8")
    found = faults(verify_path(folder, shop.keys))
    assert found[0].startswith("signature manifest.json: the signature by the key ")
    assert found[1].startswith("receipt receipt.json: is for the manifest ")


def test_another_spelling_of_the_same_manifest_is_the_same(shop: Shop) -> None:
    folder = shop.write()
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=4, sort_keys=True), encoding="utf-8")
    assert verify_path(folder, shop.keys).ok


def test_a_number_without_canonical_form_is_named(shop: Shop) -> None:
    folder = shop.write()
    path = folder / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace("300.5", "1e999"), encoding="utf-8")
    assert faults(verify_path(folder, shop.keys)) == ["file manifest.json: document.manifest.stay.dwell_seconds: inf is no JSON number"]


def test_the_key_must_be_known(shop: Shop) -> None:
    folder = shop.write()
    strangers = [KnownKey(SigningKey.generate().public_key), shop.keys[1]]
    (fault,) = faults(verify_path(folder, strangers))
    assert fault == f"key {shop.worker.key_id}: signed the manifest and is not among the known keys (2); give its public key with --keys FILE"


def test_without_keys_the_files_are_looked_at_and_the_answer_is_no(shop: Shop) -> None:
    folder = shop.write(receipt=False)
    report = verify_path(folder)
    assert (report.keys, report.ok, report.packets[0].files) == ("none", False, 4)
    assert faults(report) == [
        f"key {shop.worker.key_id}: signed the manifest and is not known: no public keys are at hand; give its public key with --keys FILE"
    ]


@pytest.mark.parametrize("place", ["in the packet", "beside the packets"])
def test_keys_beside_the_packets_serve_but_prove_no_identity(shop: Shop, place: str) -> None:
    folder = shop.write()
    write_keys((folder if place == "in the packet" else shop.root) / "keys", shop.keys)
    report = verify_path(shop.root)
    assert report.ok
    assert report.keys == "beside"
    assert "whoever changed the packets could have changed them too" in report.notes[0]


def test_given_keys_are_the_only_ones(shop: Shop) -> None:
    folder = shop.write()
    write_keys(folder / "keys", shop.keys)
    assert not verify_path(folder, [KnownKey(SigningKey.generate().public_key)]).ok


def test_a_broken_key_file_beside_the_packets_is_named(shop: Shop) -> None:
    folder = shop.write()
    write_keys(folder / "keys", shop.keys)
    (folder / "keys" / "more.pub").write_text("no key\n", encoding="utf-8")
    (fault,) = faults(verify_path(folder))
    assert fault == "key keys/more.pub: line 1: a public key is base64 of 32 bytes (44 signs), this is not"


def test_an_api_signs_no_manifest_and_a_worker_no_receipt(shop: Shop) -> None:
    folder = shop.write()
    swapped = [KnownKey(shop.worker.public_key, "api"), KnownKey(shop.api.public_key, "worker")]
    found = faults(verify_path(folder, swapped))
    assert f"key {shop.worker.key_id}: signed the manifest, but is an API's key, not a worker's" in found
    assert f"receipt receipt.json: is signed by the key {shop.api.key_id}, which is a worker's, not an API's" in found


@pytest.mark.parametrize("labelled", [True, False])
def test_a_worker_that_writes_its_own_receipt_is_found(shop: Shop, labelled: bool) -> None:
    folder = shop.write(receipt=False)
    shop.receive(folder, manifest_sha256(shop.manifest(folder)), key=shop.worker)
    keys = shop.keys if labelled else [key.key for key in shop.keys]
    (fault,) = faults(verify_path(folder, keys))
    assert fault.startswith(f"receipt receipt.json: is signed by the key {shop.worker.key_id}, which ")


def test_a_receipt_for_another_manifest_and_by_a_stranger(shop: Shop) -> None:
    one, other = shop.write(), shop.write()
    shutil.copy(other / "receipt.json", one / "receipt.json")
    assert faults(verify_path(one, shop.keys))[0].startswith("receipt receipt.json: is for the manifest ")
    shop.receive(other, manifest_sha256(shop.manifest(other)), key=SigningKey.generate())
    (fault,) = faults(verify_path(other, shop.keys))
    assert fault.endswith("which is not known; give the API's public key too")


def test_a_receipt_with_a_changed_time(shop: Shop) -> None:
    folder = shop.write()
    path = folder / "receipt.json"
    path.write_text(path.read_text(encoding="utf-8").replace("04:05:20", "04:05:21"), encoding="utf-8")
    (fault,) = faults(verify_path(folder, shop.keys))
    assert fault.startswith(f"receipt receipt.json: the signature by the key {shop.api.key_id} does not fit")


def test_a_missing_receipt_is_told_but_no_fault(shop: Shop) -> None:
    report = verify_path(shop.write(receipt=False), shop.keys)
    assert report.ok
    assert report.notes[0].startswith("this packet has no receipt")


def test_a_missing_packet_shows_as_a_gap_unless_it_is_a_selection(shop: Shop) -> None:
    folders = [shop.write() for _ in range(5)]
    shutil.rmtree(folders[1])
    shutil.rmtree(folders[2])
    (fault,) = faults(verify_path(shop.root, shop.keys))
    assert fault == (
        f"chain w1 (key {shop.worker.key_id}) 4: the manifests 2 to 3 are missing before it; if this is a selection of packets, say so with --selection"
    )
    assert verify_path(shop.root, shop.keys, selection=True).ok


def test_a_pruned_beginning_is_told_but_no_fault(shop: Shop) -> None:
    first = shop.write()
    shop.write()
    shutil.rmtree(first)
    report = verify_path(shop.root, shop.keys)
    assert report.ok
    assert report.notes == (f"the chain of w1 (key {shop.worker.key_id}) begins here with manifest 2; what came before it was not looked at",)


def test_a_manifest_that_was_signed_anew_breaks_the_chain(shop: Shop) -> None:
    folders = [shop.write() for _ in range(3)]
    shop.resign(folders[1], lambda manifest: manifest.update(grade="C"))
    (fault,) = faults(verify_path(shop.root, shop.keys))
    assert fault.startswith(f"chain w1 (key {shop.worker.key_id}) 3: names ")
    assert "but manifest 2 is " in fault


def test_a_chain_that_was_rewritten_whole_is_found_by_its_receipts(shop: Shop) -> None:
    folders = [shop.write() for _ in range(2)]
    kept = (folders[0] / "receipt.json").read_bytes()
    shop.resign(folders[0], lambda manifest: manifest.update(grade="C"))
    rewritten = manifest_sha256(shop.manifest(folders[0]))
    shop.resign(folders[1], lambda manifest: manifest["chain"].update(previous_sha256=rewritten))
    assert faults(verify_path(shop.root, shop.keys)) == []  # with the worker's key alone it fits
    (folders[0] / "receipt.json").write_bytes(kept)
    (fault,) = faults(verify_path(shop.root, shop.keys))
    assert fault.startswith("receipt receipt.json: is for the manifest ")


def test_two_workers_have_two_chains(shop: Shop) -> None:
    shop.write(receipt=False)
    other = Shop(shop.root, name="w2", count=4, last="0" * 64)
    other.write(receipt=False)
    assert verify_path(shop.root, [*shop.keys, *other.keys]).ok


def test_a_fork_of_the_chain_and_one_id_with_two_contents(shop: Shop, tmp_path: Path) -> None:
    folder = shop.write(receipt=False)
    twin = shop.root / "twin"
    shutil.copytree(folder, twin)
    assert verify_path(shop.root, shop.keys).ok  # the same packet twice
    shop.resign(twin, lambda manifest: manifest.update(grade="C"))
    found = faults(verify_path(shop.root, shop.keys))
    assert "two manifests have this number" in found[0]
    assert found[1].startswith("field twin packet_id: is that of ")


def test_a_fork_of_the_api_log_is_found(shop: Shop) -> None:
    folders = [shop.write() for _ in range(2)]
    sha256 = manifest_sha256(shop.manifest(folders[1]))
    for index, previous, what in ((1, None, "two receipts have this place"), (2, "0" * 64, "does not follow entry 1")):
        receipt = signed_receipt(shop.api, manifest_sha256=sha256, received_at=NOON, log_index=index, previous_sha256=previous)
        (folders[1] / "receipt.json").write_text(receipt.model_dump_json(), encoding="utf-8")
        (fault,) = faults(verify_path(shop.root, shop.keys))
        assert what in fault


def test_a_packet_without_its_manifest_among_others_is_not_passed_over(shop: Shop) -> None:
    folders = [shop.write() for _ in range(2)]
    (folders[1] / "manifest.json").unlink()
    assert faults(verify_path(shop.root, shop.keys)) == ["file manifest.json: is missing"]


def test_files_outside_of_packets_are_counted(shop: Shop) -> None:
    shop.write()
    (shop.root / "README").write_text("x", encoding="utf-8")
    (shop.root / ".draft").mkdir()
    (shop.root / ".draft" / "manifest.json").write_text("x", encoding="utf-8")
    report = verify_path(shop.root, shop.keys)
    assert report.ok
    assert report.notes == ("2 files lie outside of every packet and were not looked at",)


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
    assert verify_path(folder, shop.keys).ok
    (fault,) = faults(verify_path(zipped(folder, tmp_path / "bomb.zip"), shop.keys))
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
