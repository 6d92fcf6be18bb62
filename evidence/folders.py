"""Folders whose names are on the disk before anything is told: for whoever keeps evidence, a worker or the API."""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Waits until a file, or a folder's list of names, is on the disk.

    Raises:
        OSError: it cannot be opened or written.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Makes a folder with all above it that are missing, each by a name that is on the disk.

    Raises:
        OSError: one cannot be made.
    """
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        make_folder(folder.parent, mode)
    folder.mkdir(mode=mode, exist_ok=True)
    sync(folder.parent)


def sync_tree(folder: Path) -> None:
    """Makes all files and names below a folder durable."""
    for root, _, files in os.walk(folder, topdown=False):
        for name in files:
            descriptor = os.open(Path(root) / name, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync(Path(root))
