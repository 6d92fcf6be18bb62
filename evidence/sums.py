"""`SHA256SUMS` of an export: every file but the signed statement and itself by its SHA-256, as `sha256sum -c` reads it. The statement names its own SHA-256."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from evidence.entries import Entries, EntryFault, grown, lines_of, sha256_of
from evidence.report import Fault, FaultKind

SUMS = "SHA256SUMS"
LONGEST_SUM = 1000
LARGEST_SUMS_BYTES = 2**30
LARGEST_LISTED_BYTES = 32 * 2**30
"""Of one listed file: a city's log."""
MOST_SUM_FAULTS = 50
_LINE = re.compile(rb"([0-9a-f]{64})  ([\x20-\x7e]+)\n?")


@dataclass(slots=True)
class Sums:
    """The list as it was read: `listed` is path within the export → SHA-256."""

    path: str
    sha256: str
    listed: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def sum_line(sha256: str, path: str) -> bytes:
    """A line of the list."""
    return f"{sha256}  {path}\n".encode()


def read_sums(entries: Entries, path: str) -> Sums | None:
    """Reads the list; None where there is none."""
    if path not in entries.entries:
        return None
    sums = Sums(path, "")
    try:
        sums.sha256 = sha256_of(entries, path, grown(entries, LARGEST_SUMS_BYTES, LONGEST_SUM))
        for number, line in enumerate(lines_of(entries, path, LONGEST_SUM), 1):
            told = _LINE.fullmatch(line)
            if told is None or (name := told[2].decode()) in sums.listed:
                sums.faults.append(Fault(FaultKind.EXPORT, f"{path} line {number}", "is no SHA-256 and file, or names a file twice"))
                break
            sums.listed[name] = told[1].decode()
    except EntryFault as error:
        sums.faults.append(Fault(FaultKind.EXPORT, path, str(error)))
    return sums


def sum_faults(entries: Entries, sums: Sums, prefix: str, own: Collection[str], told: Collection[str]) -> Iterator[Fault]:
    """Where the files that are here are not those that were listed.

    Args:
        prefix: of the export within the entries; what lies outside of it belongs to no export.
        own: paths that need not be listed: the statement, the list, time stamps that were put beside documents later.
        told: paths with a fault of their own already.
    """
    yield from _bounded(_changed(entries, sums.listed, sums.path, prefix, told))
    strangers = (path for path in sorted(entries.entries) if path not in own and (not path.startswith(prefix) or path[len(prefix) :] not in sums.listed))
    yield from _bounded(Fault(FaultKind.FILE, path, "lies in the export, but nothing names it") for path in strangers if path not in told)


def _changed(entries: Entries, listed: Mapping[str, str], where: str, prefix: str, told: Collection[str]) -> Iterator[Fault]:
    for name, sha256 in listed.items():
        path = prefix + name
        if path in told:
            continue
        if path not in entries.entries:
            yield Fault(FaultKind.EXPORT, path, f"is missing: {where} lists it")
            continue
        try:
            found = sha256_of(entries, path, LARGEST_LISTED_BYTES)
        except EntryFault as error:
            yield Fault(FaultKind.EXPORT, path, str(error))
            continue
        if found != sha256:
            yield Fault(FaultKind.EXPORT, path, f"was changed: its SHA-256 is {found[:12]}…, {where} says {sha256[:12]}…")


def _bounded(faults: Iterator[Fault]) -> Iterator[Fault]:
    """The first of many, and how many more there are."""
    more = 0
    for count, fault in enumerate(faults):
        if count < MOST_SUM_FAULTS:
            yield fault
        else:
            more += 1
    if more:
        yield Fault(FaultKind.EXPORT, "", f"{more} more files are not as they were listed")
