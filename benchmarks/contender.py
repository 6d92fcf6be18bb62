"""Runs one contender on live cameras over a window of time and tells what it delivered and what it cost.

Once ready it is told its addresses, opens them, and prints its counters four times a second until its input ends. Counters only grow; a window's
figures are differences.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.cameras import Cameras
from benchmarks.conversation import Contender, Conversation
from benchmarks.process_cost import busy_seconds, cost_of

START_SECONDS = 120.0
KEPT_UP = 0.9


@dataclass(frozen=True, slots=True)
class Window:
    """What a contender did in a window.

    Attributes:
        counts: differences of its counters (`pictures`, `keyframes`, `looks`, `lost` …).
        cpu_seconds: of its whole process tree.
        memory_bytes: that its streams added, at the window's end.
        base_bytes: that it held before them: libraries, model, decoders.
        beside_seconds: CPU seconds that everything else on the machine used meanwhile, the simulator included.
        sender_seconds: CPU seconds that the simulator used meanwhile.
        accounts: differences of the CPU seconds by stage that it keeps of itself, where it was asked for a profile.
        said: what the contender said of itself when it was ready (`provider`, `size` …).
    """

    cameras: int
    seconds: float
    counts: dict[str, int]
    cpu_seconds: float
    memory_bytes: int
    threads: int
    beside_seconds: float
    sender_seconds: float = 0.0
    base_bytes: int = 0
    accounts: Mapping[str, float] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds per camera and second."""
        return 1000 * self.cpu_seconds / (self.cameras * self.seconds)

    @property
    def sender_ms(self) -> float:
        """CPU milliseconds of the simulator per camera and second."""
        return 1000 * self.sender_seconds / (self.cameras * self.seconds)

    @property
    def memory_mb(self) -> float:
        """Megabytes (10^6 bytes) per camera."""
        return self.memory_bytes / 1e6 / self.cameras

    def rate(self, name: str) -> float:
        """A counter per camera and second."""
        return self.counts.get(name, 0) / (self.cameras * self.seconds)


def kept_up(windows: Sequence[Window], must: tuple[str, float] | None) -> bool:
    """Whether it did its work over all windows together (a look may fall just outside of one): a contender that drops pictures looks cheap."""
    if must is None:
        return True
    done = sum(window.counts.get(must[0], 0) for window in windows)
    return done >= KEPT_UP * must[1] * sum(window.cameras * window.seconds for window in windows)


def measure(contender: Contender, cameras: Cameras, *, warm_up_seconds: float, seconds: float) -> Window:
    """Runs the contender on its share of the cameras and takes its window.

    Raises:
        PeerMissing: a library or program of it is not on this machine.
        BenchmarkError: it fails.
    """
    given = list(cameras.urls[: contender.cameras])
    with Conversation(contender) as running:
        before_streams = cost_of(running.pid).memory_bytes
        running.say({"urls": given})
        running.wait(lambda said: said.get("playing", 0) >= len(given), START_SECONDS, f"does not play all of its {len(given)} cameras")
        running.sleep(warm_up_seconds)
        sender = cost_of(cameras.pid).cpu_seconds
        first, stages, cost, busy, began = running.counters(), running.latest("accounts"), cost_of(running.pid), busy_seconds(), time.monotonic()
        running.sleep(seconds)
        last, stages_after, after, busy_after = running.counters(), running.latest("accounts"), cost_of(running.pid), busy_seconds()
        ended = time.monotonic()
        sender = cost_of(cameras.pid).cpu_seconds - sender
    cpu = after.cpu_seconds - cost.cpu_seconds
    counts = {name: last[name] - first.get(name, 0) for name in last if name != "playing"}
    added = max(0, after.memory_bytes - before_streams)
    accounts = {name: seconds - stages.get(name, 0.0) for name, seconds in stages_after.items()}
    said = {name: value for name, value in running.ready.items() if name != "ready"}
    return Window(len(given), ended - began, counts, cpu, added, after.threads, max(0.0, busy_after - busy - cpu), sender, before_streams, accounts, said)
