"""What waits for a decoder, and whose turn it is. Not thread-safe: the pool's lock guards it.

Two sorts wait: pictures that stand alone, which any decoder takes, and runs (pictures with a prelude), which go on where their decoder is open. While both
wait, both have the same time of a decoder, so neither starves the other. Of one sort the urgent go first, then the camera that cost least of late.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import count

from streams.decoding.values import Crop, Decoded
from streams.media import AccessUnit

MOST_AHEAD_SECONDS = 2.0
"""What one sort had more than the other is made up for as long as both wait, but no older debts than this."""
_numbers = count()


@dataclass(slots=True, eq=False)
class Task:
    """A picture to be decoded.

    Attributes:
        once: a picture of the past, which is no camera's run.
        until_seconds: after this nobody waits for it any more.
        spent_seconds: what its turns at a decoder took so far.
        begun: whether it has had one.
    """

    camera_id: str
    unit: AccessUnit
    crops: tuple[Crop, ...]
    once: bool
    urgent: bool
    until_seconds: float = math.inf
    done: Future[Decoded] = field(default_factory=Future)
    number: int = field(default_factory=lambda: next(_numbers))
    spent_seconds: float = 0.0
    begun: bool = False

    @property
    def whole(self) -> bool:
        """Whether pictures before it must be decoded too."""
        return bool(self.unit.prelude)

    @property
    def run(self) -> tuple[str, int]:
        """Names its run: the camera's, or one of its own."""
        return self.camera_id, self.number if self.once else -1

    def drop(self, error: Exception) -> None:
        """Nothing comes of it."""
        if not self.done.cancel() and not self.done.done():
            self.done.set_exception(error)


@dataclass(slots=True)
class Queue:
    """Tasks of one sort."""

    tasks: list[Task] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.tasks)

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks)

    def put(self, task: Task) -> None:
        """Takes one in."""
        self.tasks.append(task)

    def take(self, used: Callable[[str], float]) -> Task:
        """The one whose turn it is; `used` tells what a camera cost of late."""
        best = min(self.tasks, key=lambda task: (not task.urgent, used(task.camera_id), task.number))
        self.tasks.remove(best)
        return best

    def clear(self) -> list[Task]:
        """Takes all out."""
        out, self.tasks = self.tasks, []
        return out


@dataclass(slots=True)
class Turns:
    """Whose turn it is at one decoder, of the two sorts."""

    ahead_seconds: float = 0.0
    """By how much runs had more of it than the others while both waited."""

    def whole(self, alone: int, runs: int) -> bool:
        """Whether a run is next, with so many of each sort waiting."""
        return bool(runs) and (not alone or self.ahead_seconds < 0)

    def took(self, seconds: float, *, whole: bool, contended: bool) -> None:
        """Books a turn."""
        if contended:
            ahead = self.ahead_seconds + (seconds if whole else -seconds)
            self.ahead_seconds = max(-MOST_AHEAD_SECONDS, min(MOST_AHEAD_SECONDS, ahead))
        else:
            self.ahead_seconds = 0.0
