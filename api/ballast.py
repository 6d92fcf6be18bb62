"""Room that is taken while there is some, so that a SQLite database opens on a full disk: a file beside it, `NAME.ballast`, which holds nothing.

A clean stop removes the write-ahead log and its index, and opening makes both again: the index alone is 32 KiB, and where they do not fit nothing can even be
read. So the file gives way by a quarter, which is what an opening needs several times over, and the rest stays for the next ones. Once it is open, what is
written has no part in it: a full disk is told (507) and what came before is read.
"""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from evidence.held_room import held_bytes, hold

log_ = logging.getLogger(__name__)

BALLAST_BYTES = 2**20
GIVEN_BYTES = BALLAST_BYTES // 4
"""By so much it gives way at a time."""
ROOM = 4
"""While the database is in use it is taken where so many of it are free."""


@dataclass(frozen=True, slots=True)
class Ballast:
    """That of one database file. Nothing that it does can fail: at worst it holds no room."""

    path: Path

    @property
    def held_bytes(self) -> int:
        """Room that it holds."""
        return held_bytes(self.path)

    def give(self) -> bool:
        """Where the disk is full, lets go of a quarter; whether there was any."""
        held = self.held_bytes
        try:
            if not held or shutil.disk_usage(self.path.parent).free >= GIVEN_BYTES:
                return False
            os.truncate(self.path, max(0, held - GIVEN_BYTES))
        except OSError:
            return False
        log_.error("the disk of %s is full: %d KiB that were held back for a start are let go; free space there", self.path, min(held, GIVEN_BYTES) >> 10)
        return True

    def take(self, room: int = ROOM) -> None:
        """Takes what it lacks, really allocated, where `room` times its size is free; with `room` 0 as much of that as there is."""
        held = self.held_bytes
        with suppress(OSError):
            free = shutil.disk_usage(self.path.parent).free
            if free >= room * BALLAST_BYTES:
                hold(self.path, min(BALLAST_BYTES, held + free))


def ballast_of(database: Path) -> Ballast:
    """The one beside a database file."""
    return Ballast(database.with_name(f"{database.name}.ballast"))
