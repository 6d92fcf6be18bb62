"""A disk of its own for worker and API that can be filled: a file system in a file where root allows one, else a limit on the size of files."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

FILLER = "filled-by-somebody-else"
LIMIT_BYTES = 4096


class Disk:
    """A folder on a disk of its own; `own` says whether it is one."""

    def __init__(self, folder: Path, size_bytes: int) -> None:
        self.folder, self._size, self.own = folder, size_bytes, False
        self._limited: list[int] = []

    def open(self) -> None:
        """Makes and mounts it; a plain folder where that may not be."""
        self.folder.mkdir(parents=True, exist_ok=True)
        image = self.folder.with_suffix(".img")
        if self.folder.is_mount():
            self.own = True
        elif os.geteuid() == 0 and shutil.which("mkfs.ext4") and not (any(self.folder.iterdir()) and not image.exists()):
            try:
                if not image.exists():
                    with image.open("wb") as file:
                        file.truncate(self._size)
                    _run("mkfs.ext4", "-q", "-F", "-m", "0", str(image))
                _run("mount", "-o", "loop", str(image), str(self.folder))
                self.own = True
            except (OSError, subprocess.CalledProcessError):
                image.unlink(missing_ok=True)
        self.free()

    def close(self) -> None:
        """Lets go of it; what lies on it stays in its image."""
        self.free()
        if self.own:
            with suppress(subprocess.CalledProcessError):
                _run("umount", str(self.folder))

    def fill(self, leader: int | None) -> None:
        """Takes what room is left; without a disk of its own, the processes of the session that `leader` leads cannot make files grow any more."""
        if self.own:
            with (self.folder / FILLER).open("ab") as file, suppress(OSError):
                while True:
                    room = shutil.disk_usage(self.folder).free
                    end = file.tell() + max(4096, room - 65536)
                    os.posix_fallocate(file.fileno(), file.tell(), end - file.tell())
                    file.seek(0, os.SEEK_END)
            return
        for one in _family(leader):
            if one not in self._limited:
                with suppress(OSError, ValueError):
                    resource.prlimit(one, resource.RLIMIT_FSIZE, (LIMIT_BYTES, resource.RLIM_INFINITY))
                    self._limited.append(one)

    def free(self) -> None:
        """Gives the room back."""
        if self.own:
            (self.folder / FILLER).unlink(missing_ok=True)
        for one in self._limited:
            with suppress(OSError, ValueError):
                resource.prlimit(one, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self._limited = []


def _family(leader: int | None) -> list[int]:
    """The living processes of a session, by the one that leads it."""
    found = []
    for entry in os.scandir("/proc"):
        if leader is not None and entry.name.isdecimal():
            with suppress(OSError):
                if os.getsid(int(entry.name)) == leader:
                    found.append(int(entry.name))
    return found


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
