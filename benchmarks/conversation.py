"""A contender's process, spoken to in JSON lines: what it is told goes in, what it says comes out, and its end is noticed.

Every contender is a process of its own, so that the kernel's account of it (process_cost) is its whole cost and nobody else's. It reads its task as
the first line, loads what it needs, and says `{"ready": true}`; what follows is for contender.py and job.py. Lines that are not JSON objects are a
library's chatter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.errors import BenchmarkError, PeerMissing

SCRIPTS = Path(__file__).parent / "contenders"
ROOT = SCRIPTS.parent.parent
LOAD_SECONDS = 240.0
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Contender:
    """Who is measured.

    Attributes:
        key: its name in JSON, for programs.
        title: its name in tables.
        script: of benchmarks/contenders.
        task: what it is told before it loads.
        python: that runs it; peers live in an environment of their own.
        cameras: most cameras that it is given; a peer that cannot keep up would drop pictures and look cheap.
        must: a counter and how often per camera and second it has to rise; below nine tenths of it the contender did not keep up.
        environment: variables beside the caller's.
        transport: `tcp` or `udp`; the contender is told.
        segmented: whether the cameras hand the kernel many datagrams at once (GSO), so that they arrive coalesced; real cameras send one by one.
        missing: why it cannot run on this machine, where that is known before it starts.
    """

    key: str
    title: str
    script: str
    task: Mapping[str, Any] = field(default_factory=dict)
    python: str = sys.executable
    cameras: int = 1_000_000
    must: tuple[str, float] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    transport: str = "tcp"
    segmented: bool = False
    missing: str | None = None


class Conversation:
    """A contender's process and the latest that it said.

    Raises:
        PeerMissing: a library, program or file of it is not on this machine.
        BenchmarkError: it fails.
    """

    def __init__(self, contender: Contender) -> None:
        self._contender = contender
        self._news = threading.Condition()
        self._latest: dict[str, Any] = {}
        self._told = 0
        self._ended = False
        self._errors: list[str] = []

    def __enter__(self) -> Conversation:
        contender = self._contender
        if contender.missing is not None:
            raise PeerMissing(contender.missing)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **contender.environment}
        command = [contender.python, str(SCRIPTS / f"{contender.script}.py")]
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)
        except OSError as error:
            raise PeerMissing(f"{contender.python} does not start ({error.strerror})") from error
        self.pid = self._process.pid
        self._listeners = [threading.Thread(target=work, daemon=True) for work in (self._listen, self._collect_errors)]
        for thread in self._listeners:
            thread.start()
        try:
            self.say({**contender.task, "transport": contender.transport})
            self.ready = self.wait(lambda said: "ready" in said, LOAD_SECONDS, "does not get ready")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # it is gone already
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._listeners:
            thread.join(STOP_SECONDS)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def say(self, value: Mapping[str, Any]) -> None:
        """Tells it one line."""
        assert self._process.stdin is not None
        with suppress(OSError):  # its end is noticed, with the reason, by whoever waits for its answer
            self._process.stdin.write(json.dumps(value) + "\n")
            self._process.stdin.flush()

    def wait(self, condition: Callable[[dict[str, Any]], bool], seconds: float, otherwise: str) -> dict[str, Any]:
        """The first thing it says, from its latest on, that fulfils the condition; `otherwise` completes the sentence where none comes."""
        deadline = time.monotonic() + seconds
        with self._news:
            while not condition(self._latest):
                self._check()
                left = deadline - time.monotonic()
                if left <= 0:
                    raise BenchmarkError(f"{self._contender.title} {otherwise} within {seconds:.0f} s")
                self._news.wait(left)
            return dict(self._latest)

    def ask(self, value: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Tells it one line and waits for the next that it says."""
        with self._news:
            before = self._told
        self.say(value)
        return self.wait(lambda _: self._told > before, seconds, "does not answer")

    def sleep(self, seconds: float) -> None:
        """Lets it work; its early end is an error."""
        deadline = time.monotonic() + seconds
        with self._news:
            while (left := deadline - time.monotonic()) > 0:
                self._check()
                self._news.wait(left)
            self._check()

    def counters(self) -> dict[str, int]:
        """The whole numbers of what it said last."""
        with self._news:
            self._check()
            return {name: value for name, value in self._latest.items() if type(value) is int}

    def latest(self, name: str) -> dict[str, float]:
        """A mapping of figures in what it said last; empty where there is none."""
        with self._news:
            self._check()
            return dict(self._latest.get(name) or {})

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if not line.startswith("{"):
                continue
            try:
                said = json.loads(line)
            except ValueError:
                continue
            with self._news:
                self._latest = said
                self._told += 1
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _collect_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if line.strip():
                self._errors = [*self._errors[-20:], line.strip()]

    def _check(self) -> None:
        if "missing" in self._latest:
            raise PeerMissing(str(self._latest["missing"]))
        if "refused" in self._latest:
            raise BenchmarkError(str(self._latest["refused"]))
        if self._ended:
            time.sleep(0.1)  # its last words come by another pipe
            raise BenchmarkError(f"{self._contender.title} ended: {' | '.join(self._errors[-2:]) or 'it said nothing'}")
