"""The check of a packet's receipt: the case API's signed word on when a manifest came, and its place in the API's log."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from evidence.canonical import canonical_json, sha256_hex
from evidence.entries import Entries
from evidence.errors import SignatureFault
from evidence.findings import MOST_FAULTS, RECEIPT, Findings, PacketEntries, read_document
from evidence.keyring import Keyring, KnownKey
from evidence.model import all_faults
from evidence.packet import Receipt
from evidence.report import FaultKind
from evidence.signing import receipt_document, verify_receipt_json

LARGEST_RECEIPT_BYTES = 64 * 2**10
MISSING = "is missing: no case API vouches for when the packet came, and a chain that its worker signed anew would not show"


def check_receipt(entries: Entries, packet: PacketEntries, sha256: str | None, keyring: Keyring, findings: Findings, *, unreceipted: bool) -> None:
    """Checks the receipt for the manifest of this hash.

    Args:
        unreceipted: a packet that has none is none to wonder at.
    """
    if RECEIPT not in packet.names:
        if not unreceipted:
            findings.add(FaultKind.RECEIPT, RECEIPT, f"{MISSING} (outside of exports --unreceipted says that it was not delivered yet)")
        return
    data = read_document(entries, packet, RECEIPT, LARGEST_RECEIPT_BYTES, FaultKind.RECEIPT, findings)
    if data is None:
        return
    try:
        receipt = Receipt.model_validate(data)
    except ValidationError as error:
        for where, what in all_faults(error)[:MOST_FAULTS]:
            findings.add(FaultKind.RECEIPT, f"{RECEIPT} {where}", what)
        return
    findings.receipt, findings.receipt_sha256 = receipt, sha256_hex(canonical_json(receipt_document(data)))
    findings.learn(received_at=receipt.received_at.isoformat(), log_index=receipt.log_index)
    before = len(findings.faults)
    if sha256 is not None and receipt.manifest_sha256 != sha256:
        findings.add(FaultKind.RECEIPT, RECEIPT, f"is for the manifest {receipt.manifest_sha256[:12]}…, this one is {sha256[:12]}…")
    if (receipt.log_index == 1) != (receipt.previous_sha256 is None):
        findings.add(FaultKind.RECEIPT, RECEIPT, "the first entry of a log has no predecessor, every other has one")
    _check_signature(data, receipt, keyring, findings)
    findings.vouched = len(findings.faults) == before


def _check_signature(data: Any, receipt: Receipt, keyring: Keyring, findings: Findings) -> None:
    known = keyring.find(receipt.signature.key_id)
    if known is None:
        findings.add(FaultKind.RECEIPT, RECEIPT, f"is signed by the key {receipt.signature.key_id}, which is not known; give the API's public key too")
        return
    if known.role == "worker":
        findings.add(FaultKind.RECEIPT, RECEIPT, f"is signed by the key {receipt.signature.key_id}, which is a worker's, not an API's")
    try:
        verify_receipt_json(data, known.key)
    except SignatureFault as error:
        findings.add(FaultKind.RECEIPT, RECEIPT, str(error))


def check_revocation(known: KnownKey | None, findings: Findings) -> None:
    """Whether a packet by a key that was revoked came before: only the API's clock tells that, since whoever stole the key sets the worker's."""
    if known is None or known.until is None:
        return
    receipt = findings.receipt if findings.vouched else None
    if receipt is None:
        findings.add(FaultKind.KEY, known.key.key_id, f"was revoked at {known.until.isoformat()}, and no good receipt says that the packet came before")
    elif receipt.received_at >= known.until:
        came = receipt.received_at.isoformat()
        findings.add(
            FaultKind.KEY, known.key.key_id, f"was revoked at {known.until.isoformat()}, and the packet came at {came}: it may be by whoever stole the key"
        )
