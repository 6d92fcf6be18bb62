"""One decoder process as its parent holds it: started, asked with a deadline, killed when it hangs, and never believed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from fcntl import F_SETPIPE_SZ, fcntl
from pathlib import Path
from typing import Any

from streams.decoding import wire

START_SECONDS = 30.0
"""A child is up in 0.3 s; on a machine that is choked with work, in some seconds."""
LEAVE_SECONDS = 2.0
KEPT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONHOME", "VIRTUAL_ENV")
"""Of the parent's environment; passwords and tokens stand in the rest."""
ALLOCATING = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20), "MALLOC_ARENA_MAX": "1"}
"""Pictures come and go: glibc keeps their memory instead of giving it back and fetching it page by page each time."""
CHILD = "streams.decoding.child"


class ChildFault(Exception):
    """The child ended, hung or spoke nonsense while it was at work; the message says which."""


class StartFault(Exception):
    """No child can be started."""


class DecoderProcess:
    """A child process. One thread at a time uses it; the kernel kills it when the thread that started it ends, however that ends.

    Args:
        module: what runs; tests have children of their own.
        clips: a child that may write files.
        folder: where alone such a child may write.
    """

    def __init__(self, module: str = CHILD, *, clips: bool = False, folder: Path | None = None) -> None:
        self._module, self._clips, self._folder = module, clips, folder
        self._process: subprocess.Popen[bytes] | None = None
        self._ask = self._hear = -1

    @property
    def pid(self) -> int | None:
        """The child's process id, or None while there is none."""
        return None if self._process is None else self._process.pid

    @property
    def alive(self) -> bool:
        """Whether there is a child that has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def cpu_seconds(self) -> float | None:
        """CPU time that the child has taken; None where it is gone, or the system does not tell (`clock_getcpuclockid(3)`; Linux makes the clock of the id)."""
        if self._process is None:
            return None
        try:
            return time.clock_gettime(~self._process.pid << 3 | 2)
        except OSError:
            return None

    def start(self) -> None:
        """Starts the child and waits until it listens.

        Raises:
            StartFault: it does not come up.
        """
        self.end()
        theirs_in, self._ask = os.pipe2(os.O_CLOEXEC)
        self._hear, theirs_out = os.pipe2(os.O_CLOEXEC)
        command = [sys.executable, "-P", "-m", self._module, *(["--clips"] if self._clips else []), *([str(self._folder)] if self._folder else [])]
        try:
            for pipe in (self._ask, self._hear):
                with suppress(OSError):  # beyond the user's share of pipe memory the kernel keeps to its 64 KB
                    fcntl(pipe, F_SETPIPE_SZ, wire.PIPE_BYTES)
                os.set_blocking(pipe, False)
            self._process = subprocess.Popen(
                command, stdin=theirs_in, stdout=theirs_out, stderr=subprocess.DEVNULL, env=_environment(), cwd="/", process_group=0
            )  # fmt: skip
        except OSError as error:
            self.end()
            raise StartFault(f"no decoder process can be started ({error.strerror}); `{' '.join(command)}` shows why") from error
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        try:
            ready = wire.hear(self._hear, time.monotonic() + START_SECONDS)
        except wire.WireFault as error:
            self.kill()
            raise StartFault(f"the decoder process does not come up ({error}); `{' '.join(command)}` shows why") from error
        if ready.what != wire.READY:
            self.kill()
            raise StartFault("the decoder process does not say that it is ready")

    def ask(self, told: Mapping[str, Any], body: Sequence[wire.Bytes], deadline: float, most_facts_bytes: int = wire.MAX_FACTS_BYTES) -> wire.Heard:
        """Asks and hears the head of the answer; the pixels of a picture are to be read from `hear` before the next question.

        Raises:
            ChildFault: the child is no more.
        """
        with self.watching():
            wire.ask(self._ask, told, body, deadline)
            return wire.hear(self._hear, deadline, most_facts_bytes)

    @property
    def pipe(self) -> int:
        """Where answers come from."""
        return self._hear

    def watching(self) -> _Watching:
        """Within it, a fault of the wire is the end of the child, and a ChildFault that says how it ended."""
        return _Watching(self)

    def end(self) -> None:
        """Hangs up; a child that does not leave is killed."""
        self._hang_up()
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(LEAVE_SECONDS)
            self.kill()

    def kill(self) -> int | None:
        """Kills the child; its exit status (negative: the signal that ended it), or None where there was none."""
        self._hang_up()
        if self._process is None:
            return None
        self._process.kill()
        status = self._process.wait()
        self._process = None
        return status

    def told_end(self, error: wire.WireFault) -> str:
        """How the child ended, after a fault of the wire; it is no more afterwards."""
        if isinstance(error, wire.Gone) and self._process is not None:
            with suppress(subprocess.TimeoutExpired):  # it has closed its pipe: it is dying, and its own signal tells more than ours
                self._process.wait(1.0)
        status = self.kill()
        if isinstance(error, wire.Late):
            return "hung and was killed"
        if isinstance(error, wire.Nonsense):
            return f"answered nonsense ({error}) and was killed"
        if status is not None and status < 0:
            with suppress(ValueError):
                return f"crashed ({signal.Signals(-status).name})"
        return f"ended (status {status})"

    def _hang_up(self) -> None:
        for pipe in (self._ask, self._hear):
            if pipe >= 0:
                os.close(pipe)
        self._ask = self._hear = -1


class _Watching:
    def __init__(self, child: DecoderProcess) -> None:
        self._child = child

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, wire.WireFault):
            raise ChildFault(self._child.told_end(error)) from error


def _environment() -> dict[str, str]:
    """What a child needs of the environment: to find this package, and one thread for numpy."""
    root = str(Path(__file__).resolve().parents[2])
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**kept, **ALLOCATING, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
