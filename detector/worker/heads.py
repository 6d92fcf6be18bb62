"""The worker's own daily head: the end of its chain by number and hash, signed, in `<data-dir>/heads/DAY.json` (of UTC) and told with the report.

Whoever keeps one elsewhere can tell that no manifest before it was changed or cut off, even by somebody who holds the worker's key.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from detector.worker.files import DiskFault, put_bytes
from detector.worker.outbox import Outbox
from evidence.heads import signed_head
from evidence.signing import SigningKey

log = logging.getLogger(__name__)

FOLDER = "heads"


class ChainHeads:
    """Signs a head a day and remembers the newest; called by one thread."""

    def __init__(self, data_dir: Path, outbox: Outbox, key: SigningKey, worker: str) -> None:
        self._folder, self._outbox, self._key, self._worker = data_dir / FOLDER, outbox, key, worker
        self._failed = False
        self.newest: dict[str, Any] | None = None
        """The newest signed head, as it is told; None before the first packet."""

    def open(self) -> None:
        """Takes up the newest head of earlier runs."""
        for path in sorted(self._folder.glob("????-??-??.json"), reverse=True):
            try:
                self.newest = json.loads(path.read_bytes())
            except (OSError, ValueError) as error:
                log.warning("%s: is no head that can be read (%s)", path, error)
            else:
                return

    def tend(self, now: datetime) -> bool:
        """Signs this day's head, once there is a packet; whether it did. A disk that does not take it is told once, and tried again."""
        path = self._folder / f"{now.astimezone(UTC).date().isoformat()}.json"
        if path.exists():
            return False
        place = self._outbox.last_place()
        if place is None:
            return False
        sequence, sha256 = place
        head = signed_head(self._key, "worker", index=sequence, sha256=sha256, at=now, name=self._worker)
        try:
            put_bytes(path, (json.dumps(head, ensure_ascii=False) + "\n").encode())
        except DiskFault as error:
            if not self._failed:
                log.error("the head of the chain cannot be kept: %s", error)
            self._failed = True
            return False
        self._failed, self.newest = False, head
        return True
