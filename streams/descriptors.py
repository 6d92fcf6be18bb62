"""How many files and sockets this process may have open: a camera over UDP takes three, and services begin with 1024."""

from __future__ import annotations

import errno
import resource

MOST_OPEN = 65_536
"""Asked for, where the system allows so many: tables of descriptors grow with it, and no reader needs more."""
SHORT_OF_FILES = frozenset((errno.EMFILE, errno.ENFILE))


def raise_open_files() -> int:
    """Raises this process's own limit of open files as far as it may, up to `MOST_OPEN`; returns what holds then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_OPEN
    wanted = MOST_OPEN if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN)
    if wanted <= soft:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return soft
    return wanted


def too_many_open_files() -> str:
    """Why no socket can be opened, and what to do, in a clause."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return f"this process has {soft} files and sockets open, and may have no more; raise its limit (ulimit -n, LimitNOFILE=), or give it fewer cameras"
