"""What one slice of a deep run does with each input, and what it notes down: the same whoever thought of the input."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.bounds import MOST_CPU_SECONDS, Finding, Target, run_for_memory, run_once

MEMORY_EVERY = 64
"""One input in so many runs under `tracemalloc`, not for time."""
NOTE_SECONDS = 0.5
SAMPLES = 3
"""Files kept of one kind and place."""


class Slice:
    """What a slice has done so far. Findings do not end it: each is kept as a file in `found/`, the first few of each kind and place.

    The first `known` inputs are not counted: they are the corpus, which libFuzzer runs first.
    """

    def __init__(self, target: Target, state: Path, known: int = 0) -> None:
        self.target, self.state, self.skip = target, state, known
        self.inputs, self.measured = 0, 0
        self.slowest_seconds, self.peak_bytes = 0.0, 0
        self.samples: Counter[str] = Counter()
        self.noted = 0.0
        (state / "found").mkdir(exist_ok=True)

    def take(self, data: bytes) -> None:
        """Runs one input."""
        if self.skip > 0:
            self.skip -= 1
        else:
            self.inputs += 1
        try:
            if self.inputs % MEMORY_EVERY == 1:
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
        partial.write_text(json.dumps(told | {"found": dict(self.samples), "cpu_seconds": time.process_time()}), encoding="utf-8")
        partial.replace(self.state / "slice.json")
