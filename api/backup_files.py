"""A backup as files: a folder or a `.tar`, with nothing in it but what belongs there."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tarfile
from pathlib import Path

from api.errors import BackupError
from api.log_signing import FILE_NAME as SIGNATURES_BEGIN
from api.settings import DATABASE_NAME, EVIDENCE_NAME, HEADS_NAME
from evidence.folders import sync
from evidence.heads import WORKERS

HEAD_FORM = r"\d{4}-\d{2}-\d{2}(-\d{1,16})?\.(json|tsr)"
HEAD = re.compile(HEAD_FORM)
"""A signed head, or the time stamp on one."""
CHAIN_FORM = rf"{WORKERS}/[A-Za-z0-9][A-Za-z0-9._-]{{0,63}}-[0-9a-f]{{16}}"
CHAIN = re.compile(CHAIN_FORM)
"""The folder of the heads of a worker's chain, below the one of heads."""
MEMBER = re.compile(
    rf"{re.escape(DATABASE_NAME)}|{EVIDENCE_NAME}/[0-9a-f]{{2}}/[0-9a-f]{{62}}|keys/api\.pem|tokens/[a-z]+\.token"
    rf"|{HEADS_NAME}/(({CHAIN_FORM}/)?{HEAD_FORM}|{SIGNATURES_BEGIN})"
)
"""What a backup may hold; anything else in an archive is refused."""
CHUNK_BYTES = 1024 * 1024


def pack(folder: Path, target: Path) -> None:
    """Makes a `.tar` of a folder; it appears under its name only when it is whole.

    Raises:
        OSError: it cannot be written.
    """
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                    archive.add(path, str(path.relative_to(folder)), recursive=False)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
        sync(target.parent)
    finally:
        part.unlink(missing_ok=True)


def unpack(source: Path, draft: Path) -> None:
    """Copies a backup's files into an empty folder.

    Raises:
        BackupError: it is no backup, or holds what does not belong there.
        OSError: the folder cannot be written.
    """
    if source.is_dir():
        for path in sorted(path for path in source.rglob("*") if not path.is_dir()):
            name = str(path.relative_to(source))
            if MEMBER.fullmatch(name) is None or path.is_symlink():
                raise BackupError(f"{path}: does not belong to a backup of `curbwatch serve`")
            make_private((draft / name).parent)
            shutil.copyfile(path, draft / name)
            (draft / name).chmod(0o600)
        return
    try:
        with tarfile.open(source, mode="r:") as archive:
            for member in archive:
                data = archive.extractfile(member) if member.isreg() and MEMBER.fullmatch(member.name) else None
                if data is None:
                    raise BackupError(f"{source}: {member.name!r} does not belong to a backup of `curbwatch serve`")
                place = draft / member.name
                make_private(place.parent)
                descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with data, os.fdopen(descriptor, "wb") as file:
                    shutil.copyfileobj(data, file, CHUNK_BYTES)
    except FileNotFoundError:
        raise BackupError(f"{source}: is not there; name a backup folder or .tar file of `curbwatch serve backup`") from None
    except tarfile.TarError as error:
        raise BackupError(f"{source}: is no backup folder or .tar file ({error})") from None


def make_private(folder: Path) -> None:
    """Makes a folder and those above it that are missing, for its owner alone."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700)
