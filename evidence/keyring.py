"""Public keys that a verifier trusts, and the text files that hold them.

A line is `BASE64 [worker | worker:NAME | api] [until=TIME] [# remark]`; what the case API answers to `GET /keys` is read as well. The role matters: a worker's
key must not sign receipts, else a worker that rewrites its chain could write the receipts for it too. So does the time at which a key was revoked: whoever
stole it can sign on, and put any time into what it signs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from evidence.canonical import read_json
from evidence.errors import CanonicalError, KeyFileError
from evidence.model import Moment, first_fault
from evidence.signing import LARGEST_KEY_FILE_BYTES, PublicKey

MOST_KEY_FILE_BYTES = 64 * LARGEST_KEY_FILE_BYTES
"""1 MiB: the keys of some ten thousand workers."""


@dataclass(frozen=True)
class KnownKey:
    """A public key, and what is known of its owner: a role, a worker's name, or neither.

    Attributes:
        until: when the key was revoked: what it signed counts only if the API received it before.
    """

    key: PublicKey
    role: Literal["worker", "api"] | None = None
    name: str | None = None
    until: datetime | None = None

    def __str__(self) -> str:
        """The line of a key file."""
        owner = f" {self.role}{f':{self.name}' if self.name else ''}" if self.role else ""
        until = f" until={self.until.astimezone(UTC).isoformat()}" if self.until else ""
        return f"{self.key.to_base64()}{owner}{until}  # key id {self.key.key_id}"


class Keyring:
    """Known keys by their key id."""

    def __init__(self, keys: Iterable[KnownKey | PublicKey] = ()) -> None:
        known = [key if isinstance(key, KnownKey) else KnownKey(key) for key in keys]
        self._by_id: dict[str, KnownKey] = {}
        for key in sorted(known, key=lambda key: (key.role is not None, key.name is not None)):
            before = self._by_id.get(key.key.key_id)
            revoked = [one.until for one in (before, key) if one is not None and one.until is not None]
            self._by_id[key.key.key_id] = replace(key, until=min(revoked, default=None))

    def __len__(self) -> int:
        return len(self._by_id)

    def find(self, key_id: str) -> KnownKey | None:
        """The key of that id."""
        return self._by_id.get(key_id)


def read_key_file(path: Path) -> list[KnownKey]:
    """Reads public keys.

    Raises:
        KeyFileError: the file cannot be read, holds no key, or names the line at fault.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be read as a file of public keys ({error.strerror})") from None
    return parse_keys(data, str(path))


def parse_keys(data: bytes, where: str) -> list[KnownKey]:
    """Reads the text of a key file.

    Raises:
        KeyFileError: `where`, with the line at fault.
    """
    if len(data) > MOST_KEY_FILE_BYTES:
        raise KeyFileError(f"{where}: is larger than {MOST_KEY_FILE_BYTES >> 20} MiB, which is no file of public keys")
    if b"PRIVATE KEY" in data:
        raise KeyFileError(f"{where}: holds a private key; give the public ones, as `curbwatch evidence keys` prints them")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise KeyFileError(f"{where}: is no text file of public keys") from None
    if text.lstrip().startswith("{"):
        return _parse_answer(text, where)
    lines = text.splitlines()
    keys = [_parse_line(text, f"{where}: line {number}") for number, line in enumerate(lines, 1) if (text := line.partition("#")[0].strip())]
    if not keys:
        raise KeyFileError(f"{where}: holds no public key; `curbwatch evidence keys` prints them")
    return keys


class _KeyTold(BaseModel):
    name: str = ""
    public_key: str
    revoked_at: Moment | None = None


class _KeysTold(BaseModel):
    """The API's answer; what else it says is not needed."""

    api: _KeyTold
    workers: list[_KeyTold] = []


def _parse_answer(text: str, where: str) -> list[KnownKey]:
    try:
        told = _KeysTold.model_validate(read_json(text.encode(), where))
    except CanonicalError as error:
        raise KeyFileError(str(error)) from None
    except ValidationError as error:
        raise KeyFileError(f"{where}: {first_fault(error)}; a JSON file of keys is what the case API answers to GET /keys") from None
    keys: list[KnownKey] = []
    for place, one in [("api", told.api), *((f"workers.{count}", worker) for count, worker in enumerate(told.workers))]:
        try:
            key = PublicKey.from_base64(one.public_key)
        except KeyFileError as error:
            raise KeyFileError(f"{where}: {place}: {error}") from None
        keys.append(KnownKey(key, "api") if place == "api" else KnownKey(key, "worker", one.name or None, one.revoked_at))
    return keys


def _parse_line(text: str, where: str) -> KnownKey:
    word, _, owner = text.partition(" ")
    owner, until = _until(owner.strip(), where)
    role, _, name = owner.partition(":")
    try:
        key = PublicKey.from_base64(word)
    except KeyFileError as error:
        raise KeyFileError(f"{where}: {error}") from None
    match role:
        case "worker" | "api":
            return KnownKey(key, role, name.strip() or None, until)
        case "":
            return KnownKey(key, until=until)
        case _:
            raise KeyFileError(f"{where}: after the key comes whose it is: worker, worker:NAME or api")


def _until(owner: str, where: str) -> tuple[str, datetime | None]:
    """What is said of a key without the time at which it was revoked, and that time."""
    rest, _, last = f" {owner}".rpartition(" ")
    if not last.startswith("until="):
        return owner, None
    try:
        until = datetime.fromisoformat(last.removeprefix("until="))
    except ValueError:
        until = None
    if until is None or until.tzinfo is None:
        raise KeyFileError(f"{where}: until= takes a time as ISO 8601 with an offset, as in until=2026-11-25T04:00:00+00:00")
    return rest.strip(), until
