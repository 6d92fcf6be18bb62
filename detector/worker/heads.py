"""The worker's own heads: the end of its chain by number and hash, signed, told with the report; the last of each day in `<data-dir>/heads/DAY.json` (of UTC).

Whoever keeps one elsewhere can tell that no manifest before it was changed or cut off, even by somebody who holds the worker's key. A head is signed an hour
after the one before, or after twenty manifests, so that no more than these can be lost unseen with a worker that still reaches its API.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from detector.worker.files import DiskFault, put_bytes
from detector.worker.outbox import Outbox
from evidence.errors import PacketError
from evidence.heads import HeadRead, read_head, signed_head
from evidence.signing import SigningKey

log = logging.getLogger(__name__)

FOLDER = "heads"
INTERVAL = timedelta(hours=1)
MOST_MANIFESTS = 20
"""So many manifests no head covers, at most, before the next one is signed."""
AHEAD = timedelta(hours=1)
"""A head that is later than now by more was signed while the clock was wrong."""


class ChainHeads:
    """Signs heads and remembers the newest; called by one thread."""

    def __init__(self, data_dir: Path, outbox: Outbox, key: SigningKey, worker: str) -> None:
        self._folder, self._outbox, self._key, self._worker = data_dir / FOLDER, outbox, key, worker
        self._failed = False
        self._at: datetime | None = None
        self._index = 0
        self.newest: dict[str, Any] | None = None
        """The newest signed head, as it is told; None before the first packet."""

    def open(self, now: datetime) -> None:
        """Takes up the head of earlier runs that counts most, of those by this key that a clock that is right now can have signed; later ones are told once."""
        read = [_read(path) for path in sorted(self._folder.glob("????-??-??.json"))]
        found = [one for one in read if one is not None and one.head.key_id == self._key.key_id]
        late = [one for one in found if one.head.at > now + AHEAD]
        if late:
            what = "heads of the chain are of a time that has not come (the clock was wrong, or is), and are not told, as"
            log.warning("%d %s %s", len(late), what, late[-1].where)
        newest = max((one for one in found if one not in late), key=lambda one: (one.head.index, one.head.at), default=None)
        if newest is not None:
            self._remember(newest.signed.model_dump(mode="json"), newest.head.index, newest.head.at)

    def tend(self, now: datetime) -> bool:
        """Signs a head where one is due; whether it did. A disk that does not take it is told once, and tried again."""
        place = self._outbox.last_place()
        if place is None or not self._is_due(place[0], now):
            return False
        sequence, sha256 = place
        head = signed_head(self._key, "worker", index=sequence, sha256=sha256, at=now, name=self._worker)
        path = self._folder / f"{now.astimezone(UTC).date().isoformat()}.json"
        try:
            _keep_stamped(path)
            put_bytes(path, (json.dumps(head, ensure_ascii=False) + "\n").encode())
        except (DiskFault, OSError) as error:
            if not self._failed:
                log.error("the head of the chain cannot be kept: %s", error)
            self._failed = True
            return False
        self._failed = False
        self._remember(head, sequence, now)
        return True

    def _is_due(self, sequence: int, now: datetime) -> bool:
        """Once a day whatever came, and else by what the last one does not count; a clock that was set back is no reason to wait."""
        if self._at is None or now.astimezone(UTC).date() != self._at.astimezone(UTC).date():
            return True
        waited = now < self._at or now - self._at >= INTERVAL
        return sequence - self._index >= MOST_MANIFESTS or (sequence > self._index and waited)

    def _remember(self, head: dict[str, Any], index: int, at: datetime) -> None:
        self.newest, self._index, self._at = head, index, at


def _read(path: Path) -> HeadRead | None:
    try:
        return read_head(json.loads(path.read_bytes()), str(path))
    except (OSError, ValueError, PacketError) as error:
        log.warning("%s: is no head that can be read (%s)", path, error)
        return None


def _keep_stamped(path: Path) -> None:
    """A head that somebody had stamped stays beside its stamp, under the name `DAY-INDEX`."""
    stamp = path.with_suffix(".tsr")
    if stamp.exists() and (read := _read(path)) is not None:
        for one in (path, stamp):
            one.rename(one.with_stem(f"{path.stem}-{read.head.index}"))
