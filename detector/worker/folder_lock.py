"""One worker a data folder, and none in a case API's: two would share a key, a chain and an outbox. The kernel lets the lock go with the process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from detector.fleet.spec import SpecError
from detector.worker.files import disk_faults
from evidence.data_folder import FolderMark, check_owner, put_mark

NAME = "worker.lock"
TAKEN = "another worker uses this data folder; give each worker a --data-dir of its own"


def check_unlocked(folder: Path) -> None:
    """Whether a worker could have the folder now; for saying so before one is started.

    Raises:
        SpecError: another worker has it.
        FolderError: it is a case API's.
    """
    check_owner(folder, "worker")
    try:
        file = os.open(folder / NAME, os.O_RDWR)
    except OSError:  # there is none yet; or the worker itself will say what is wrong with it
        return
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SpecError(f"{folder}: {TAKEN}") from None
    finally:
        os.close(file)


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Holds the folder while the worker runs.

    Raises:
        SpecError: another worker has it.
        FolderError: it is a case API's.
        DiskFault: the folder cannot be written.
    """
    check_owner(folder, "worker")
    with disk_faults(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # pictures of people lie in it
        file = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SpecError(f"{folder}: {TAKEN}") from None
        with suppress(OSError):  # a full disk: what lies in it tells whose it is
            put_mark(folder, FolderMark("worker"))
        yield
    finally:
        os.close(file)
