"""What the API's log says of workers' heads (`worker_head`: number and hash of a manifest) against an export's manifests and heads, of a selection too.

A head that came is overwritten by the next one of its day; its entry in the log stays. So a chain that was written anew after a head of it was given away
does not fit the log, even where every head that goes along does. And every export with the log writes down first how far each chain reached: a head that
counts more was kept from the log, unless it came while the export was made (a former version took such a head along), or the log is of a backup from before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from evidence.chains import Link
from evidence.exports import Around
from evidence.heads import ON_THE_WAY, HeadRead
from evidence.keyring import Keyring
from evidence.logs import LogRead, Reached
from evidence.report import Fault, FaultKind

REWRITTEN = "the chain was rewritten"


def reached_faults(around: Around, chains: Mapping[str, Sequence[Link]], keyring: Keyring) -> Iterator[Fault]:
    """Where the log's entries for heads contradict the manifests that are here, each other, or the heads that go along.

    Args:
        chains: by the key, the places of all manifests that are here, deleted or given up.
    """
    log = around.log
    if log is None:
        return
    heads: dict[str, list[HeadRead]] = defaultdict(list)
    for head in around.heads:
        if head.head.chain == "worker":
            heads[head.head.key_id].append(head)
    said: dict[str, list[Reached]] = defaultdict(list)
    for one in log.reached:
        said[one.key_id].append(one)
    for key_id, own in sorted(said.items()):
        yield from _rewritten(log.path, own, heads[key_id], chains.get(key_id, ()))
        known = keyring.find(key_id)
        if around.statement is not None and (known is None or known.until is None):  # nothing by a revoked key was taken any more
            yield from _beyond(log, own, heads[key_id], around.statement.moment)


def _rewritten(path: str, said: Sequence[Reached], heads: Sequence[HeadRead], links: Sequence[Link]) -> Iterator[Fault]:
    held = {link.sequence: link.sha256 for link in links}
    named = {link.sequence: link.previous_sha256 for link in links}
    told = {(one.head.index, one.head.sha256) for one in heads}
    first = {one.head.index: (one.head.sha256, one.where) for one in heads}
    for one in said:
        where = f"{path} entry {one.log_index}"
        other = first.setdefault(one.index, (one.sha256, where))
        if (one.index, one.sha256) in told:  # the head is held against the chain by itself
            continue
        here = held.get(one.index)
        if here is not None and here != one.sha256:
            yield Fault(FaultKind.HEAD, where, f"says that manifest {one.index} is {_short(one.sha256)}, but it is {_short(here)}: {REWRITTEN}")
        elif here is None and named.get(one.index + 1, one.sha256) != one.sha256:
            what = f"says that manifest {one.index} is {_short(one.sha256)}, but the one after it follows another: {REWRITTEN}"
            yield Fault(FaultKind.HEAD, where, what)
        elif other[0] != one.sha256:
            yield Fault(FaultKind.HEAD, where, f"gives manifest {one.index} another hash than {other[1]}: the chain was forked")


def _beyond(log: LogRead, said: Sequence[Reached], heads: Sequence[HeadRead], made_at: datetime) -> Iterator[Fault]:
    """The first head that the log should have known and did not; its worker's clock is believed as far as it was off when the last one came."""
    furthest, last = max(said, key=lambda one: one.index), said[-1]
    behind = max(timedelta(0), last.came_at - last.head_at)
    restored = max((_moment(at) for _, _, at in log.restores), default=None)
    for one in sorted(heads, key=lambda one: (one.head.index, one.head.at)):
        came = one.head.at + behind
        if one.head.index <= furthest.index or made_at - came <= ON_THE_WAY or (restored is not None and came <= restored):
            continue
        what = f"counts {one.head.index}, but the log says of no head after {furthest.index} (entry {furthest.log_index}): it was kept from the log"
        yield Fault(FaultKind.HEAD, one.where, what)
        return


def _moment(told: str) -> datetime:
    """A time of the log; one that is none excuses nothing."""
    least = datetime.min.replace(tzinfo=UTC)
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return least
    return moment if moment.tzinfo is not None else least


def _short(sha256: str) -> str:
    return f"{sha256[:12]}…"
