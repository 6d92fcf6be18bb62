"""Answers with an evidence file, whole or in one range, from either store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from starlette.responses import StreamingResponse

from api.whole import Wholeness

RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def blob_response(
    whole: Wholeness, sha256: str, size: int, *, media_type: str, headers: dict[str, str], asked: str | None = None, if_range: str | None = None,
    filename: str | None = None, head: bool = False,
) -> StreamingResponse:  # fmt: skip
    """The answer to a request for a file.

    Args:
        size: of the file in bytes.
        headers: with the ETag.
        asked: the header `Range`; several ranges, or what is none, are answered with the whole file (RFC 9110, 14.2).
        if_range: the header `If-Range`: the range holds only for this ETag.
        filename: to save it under; None to show it.
        head: answer without the bytes.

    Raises:
        FileNotFoundError: the file is not here.
        Damaged: it is not what its name says; nothing of it is sent.
    """
    told = headers | {"Accept-Ranges": "bytes"}
    if filename is not None:
        told["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    span = None if if_range is not None and if_range != headers.get("ETag") else span_of(asked, size)
    if span == ():
        return StreamingResponse(iter(()), 416, told | {"Content-Range": f"bytes */{size}", "Content-Length": "0"}, media_type)
    start, stop = span or (0, size)
    told["Content-Length"] = str(stop - start)
    if span:
        told["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    pieces: Iterator[bytes] = iter(()) if head else whole.read(sha256, size, start, stop)
    return StreamingResponse(pieces, 206 if span else 200, told, media_type)


def span_of(asked: str | None, size: int) -> tuple[int, int] | tuple[()] | None:
    """The span of bytes (start, stop) that `Range` asks for; None for the whole file, () where nothing of it is there."""
    found = None if asked is None else RANGE.fullmatch(asked.strip().replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first == "":
        return (max(0, size - int(last)), size) if int(last) and size else ()
    if last and int(last) < int(first):
        return None
    stop = min(size, int(last) + 1) if last else size
    return (int(first), stop) if int(first) < size else ()
