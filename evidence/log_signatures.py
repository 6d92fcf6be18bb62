"""Signatures over the entries of the API's log as an export holds them, one a line beside the log, in its order:

    {"key_id": "5cb8cf6e9a8e6356", "log_index": 813, "value": BASE64}

Each is over the entry's hash (`ed25519-sha256`, as a receipt's is), so that of a withheld entry is checked too. The export's statement says after which entry
they begin (`log.signed_after`); one of a version that did not sign entries says nothing of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field, ValidationError

from evidence.canonical import read_json
from evidence.entries import Entries, EntryFault, lines_of
from evidence.errors import CanonicalError, SignatureFault
from evidence.keyring import Keyring
from evidence.logs import MOST_LOG_FAULTS, LogRead
from evidence.model import KeyId, Strict, first_fault
from evidence.packet import ALGORITHM, Signature
from evidence.report import Fault, FaultKind

SIGNATURES_FILE = "log/signatures.jsonl"
LONGEST_LINE = 1000


class EntrySigned(Strict):
    """The signature over one entry."""

    log_index: Annotated[int, Field(ge=1)]
    key_id: KeyId
    value: Annotated[str, Field(max_length=200)]


def signature_faults(entries: Entries, path: str, log: LogRead, after: int, keyring: Keyring, signers: set[str]) -> Iterator[Fault]:
    """Entries after `after` that the API did not sign as they are, some of many; whoever put one into the database has no key. `signers` gets the keys."""
    found = _faults(entries, path, log, after, keyring, signers)
    for fault, _ in zip(found, range(MOST_LOG_FAULTS), strict=False):
        yield fault


def _faults(entries: Entries, path: str, log: LogRead, after: int, keyring: Keyring, signers: set[str]) -> Iterator[Fault]:
    if path not in entries.entries:
        yield Fault(FaultKind.LOG, path, f"is missing, though the export says that entries are signed from {after + 1} on")
        return
    waiting = iter(sorted(index for index in log.hashes if index > after))
    expected = next(waiting, None)
    try:
        for number, line in enumerate(lines_of(entries, path, LONGEST_LINE), 1):
            where = f"{path} line {number}"
            try:
                one = EntrySigned.model_validate(read_json(line, where))
            except ValidationError as error:
                yield Fault(FaultKind.LOG, where, f"is no signature over an entry: {first_fault(error)}")
                continue
            except CanonicalError as error:
                yield Fault(FaultKind.LOG, where, str(error).removeprefix(f"{where}: "))
                continue
            while expected is not None and expected < one.log_index:
                yield _unsigned(log, expected)
                expected = next(waiting, None)
            if expected != one.log_index:
                yield Fault(FaultKind.LOG, where, f"is over entry {one.log_index}, which is not here, was signed before, or is of before signatures began")
                continue
            signers.add(one.key_id)
            if (what := _fault_of(one, log.hashes[expected], keyring)) is not None:
                yield Fault(FaultKind.LOG, f"{log.path} entry {expected}", what)
            expected = next(waiting, None)
    except EntryFault as error:
        yield Fault(FaultKind.LOG, path, str(error))
        return
    while expected is not None:
        yield _unsigned(log, expected)
        expected = next(waiting, None)


def _unsigned(log: LogRead, index: int) -> Fault:
    return Fault(FaultKind.LOG, f"{log.path} entry {index}", "is signed by nobody: it was not written by the API")


def _fault_of(one: EntrySigned, sha256: str, keyring: Keyring) -> str | None:
    """Why a signature does not vouch for an entry; a key that is not known is told once, by whom it is used."""
    if (known := keyring.find(one.key_id)) is None:
        return None
    try:
        known.key.verify_digest(bytes.fromhex(sha256), Signature(algorithm=ALGORITHM, key_id=one.key_id, value=one.value))
    except (ValueError, SignatureFault) as error:
        return f"was not written by the API: {error}"
    return None


def unknown_signers(path: str, signers: Collection[str], keyring: Keyring) -> Iterator[Fault]:
    """Keys that signed entries and are not known."""
    for key_id in sorted(signers):
        if keyring.find(key_id) is None:
            yield Fault(FaultKind.KEY, key_id, f"signed entries in {path} and is not known; give the API's public key too")
