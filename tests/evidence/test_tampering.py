"""What somebody may do to evidence on its way to an auditor, each found and named: bytes, files, fields, manifests, rows of the log, links, keys.

The auditor has nothing but the export and public keys from elsewhere.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.canonical import manifest_sha256
from evidence.heads import signed_head
from evidence.packet import Phase, packet_id_of
from evidence.signing import SigningKey
from evidence.verify import verify_path
from tests.evidence.archive import Archive
from tests.evidence.shop import NOON, faults, write_keys, zipped
from tests.evidence.tamper import chain_anew

STRANGER = SigningKey.generate()


def test_an_export_that_nobody_touched_verifies_as_a_folder_and_as_an_archive(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    for path in (archive.root, zipped(archive.root, tmp_path / "case.zip"), zipped(archive.root, tmp_path / "inside.zip", "case-17/")):
        report = verify_path(path, archive.keys)
        assert faults(report) == []
        assert [note.removeprefix("case-17/") for note in report.notes] == [
            f"the chain of w1 (key {archive.shop.worker.key_id}) begins here with manifest 2; what came before it was not looked at",
            "export.json: made at 2026-11-25T04:00:00+00:00 by auditor, city for audit; packets: 3",
        ]
        assert [(packet.files, packet.withheld, packet.files_named) for packet in report.packets] == [(3, 1, 4)] * 3


def flip(path: Path, at: int = -5) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def swap(one: Path, other: Path) -> None:
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)


def edited(archive: Archive, number: int, change: Callable[[dict[str, Any]], Any]) -> None:
    """A manifest is changed, and its signature left as it was."""
    archive.change(f"packets/{archive.packet(number).name}/manifest.json", lambda data: change(data["manifest"]))


def resigned(archive: Archive, number: int, change: Callable[[dict[str, Any]], Any], key: SigningKey | None = None) -> None:
    """A manifest is changed and signed again, its receipt left as it was: what whoever holds the worker's key can do."""
    folder = archive.packet(number)
    manifest = archive.shop.manifest(folder)
    change(manifest)
    archive.shop.sign(folder, manifest, key)


def rewritten(archive: Archive, *, receipts: bool) -> None:
    """The worker writes its chain anew from its first packet here, each manifest fitting the one before; without receipts it hides that there were any."""
    for folder in chain_anew(archive):
        if not receipts:
            (folder / "receipt.json").unlink()


def rows(archive: Archive, change: Callable[[list[dict[str, Any]]], Any]) -> None:
    """Rows of the log are changed, and nothing else."""
    documents = [dict(document) for document in archive.documents]
    change(documents)
    archive.write_log(documents)


def moved(archive: Archive) -> None:
    swap(archive.packet(1) / "manifest.json", archive.packet(2) / "manifest.json")


def second_packet(archive: Archive) -> None:
    """A packet that the worker signed and never delivered is slipped in."""
    folder = archive.shop.write(receipt=False)
    (folder / "clip.mp4").unlink()


TAMPERINGS: dict[str, tuple[Callable[[Archive], Any], tuple[str, ...]]] = {
    # bytes and files
    "a byte of a picture": (lambda a: flip(a.packet(1) / "snapshot.jpg"), ("file snapshot.jpg: was changed: its SHA-256 is ",)),
    "a byte of an original": (lambda a: flip(a.packet(1) / "confirming.h264"), ("file confirming.h264: was changed: its SHA-256 is ",)),
    "a byte more": (lambda a: longer(a.packet(1) / "snapshot.jpg"), ("file snapshot.jpg: has ", ": it was changed")),
    "a picture cut short": (lambda a: (a.packet(1) / "snapshot.jpg").write_bytes(b"x"), ("file snapshot.jpg: has 1 bytes, the manifest says ", ": it was cut")),
    "a picture emptied": (lambda a: (a.packet(1) / "snapshot.jpg").write_bytes(b""), ("file snapshot.jpg: has 0 bytes", ": it was cut")),
    "a picture removed": (lambda a: (a.packet(1) / "snapshot.jpg").unlink(), ("file snapshot.jpg: is missing (snapshot_confirming, ",)),
    "an original removed": (lambda a: (a.packet(1) / "confirming.h264").unlink(), ("file confirming.h264: is missing (keyframe_confirming, ",)),
    "two pictures of two acts swapped": (
        lambda a: swap(a.packet(1) / "snapshot.jpg", a.packet(2) / "snapshot.jpg"),
        ("file snapshot.jpg: was changed",),
    ),
    "a picture under another's name": (lambda a: shutil.copy(a.packet(1) / "confirming.h264", a.packet(1) / "snapshot.jpg"), ("file snapshot.jpg: ",)),
    "a picture added": (lambda a: (a.packet(1) / "more.jpg").write_bytes(b"x"), ("file more.jpg: lies in the packet, but the manifest does not name it",)),
    "a file added beside the packets": (lambda a: (a.root / "more.txt").write_text("x"), ("file more.txt: lies in the export, but nothing names it",)),
    "another clip for the one that is withheld": (lambda a: (a.packet(1) / "clip.mp4").write_bytes(b"x" * 600), ("file clip.mp4: has 600 bytes",)),
    "a picture by a link": (
        lambda a: ((a.packet(1) / "snapshot.jpg").unlink(), (a.packet(1) / "snapshot.jpg").symlink_to("/etc/hostname")),
        ("file snapshot.jpg: is a link; a packet holds its files themselves",),
    ),
    # fields of a manifest, without the worker's key
    "the camera's name": (lambda a: edited(a, 1, lambda m: m["camera"].update(id="gate-4")), ("signature manifest.json: the signature by the key ",)),
    "the time of the confirmation": (lambda a: edited(a, 1, lambda m: m["stay"].update(confirmed_at="2026-11-25T04:06:00Z")), ("signature manifest.json: ",)),
    "the dwell": (lambda a: edited(a, 1, lambda m: m["stay"].update(dwell_seconds=310.0)), ("signature manifest.json: ",)),
    "the score of a look": (lambda a: edited(a, 1, lambda m: m["stay"]["samples"][0].update(score=0.99)), ("signature manifest.json: ",)),
    "a gap left out": (lambda a: edited(a, 1, lambda m: m["stay"]["gaps"].clear()), ("signature manifest.json: ",)),
    "an unchanged keyframe told as a look": (
        lambda a: edited(a, 1, lambda m: m["stay"]["samples"][1].update(status="looked")),
        ("signature manifest.json: ", "field stay.samples.1: a look that saw the thing has a box, a score and a class"),
    ),
    "a permit left out": (lambda a: edited(a, 1, lambda m: m["permit"]["checked"].clear()), ("signature manifest.json: ",)),
    "the verdict on a permit": (lambda a: edited(a, 1, lambda m: m["permit"]["checked"][0].update(verdict="covers")), ("signature manifest.json: ",)),
    "the box": (lambda a: edited(a, 1, lambda m: m["place"].update(xyxy=[0.3, 0.2, 0.4, 0.5])), ("signature manifest.json: ",)),
    "a zone": (lambda a: edited(a, 1, lambda m: m["view"]["zones"][0].update(kind="carriageway")), ("signature manifest.json: ",)),
    "the model": (lambda a: edited(a, 1, lambda m: m["model"].update(sha256="0" * 64)), ("signature manifest.json: ",)),
    "a field taken out": (lambda a: edited(a, 1, lambda m: m.pop("clocks")), ("signature manifest.json: ", "field clocks: is missing")),
    "a field put in": (lambda a: edited(a, 1, lambda m: m.update(note="x")), ("signature manifest.json: ", "field note: is not a known key")),
    "the hash of a file": (
        lambda a: (flip(a.packet(1) / "confirming.h264"), edited(a, 1, lambda m: m["files"][0].update(sha256="0" * 64))),
        ("signature manifest.json: ",),
    ),
    "a clock that was not synchronised told as one that was": (
        lambda a: edited(a, 1, lambda m: m["clocks"]["arrival"].update(wall_synchronised=False)),
        ("signature manifest.json: ", "field closed_to_a: does not say clock_not_synchronised"),
    ),
    "the algorithm": (
        lambda a: a.change(f"packets/{a.packet(1).name}/manifest.json", lambda d: d["signature"].update(algorithm="sm2-sm3")),
        ("signature manifest.json: it is made by sm2-sm3, which this version cannot check", "field algorithms.signature: is ed25519-sha256, but"),
    ),
    "a byte of the signature": (
        lambda a: a.change(f"packets/{a.packet(1).name}/manifest.json", lambda d: d["signature"].update(value="A" * 86 + "==")),
        ("signature manifest.json: the signature by the key ",),
    ),
    "the signature taken out": (
        lambda a: a.change(f"packets/{a.packet(1).name}/manifest.json", lambda d: d.pop("signature")),
        ("signature signature: is missing",),
    ),
    # manifests
    "a manifest removed": (lambda a: (a.packet(1) / "manifest.json").unlink(), ("file manifest.json: is missing",)),
    "two manifests swapped": (moved, ("file snapshot.jpg: was changed", "receipt receipt.json: is for the manifest ")),
    "a packet removed": (lambda a: shutil.rmtree(a.packet(2)), ("export packet ", "is missing, or is not the one of the manifest ")),
    "a packet added": (second_packet, ("is not among the packets that the export names: it was added or changed",)),
    "a packet copied": (lambda a: shutil.copytree(a.packet(1), a.root / "packets" / ("f" * 32)), ("is there twice",)),
    # with the worker's own key
    "a manifest changed and signed again": (
        lambda a: resigned(a, 2, lambda m: m["place"].update(shop="x")),
        ("receipt receipt.json: is for the manifest ", "chain w1 (key ", "but manifest 3 is "),
    ),
    "a manifest signed by another worker's key": (
        lambda a: resigned(a, 2, lambda m: None, STRANGER),
        (f"key {STRANGER.key_id}: signed the manifest and is not among the known keys", "field worker.key_id: names the key "),
    ),
    "a chain rewritten": (lambda a: rewritten(a, receipts=True), ("receipt receipt.json: is for the manifest ", "the chain was rewritten")),
    "a chain rewritten and its receipts thrown away": (
        lambda a: rewritten(a, receipts=False),
        ("head heads/workers/w1-", "/2026-11-25.json: says that manifest 4 is ", "export packet "),
    ),
    "a number skipped": (
        lambda a: resigned(a, 3, lambda m: m["chain"].update(sequence=9)),
        ("chain w1 (key ", "follows manifest 3 by hash; one of them has a wrong number"),
    ),
    "two manifests of one number": (
        lambda a: resigned(a, 3, lambda m: m["chain"].update(sequence=3, previous_sha256=a.shop.manifest(a.packet(2))["chain"]["previous_sha256"])),
        ("two manifests have this number (", "the chain was forked"),
    ),
    "a grade that needs people": (lambda a: resigned(a, 3, lambda m: m.update(grade="A")), ("field grade: a worker grades at most B; A needs people",)),
    "a penalty by a clock that was not synchronised": (
        lambda a: resigned(a, 3, lambda m: (m["clocks"]["arrival"].update(wall_synchronised=False), m.update(grade="A"))),
        ("field grade: is A, which is closed by clock_not_synchronised", "field closed_to_a: does not say clock_not_synchronised"),
    ),
    "a dwell that nobody watched": (
        lambda a: resigned(a, 3, lambda m: m["stay"].update(dwell_seconds=3600.0)),
        ("field stay.dwell_seconds: is 3600, but its samples span 310 s",),
    ),
    "another act's id": (lambda a: resigned(a, 3, lambda m: m.update(act_id="0" * 32)), ("field packet_id: is not the id of the confirmed packet",)),
    "a confirmation told as an end": (
        lambda a: resigned(a, 3, lambda m: m.update(phase="ended", packet_id=packet_id_of(m["act_id"], Phase.ENDED))),
        ("field ending: an ended packet says how the act ended",),
    ),
    "a copy told as an original": (
        lambda a: resigned(a, 3, lambda m: m["files"][1].update(original=True, derived_from=None)),
        ("file snapshot.jpg: a snapshot_confirming is a derived copy, not an original",),
    ),
    "a copy of no original": (
        lambda a: resigned(a, 3, lambda m: m["files"][1].update(derived_from="0" * 64)),
        ("is derived from 000000000000…, which the packet does not hold",),
    ),
    # receipts
    "a receipt's time": (
        lambda a: a.change(f"packets/{a.packet(1).name}/receipt.json", lambda r: r.update(received_at="2026-11-25T03:00:00Z")),
        ("receipt receipt.json: the signature by the key ", "is not what "),
    ),
    "two receipts swapped": (
        lambda a: swap(a.packet(1) / "receipt.json", a.packet(2) / "receipt.json"),
        ("receipt receipt.json: is for the manifest ",),
    ),
    "a receipt by a stranger": (
        lambda a: a.shop.receive(a.packet(1), manifest_sha256(a.shop.manifest(a.packet(1))), STRANGER),
        (f"receipt receipt.json: is signed by the key {STRANGER.key_id}, which is not known",),
    ),
    "a receipt that the worker wrote": (
        lambda a: a.shop.receive(a.packet(1), manifest_sha256(a.shop.manifest(a.packet(1))), a.shop.worker),
        ("which is a worker's, not an API's",),
    ),
    # rows of the log
    "a decision changed": (lambda a: rows(a, lambda d: d[1].update(action="reject")), ("log log/log.jsonl entry 3: names ", "but entry 2 is ")),
    "who decided": (lambda a: rows(a, lambda d: d[3].update(by="nobody")), ("log log/log.jsonl entry 5: names ",)),
    "a decision removed": (lambda a: rows(a, lambda d: d.pop(3)), ("log log/log.jsonl entry 5: stands where entry 4 should",)),
    "a decision added": (lambda a: rows(a, lambda d: d.insert(2, dict(d[1]))), ("log log/log.jsonl entry 2: stands where entry 3 should",)),
    "two decisions swapped": (lambda a: rows(a, lambda d: d.__setitem__(slice(1, 4), [d[3], d[2], d[1]])), ("entry 4: stands where entry 2 should",)),
    "the last row changed": (lambda a: rows(a, lambda d: d[-1].update(packets=2)), ("log log/log.jsonl entry 8: is not the last entry that the export",)),
    "the last row removed": (lambda a: rows(a, lambda d: d.pop()), ("log log/log.jsonl: ends with entry 7, but the export says that it goes to 8",)),
    "the first row removed": (lambda a: rows(a, lambda d: d.pop(0)), ("log log/log.jsonl: begins with entry 2, but the export says that it begins with 1",)),
    "a decision changed and all links made to fit": (
        lambda a: a.relinked(lambda d: d[1].update(action="reject")),
        ("head heads/now.json: says that log entry 8 is ", "log log/log.jsonl entry 3: is not what packets/"),
    ),
    "a decision removed and all links made to fit": (lambda a: a.relinked(lambda d: d.pop(1)), ("log log/log.jsonl entry 3: is not what", "ends with entry 7")),
    "the log cut off": (lambda a: a.path("log/log.jsonl").write_bytes(b""), ("log log/log.jsonl: is empty",)),
    "the log removed": (lambda a: a.path("log/log.jsonl").unlink(), ("log log/log.jsonl: is missing, though the export says that it goes along",)),
    "a byte of the log": (lambda a: flip(a.path("log/log.jsonl"), 1), ("log log/log.jsonl",)),
    # heads
    "a head's hash": (lambda a: a.change("heads/now.json", lambda h: h["head"].update(sha256="0" * 64)), ("head heads/now.json: the signature by the key ",)),
    "a head removed": (lambda a: a.path("heads/now.json").unlink(), ("export heads/now.json: is missing: export.json names the head",)),
    "a head by a stranger": (
        lambda a: a.put("heads/now.json", signed_head(STRANGER, "log", index=8, sha256=str(a.last), at=NOON)),
        (f"key {STRANGER.key_id}: signed heads/now.json and is not known",),
    ),
    "a head of the log by a worker": (
        lambda a: a.put("heads/now.json", signed_head(a.shop.worker, "log", index=8, sha256=str(a.last), at=NOON)),
        ("head heads/now.json: is signed by the key ", "which is a worker's, not an API's"),
    ),
    # records of deletion, and the statement
    "a record of deletion": (
        lambda a: a.change("erasures/*.json", lambda e: e["record"].update(done_at="2020-01-01T00:00:00Z")),
        ("export erasures/", "the signature by the key ", "is not the record that entry 7 of the log names"),
    ),
    "a record of deletion removed": (lambda a: a.path("erasures/*.json").unlink(), ("is missing: export.json names the record of deletion",)),
    "the statement": (
        lambda a: a.change("export.json", lambda e: e["export"]["packets"][0]["withheld"].append("snapshot.jpg")),
        ("export export.json: the signature by the key ",),
    ),
    "the statement's signer": (lambda a: a.state(key=STRANGER), (f"key {STRANGER.key_id}: signed export.json and is not known",)),
    "a statement by the worker": (lambda a: a.state(key=a.shop.worker), ("export export.json: is signed by the key ", "which is a worker's, not an API's")),
    "the keys that came with it": (lambda a: write_keys(a.root / "keys", a.keys[:1], "keys.pub"), ("export keys/keys.pub: was changed: its SHA-256 is ",)),
}
"""What is done, and what the report must say of it."""


@pytest.mark.parametrize("name", TAMPERINGS)
def test_each_tampering_is_found_and_named(name: str, tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    tamper, named = TAMPERINGS[name]
    tamper(archive)
    report = verify_path(archive.root, archive.keys)
    found = faults(report)
    assert not report.ok
    for part in named:
        assert any(part in fault for fault in found), (part, found)


def test_there_are_at_least_forty_tamperings_and_each_says_something_of_its_own() -> None:
    assert len(TAMPERINGS) >= 40
    assert all(named for _, named in TAMPERINGS.values())


def test_a_packet_that_was_deleted_by_rule_closes_its_gap_and_one_that_was_taken_does_not(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    archive.state(lambda statement: statement["erased"][0].update(manifest_sha256="0" * 64))
    assert any("but manifest 1 is 000000000000" in fault for fault in faults(verify_path(archive.root, archive.keys)))


@pytest.mark.parametrize("name", ["export.json", "heads/now.json", "log/log.jsonl", "SHA256SUMS", "packets/*/receipt.json"])
@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"export": 3, "head": 3}', b"\xff", b"null\n" * 3, json.dumps({"export": {}}).encode()])
def test_whatever_lies_around_the_packets_breaks_nothing(name: str, data: bytes, tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    for path in archive.root.glob(name):
        path.write_bytes(data)
    assert not verify_path(archive.root, archive.keys).ok
