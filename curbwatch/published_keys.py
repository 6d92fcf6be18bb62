"""The public keys that a city hands out: those of key files in data folders, and those of all workers that a case API ever knew, out of its database.

A worker's keys lie where it runs, often on another machine; whoever checks a packet needs them all the same, and of a key that was revoked the time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from api import belonging
from api.database import Database
from api.registry import worker_keys
from api.settings import Settings
from evidence.data_folder import owner_of
from evidence.keyring import KnownKey, read_key_file
from evidence.signing import PublicKey, SigningKey

ROLES: dict[str, Literal["worker", "api"]] = {"worker": "worker", "api": "api"}
"""Whose key it is, by the name of its file."""
API_KEY = Path("keys") / "api.pem"


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public key, and where it was found: a file's path within the data folder, or a database."""

    key: KnownKey
    found_in: str


@dataclass(frozen=True, slots=True)
class Published:
    """What was found; `incomplete` are the folders of a case API whose database lies elsewhere, so that its workers' keys are not here."""

    keys: tuple[PublishedKey, ...]
    incomplete: tuple[Path, ...]


def published_keys(data_dir: Path, database_url: str | None = None) -> Published:
    """The keys of a worker's or an API's data folder, or of those below it; each once, by what is known best of its owner.

    Raises:
        EvidenceError: a key file cannot be read, or others may read a private key.
        ApiError: a database cannot be read, or is another API's than the folder.
    """
    folders = [folder for folder in (data_dir, *sorted(data_dir.glob("*/"))) if os.access(folder, os.R_OK)]
    found = [one for folder in folders for one in _of_files(folder, data_dir)]
    incomplete: list[Path] = []
    urls = [] if database_url is None else [database_url]
    for folder in (folder for folder in folders if database_url is not None and (folder / API_KEY).is_file()):
        _check_folder(Settings.of(folder, database_url))
    for folder in (folder for folder in folders if database_url is None and (folder / API_KEY).is_file()):
        database = Settings.of(folder).database
        if Database(database).exists():
            urls.append(database)
        else:
            incomplete.append(folder)
    found += [one for url in urls for one in _of_database(url)]
    return Published(tuple(_best(found)), tuple(incomplete))


def _check_folder(settings: Settings) -> None:
    database = Database(settings.database)
    belonging.own_key(settings, database)
    with database.looked_at() as connection:
        belonging.check_folder(connection, settings)


def _of_files(folder: Path, below: Path) -> Iterator[PublishedKey]:
    """The private keys' public halves first, then keys that were put there by people. Of an API's folder its own alone: its workers' are in the database, with
    their names, and a key that an enrolment by slip left there is nobody's.
    """
    if owner_of(folder) == "api":
        if (folder / API_KEY).exists():
            yield PublishedKey(KnownKey(SigningKey.load(folder / API_KEY).public_key, "api"), str((folder / API_KEY).relative_to(below)))
        return
    for path in sorted((folder / "keys").glob("*.pem")):
        yield PublishedKey(KnownKey(SigningKey.load(path).public_key, ROLES.get(path.stem)), str(path.relative_to(below)))
    for path in sorted((folder / "keys").glob("*.pub")):
        yield from (PublishedKey(key, str(path.relative_to(below))) for key in read_key_file(path))


def _of_database(url: str) -> list[PublishedKey]:
    """The keys of all workers, also of those that were revoked or enrolled anew."""
    with Database(url).looked_at() as connection:
        told = worker_keys(connection)
    return [PublishedKey(KnownKey(PublicKey.from_base64(key.public_key), "worker", key.name, key.revoked_at), "database") for key in told]


def _best(found: Iterable[PublishedKey]) -> Iterable[PublishedKey]:
    """The API's first, then the workers' by name; of two that are the same key the one that says more."""
    by_id: dict[str, PublishedKey] = {}
    for one in found:
        before = by_id.get(one.key.key.key_id)
        if before is None or _says(one.key) > _says(before.key):
            by_id[one.key.key.key_id] = one
    return sorted(by_id.values(), key=lambda one: (one.key.role or "", one.key.name or ""))


def _says(key: KnownKey) -> tuple[bool, bool, bool]:
    return key.role is not None, key.name is not None, key.until is not None
