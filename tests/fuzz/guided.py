"""One slice of coverage-guided fuzzing of one target, as a process of its own: atheris never returns.

Two thirds of the mutations know the form, the others are libFuzzer's own. Instrumented code is three to ten times slower: what seems slow here is tried
again without instrumentation before it counts.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["streams", "detector"]):
    from tests.fuzz.targets import TARGETS

from tests.fuzz.bounds import hangs_are_cut
from tests.fuzz.slices import Slice

LIBFUZZERS_SHARE = 0.3


def main(name: str, state: Path, folders: list[str], options: list[str]) -> None:
    """Fuzzes until libFuzzer's own limits (`options`) end the process."""
    target = TARGETS[name]
    done = Slice(target, state, known=sum(len(os.listdir(folder)) for folder in folders) + 1)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        rng = Random(seed)
        if rng.random() < LIBFUZZERS_SHARE:
            return bytes(atheris.Mutate(data, most))
        return target.mutate(data, rng)[:most]

    with hangs_are_cut():
        atheris.Setup([sys.argv[0], *folders, f"-max_len={target.most_bytes}", *options], done.take, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    at = sys.argv.index("--")
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:at], sys.argv[at + 1 :])
