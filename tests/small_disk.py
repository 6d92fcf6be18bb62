"""A small file system of its own that a test may fill."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, mebibytes: int) -> Iterator[Path]:
    """A file system in memory of this size, in a new folder; the test skips where it may not mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], capture_output=True, check=True)


def fill(folder: Path) -> None:
    """Takes what room is left, to the last byte."""
    with (folder / "filler").open("ab") as file:
        while (free := shutil.disk_usage(folder).free) > 0:
            os.posix_fallocate(file.fileno(), file.tell(), free)
            file.seek(0, os.SEEK_END)
