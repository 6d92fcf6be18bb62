"""One input under bounds: what a target may cost, and what counts as a finding.

Time is CPU time of the process, so a busy machine gives no false alarm, and an input counts as slow only if it was slow each of three times (a
collection of a large test process's garbage takes a tenth of a second on its own). What hangs is cut by a timer of CPU time. Memory is the peak that
`tracemalloc` sees while the input runs: everything that the input makes Python hold, the target's state with it.
"""

from __future__ import annotations

import signal
import time
import traceback
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import FrameType

MOST_CPU_SECONDS = 0.1
CUT_SECONDS = 5.0
TRIES = 3


@dataclass(frozen=True, slots=True)
class Target:
    """Something that takes bytes of strangers.

    Attributes:
        run: takes an input; raises nothing for whatever bytes (what the code under test documents is caught in there), and `AssertionError` where the
            answer is wrong.
        mutate: an input like this one: it knows the form, so that what it makes gets past the first check.
        most_bytes: of an input.
        most_peak_bytes: the memory that an input may take, state and all.
        code: globs of the files that it tries; the counts of a deep run are kept for each state of them.
    """

    name: str
    run: Callable[[bytes], None]
    mutate: Callable[[bytes, Random], bytes]
    most_bytes: int
    most_peak_bytes: int
    code: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What an input took; `peak_bytes` only where it was measured."""

    cpu_seconds: float
    peak_bytes: int = 0


class Finding(Exception):
    """An input that a target did not stand: `kind` is crash, wrong, slow, hang or memory; `place` names it shortly, for telling findings apart."""

    def __init__(self, kind: str, place: str, detail: str) -> None:
        super().__init__(f"{kind} at {place}: {detail}")
        self.kind, self.place, self.detail = kind, place, detail


class CutShort(BaseException):
    """Raised inside an input that hangs; no `except Exception` holds it up."""


def run_once(target: Target, data: bytes) -> Cost:
    """Runs one input for its time.

    Raises:
        Finding: it crashed, gave a wrong answer, or hung.
    """
    signal.setitimer(signal.ITIMER_PROF, CUT_SECONDS)
    began = time.process_time()
    try:
        target.run(data)
    except CutShort:
        raise Finding("hang", target.name, f"over {CUT_SECONDS:g} s of CPU") from None
    except AssertionError as error:
        raise Finding("wrong", _place(error), str(error)[:500]) from error
    except Exception as error:
        raise Finding("crash", _place(error), f"{type(error).__name__}: {error}"[:500]) from error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
    return Cost(time.process_time() - began)


def run_for_memory(target: Target, data: bytes) -> int:
    """Runs one input under `tracemalloc` and returns its peak in bytes.

    Raises:
        Finding: as `run_once`, or its peak is over the bound.
    """
    tracemalloc.start(1)
    try:
        run_once(target, data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if peak > target.most_peak_bytes:
        raise Finding("memory", target.name, f"a peak of {peak / 2**20:.1f} MiB, over {target.most_peak_bytes / 2**20:g}")
    return peak


def check(target: Target, data: bytes) -> Cost:
    """Runs an input under all bounds.

    Raises:
        Finding: it broke one.
    """
    cost = run_once(target, data)
    for _ in range(TRIES - 1):
        if cost.cpu_seconds <= MOST_CPU_SECONDS:
            break
        cost = min(cost, run_once(target, data), key=lambda one: one.cpu_seconds)
    if cost.cpu_seconds > MOST_CPU_SECONDS:
        raise Finding("slow", target.name, f"{cost.cpu_seconds * 1e3:.0f} ms of CPU for {len(data)} bytes")
    return Cost(cost.cpu_seconds, run_for_memory(target, data))


def assert_readable(error: Exception) -> None:
    """Asserts that an error is one line that people may be shown."""
    assert str(error).isprintable(), "an error that cannot be shown"
    assert len(str(error)) < 1000, "an error that is no line"


@contextmanager
def hangs_are_cut() -> Iterator[None]:
    """While it is open, `run_once` cuts what hangs; in the main thread only (signals come there)."""

    def cut(number: int, frame: FrameType | None) -> None:
        raise CutShort

    before = signal.signal(signal.SIGPROF, cut)
    try:
        yield
    finally:
        signal.signal(signal.SIGPROF, before)


def _place(error: BaseException) -> str:
    """The innermost line of this project on the way of an error: `receiver.py:97`."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if "site-packages" not in one.filename and "/lib/python" not in one.filename]
    last = (own or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
