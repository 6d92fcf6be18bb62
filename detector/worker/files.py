"""Files that are there whole or not at all, also after `kill -9` and power loss: written beside, synced, renamed into place."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from detector.errors import DetectorError
from evidence.folders import make_folder, sync

DRAFT_SUFFIX = ".draft"
CHUNK_BYTES = 1 << 20
DISK_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)


class DiskFault(DetectorError):
    """The disk under the data folder is full, read-only or broken."""


@contextmanager
def disk_faults(where: Path) -> Iterator[None]:
    """Turns what the system says of the disk into a DiskFault that names the place."""
    try:
        yield
    except OSError as error:
        raise DiskFault(f"{where}: cannot be written ({error.strerror or error}); free space there, or name another --data-dir") from error


def disk_fault_in(error: BaseException, where: Path) -> DiskFault | None:
    """What libavformat wraps: the DiskFault that is the cause of an error, or None where the disk is not to blame."""
    cause = error.__cause__
    if getattr(cause, "errno", None) not in DISK_ERRNOS:
        return None
    return DiskFault(f"{where}: cannot be written ({getattr(cause, 'strerror', None) or cause}); free space there, or name another --data-dir")


def put_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a draft beside `path` and moves it into place; on any failure nothing is left and the old file stays.

    Raises:
        DiskFault: the disk does not take it. What else `write` raises passes through.
    """
    draft = path.with_name(path.name + DRAFT_SUFFIX)
    try:
        with disk_faults(path):
            make_folder(path.parent)
            write(draft)
            sync(draft)
            draft.replace(path)
            sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def put_bytes(path: Path, data: bytes) -> None:
    """Writes a whole file.

    Raises:
        DiskFault: the disk does not take it.
    """

    def write(draft: Path) -> None:
        draft.write_bytes(data)

    put_whole(path, write)


def put_private(path: Path, text: str) -> None:
    """Writes a whole file that nobody but its owner can read, at no moment.

    Raises:
        DiskFault: the disk does not take it.
    """

    def write(draft: Path) -> None:
        draft.unlink(missing_ok=True)  # of a run that was cut off, with whatever rights
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)

    put_whole(path, write)


def link_or_copy(source: Path, target: Path) -> None:
    """The same content under another name: a hard link where the file system has them, else a synced copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        sync(target)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def move_aside(path: Path, aside: Path) -> Path:
    """Moves a file or folder that nobody understands into a folder beside, where it is in nobody's way and not lost; where it lies now.

    Raises:
        DiskFault: it cannot be moved.
    """
    with disk_faults(path):
        make_folder(aside)
        target, number = aside / path.name, 1
        while os.path.lexists(target):
            number += 1
            target = aside / f"{path.name}.{number}"
        path.rename(target)
        sync(aside)
        sync(path.parent)
    return target


def remove_folder(folder: Path) -> None:
    """Removes a folder with all that is in it, if it is there.

    Raises:
        DiskFault: it cannot be removed.
    """
    with disk_faults(folder):
        if folder.exists():
            shutil.rmtree(folder)
