"""What workers' heads count, against an export of everything: a manifest that a head counts is in it, was deleted or given up with a record, or is missing.

One that the API's log calls missing (`chain_gap`), that may still be on its way, or whose worker's key was revoked since, is told; any other is a fault.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.chains import Link
from evidence.exports import Around
from evidence.heads import ON_THE_WAY, HeadRead
from evidence.keyring import Keyring
from evidence.report import Fault, FaultKind

Stretch = tuple[int, int]
"""Numbers of manifests, first and last."""
MOST_STRETCHES = 5
"""So many are named; the others are counted."""


@dataclass(frozen=True)
class ChainHere:
    """What an export of everything holds of one chain.

    Attributes:
        heads: of this chain, at least one.
        places: numbers of the manifests that are here, deleted or given up.
        gaps: what the log calls missing.
        from_first: whether the key began with manifest 1; else it went on with another key's chain, from its first manifest that is here.
        revoked_at: when the key was revoked: nothing by it was taken any more.
        made_at: when the export was made.
    """

    heads: Sequence[HeadRead]
    places: frozenset[int]
    gaps: Sequence[Stretch]
    from_first: bool
    revoked_at: datetime | None
    made_at: datetime


def counted(around: Around, chains: Mapping[str, Sequence[Link]], keyring: Keyring) -> Iterator[Fault | str]:
    """What the heads of workers count and is not here: a fault, or a note where there is or may be a reason. Of a selection nothing: it leaves packets out.

    Args:
        chains: by the key, the places of all manifests that are here, deleted or given up.
    """
    statement, log = around.statement, around.log
    if statement is None or log is None or not statement.selection.is_everything:
        return
    heads: dict[str, list[HeadRead]] = defaultdict(list)
    keys: dict[str | None, set[str]] = defaultdict(set)
    for worker, key_id in ((link.worker, link.key_id) for chain in chains.values() for link in chain):
        keys[worker].add(key_id)
    for one in around.heads:
        if one.head.chain == "worker":
            heads[one.head.key_id].append(one)
            keys[one.head.name].add(one.head.key_id)
    for key_id, own in sorted(heads.items()):
        known = keyring.find(key_id)
        yield from counted_of(
            ChainHere(
                heads=own,
                places=frozenset(link.sequence for link in chains.get(key_id, ())),
                gaps=log.gaps.get(key_id, ()),
                from_first=keys[own[0].head.name] == {key_id},
                revoked_at=None if known is None else known.until,
                made_at=statement.moment,
            )
        )


def counted_of(chain: ChainHere) -> Iterator[Fault | str]:
    """As `counted`, of one chain."""
    first = 1 if chain.from_first else min(chain.places, default=None)
    if first is None:
        return
    last, old = _furthest(chain.heads), _furthest([one for one in chain.heads if chain.made_at - one.head.at > ON_THE_WAY])
    assert last is not None
    known = [(place, place) for place in chain.places]
    not_here = uncovered(first, last.head.index, known)
    missing = uncovered(first, last.head.index, [*known, *chain.gaps])
    if told := _count(not_here) - _count(missing):
        yield f"{last.where} counts {told} manifest{'' if told == 1 else 's'} that the API's log calls missing (chain_gap)"
    if missing and chain.revoked_at is not None:
        yield f"{last.where} counts {last.head.index}; {_named(missing)}: its key was revoked at {chain.revoked_at.isoformat()}, nothing was taken then"
        return
    settled = 0 if old is None else old.head.index
    if old is not None and (lost := _within(missing, first, settled)):
        why = "the chain was cut off" if lost[-1][1] == settled and max(chain.places, default=0) < settled else "taken out, or lost"
        what = f"says that there were {settled} by {old.head.at.isoformat()}, but {_named(lost)}, and the log tells of no gap there: {why}"
        yield Fault(FaultKind.HEAD, old.where, what)
    if late := _within(missing, settled + 1, last.head.index):
        yield f"{last.where} counts {last.head.index}; {_named(late)}: on the way, it may be, when the export was made"


def uncovered(first: int, last: int, known: Iterable[Stretch]) -> list[Stretch]:
    """What is left of the places from first to last without those that are known."""
    found: list[Stretch] = []
    for start, end in sorted(known):
        if start > last:
            break
        if start > first:
            found.append((first, start - 1))
        first = max(first, end + 1)
    return [*found, (first, last)] if first <= last else found


def _furthest(heads: Sequence[HeadRead]) -> HeadRead | None:
    """The head that counts most; of equals the one that is named first."""
    return max(heads, key=lambda one: one.head.index, default=None)


def _within(stretches: Iterable[Stretch], first: int, last: int) -> list[Stretch]:
    return [(max(start, first), min(end, last)) for start, end in stretches if start <= last and end >= first]


def _count(stretches: Iterable[Stretch]) -> int:
    return sum(end - start + 1 for start, end in stretches)


def _named(stretches: Sequence[Stretch]) -> str:
    """As in `the manifests 2, 5 to 7 are not here`."""
    shown = [str(start) if start == end else f"{start} to {end}" for start, end in stretches[:MOST_STRETCHES]]
    more = f" and {len(stretches) - MOST_STRETCHES} stretches more" if len(stretches) > MOST_STRETCHES else ""
    one = _count(stretches) == 1
    return f"{'manifest' if one else 'the manifests'} {', '.join(shown)}{more} {'is' if one else 'are'} not here"
