"""How long to wait before a camera is tried again. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling pauses with jitter, in seconds.

    Backoff()                      # 1, 2, 4 … 60 s, each shortened by up to a half at random
    Backoff(first=120, most=1800)  # after a refused password: cameras lock accounts
    """

    first_seconds: float = 1.0
    most_seconds: float = 60.0

    def pause(self, failures: int, random: float) -> float:
        """The pause after so many failures in a row (1 and up); `random` in 0..1 spreads cameras that failed together."""
        return min(self.most_seconds, self.first_seconds * 2.0 ** min(failures - 1, 30)) * (0.5 + 0.5 * random)


ORDINARY = Backoff()
REFUSED = Backoff(first_seconds=120.0, most_seconds=1800.0)
"""401 and 404: nothing heals by itself soon, and five wrong tries lock many cameras for half an hour."""
