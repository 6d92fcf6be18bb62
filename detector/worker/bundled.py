"""A small packet goes to the case API in one request, manifest and files together; what is larger, or broke off once, goes file by file."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from detector.worker.line import Line, NoSuchRoute
from evidence.bundles import MOST_FILES, write_bundle
from evidence.packet import SignedManifest

LARGEST_BYTES = 2 * 1024 * 1024
"""Of a packet's files together: what a broken line costs once more, and half of what the API takes in one body."""
NOT_SO = (400, 403, 413, 415, 424)
"""Answers after which the files go one by one: that tells a damaged file and a forgotten key apart, and a proxy may take no such body."""


class Bundles:
    """Whether, and how, packets go in one request. An API of before has no such route: it is not asked again before the next start."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._known = True

    def offered(self, folder: Path, signed: SignedManifest) -> httpx.Response | None:
        """The API's answer to the whole packet; None where it has to go file by file.

        Raises:
            LineFault: as `Line.send`.
            OSError: a file cannot be read.
        """
        files = signed.manifest["files"]
        if not self._known or len(files) > MOST_FILES or sum(file["bytes"] for file in files) > LARGEST_BYTES:
            return None
        held = {file["sha256"]: folder / file["name"] for file in files}
        body = write_bundle(
            json.dumps(signed.model_dump(mode="json"), ensure_ascii=False).encode(), ((sha256, path.read_bytes()) for sha256, path in held.items())
        )
        try:
            answer = self._line.send("POST", "/packets/bundle", content=body, headers={"Content-Type": "application/x-tar"})
        except NoSuchRoute:
            self._known = False
            return None
        return None if answer.status_code in NOT_SO else answer
