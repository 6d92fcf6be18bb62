"""What is found out about one packet on the way, and the documents in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from evidence.borne import Borne
from evidence.canonical import canonical_json, read_json
from evidence.chains import Link
from evidence.entries import Entries, EntryFault, read_bytes
from evidence.errors import CanonicalError
from evidence.packet import Receipt
from evidence.report import Fault, FaultKind, PacketReport

MANIFEST, RECEIPT, KEYS = "manifest.json", "receipt.json", "keys"
LARGEST_MANIFEST_BYTES = 8 * 2**20
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
    """What is found out about one packet on the way.

    Attributes:
        receipt: with `receipt_sha256`, the hash of the JSON that it was read from, as the API's log has it.
        vouched: whether the receipt is for this packet and well signed by a key that may be the API's.
        given_up: whether its worker signed that its files are gone.
        borne: what grade it bears, where it is vouched for.
    """

    report: PacketReport
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    link: Link | None = None
    receipt: Receipt | None = None
    receipt_sha256: str | None = None
    vouched: bool = False
    given_up: bool = False
    borne: Borne | None = None

    def add(self, kind: FaultKind, where: str, what: str) -> None:
        """One more fault."""
        self.faults.append(Fault(kind, where, what))

    def learn(self, **facts: Any) -> None:
        """One more fact of the report."""
        self.report = replace(self.report, **facts)


def read_document(entries: Entries, packet: PacketEntries, name: str, most_bytes: int, kind: FaultKind, findings: Findings) -> Any:
    """The JSON of a file of the packet; None with a fault where it is not to be had."""
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
