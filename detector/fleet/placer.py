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

    def change(self, spec: WorkerSpec) -> None:
        """Gives a placed worker, known by its name, another list of cameras; it goes on with those that it has.

        Raises:
            KeyError: there is no worker of this name.
        """
        ...

    def close(self) -> None:
        """Ends every worker that was placed."""
        ...


class LocalPlacer:
    """Workers as processes of this machine, kept alive by the process that placed them."""

    def __init__(self, keeper: Keeper, *, output: Path | None = None) -> None:
        self._keeper, self._output = keeper, output
        self._workers: dict[str, KeptProcess] = {}

    @property
    def placed(self) -> list[KeptProcess]:
        """The workers' processes."""
        return list(self._workers.values())

    def __contains__(self, name: object) -> bool:
        return name in self._workers

    def place(self, spec: WorkerSpec) -> None:
        """Starts `python -m detector.worker`, which reads its spec from standard input: a line now, and another one at each change."""
        command = [sys.executable, "-m", "detector.worker"]
        process = KeptProcess(f"worker {spec.name}", command, stdin_text=_line(spec), listens=True, output=self._output)
        self._workers[spec.name] = self._keeper.add(process)

    def change(self, spec: WorkerSpec) -> None:
        """Tells the worker by its standard input."""
        self._workers[spec.name].tell(_line(spec))

    def close(self) -> None:
        """Ends the keeper's processes."""
        self._keeper.close()


def _line(spec: WorkerSpec) -> str:
    return spec.to_json() + "\n"
