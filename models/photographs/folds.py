"""Folds by origin: what comes from one data set, author, video or repository stays on one side, and so does what is nearly the same picture.

The cut is a function of the manifest and the pictures alone, never of the corrections: groups are spread so that positives, negatives, views, small boxes
and classes are even. What corrections leave out is dropped afterwards. `others`
(photographs of further kinds, few origins a class) never change where `photographs` go: they follow a group that they belong to, are spread over the folds
among themselves otherwise, and are not drawn into the calibration fifth, which would take a whole class away.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.errors import TrainingError
from models.photographs.hashes import NEAR, near_pairs
from models.photographs.manifest import Photograph, counted
from models.photographs.spreading import nearest_part, spread

CALIBRATION_PARTS = 5
"""One part in so many of a fold's training origins is left out of training: thresholds, fusion and calibration are fitted on it."""
SMALL_SHARE = 0.15
"""A box under this share of the picture's height counts as small when folds are evened out."""
WEIGHTS = {"selling": 6.0, "empty": 6.0, "origins": 2.0}
"""What must be even first; every other count weighs 1."""

Group = tuple[Photograph, ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """One cut: learn from `train`, fit thresholds on `calibration`, measure on `held_back`. The shipped model's is number 0 and holds nothing back."""

    number: int
    train: tuple[Photograph, ...]
    calibration: tuple[Photograph, ...]
    held_back: tuple[Photograph, ...]

    @property
    def sides(self) -> dict[str, tuple[Photograph, ...]]:
        """The three by name."""
        return {"train": self.train, "calibration": self.calibration, "held back": self.held_back}


def groups(photographs: Sequence[Photograph], bound: int = NEAR) -> tuple[Group, ...]:
    """What no split may cut through: photographs joined by origin, by repository, or by a near-duplicate; the largest group first.

    Raises:
        PictureError: a picture cannot be read.
    """
    parent = list(range(len(photographs)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[Hashable, int] = {}
    for i, photograph in enumerate(photographs):
        for key in (("origin", photograph.origin), ("repository", photograph.repository)):
            if key[1]:
                parent[root(i)] = root(first.setdefault(key, i))
    paths = [photograph.path for photograph in photographs]
    for i, j, _ in near_pairs(paths, paths, bound):
        parent[root(i)] = root(j)
    members: defaultdict[int, list[Photograph]] = defaultdict(list)
    for i, photograph in enumerate(photographs):
        members[root(i)].append(photograph)
    return tuple(sorted((_sorted(one) for one in members.values()), key=_order))


def folds(photographs: Sequence[Photograph], count: int = 3, *, others: Sequence[Photograph] = ()) -> tuple[Fold, ...]:
    """`count` folds, numbered from 1; each photograph is held back in exactly one. `others` join the sides that they may; the cut of `photographs` stays.

    Raises:
        TrainingError: fewer groups than parts.
        PictureError: a picture cannot be read.
    """
    if count < 2:
        raise TrainingError(f"{count} folds hold nothing back: ask for two or more")
    cut = groups(photographs)
    places = _spread(cut, count)
    mixed = groups([*photographs, *others]) if others else ()
    joining = _join(mixed, {p.path: part for group, part in zip(cut, places, strict=True) for p in group}, count)
    result = []
    for part in range(count):
        training = [group for group, at in zip(cut, places, strict=True) if at != part]
        held = [p for group, at in zip(cut, places, strict=True) if at == part for p in group] + [p for p, at in joining if at == part]
        result.append(_fold(part + 1, training, [p for p, at in joining if at != part], mixed, held))
    return tuple(result)


def whole(photographs: Sequence[Photograph], *, others: Sequence[Photograph] = ()) -> Fold:
    """The cut of the shipped model: four fifths of the origins to learn from, a fifth for thresholds, nothing held back.

    Raises:
        TrainingError: fewer groups than parts.
        PictureError: a picture cannot be read.
    """
    return _fold(0, groups(photographs), others, groups([*photographs, *others]) if others else (), ())


def counts(group: Group) -> Counter[str]:
    """What is to be even over the parts, of one group."""
    found: Counter[str] = Counter(origins=1)
    for photograph in group:
        selling = counted(photograph.given)
        sort = "selling" if selling else "neither" if photograph.given else "empty"
        found[sort] += 1
        if photograph.view != "street_level":
            found[f"{photograph.view} {sort}"] += 1
        if photograph.hard_negative:
            found["hard negative"] += 1
        found.update(box.name for box in photograph.given)
        found["small"] += sum(box.height < SMALL_SHARE for box in selling)
    return found


def _fold(number: int, training: Sequence[Group], others: Sequence[Photograph], mixed: Sequence[Group], held_back: Sequence[Photograph]) -> Fold:
    """Takes the calibration fifth out of the training groups and puts `others` beside: to the fifth only where a group of `mixed` binds them to it."""
    fifth = {p.path for group in _fifth(training) for p in group}
    own = {p.path for p in others}
    sides: dict[bool, list[Photograph]] = {True: [], False: []}
    for group in training:
        sides[group[0].path in fifth] += group
    known = {p.path for group in training for p in group}
    for group in mixed:
        touched = {p.path in fifth for p in group if p.path in known}
        if len(touched) < 2:
            sides[touched == {True}] += [p for p in group if p.path in own]
    return Fold(number, *(_sorted(p for p in side if not p.left_out) for side in (sides[False], sides[True], held_back)))


def _fifth(training: Sequence[Group]) -> list[Group]:
    """Of five even parts the one that comes nearest to a fifth of everything."""
    places = _spread(training, CALIBRATION_PARTS)
    best = nearest_part([counts(group) for group in training], places, CALIBRATION_PARTS, WEIGHTS)
    return [group for group, at in zip(training, places, strict=True) if at == best]


def _join(mixed: Sequence[Group], part_of: dict[Path, int], count: int) -> list[tuple[Photograph, int]]:
    """The part of each of the others; those that would tie two parts together are left out, since no side may have them."""
    bound: list[tuple[Photograph, int]] = []
    free: list[Group] = []
    for group in mixed:
        members = tuple(p for p in group if p.path not in part_of)
        parts = {part_of[p.path] for p in group if p.path in part_of}
        if members and not parts:
            free.append(members)
        elif len(parts) == 1:
            bound += [(p, min(parts)) for p in members]
    places = _spread(free, count) if len(free) >= count else range(len(free))
    return bound + [(p, part) for group, part in zip(free, places, strict=True) for p in group]


def _spread(cut: Sequence[Group], parts: int) -> list[int]:
    if len(cut) < parts:
        raise TrainingError(f"{len(cut)} origins cannot be cut in {parts}: photographs of more places or authors are needed")
    return spread([counts(group) for group in cut], parts, WEIGHTS)


def _order(group: Group) -> tuple[int, str]:
    """Largest first; among equals by a hash of the origin, so that the alphabet decides nothing."""
    return -len(group), hashlib.sha256(min(p.origin for p in group).encode()).hexdigest()


def _sorted(photographs: Iterable[Photograph]) -> tuple[Photograph, ...]:
    return tuple(sorted(photographs, key=lambda p: (p.collection, p.id)))
