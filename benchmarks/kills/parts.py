"""Processes that are killed as a power cut kills: each in a group of its own, SIGKILL to all of the group at once."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from detector.fleet.processes import die_with_parent

AGAIN_SECONDS = 3.0
"""Between two starts of what ends by itself (on a full disk it may)."""


@dataclass(slots=True)
class Part:
    """One process and how to start it.

    Attributes:
        stdin_text: handed over by pipe at each start; the pipe stays open.
        output: file that its output is added to.
        starts, own_ends: how often it was started, and ended without being killed here.
    """

    name: str
    command: Sequence[str]
    output: Path
    stdin_text: str | None = field(default=None, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict)
    starts: int = 0
    own_ends: int = 0
    process: subprocess.Popen[str] | None = None
    started_seconds: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Starts it."""
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                list(self.command), stdin=subprocess.DEVNULL if self.stdin_text is None else subprocess.PIPE, stdout=output, stderr=output, text=True,
                env={**os.environ, **self.environment}, start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip
        if self.stdin_text is not None and self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.write(self.stdin_text)
                self.process.stdin.flush()
        self.starts, self.started_seconds = self.starts + 1, time.monotonic()

    def tend(self) -> bool:
        """Starts it again where it ended by itself; whether it had."""
        if self.process is None or self.alive or time.monotonic() - self.started_seconds < AGAIN_SECONDS:
            return False
        self.own_ends += 1
        self._reap()
        self.start()
        return True

    def kill(self) -> None:
        """`kill -9`, of the process and all that it has started."""
        self._end(signal.SIGKILL)

    def stop(self, seconds: float = 20.0) -> None:
        """Ends it in order, and with SIGKILL where it does not heed that in time."""
        if self.process is None:
            return
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self._end(signal.SIGKILL)

    def _end(self, number: int) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)
        self._reap()
        self.process = None

    def _reap(self) -> None:
        if self.process is not None:
            self.process.wait()
            if self.process.stdin is not None:
                with suppress(BrokenPipeError):
                    self.process.stdin.close()
