"""Ends processes without making the loop wait: a process in an uninterruptible call cannot be killed, and must cost no camera but its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
from contextlib import suppress

POLL_SECONDS = 0.01
PATIENCE_SECONDS = 5.0


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended, without reaping it: until it is reaped its number, and its group's, are nobody else's."""
    if process.returncode is not None:
        return True
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # somebody else has reaped it
        return True


async def until_ended(process: subprocess.Popen[bytes], limit_seconds: float | None = None) -> bool:
    """Waits until it has ended, or the limit has passed; whether it has. It is not reaped."""
    loop = asyncio.get_running_loop()
    end = None if limit_seconds is None else loop.time() + limit_seconds
    while not has_ended(process):
        if end is not None and loop.time() >= end:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


async def killed(process: subprocess.Popen[bytes], *, group: bool = False) -> None:
    """Kills it, with `group` all that it started too, and reaps it; where it does not die within some seconds, or this is cancelled, a thread waits on."""
    if process.returncode is None:  # else its number may be another's by now
        with suppress(ProcessLookupError):
            if group:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                os.kill(process.pid, signal.SIGKILL)
    try:
        await until_ended(process, PATIENCE_SECONDS)
    finally:
        if process.poll() is None:
            threading.Thread(target=process.wait, name="reaper", daemon=True).start()
