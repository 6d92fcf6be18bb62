"""Whose key signs what. A worker's key signs manifests and heads of its chain; receipts, statements, deletions and heads of the log are the case API's.

A key file says whose a key is. Of a key without a role only what it signs can tell: one that signs for a worker signs nothing of the API's, and where keys
have no role, all that is the API's must be by one of them, so that no other can pass for it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from evidence.keyring import Keyring
from evidence.report import Fault, FaultKind


@dataclass(frozen=True, slots=True)
class SignedByApi:
    """A document that the API must have signed, and the key that did; `kind` is the fault's if another did."""

    kind: FaultKind
    where: str
    key_id: str

    def fault(self, what: str) -> Fault:
        """A fault of this document."""
        return Fault(self.kind, self.where, what)


def fault_of_signer(key_id: str, keyring: Keyring, workers: Collection[str], api: Collection[str]) -> str | None:
    """Why a key cannot be the API's.

    Args:
        workers: ids of the keys that sign for workers here.
        api: ids of the keys that sign for the API here.
    """
    known = keyring.find(key_id)
    if known is None or known.role == "api":
        return None
    if known.role == "worker":
        return f"is signed by the key {key_id}, which is a worker's, not an API's"
    if key_id in workers:
        return f"is signed by the key {key_id}, which also signs manifests: no API's key does"
    others = sorted(set(api) - {key_id})
    if others:
        return f"is signed by the key {key_id}, and others by {others[0]}: which is the API's is not known; say whose the keys are in the file of keys"
    return None
