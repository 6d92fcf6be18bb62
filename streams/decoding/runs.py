"""Which cameras' decoders are open in a child, and what was sent to each: a run goes on where the last picture was, and else begins anew. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from streams.decoding.whole import CodedPicture, beginning_of
from streams.media import AccessUnit

MOST_RUNS = 8
"""Open decoders in one child: each holds a few pictures, 15 MB at 1080p."""
IDLE_SECONDS = 30.0
"""A run that nobody looked at for so long is closed."""


@dataclass(slots=True)
class Run:
    """A decoder that is open: its number in the child, the last picture sent to it, and when."""

    number: int
    last: AccessUnit
    used_seconds: float


@dataclass(slots=True)
class Runs:
    """The runs of one child, oldest first."""

    _runs: dict[str, Run] = field(default_factory=dict)
    _over: list[int] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __contains__(self, camera_id: str) -> bool:
        return camera_id in self._runs

    def __len__(self) -> int:
        return len(self._runs)

    def request(self, camera_id: str, unit: AccessUnit, pictures: Sequence[CodedPicture], now: float) -> tuple[Mapping[str, Any], list[CodedPicture]]:
        """What to ask of the child for a unit of these pictures (its prelude and itself), and which of them to send."""
        sent = list(pictures)
        run = self._runs.pop(camera_id, None)
        at = None if run is None else next((index for index, one in enumerate((*unit.prelude, unit)) if one.nals is run.last.nals), None)
        if run is None or at is None:
            self._end(run)
            run = Run(next(self._numbers), unit, now)
            told = {"run": run.number, "fresh": True, "last": False, "refresh": beginning_of(unit)}
        else:
            sent = sent[at + 1 :]
            told = {"run": run.number, "fresh": False, "last": False, "refresh": 0}
        run.last, run.used_seconds = unit, now
        self._runs[camera_id] = run
        while len(self._runs) > MOST_RUNS:
            self._end(self._runs.pop(next(iter(self._runs))))
        return self._told(told, sent), sent

    def once(self, unit: AccessUnit, pictures: Sequence[CodedPicture]) -> tuple[Mapping[str, Any], list[CodedPicture]]:
        """The same for pictures of the past, which are no camera's run: all of them are sent, and the decoder is closed at once."""
        told = {"run": next(self._numbers), "fresh": True, "last": True, "refresh": beginning_of(unit)}
        return self._told(told, pictures), list(pictures)

    def forget(self, camera_id: str) -> None:
        """Ends a camera's run: its next picture begins anew."""
        self._end(self._runs.pop(camera_id, None))

    def forget_all(self) -> None:
        """The child is no more, and its runs with it."""
        self._runs.clear()
        self._over.clear()

    def expire(self, now: float) -> list[int]:
        """Ends the runs that nobody looked at for a while; the numbers that the child can let go of."""
        for camera_id in [one for one, run in self._runs.items() if now - run.used_seconds >= IDLE_SECONDS]:
            self.forget(camera_id)
        over, self._over = self._over, []
        return over

    def _end(self, run: Run | None) -> None:
        if run is not None:
            self._over.append(run.number)

    def _told(self, told: dict[str, Any], sent: Sequence[CodedPicture]) -> Mapping[str, Any]:
        over, self._over = self._over, []
        return {"do": "run", **told, "over": over, "pictures": [(picture.keyframe, picture.damaged, picture.refresh) for picture in sent]}
