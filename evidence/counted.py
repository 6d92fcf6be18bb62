"""What workers' heads count, against an export of everything: a manifest that a head counts is in it, was deleted or given up with a record, or is missing.

One that the API's log calls missing (`chain_gap`), that may still be on its way, or whose worker's key was revoked since, is told; any other is a fault.

Whether it may be on its way is told by the API's clock: by when the head came, as the log has it (`worker_head`), and by when later manifests came. A
head's own time is its worker's, whose clock may be wrong; it counts only where no head of the chain stands in the log (a version made it that wrote none
down), and then not while something that it counts came within the day.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from evidence.chains import Link
from evidence.exports import Around
from evidence.heads import ON_THE_WAY, HeadRead
from evidence.keyring import Keyring
from evidence.logs import LOG_FILE, Gap, Reached
from evidence.report import Fault, FaultKind

Stretch = tuple[int, int]
"""Numbers of manifests, first and last."""
CLOCK_OFF = timedelta(hours=1)
"""A worker's clock that is off by so much is told."""
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
        made_at: when the export was made, by the API's clock.
        reached: what the log says of its heads.
        received: when manifests came, by their numbers.
    """

    heads: Sequence[HeadRead]
    places: frozenset[int]
    gaps: Sequence[Stretch]
    from_first: bool
    revoked_at: datetime | None
    made_at: datetime
    reached: Sequence[Reached] = ()
    received: Mapping[int, datetime] = field(default_factory=dict)


def counted(
    around: Around, chains: Mapping[str, Sequence[Link]], keyring: Keyring, received: Mapping[str, datetime] = MappingProxyType({})
) -> Iterator[Fault | str]:
    """What the heads of workers count and is not here: a fault, or a note where there is or may be a reason. Of a selection a note that nobody looked: it
    leaves packets out.

    Args:
        chains: by the key, the places of all manifests that are here, deleted or given up.
        received: when manifests came, by their SHA-256.
    """
    statement, log = around.statement, around.log
    if statement is None or log is None:
        return
    if not statement.selection.is_everything:
        if log.reached or any(one.head.chain == "worker" for one in around.heads):
            yield "what workers' heads count was not looked for in a selection of packets: an export of everything is held against them"
        return
    heads: dict[str, list[HeadRead]] = defaultdict(list)
    reached: dict[str, list[Reached]] = defaultdict(list)
    keys: dict[str | None, set[str]] = defaultdict(set)
    for worker, key_id in ((link.worker, link.key_id) for chain in chains.values() for link in chain):
        keys[worker].add(key_id)
    for one in around.heads:
        if one.head.chain == "worker":
            heads[one.head.key_id].append(one)
            keys[one.head.name].add(one.head.key_id)
    for told in log.reached:
        reached[told.key_id].append(told)
        keys[told.worker].add(told.key_id)
    gaps: dict[str, list[Gap]] = defaultdict(list)
    for gap in log.gaps.values():
        gaps[gap.key_id].append(gap)
    for key_id in sorted(gaps):
        yield from filled(log.path, gaps[key_id], sorted({link.sequence for link in chains.get(key_id, ())}))
    for key_id in sorted({*heads, *reached}):
        known, own, said, links = keyring.find(key_id), heads[key_id], reached[key_id], chains.get(key_id, ())
        yield from counted_of(
            ChainHere(
                heads=own,
                places=frozenset(link.sequence for link in links),
                gaps=[(gap.first, gap.last) for gap in gaps[key_id]],
                from_first=keys[own[0].head.name if own else said[0].worker] == {key_id},
                revoked_at=None if known is None else known.until,
                made_at=statement.moment,
                reached=said,
                received={link.sequence: received[link.sha256] for link in links if link.sha256 in received},
            )
        )


def filled(where: str, gaps: Iterable[Gap], places: Sequence[int]) -> Iterator[Fault]:
    """Manifests of which the log says that they had not come and later that they had, and that are not here; `places` that are, in order."""
    for gap in gaps:
        here = places[bisect_left(places, gap.first) : bisect_right(places, gap.last)]
        missing = uncovered(gap.first, gap.last, [(place, place) for place in here])
        back = [place for place in sorted(gap.filled) if _within(missing, place, place)]
        if gap.left is not None and _count(missing) > gap.left:
            came = gap.last - gap.first + 1 - gap.left
            what = f"says that of the manifests {gap.first} to {gap.last}, which were missing by entry {gap.index}, {came} had come, but {_named(missing)}"
            yield Fault(FaultKind.LOG, f"{where} entry {max(gap.filled.values())}", what)
        elif back:
            yield Fault(FaultKind.LOG, f"{where} entry {gap.filled[back[0]]}", f"says that manifest {back[0]} came after all, but it is not here")


def counted_of(chain: ChainHere) -> Iterator[Fault | str]:
    """As `counted`, of one chain."""
    first = 1 if chain.from_first else min(chain.places, default=None)
    if first is None:
        return
    yield from _clock_notes(chain)
    last, settled = max(_words(chain), key=lambda word: word.index), _settled(chain)
    known = [(place, place) for place in chain.places]
    not_here = uncovered(first, last.index, known)
    missing = uncovered(first, last.index, [*known, *chain.gaps])
    if told := _count(not_here) - _count(missing):
        yield f"{last.where} counts {told} manifest{'' if told == 1 else 's'} that the API's log calls missing (chain_gap)"
    if missing and chain.revoked_at is not None:
        yield f"{last.where} counts {last.index}; {_named(missing)}: its key was revoked at {chain.revoked_at.isoformat()}, nothing was taken then"
        return
    index = 0 if settled is None else settled.index
    if settled is not None and (lost := _within(missing, first, index)):
        why = "the chain was cut off" if lost[-1][1] == index and max(chain.places, default=0) < index else "taken out, or lost"
        what = f"says that there were {index} by {settled.at.isoformat()}, but {_named(lost)}, and the log tells of no gap there: {why}"
        yield Fault(FaultKind.HEAD, settled.where, what)
    if late := _within(missing, index + 1, last.index):
        yield f"{last.where} counts {last.index}; {_named(late)}: on the way, it may be, when the export was made"


@dataclass(frozen=True, slots=True)
class _Word:
    """That there were so many manifests at a moment."""

    where: str
    index: int
    at: datetime


def _words(chain: ChainHere) -> list[_Word]:
    """What heads say by their workers' clocks, and the log by the API's; of the same, the head first."""
    return [_Word(one.where, one.head.index, one.head.at) for one in chain.heads] + [_Word(LOG_FILE, one.index, one.came_at) for one in chain.reached]


def _settled(chain: ChainHere) -> _Word | None:
    """What counts most of what is old enough that nothing it counts is on its way."""
    if chain.reached:
        words = [_Word(_where(chain, one.index), one.index, one.came_at) for one in chain.reached]
    else:
        fresh = min((index for index, at in chain.received.items() if chain.made_at - at <= ON_THE_WAY), default=None)
        words = [_Word(one.where, one.head.index, one.head.at) for one in chain.heads if fresh is None or one.head.index < fresh]
    words += [_Word(_where(chain, index), index, at) for index, at in chain.received.items()]
    return max((word for word in words if chain.made_at - word.at > ON_THE_WAY), key=lambda word: word.index, default=None)


def _where(chain: ChainHere, index: int) -> str:
    """The head that counts so many, or the first that counts more; the log, where no head does."""
    return min(((one.head.index, one.where) for one in chain.heads if one.head.index >= index), default=(0, LOG_FILE))[1]


def _clock_notes(chain: ChainHere) -> Iterator[str]:
    """How far the worker's clock was off when its head came, at most; of several heads the one that was off most."""
    worst = max(chain.reached, key=lambda one: abs(one.came_at - one.head_at), default=None)
    if worst is None or abs(off := worst.came_at - worst.head_at) < CLOCK_OFF:
        return
    way = "behind the API's, or its head waited so long" if off > timedelta(0) else "ahead of the API's"
    told = f"its head of {worst.index} manifests, of {worst.head_at.isoformat()} by it, came at {worst.came_at.isoformat()}"
    yield f"the clock of the worker {worst.worker} was {abs(off).total_seconds() / 3600:.1f} h {way}: {told}; nothing here is judged by it"


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
