"""What is to be said to the case API beside packets: what was given up, and again what it has lost by being restored from a backup.

Its answer to a worker's report tells of each restore after which place of its log other entries stand now. A packet with a receipt from after that may be
unknown to it, also where the same backup was restored before and the receipt is of that API: it waits again, and is delivered as if it never had been.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from detector.worker.line import Line, NoSuchRoute, body_of, detail_of, is_the_apis_own
from detector.worker.outbox import Outbox
from detector.worker.room import MANIFEST
from evidence.given_up import GIVEN_UP

log = logging.getLogger(__name__)

CAME_WHOLE = "came_whole"
"""The API's word for a packet that it took before its receipt was lost on the way: there is nothing to give up."""
AGAIN_SECONDS = 3600.0
"""After the API has not taken the word that something was given up."""


@dataclass(frozen=True, slots=True)
class Restore:
    """A restore of the API: receipts at places above `former_index` and below `log_index` are not in its log. `id_bits`, the first sixty of its id, tell it
    from another restore of the same backup; one of an older API has no id.
    """

    log_index: int
    former_index: int
    id_bits: int | None = None

    @property
    def number(self) -> int:
        """By which the outbox knows it."""
        return self.log_index if self.id_bits is None else self.id_bits

    @classmethod
    def read(cls, items: Any) -> tuple[Self, ...]:
        """Those of an answer that can be read; none where there are none."""
        found = []
        for item in items if isinstance(items, list) else ():
            try:
                told = item.get("id")
                found.append(cls(int(item["log_index"]), int(item["former_index"]), None if told is None else int(told[:15], 16)))
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
        if outbox.knows_restore(restore.number):
            continue
        here, gone = outbox.bring_again(restore.former_index, restore.log_index, restore.number)
        count += here
        log.warning(
            "the case API was restored from a backup: %d packets that it may not know are brought again; %d more were removed here after their delivery",
            here, gone,
        )  # fmt: skip
    return count


class Afterwards:
    """Tells the API what was given up; used by the sender's thread."""

    def __init__(self, outbox: Outbox, line: Line, worker: str) -> None:
        self._outbox, self._line, self._worker = outbox, line, worker
        self._unheard_at = float("-inf")
        self._refused_at: dict[str, float] = {}

    def tell_given_up(self, now: float) -> int:
        """Brings the records that the API does not know; their number. One that it refuses is brought again an hour later, and holds back no other.

        Raises:
            LineFault: the API is not there. DiskFault: the disk takes no note.
        """
        if 0.0 <= now - self._unheard_at < AGAIN_SECONDS:
            return 0
        told = 0
        untold = self._outbox.untold()
        self._refused_at = {packet_id: at for packet_id, at in self._refused_at.items() if packet_id in untold and 0.0 <= now - at < AGAIN_SECONDS}
        for packet_id in untold:
            if packet_id in self._refused_at:
                continue
            folder = self._outbox.folder(packet_id)
            try:
                body = {**json.loads((folder / MANIFEST).read_bytes()), "given_up": json.loads((folder / GIVEN_UP).read_bytes())}
            except (OSError, ValueError) as error:
                log.error("packet %s: was given up, and its papers cannot be read (%s)", packet_id, error)
                self._outbox.told([packet_id])
                continue
            heard = self._tell(body, packet_id)
            if heard is None:
                self._unheard_at = now
                break
            if heard:
                self._outbox.told([packet_id])
                told += 1
            else:
                self._refused_at[packet_id] = now
        return told

    def _tell(self, body: dict[str, Any], packet_id: str) -> bool | None:
        """Whether the API knows of it now; None where none of its records is heard."""
        try:
            answer = self._line.send("POST", f"/workers/{self._worker}/given-up", json=body)
        except NoSuchRoute as error:
            log.warning("packet %s: was given up, and the case API does not hear of it: %s", packet_id, error)
            return None
        if answer.is_success:
            log.info("packet %s: the case API knows that it was given up", packet_id)
            return True
        refused = is_the_apis_own(answer)
        if refused and body_of(answer).get("fault") == CAME_WHOLE:
            log.info("packet %s: was given up here, and had come whole to the case API before", packet_id)
            return True
        whose = "the case API" if refused else self._line.where
        log.error("packet %s: was given up, and %s does not take its record (%d%s)", packet_id, whose, answer.status_code, detail_of(answer))
        return False if refused else None
