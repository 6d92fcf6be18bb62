"""What verifying answers: for each packet, and for the whole, what fails and what is to be known. Plain values, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

LONGEST_TEXT = 300


class FaultKind(StrEnum):
    """What sort of thing fails."""

    FILE = "file"
    FIELD = "field"
    CHAIN = "chain"
    SIGNATURE = "signature"
    KEY = "key"
    RECEIPT = "receipt"
    HEAD = "head"
    LOG = "log"
    EXPORT = "export"
    STAMP = "stamp"


@dataclass(frozen=True)
class Fault:
    """One thing that fails: `where` is the file, field, link or key."""

    kind: FaultKind
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind.value} {printable(self.where, LONGEST_TEXT // 2)}: {printable(self.what)}"


@dataclass(frozen=True)
class PacketReport:
    """One packet.

    Attributes:
        path: its folder within what was verified, or the name of that.
        files: how many of its files were found as the manifest says; `files_named` is how many it names, `withheld` how many of these an
            export says it does not hold.
    """

    path: str
    packet_id: str | None = None
    act_id: str | None = None
    phase: str | None = None
    kind: str | None = None
    camera: str | None = None
    worker: str | None = None
    key_id: str | None = None
    sequence: int | None = None
    manifest_sha256: str | None = None
    files: int = 0
    files_named: int = 0
    withheld: int = 0
    bytes: int = 0
    received_at: str | None = None
    log_index: int | None = None
    stamped_at: str | None = None
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing of it fails by itself; its chain is judged in the report of the whole."""
        return not self.faults


@dataclass(frozen=True)
class Report:
    """All that was verified.

    Attributes:
        keys: `given` by the caller; only found `beside` the packets, which proves no identity; or `none`.
        faults: what fails between packets (chains, the API's log), or in the folder or archive as a whole.
    """

    path: str
    keys: Literal["given", "beside", "none"]
    packets: tuple[PacketReport, ...]
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing fails."""
        return not self.faults and all(packet.ok for packet in self.packets)

    def all_faults(self) -> Iterator[tuple[str, Fault]]:
        """Every fault with the packet (or the whole) that it belongs to."""
        for packet in self.packets:
            yield from ((packet.path, fault) for fault in packet.faults)
        yield from ((self.path, fault) for fault in self.faults)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON data."""
        packets = [{"ok": packet.ok, **_plain(asdict(packet))} for packet in self.packets]
        return {"ok": self.ok, **_plain(asdict(self)), "packets": packets}


def printable(text: str, most: int = LONGEST_TEXT) -> str:
    """Text from a stranger's file as it may go to a terminal: control signs and broken characters escaped, length bounded."""
    safe = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text[:most])
    return safe if len(text) <= most else f"{safe}…"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
