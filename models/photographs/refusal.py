"""What a split must not be: sides that share an origin or a near-duplicate, or that hold frames of footage which is for tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from models.errors import TrainingError
from models.photographs.folds import Fold
from models.photographs.footage import NEAR_FRAME, hashes_in, known_hashes
from models.photographs.hashes import NEAR, distances, hashes_of, near_pairs
from models.photographs.manifest import Photograph

NAMED = 4
"""So many faults are named in a message; the rest is counted."""


def refuse(fold: Fold, *, footage: Path | None = None, bound: int = NEAR) -> None:
    """Passes over a sound fold in silence.

    Args:
        footage: folder of the recordings; the committed list of their hashes is asked in any case.
        bound: largest distance of hashes at which two pictures are nearly the same.

    Raises:
        TrainingError: the fold's sides share an origin, a repository or a near-duplicate, or a picture is a frame of the footage; pictures are named.
        PictureError: a picture cannot be read.
    """
    faults = list(_shared_origins(fold.sides))
    paths = {name: [p.path for p in side] for name, side in fold.sides.items()}
    _raise(faults + list(_shared_pictures(paths, bound)) + list(_footage(paths, footage)))


def refuse_pictures(sides: Mapping[str, Sequence[Path]], *, footage: Path | None = None, bound: int = NEAR) -> None:
    """The same for plain picture files without origins, by the name of their side: near-duplicates across sides and frames of the footage.

    Raises:
        TrainingError: a picture lies on two sides, nearly so, or is a frame of the footage; pictures are named.
        PictureError: a picture cannot be read.
    """
    _raise([*_shared_pictures(sides, bound), *_footage(sides, footage)])


def _raise(faults: list[str]) -> None:
    if faults:
        more = f"; and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
        raise TrainingError(
            f"this split would flatter the model: {'; '.join(faults[:NAMED])}{more}; cut by origin with models.photographs.folds, or leave pictures out"
        )


def _shared_origins(sides: Mapping[str, Sequence[Photograph]]) -> Iterator[str]:
    for what in ("origin", "repository"):
        for (left, ours), (right, theirs) in combinations(sides.items(), 2):
            here = {getattr(p, what): p for p in reversed(ours)}
            there = {getattr(p, what): p for p in reversed(theirs)}
            for value in sorted(here.keys() & there.keys() - {""}):
                yield f"{here[value].id} ({left}) and {there[value].id} ({right}) are of one {what}, {value!r}"


def _shared_pictures(sides: Mapping[str, Sequence[Path]], bound: int) -> Iterator[str]:
    for (left, ours), (right, theirs) in combinations(sides.items(), 2):
        for i, j, bits in near_pairs(ours, theirs, bound):
            yield f"{ours[i].name} ({left}) and {theirs[j].name} ({right}) are nearly the same picture ({bits} of 64 bits differ)"


def _footage(sides: Mapping[str, Sequence[Path]], folder: Path | None) -> Iterator[str]:
    known = [*known_hashes(), *(hashes_in(folder) if folder is not None else ())]
    values = [value for value, _ in known]
    for name, paths in sides.items():
        both = [hashes_of(path) for path in paths]
        far = np.minimum(*(distances([one[side] for one in both], values) for side in (0, 1)))
        for i in np.flatnonzero((far <= NEAR_FRAME).any(axis=1)).tolist():
            yield f"{paths[i].name} ({name}) is a frame of footage that is for tests ({known[int(far[i].argmin())][1]})"
