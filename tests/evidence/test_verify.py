"""What is wrong with a packet, its keys, its receipt or its chain is named."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.canonical import manifest_sha256
from evidence.keyring import KnownKey
from evidence.signing import SigningKey
from evidence.verify import verify_path
from tests.evidence.shop import Shop, faults, write_keys, zipped


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
        pytest.param(lambda m: m.update(schema="curbwatch.manifest/9"), ["field schema: Input should be 'curbwatch.manifest/2'"], id="other schema"),
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
    found = faults(verify_path(folder, shop.keys, unreceipted=True))
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
    report = verify_path(folder, unreceipted=True)
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
