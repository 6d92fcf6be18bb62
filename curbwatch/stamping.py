"""Asks a time stamping authority (RFC 3161 over HTTP) about manifests, heads and statements of exports, and puts its answers beside them."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from evidence.canonical import read_json
from evidence.entries import Entries, EntryFault, read_bytes
from evidence.errors import CanonicalError
from evidence.opening import open_entries
from evidence.stamps import DOCUMENTS, LARGEST_STAMP_BYTES, StampError, stamp_name, stamp_request
from streams.unreached import why_unreached

SECONDS = 30.0
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
LARGEST_DOCUMENT_BYTES = 64 * 2**20
OLDEST = (1980, 1, 1, 0, 0, 0)
"""The time of what an export's archive holds, and so of what is added to it."""


def stamp_below(path: Path, url: str) -> list[str]:
    """Stamps what lies in a folder or a zip archive and has no stamp; the names of the files that were written.

    In a folder each answer is kept as it comes; an archive is written anew beside the old one, once all answers are there.

    Raises:
        StampError: a document cannot be read, or the authority cannot be asked or refuses.
        VerifyError: it is neither a folder nor a zip archive.
    """
    with open_entries(path) as entries, httpx.Client(timeout=SECONDS) as client:
        answers = _answers(entries, client, url)
        if path.is_dir():
            return [_put(path / name, answer) for name, answer in answers]
        made = dict(answers)
    if made:
        _add_to(path, made)
    return list(made)


def _answers(entries: Entries, client: httpx.Client, url: str) -> Iterator[tuple[str, bytes]]:
    for name in sorted(entries.entries):
        target = stamp_name(name)
        document = None if target is None or target in entries.entries else _document_of(entries, name)
        if target is not None and document is not None:
            yield target, _asked(client, url, document, name)


def _document_of(entries: Entries, name: str) -> dict[str, Any] | None:
    """The signed document of a manifest, head or export's statement; None of any other file."""
    try:
        data = read_json(read_bytes(entries, name, LARGEST_DOCUMENT_BYTES), name)
    except (EntryFault, CanonicalError) as error:
        raise StampError(f"{name}: cannot be stamped ({error})") from None
    document = data.get(DOCUMENTS.get(name.rpartition("/")[2], "head")) if isinstance(data, dict) else None
    return document if isinstance(document, dict) else None


def _put(path: Path, answer: bytes) -> str:
    draft = path.with_name(f".{path.name}")
    draft.write_bytes(answer)
    draft.replace(path)
    return str(path)


def _add_to(archive: Path, answers: Mapping[str, bytes]) -> None:
    """The archive with more files, whole or as it was."""
    draft = archive.with_name(f".{archive.name}")
    try:
        shutil.copyfile(archive, draft)
        with zipfile.ZipFile(draft, "a", zipfile.ZIP_STORED) as out:
            for name, answer in answers.items():
                info = zipfile.ZipInfo(name, OLDEST)
                info.external_attr = 0o644 << 16
                out.writestr(info, answer)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(archive)
    except OSError as error:
        raise StampError(f"{archive}: the time stamps cannot be put into it ({error.strerror or error})") from None
    finally:
        draft.unlink(missing_ok=True)


def _asked(client: httpx.Client, url: str, document: dict[str, Any], name: str) -> bytes:
    request = stamp_request(document)
    try:
        answer = client.post(url, content=request, headers={"Content-Type": QUERY, "Accept": REPLY})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StampError(f"{name}: the time stamping authority cannot be asked ({why_unreached(error)}); check --tsa-url and try again") from None
    if answer.status_code != 200 or not answer.content or len(answer.content) > LARGEST_STAMP_BYTES:
        raise StampError(f"{name}: the time stamping authority answers {answer.status_code}; try again, or name another --tsa-url")
    return answer.content
