"""Bounds on what a process takes, and its end with its parent."""

from __future__ import annotations

import ctypes
import resource
import signal

PR_SET_PDEATHSIG = 1


def bounded(memory_bytes: int, *, open_files: int | None = None, file_bytes: int | None = None) -> None:
    """Bounds this process for good: the kernel kills it when the thread that started it ends, and no core is dumped of it, for a stranger's bytes and a
    camera's password may lie in there.

    Args:
        memory_bytes: of address space.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    bounds = ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_NOFILE, open_files), (resource.RLIMIT_FSIZE, file_bytes), (resource.RLIMIT_CORE, 0))
    for what, most in bounds:
        if most is not None:
            resource.setrlimit(what, (most, most))
