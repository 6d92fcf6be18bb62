"""Asks a time stamping authority (RFC 3161 over HTTP) about manifests and heads, and puts its answers beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from evidence.canonical import read_json
from evidence.errors import CanonicalError
from evidence.stamps import LARGEST_STAMP_BYTES, MANIFEST_STAMP, StampError, stamp_request

SECONDS = 30.0
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


def stamp_below(folder: Path, url: str) -> list[Path]:
    """Stamps what lies below a folder and has no stamp; the files that were written.

    Raises:
        StampError: a document cannot be read, or the authority cannot be asked or refuses.
    """
    made = []
    with httpx.Client(timeout=SECONDS) as client:
        for path in sorted(folder.rglob("*.json")):
            target = path.with_name(MANIFEST_STAMP) if path.name == "manifest.json" else path.with_suffix(".tsr")
            document = _document_of(path)
            if document is not None and not target.exists():
                draft = target.with_name(f".{target.name}")
                draft.write_bytes(_asked(client, url, document, path))
                draft.replace(target)
                made.append(target)
    return made


def _document_of(path: Path) -> dict[str, Any] | None:
    """The signed document of a manifest or head; None of any other file."""
    try:
        data = read_json(path.read_bytes(), str(path))
    except (OSError, CanonicalError) as error:
        raise StampError(f"{path}: cannot be stamped ({error})") from None
    name = "manifest" if path.name == "manifest.json" else "head"
    document = data.get(name) if isinstance(data, dict) else None
    return document if isinstance(document, dict) else None


def _asked(client: httpx.Client, url: str, document: dict[str, Any], path: Path) -> bytes:
    request = stamp_request(document)
    try:
        answer = client.post(url, content=request, headers={"Content-Type": QUERY, "Accept": REPLY})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StampError(f"{path}: the time stamping authority cannot be asked ({type(error).__name__}); check --tsa-url and try again") from None
    if answer.status_code != 200 or not answer.content or len(answer.content) > LARGEST_STAMP_BYTES:
        raise StampError(f"{path}: the time stamping authority answers {answer.status_code}; try again, or name another --tsa-url")
    return answer.content
