"""The auditor's export around its packets: a signed statement of what is in it and what was withheld, the log, signed heads, and records of deletion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.x509 import Certificate
from pydantic import BaseModel, ConfigDict, ValidationError

from evidence.canonical import canonical_json, read_json, sha256_hex
from evidence.chains import Link
from evidence.entries import Entries, EntryFault, read_bytes
from evidence.errors import CanonicalError, PacketError, SignatureFault
from evidence.heads import HeadRead, read_head
from evidence.keyring import Keyring
from evidence.logs import LOG_FILE, LogRead, read_log
from evidence.model import all_faults
from evidence.packet import Signature
from evidence.report import Fault, FaultKind
from evidence.stamps import LARGEST_STAMP_BYTES, StampError, stamp_name, stamped_at

EXPORT, HEADS, ERASURES = "export.json", "heads/", "erasures/"
LARGEST_STATEMENT_BYTES = 64 * 2**20
LARGEST_HEAD_BYTES = 64 * 2**10
BESIDE = frozenset({"README.txt", EXPORT, LOG_FILE})


class PacketTold(BaseModel):
    """A packet that the export holds, and which of its files it holds not."""

    packet_id: str
    manifest_sha256: str
    withheld: tuple[str, ...] = ()


class ErasedTold(BaseModel):
    """A packet that was deleted by rule: its place in its worker's chain is all that is left."""

    packet_id: str
    manifest_sha256: str
    worker: str
    sequence: int
    previous_sha256: str | None
    key_id: str
    erasure: str


class LogTold(BaseModel):
    """Which part of the log goes along."""

    first: int
    last: int
    sha256: str


class Statement(BaseModel):
    """What the API says of the export; what else it says is not needed here. `stamps`: heads whose time stamps it held; more may have been added since."""

    model_config = ConfigDict(frozen=True)

    schema_: str = ""
    packets: tuple[PacketTold, ...]
    erased: tuple[ErasedTold, ...] = ()
    erasures: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    log: LogTold | None = None


@dataclass(slots=True)
class Around:
    """What lies around the packets.

    Attributes:
        prefix: the folder of the export within what is verified, with its slash, or empty.
        names: paths that belong to it.
    """

    prefix: str = ""
    statement: Statement | None = None
    log: LogRead | None = None
    heads: list[HeadRead] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def withheld(self, packet_id: str) -> frozenset[str]:
        """Files of a packet that the export says it does not hold."""
        told = () if self.statement is None else self.statement.packets
        return frozenset(name for packet in told if packet.packet_id == packet_id for name in packet.withheld)

    def erased(self) -> Iterator[Link]:
        """The places in chains that deleted packets leave."""
        for one in () if self.statement is None else self.statement.erased:
            yield Link(one.worker, one.key_id, one.sequence, one.previous_sha256, one.manifest_sha256)


def read_around(entries: Entries, keyring: Keyring, roots: Sequence[Certificate] = ()) -> Around:
    """Reads and checks statement, log, heads with their time stamps, and records of deletion, as far as they are there."""
    around = Around()
    paths = sorted((path for path in entries.entries if path.rpartition("/")[2] == EXPORT), key=lambda path: (path.count("/"), path))
    prefix = around.prefix = paths[0].removesuffix(EXPORT) if paths else ""
    if paths:
        around.statement = _statement(entries, paths[0], keyring, roots, around)
    if prefix + LOG_FILE in entries.entries:
        around.log = read_log(entries, prefix + LOG_FILE)
        around.faults += around.log.faults
    around.names |= {prefix + name for name in BESIDE if prefix + name in entries.entries}
    for path in sorted(entries.entries):
        inner = path.removeprefix(prefix)
        if path.startswith(prefix) and inner.endswith(".json") and inner.count("/") == 1:
            if inner.startswith(HEADS):
                _take_head(entries, path, keyring, roots, around)
            elif inner.startswith(ERASURES):
                _check_erasure(entries, path, keyring, around)
    if around.statement is not None:
        around.faults += _statement_faults(around)
    return around


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
    document: Mapping[str, Any] = data[name]
    try:
        signature = Signature.model_validate(data.get("signature"))
    except ValidationError as error:
        around.faults += [Fault(kind, f"{path} signature.{where}", what) for where, what in all_faults(error)]
        return document
    known = keyring.find(signature.key_id)
    if known is None:
        around.faults.append(Fault(FaultKind.KEY, signature.key_id, f"signed {path} and is not known; give the API's public key too"))
    elif known.role == "worker":
        around.faults.append(Fault(FaultKind.KEY, signature.key_id, f"signed {path}, but is a worker's key, not an API's"))
    else:
        try:
            known.key.verify(document, signature)
        except SignatureFault as error:
            around.faults.append(Fault(kind, path, str(error)))
    return document


def _statement(entries: Entries, path: str, keyring: Keyring, roots: Sequence[Certificate], around: Around) -> Statement | None:
    data = _document(entries, path, LARGEST_STATEMENT_BYTES, FaultKind.EXPORT, around)
    document = None if data is None else _signed_by_api(data, "export", path, keyring, FaultKind.EXPORT, around)
    if document is None:
        return None
    _check_stamp(entries, path, document, roots, around, "and with it the packets that it names")
    try:
        return Statement.model_validate(document)
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
    if fault := head_fault(head, keyring):
        around.faults.append(fault)
    around.heads.append(head)
    _check_stamp(entries, path, head.signed.head, roots, around, "and with it all that came before it")


def _check_stamp(entries: Entries, path: str, document: Mapping[str, Any], roots: Sequence[Certificate], around: Around, covered: str) -> None:
    """The time stamp over a document, if there is one beside it."""
    stamp = stamp_name(path)
    if stamp is None or stamp not in entries.entries:
        return
    around.names.add(stamp)
    if not roots:
        around.notes.append(f"{stamp} is a time stamp, which was not checked; give its authority's root certificate with --tsa FILE")
        return
    try:
        moment = stamped_at(read_bytes(entries, stamp, LARGEST_STAMP_BYTES), document, roots)
    except (EntryFault, StampError) as error:
        around.faults.append(Fault(FaultKind.STAMP, stamp, str(error)))
    else:
        around.notes.append(f"{path} was there at {moment.isoformat()}, by a time stamping authority, {covered}")


def head_fault(head: HeadRead, keyring: Keyring) -> Fault | None:
    """What is wrong with a head's key or signature."""
    known = keyring.find(head.head.key_id)
    if known is None:
        return Fault(FaultKind.KEY, head.head.key_id, f"signed {head.where} and is not known; give its public key with --keys FILE")
    if known.role is not None and known.role != ("worker" if head.head.chain == "worker" else "api"):
        return Fault(FaultKind.HEAD, head.where, f"is of a {head.head.chain}'s chain, but signed by the key of {known.role}")
    try:
        head.verify(known.key)
    except SignatureFault as error:
        return Fault(FaultKind.HEAD, head.where, str(error))
    return None


def _check_erasure(entries: Entries, path: str, keyring: Keyring, around: Around) -> None:
    data = _document(entries, path, LARGEST_STATEMENT_BYTES, FaultKind.EXPORT, around)
    record = None if data is None else _signed_by_api(data, "record", path, keyring, FaultKind.EXPORT, around)
    if record is None or around.log is None:
        return
    index = path.rpartition("-")[2].removesuffix(".json")
    held = around.log.records.get(int(index)) if index.isdigit() else None
    if held is None:
        around.faults.append(Fault(FaultKind.LOG, path, f"is named after entry {index} of the log, which records no deletion"))
    elif held != sha256_hex(canonical_json(record)):
        around.faults.append(Fault(FaultKind.LOG, path, f"is not the record that entry {index} of the log names: one of them was changed"))


def _statement_faults(around: Around) -> Iterator[Fault]:
    statement, log, where = around.statement, around.log, around.prefix + EXPORT
    assert statement is not None
    yield from _missing(where, "the head", (f"{around.prefix}{HEADS}{one}.json" for one in statement.heads), around)
    yield from _missing(where, "the time stamp", (f"{around.prefix}{HEADS}{one}.tsr" for one in statement.stamps), around)
    yield from _missing(where, "the record of deletion", (f"{around.prefix}{ERASURES}{one}.json" for one in statement.erasures), around)
    if statement.log is None:
        return
    if log is None:
        yield Fault(FaultKind.LOG, around.prefix + LOG_FILE, "is missing, though the export says that it goes along")
        return
    if log.last != statement.log.last:
        yield Fault(FaultKind.LOG, log.path, f"ends with entry {log.last}, but the export says that it goes to {statement.log.last}: entries were cut or added")
    elif log.hashes[log.last] != statement.log.sha256:
        yield Fault(FaultKind.LOG, f"{log.path} entry {log.last}", "is not the last entry that the export names: it was changed")
    if min(log.hashes, default=0) != statement.log.first:
        yield Fault(FaultKind.LOG, log.path, f"begins with entry {min(log.hashes, default=0)}, but the export says that it begins with {statement.log.first}")


def _missing(where: str, what: str, paths: Iterable[str], around: Around) -> Iterator[Fault]:
    for path in paths:
        if path not in around.names:
            yield Fault(FaultKind.EXPORT, path, f"is missing: {where} names {what}")
