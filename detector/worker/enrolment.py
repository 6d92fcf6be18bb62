"""Enrolment: a one-time token binds a worker's name to its key, and the worker gets a token of its own, which speaks for that name alone.

The worker makes its key here (or uses the one that it has), and proves that it holds it by a signature over the token's hash. What comes back lies beside
the key, for nobody but its owner: `keys/api.token`, the API's public key for receipts in `keys/api.pub`, the name in `keys/worker.name`. Cut off at any
moment, the same command again with the same token ends in the same state.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from detector.errors import DetectorError
from detector.worker.files import disk_faults, put_private
from evidence.data_folder import FolderMark, check_owner, put_mark
from evidence.errors import EvidenceError
from evidence.keyring import KnownKey, read_key_file
from evidence.signing import PublicKey, SigningKey
from streams.unreached import why_unreached

SCHEMA = "curbwatch.enrolment/1"
KEY = Path("keys") / "worker.pem"
TOKEN = Path("keys") / "api.token"
NAME = Path("keys") / "worker.name"
API_KEY = Path("keys") / "api.pub"
TIMEOUT_SECONDS = 20.0
NOT_ASKED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)
"""After these the API has not heard of the key; after others it may have bound it, and the same command ends in the same state."""
REASONS = {
    401: "the one-time token is not known, is over or was used with another key; ask an administrator for another",
    409: "the name is bound to another key; revoke that worker first, or enrol under another --name",
}


class EnrolmentError(DetectorError):
    """A worker could not be enrolled; nothing is bound that was not before."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the API has bound.

    Attributes:
        token: what the worker says of itself from now on.
        api_key: of the API's receipts.
    """

    worker: str
    key_id: str
    token: str = field(repr=False)
    api_key: PublicKey


def enroll(base_url: str, token: str, worker: str, folder: Path) -> Enrolled:
    """Enrols a worker with a one-time token, and keeps what it needs from then on in its data folder.

    Raises:
        EnrolmentError: the API is not there, or says no; in one line, without the token.
        DiskFault: what came back cannot be kept; the same command again mends that.
        KeyFileError: the worker's key file cannot be used.
        FolderError: the data folder is a case API's.
    """
    check_owner(folder, "worker")
    where = str(httpx.URL(base_url).copy_with(userinfo=b""))
    with disk_faults(folder):
        (folder / KEY).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = not os.path.lexists(folder / KEY)
    key = SigningKey.load_or_create(folder / KEY)
    body = request_body(key, token, worker)
    try:
        answer = httpx.post(f"{base_url.rstrip('/')}/workers/{worker}/enrolment", json=body, timeout=TIMEOUT_SECONDS, follow_redirects=False)
    except httpx.HTTPError as error:
        if is_new and isinstance(error, NOT_ASKED):
            _forget_key(folder)
        raise EnrolmentError(f"{where}: cannot be reached ({why_unreached(error)}); the token was not used, try again") from None
    if not answer.is_success:
        if is_new and answer.status_code < 500:
            _forget_key(folder)
        raise EnrolmentError(f"{where}: {REASONS.get(answer.status_code, f'answered {answer.status_code}; is this the address of a curbwatch case API?')}")
    enrolled = _read(answer, worker, key, where)
    for path, text in ((API_KEY, f"{KnownKey(enrolled.api_key, 'api')}\n"), (NAME, f"{worker}\n"), (TOKEN, f"{enrolled.token}\n")):
        put_private(folder / path, text)
    with disk_faults(folder):
        put_mark(folder, FolderMark("worker"))
    return enrolled


def _forget_key(folder: Path) -> None:
    """Takes a key away that was made for an enrolment which bound nothing: nobody knows whose it is."""
    with disk_faults(folder):
        (folder / KEY).unlink(missing_ok=True)


def request_body(key: SigningKey, token: str, worker: str) -> dict[str, Any]:
    """What is posted: token, public key, and the key's signature over both and the name."""
    public_key = key.public_key.to_base64()
    signed = {"schema": SCHEMA, "worker": worker, "token_sha256": hashlib.sha256(token.encode()).hexdigest(), "public_key": public_key}
    return {"token": token, "public_key": public_key, "signature": key.sign(signed).model_dump(mode="json")}


def kept_api_key(folder: Path) -> PublicKey | None:
    """The key that receipts must be signed by; None where the worker was not enrolled.

    Raises:
        KeyFileError: the file is there and cannot be read.
    """
    path = folder / API_KEY
    return next((known.key for known in read_key_file(path) if known.role == "api"), None) if path.exists() else None


def kept_token(folder: Path) -> str | None:
    """The token that a data folder got when its worker was enrolled; None where it was not."""
    try:
        return (folder / TOKEN).read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def kept_name(folder: Path) -> str | None:
    """The name that a data folder's worker was enrolled by; None where it was not, or by a version that did not note it."""
    try:
        return (folder / NAME).read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _read(answer: httpx.Response, worker: str, key: SigningKey, where: str) -> Enrolled:
    try:
        told = answer.json()
        enrolled = Enrolled(str(told["worker"]), str(told["key_id"]), str(told["token"]), PublicKey.from_base64(told["api"]["public_key"]))
    except (ValueError, KeyError, TypeError, EvidenceError):
        raise EnrolmentError(f"{where}: answered with something else than an enrolment; is this the address of a curbwatch case API?") from None
    if (enrolled.worker, enrolled.key_id) != (worker, key.key_id) or not enrolled.token:
        raise EnrolmentError(f"{where}: has enrolled another worker or another key; revoke {enrolled.worker!r} there, and try again")
    return enrolled
