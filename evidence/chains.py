"""What holds between packets: each worker's manifests are chained by hash, and so are the receipts in the API's log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from evidence.packet import Receipt
from evidence.report import Fault, FaultKind


@dataclass(frozen=True)
class Link:
    """A manifest's place in the chain of the key that signed it."""

    worker: str
    key_id: str
    sequence: int
    previous_sha256: str | None
    sha256: str


def beginning_faults(sequence: int, previous_sha256: str | None) -> Iterator[Fault]:
    """What a single manifest can tell: the first, and only the first, has no predecessor."""
    if sequence == 1 and previous_sha256 is not None:
        yield Fault(FaultKind.CHAIN, "chain.previous_sha256", "the first manifest of a chain has no predecessor, this one names one")
    if sequence > 1 and previous_sha256 is None:
        yield Fault(FaultKind.CHAIN, "chain.previous_sha256", f"is null, but manifest {sequence} has a predecessor")


def chain_faults(links: Iterable[Link], *, selection: bool = False) -> Iterator[Fault]:
    """Faults between the manifests of each chain.

    Args:
        selection: these are some packets of many, so that a gap is nothing to wonder at.
    """
    chains: dict[str, list[Link]] = defaultdict(list)
    for link in set(links):
        chains[link.key_id].append(link)
    for key_id, chain in sorted(chains.items()):
        chain.sort(key=lambda link: (link.sequence, link.sha256))
        yield from _faults_of_one(chain, f"{chain[0].worker} (key {key_id})", selection=selection)


def _faults_of_one(chain: list[Link], name: str, *, selection: bool) -> Iterator[Fault]:
    place = {link.sha256: link.sequence for link in chain}
    for one, following in pairwise(chain):
        where = f"{name} {following.sequence}"
        if one.sequence == following.sequence:
            yield Fault(FaultKind.CHAIN, where, f"two manifests have this number ({one.sha256[:12]}…, {following.sha256[:12]}…): the chain was forked")
        elif one.sequence + 1 < following.sequence and not selection:
            first, last = one.sequence + 1, following.sequence - 1
            missing = f"manifest {first} is missing" if first == last else f"the manifests {first} to {last} are missing"
            yield Fault(FaultKind.CHAIN, where, f"{missing} before it; if this is a selection of packets, say so with --selection")
        elif one.sequence + 1 == following.sequence and following.previous_sha256 != one.sha256:
            named = f"{following.previous_sha256[:12]}…" if following.previous_sha256 else "none"
            yield Fault(FaultKind.CHAIN, where, f"names {named} as its predecessor, but manifest {one.sequence} is {one.sha256[:12]}…")
    for link in chain:
        claimed = place.get(link.previous_sha256 or "")
        if claimed is not None and claimed != link.sequence - 1:
            yield Fault(FaultKind.CHAIN, f"{name} {link.sequence}", f"follows manifest {claimed} by hash; one of them has a wrong number")


def receipt_faults(receipts: Iterable[tuple[Receipt, str]]) -> Iterator[Fault]:
    """Faults between the receipts of each API's log, each with its hash. Gaps are usual: a log holds the packets of all workers."""
    logs: dict[str, dict[str, Receipt]] = defaultdict(dict)
    for receipt, sha256 in receipts:
        logs[receipt.signature.key_id][sha256] = receipt
    for key_id, log in sorted(logs.items()):
        ordered = sorted(log.items(), key=lambda item: (item[1].log_index, item[0]))
        for (sha256, one), (_, following) in pairwise(ordered):
            where = f"log of key {key_id}, entry {following.log_index}"
            if one.log_index == following.log_index:
                yield Fault(FaultKind.RECEIPT, where, "two receipts have this place in the log: the log was forked")
            elif one.log_index + 1 == following.log_index and following.previous_sha256 != sha256:
                yield Fault(FaultKind.RECEIPT, where, f"does not follow entry {one.log_index}: the hash of its predecessor is another")
