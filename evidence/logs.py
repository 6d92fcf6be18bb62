"""The API's log as an export holds it: one entry a line, each a JSON document with its number and the SHA-256 of the one before (of its canonical form).

An entry that the reader may not see is `{"log_index": …, "sha256": …, "withheld": true}`: its hash stands for it. Only entries that the export's signed
statement names may be withheld. Numbers go up by one; only after a restore from a backup an entry (`"event": "restored"`) may stand further on: it names the
entry that it follows by number (`former_index`) and hash, and what the API had numbered in between is not in the log any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, ValidationError

from evidence.canonical import SHA256, canonical_json, read_json, sha256_hex
from evidence.entries import Entries, EntryFault, lines_of
from evidence.errors import CanonicalError
from evidence.model import KeyId, Moment, Sha256, Strict, first_fault
from evidence.packet import CASELESS_SCHEMA, RECEIPT_SCHEMA
from evidence.report import Fault, FaultKind

LOG_FILE = "log/log.jsonl"
LONGEST_LINE = 2**20
MOST_LOG_FAULTS = 50


class Reached(Strict):
    """How many manifests a worker's chain had and the hash of the last, as the API wrote down when a head of it came (`came_at`, by the API's clock; `head_at`
    by the worker's). `log_index` is the entry's own number.
    """

    log_index: int
    worker: str
    key_id: KeyId
    index: Annotated[int, Field(ge=1)]
    sha256: Sha256
    came_at: Moment
    head_at: Moment


@dataclass(slots=True)
class Gap:
    """Manifests of which the API wrote down that they had not come.

    Attributes:
        index: of the entry that says so.
        first, last: their numbers.
        filled: those that came later, each the last of a part of it, by the number of the entry that says so.
        left: how many had not come by the last of these; None where the version that wrote it did not say.
    """

    index: int
    key_id: str
    first: int
    last: int
    filled: dict[int, int] = field(default_factory=dict)
    left: int | None = None


@dataclass(slots=True)
class LogRead:
    """A log that was read.

    Attributes:
        hashes: of each entry by its number.
        records: of each entry that records an erasure, the hash of its record.
        withheld: numbers of the entries of which only the hash is here.
        manifests: of each entry that is a receipt, the SHA-256 of the manifest that came.
        received: of each such entry, when that was.
        cases: of each such entry that names it, the case that the manifest came to.
        gaps: by the numbers of their entries, what workers' chains missed.
        reached: how far workers' chains reached, in the log's order.
        restores: numbers after which, and before which, a restore left none, and when that was.
    """

    path: str
    hashes: dict[int, str] = field(default_factory=dict)
    records: dict[int, str] = field(default_factory=dict)
    withheld: set[int] = field(default_factory=set)
    manifests: dict[int, str] = field(default_factory=dict)
    received: dict[int, datetime] = field(default_factory=dict)
    cases: dict[int, str] = field(default_factory=dict)
    gaps: dict[int, Gap] = field(default_factory=dict)
    reached: list[Reached] = field(default_factory=list)
    restores: list[tuple[int, int, str]] = field(default_factory=list)
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
    before = 0
    try:
        for number, line in enumerate(lines_of(entries, path, LONGEST_LINE), 1):
            entry = _entry(log, line, f"{path} line {number}")
            if entry is None:
                previous, expected = None, None if expected is None else expected + 1
                continue
            index, sha256, document = entry
            if expected is not None and document is not None and _restored(document, expected - 1):
                log.restores.append((expected - 1, index, str(document.get("at"))))
                expected = index
            if expected is not None and index != expected:
                log.add(f"{path} entry {index}", f"stands where entry {expected} should: an entry was removed, added or moved")
            if document is None:
                log.withheld.add(index)
            else:
                named = document.get("previous_sha256")
                if index == 1 and named is not None:
                    log.add(f"{path} entry 1", "names a predecessor, and is the first")
                elif index > 1 and previous is not None and index == expected and named != previous:
                    log.add(f"{path} entry {index}", f"names {_short(named)} as its predecessor, but entry {before} is {_short(previous)}: one was changed")
                if isinstance(document.get("record_sha256"), str):
                    log.records[index] = document["record_sha256"]
                if document.get("schema") in (RECEIPT_SCHEMA, CASELESS_SCHEMA) and isinstance(document.get("manifest_sha256"), str):
                    _take_receipt(log, document, f"{path} entry {index}")
                if document.get("event") == "chain_gap":
                    _take_gap(log, document)
                elif document.get("event") == "chain_filled":
                    _take_filled(log, document)
                elif document.get("event") == "worker_head":
                    _take_reached(log, document, f"{path} entry {index}")
            if index in log.hashes:
                log.add(f"{path} entry {index}", "is there twice")
            log.hashes.setdefault(index, sha256)
            previous, expected, before = sha256, index + 1, index
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
    if "withheld" not in document:
        return document["log_index"], sha256, document
    hidden = document.get("sha256")
    if (
        document["withheld"] is not True
        or document.keys() != {"log_index", "sha256", "withheld"}
        or not isinstance(hidden, str)
        or not SHA256.fullmatch(hidden)
    ):
        log.add(f"{log.path} entry {document['log_index']}", "is neither an entry nor the hash of one that is withheld")
    return document["log_index"], str(hidden), None


def _take_receipt(log: LogRead, document: Mapping[str, Any], where: str) -> None:
    index = document["log_index"]
    log.manifests[index] = document["manifest_sha256"]
    if isinstance(document.get("case_id"), str):
        log.cases[index] = document["case_id"]
    elif document["schema"] == RECEIPT_SCHEMA:
        log.add(where, "does not say to which case its manifest came")
    try:
        received_at = datetime.fromisoformat(str(document.get("received_at")))
    except ValueError:
        received_at = None
    if received_at is None or received_at.tzinfo is None:
        log.add(where, "does not say when its manifest came")
    else:
        log.received[index] = received_at


def _take_gap(log: LogRead, document: Mapping[str, Any]) -> None:
    key_id, first, last = (document.get(name) for name in ("key_id", "first", "last"))
    if isinstance(key_id, str) and type(first) is int and type(last) is int:
        log.gaps[document["log_index"]] = Gap(document["log_index"], key_id, first, last)


def _take_filled(log: LogRead, document: Mapping[str, Any]) -> None:
    index, place, left = (document.get(name) for name in ("gap_index", "last_filled", "left"))
    gap = log.gaps.get(index) if type(index) is int else None
    if gap is None or gap.key_id != document.get("key_id") or type(place) is not int:
        return
    gap.filled[place] = document["log_index"]
    gap.left = left if type(left) is int else None


def _take_reached(log: LogRead, document: Mapping[str, Any], where: str) -> None:
    try:
        log.reached.append(Reached.model_validate({name: document.get(name) for name in Reached.model_fields}))
    except ValidationError as error:
        log.add(where, f"does not say how far a worker's chain reached: {first_fault(error)}")


def _restored(document: Mapping[str, Any], before: int) -> bool:
    """Whether an entry says that a backup was restored that ended with the entry before it."""
    return document.get("event") == "restored" and document.get("former_index") == before and document["log_index"] > before


def restore_notes(log: LogRead) -> Iterator[str]:
    """What is to be known of restores: what the API had logged in between is in no log any more, decisions too."""
    for before, after, at in log.restores:
        yield f"{log.path}: a backup was restored at {at} (entry {after}): what was logged after entry {before} until then is not in the log any more"


def withheld_faults(log: LogRead, told: Collection[int]) -> Iterator[Fault]:
    """Entries whose content is not here, and of which no signed statement says that it was left out."""
    for index in sorted(log.withheld - set(told))[:MOST_LOG_FAULTS]:
        yield Fault(FaultKind.LOG, f"{log.path} entry {index}", "was taken out, and only its hash left: the export does not say that it is withheld")


def receipts_in_log(log: LogRead, receipts: Iterable[tuple[str, int, str]]) -> Iterator[Fault]:
    """Where a receipt that was given away is not the entry that the log holds in its place.

    Args:
        receipts: of each where it lies, its number in the log, and its hash.
    """
    for where, index, sha256 in receipts:
        held = log.hashes.get(index)
        entry = f"{log.path} entry {index}"
        if held is None and any(before < index < after for before, after, _ in log.restores):
            yield Fault(FaultKind.LOG, entry, f"was lost when a backup was restored: {where} has a receipt for it; its worker brings it again")
        elif held is None:
            yield Fault(FaultKind.LOG, entry, f"is missing: {where} has a receipt for it")
        elif held != sha256:
            yield Fault(FaultKind.LOG, entry, f"is not what {where} has a receipt for: it was changed or replaced")


def _short(sha256: object) -> str:
    return f"{sha256[:12]}…" if isinstance(sha256, str) else "none"
