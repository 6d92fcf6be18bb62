"""Packets that came before their turn, over UDP: held until the missing ones come or can no longer be waited for. Pure; packets in order never get here."""

from __future__ import annotations

MOST_PACKETS = 128
"""Held at a time, and how far ahead of its turn a packet may be: some 150 KB, half a large keyframe."""
MOST_BYTES = 512 * 1024
MOST_SECONDS = 0.15
"""A packet that another way delays comes within some tens of milliseconds; later ones are lost for this reader."""
TURN = 0x10000


class Reorder:
    """Holds packets by sequence number (RFC 3550 5.1), bounded in packets, bytes and seconds."""

    def __init__(self, packets: int = MOST_PACKETS, most_bytes: int = MOST_BYTES, seconds: float = MOST_SECONDS) -> None:
        self.most_packets, self._most_bytes, self._seconds = packets, most_bytes, seconds
        self._held: dict[int, tuple[float, bytes]] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._held)

    @property
    def held_bytes(self) -> int:
        """Bytes held."""
        return self._bytes

    def put(self, sequence: int, packet: bytes, now_seconds: float) -> bool:
        """Holds a packet; False if one with this number is held already."""
        if sequence in self._held:
            return False
        self._held[sequence] = (now_seconds, packet)
        self._bytes += len(packet)
        return True

    def take(self, expected: int, now_seconds: float) -> bytes | None:
        """The packet whose turn it is: number `expected`, or where that is waited for no longer, the next that there is. None: wait on."""
        held = self._held.pop(expected, None)
        if held is None and self._held:
            oldest = next(iter(self._held.values()))[0]
            if len(self._held) > self.most_packets or self._bytes > self._most_bytes or now_seconds - oldest >= self._seconds:
                held = self._held.pop(min(self._held, key=lambda sequence: (sequence - expected) % TURN))
        if held is None:
            return None
        self._bytes -= len(held[1])
        return held[1]

    def take_any(self, expected: int) -> bytes | None:
        """The next packet that there is, waiting for none: the stream goes on elsewhere."""
        return self.take(expected, float("inf"))

    def clear(self) -> None:
        """Forgets all."""
        self._held.clear()
        self._bytes = 0
