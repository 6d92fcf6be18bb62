"""Signatures over each entry of the API's log, in an export: rows that nobody signed, signatures taken out, swapped and added, and logs of before."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.verify import verify_path
from tests.evidence.archive import Archive
from tests.evidence.shop import faults
from tests.evidence.tamper import (
    STRANGER,
    Row,
    added,
    assert_named,
    signatures,
    without,
)

SIGNATURES: dict[str, Row] = {
    "a row that SQL added": (added, ("log log/log.jsonl entry 9: is signed by nobody: it was not written by the API",)),
    "a row that SQL added with a made up signature": (
        lambda a: added(a, signed="AAAA", key=a.shop.api),
        ("log log/log.jsonl entry 9: was not written by the API: the signature's value is not base64 of 64 bytes",),
    ),
    "a row that SQL added with the worker's signature": (
        lambda a: added(a, key=a.shop.worker),
        ("log log/signatures.jsonl: is signed by the key ", "which is a worker's, not an API's"),
    ),
    "a row that SQL added with a stranger's signature": (lambda a: added(a, key=STRANGER), ("signed entries in log/signatures.jsonl and is not known",)),
    "a signature over an entry taken out": (lambda a: signatures(a, lambda s: s.pop(3)), ("log log/log.jsonl entry 4: is signed by nobody",)),
    "the last signature taken out": (lambda a: signatures(a, lambda s: s.pop()), ("log log/log.jsonl entry 8: is signed by nobody",)),
    "two signatures swapped": (
        lambda a: signatures(a, lambda s: s.__setitem__(slice(1, 3), [s[2].replace('index": 3', 'index": 2'), s[1].replace('index": 2', 'index": 3')])),
        ("log log/log.jsonl entry 2: was not written by the API: the signature", "log log/log.jsonl entry 3: was not written by the API"),
    ),
    "signatures in another order": (lambda a: signatures(a, lambda s: s.__setitem__(slice(1, 3), [s[2], s[1]])), ("line 3: is over entry 2, which is not",)),
    "a signature twice": (lambda a: signatures(a, lambda s: s.append(s[-1])), ("log log/signatures.jsonl line 9: is over entry 8, which is not here, was ",)),
    "a line that is no signature": (lambda a: signatures(a, lambda s: s.append("{}")), ("log log/signatures.jsonl line 9: is no signature over an entry: ",)),
    "a signature with words beside": (
        lambda a: signatures(a, lambda s: s.append(s.pop()[:-1] + ', "note": 1}')),
        ("line 8: is no signature over an entry: note",),
    ),
    "all signatures taken out": (
        lambda a: (without(a, "log/signatures.jsonl"), a.state()),
        ("log log/signatures.jsonl: is missing, though the export says that entries are signed from 1 on",),
    ),
    "all signatures taken out past whoever signs": (lambda a: without(a, "log/signatures.jsonl"), ("log log/signatures.jsonl: is missing",)),
    "signatures that no statement tells of": (
        lambda a: a.state(lambda s: s["log"].pop("signed_after")),
        ("log log/signatures.jsonl: signs entries of the log, but no statement says from which on",),
    ),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_each_tampering_with_signatures_is_found_and_named(name: str, tmp_path: Path) -> None:
    assert_named(SIGNATURES[name], tmp_path)


def test_an_export_of_a_version_that_signed_no_entries_stays_readable(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    without(archive, "log/signatures.jsonl")
    archive.state(lambda statement: statement["log"].pop("signed_after"))
    report = verify_path(archive.root, archive.keys)
    assert faults(report) == []
    assert "log/log.jsonl: its entries are not signed one by one; the version that made the export did not do that" in report.notes


def test_entries_of_before_the_signing_are_told_and_those_after_it_are_checked(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    archive.sign_log(after=5)
    archive.state(lambda statement: statement["log"].update(signed_after=5))
    report = verify_path(archive.root, archive.keys)
    assert faults(report) == []
    assert any(note.startswith("log/log.jsonl: entries up to 5 are older than the signing of each") for note in report.notes)
    archive.sign_log(after=6)
    archive.state(lambda statement: statement["log"].update(signed_after=5))
    assert faults(verify_path(archive.root, archive.keys)) == ["log log/log.jsonl entry 6: is signed by nobody: it was not written by the API"]
