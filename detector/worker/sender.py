"""The sender: brings what waits in the outbox to the case API, packet by packet, until each has its receipt or its refusal.

The line and the packets have back-offs of their own. An API that is away, overloaded or does not know this worker pauses the line; a packet
that alone goes wrong is put off, stops no other camera's, and its own camera's only for some minutes (`Outbox.next_due`). Repeating a delivery
changes nothing, so whatever was cut off is simply done again; of a large file only what has not arrived. What the API refuses in its own words (line.py)
is kept and tried again a day later.
"""

from __future__ import annotations

import base64
import logging
import random
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
from pydantic import ValidationError

from detector.errors import DetectorError
from detector.worker.afterwards import Afterwards
from detector.worker.bundled import Bundles
from detector.worker.files import DiskFault, sha256_of
from detector.worker.line import (
    LONGEST_PAUSE_SECONDS,
    Line,
    LineFault,
    PacketFault,
    PacketRefused,
    body_of,
    detail_of,
    is_the_apis_own,
    offset_of,
    pieces,
)  # fmt: skip
from detector.worker.outbox import Outbox
from detector.worker.standing import Waiting
from evidence.errors import EvidenceError
from evidence.packet import Receipt, SignedManifest
from evidence.signing import PublicKey, SigningKey, verify_receipt_json
from streams.backoff import Backoff

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
PRUNE_SECONDS = 600.0
RESERVE_SECONDS = 5.0
"""Between two looks at how much is free on the disk."""
STOP_SECONDS = 5.0
LINE = Backoff(first_seconds=1.0, most_seconds=LONGEST_PAUSE_SECONDS)
PACKET = Backoff(first_seconds=5.0, most_seconds=1800.0)
FINAL = {
    403: "the signature is not by the key that is bound to this worker", 409: "the same packet, or its place in the chain, is known with other content",
    413: "too large", 422: "not valid",
}  # fmt: skip
"""Answers by which the case API refuses a packet, where they are its own (`is_the_apis_own`)."""
RESUME_ANEW = (409, 416)
RESUMABLE_BYTES = 128 * 1024
"""Files of this size and more are sent so that they can be gone on with."""
ROUNDS = 3
"""How often blobs that the API misses are sent again within one attempt."""


class Sender(threading.Thread):
    """Delivers until it is stopped. The token is in no message, log or metric.

    Args:
        api_key: that receipts must be signed by, where the worker was enrolled; None takes whatever the address answers.
    """

    def __init__(self, outbox: Outbox, *, base_url: str, token: str, worker: str, key: SigningKey, api_key: PublicKey | None = None) -> None:
        super().__init__(name="sender", daemon=True)
        self._outbox, self._worker, self._key, self._api_key = outbox, worker, key, api_key
        self._line = Line(base_url, token)
        self._bundles = Bundles(self._line)
        self._afterwards = Afterwards(outbox, self._line, worker)
        self._bound = False
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
        self._line.close()

    def step(self, now: float) -> float:
        """Delivers at most one packet; the seconds to wait before the next step. Nothing ends delivery, not even a fault of this program."""
        waiting = None
        try:
            self._prune(now)
            waiting = self._outbox.next_due(now)
            if waiting is None:
                self._afterwards.tell_given_up(now)
                return IDLE_SECONDS
            return self._try(waiting, now)
        except LineFault as error:
            return self._line_broken(error)
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
            if self._is_settled(waiting, now):
                return 0.0
            pause = PACKET.pause(waiting.attempts + 1, random.random())
            self._outbox.postpone(name, now + pause, str(error))
            log.warning("packet %s: not delivered (attempt %d, again in %.0f s): %s", name, waiting.attempts + 1, pause, error)
        else:
            self._outbox.delivered(name, receipt, now)
            self._surprised = False
            log.info("packet %s: delivered", name)
        if self.trouble is not None:
            log.warning("%s: the case API answers again", self._line.where)
        self.trouble, self._line_failures = None, 0
        return 0.0

    def _is_settled(self, waiting: Waiting, now: float) -> bool:
        """Whether the failed packet needs no other try, since something of it has stayed missing on this disk."""
        try:
            return self._outbox.lost.settled(waiting, now)
        except DiskFault as fault:
            log.warning("packet %s: something of it is missing, and the disk takes no word of it: %s", waiting.packet_id, fault)
            return False

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
        self._line.answered = False
        signed = waiting.signed()
        if not self._bound:
            self._bind()
        whole = None if waiting.attempts else self._bundles.offered(waiting.folder, signed)  # what broke off once goes on by file
        if whole is not None:
            return self._receipt(whole, waiting)
        for file in signed.manifest["files"]:
            self._bring(waiting.folder / file["name"], file["sha256"], even_if_known=False)
        rebound = False
        for _ in range(ROUNDS):
            answer = self._line.send("POST", "/packets", json=signed.model_dump(mode="json"))
            if answer.status_code == 403 and not rebound:
                rebound = True
                self._bind()  # an API that began anew has forgotten the key
            elif answer.status_code == 424:
                self._bring_missing(waiting.folder, signed, answer)
            else:
                return self._receipt(answer, waiting)
        raise PacketFault(f"{self._line.where} goes on missing files that were sent to it")

    def _bind(self) -> None:
        body = {"public_key": base64.b64encode(self._key.public_bytes).decode("ascii")}
        answer = self._line.send("PUT", f"/workers/{self._worker}/key", json=body)
        if answer.status_code == 409:
            raise LineFault(
                f"{self._line.where} has another key for the worker {self._worker!r}; name this worker otherwise, or give it its old keys/worker.pem",
                LINE.most_seconds,
            )
        if answer.status_code == 403:
            raise LineFault(f"{self._line.where} does not let this token bind a worker's key; give it a worker token with --token-file", LINE.most_seconds)
        if not answer.is_success:
            raise LineFault(f"{self._line.where} does not bind this worker's key ({answer.status_code}{detail_of(answer)})")
        self._bound = True

    def _bring(self, path: Path, sha256: str, *, even_if_known: bool) -> None:
        known = self._line.send("HEAD", f"/blobs/{sha256}")
        if not even_if_known and known.status_code == 200:
            return
        size = path.stat().st_size
        offset = 0 if known.status_code == 200 else offset_of(known)
        answer = self._upload(path, sha256, offset, size)
        if answer.status_code in RESUME_ANEW:  # the API says by now that it has another part of it; else, all at one go
            told = offset_of(answer)
            answer = self._upload(path, sha256, told, size) if 0 < told < size and told != offset else self._upload(path, sha256, size, size)
        if answer.status_code in RESUME_ANEW:
            raise PacketFault(f"{path.name}: {self._line.where} takes no part of it now{detail_of(answer)}")
        if answer.status_code == 400:
            if sha256_of(path) != sha256:
                raise PacketRefused(f"{path.name} was damaged on this disk: its hash is no longer that of the manifest")
            raise PacketFault(f"{path.name} did not arrive whole at {self._line.where}")
        if answer.status_code == 403:
            raise LineFault(f"{self._line.where} does not let this token store evidence; give it a worker token with --token-file", LINE.most_seconds)
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
            return self._line.send("PUT", f"/blobs/{sha256}", content=pieces(file), headers=headers)

    def _bring_missing(self, folder: Path, signed: SignedManifest, answer: httpx.Response) -> None:
        names = {file["sha256"]: file["name"] for file in signed.manifest["files"]}
        missing = [sha256 for sha256 in body_of(answer).get("missing", ()) if sha256 in names]
        for sha256 in missing or names:
            self._bring(folder / names[sha256], sha256, even_if_known=True)

    def _receipt(self, answer: httpx.Response, waiting: Waiting) -> Receipt:
        self._expect_success(answer, "the manifest")
        told = body_of(answer).get("receipt") or {}
        try:
            receipt = Receipt.model_validate(told)
        except ValidationError:
            raise PacketFault(f"{self._line.where} answered without a receipt that can be read") from None
        if receipt.manifest_sha256 != waiting.manifest_sha256:
            raise PacketFault(f"{self._line.where} answered with the receipt of another manifest")
        if self._api_key is not None:
            try:
                verify_receipt_json(told, self._api_key)
            except EvidenceError as error:
                raise PacketFault(f"{self._line.where} answered with a receipt that the API of this worker's enrolment did not sign: {error}") from None
        return receipt

    def _expect_success(self, answer: httpx.Response, what: str) -> None:
        if answer.status_code in FINAL and is_the_apis_own(answer):
            raise PacketRefused(f"{what}: {FINAL[answer.status_code]}{detail_of(answer)}")
        if not answer.is_success:
            raise PacketFault(f"{what}: {self._line.where} answered {answer.status_code}{detail_of(answer)}")

    def _prune(self, now: float) -> None:
        if abs(now - self._looked_at) >= RESERVE_SECONDS:
            self._looked_at = now
            with suppress(DiskFault):
                removed = self._outbox.room.keep_reserve()
                if removed:
                    log.warning("the disk is almost full: %d delivered packets went before their time", removed)
        if abs(now - self._pruned_at) >= PRUNE_SECONDS:
            self._pruned_at = now
            again = self._outbox.try_refused_again(now)
            if again:
                log.info("%d packets that the case API refused a day ago are tried again", again)
            self._outbox.lost.back()
            try:
                self._outbox.room.prune(now)
            except DiskFault as error:
                log.warning("delivered packets stay beyond their retention: %s", error)
