"""Cameras whose keyframes are rare or never come (smart codecs, intra refresh): pictures in between are handed out with what must be decoded before them.

Pure. A keyframe every 20 s would be one look in 20 s (MEASURED.md). From `after_seconds` without one on, about once a second a picture goes out that carries
its prelude, the pictures from the last place where decoding can begin. It ends when keyframes come often again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from streams.media import AccessUnit

EVERY_SECONDS = 1.0


class BlindWatch:
    """Whether a stream is to be decoded whole, and when its next picture is due."""

    def __init__(self, after_seconds: float) -> None:
        self._after = after_seconds
        self.on = False
        self.last_given_seconds: float | None = None
        """When a picture between keyframes was last handed out."""

    def begin(self) -> None:
        """A fresh session: what is known of the camera stays."""
        self.last_given_seconds = None

    def look(self, since_keyframe_seconds: float) -> bool:
        """Takes how long no keyframe has come; returns whether the stream is to be decoded whole now."""
        self.on = self.on or since_keyframe_seconds > self._after
        return self.on

    def keyframe(self, interval_seconds: float | None) -> None:
        """A keyframe, so long after the last one."""
        if interval_seconds is not None and interval_seconds <= self._after:
            self.on = False

    def due(self, now_seconds: float) -> bool:
        """Whether a picture between keyframes is to be handed out now."""
        return self.on and (self.last_given_seconds is None or now_seconds - self.last_given_seconds >= EVERY_SECONDS)


def with_prelude(unit: AccessUnit, held: Sequence[AccessUnit]) -> AccessUnit | None:
    """The picture with those from the last beginning on, out of the ring's (which end with it); None where there is no beginning.

    The beginning is the last keyframe, or the last recovery point but one: from one to the next the whole picture is refreshed, and what is decoded from
    the last one alone would still be patched.
    """
    if not held or held[-1] is not unit:
        return None
    begin = None
    for at in range(len(held) - 1, -1, -1):
        one = held[at]
        if one.keyframe or one.recovery:
            second = begin is not None
            begin = at
            if one.keyframe or second:
                break
    return None if begin is None else replace(unit, prelude=tuple(held[begin:-1]))
