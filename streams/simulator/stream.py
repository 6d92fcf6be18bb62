"""A simulated camera's clip in time: where in its rounds it stands, whoever is watching."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field

from streams.simulator.faults import Fault
from streams.simulator.packets import Picture, PreparedClip


@dataclass(slots=True)
class SimulatedStream:
    """One camera: its clip, where in it the first viewer begins, and how often it was played through.

    A camera's time goes on while nobody watches, as a real street's does; it begins with the first viewer's PLAY.
    """

    name: str
    clip: PreparedClip
    phase_seconds: float = 0.0
    began_seconds: float | None = field(default=None)
    told: Fault | None = field(default=None)
    """A fault by live command; it overrides what addresses ask for."""
    acts: Counter[str] = field(default_factory=Counter)
    """How often each fault acted, by its name: answers, moments or pictures that were not what they would have been."""
    logins: Counter[str] = field(default_factory=Counter)
    """Requests that proved the password, by kind: `basic`, `digest MD5 qop=auth`."""
    plays: list[tuple[int, str]] = field(default_factory=list)
    """The port and the address of each PLAY."""

    def acted(self, fault: Fault) -> None:
        """Books that a fault acted once."""
        if fault.name is not None:
            self.acts[fault.name] += 1

    @property
    def played_seconds(self) -> float:
        """Seconds since the first viewer's PLAY."""
        return 0.0 if self.began_seconds is None else time.monotonic() - self.began_seconds - self.phase_seconds

    @property
    def loops(self) -> int:
        """Whole rounds of the clip since the first PLAY."""
        return int(self.played_seconds / self.clip.seconds)


@dataclass(slots=True)
class Playhead:
    """Where in a clip's endless rounds one viewer stands.

    Attributes:
        origin_seconds: the monotonic moment at which the first round began.
        offset_ticks: RTP time of that moment.
    """

    clip: PreparedClip
    origin_seconds: float
    offset_ticks: int
    round: int = 0
    index: int = 0

    def seek(self, now: float) -> None:
        """Goes to the last picture that is past and where decoding can begin: a fresh session starts with one."""
        position = max(0.0, now - self.origin_seconds)
        self.round = int(position / self.clip.seconds)
        within = position - self.round * self.clip.seconds
        past = bisect_right(self.clip.pictures, within, key=lambda picture: picture.seconds)
        self.index = next((i for i in range(past - 1, -1, -1) if self.clip.pictures[i].begins), 0)

    def lag_seconds(self, now: float) -> float:
        """How long the next picture has been due."""
        return now - self.origin_seconds - self.round * self.clip.seconds - self.clip.pictures[self.index].seconds

    def take(self) -> tuple[Picture, int]:
        """The next picture and its RTP time; goes on to the one after it, over the clip's end without a break."""
        picture = self.clip.pictures[self.index]
        ticks = (self.offset_ticks + self.round * self.clip.loop_ticks + picture.ticks) & 0xFFFFFFFF
        self.index += 1
        if self.index == len(self.clip.pictures):
            self.index, self.round = 0, self.round + 1
        return picture, ticks

    def ticks_at(self, now: float) -> int:
        """RTP time of a moment, for sender reports."""
        return (self.offset_ticks + round((now - self.origin_seconds) * 90_000)) & 0xFFFFFFFF
