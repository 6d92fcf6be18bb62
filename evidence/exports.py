"""The auditor's export around its packets: a signed statement of what is in it and what was withheld, the log, signed heads, and records of deletion."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cryptography.x509 import Certificate
from pydantic import ValidationError

from evidence.canonical import canonical_json, read_json, sha256_hex
from evidence.chains import Link
from evidence.entries import Entries, EntryFault, grown, read_bytes
from evidence.errors import CanonicalError, PacketError, SignatureFault
from evidence.findings import Findings
from evidence.heads import WORKERS, HeadRead, read_head
from evidence.keyring import Keyring
from evidence.log_signatures import SIGNATURES_FILE, signature_faults, unknown_signers
from evidence.logs import LOG_FILE, MOST_LOG_FAULTS, LogRead, read_log, restore_notes, withheld_faults
from evidence.model import all_faults
from evidence.packet import Signature
from evidence.report import Fault, FaultKind
from evidence.roles import SignedByApi
from evidence.stamps import LARGEST_STAMP_BYTES, StampError, checked_stamp, stamp_name
from evidence.statement import Statement
from evidence.sums import SUMS, Sums, read_sums

EXPORT, HEADS, ERASURES, GIVEN_UP = "export.json", "heads/", "erasures/", "given-up/"
HEAD_FILE = re.compile(rf"{HEADS}({WORKERS}/[^/]+/)?[^/]+\.json")
LARGEST_STATEMENT_BYTES = 64 * 2**20
STATED_BYTES = 1024
"""Of the statement for each file of the export: a packet takes some 400 bytes of it, and has two files at least."""
LARGEST_HEAD_BYTES = 64 * 2**10
BESIDE = frozenset({"README.txt", EXPORT, LOG_FILE, SIGNATURES_FILE, SUMS})


@dataclass
class Around:
    """What lies around the packets.

    Attributes:
        prefix: the folder of the export within what is verified, with its slash, or empty.
        names: paths that belong to it.
        given_up: paths of records of packets that were given up.
        deleted: by the name of a record of deletion, the hashes of the manifests of the packets that it says were deleted.
        stamps: paths of time stamps, which may have been added after the statement was signed.
        signed: what the API must have signed, and the keys that did.
    """

    prefix: str = ""
    statement: Statement | None = None
    sums: Sums | None = None
    log: LogRead | None = None
    heads: list[HeadRead] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    deleted: dict[str, frozenset[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    stamps: set[str] = field(default_factory=set)
    signed: list[SignedByApi] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def withheld(self, manifest_sha256: str) -> frozenset[str]:
        """Files of a packet that the export says it does not hold."""
        return self._withheld.get(manifest_sha256, frozenset())

    @cached_property
    def _withheld(self) -> dict[str, frozenset[str]]:
        return {} if self.statement is None else {packet.manifest_sha256: frozenset(packet.withheld) for packet in self.statement.packets}

    def erased(self) -> Iterator[Link]:
        """The places in chains that deleted packets leave."""
        for one in () if self.statement is None else self.statement.erased:
            yield Link(one.worker, one.key_id, one.sequence, one.previous_sha256, one.manifest_sha256)


def read_around(entries: Entries, keyring: Keyring, roots: Sequence[Certificate] = ()) -> Around:
    """Reads and checks statement, list of files, log, heads with their time stamps, and records of deletion, as far as they are there."""
    around = Around()
    paths = sorted((path for path in entries.entries if path.rpartition("/")[2] == EXPORT), key=lambda path: (path.count("/"), path))
    prefix = around.prefix = paths[0].removesuffix(EXPORT) if paths else ""
    if paths:
        around.statement = _statement(entries, paths[0], keyring, roots, around)
        around.sums = read_sums(entries, prefix + SUMS)
    elif left := next((path for path in sorted(entries.entries) if _of_an_export(path)), None):
        around.faults.append(Fault(FaultKind.EXPORT, EXPORT, f"is missing, though {left} is here: nothing says what this export held"))
    if prefix + LOG_FILE in entries.entries:
        around.log = read_log(entries, prefix + LOG_FILE)
        told = around.statement.log if around.statement is not None else None
        around.faults += [*around.log.faults, *withheld_faults(around.log, () if told is None else told.withheld)]
        around.notes += restore_notes(around.log)
        _take_signatures(entries, around.log, None if told is None else told.signed_after, keyring, around)
    around.names |= {prefix + name for name in BESIDE if prefix + name in entries.entries}
    for path in sorted(entries.entries):
        inner = path.removeprefix(prefix)
        if path.startswith(prefix) and HEAD_FILE.fullmatch(inner):
            _take_head(entries, path, keyring, roots, around)
        elif path.startswith(prefix) and inner.endswith(".json") and inner.count("/") == 1:
            if inner.startswith(ERASURES):
                _check_erasure(entries, path, keyring, around)
            elif inner.startswith(GIVEN_UP):
                around.given_up.append(path)
                around.names.add(path)
    if around.statement is not None:
        around.faults += _statement_faults(around)
    return around


def _take_signatures(entries: Entries, log: LogRead, after: int | None, keyring: Keyring, around: Around) -> None:
    """What signs the entries of the log one by one, from where on the statement says so."""
    path = around.prefix + SIGNATURES_FILE
    if after is None:
        if path in entries.entries:
            around.faults.append(Fault(FaultKind.LOG, path, "signs entries of the log, but no statement says from which on they are signed"))
        elif around.statement is not None:
            around.notes.append(f"{log.path}: its entries are not signed one by one; the version that made the export did not do that")
        return
    if after:
        around.notes.append(f"{log.path}: entries up to {after} are older than the signing of each; the chain to what was signed after them vouches for them")
    signers: set[str] = set()
    around.faults += signature_faults(entries, path, log, after, keyring, signers)
    around.faults += unknown_signers(path, signers, keyring)
    around.signed += [SignedByApi(FaultKind.LOG, path, key_id) for key_id in sorted(signers)]


def _of_an_export(path: str) -> bool:
    """Whether such a file lies in exports only."""
    return path.rpartition("/")[2] == SUMS or f"/{path}".endswith(f"/{LOG_FILE}") or f"/{ERASURES}" in f"/{path}"


def _document(entries: Entries, path: str, most_bytes: int, kind: FaultKind, around: Around) -> Any:
    around.names.add(path)
    try:
        data = read_json(read_bytes(entries, path, most_bytes), path)
        canonical_json(data)
    except (EntryFault, CanonicalError) as error:
        around.faults.append(Fault(kind, path, str(error).removeprefix(f"{path}: ")))
        return None
    return data


def _signed_by_api(data: Any, name: str, path: str, keyring: Keyring, kind: FaultKind, around: Around) -> Mapping[str, Any] | None:
    """The signed document of a file `{name: …, "signature": …}`; None with a fault where it is none. A signature that fails is a fault too."""
    if not isinstance(data, dict) or not isinstance(data.get(name), dict):
        around.faults.append(Fault(kind, path, f"has no `{name}`"))
        return None
    if stranger := next((one for one in data if one not in (name, "signature")), None):
        around.faults.append(Fault(kind, path, f"holds `{stranger}`, which nobody signed"))
    document: Mapping[str, Any] = data[name]
    try:
        signature = Signature.model_validate(data.get("signature"))
    except ValidationError as error:
        around.faults += [Fault(kind, f"{path} signature.{where}", what) for where, what in all_faults(error)]
        return document
    around.signed.append(SignedByApi(kind, path, signature.key_id))
    known = keyring.find(signature.key_id)
    if known is None:
        around.faults.append(Fault(FaultKind.KEY, signature.key_id, f"signed {path} and is not known; give the API's public key too"))
    else:
        try:
            known.key.verify(document, signature)
        except SignatureFault as error:
            around.faults.append(Fault(kind, path, str(error)))
    return document


def _statement(entries: Entries, path: str, keyring: Keyring, roots: Sequence[Certificate], around: Around) -> Statement | None:
    data = _document(entries, path, grown(entries, LARGEST_STATEMENT_BYTES, STATED_BYTES), FaultKind.EXPORT, around)
    document = None if data is None else _signed_by_api(data, "export", path, keyring, FaultKind.EXPORT, around)
    if document is None:
        return None
    _check_stamp(entries, path, document, roots, around, "and with it the packets that it names")
    try:
        statement = Statement.model_validate(document)
        unit = f", {statement.unit}" if statement.unit else ""
        around.notes.append(f"{path}: made at {statement.made_at} by {statement.by}{unit} for {statement.purpose}; packets: {len(statement.packets)}")
        return statement
    except ValidationError as error:
        around.faults += [Fault(FaultKind.EXPORT, f"{path} {where}", what) for where, what in all_faults(error)[:10]]
        return None


def _take_head(entries: Entries, path: str, keyring: Keyring, roots: Sequence[Certificate], around: Around) -> None:
    data = _document(entries, path, LARGEST_HEAD_BYTES, FaultKind.HEAD, around)
    if data is None:
        return
    try:
        head = read_head(data, path)
    except PacketError as error:
        around.faults.append(Fault(FaultKind.HEAD, path, str(error).removeprefix(f"{path}: ")))
        return
    if fault := _head_fault(head, keyring):
        around.faults.append(fault)
    around.heads.append(head)
    if head.head.chain == "log":
        around.signed.append(SignedByApi(FaultKind.HEAD, path, head.head.key_id))
    _check_stamp(entries, path, head.signed.head, roots, around, "and with it all that came before it")


def _check_stamp(entries: Entries, path: str, document: Mapping[str, Any], roots: Sequence[Certificate], around: Around, covered: str) -> None:
    """The time stamp over a document, if there is one beside it."""
    stamp = stamp_name(path)
    if stamp is None or stamp not in entries.entries:
        return
    around.names.add(stamp)
    around.stamps.add(stamp)
    try:
        moment = checked_stamp(read_bytes(entries, stamp, LARGEST_STAMP_BYTES), document, roots)
    except (EntryFault, StampError) as error:
        around.faults.append(Fault(FaultKind.STAMP, stamp, str(error)))
        return
    if moment is None:
        around.notes.append(f"{stamp} is a time stamp, which was not checked; give its authority's root certificate with --tsa FILE")
    else:
        around.notes.append(f"{path} was there at {moment.isoformat()}, by a time stamping authority, {covered}")


def _head_fault(head: HeadRead, keyring: Keyring) -> Fault | None:
    """What is wrong with a head's key or signature; that a log's is the API's is seen with all that the API signed."""
    known = keyring.find(head.head.key_id)
    if known is None:
        return Fault(FaultKind.KEY, head.head.key_id, f"signed {head.where} and is not known; give its public key with --keys FILE")
    if head.head.chain == "worker":
        if known.role == "api":
            return Fault(FaultKind.HEAD, head.where, "is of a worker's chain, but signed by the key of api")
        if known.name is not None and known.name != head.head.name:
            return Fault(FaultKind.HEAD, head.where, f"is of the worker {head.head.name}, but signed by the key of the worker {known.name}")
    try:
        head.verify(known.key)
    except SignatureFault as error:
        return Fault(FaultKind.HEAD, head.where, str(error))
    return None


def _check_erasure(entries: Entries, path: str, keyring: Keyring, around: Around) -> None:
    data = _document(entries, path, LARGEST_STATEMENT_BYTES, FaultKind.EXPORT, around)
    record = None if data is None else _signed_by_api(data, "record", path, keyring, FaultKind.EXPORT, around)
    if record is None:
        return
    case_id, _, index = path.rpartition("/")[2].removesuffix(".json").rpartition("-")
    if record.get("case_id") != case_id:
        around.faults.append(Fault(FaultKind.EXPORT, path, f"is the record of the case {record.get('case_id')}, not of the one that it is named after"))
    packets = record.get("packets")
    named = [one.get("manifest_sha256") for one in packets if isinstance(one, dict)] if isinstance(packets, list) else []
    around.deleted[path.removeprefix(around.prefix + ERASURES).removesuffix(".json")] = frozenset(one for one in named if isinstance(one, str))
    if around.log is None:
        return
    around.faults += _elsewhere(record, path, around.log)
    held = around.log.records.get(int(index)) if index.isdecimal() and len(index) < 18 else None
    if held is None:
        around.faults.append(Fault(FaultKind.LOG, path, f"is named after entry {index} of the log, which records no deletion"))
    elif held != sha256_hex(canonical_json(record)):
        around.faults.append(Fault(FaultKind.LOG, path, f"is not the record that entry {index} of the log names: one of them was changed"))


def _elsewhere(record: Mapping[str, Any], path: str, log: LogRead) -> Iterator[Fault]:
    """Packets that a record of deletion names as its case's, and that came to another case or are another entry's."""
    packets = record.get("packets")
    for one in packets if isinstance(packets, list) else ():
        index = one.get("receipt_log_index") if isinstance(one, dict) else None
        if type(index) is not int or index in log.withheld or index not in log.manifests:
            continue  # a record of before names no entry; whether one is missing the log says
        if log.manifests[index] != one.get("manifest_sha256"):
            yield Fault(FaultKind.LOG, path, f"deletes a packet as that of entry {index} of the log, which received another manifest")
        elif (came_to := log.cases.get(index)) not in (None, record.get("case_id")):
            yield Fault(FaultKind.LOG, path, f"deletes a packet that came to the case {came_to} (entry {index} of the log): it was moved")


def _statement_faults(around: Around) -> Iterator[Fault]:
    statement, log, where = around.statement, around.log, around.prefix + EXPORT
    assert statement is not None
    yield from _missing(where, "the head", (f"{around.prefix}{HEADS}{one}.json" for one in statement.heads), around)
    yield from _missing(where, "the time stamp", (f"{around.prefix}{HEADS}{one}.tsr" for one in statement.stamps), around)
    yield from _missing(where, "the record of deletion", (f"{around.prefix}{ERASURES}{one}.json" for one in statement.erasures), around)
    yield from _missing(where, "the packet that was given up", (f"{around.prefix}{GIVEN_UP}{one}.json" for one in statement.given_up), around)
    yield from _sums_told(statement, around)
    if statement.log is None:
        return
    if log is None:
        yield Fault(FaultKind.LOG, around.prefix + LOG_FILE, "is missing, though the export says that it goes along")
        return
    if log.last != statement.log.last:
        yield Fault(FaultKind.LOG, log.path, f"ends with entry {log.last}, but the export says that it goes to {statement.log.last}: entries were cut or added")
    elif log.hashes.get(log.last) != statement.log.sha256:
        yield Fault(FaultKind.LOG, f"{log.path} entry {log.last}", "is not the last entry that the export names: it was changed")
    if min(log.hashes, default=0) != statement.log.first:
        yield Fault(FaultKind.LOG, log.path, f"begins with entry {min(log.hashes, default=0)}, but the export says that it begins with {statement.log.first}")


def _sums_told(statement: Statement, around: Around) -> Iterator[Fault]:
    """Whether the list of files is the one that the statement names."""
    path, sums = around.prefix + SUMS, around.sums
    if sums is None:
        yield Fault(FaultKind.EXPORT, path, f"is missing, though {around.prefix + EXPORT} says that it lists {statement.files.count} files")
        return
    yield from sums.faults
    if sums.sha256 != statement.files.sha256:
        yield Fault(FaultKind.EXPORT, path, f"is not the list of files that {around.prefix + EXPORT} names: it was changed")


def _missing(where: str, what: str, paths: Iterable[str], around: Around) -> Iterator[Fault]:
    for path in paths:
        if path not in around.names:
            yield Fault(FaultKind.EXPORT, path, f"is missing: {where} names {what}")


def unnamed_faults(found: Iterable[Findings], around: Around) -> Iterator[Fault]:
    """Where the packets and receipts that are here are not those that the statement names."""
    assert around.statement is not None
    told = {(packet.packet_id, packet.manifest_sha256): packet for packet in around.statement.packets}
    given_up = {f"{around.prefix}{GIVEN_UP}{name}.json" for name in around.statement.given_up}
    here: set[tuple[str, str]] = set()
    for one in found:
        packet = (one.report.packet_id or "", one.report.manifest_sha256 or "")
        if one.given_up and one.report.path in given_up:
            continue
        if packet in here:
            yield Fault(FaultKind.EXPORT, one.report.path, "is there twice")
        here.add(packet)
        if packet not in told:
            yield Fault(FaultKind.EXPORT, one.report.path, "is not among the packets that the export names: it was added or changed")
        elif one.receipt_sha256 != told[packet].receipt_sha256:
            yield Fault(FaultKind.EXPORT, one.report.path, "has not the receipt that the export names: it was taken out or changed")
        elif one.receipt is not None and not around.statement.selection.asks_for_case(one.receipt.case_id):
            yield Fault(FaultKind.EXPORT, one.report.path, f"came to the case {one.receipt.case_id}, which was not asked for: it was moved")
    for packet_id, sha256 in sorted(set(told) - here):
        yield Fault(FaultKind.EXPORT, f"packet {packet_id}", f"is missing, or is not the one of the manifest {sha256[:12]}… that the export names")
    for gone in around.statement.erased:
        if gone.manifest_sha256 not in around.deleted.get(gone.erasure, ()):
            yield Fault(FaultKind.EXPORT, f"packet {gone.packet_id}", f"is said to be deleted, but the record {gone.erasure} names no such packet")
    yield from _left_out(found, around)


def _left_out(found: Iterable[Findings], around: Around) -> Iterator[Fault]:
    """Packets that the log received within what was asked for, and that the export neither holds nor tells the end of. Entries of before receipts named the
    case do not say of which case a packet is: of an export of cases it is told how many of those are not here.
    """
    statement, log = around.statement, around.log
    if statement is None or log is None:
        return
    known = {packet.manifest_sha256 for packet in statement.packets} | {packet.manifest_sha256 for packet in statement.erased}
    known |= {one.report.manifest_sha256 for one in found if one.given_up and one.report.manifest_sha256}
    left = [(index, sha256) for index, sha256 in sorted(log.manifests.items()) if sha256 not in known]
    asked = [(index, sha256) for index, sha256 in left if statement.selection.asks_for(log.received.get(index))]
    if len(left) > len(asked):
        around.notes.append(f"{log.path}: {len(left) - len(asked)} packets that the log names came at another time than was asked for, and are not here")
    if statement.selection.cases is not None:
        if unknown := sum(1 for index, _ in asked if index not in log.cases):
            told = f"{unknown} packets that it names are not here, and no entry says of which case they are: whether one was left out is not told by it"
            around.notes.append(f"{log.path}: {told}")
        asked = [(index, sha256) for index, sha256 in asked if log.cases.get(index) in statement.selection.cases]
    which = " within the time that was asked for" if statement.selection.since or statement.selection.until else ""
    which += "" if statement.selection.cases is None else " of a case that was asked for"
    for index, sha256 in asked[:MOST_LOG_FAULTS]:
        what = f"received the manifest {sha256[:12]}…{which}, which is neither here nor deleted: the export leaves it out"
        yield Fault(FaultKind.EXPORT, f"{log.path} entry {index}", what)
    if len(asked) > MOST_LOG_FAULTS:
        yield Fault(FaultKind.EXPORT, log.path, f"received {len(asked) - MOST_LOG_FAULTS} more manifests that the export leaves out")
