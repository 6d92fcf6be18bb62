"""Whose data folder it is. A case API and a worker keep keys and signed heads under the same names: in one folder each would overwrite the other's.

The mark `curbwatch-folder.json` lies there from the first start on; a folder of before is told by what lies in it.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from evidence.errors import EvidenceError
from evidence.folders import sync

MARK = "curbwatch-folder.json"
SCHEMA = "curbwatch.folder/1"
Owner = Literal["api", "worker"]
LIES_IN: dict[Owner, tuple[str, ...]] = {
    "api": ("keys/api.pem", "curbwatch.sqlite"),
    "worker": ("keys/worker.pem", "keys/worker.name", "outbox.sqlite"),
}
"""What tells of whom in a folder without a mark, the key first; where both lie (a command in the wrong folder), it is whose key is older."""
NAMED: dict[Owner, str] = {"api": "a case API (`curbwatch serve`)", "worker": "a worker (`curbwatch watch`)"}


class FolderError(EvidenceError):
    """A data folder is another's, or its mark cannot be used."""


@dataclass(frozen=True, slots=True)
class FolderMark:
    """What a folder says of itself: whose it is, and of an API by which database it is used."""

    owner: Owner
    database_id: str | None = None


def read_mark(folder: Path) -> FolderMark | None:
    """The mark of a folder; None where there is none.

    Raises:
        FolderError: it cannot be read.
    """
    try:
        told: dict[str, Any] = json.loads((folder / MARK).read_bytes())
        if told["schema"] != SCHEMA or told["owner"] not in tuple(LIES_IN):
            raise ValueError
        return FolderMark(told["owner"], told.get("database_id"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise FolderError(f"{folder / MARK}: cannot be read ({error.strerror})") from None
    except (ValueError, TypeError, KeyError):
        raise FolderError(f"{folder / MARK}: says not whose data folder it is, as a {SCHEMA} does; restore it from a copy") from None


def owner_of(folder: Path) -> Owner | None:
    """Whose folder it is, by its mark or by what lies in it; None of a new one.

    Raises:
        FolderError: its mark cannot be read.
    """
    mark = read_mark(folder)
    if mark is not None:
        return mark.owner
    found: list[Owner] = [owner for owner, names in LIES_IN.items() if any((folder / name).exists() for name in names)]
    return min(found, key=lambda owner: _since(folder / LIES_IN[owner][0]), default=None)


def _since(key: Path) -> float:
    try:
        return key.stat().st_mtime
    except OSError:
        return math.inf


def check_owner(folder: Path, owner: Owner) -> None:
    """Ends what would use a folder of somebody else.

    Raises:
        FolderError: it is another's; in one line.
    """
    found = owner_of(folder)
    if found not in (None, owner):
        raise FolderError(f"{folder}: is the data folder of {NAMED[found]}, not of {NAMED[owner]}; name another --data-dir")


def put_mark(folder: Path, mark: FolderMark) -> None:
    """Marks a folder that is there, whole or not at all; a mark that says the same is left alone.

    Raises:
        FolderError: the mark that is there cannot be read.
        OSError: it cannot be written.
    """
    if read_mark(folder) == mark:
        return
    told = {"schema": SCHEMA, "owner": mark.owner} | ({} if mark.database_id is None else {"database_id": mark.database_id})
    draft = folder / f".{MARK}"
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(json.dumps(told).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / MARK)
    finally:
        draft.unlink(missing_ok=True)
    sync(folder)
