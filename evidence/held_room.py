"""Room on a disk that a file of nothing holds, for what must be written when the disk is full. What becomes of it is its keeper's matter."""

from __future__ import annotations

import os
from pathlib import Path

BLOCK_BYTES = 512
"""Of `st_blocks`, whatever the file system's own blocks are."""


def held_bytes(path: Path) -> int:
    """Room that the file holds, really allocated: a sparse file, as some copies are, is longer than that. 0 where there is none."""
    try:
        told = path.stat()
    except OSError:
        return 0
    return min(told.st_size, told.st_blocks * BLOCK_BYTES)


def hold(path: Path, size_bytes: int) -> None:
    """Has the file hold so much, really allocated; one that holds as much already stays as it is, and one for which there is no
    room holds what it held.

    Raises:
        OSError: it cannot be opened, or is a link.
    """
    held = held_bytes(path)
    if held >= size_bytes:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size_bytes)
    except OSError:
        os.ftruncate(descriptor, held)
    finally:
        os.close(descriptor)
