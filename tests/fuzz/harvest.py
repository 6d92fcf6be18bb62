"""Takes from a deep run's corpus the few small inputs that together reach what all of it reaches, into the repository.

What an input reaches are steps from line to line in the code under test (`sys.settrace`); smallest inputs first, one is taken if it adds a step.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.bounds import Target, hangs_are_cut, run_once
from tests.fuzz.state import FUZZ, inputs_kept

MOST_KEPT_BYTES = 4096
ROOMS = tuple(str(FUZZ.parent.parent / room) for room in ("streams", "detector"))


def steps(target: Target, data: bytes) -> set[tuple[str, int, int]]:
    """The steps that an input makes: file, line before, line."""
    reached: set[tuple[str, int, int]] = set()

    def watch(frame: FrameType, event: str, argument: object) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(ROOMS):
            return None
        before = 0

        def line(inner: FrameType, event: str, argument: object) -> Any:
            nonlocal before
            reached.add((file, before, inner.f_lineno))
            before = inner.f_lineno
            return line

        return line

    sys.settrace(watch)
    try:
        run_once(target, data)
    finally:
        sys.settrace(None)
    return reached


def harvest(target: Target, found: Iterable[Path], most: int) -> int:
    """Writes at most so many inputs as `reach-…` in place of the earlier ones; returns how many."""
    folder = FUZZ / "corpus" / target.name
    folder.mkdir(parents=True, exist_ok=True)
    inputs = [path.read_bytes() for path in found] + [path.read_bytes() for path in folder.glob("reach-*")]
    for path in folder.glob("reach-*"):
        path.unlink()
    with hangs_are_cut():
        reached = set().union(*(steps(target, path.read_bytes()) for path in inputs_kept(target.name)))
        taken = 0
        for data in sorted({one for one in inputs if len(one) <= min(MOST_KEPT_BYTES, target.most_bytes)}, key=lambda one: (len(one), one)):
            more = steps(target, data) - reached
            if more and taken < most:
                reached |= more
                taken += 1
                (folder / f"reach-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)
    return taken
