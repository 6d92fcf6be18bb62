"""Which pictures an epoch shows: so many of each sort, whatever their numbers on disk.

An epoch is a fixed count of pictures, so that a checkpoint is due after the same work whatever lies in the folder, and rendered pictures or
copies cannot outweigh the photographs by being many. Within a sort pictures come in an order that is drawn anew whenever all have been
shown; the order is a function of seed and epoch alone, so a run that was cut off sees what it would have seen.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from models.classes import SELLING
from models.errors import TrainingError

PREFIXES = (("half_", "small"), ("third_", "small"), ("rendered", "rendered"))
"""What a file's name begins with, by `models.training.pictures` → its sort."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How the pictures of an epoch are shared among the sorts; a sort without pictures leaves its share to the others.

    Shares(rendered=0.0)  # photographs, kinds and small copies only

    Attributes:
        photographs: in which everything that sells is boxed, and a user's own pictures.
        small: copies set small into other streets.
        kinds: photographs in which other kinds are boxed and what sells is not.
        rendered: pictures of the rendered street.
    """

    photographs: float = 0.25
    small: float = 0.25
    kinds: float = 0.1
    rendered: float = 0.4

    def of(self, sort: str) -> float:
        """The share of a sort."""
        return float(getattr(self, sort))


def sort_of(name: str, complete: Sequence[str] | None = None) -> str:
    """The sort of a picture by its file's name and the classes that are boxed completely in it (None: all)."""
    for prefix, sort in PREFIXES:
        if name.startswith(prefix):
            return sort
    return "photographs" if complete is None or set(SELLING) & set(complete) else "kinds"


def by_sort(names: Sequence[str], complete: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    """Indices into `names` by sort, in the order of the names."""
    found: dict[str, list[int]] = {}
    for i, name in sorted(enumerate(names), key=lambda pair: pair[1]):
        found.setdefault(sort_of(name, complete.get(name)), []).append(i)
    return found


def alike(names: Sequence[str], complete: Mapping[str, Sequence[str]]) -> list[list[int]]:
    """For each picture those that may be set together with it: of its sort, with the same classes boxed completely."""
    groups: dict[tuple[str, tuple[str, ...] | None], list[int]] = {}
    keys = []
    for i, name in enumerate(names):
        said = complete.get(name)
        keys.append((sort_of(name, said), None if said is None else tuple(said)))
        groups.setdefault(keys[-1], []).append(i)
    return [groups[key] for key in keys]


def counts_of(sorts: Mapping[str, Sequence[int]], shares: Shares, size: int) -> dict[str, int]:
    """How many of an epoch's `size` pictures each sort gives, by largest remainder.

    Raises:
        TrainingError: no sort with pictures has a share.
    """
    wanted = {sort: shares.of(sort) for sort in sorts if sorts[sort] and shares.of(sort) > 0}
    if not wanted:
        raise TrainingError(f"no pictures to train on: of {', '.join(sorted(sorts)) or 'nothing'} none has a share")
    total = sum(wanted.values())
    exact = {sort: size * share / total for sort, share in wanted.items()}
    counts = {sort: int(value) for sort, value in exact.items()}
    for sort in sorted(exact, key=lambda s: (counts[s] - exact[s], s))[: size - sum(counts.values())]:
        counts[sort] += 1
    return counts


def draw(sorts: Mapping[str, Sequence[int]], shares: Shares, size: int, epoch: int, seed: int) -> list[int]:
    """The `size` indices that an epoch shows, mixed."""
    drawn: list[int] = []
    for sort, count in counts_of(sorts, shares, size).items():
        indices = sorts[sort]
        places = (divmod(at, len(indices)) for at in range(epoch * count, (epoch + 1) * count))
        drawn += [indices[_order(sort, len(indices), turn, seed)[place]] for turn, place in places]
    random.Random(f"{seed} {epoch}").shuffle(drawn)
    return drawn


@lru_cache(maxsize=64)
def _order(sort: str, count: int, turn: int, seed: int) -> tuple[int, ...]:
    order = list(range(count))
    random.Random(f"{seed} {sort} {turn}").shuffle(order)
    return tuple(order)
