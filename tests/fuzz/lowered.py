"""Bounds that small inputs can reach: while an input runs, the code under test has lower ones. `test_bombs.py` tries the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streams import media
from streams.rtp import depacketiser, receiver
from streams.rtsp import interleaved

MAX_PICTURE_BYTES = 64 * 1024
MAX_NALS = 24
MAX_GARBAGE_BYTES = 3000
MAX_BROKEN_MESSAGES = 5
MAX_MESSAGES_A_READ = 12

MAX_SEI_BYTES = 64

LOWERED = [
    (media, "MAX_SEI_BYTES", MAX_SEI_BYTES),
    (depacketiser, "MAX_PICTURE_BYTES", MAX_PICTURE_BYTES),
    (receiver, "MAX_PICTURE_BYTES", MAX_PICTURE_BYTES),
    (depacketiser, "MAX_NALS", MAX_NALS),
    (receiver, "MAX_NALS", MAX_NALS),
    (interleaved, "MAX_GARBAGE_BYTES", MAX_GARBAGE_BYTES),
    (interleaved, "MAX_BROKEN_MESSAGES", MAX_BROKEN_MESSAGES),
    (interleaved, "MAX_MESSAGES_A_READ", MAX_MESSAGES_A_READ),
]
REAL = [getattr(module, name) for module, name, _ in LOWERED]


@contextmanager
def lowered() -> Iterator[None]:
    """Lowers the bounds, and puts the real ones back."""
    try:
        for module, name, bound in LOWERED:
            setattr(module, name, bound)
        yield
    finally:
        for (module, name, _), bound in zip(LOWERED, REAL, strict=True):
            setattr(module, name, bound)
