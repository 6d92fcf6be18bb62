"""A camera's process of the fallback: started without secrets in its arguments or environment, killed and reaped."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable

from streams.libav.framing import Head
from streams.libav.line import Line
from streams.reaping import killed, until_ended

KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "LD_LIBRARY_PATH", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""All that the child gets of the environment: the rest may hold secrets, and it reads a stranger's bytes."""
EXIT_SECONDS = 5.0


class ChildProcess:
    """The process and the line to it."""

    def __init__(self, process: subprocess.Popen[bytes], line: Line) -> None:
        self._process, self.line = process, line

    @classmethod
    async def started(cls, on_message: Callable[[Head, memoryview], None]) -> ChildProcess:
        """Starts it; its messages come on the running loop."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
                process = subprocess.Popen(  # noqa: ASYNC220 vfork: about a millisecond, and no thread has to wait for each camera's process
                    [sys.executable, "-m", "streams.libav.child"],
                    stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True, cwd="/",
                )  # fmt: skip
        except BaseException:
            ours.close()
            raise
        try:
            _, line = await asyncio.get_running_loop().create_connection(lambda: Line(on_message), sock=ours)
        except BaseException:
            ours.close()
            await killed(process)
            raise
        return cls(process, line)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def why_gone(self) -> str:
        """What its exit status tells, once its line is cut."""
        status = await self._exit_status()
        if status is None or status >= 0:
            return "the process that read this camera through libav ended without a word; no other camera is touched"
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return f"the process that read this camera through libav was ended by {name}; no other camera is touched"

    async def ended(self) -> None:
        """Cuts the line, kills the process and reaps it."""
        self.line.close()
        await killed(self._process)

    async def _exit_status(self) -> int | None:
        await until_ended(self._process, EXIT_SECONDS)
        return self._process.poll()
