"""What an export says of itself beyond its packets' whole files: restores of the log, packets that were given up, keys that were revoked."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.canonical import manifest_sha256
from evidence.coded import coded_of_file
from evidence.given_up import signed_given_up
from evidence.heads import signed_head
from evidence.signing import SigningKey
from evidence.verify import verify_path
from tests.evidence.archive import Archive
from tests.evidence.shop import NOON, Shop, faults, named_file
from tests.evidence.test_coded import write as write_clip

STRANGER = SigningKey.generate()


def restored(archive: Archive, former: int, index: int) -> None:
    """The log as after a backup was restored that ended with an entry: the next ones are numbered anew."""
    del archive.documents[former:]
    archive.log("restored", {"former_index": former})
    archive.documents[-1]["log_index"] = index
    archive.write_log()
    archive.put("heads/now.json", signed_head(archive.shop.api, "log", index=index, sha256=str(archive.last), at=NOON))
    archive.state(lambda statement: statement.update(erasures=[], erased=[], log={"first": 1, "last": index, "sha256": archive.last, "signed_after": 0}))


def test_after_a_restore_the_log_goes_on_further_and_says_so(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    archive.path("erasures/*.json").unlink()
    restored(archive, 6, 1006)
    report = verify_path(archive.root, archive.keys)
    assert faults(report) == []
    (note,) = (note for note in report.notes if "restored" in note)
    assert note.endswith("(entry 1006): what was logged after entry 6 until then is not in the log any more")
    restored(archive, 4, 1006)
    (fault,) = faults(verify_path(archive.root, archive.keys))
    assert fault.startswith("log log/log.jsonl entry 5: was lost when a backup was restored: packets/")


def test_a_head_kept_elsewhere_vouches_for_what_a_restore_lost(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    archive.path("erasures/*.json").unlink()
    archive.put("heads/2026-11-24.json", signed_head(archive.shop.api, "log", index=500, sha256="5" * 64, at=NOON))
    restored(archive, 6, 1006)
    (fault,) = faults(verify_path(archive.root, archive.keys))
    assert fault == "head heads/2026-11-24.json: says that there was a log entry 500 by 2026-11-25T04:00:00+00:00, which is not here: it was taken out, or lost"


def test_an_export_without_packets_is_verified_like_any_other(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")

    def change(statement: dict[str, Any]) -> None:
        statement["selection"]["since"] = (NOON + timedelta(minutes=1)).isoformat()
        statement["packets"].clear()
        shutil.rmtree(archive.root / "packets")
        statement["files"] = archive.list_files()

    archive.state(change)
    report = verify_path(archive.root, archive.keys)
    assert (faults(report), report.packets) == ([], ())
    archive.change("heads/now.json", lambda document: document["head"].update(sha256="0" * 64))
    assert faults(verify_path(archive.root, archive.keys))


@pytest.mark.parametrize("told", [{"former_index": 5}, {"former_index": None}, {"event": "restore"}, {"log_index": 4}])
def test_a_gap_is_a_restore_only_where_it_names_the_entry_before(told: dict[str, Any], tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    archive.path("erasures/*.json").unlink()
    restored(archive, 6, 1006)
    archive.documents[-1].update(told)
    archive.write_log()
    assert any("stands where entry 7 should: an entry was removed, added or moved" in fault for fault in faults(verify_path(archive.root, archive.keys)))


def given_up(shop: Shop, **changes: Any) -> Path:
    """A packet that gave way on a full disk: its manifest, and the record."""
    folder = shop.write(receipt=False)
    manifest = shop.manifest(folder)
    told = {"worker": "w1", "packet_id": manifest["packet_id"], "manifest_sha256": manifest_sha256(manifest), "sequence": manifest["chain"]["sequence"]}
    record = signed_given_up(changes.pop("key", shop.worker), **{**told, "at": NOON, "reason": "disk_full", "files": 4, "size": 2000, **changes})
    for file in manifest["files"]:
        (folder / file["name"]).unlink()
    (folder / "given_up.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_a_packet_that_was_given_up_keeps_its_place_and_is_told(shop: Shop) -> None:
    shop.write()
    folder = given_up(shop)
    shop.write()
    report = verify_path(shop.root, shop.keys)
    assert faults(report) == []
    (note,) = (note for packet in report.packets for note in packet.notes if not note.startswith("claims grade B"))
    assert note.startswith("was given up by its worker at 2026-11-25T04:00:00+00:00 (disk_full): its 4 files (2000 bytes) are gone")
    (folder / "given_up.json").unlink()
    assert sum("is missing" in fault for fault in faults(verify_path(shop.root, shop.keys))) == 5


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"key": STRANGER}, "file given_up.json: is of another packet, or signed by another key"),
        ({"sequence": 9}, "file given_up.json: is of another packet, or signed by another key"),
        ({"manifest_sha256": "0" * 64}, "file given_up.json: is of another packet, or signed by another key"),
        ({"worker": "w2"}, "file given_up.json: is of another packet, or signed by another key"),
    ],
)
def test_nobody_else_gives_a_packet_up(shop: Shop, changes: dict[str, Any], what: str) -> None:
    given_up(shop, **changes)
    found = faults(verify_path(shop.root, shop.keys))
    assert what in found[0]
    assert sum("is missing" in fault for fault in found) == 5


def test_a_packet_with_a_receipt_was_not_given_up(shop: Shop) -> None:
    folder = given_up(shop)
    shop.receive(folder, manifest_sha256(shop.manifest(folder)))
    assert faults(verify_path(shop.root, shop.keys)) == ["file given_up.json: says that the packet was given up, but it has a receipt"]


def test_an_export_holds_what_was_given_up_as_a_record(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    folder = given_up(archive.shop)
    signed, record = (json.loads((folder / name).read_bytes()) for name in ("manifest.json", "given_up.json"))
    shutil.rmtree(folder)
    name = f"given-up/{folder.name}.json"
    archive.put(name, {**signed, "given_up": record})
    archive.state(lambda statement: statement.update(given_up=[folder.name]))
    report = verify_path(archive.root, archive.keys)
    assert faults(report) == []
    assert [(packet.path, packet.withheld, len(packet.notes)) for packet in report.packets if packet.files == 0] == [(name, 4, 1)]
    archive.state()
    assert faults(verify_path(archive.root, archive.keys)) == [f"export {name}: is not among the packets that the export names: it was added or changed"]
    archive.state(lambda statement: statement.update(given_up=[folder.name]))
    archive.path(name).unlink()
    assert f"export {name}: is missing: export.json names the packet that was given up" in faults(verify_path(archive.root, archive.keys))
    for data in ({}, [], {**signed, "given_up": None}, {**signed, "given_up": {"record": {}}}, {"manifest": 1, "signature": 2, "given_up": 3}):
        archive.put(name, data)
        assert not verify_path(archive.root, archive.keys).ok


def test_what_a_revoked_key_signed_counts_only_if_it_was_received_before(shop: Shop) -> None:
    folder = shop.write()
    worker, api = shop.keys
    for until, expected in ((timedelta(seconds=321), []), (timedelta(seconds=320), ["and the packet came at 2026-11-25T04:05:20+00:00: it may be by whoever"])):
        found = faults(verify_path(shop.root, [replace(worker, until=NOON + until), api]))
        assert len(found) == len(expected)
        assert all(part in fault for part, fault in zip(expected, found, strict=True))
    revoked = [replace(worker, until=NOON + timedelta(days=1)), api]
    (folder / "receipt.json").unlink()
    found = faults(verify_path(shop.root, revoked, unreceipted=True))
    assert found == [f"key {worker.key.key_id}: was revoked at 2026-11-26T04:00:00+00:00, and no good receipt says that the packet came before"]
    shop.receive(folder, "0" * 64)
    assert any("no good receipt says" in fault for fault in faults(verify_path(shop.root, revoked)))


def test_a_clip_of_other_coded_pictures_than_the_worker_summed_is_named(shop: Shop, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", "h264").read_bytes()
    folder = shop.write()

    def told(manifest: dict[str, Any], coded: str, data: bytes = clip) -> None:
        manifest["files"] = [manifest["files"][0] | {"coded_sha256": None}, named_file("clip.mp4", "clip_confirmed", data) | {"coded_sha256": coded}]

    for name in ("snapshot.jpg", "clip_h264.mp4"):
        (folder / name).unlink()
    (folder / "clip.mp4").write_bytes(clip)
    coded = coded_of_file(tmp_path / "clip.mp4").sha256
    shop.resign(folder, lambda manifest: told(manifest, coded))
    assert faults(verify_path(folder, shop.keys, unreceipted=True)) == []
    shop.resign(folder, lambda manifest: told(manifest, "0" * 64))
    (fault,) = faults(verify_path(folder, shop.keys, unreceipted=True))
    assert fault.startswith("file clip.mp4: holds other coded pictures than came from the camera: their sum is ")
    (folder / "clip.mp4").write_bytes(b"no clip")
    shop.resign(folder, lambda manifest: told(manifest, coded, b"no clip"))
    (fault,) = faults(verify_path(folder, shop.keys, unreceipted=True))
    assert fault.startswith("file clip.mp4: has no coded pictures that can be summed: ")
