"""Runs one contender as a process of its own over a window of time and tells what it delivered and what it cost.

A contender is a script that reads its task as one JSON line on standard input, prints `{"ready": true}` before it opens a stream, then its counters
as a JSON line every half second, and ends when its input ends. Counters only grow; a window's figures are differences.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkError, PeerMissing
from benchmarks.process_cost import busy_seconds, cost_of

SCRIPTS = Path(__file__).parent / "contenders"
ROOT = SCRIPTS.parent.parent
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Contender:
    """Who is measured.

    Attributes:
        name: as the table has it.
        script: of benchmarks/contenders.
        python: that runs it.
        task: what it is told besides the addresses.
        cameras: most cameras that it is given; a peer that cannot keep up would drop pictures and look cheap.
        environment: variables beside the caller's.
    """

    name: str
    script: str
    python: str = sys.executable
    task: Mapping[str, Any] = field(default_factory=dict)
    cameras: int = 1_000_000
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """What a contender did in a window.

    Attributes:
        counts: differences of its counters (`pictures`, `keyframes`, `looks`, `lost` …).
        cpu_seconds: of its whole process tree.
        memory_bytes: that its streams added, at the window's end.
        beside_seconds: CPU seconds that everything else on the machine used meanwhile, the simulator included.
    """

    cameras: int
    seconds: float
    counts: dict[str, int]
    cpu_seconds: float
    memory_bytes: int
    threads: int
    beside_seconds: float

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds per camera and second."""
        return 1000 * self.cpu_seconds / (self.cameras * self.seconds)

    def rate(self, name: str) -> float:
        """A counter per camera and second."""
        return self.counts.get(name, 0) / (self.cameras * self.seconds)


def measure(contender: Contender, urls: list[str], *, warm_up_seconds: float, seconds: float) -> Window:
    """Runs the contender on its share of the cameras and takes its window.

    Raises:
        PeerMissing: a library or program of it is not on this machine.
        BenchmarkError: it fails.
    """
    given = urls[: contender.cameras]
    with _Running(contender, given) as running:
        running.wait_until_ready()
        before_streams = cost_of(running.pid).memory_bytes
        running.go()
        running.wait_until_all_play(len(given), warm_up_seconds)
        first, cost, busy, began = running.counters(), cost_of(running.pid), busy_seconds(), time.monotonic()
        running.sleep(seconds)
        last, after, busy_after, ended = running.counters(), cost_of(running.pid), busy_seconds(), time.monotonic()
    cpu = after.cpu_seconds - cost.cpu_seconds
    counts = {name: last[name] - first.get(name, 0) for name in last}
    added = max(0, after.memory_bytes - before_streams)
    return Window(len(given), ended - began, counts, cpu, added, after.threads, max(0.0, busy_after - busy - cpu))


class _Running:
    """The contender's process and the latest line that it printed."""

    def __init__(self, contender: Contender, urls: list[str]) -> None:
        self._contender, self._urls = contender, urls
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)
        self._latest: dict[str, Any] = {}
        self._ready = self._ended = False

    def __enter__(self) -> _Running:
        import os

        environment = {**os.environ, "PYTHONPATH": str(ROOT), **self._contender.environment}
        command = [self._contender.python, str(SCRIPTS / f"{self._contender.script}.py")]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)
        self.pid = self._process.pid
        self._errors: list[str] = []
        for work in (self._listen, self._collect_errors):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
            self._process.wait(STOP_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if not line.startswith("{"):
                continue  # a library's chatter
            body = json.loads(line)
            with self._news:
                if body.get("ready"):
                    self._ready = True
                elif "missing" in body:
                    self._latest = body
                else:
                    self._latest = body
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _collect_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._errors = [*self._errors[-20:], line.rstrip()]

    def _check(self) -> None:
        if "missing" in self._latest:
            raise PeerMissing(f"{self._contender.name}: {self._latest['missing']}")
        if self._ended:
            raise BenchmarkError(f"{self._contender.name} ended: {' | '.join(self._errors[-3:]) or 'it said nothing'}")

    def _wait(self, seconds: float, condition: Any) -> bool:
        deadline = time.monotonic() + seconds
        with self._news:
            while not condition():
                self._check()
                if not self._news.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    return False
            return True

    def wait_until_ready(self) -> None:
        """Until it has loaded what it needs."""
        if not self._wait(180.0, lambda: self._ready):
            raise BenchmarkError(f"{self._contender.name} does not get ready")

    def go(self) -> None:
        """Hands it its task."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"urls": self._urls, **self._contender.task}) + "\n")
        self._process.stdin.flush()

    def wait_until_all_play(self, cameras: int, warm_up_seconds: float) -> None:
        """Until pictures of every camera have come, and the warm-up on top."""
        if not self._wait(120.0, lambda: self._latest.get("playing", 0) >= cameras):
            raise BenchmarkError(f"{self._contender.name}: only {self._latest.get('playing', 0)} of {cameras} cameras play after two minutes")
        self.sleep(warm_up_seconds)

    def sleep(self, seconds: float) -> None:
        """Lets it work; an early end is an error."""
        self._wait(seconds, lambda: False)

    def counters(self) -> dict[str, int]:
        """Its latest counters."""
        with self._lock:
            self._check()
            return {name: value for name, value in self._latest.items() if isinstance(value, int)}
