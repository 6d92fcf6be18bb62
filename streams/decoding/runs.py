"""Which cameras' decoders are open in a child, and what was sent to each: a run goes on where the last picture was, and else begins anew. Pure.

Pictures are sent a few at a time, so that a group of twenty seconds holds a decoder for a fraction of a second and others have their turns in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from streams.decoding.whole import CodedPicture, beginning_of, pictures_of
from streams.errors import DecodeError
from streams.media import AccessUnit

MOST_RUNS = 16
"""Open decoders in one child: each holds a few pictures, 15 MB at 1080p, 60 MB at 4K."""
TURN_PICTURES = 25
"""Sent at once: 0.1 s of a core at 1080p, 0.6 s at 4K."""
IDLE_SECONDS = 30.0
"""A run that nobody looked at for so long is closed."""
TENURE_SECONDS = 60.0
"""A run that had its place for so long may lose it to a camera that has none; were it sooner, each would be decoded from its beginning at every look."""

Key = tuple[str, int]
"""Names a run: a camera's, or that of one picture of the past."""


class NoRoom(DecodeError):
    """As many runs are open as fit."""


@dataclass(slots=True)
class Run:
    """A decoder that is open.

    Attributes:
        number: its name in the child.
        last: the last picture sent to it.
        cost: pictures that would have to be decoded to begin it anew.
    """

    number: int
    last: AccessUnit
    begun_seconds: float
    used_seconds: float
    cost: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn of a run: what to ask of the child, the pictures to send, and whether more must follow before there is a picture."""

    told: Mapping[str, Any]
    pictures: list[CodedPicture]
    more: bool


@dataclass(slots=True)
class Runs:
    """The runs of one child."""

    turned_away: int = 0
    """Pictures that were not decoded because all places were taken."""
    _runs: dict[Key, Run] = field(default_factory=dict)
    _over: list[int] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __contains__(self, key: Key) -> bool:
        return key in self._runs

    def __len__(self) -> int:
        return len(self._runs)

    def request(self, key: Key, unit: AccessUnit, now: float, *, once: bool = False) -> Asked:
        """The next turn of a unit's run: its prelude and itself, from where the run is.

        Args:
            once: pictures of the past, which are no camera's run: their decoder is closed at the end.

        Raises:
            NoRoom: all places are taken by runs that have just begun.
        """
        whole = (*unit.prelude, unit)
        run = self._runs.get(key)
        at = None if run is None else next((index for index in range(len(whole) - 1, -1, -1) if whole[index].nals is run.last.nals), None)
        fresh = run is None or at is None
        begin = 0 if at is None else at + 1
        end = min(len(whole), begin + TURN_PICTURES)
        if run is None or at is None:
            if run is None and not once:
                self._make_room(now)
            self.forget(key)
            run = self._runs[key] = Run(next(self._numbers), unit, now if run is None else run.begun_seconds, now, len(whole))
        more, pictures = end < len(whole), pictures_of(unit, begin, end)
        run.last, run.used_seconds, run.cost = whole[end - 1], now, len(whole)
        over, self._over = self._over, []
        facts = [(picture.keyframe, picture.damaged, picture.refresh) for picture in pictures]
        told = {
            "do": "run", "run": run.number, "fresh": fresh, "more": more, "last": once and not more, "refresh": beginning_of(unit) if fresh else 0,
            "over": over, "pictures": facts,
        }  # fmt: skip
        if once and not more:
            self.forget(key)
        return Asked(told, pictures, more)

    def forget(self, key: Key) -> None:
        """Ends a run: its next picture begins anew."""
        run = self._runs.pop(key, None)
        if run is not None:
            self._over.append(run.number)

    def forget_all(self) -> None:
        """The child is no more, and its runs with it."""
        self._runs.clear()
        self._over.clear()

    def expire(self, now: float) -> list[int]:
        """Ends the runs that nobody looked at for a while; the numbers that the child can let go of."""
        for key in [one for one, run in self._runs.items() if now - run.used_seconds >= IDLE_SECONDS]:
            self.forget(key)
        over, self._over = self._over, []
        return over

    def _make_room(self, now: float) -> None:
        """Lets the run go that is cheapest to begin anew, of those that had their time."""
        if len(self._runs) < MOST_RUNS:
            return
        served = [key for key, run in self._runs.items() if now - run.begun_seconds >= TENURE_SECONDS]
        if not served:
            self.turned_away += 1
            raise NoRoom(f"{len(self._runs)} cameras without keyframes are decoded whole here already; it has a turn when one of them makes room")
        self.forget(min(served, key=lambda key: self._runs[key].cost))
