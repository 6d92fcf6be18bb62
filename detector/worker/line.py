"""The line to the case API: one request, its answer, and what went wrong as the class of the one thing that can be done about it.

A refusal is final only where the API itself has said so, in a problem document with its sentence in both languages: a proxy before it also answers 413 or
403, and has no say in what becomes of evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import httpx

from detector.errors import DetectorError
from streams.unreached import why_unreached

TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # 30 s between two bytes, not for the whole of a clip
LONGEST_PAUSE_SECONDS = 60.0
OVERLOADED = (408, 425, 429, 502, 503, 504)
PROBLEM = "application/problem+json"
PIECE_BYTES = 64 * 1024


class LineFault(DetectorError):
    """The API is not there, or not for this worker; packets wait.

    Attributes:
        pause_seconds: asked for by the API, or None.
        under_packet: the API had answered in this attempt and then broke off, so the packet may be the cause.
    """

    def __init__(self, message: str, pause_seconds: float | None = None, *, under_packet: bool = False) -> None:
        super().__init__(message)
        self.pause_seconds, self.under_packet = pause_seconds, under_packet


class NoSuchRoute(LineFault):
    """Whoever answers does not know the address: another server, or an API of an earlier version."""


class PacketFault(DetectorError):
    """This delivery went wrong; the packet is tried again later."""


class PacketRefused(DetectorError):
    """The API will not take this packet as it is."""


class Line:
    """Requests to the case API; used by one thread. The token is in no message.

    Attributes:
        where: the address, without a login in it.
        answered: the API has answered since the caller last set this to False.
    """

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url, self._token = base_url, token
        self.where = str(httpx.URL(base_url).copy_with(userinfo=b""))
        self.answered = False
        self._client: httpx.Client | None = None

    def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request.

        Raises:
            LineFault: there is no answer, or one that has nothing to do with what was sent. NoSuchRoute: it is no case API, or not of this version.
        """
        if self._client is None:
            self._client = httpx.Client(base_url=self._base_url, timeout=TIMEOUT, headers={"Authorization": f"Bearer {self._token}"}, follow_redirects=False)
        try:
            answer = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise LineFault(f"{self.where} cannot be reached ({why_unreached(error)})", under_packet=self.answered) from error
        self.answered = True
        if answer.status_code == 401:
            raise LineFault(f"{self.where} does not accept this worker's token; give it a worker token with --token-file", LONGEST_PAUSE_SECONDS)
        if answer.status_code in OVERLOADED:
            raise LineFault(f"{self.where} is overloaded ({answer.status_code})", retry_after(answer))
        if answer.is_redirect or (answer.status_code in (404, 405) and method != "HEAD"):
            raise NoSuchRoute(f"{self.where}{path}: answered {answer.status_code}; is this the address of a curbwatch case API?")
        return answer


def is_the_apis_own(answer: httpx.Response) -> bool:
    """Whether the case API itself refuses, and nobody before it."""
    return answer.headers.get("Content-Type", "").startswith(PROBLEM) and isinstance(body_of(answer).get("detail_zh"), str)


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """What is left of a file."""
    while piece := file.read(PIECE_BYTES):
        yield piece


def offset_of(answer: httpx.Response) -> int:
    """How much of a file the API has, by `Upload-Offset`; none where it does not say."""
    told = answer.headers.get("Upload-Offset", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else 0


def body_of(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; empty where there is none."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def detail_of(answer: httpx.Response) -> str:
    """What the API says itself, one line and bounded."""
    detail = " ".join(str(body_of(answer).get("detail", "")).split())[:300]
    return f": {detail}" if detail else ""


def retry_after(answer: httpx.Response) -> float | None:
    """The pause that the API asks for, in seconds."""
    try:
        return max(0.0, float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None
