"""Local processes that are kept alive: one that dies is started again with a growing pause, all of them end with their keeper.

Children get their input by pipe (a worker's spec may hold credentials, which no command line should), write to the keeper's own output, or to a
file that only its owner may read, and die with it: Linux sends them SIGTERM when the keeper is killed (`PR_SET_PDEATHSIG`), so `kill -9` of the
front door leaves nothing behind.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_AFTER_SECONDS = 20.0
"""A child that lived this long starts again without a pause."""
STOP_SECONDS = 10.0
EXIT_WRONG_USE = 2
"""Exit status of a child for which starting again is useless; it has said why."""
EXIT_NOT_ALLOWED = 77
"""Exit status of a worker that the registry has revoked, or does not know; EX_NOPERM of sysexits.h."""
EXIT_TRY_AGAIN = 75
"""Exit status of a child that cannot begin now (a full disk) and may after a while; EX_TEMPFAIL of sysexits.h."""


def die_with_parent() -> None:
    """Asks the kernel to end this process when its parent is gone."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@dataclass(slots=True)
class KeptProcess:
    """One child and how to start it.

    Attributes:
        name: what the log calls it.
        command: program and arguments.
        stdin_text: text handed over by pipe at each start.
        listens: whether the child goes on reading its input (`tell`); else the pipe is closed behind `stdin_text`.
        output: file that its output is added to; None lets it write to the keeper's own.
        restarts: how often it was started again.
        gives_up: exit statuses after which starting again is useless.
    """

    name: str
    command: Sequence[str]
    stdin_text: str | None = field(default=None, repr=False)
    listens: bool = False
    output: Path | None = None
    gives_up: frozenset[int] = frozenset({EXIT_WRONG_USE, EXIT_NOT_ALLOWED})
    restarts: int = 0
    process: subprocess.Popen[str] | None = None
    gave_up: bool = False
    _started: float = 0.0
    _pause: float = FIRST_PAUSE_SECONDS
    _next_start: float = 0.0

    def start(self) -> None:
        """Starts the child now."""
        self.close_input()
        stdin = subprocess.PIPE if self.stdin_text is not None else subprocess.DEVNULL
        output = None if self.output is None else os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self.process = subprocess.Popen(list(self.command), stdin=stdin, stdout=output, stderr=output, text=True, preexec_fn=die_with_parent)
        finally:
            if output is not None:
                os.close(output)
        if self.stdin_text is not None:
            self._write(self.stdin_text)
        self._started = time.monotonic()

    def tell(self, text: str) -> None:
        """Hands a newer text to a child that listens, now and at each further start."""
        self.stdin_text = text
        if self.alive:
            self._write(text)

    def close_input(self) -> None:
        """Closes the pipe to the child, where it is still open."""
        if self.process is not None and self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.close()

    def _write(self, text: str) -> None:
        pipe = None if self.process is None else self.process.stdin
        if pipe is None:
            return
        try:
            pipe.write(text)
            if self.listens:
                pipe.flush()
            else:
                pipe.close()
        except BrokenPipeError:  # it died at once; the keeper sees that
            pass

    def tend(self, now: float) -> None:
        """Starts the child again where it died and its pause is over."""
        if self.gave_up or self.process is None:
            return
        status = self.process.poll()
        if status is None:
            return
        if self._next_start == 0.0:
            if status in self.gives_up:
                told = logging.DEBUG if self.output is None and not self.restarts and now - self._started < HEALTHY_AFTER_SECONDS else logging.ERROR
                log.log(told, "%s ended with exit status %d and is not started again", self.name, status)  # one that never began has just said why, here
                self.gave_up = True
                return
            self._pause = FIRST_PAUSE_SECONDS if now - self._started > HEALTHY_AFTER_SECONDS else min(self._pause * 2, LONGEST_PAUSE_SECONDS)
            log.warning("%s ended (%s); starting again in %.1f s", self.name, describe(status), self._pause)
            self._next_start = now + self._pause
        elif now >= self._next_start:
            try:
                self.start()
            except OSError as error:  # no memory, no process, no disk for its output: not now
                log.warning("%s cannot be started (%s); trying again in %.1f s", self.name, error.strerror or error, LONGEST_PAUSE_SECONDS)
                self._next_start = now + LONGEST_PAUSE_SECONDS
                return
            self._next_start = 0.0
            self.restarts += 1

    @property
    def alive(self) -> bool:
        """Whether the child runs."""
        return self.process is not None and self.process.poll() is None


class Keeper:
    """Keeps processes alive until it is closed; a context manager."""

    def __init__(self) -> None:
        self.processes: list[KeptProcess] = []

    def add(self, process: KeptProcess) -> KeptProcess:
        """Starts a process and keeps it."""
        process.start()
        self.processes.append(process)
        return process

    def tend(self) -> None:
        """Looks after every process once."""
        now = time.monotonic()
        for process in self.processes:
            process.tend(now)

    def keep(self, *, until: Callable[[], bool], every_seconds: float = 0.2) -> None:
        """Looks after the processes until `until()` is true or all of them have given up."""
        while not until():
            self.tend()
            if self.processes and all(process.gave_up for process in self.processes):
                return
            time.sleep(every_seconds)

    def close(self) -> None:
        """Ends all children: SIGTERM, and SIGKILL for what does not heed it in time."""
        for process in reversed(self.processes):
            if process.alive and process.process is not None:
                process.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in reversed(self.processes):
            if process.process is None:
                continue
            try:
                process.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.process.kill()
                process.process.wait()
            process.close_input()

    def __enter__(self) -> Keeper:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def stop_on_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set, so that a command ends its children and itself in order."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def describe(status: int) -> str:
    """An exit status in words."""
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
