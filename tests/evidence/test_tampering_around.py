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
from evidence.canonical import canonical_json, manifest_sha256, sha256_hex
from evidence.heads import signed_head
from evidence.keyring import KnownKey
from evidence.signing import SigningKey
from evidence.verify import verify_path
from tests.evidence.archive import Archive
from tests.evidence.shop import NOON, faults, files_of

Row = tuple[Callable[[Archive], Any], tuple[str, ...]]
STRANGER = SigningKey.generate()


def put(archive: Archive, name: str, data: bytes = b"x") -> None:
    path = archive.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def without(archive: Archive, *patterns: str) -> None:
    """Files are taken out."""
    for pattern in patterns:
        for path in list(archive.root.glob(pattern)):
            path.unlink()


def court(archive: Archive) -> None:
    """An export with its originals, as for a court."""
    for number in (1, 2, 3):
        (archive.packet(number) / "clip.mp4").write_bytes(files_of(f"act {number + 1}")["clip.mp4"][0])
    archive.state(lambda statement: [packet["withheld"].clear() for packet in statement["packets"]])


def receipt(archive: Archive, change: Callable[[dict[str, Any]], Any]) -> None:
    """The JSON of a receipt is written otherwise, and its signature kept."""
    archive.change(f"packets/{archive.packet(1).name}/receipt.json", change)


def redacted(archive: Archive, index: int) -> None:
    """A row of the log is replaced by its hash, so that every link still fits."""
    documents: list[dict[str, Any]] = [dict(document) for document in archive.documents]
    documents[index - 1] = {"log_index": index, "sha256": sha256_hex(canonical_json(documents[index - 1])), "withheld": True}
    archive.write_log(documents)


def relisted(archive: Archive, tamper: Callable[[], Any]) -> None:
    """Something is tampered with and the list of files made to fit, but not the statement, which nobody else can sign."""
    tamper()
    archive.list_files()


def rewritten(archive: Archive, key: SigningKey, *, receipts: bool = True) -> None:
    """The worker writes its chain anew and signs all that vouches for it with a key that is not the API's."""
    previous = archive.shop.manifest(archive.packet(1))["chain"]["previous_sha256"]
    archive.shop.api = key
    archive.documents.clear()
    for number in (1, 2, 3):
        folder = archive.packet(number)
        manifest = archive.shop.manifest(folder)
        manifest["place"]["shop"] = "another shop"
        manifest["chain"]["previous_sha256"] = previous
        archive.shop.sign(folder, manifest)
        previous = manifest_sha256(manifest)
        archive.receive(folder)
    record = json.loads(archive.path("erasures/*.json").read_bytes())["record"]
    for _ in range(3):
        archive.log("decision", {"action": "confirm"})
    archive.log("erasure", {"record_sha256": sha256_hex(canonical_json(record))})
    archive.path("erasures/*.json").write_text(json.dumps(archive.signed("record", record)), encoding="utf-8")
    archive.write_log()
    archive.heads()
    archive.state()


def left_out(archive: Archive, number: int, *, called_deleted: bool = False) -> None:
    """Whoever signs the export leaves a packet out, or says that it was deleted."""
    folder = archive.packet(number)
    manifest = archive.shop.manifest(folder)

    def change(statement: dict[str, Any]) -> None:
        told = statement["packets"].pop(number - 1)
        if called_deleted:
            place = {"worker": "w1", "key_id": archive.shop.worker.key_id, **manifest["chain"]}
            statement["erased"].append({"packet_id": told["packet_id"], "manifest_sha256": told["manifest_sha256"], **place, "erasure": f"{'c' * 32}-7"})
        shutil.rmtree(folder)
        statement["files"] = archive.list_files()

    archive.state(change)


def selected(archive: Archive, *places: int, cases: list[str] | None = None, **times: float) -> None:
    """An export of cases, or of packets that came in a time (`since`, `until`: seconds after noon), without the packets in these places."""

    def change(statement: dict[str, Any]) -> None:
        told = {name: (NOON + timedelta(seconds=seconds)).isoformat() for name, seconds in times.items()}
        statement["selection"] |= {"cases": cases, **told}
        for number in sorted(places, reverse=True):
            statement["packets"].pop(number - 1)
            shutil.rmtree(archive.packet(number))
        statement["files"] = archive.list_files()

    archive.state(change)


def rewritten_by_both(archive: Archive) -> None:
    """Worker and API write everything anew, each with its own key, and only a head that the worker gave away before is left."""
    head = (archive.root / f"heads/{archive.worker_head}.json").read_bytes()
    rewritten(archive, archive.shop.api)
    put(archive, f"heads/{archive.worker_head}.json", head)
    archive.state()


def cut_off(archive: Archive, *places: int, gap: bool = False) -> None:
    """Two days after the worker's head the API forgets packets: its log, heads and statement are made anew without them, and maybe with the gap that the
    second had been until it came.
    """
    made_at = (NOON + timedelta(days=2)).isoformat()
    kept = [number for number in (1, 2, 3) if number not in places]
    record = json.loads(archive.path("erasures/*.json").read_bytes())["record"]
    archive.documents.clear()
    for number in kept:
        archive.receive(archive.packet(number))
    if gap:
        of_gap = {"worker": "w1", "key_id": archive.shop.worker.key_id}
        archive.log("chain_gap", {**of_gap, "first": 3, "last": 3})
        archive.log("chain_filled", {**of_gap, "gap_index": len(archive.documents), "last_filled": 3, "left": 0})
    while len(archive.documents) < 6:
        archive.log("decision", {"action": "confirm"})
    archive.log("erasure", {"record_sha256": sha256_hex(canonical_json(record))})
    archive.write_log()
    archive.put("heads/now.json", signed_head(archive.shop.api, "log", index=7, sha256=str(archive.last), at=NOON + timedelta(days=2)))

    def change(statement: dict[str, Any]) -> None:
        for number in sorted(places, reverse=True):
            statement["packets"].pop(number - 1)
            shutil.rmtree(archive.packet(number))
        statement |= {"made_at": made_at, "files": archive.list_files()}

    archive.state(change)


def added(archive: Archive, *, signed: str | None = None, key: SigningKey | None = None) -> None:
    """A row that SQL put at the end of the API's log, rightly chained, before the API made the export: its statement and head vouch for it too."""
    archive.log("decision", {"action": "reject"})
    signatures = archive.root / "log" / "signatures.jsonl"
    before = signatures.read_text("utf-8")
    archive.write_log()
    by = (key or STRANGER).sign(archive.documents[-1])
    line = {"key_id": by.key_id, "log_index": len(archive.documents), "value": signed or by.value}
    signatures.write_text(before + (f"{json.dumps(line)}\n" if signed or key else ""), encoding="utf-8")
    archive.heads()
    archive.state()


def signatures(archive: Archive, change: Callable[[list[str]], Any]) -> None:
    """The file of signatures is changed before the API makes its statement."""
    path = archive.root / "log" / "signatures.jsonl"
    lines = path.read_text("utf-8").splitlines()
    change(lines)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    archive.state()


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
    # signatures over its entries
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
    archive = Archive.made(tmp_path / "export")
    tamper, named = AROUND[name]
    keys = archive.keys
    tamper(archive)
    report = verify_path(archive.root, keys)
    found = faults(report)
    assert not report.ok
    for part in named:
        assert any(part in fault for fault in found), (part, found)


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


def test_a_selection_says_how_many_packets_were_not_asked_for(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")

    selected(archive, 3, until=3.999999)
    report = verify_path(archive.root, archive.keys)
    assert faults(report) == []
    assert "log/log.jsonl: 1 packets that the log names came at another time than was asked for, and are not here" in report.notes
    assert any(note.startswith("what workers' heads count was not looked for in a selection") for note in report.notes)


@pytest.mark.parametrize("chosen", [{"since": -1e9}, {"since": 0}, {"since": 2}, {"until": 2.000001}, {"since": 2, "until": 2.000001}, {"until": 1e9}])
def test_a_packet_of_the_time_that_was_asked_for_is_not_left_out(chosen: dict[str, float], tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    selected(archive, 2, **chosen)
    assert faults(verify_path(archive.root, archive.keys)) == [
        f"export log/log.jsonl entry 3: received the manifest {archive.documents[2]['manifest_sha256'][:12]}… within the time that was asked for, "
        "which is neither here nor deleted: the export leaves it out"
    ]


def test_of_cases_it_is_told_that_the_log_cannot_tell(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export", caseless=True)
    selected(archive, 2, 3, cases=["a" * 32], until=3)
    report = verify_path(archive.root, archive.keys)
    assert faults(report) == []
    assert any("1 packets that the log names came at another time" in note for note in report.notes)
    assert any("1 packets that it names are not here, and no entry says of which case they are" in note for note in report.notes)


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
