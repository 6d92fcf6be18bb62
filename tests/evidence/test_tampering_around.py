"""What somebody may do to what lies around an export's packets, each found and named: files put in, receipts taken out or respelled, rows of the log redacted,
the statement and its list of files, and keys that sign what they may not.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence import exports
from evidence.canonical import manifest_sha256
from evidence.heads import signed_head
from evidence.keyring import KnownKey
from evidence.verify import verify_path
from tests.evidence.archive import Archive
from tests.evidence.shop import NOON, faults
from tests.evidence.tamper import (
    STRANGER,
    Row,
    assert_named,
    court,
    cut_off,
    left_out,
    put,
    receipt,
    redacted,
    relisted,
    rewritten,
    rewritten_by_both,
    selected,
    without,
)

AROUND: dict[str, Row] = {
    # files
    "a confession in a folder of keys": (lambda a: put(a, "more/keys/confession.pdf"), ("file more/keys/confession.pdf: lies in the export, but nothing",)),
    "a program beside the keys": (lambda a: put(a, "keys/evil.exe"), ("file keys/evil.exe: lies in the export, but nothing names it",)),
    "a key file more": (lambda a: put(a, "keys/b.pub", f"{a.keys[0]}\n".encode()), ("file keys/b.pub: lies in the export, but nothing names it",)),
    "a program as a key in a packet": (
        lambda a: put(a, f"packets/{a.packet(1).name}/keys/x.pub", b"\x7fELF\x02\x01"),
        ("/keys/x.pub: line 1: a public key is base64 of 32 bytes",),
    ),
    "a good key in a packet": (
        lambda a: put(a, f"packets/{a.packet(1).name}/keys/x.pub", f"{a.keys[0]}\n".encode()),
        ("/keys/x.pub: lies in the export, but nothing names it",),
    ),
    "the words to the reader": (lambda a: put(a, "README.txt", b"send your keys to evil"), ("export README.txt: was changed: its SHA-256 is ",)),
    "the words to the reader taken out": (lambda a: without(a, "README.txt"), ("export README.txt: is missing: SHA256SUMS lists it",)),
    "a record of deletion under another case's name": (
        lambda a: shutil.copy(a.path("erasures/*.json"), a.root / "erasures" / f"{'d' * 32}-7.json"),
        (f"export erasures/{'d' * 32}-7.json: is the record of the case {'c' * 32}, not of the one that it is named after",),
    ),
    "a record of deletion renamed by whoever signs": (
        lambda a: (a.path("erasures/*.json").rename(a.root / "erasures" / f"{'d' * 32}-7.json"), a.state(lambda s: s.update(erasures=[f"{'d' * 32}-7"]))),
        ("is the record of the case ", "not of the one that it is named after"),
    ),
    "a head more": (
        lambda a: a.put("heads/2026-11-24.json", signed_head(a.shop.api, "log", index=8, sha256=str(a.last), at=NOON)),
        ("file heads/2026-11-24.json: lies in the export, but nothing names it",),
    ),
    "a manifest spelled otherwise": (
        lambda a: put(a, f"packets/{a.packet(1).name}/manifest.json", b" " + (a.packet(1) / "manifest.json").read_bytes()),
        ("/manifest.json: was changed: its SHA-256 is ",),
    ),
    # packets
    "a packet left out by whoever signs": (
        lambda a: left_out(a, 2),
        ("export log/log.jsonl entry 3: received the manifest ", "which is neither here nor deleted: the export leaves it out"),
    ),
    "a packet left out by whoever signs of an export of a time": (
        lambda a: selected(a, 2, since=-1e9),
        ("export log/log.jsonl entry 3: received the manifest ", " within the time that was asked for, which is neither here nor deleted"),
    ),
    "a receipt in the log without a time": (
        lambda a: a.relinked(lambda d: d[2].pop("received_at")),
        ("log log/log.jsonl entry 3: does not say when its manifest came",),
    ),
    "a time to begin with that is none": (lambda a: a.state(lambda s: s["selection"].update(since="soon")), ("export export.json selection.since: ",)),
    "the last packet left out by whoever signs": (lambda a: left_out(a, 3), ("export log/log.jsonl entry 5: received the manifest ",)),
    "a packet called deleted by whoever signs": (
        lambda a: left_out(a, 2, called_deleted=True),
        (f"is said to be deleted, but the record {'c' * 32}-7 names no such packet",),
    ),
    # statement and list
    "the statement of an export for a court taken out": (
        lambda a: (court(a), without(a, "export.json")),
        ("export export.json: is missing, though SHA256SUMS is here: nothing says what this export held",),
    ),
    "statement and list taken out, and two packets": (
        lambda a: (court(a), without(a, "export.json", "SHA256SUMS"), shutil.rmtree(a.packet(2)), shutil.rmtree(a.packet(3))),
        ("export export.json: is missing, though erasures/",),
    ),
    "words beside the statement": (lambda a: a.change("export.json", lambda d: d.update(note="x")), ("export export.json: holds `note`, which nobody signed",)),
    "words beside a record of deletion": (
        lambda a: a.change("erasures/*.json", lambda d: d.update(note="x")),
        ("holds `note`, which nobody signed",),
    ),
    "the list taken out": (lambda a: without(a, "SHA256SUMS"), ("export SHA256SUMS: is missing, though export.json says that it lists 22 files",)),
    "a file taken out, of the list too": (lambda a: relisted(a, lambda: without(a, "README.txt")), ("export SHA256SUMS: is not the list of files",)),
    "a line of the list twice": (
        lambda a: put(a, "SHA256SUMS", (a.root / "SHA256SUMS").read_bytes() * 2),
        ("export SHA256SUMS line 23: is no SHA-256 and file, or names a file twice", "is not the list of files"),
    ),
    "a statement of an older kind": (lambda a: a.state(lambda s: s.update(schema="curbwatch.export/1")), ("export export.json schema: Input should be ",)),
    # receipts
    "a receipt taken out": (
        lambda a: (a.packet(1) / "receipt.json").unlink(),
        ("receipt receipt.json: is missing: no case API vouches for when the packet came", "has not the receipt that the export names"),
    ),
    "all receipts taken out": (lambda a: without(a, "packets/*/receipt.json"), ("receipt receipt.json: is missing", "has not the receipt that the export")),
    "999 nanoseconds more": (
        lambda a: receipt(a, lambda r: r.update(received_at=r["received_at"].removesuffix("Z") + ".000000999Z")),
        ("receipt receipt.json: the signature by the key ",),
    ),
    "the receipt's zone": (
        lambda a: receipt(a, lambda r: r.update(received_at=r["received_at"].removesuffix("Z") + "+00:00")),
        ("receipt receipt.json: the signature by the key ",),
    ),
    "the receipt's schema taken out": (lambda a: receipt(a, lambda r: r.pop("schema")), ("receipt receipt.json: the signature by the key ",)),
    "the receipt's schema renamed": (
        lambda a: receipt(a, lambda r: r.update(schema_=r.pop("schema"))),
        ("receipt receipt.json: the signature by the key ",),
    ),
    "a receipt respelled": (
        lambda a: put(a, f"packets/{a.packet(1).name}/receipt.json", b"\n" + (a.packet(1) / "receipt.json").read_bytes()),
        ("/receipt.json: was changed: its SHA-256 is ",),
    ),
    # the log
    "a decision redacted": (lambda a: redacted(a, 2), ("log log/log.jsonl entry 2: was taken out, and only its hash left",)),
    "a packet's entry redacted": (lambda a: redacted(a, 3), ("log log/log.jsonl entry 3: was taken out, and only its hash left",)),
    "the last row redacted": (lambda a: redacted(a, 8), ("log log/log.jsonl entry 8: was taken out, and only its hash left",)),
    "a redacted row with words beside": (
        lambda a: a.write_log([*a.documents[:1], {"log_index": 2, "sha256": "0" * 64, "withheld": True, "note": "x"}, *a.documents[2:]]),
        ("log log/log.jsonl entry 2: is neither an entry nor the hash of one that is withheld",),
    ),
    "a redacted row without a hash": (
        lambda a: a.write_log([*a.documents[:1], {"log_index": 2, "sha256": None, "withheld": True}, *a.documents[2:]]),
        ("log log/log.jsonl entry 2: is neither an entry nor the hash of one that is withheld",),
    ),
    "an empty log told as one of no entries": (
        lambda a: (put(a, "log/log.jsonl", b""), a.state(lambda s: s["log"].update(first=0, last=0))),
        ("export export.json log.first: Input should be greater than or equal to 1",),
    ),
    # keys and heads
    "a head under another worker's name": (
        lambda a: (
            a.put(
                f"heads/{a.worker_head}.json",
                signed_head(a.shop.worker, "worker", index=4, sha256=manifest_sha256(a.shop.manifest(a.packet(3))), at=NOON, name="w2"),
            ),
            a.state(),
        ),
        ("/2026-11-25.json: is of the worker w2, but signed by the key of the worker w1",),
    ),
    "a chain rewritten and all of it signed by the worker": (
        lambda a: rewritten(a, a.shop.worker),
        ("export export.json: is signed by the key ", "receipt receipt.json: is signed by the key ", "which is a worker's, not an API's"),
    ),
    "a chain rewritten by worker and API": (rewritten_by_both, ("head heads/workers/w1-", ": says that manifest 4 is ", "the chain was rewritten")),
    "a chain cut off by the API": (
        lambda a: cut_off(a, 3),
        ("/2026-11-25.json: says that there were 4 by 2026-11-25T04:00:00+00:00, but manifest 4 is not here", "the chain was cut off"),
    ),
    "a packet that the API forgot": (lambda a: cut_off(a, 2), ("but manifest 3 is not here, and the log tells of no gap there: taken out, or lost",)),
    "a packet that filled a gap and that the API forgot": (
        lambda a: cut_off(a, 2, gap=True),
        ("log log/log.jsonl entry 4: says that of the manifests 3 to 3, which were missing by entry 3, 1 had come, but manifest 3 is not here",),
    ),
    "all packets of a worker that the API forgot": (lambda a: cut_off(a, 1, 2, 3), ("but the manifests 2 to 4 are not here",)),
    "a head of a worker removed": (
        lambda a: without(a, f"heads/{a.worker_head}.json"),
        ("/2026-11-25.json: is missing: export.json names the head",),
    ),
    "a statement without a time": (lambda a: a.state(lambda s: s.update(made_at="soon")), ("export export.json made_at: ",)),
}


@pytest.mark.parametrize("name", AROUND)
def test_each_tampering_is_found_and_named(name: str, tmp_path: Path) -> None:
    assert_named(AROUND[name], tmp_path)


def test_a_statement_that_is_larger_than_its_files_account_for_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive.made(tmp_path / "export")
    monkeypatch.setattr(exports, "LARGEST_STATEMENT_BYTES", 600)  # a record of deletion has fewer
    assert faults(verify_path(archive.root, archive.keys)) == []
    monkeypatch.setattr(exports, "STATED_BYTES", 1)
    size, files = (archive.root / "export.json").stat().st_size, sum(path.is_file() for path in archive.root.rglob("*"))
    assert files < 600 < size
    assert f"export export.json: has {size} bytes; at most 600 are read" in faults(verify_path(archive.root, archive.keys))


ALONE: dict[str, Callable[[Archive], Any]] = {
    "rewritten": rewritten_by_both,
    "cut off": lambda a: cut_off(a, 3),
    "one forgotten": lambda a: cut_off(a, 2),
    "all forgotten": lambda a: cut_off(a, 1, 2, 3),
}


@pytest.mark.parametrize("name", ALONE)
def test_what_an_api_does_that_is_consistent_with_itself_is_found_by_the_worker_s_head_alone(name: str, tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    ALONE[name](archive)
    (found,) = faults(verify_path(archive.root, archive.keys))
    assert found.startswith("head heads/workers/w1-")


def test_two_days_later_a_whole_chain_is_whole(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    cut_off(archive)
    assert faults(verify_path(archive.root, archive.keys)) == []


@pytest.mark.parametrize("honest", [True, False])
def test_a_selection_without_the_packet_of_a_head_is_held_against_it_by_the_one_that_follows(honest: bool, tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    sha256 = manifest_sha256(archive.shop.manifest(archive.packet(2))) if honest else "0" * 64
    archive.put(f"heads/{archive.worker_head}.json", signed_head(archive.shop.worker, "worker", index=3, sha256=sha256, at=NOON, name="w1"))

    def change(statement: dict[str, Any]) -> None:
        statement["selection"]["since"] = (NOON + timedelta(seconds=3)).isoformat()
        statement["made_at"] = (NOON + timedelta(days=9)).isoformat()
        for number in (2, 1):
            statement["packets"].pop(number - 1)
            shutil.rmtree(archive.packet(number))
        statement["files"] = archive.list_files()

    archive.state(change)
    found = faults(verify_path(archive.root, archive.keys))
    assert [fault.partition(": says that manifest 3 is 000000000000…, but the one after it ")[2] for fault in found] == (
        [] if honest else ["follows another: the chain was rewritten"]
    )


def test_no_word_of_the_caller_excuses_what_an_export_lacks(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    without(archive, "packets/*/receipt.json")
    found = faults(verify_path(archive.root, archive.keys, selection=True, unreceipted=True))
    assert sum("receipt receipt.json: is missing" in fault for fault in found) == 3


ROLELESS: dict[str, Row] = {
    "a chain rewritten and all of it signed by the worker": (
        lambda a: rewritten(a, a.shop.worker),
        ("export export.json: is signed by the key ", "which also signs manifests: no API's key does", "receipt receipt.json: is signed by the key "),
    ),
    "the statement by the worker": (lambda a: a.state(key=a.shop.worker), ("export export.json: is signed by the key ", "which also signs manifests")),
    "the statement by another known key": (lambda a: a.state(key=STRANGER), ("which is the API's is not known; say whose the keys are in the file of keys",)),
    "a head of the log by the worker": (
        lambda a: (a.put("heads/now.json", signed_head(a.shop.worker, "log", index=8, sha256=str(a.last), at=NOON)), a.state()),
        ("head heads/now.json: is signed by the key ", "which also signs manifests"),
    ),
    "a record of deletion by the worker": (
        lambda a: (
            a.put(f"erasures/{'c' * 32}-7.json", a.signed("record", json.loads(a.path("erasures/*.json").read_bytes())["record"], a.shop.worker)),
            a.state(),
        ),
        ("export erasures/", "which also signs manifests: no API's key does"),
    ),
}


@pytest.mark.parametrize("name", ROLELESS)
def test_keys_without_roles_sign_only_what_fits_together(name: str, tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    keys = [*(KnownKey(key.key) for key in archive.keys), KnownKey(STRANGER.public_key)]
    assert faults(verify_path(archive.root, keys)) == []
    tamper, named = ROLELESS[name]
    tamper(archive)
    found = faults(verify_path(archive.root, keys))
    for part in named:
        assert any(part in fault for fault in found), (part, found)


def test_a_row_that_the_statement_withholds_keeps_its_place_by_its_hash(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    redacted(archive, 2)
    archive.state(lambda statement: statement["log"].update(withheld=[2]))
    assert faults(verify_path(archive.root, archive.keys)) == []
    documents = [dict(document) for document in archive.documents]
    documents[1] = {"log_index": 2, "sha256": "0" * 64, "withheld": True}
    archive.write_log(documents)
    assert any("entry 3: names " in fault for fault in faults(verify_path(archive.root, archive.keys)))
