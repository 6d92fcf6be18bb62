"""How cameras are read, and what all cameras of one reader share."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from dataclasses import dataclass, field

from streams.connection import READ_BYTES
from streams.logins import Logins
from streams.ring import RING_BYTES, RING_SECONDS
from streams.tls import client_context


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """How the reader behaves.

    Attributes:
        connect_seconds: until TCP, and TLS where it is asked for, is connected; and until a resolver has answered.
        answer_seconds: until each request is answered.
        stale_seconds: without a picture until a camera is called stale; twice that and it is connected anew.
        keyframe_seconds: without a picture that can be looked at until a camera is connected anew: a fresh session begins with a
            keyframe. Longer than `blind_seconds`, after which pictures in between can be looked at, unless the ring holds no beginning.
        blind_seconds: without a keyframe until a camera is decoded whole.
        connects_per_host: simultaneous handshakes with one host: recorders with 64 channels refuse a rush.
        stagger_seconds: over which the first connects of many cameras are spread, per 100 cameras.
    """

    connect_seconds: float = 10.0
    answer_seconds: float = 10.0
    stale_seconds: float = 10.0
    keyframe_seconds: float = 32.0
    blind_seconds: float = 8.0
    connects_per_host: int = 8
    stagger_seconds: float = 1.0
    ring_seconds: float = RING_SECONDS
    ring_bytes: int = RING_BYTES


@dataclass(slots=True)
class Neighbours:
    """What cameras of one reader share, on its loop: handshakes at a time per host, logins per account, the buffer that they receive into."""

    connects_per_host: int
    logins: Logins = field(default_factory=Logins)
    buffer: bytearray = field(default_factory=lambda: bytearray(READ_BYTES), repr=False)
    _gates: defaultdict[str, asyncio.Semaphore] = field(init=False)
    _contexts: dict[bool, ssl.SSLContext] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._gates = defaultdict(lambda: asyncio.Semaphore(self.connects_per_host))

    def gate(self, host: str) -> asyncio.Semaphore:
        """To be held during a handshake."""
        return self._gates[host]

    def tls(self, verify: bool) -> ssl.SSLContext:
        """The TLS settings of all cameras whose certificates are checked, or are not."""
        if verify not in self._contexts:
            self._contexts[verify] = client_context(verify)
        return self._contexts[verify]
