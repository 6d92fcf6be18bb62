"""Who is delivering what, and what shall rest until when: in memory alone. It dies with the process, and a full disk cannot stand in its way."""

from __future__ import annotations

LONGEST_PAUSE_SECONDS = 3600.0
"""A moment further away than this comes of a wall clock that was stepped, and is over."""


class Leases:
    """Packets that are not to be given out before a moment; the caller sees to it that one thread at a time asks. Times are Unix seconds."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def take(self, packet_id: str, until: float) -> None:
        """Keeps a packet from being given out before `until`."""
        self._until[packet_id] = until

    def drop(self, packet_id: str) -> None:
        """Lets a packet be given out."""
        self._until.pop(packet_id, None)

    def holds(self, packet_id: str, now: float) -> bool:
        """Whether it is not to be given out now."""
        return now < self._until.get(packet_id, now) <= now + LONGEST_PAUSE_SECONDS

    def held(self, now: float) -> list[str]:
        """All that are not to be given out now; those whose time is over are forgotten."""
        self._until = {packet_id: until for packet_id, until in self._until.items() if now < until <= now + LONGEST_PAUSE_SECONDS}
        return list(self._until)

    def clear(self) -> None:
        """Forgets all: whoever held them is gone."""
        self._until.clear()
