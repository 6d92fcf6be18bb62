"""Puts workers somewhere: as processes of this machine today; the seam is the same for actors on many machines."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Protocol

from detector.fleet.processes import Keeper, KeptProcess
from detector.fleet.spec import WorkerSpec


class Placer(Protocol):
    """Starts workers, keeps them alive, ends them."""

    def place(self, spec: WorkerSpec) -> None:
        """Starts a worker by its spec; starting again after a death is the placer's business."""
        ...

    def close(self) -> None:
        """Ends every worker that was placed."""
        ...


class LocalPlacer:
    """Workers as processes of this machine, kept alive by the process that placed them."""

    def __init__(self, keeper: Keeper, *, output: Path | None = None) -> None:
        self._keeper, self._output = keeper, output
        self.placed: list[KeptProcess] = []

    def place(self, spec: WorkerSpec) -> None:
        """Starts `python -m detector.worker`, which reads its spec from standard input."""
        command = [sys.executable, "-m", "detector.worker"]
        self.placed.append(self._keeper.add(KeptProcess(f"worker {spec.name}", command, stdin_text=spec.to_json(), output=self._output)))

    def close(self) -> None:
        """Ends the keeper's processes."""
        self._keeper.close()
