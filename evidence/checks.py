"""The checks of one packet: manifest, signature, files, receipt. Whatever is wrong becomes a fault among the findings."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography.x509 import Certificate
from pydantic import ValidationError

from evidence.borne import borne
from evidence.canonical import manifest_sha256
from evidence.chains import Link, beginning_faults
from evidence.claims import claim_faults
from evidence.coded import coded_of
from evidence.entries import LARGEST_FILE_BYTES, Entries, EntryFault, read_bytes, sha256_of
from evidence.errors import CanonicalError, PacketError, SignatureFault
from evidence.files import ORIGINALS
from evidence.findings import KEYS, LARGEST_MANIFEST_BYTES, MANIFEST, MOST_FAULTS, RECEIPT, Findings, PacketEntries, read_document
from evidence.given_up import GIVEN_UP, read_given_up
from evidence.keyring import Keyring
from evidence.model import all_faults
from evidence.packet import EvidenceFile, Manifest, Signature, SignedManifest
from evidence.receipts import check_receipt, check_revocation
from evidence.report import FaultKind, PacketReport
from evidence.stamps import LARGEST_STAMP_BYTES, MANIFEST_STAMP, StampError, checked_stamp


def verify_packet(
    entries: Entries,
    packet: PacketEntries,
    keyring: Keyring,
    *,
    withheld: Callable[[str], frozenset[str]] = lambda _: frozenset(),
    roots: Sequence[Certificate] = (),
    unreceipted: bool = False,
) -> Findings:
    """Checks one packet by itself.

    Args:
        withheld: a manifest's SHA-256 → names of files that an export says it does not hold.
        roots: of time stamping authorities.
        unreceipted: that it has no receipt is no fault.
    """
    findings = Findings(PacketReport(packet.label))
    data = read_document(entries, packet, MANIFEST, LARGEST_MANIFEST_BYTES, FaultKind.FILE, findings)
    signed = None if data is None else _signed_manifest(data, findings)
    if signed is None:
        return findings
    manifest, sha256 = _check_signed(signed, keyring, findings)
    if manifest is not None and sha256 is not None:
        gone = withheld(sha256)
        if GIVEN_UP in packet.names:
            told = read_document(entries, packet, GIVEN_UP, LARGEST_MANIFEST_BYTES, FaultKind.FILE, findings)
            _check_given_up(told, manifest, keyring, findings)
            gone |= {file.name for file in manifest.files if findings.given_up}
            if RECEIPT in packet.names:
                findings.add(FaultKind.FILE, GIVEN_UP, "says that the packet was given up, but it has a receipt")
        _check_files(entries, packet, manifest, findings, gone)
    check_receipt(entries, packet, sha256, keyring, findings, unreceipted=unreceipted or findings.given_up)
    if manifest is not None and findings.receipt is not None and findings.vouched:
        findings.borne = borne(manifest, findings.receipt.received_at)
    if not findings.given_up:
        check_revocation(keyring.find(signed.signature.key_id), findings)
    _check_stamp(entries, packet, signed.manifest, roots, findings)
    return findings


def verify_given_up(entries: Entries, path: str, keyring: Keyring) -> Findings:
    """Checks what an export holds of a packet that its worker gave up: the manifest, and the worker's record of what is gone."""
    findings = Findings(PacketReport(path))
    data = read_document(entries, PacketEntries("", path, {path: path}), path, LARGEST_MANIFEST_BYTES, FaultKind.FILE, findings)
    if not isinstance(data, dict) or data.keys() != {"manifest", "signature", "given_up"}:
        findings.add(FaultKind.FILE, path, "is no record of a packet that was given up: `manifest`, `signature` and `given_up` are needed")
        return findings
    signed = _signed_manifest({"manifest": data["manifest"], "signature": data["signature"]}, findings)
    if signed is None:
        return findings
    manifest, sha256 = _check_signed(signed, keyring, findings)
    if manifest is not None and sha256 is not None:
        findings.learn(withheld=len(manifest.files))
        _check_given_up(data["given_up"], manifest, keyring, findings)
    return findings


def _check_signed(signed: SignedManifest, keyring: Keyring, findings: Findings) -> tuple[Manifest | None, str | None]:
    """Checks a manifest and its signature: the manifest, where it is usable, and its hash."""
    sha256 = _check_signature(signed, keyring, findings)
    manifest = _manifest(signed.manifest, findings)
    if manifest is not None and sha256 is not None:
        _check_manifest(manifest, signed.signature, sha256, findings)
    return manifest, sha256


def _check_given_up(data: Any, manifest: Manifest, keyring: Keyring, findings: Findings) -> None:
    """Whether a packet's worker says under its signature that its files are gone."""
    if data is None:
        return
    try:
        read = read_given_up(data, GIVEN_UP)
    except PacketError as error:
        findings.add(FaultKind.FILE, GIVEN_UP, str(error).removeprefix(f"{GIVEN_UP}: "))
        return
    record, known = read.record, keyring.find(read.key_id)
    of = (manifest.worker.name, manifest.packet_id, findings.report.manifest_sha256, manifest.chain.sequence, manifest.worker.key_id)
    if (record.worker, record.packet_id, record.manifest_sha256, record.sequence, read.key_id) != of:
        findings.add(FaultKind.FILE, GIVEN_UP, "is of another packet, or signed by another key than the packet's manifest names")
    elif known is None:
        findings.add(FaultKind.KEY, read.key_id, f"signed {GIVEN_UP} and is not known; give its public key with --keys FILE")
    else:
        try:
            read.verify(known.key)
        except SignatureFault as error:
            findings.add(FaultKind.SIGNATURE, GIVEN_UP, str(error))
            return
        findings.given_up = True
        what = f"{', '.join(record.missing)} of its {record.files} files" if record.missing else f"its {record.files} files"
        findings.notes.append(
            f"was given up by its worker at {record.at.isoformat()} ({record.reason}): {what} ({record.bytes} bytes) are gone, "
            "its manifest keeps its place in the chain"
        )


def _signed_manifest(data: Any, findings: Findings) -> SignedManifest | None:
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
        elif fault := _fault_of_file(entries, packet, file) or _fault_of_descent(file, by_hash) or _fault_of_coded(entries, packet, file):
            findings.add(FaultKind.FILE, file.name, fault)
        else:
            findings.learn(files=findings.report.files + 1, bytes=findings.report.bytes + file.bytes)
    own = {MANIFEST, RECEIPT, MANIFEST_STAMP, GIVEN_UP, *(file.name for file in manifest.files)}
    strangers = [name for name in packet.names if name not in own and not re.fullmatch(rf"{KEYS}/[^/]+\.pub", name)]
    for name in strangers[:MOST_FAULTS]:
        findings.add(FaultKind.FILE, name, "lies in the packet, but the manifest does not name it")
    if len(strangers) > MOST_FAULTS:
        findings.add(FaultKind.FILE, packet.label, f"holds {len(strangers) - MOST_FAULTS} more files that the manifest does not name")


def _fault_of_file(entries: Entries, packet: PacketEntries, file: EvidenceFile) -> str | None:
    """Whether the file is there, byte for byte."""
    if file.name in (MANIFEST, RECEIPT, MANIFEST_STAMP, GIVEN_UP):
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


def _fault_of_coded(entries: Entries, packet: PacketEntries, file: EvidenceFile) -> str | None:
    """Whether a clip's coded pictures have the sum that its worker took of them as they came from the camera."""
    if file.coded_sha256 is None:
        return None
    try:
        found = coded_of(io.BytesIO(read_bytes(entries, packet.names[file.name], LARGEST_FILE_BYTES)), file.bytes, file.name).sha256
    except EntryFault as error:
        return str(error)
    except PacketError as error:
        return f"has no coded pictures that can be summed: {str(error).removeprefix(f'{file.name}: ')}"
    told = file.coded_sha256
    return None if found == told else f"holds other coded pictures than came from the camera: their sum is {found[:12]}…, the manifest says {told[:12]}…"


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
    try:
        moment = checked_stamp(read_bytes(entries, packet.names[MANIFEST_STAMP], LARGEST_STAMP_BYTES), manifest, roots)
    except (EntryFault, StampError) as error:
        findings.add(FaultKind.STAMP, MANIFEST_STAMP, str(error))
        return
    if moment is None:
        findings.notes.append("has a time stamp, which was not checked; give its authority's root certificate with --tsa FILE")
    else:
        findings.learn(stamped_at=moment.isoformat())
