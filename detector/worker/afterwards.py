"""What is to be said to the case API beside packets: what was given up, and again what it has lost by being restored from a backup.

Its answer to a worker's report tells of each restore which places of its log were given out before and are not in its log any more. A packet with a receipt
from there is unknown to it: it waits again, and is delivered as if it never had been.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from detector.worker.line import Line, NoSuchRoute, detail_of, is_the_apis_own
from detector.worker.outbox import Outbox
from detector.worker.room import MANIFEST
from evidence.given_up import GIVEN_UP

log = logging.getLogger(__name__)

AGAIN_SECONDS = 3600.0
"""After the API has not taken the word that something was given up."""


@dataclass(frozen=True, slots=True)
class Restore:
    """A restore of the API: receipts at places above `former_index` and below `log_index` are not in its log."""

    log_index: int
    former_index: int

    @classmethod
    def read(cls, items: Any) -> tuple[Self, ...]:
        """Those of an answer that can be read; none where there are none."""
        found = []
        for item in items if isinstance(items, list) else ():
            try:
                found.append(cls(int(item["log_index"]), int(item["former_index"])))
            except (TypeError, KeyError, ValueError):
                log.warning("a restore that the case API tells of cannot be read and is passed over")
        return tuple(found)


def bring_again(outbox: Outbox, restores: Sequence[Restore]) -> int:
    """Has packets wait again that the API lost by restores that were not heard of before; their number.

    Raises:
        DiskFault: the disk takes no note; nothing is forgotten, and the next report's answer tells it again.
    """
    count = 0
    for restore in restores:
        if outbox.knows_restore(restore.log_index):
            continue
        here, gone = outbox.bring_again(restore.former_index, restore.log_index)
        count += here
        log.warning(
            "the case API was restored from a backup: %d packets that it no longer knows are brought again; %d more were removed here after their delivery",
            here, gone,
        )  # fmt: skip
    return count


class Afterwards:
    """Tells the API what was given up; used by the sender's thread."""

    def __init__(self, outbox: Outbox, line: Line, worker: str) -> None:
        self._outbox, self._line, self._worker = outbox, line, worker
        self._refused_at = float("-inf")

    def tell_given_up(self, now: float) -> int:
        """Brings the records that the API does not know; their number. One that it does not take is brought again an hour later.

        Raises:
            LineFault: the API is not there. DiskFault: the disk takes no note.
        """
        if 0.0 <= now - self._refused_at < AGAIN_SECONDS:
            return 0
        told = 0
        for packet_id in self._outbox.untold():
            folder = self._outbox.folder(packet_id)
            try:
                body = {**json.loads((folder / MANIFEST).read_bytes()), "given_up": json.loads((folder / GIVEN_UP).read_bytes())}
            except (OSError, ValueError) as error:
                log.error("packet %s: was given up, and its papers cannot be read (%s)", packet_id, error)
                self._outbox.told([packet_id])
                continue
            if not self._tell(body, packet_id):
                self._refused_at = now
                break
            self._outbox.told([packet_id])
            told += 1
        return told

    def _tell(self, body: dict[str, Any], packet_id: str) -> bool:
        try:
            answer = self._line.send("POST", f"/workers/{self._worker}/given-up", json=body)
        except NoSuchRoute as error:
            log.warning("packet %s: was given up, and the case API does not hear of it: %s", packet_id, error)
            return False
        if answer.is_success:
            log.info("packet %s: the case API knows that it was given up", packet_id)
            return True
        whose = "the case API" if is_the_apis_own(answer) else self._line.where
        log.error("packet %s: was given up, and %s does not take its record (%d%s)", packet_id, whose, answer.status_code, detail_of(answer))
        return False
