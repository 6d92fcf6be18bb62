"""What a deep run has done so far, in a folder outside of the repository: per target its corpus, its findings and its counts.

STATE/<target>/corpus/      inputs that reached something new
              /found/       what a slice did not stand, not tried again yet
              /confirmed/   what broke a bound without instrumentation too
              /counts.json
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.conftest import REPO
from tests.fuzz.bounds import Target

FUZZ = Path(__file__).parent


@dataclass(slots=True)
class Counts:
    """Of one target, over all slices.

    Attributes:
        guided, unguided: inputs, by the state of the code under test (`code_of`).
        slowest_seconds: CPU time of the slowest input on the present code, without instrumentation.
        peak_bytes: the highest peak on the present code, among the inputs that ran under `tracemalloc`.
        edges: reached, as libFuzzer counts them; `features` counts how often each was taken, too.
    """

    guided: dict[str, int] = field(default_factory=dict)
    unguided: dict[str, int] = field(default_factory=dict)
    measured: int = 0
    seconds: float = 0.0
    slowest_seconds: float = 0.0
    peak_bytes: int = 0
    edges: int = 0
    features: int = 0
    code: str = ""

    @property
    def total(self) -> int:
        """Inputs on every state of the code."""
        return sum(self.guided.values()) + sum(self.unguided.values())


class TargetState:
    """The folder of one target."""

    def __init__(self, target: Target, root: Path) -> None:
        self.target = target
        self.folder = root / target.name
        self.corpus, self.found, self.confirmed = (self.folder / name for name in ("corpus", "found", "confirmed"))
        for folder in (self.corpus, self.found, self.confirmed):
            folder.mkdir(parents=True, exist_ok=True)
        self._file = self.folder / "counts.json"
        self.counts = Counts(**json.loads(self._file.read_text(encoding="utf-8"))) if self._file.exists() else Counts()
        self.code = code_of(target)
        if self.counts.code != self.code:
            self.counts.code, self.counts.slowest_seconds, self.counts.peak_bytes = self.code, 0.0, 0

    @property
    def guided(self) -> int:
        """Inputs on the code as it is now, guided by coverage."""
        return self.counts.guided.get(self.code, 0)

    @property
    def inputs(self) -> int:
        """Inputs on the code as it is now."""
        return self.guided + self.counts.unguided.get(self.code, 0)

    def add(self, told: dict[str, float], edges: int, features: int, *, guided: bool) -> None:
        """Takes the counts of a slice."""
        counts = self.counts
        by_code = counts.guided if guided else counts.unguided
        by_code[self.code] = by_code.get(self.code, 0) + int(told["inputs"])
        counts.measured += int(told["measured"])
        counts.seconds += told["cpu_seconds"]
        if not guided:
            counts.slowest_seconds = max(counts.slowest_seconds, told["slowest_seconds"])
        counts.peak_bytes = max(counts.peak_bytes, int(told["peak_bytes"]))
        counts.edges, counts.features = max(edges, counts.edges), max(features, counts.features)
        partial = self._file.with_suffix(".part")
        partial.write_text(json.dumps(asdict(counts), indent=1), encoding="utf-8")
        partial.replace(self._file)


def inputs_kept(name: str) -> list[Path]:
    """The committed inputs of a target: its seeds, and its corpus of found cases."""
    return [path for folder in folders_kept(name) for path in sorted(folder.iterdir())]


def folders_kept(name: str) -> list[Path]:
    """The committed folders of a target that there are."""
    return [folder for folder in (FUZZ / "seeds" / name, FUZZ / "corpus" / name) if folder.is_dir()]


def code_of(target: Target) -> str:
    """Names the state of the code that a target tries."""
    digest = hashlib.sha256()
    for path in sorted(path for glob in target.code for path in REPO.glob(glob)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def table(states: Iterable[TargetState]) -> str:
    """The counts of all targets as a table in Markdown."""
    rows = [
        "| target | inputs on this code | of them guided | inputs in all | CPU-minutes | edges | features | corpus | slowest, ms | peak, MiB | confirmed |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    here = guided = total = 0
    for state in states:
        counts = state.counts
        here, guided, total = here + state.inputs, guided + state.guided, total + counts.total
        kept, confirmed = (sum(1 for _ in folder.iterdir()) for folder in (state.corpus, state.confirmed))
        done = f"{state.inputs:,} | {state.guided:,} | {counts.total:,} | {counts.seconds / 60:.1f} | {counts.edges} | {counts.features}"
        rows.append(f"| {state.target.name} | {done} | {kept} | {counts.slowest_seconds * 1e3:.1f} | {counts.peak_bytes / 2**20:.1f} | {confirmed} |")
    return "\n".join([*rows, f"| all | {here:,} | {guided:,} | {total:,} | | | | | | | |"])
