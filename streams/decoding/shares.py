"""What each camera costs the decoders, and how long one that takes more than its share must rest. Pure; the clock is an argument.

Decode seconds fade over a minute, so that a camera's account is what it took a second. While all that is asked for fits, nobody rests who
leaves a decoder some time for others. Where it does not, the accounts are levelled as max-min fairness does (water-filling: whoever asks for less than the
level has all of it, the others the level), and a camera far above the level rests until its account has faded to it: its looks come as often as its share
pays for.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field

FADING_SECONDS = 60.0
FULL = 0.9
"""Of the decoders' time; beyond it looks wait for each other."""
GENEROUS = 4.0
"""Times an equal share that a camera always has: one under suspicion is looked at five times as often as a calm one, and a 4K picture costs four of 1080p."""
MOST_OF_ALL = 0.5
"""Of all decoders' time, however few the cameras are."""
LONG_SECONDS = 1.0
"""A turn that holds a decoder longer keeps others waiting all that time: it is charged with its cube."""
MOST_REST_SECONDS = 300.0
LEVEL_SECONDS = 1.0
"""A level is good for so long; cameras come to hundreds."""


@dataclass(slots=True)
class _Account:
    seconds: float = 0.0
    at: float = 0.0

    def faded(self, now: float) -> float:
        return self.seconds * math.exp(min(0.0, self.at - now) / FADING_SECONDS)


@dataclass(slots=True)
class Shares:
    """The accounts of all cameras.

    Args:
        capacity: decode seconds that there are a second: how many decoders.
    """

    capacity: float
    _accounts: dict[str, _Account] = field(default_factory=dict)
    _level: float = math.inf
    _levelled_at: float = -math.inf

    def charge(self, camera_id: str, seconds: float, now: float) -> None:
        """Books a turn at a decoder."""
        account = self._accounts.setdefault(camera_id, _Account(0.0, now))
        account.seconds = account.faded(now) + (seconds if seconds <= LONG_SECONDS else seconds**3)
        account.at = now

    def used(self, camera_id: str, now: float) -> float:
        """Decode seconds that the camera was charged of late."""
        account = self._accounts.get(camera_id)
        return 0.0 if account is None else account.faded(now)

    def rest_seconds(self, camera_id: str, now: float) -> float:
        """How long the camera must rest before its next turn; 0 for one within its share."""
        used, level = self.used(camera_id, now), self._level_now(now) * FADING_SECONDS
        return min(MOST_REST_SECONDS, FADING_SECONDS * math.log(used / level)) if used > level else 0.0

    def resting(self, now: float) -> int:
        """How many cameras must rest."""
        level = self._level_now(now) * FADING_SECONDS
        return sum(account.faded(now) > level for account in self._accounts.values())

    def forget(self, camera_id: str) -> None:
        """Closes the account of a camera that is gone."""
        self._accounts.pop(camera_id, None)

    def _level_now(self, now: float) -> float:
        if now - self._levelled_at >= LEVEL_SECONDS:
            uses = [account.faded(now) / FADING_SECONDS for account in self._accounts.values()]
            always = min(GENEROUS * self.capacity / max(1, len(uses)), MOST_OF_ALL * self.capacity)
            self._level, self._levelled_at = min(FULL, max(level_of(uses, FULL * self.capacity), always)), now
        return self._level


def level_of(uses: Collection[float], capacity: float) -> float:
    """The most that each may have so that the sum stays within the capacity (max-min fairness); infinite where all of it fits."""
    left, many = capacity, len(uses)
    for use in sorted(uses):
        if use * many > left:
            return left / many
        left, many = left - use, many - 1
    return math.inf
