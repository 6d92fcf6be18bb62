"""What a simulated camera can be told to do wrong, by the query of its address: `?fault=hang_describe`, `?fault=stall&after=5`.

fault           what the camera does
hang_options, hang_describe, hang_setup, hang_play   never answers that request
stall           plays, then sends nothing more, the connection stays open
close           plays, then closes the connection
reset           plays, then resets it (RST)
garbage         writes random bytes between the packets
loss            leaves out a share of the packets (`share`, 0.02 by default)
bitflips        flips a bit in a share of the packets (`share`)
unauthorized    answers every request with 401
not_found       answers DESCRIBE with 404
no_video        describes audio only
expired         forgets the session: 454 to every keep-alive, then silence
slow            sends everything one byte at a time
clock           its sender reports are an hour off
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from urllib.parse import parse_qs, urlsplit

from streams.errors import CameraSpecError

NAMES = frozenset(
    "hang_options hang_describe hang_setup hang_play stall close reset garbage loss bitflips unauthorized not_found no_video expired slow clock".split()
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in force for one connection: `name` or None, from `after` seconds of play on, on a `share` of the packets."""

    name: str | None = None
    after: float = 3.0
    share: float = 0.02

    def begun(self, played_seconds: float) -> bool:
        """Whether a fault that begins during play has begun."""
        return self.name is not None and played_seconds >= self.after

    def spoil(self, payload: bytes, random: Random) -> bytes | None:
        """The payload as this fault lets it out: None where it is lost."""
        if random.random() >= self.share:
            return payload
        if self.name == "loss":
            return None
        spoiled = bytearray(payload)
        at = random.randrange(min(2, len(spoiled) - 1), len(spoiled))
        spoiled[at] ^= 1 << random.randrange(8)
        return bytes(spoiled)


def parse_fault(url: str) -> Fault:
    """The fault that an address asks for.

    Raises:
        CameraSpecError: a fault that does not exist.
    """
    query = parse_qs(urlsplit(url).query)
    name = query.get("fault", [None])[0]
    if name is not None and name not in NAMES:
        raise CameraSpecError(f"fault {name!r} is not known; there are {', '.join(sorted(NAMES))}")
    return Fault(name, float(query.get("after", ["3"])[0]), float(query.get("share", ["0.02"])[0]))
