"""The checks of one packet: manifest, signature, files, receipt. Whatever is wrong becomes a fault among the findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.x509 import Certificate
from pydantic import ValidationError

from evidence.canonical import canonical_json, manifest_sha256, read_json
from evidence.chains import Link, beginning_faults
from evidence.claims import claim_faults
from evidence.entries import Entries, EntryFault, read_bytes, sha256_of
from evidence.errors import CanonicalError, SignatureFault
from evidence.files import ORIGINALS
from evidence.keyring import Keyring
from evidence.model import all_faults
from evidence.packet import EvidenceFile, Manifest, Receipt, Signature, SignedManifest
from evidence.report import Fault, FaultKind, PacketReport
from evidence.signing import verify_receipt
from evidence.stamps import LARGEST_STAMP_BYTES, MANIFEST_STAMP, StampError, stamped_at

MANIFEST, RECEIPT, KEYS = "manifest.json", "receipt.json", "keys"
LARGEST_MANIFEST_BYTES = 8 * 2**20
LARGEST_RECEIPT_BYTES = 64 * 2**10
MOST_FAULTS = 50
"""Faults of one sort that are told of one packet; more help nobody."""


@dataclass(frozen=True)
class PacketEntries:
    """A packet among the entries: how it is called, and its files' paths by their names within its folder."""

    root: str
    label: str
    names: Mapping[str, str]


@dataclass
class Findings:
    """What is found out about one packet on the way."""

    report: PacketReport
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    link: Link | None = None
    receipt: Receipt | None = None

    def add(self, kind: FaultKind, where: str, what: str) -> None:
        """One more fault."""
        self.faults.append(Fault(kind, where, what))

    def learn(self, **facts: Any) -> None:
        """One more fact of the report."""
        self.report = replace(self.report, **facts)


def verify_packet(
    entries: Entries,
    packet: PacketEntries,
    keyring: Keyring,
    withheld: Callable[[str], frozenset[str]] = lambda _: frozenset(),
    roots: Sequence[Certificate] = (),
) -> Findings:
    """Checks one packet by itself.

    Args:
        withheld: packet id → names of files that an export says it does not hold.
        roots: of time stamping authorities.
    """
    findings = Findings(PacketReport(packet.label))
    signed = _signed_manifest(entries, packet, findings)
    if signed is None:
        return findings
    sha256 = _check_signature(signed, keyring, findings)
    manifest = _manifest(signed.manifest, findings)
    if manifest is not None and sha256 is not None:
        _check_manifest(manifest, signed.signature, sha256, findings)
        _check_files(entries, packet, manifest, findings, withheld(manifest.packet_id))
    _check_receipt(entries, packet, sha256, keyring, findings)
    _check_stamp(entries, packet, signed.manifest, roots, findings)
    return findings


def _document(entries: Entries, packet: PacketEntries, name: str, most_bytes: int, kind: FaultKind, findings: Findings) -> Any:
    """The JSON of a file; None with a fault where it is not to be had."""
    if name not in packet.names:
        findings.add(kind, name, "is missing")
        return None
    try:
        data = read_json(read_bytes(entries, packet.names[name], most_bytes), name)
        canonical_json(data)
    except EntryFault as error:
        findings.add(kind, name, str(error))
        return None
    except CanonicalError as error:
        findings.add(kind, name, str(error).removeprefix(f"{name}: "))
        return None
    return data


def _signed_manifest(entries: Entries, packet: PacketEntries, findings: Findings) -> SignedManifest | None:
    data = _document(entries, packet, MANIFEST, LARGEST_MANIFEST_BYTES, FaultKind.FILE, findings)
    if data is None:
        return None
    try:
        return SignedManifest.model_validate(data)
    except ValidationError as error:
        for where, what in all_faults(error)[:MOST_FAULTS]:
            findings.add(FaultKind.SIGNATURE if where.startswith("signature") else FaultKind.FIELD, where, what)
        return None


def _manifest(data: dict[str, Any], findings: Findings) -> Manifest | None:
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        for where, what in all_faults(error)[:MOST_FAULTS]:
            link = where == "document" or re.fullmatch(r"files\.\d+", where)  # what the packet's own validators say: a copy that hangs in the air
            findings.add(FaultKind.FILE if link else FaultKind.FIELD, where, what)
        findings.notes.append("the files were not looked at, since the manifest is not usable")
        return None


def _check_signature(signed: SignedManifest, keyring: Keyring, findings: Findings) -> str | None:
    """Checks the signature; the manifest's hash, None where it has none."""
    key_id = signed.signature.key_id
    findings.learn(key_id=key_id)
    known = keyring.find(key_id)
    if known is None:
        which = f"is not among the known keys ({len(keyring)})" if len(keyring) else "is not known: no public keys are at hand"
        findings.add(FaultKind.KEY, key_id, f"signed the manifest and {which}; give its public key with --keys FILE")
    else:
        claimed = signed.manifest.get("worker")
        name = claimed.get("name") if isinstance(claimed, dict) else None
        if known.role == "api":
            findings.add(FaultKind.KEY, key_id, "signed the manifest, but is an API's key, not a worker's")
        if known.name is not None and known.role == "worker" and known.name != name:
            findings.add(FaultKind.KEY, key_id, f"belongs to the worker {known.name}, but the manifest is by {name!r}")
        try:
            known.key.verify(signed.manifest, signed.signature)
        except (SignatureFault, CanonicalError) as error:
            findings.add(FaultKind.SIGNATURE, MANIFEST, str(error))
    try:
        sha256 = manifest_sha256(signed.manifest)
    except CanonicalError as error:
        findings.add(FaultKind.FIELD, MANIFEST, str(error))
        return None
    findings.learn(manifest_sha256=sha256)
    return sha256


def _check_manifest(manifest: Manifest, signature: Signature, sha256: str, findings: Findings) -> None:
    worker, chain = manifest.worker.name, manifest.chain
    findings.learn(
        packet_id=manifest.packet_id,
        act_id=manifest.act_id,
        phase=manifest.phase.value,
        kind=manifest.kind.id,
        camera=manifest.camera.id,
        worker=worker,
        sequence=chain.sequence,
        files_named=len(manifest.files),
    )
    findings.link = Link(worker, signature.key_id, chain.sequence, chain.previous_sha256, sha256)
    findings.faults += beginning_faults(chain.sequence, chain.previous_sha256)
    for where, what in claim_faults(manifest, signature):
        findings.add(FaultKind.FIELD, where, what)


def _check_files(entries: Entries, packet: PacketEntries, manifest: Manifest, findings: Findings, withheld: frozenset[str]) -> None:
    by_hash = {file.sha256: file for file in manifest.files}
    for file in manifest.files:
        if file.name in withheld and file.name not in packet.names:
            findings.learn(withheld=findings.report.withheld + 1)
            if fault := _fault_of_descent(file, by_hash):
                findings.add(FaultKind.FILE, file.name, fault)
        elif fault := _fault_of_file(entries, packet, file) or _fault_of_descent(file, by_hash):
            findings.add(FaultKind.FILE, file.name, fault)
        else:
            findings.learn(files=findings.report.files + 1, bytes=findings.report.bytes + file.bytes)
    own = {MANIFEST, RECEIPT, MANIFEST_STAMP, *(file.name for file in manifest.files)}
    strangers = [name for name in packet.names if name not in own and not re.fullmatch(rf"{KEYS}/[^/]+\.pub", name)]
    for name in strangers[:MOST_FAULTS]:
        findings.add(FaultKind.FILE, name, "lies in the packet, but the manifest does not name it")
    if len(strangers) > MOST_FAULTS:
        findings.add(FaultKind.FILE, packet.label, f"holds {len(strangers) - MOST_FAULTS} more files that the manifest does not name")


def _fault_of_file(entries: Entries, packet: PacketEntries, file: EvidenceFile) -> str | None:
    """Whether the file is there, byte for byte."""
    if file.name in (MANIFEST, RECEIPT, MANIFEST_STAMP):
        return "a file of this name cannot be named by a manifest"
    if file.name not in packet.names:
        return f"is missing ({file.role.value}, {file.bytes} bytes)"
    entry = entries.entries[packet.names[file.name]]
    if entry.fault is None and entry.size != file.bytes:
        return f"has {entry.size} bytes, the manifest says {file.bytes}: it was {'cut' if entry.size < file.bytes else 'changed'}"
    try:
        found = sha256_of(entries, entry.path)
    except EntryFault as error:
        return str(error)
    return None if found == file.sha256 else f"was changed: its SHA-256 is {found[:12]}…, the manifest says {file.sha256[:12]}…"


def _fault_of_descent(file: EvidenceFile, by_hash: Mapping[str, EvidenceFile]) -> str | None:
    """Whether an original is one, and a copy leads back to one."""
    if file.original != (file.role in ORIGINALS):
        return f"a {file.role.value} is {'a derived copy, not an original' if file.original else 'an original, not a derived copy'}"
    seen = {file.sha256}
    while file.derived_from is not None:
        parent = by_hash.get(file.derived_from)
        if parent is None or parent.sha256 in seen:
            return "is not linked to an original: its ancestors are copies of each other"
        seen.add(parent.sha256)
        file = parent
    return None


def _check_stamp(entries: Entries, packet: PacketEntries, manifest: Mapping[str, Any], roots: Sequence[Certificate], findings: Findings) -> None:
    if MANIFEST_STAMP not in packet.names:
        return
    if not roots:
        findings.notes.append("has a time stamp, which was not checked; give its authority's root certificate with --tsa FILE")
        return
    try:
        moment = stamped_at(read_bytes(entries, packet.names[MANIFEST_STAMP], LARGEST_STAMP_BYTES), manifest, roots)
    except (EntryFault, StampError) as error:
        findings.add(FaultKind.STAMP, MANIFEST_STAMP, str(error))
    else:
        findings.learn(stamped_at=moment.isoformat())


def _check_receipt(entries: Entries, packet: PacketEntries, sha256: str | None, keyring: Keyring, findings: Findings) -> None:
    if RECEIPT not in packet.names:
        return
    data = _document(entries, packet, RECEIPT, LARGEST_RECEIPT_BYTES, FaultKind.RECEIPT, findings)
    if data is None:
        return
    try:
        receipt = Receipt.model_validate(data)
    except ValidationError as error:
        for where, what in all_faults(error)[:MOST_FAULTS]:
            findings.add(FaultKind.RECEIPT, f"{RECEIPT} {where}", what)
        return
    findings.receipt = receipt
    findings.learn(received_at=receipt.received_at.isoformat(), log_index=receipt.log_index)
    if sha256 is not None and receipt.manifest_sha256 != sha256:
        findings.add(FaultKind.RECEIPT, RECEIPT, f"is for the manifest {receipt.manifest_sha256[:12]}…, this one is {sha256[:12]}…")
    if (receipt.log_index == 1) != (receipt.previous_sha256 is None):
        findings.add(FaultKind.RECEIPT, RECEIPT, "the first entry of a log has no predecessor, every other has one")
    known = keyring.find(receipt.signature.key_id)
    if known is None:
        findings.add(FaultKind.RECEIPT, RECEIPT, f"is signed by the key {receipt.signature.key_id}, which is not known; give the API's public key too")
        return
    if known.role == "worker":
        findings.add(FaultKind.RECEIPT, RECEIPT, f"is signed by the key {receipt.signature.key_id}, which is a worker's, not an API's")
    try:
        verify_receipt(receipt, known.key)
    except SignatureFault as error:
        findings.add(FaultKind.RECEIPT, RECEIPT, str(error))
