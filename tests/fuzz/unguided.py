"""One slice of fuzzing without instrumentation, as a process of its own: inputs of the corpus that guided slices have found, mutated by the target's mutator.

It tries many more inputs a second than a guided slice, and its times are those of the code as it runs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random

from tests.fuzz.bounds import hangs_are_cut
from tests.fuzz.slices import Slice
from tests.fuzz.targets import TARGETS

DEPTH = 3
"""Mutations on top of each other, at most."""
CHECK_EVERY = 256


def main(name: str, state: Path, folders: list[str], runs: int, seconds: float, seed: int) -> None:
    """Fuzzes for so many inputs or seconds; `seed` 0 is another one each time."""
    target, rng = TARGETS[name], Random(seed or None)
    done = Slice(target, state)
    pool = [path.read_bytes()[: target.most_bytes] for folder in folders for path in sorted(Path(folder).iterdir())]
    until = time.monotonic() + seconds
    with hangs_are_cut():
        while done.inputs < runs and (done.inputs % CHECK_EVERY or time.monotonic() < until):
            data = min(rng.choice(pool), rng.choice(pool), key=len)  # the smaller ones oftener: they cost less and show as much
            for _ in range(rng.randint(1, DEPTH)):
                data = target.mutate(data, rng)[: target.most_bytes]
            done.take(data)
    done.note()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[6:], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
