"""The API's log as an export holds it: one entry a line, each a JSON document with its number and the SHA-256 of the one before (of its canonical form).

An entry that the reader may not see is `{"log_index": …, "sha256": …, "withheld": true}`: its hash stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from evidence.canonical import canonical_json, read_json, sha256_hex
from evidence.entries import Entries, EntryFault, lines_of
from evidence.errors import CanonicalError
from evidence.packet import Receipt
from evidence.report import Fault, FaultKind
from evidence.signing import receipt_sha256

LOG_FILE = "log/log.jsonl"
LONGEST_LINE = 2**20
MOST_LOG_FAULTS = 50


@dataclass(slots=True)
class LogRead:
    """A log that was read: the hash of each entry, and of those that record an erasure the hash of its record."""

    path: str
    hashes: dict[int, str] = field(default_factory=dict)
    records: dict[int, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The number of the last entry; 0 of none."""
        return max(self.hashes, default=0)

    def add(self, where: str, what: str) -> None:
        """One more fault, within bounds."""
        if len(self.faults) < MOST_LOG_FAULTS:
            self.faults.append(Fault(FaultKind.LOG, where, what))


def read_log(entries: Entries, path: str) -> LogRead:
    """Reads a log and checks each link of its chain."""
    log = LogRead(path)
    previous: str | None = None
    expected: int | None = None
    try:
        for number, line in enumerate(lines_of(entries, path, LONGEST_LINE), 1):
            entry = _entry(log, line, f"{path} line {number}")
            if entry is None:
                previous, expected = None, None if expected is None else expected + 1
                continue
            index, sha256, document = entry
            if expected is not None and index != expected:
                log.add(f"{path} entry {index}", f"stands where entry {expected} should: an entry was removed, added or moved")
            if document is not None:
                named = document.get("previous_sha256")
                if index == 1 and named is not None:
                    log.add(f"{path} entry 1", "names a predecessor, and is the first")
                elif index > 1 and previous is not None and index == expected and named != previous:
                    log.add(f"{path} entry {index}", f"names {_short(named)} as its predecessor, but entry {index - 1} is {_short(previous)}: one was changed")
                if isinstance(document.get("record_sha256"), str):
                    log.records[index] = document["record_sha256"]
            if index in log.hashes:
                log.add(f"{path} entry {index}", "is there twice")
            log.hashes.setdefault(index, sha256)
            previous, expected = sha256, index + 1
    except EntryFault as error:
        log.add(path, str(error))
    if not log.hashes and not log.faults:
        log.add(path, "is empty")
    return log


def _entry(log: LogRead, line: bytes, where: str) -> tuple[int, str, dict[str, Any] | None] | None:
    """Number, hash and document of a line; no document where it is withheld."""
    try:
        document = read_json(line, where)
        sha256 = sha256_hex(canonical_json(document))
    except CanonicalError as error:
        log.add(where, str(error).removeprefix(f"{where}: "))
        return None
    if not isinstance(document, dict) or type(document.get("log_index")) is not int or document["log_index"] < 1:
        log.add(where, "is no entry of a log: it has no number")
        return None
    if document.get("withheld") is True:
        return document["log_index"], str(document.get("sha256")), None
    return document["log_index"], sha256, document


def receipts_in_log(log: LogRead, receipts: Iterable[tuple[str, Receipt]]) -> Iterator[Fault]:
    """Where a receipt that was given away is not the entry that the log holds in its place."""
    for where, receipt in receipts:
        held = log.hashes.get(receipt.log_index)
        if held is None:
            yield Fault(FaultKind.LOG, f"{log.path} entry {receipt.log_index}", f"is missing: {where} has a receipt for it")
        elif held != receipt_sha256(receipt):
            yield Fault(FaultKind.LOG, f"{log.path} entry {receipt.log_index}", f"is not what {where} has a receipt for: it was changed or replaced")


def _short(sha256: object) -> str:
    return f"{sha256[:12]}…" if isinstance(sha256, str) else "none"
