"""The sender: brings what waits in the outbox to the case API, packet by packet, until each has its receipt or its refusal.

The line and the packets have back-offs of their own. An API that is away, overloaded or does not know this worker pauses the line; a packet
that alone goes wrong is put off, stops no other camera's, and its own camera's only for some minutes (`Outbox.next_due`). Repeating a delivery
changes nothing, so whatever was cut off is simply done again; of a large file only what has not arrived.
"""

from __future__ import annotations

import base64
import logging
import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import httpx
from pydantic import ValidationError

from detector.errors import DetectorError
from detector.worker.files import DiskFault, sha256_of
from detector.worker.outbox import Outbox, Waiting
from evidence.errors import EvidenceError
from evidence.packet import Receipt, SignedManifest
from evidence.signing import PublicKey, SigningKey, verify_receipt
from streams.backoff import Backoff

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
PRUNE_SECONDS = 600.0
RESERVE_SECONDS = 5.0
"""Between two looks at how much is free on the disk."""
STOP_SECONDS = 5.0
TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # 30 s between two bytes, not for the whole of a clip
LINE = Backoff(first_seconds=1.0, most_seconds=60.0)
PACKET = Backoff(first_seconds=5.0, most_seconds=1800.0)
OVERLOADED = (408, 425, 429, 502, 503, 504)
FINAL = {403: "the signature is not by the key that is bound to this worker", 409: "the same packet is known with other content", 413: "too large"}
RESUME_ANEW = (409, 416)
RESUMABLE_BYTES = 128 * 1024
"""Files of this size and more are sent so that they can be gone on with."""
PIECE_BYTES = 64 * 1024
ROUNDS = 3
"""How often blobs that the API misses are sent again within one attempt."""


class LineFault(DetectorError):
    """The API is not there, or not for this worker; packets wait.

    Attributes:
        pause_seconds: asked for by the API, or None.
        under_packet: the API had answered in this attempt and then broke off, so the packet may be the cause.
    """

    def __init__(self, message: str, pause_seconds: float | None = None, *, under_packet: bool = False) -> None:
        super().__init__(message)
        self.pause_seconds, self.under_packet = pause_seconds, under_packet


class PacketFault(DetectorError):
    """This delivery went wrong; the packet is tried again later."""


class PacketRefused(DetectorError):
    """The API will never take this packet as it is."""


class Sender(threading.Thread):
    """Delivers until it is stopped. The token is in no message, log or metric.

    Args:
        api_key: that receipts must be signed by, where the worker was enrolled; None takes whatever the address answers.
    """

    def __init__(self, outbox: Outbox, *, base_url: str, token: str, worker: str, key: SigningKey, api_key: PublicKey | None = None) -> None:
        super().__init__(name="sender", daemon=True)
        self._outbox, self._base_url, self._token, self._worker, self._key = outbox, base_url, token, worker, key
        self._api_key = api_key
        self._where = str(httpx.URL(base_url).copy_with(userinfo=b""))
        self._client: httpx.Client | None = None
        self._bound = False
        self._answered = False  # the API, within this attempt
        self._line_failures = 0
        self._surprised = False  # an unforeseen fault was logged since the last delivery
        self._pruned_at = self._looked_at = 0.0
        self._stopping = threading.Event()
        self.trouble: str | None = None
        """Why the line is broken; None while it is well."""

    def stop(self) -> None:
        """Ends the thread after the request that is under way, and waits some seconds for that."""
        self._stopping.set()
        if self.is_alive():
            self.join(STOP_SECONDS)

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._stopping.wait(self.step(time.time()))
        finally:
            self.close()

    def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def step(self, now: float) -> float:
        """Delivers at most one packet; the seconds to wait before the next step. Nothing ends delivery, not even a fault of this program."""
        waiting = None
        try:
            self._prune(now)
            waiting = self._outbox.next_due(now)
            if waiting is None:
                return IDLE_SECONDS
            return self._try(waiting, now)
        except DetectorError as error:
            if self._stopping.is_set():
                return 0.0
            log.error("the outbox cannot be worked off: %s", error)
            return LINE.most_seconds / 2
        except Exception as error:
            return self._unforeseen(error, waiting, now)

    def _unforeseen(self, error: Exception, waiting: Waiting | None, now: float) -> float:
        if not self._surprised:
            log.exception("delivery met a fault that nobody foresaw, and goes on; please report it")
        self._surprised = True
        if waiting is not None:
            with suppress(DetectorError):
                self._outbox.postpone(waiting.packet_id, now + PACKET.pause(waiting.attempts + 1, random.random()), f"{type(error).__name__}: {error}")
        return LINE.first_seconds

    def _try(self, waiting: Waiting, now: float) -> float:
        name = waiting.packet_id
        try:
            receipt = self._deliver(waiting)
        except LineFault as error:
            pause = self._line_broken(error)
            # Other cameras' packets go first then, in case it was this one that broke the line.
            if error.under_packet:
                self._outbox.postpone(name, now + pause, str(error))
            else:
                self._outbox.release(name, now + pause)
            return pause
        except PacketRefused as error:
            self._outbox.refused(name, str(error), now)
            log.error("packet %s: refused by the case API and kept in the outbox: %s", name, error)
        except (PacketFault, OSError, ValueError) as error:
            pause = PACKET.pause(waiting.attempts + 1, random.random())
            self._outbox.postpone(name, now + pause, str(error))
            log.warning("packet %s: not delivered (attempt %d, again in %.0f s): %s", name, waiting.attempts + 1, pause, error)
        else:
            self._outbox.delivered(name, receipt, now)
            self._surprised = False
            log.info("packet %s: delivered", name)
        if self.trouble is not None:
            log.warning("%s: the case API answers again", self._where)
        self.trouble, self._line_failures = None, 0
        return 0.0

    def _line_broken(self, error: LineFault) -> float:
        self._bound = False  # another API may answer next
        self._line_failures += 1
        pause = error.pause_seconds if error.pause_seconds is not None else LINE.pause(self._line_failures, random.random())
        if self.trouble is None:
            log.warning("packets wait in the outbox: %s; trying again", error)
        self.trouble = str(error)
        return min(pause, LINE.most_seconds)

    # One delivery

    def _deliver(self, waiting: Waiting) -> Receipt:
        """Brings one packet over.

        Raises:
            LineFault, PacketFault, PacketRefused: as they say. OSError, ValueError: the folder is damaged.
        """
        self._answered = False
        signed = waiting.signed()
        if not self._bound:
            self._bind()
        for file in signed.manifest["files"]:
            self._bring(waiting.folder / file["name"], file["sha256"], even_if_known=False)
        rebound = False
        for _ in range(ROUNDS):
            answer = self._send("POST", "/packets", json=signed.model_dump(mode="json"))
            if answer.status_code == 403 and not rebound:
                rebound = True
                self._bind()  # an API that began anew has forgotten the key
            elif answer.status_code == 424:
                self._bring_missing(waiting.folder, signed, answer)
            else:
                return self._receipt(answer, waiting)
        raise PacketFault(f"{self._where} goes on missing files that were sent to it")

    def _bind(self) -> None:
        body = {"public_key": base64.b64encode(self._key.public_bytes).decode("ascii")}
        answer = self._send("PUT", f"/workers/{self._worker}/key", json=body)
        if answer.status_code == 409:
            raise LineFault(
                f"{self._where} has another key for the worker {self._worker!r}; name this worker otherwise, or give it its old keys/worker.pem",
                LINE.most_seconds,
            )
        if answer.status_code == 403:
            raise LineFault(f"{self._where} does not let this token bind a worker's key; give it a worker token with --token-file", LINE.most_seconds)
        if not answer.is_success:
            raise LineFault(f"{self._where} does not bind this worker's key ({answer.status_code}{_detail(answer)})")
        self._bound = True

    def _bring(self, path: Path, sha256: str, *, even_if_known: bool) -> None:
        known = self._send("HEAD", f"/blobs/{sha256}")
        if not even_if_known and known.status_code == 200:
            return
        size = path.stat().st_size
        offset = 0 if known.status_code == 200 else _offset(known)
        answer = self._upload(path, sha256, offset, size)
        if answer.status_code in RESUME_ANEW:  # the API says by now that it has another part of it; else, all at one go
            told = _offset(answer)
            answer = self._upload(path, sha256, told, size) if 0 < told < size and told != offset else self._upload(path, sha256, size, size)
        if answer.status_code in RESUME_ANEW:
            raise PacketFault(f"{path.name}: {self._where} takes no part of it now{_detail(answer)}")
        if answer.status_code == 400:
            if sha256_of(path) != sha256:
                raise PacketRefused(f"{path.name} was damaged on this disk: its hash is no longer that of the manifest")
            raise PacketFault(f"{path.name} did not arrive whole at {self._where}")
        if answer.status_code == 403:
            raise LineFault(f"{self._where} does not let this token store evidence; give it a worker token with --token-file", LINE.most_seconds)
        self._expect_success(answer, path.name)

    def _upload(self, path: Path, sha256: str, offset: int, size: int) -> httpx.Response:
        """Sends a file from `offset` on; a large one says which part of it that is, so that what arrives before a line breaks need not go again.

        Where the API has all of it in parts and has not made a file of them, it is sent whole and without saying so.
        """
        headers = {"Content-Type": "application/octet-stream"}
        start = offset if offset < size else 0
        if offset < size and (offset or size >= RESUMABLE_BYTES):
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        headers["Content-Length"] = str(size - start)
        with path.open("rb") as file:
            file.seek(start)
            return self._send("PUT", f"/blobs/{sha256}", content=_pieces(file), headers=headers)

    def _bring_missing(self, folder: Path, signed: SignedManifest, answer: httpx.Response) -> None:
        names = {file["sha256"]: file["name"] for file in signed.manifest["files"]}
        missing = [sha256 for sha256 in _json(answer).get("missing", ()) if sha256 in names]
        for sha256 in missing or names:
            self._bring(folder / names[sha256], sha256, even_if_known=True)

    def _receipt(self, answer: httpx.Response, waiting: Waiting) -> Receipt:
        if answer.status_code == 422:
            raise PacketRefused(f"not valid{_detail(answer)}")
        self._expect_success(answer, "the manifest")
        try:
            receipt = Receipt.model_validate(_json(answer).get("receipt"))
        except ValidationError:
            raise PacketFault(f"{self._where} answered without a receipt that can be read") from None
        if receipt.manifest_sha256 != waiting.manifest_sha256:
            raise PacketFault(f"{self._where} answered with the receipt of another manifest")
        if self._api_key is not None:
            try:
                verify_receipt(receipt, self._api_key)
            except EvidenceError as error:
                raise PacketFault(f"{self._where} answered with a receipt that the API of this worker's enrolment did not sign: {error}") from None
        return receipt

    def _expect_success(self, answer: httpx.Response, what: str) -> None:
        if answer.status_code in FINAL:
            raise PacketRefused(f"{what}: {FINAL[answer.status_code]}{_detail(answer)}")
        if not answer.is_success:
            raise PacketFault(f"{what}: {self._where} answered {answer.status_code}{_detail(answer)}")

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        if self._client is None:
            self._client = httpx.Client(base_url=self._base_url, timeout=TIMEOUT, headers={"Authorization": f"Bearer {self._token}"}, follow_redirects=False)
        try:
            answer = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise LineFault(f"{self._where} cannot be reached ({type(error).__name__}: {error})", under_packet=self._answered) from error
        self._answered = True
        if answer.status_code == 401:
            raise LineFault(f"{self._where} does not accept this worker's token; give it a worker token with --token-file", LINE.most_seconds)
        if answer.status_code in OVERLOADED:
            raise LineFault(f"{self._where} is overloaded ({answer.status_code})", _retry_after(answer))
        if answer.is_redirect or (answer.status_code in (404, 405) and method != "HEAD"):
            raise LineFault(f"{self._where}{path}: answered {answer.status_code}; is this the address of a curbwatch case API?")
        return answer

    def _prune(self, now: float) -> None:
        if abs(now - self._looked_at) >= RESERVE_SECONDS:
            self._looked_at = now
            with suppress(DiskFault):
                removed = self._outbox.room.keep_reserve()
                if removed:
                    log.warning("the disk is almost full: %d delivered packets went before their time", removed)
        if abs(now - self._pruned_at) >= PRUNE_SECONDS:
            self._pruned_at = now
            try:
                self._outbox.room.prune(now)
            except DiskFault as error:
                log.warning("delivered packets stay beyond their retention: %s", error)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece


def _offset(answer: httpx.Response) -> int:
    """How much of a file the API has, by `Upload-Offset`; none where it does not say."""
    told = answer.headers.get("Upload-Offset", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else 0


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _detail(answer: httpx.Response) -> str:
    """What the API says itself, one line and bounded."""
    detail = " ".join(str(_json(answer).get("detail", "")).split())[:300]
    return f": {detail}" if detail else ""


def _retry_after(answer: httpx.Response) -> float | None:
    try:
        return max(0.0, float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None
