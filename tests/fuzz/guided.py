"""One slice of coverage-guided fuzzing of one target: what `python -m tests.fuzz` starts as a process of its own (atheris never returns).

Findings do not end it: each is kept as a file in the state's `found/`, the first few of each kind and place; whoever started it tries them once more
without instrumentation. The counts go into `slice.json` as they grow. The inputs of the corpus that libFuzzer runs first are not counted.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["streams", "detector"]):
    from tests.fuzz.targets import TARGETS

from tests.fuzz.bounds import MOST_CPU_SECONDS, Finding, Target, hangs_are_cut, run_for_memory, run_once

MEMORY_EVERY = 64
"""One input in so many runs under `tracemalloc`."""
NOTE_SECONDS = 0.5
SAMPLES = 3
"""Files kept of one kind and place."""
LIBFUZZERS_SHARE = 0.3
"""Of the mutations, libFuzzer's own; the others know the form."""


class Slice:
    """What a slice has done so far."""

    def __init__(self, target: Target, state: Path, known: int) -> None:
        self.target, self.state, self.skip = target, state, known
        self.inputs, self.measured = 0, 0
        self.slowest_seconds, self.peak_bytes = 0.0, 0
        self.samples: Counter[str] = Counter()
        self.noted = 0.0
        (state / "found").mkdir(exist_ok=True)

    def take(self, data: bytes) -> None:
        """Runs one input that libFuzzer thought of."""
        if self.skip > 0:
            self.skip -= 1
        else:
            self.inputs += 1
        try:
            if self.inputs % MEMORY_EVERY == 0:
                self.measured += 1
                self.peak_bytes = max(self.peak_bytes, run_for_memory(self.target, data))
            else:
                cost = run_once(self.target, data)
                if cost.cpu_seconds > self.slowest_seconds:
                    self.slowest_seconds = cost.cpu_seconds
                if cost.cpu_seconds > MOST_CPU_SECONDS:
                    raise Finding("slow", self.target.name, f"{cost.cpu_seconds:.3f} s")
        except Finding as finding:
            self.keep(finding, data)
        if time.monotonic() - self.noted > NOTE_SECONDS:
            self.note()

    def keep(self, finding: Finding, data: bytes) -> None:
        """Keeps an input that the target did not stand."""
        name = f"{finding.kind}-{finding.place}"
        self.samples[name] += 1
        if self.samples[name] <= SAMPLES:
            (self.state / "found" / f"{name}-{hashlib.sha256(data).hexdigest()[:8]}").write_bytes(data)

    def note(self) -> None:
        """Writes the counts down."""
        self.noted = time.monotonic()
        told = {"inputs": self.inputs, "measured": self.measured, "slowest_seconds": self.slowest_seconds, "peak_bytes": self.peak_bytes}
        partial = self.state / "slice.part"
        partial.write_text(json.dumps(told | {"found": dict(self.samples)}), encoding="utf-8")
        partial.replace(self.state / "slice.json")


def main(name: str, state: Path, folders: list[str], options: list[str]) -> None:
    """Fuzzes until libFuzzer's own limits (`options`) end the process."""
    target = TARGETS[name]
    known = sum(len(os.listdir(folder)) for folder in folders) + 1
    done = Slice(target, state, known)

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
