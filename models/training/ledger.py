"""What a training run was and what it cost: `run.json` in its folder, written while it goes on.

Work that is lost when a run is cut off between two checkpoints is counted too: the core-seconds are those that were spent, not those that
were needed. The count is brought up to date once a minute, so a killed run hides at most that.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from models.errors import TrainingError

NAME = "run.json"
WRITE_EVERY_SECONDS = 60.0


@dataclass(slots=True)
class Ledger:
    """The figures of one run.

    Attributes:
        settings: everything that decides the result; a run goes on only with the same.
        data: what it was trained on: counts and hashes.
        image_epochs: pictures shown so far, lost work included.
        core_seconds: CPU time of all threads and of processes that loaded pictures and have ended, lost work included.
        device: what it was computed on: `cpu`, or the card's name.
        epochs_done: epochs whose checkpoint lies in the folder.
        finished: whether the run came to its end.
    """

    path: Path
    settings: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)
    image_epochs: int = 0
    core_seconds: float = 0.0
    wall_seconds: float = 0.0
    epochs_done: int = 0
    starts: int = 0
    device: str = "cpu"
    finished: bool = False
    _seen_at: tuple[float, float] | None = None
    _written_at: float = 0.0

    def begin(self) -> None:
        """Counts a start; the clocks run from here."""
        self.starts += 1
        self._seen_at = _cpu_seconds(), time.monotonic()
        self.write()

    def count(self, pictures: int) -> None:
        """Adds pictures that were shown, and the time since the last call."""
        self.image_epochs += pictures
        self._tick()
        if time.monotonic() - self._written_at > WRITE_EVERY_SECONDS:
            self.write()

    def end_epoch(self, epochs_done: int, *, finished: bool) -> None:
        """Notes a checkpoint."""
        self._tick()
        self.epochs_done, self.finished = epochs_done, finished
        self.write()

    def write(self) -> None:
        """Writes the file in one step."""
        self._written_at = time.monotonic()
        fields = {key: value for key, value in asdict(self).items() if key != "path" and not key.startswith("_")}
        beside = self.path.with_suffix(".part")
        beside.write_text(json.dumps(fields, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        beside.replace(self.path)

    def _tick(self) -> None:
        now = _cpu_seconds(), time.monotonic()
        if self._seen_at is not None:
            self.core_seconds += now[0] - self._seen_at[0]
            self.wall_seconds += now[1] - self._seen_at[1]
        self._seen_at = now


def _cpu_seconds() -> float:
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def open_ledger(folder: Path, settings: dict[str, Any], data: dict[str, Any]) -> Ledger:
    """The ledger of the run in `folder`: a new one, or the one that is there if its settings and data are the same.

    Raises:
        TrainingError: the run was begun with other settings or on other data; the message names the first difference.
    """
    path = folder / NAME
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        return Ledger(path, settings, data)
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        ledger = Ledger(path, **known)
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(f"{path} cannot be read: {' '.join(str(error).split())[:120]}; move the folder away or name another --out") from None
    for what, before, now in (("settings", ledger.settings, settings), ("data", ledger.data, data)):
        now = json.loads(json.dumps(now))
        for key in sorted(set(before) | set(now)):
            if before.get(key) != now.get(key):
                change = f"{key} was {_short(before.get(key))}, now {_short(now.get(key))}"
                raise TrainingError(f"{folder} was begun with other {what}: {change}; name another --out, or say the same again")
    return ledger


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "…"
