"""How cameras are read, and what all cameras of one reader share."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

from streams.connection import READ_BYTES
from streams.errors import RtspError
from streams.logins import Logins
from streams.ring import RING_BYTES, RING_SECONDS
from streams.tls import client_context

RESOLVERS = 16
"""Asked at a time."""
LIBAV_STARTS = 8
"""At a time: each takes a tenth of a second of CPU or more."""


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
        libav_cameras: how many cameras may be read through libav at a time, each by a process of some 70 MB.
        stagger_seconds: over which the first connects of many cameras are spread, per 100 cameras.
    """

    connect_seconds: float = 10.0
    answer_seconds: float = 10.0
    stale_seconds: float = 10.0
    keyframe_seconds: float = 32.0
    blind_seconds: float = 8.0
    connects_per_host: int = 8
    libav_cameras: int = 64
    stagger_seconds: float = 1.0
    ring_seconds: float = RING_SECONDS
    ring_bytes: int = RING_BYTES


@dataclass(slots=True)
class Neighbours:
    """What cameras of one reader share, on its loop: handshakes at a time per host, logins per account, the buffer that they receive into, processes.

    Attributes:
        files: whose threads read files; None for the loop's own, which look up names.
        libav_starts: held while a process of libav starts, which is most of what it costs.
        resolving: held while a resolver is asked: a gateway is not to be rushed, nor this machine by its programs.
    """

    connects_per_host: int
    libav_cameras: int = 64
    files: Executor | None = field(default=None, repr=False)
    libav_starts: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LIBAV_STARTS), repr=False)
    resolving: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(RESOLVERS), repr=False)
    _libav: int = 0
    logins: Logins = field(default_factory=Logins)
    buffer: bytearray = field(default_factory=lambda: bytearray(READ_BYTES), repr=False)
    _bounds: Mapping[str, int] = field(default_factory=dict)
    _gates: dict[str, asyncio.Semaphore] = field(default_factory=dict, repr=False)
    _contexts: dict[bool, ssl.SSLContext] = field(default_factory=dict, repr=False)

    def bound(self, connects: Mapping[str, int]) -> None:
        """How many handshakes at a time these hosts bear; all others bear `connects_per_host`. Those under way go on."""
        changed = {host for host in {*self._bounds, *connects} if self._bounds.get(host) != connects.get(host)}
        self._bounds = dict(connects)
        for host in changed:
            self._gates.pop(host, None)

    def gate(self, host: str) -> asyncio.Semaphore:
        """To be held during a handshake."""
        if host not in self._gates:
            self._gates[host] = asyncio.Semaphore(self._bounds.get(host, self.connects_per_host))
        return self._gates[host]

    def enter_libav(self) -> None:
        """One more camera is read through libav, until `leave_libav`.

        Raises:
            RtspError: there are as many as there may be.
        """
        if self._libav >= self.libav_cameras:
            raise RtspError(f"{self._libav} cameras are read through libav, more than that is not done by one worker (libav_cameras)")
        self._libav += 1

    def leave_libav(self) -> None:
        """One less is."""
        self._libav -= 1

    def tls(self, verify: bool) -> ssl.SSLContext:
        """The TLS settings of all cameras whose certificates are checked, or are not."""
        if verify not in self._contexts:
            self._contexts[verify] = client_context(verify)
        return self._contexts[verify]
