"""The kinds of a catalogue that are judged, and which of them a class can make: reckoned once a catalogue, asked for every thing of every look.

Catalogues are frozen, so what is reckoned is kept by identity: another version is another value. CPU time of one core: 0.2 µs where it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from detector.judgement.permits import asks_for_breaches
from evidence.kinds import Catalogue, Kind
from evidence.views import ViewDocument

KEPT = 4096
"""Catalogues that are kept: a worker has some hundred cameras, each with its scene's own thresholds."""

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class KindsOn:
    """The kinds that are judged, in the catalogue's order.

    Attributes:
        makes: classes that make a kind; `matters`: and those that may stand in for them.
        shortest_grace: of all of them; 0 where none is on.
    """

    kinds: tuple[Kind, ...]
    makes: frozenset[str]
    matters: frozenset[str]
    shortest_grace: float
    _of: dict[frozenset[str], tuple[Kind, ...]] = field(default_factory=dict, repr=False)

    def of(self, labels: Iterable[str]) -> tuple[Kind, ...]:
        """The kinds that any of these classes makes or stands in for."""
        asked = frozenset(labels)
        known = self._of.get(asked)
        if known is None:
            known = tuple(kind for kind in self.kinds if not asked.isdisjoint(kind.classes) or not asked.isdisjoint(kind.supporting))
            keep(self._of, asked, known)
        return known

    def related(self, seen: Iterable[str], label: str) -> bool:
        """Whether a thing of a class may be what was seen as these classes, or stand in for it."""
        labels = frozenset(seen)
        return any(not labels.isdisjoint(kind.classes) for kind in self.of((label,)))


_known: dict[int, tuple[Catalogue, KindsOn]] = {}


def kinds_on(catalogue: Catalogue) -> KindsOn:
    """The kinds of a catalogue (with the overrides of scene and view) that are judged."""
    known = _known.get(id(catalogue))
    if known is not None and known[0] is catalogue:
        return known[1]
    kinds = tuple(kind for kind in catalogue.kinds if kind.enabled)
    makes = frozenset(label for kind in kinds for label in kind.classes)
    matters = makes | {label for kind in kinds for label in kind.supporting}
    on = KindsOn(kinds, makes, matters, min((kind.grace_seconds for kind in kinds), default=0.0))
    keep(_known, id(catalogue), (catalogue, on))
    return on


def in_force(base: Catalogue, view: ViewDocument, where: str) -> Catalogue:
    """The catalogue with a view's overrides, and with the kinds that a permit's breach makes on where one of the view's permits asks for them, unless the view
    says that they are off.

    Raises:
        CatalogueError: an override of a kind that does not exist, or that switches on what no class shows; `where` says whose.
    """
    catalogue = base.overridden(view.kinds, where)
    if not asks_for_breaches(view):
        return catalogue
    off = {name for name, override in view.kinds.items() if override.enabled is False}
    wanted = {kind.id for kind in catalogue.kinds if kind.permit_breach and not kind.enabled and kind.classes} - off
    if not wanted:
        return catalogue
    kinds = tuple(kind.model_copy(update={"enabled": True}) if kind.id in wanted else kind for kind in catalogue.kinds)
    return catalogue.model_copy(update={"kinds": kinds})


def enabled(catalogue: Catalogue) -> tuple[Kind, ...]:
    """The kinds that are judged."""
    return kinds_on(catalogue).kinds


def keep(kept: dict[K, T], key: K, value: T, most: int = KEPT) -> None:
    """Keeps what was reckoned; where there is too much, all of it is reckoned anew."""
    if len(kept) >= most:
        kept.clear()
    kept[key] = value
