"""Every look at evidence stands in the log, at a case with its manifests as at a file: who, of which unit, why. A look at the same thing for the same
purpose within ten minutes is one look. What a page only reads ahead is handed out and written down too, but as that (`ahead`): it is no look until it is told.
Whoever has read some cases ahead and looked at none of them is looking: what they read of others counts as a look at once.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from api import log
from api.cases import NamedFile
from api.database import Database
from api.roles import Caller

READ_ONCE = timedelta(minutes=10)
"""A player asks for a clip in dozens of ranges."""
MOST_REMEMBERED = 50_000
MOST_AHEAD = 6
"""Cases that one person may have read ahead and not looked at; the page reads two ahead, and some are left over where it is closed."""
LEFT_OVER = timedelta(hours=12)
"""A working day; then it is forgotten that a case was read ahead and never looked at."""


class Readings:
    """Writes looks at evidence down before the evidence is handed out; may be used from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last: dict[tuple[str, str, str | None, str], datetime] = {}
        self._ahead: dict[str, dict[str, datetime]] = {}
        self._lock = threading.Lock()

    def note(self, reader: Caller, purpose: str, case_id: str, named: NamedFile, now: datetime, *, ahead: bool = False) -> None:
        """Writes a look at a file down, unless it is one with a look just before; `ahead`: nobody has it on the screen yet."""
        told = {"sha256": named.sha256, "name": named.name, "file_role": named.role}
        self._note(reader, purpose, case_id, named.sha256, told, now, ahead=ahead)

    def note_case(self, reader: Caller, purpose: str, case_id: str, version: int, now: datetime, *, ahead: bool = False) -> None:
        """Writes a look at a case and its manifests down, unless it is one with a look just before at the same version."""
        self._note(reader, purpose, case_id, f"case {version}", {"what": "case", "version": version}, now, ahead=ahead)

    def note_camera(self, reader: Caller, purpose: str, camera_id: str, district: str, now: datetime) -> None:
        """Writes down that somebody watches what a camera sees just now, unless they did just before."""
        self._note(reader, purpose, None, f"camera {camera_id}", {"what": "camera", "camera_id": camera_id, "district": district}, now)

    def _note(self, reader: Caller, purpose: str, case_id: str | None, what: str, told: Mapping[str, str | int], now: datetime, *, ahead: bool = False) -> None:
        with self._lock:
            ahead = ahead and case_id is not None and self._may_read_ahead(reader.name, case_id, now)
            if not ahead and case_id is not None:
                self._ahead.get(reader.name, {}).pop(case_id, None)
            one = (reader.name, purpose, case_id, f"{what} ahead" if ahead else what)
            last = self._last.get(one)
            if last is not None and now - last < READ_ONCE:
                return
            if len(self._last) > MOST_REMEMBERED:
                self._last = {key: at for key, at in self._last.items() if now - at < READ_ONCE}
        body = {**told, **({"ahead": True} if ahead else {}), "purpose": purpose, "unit": reader.unit, "role": reader.role.value}
        with self._database.write() as connection:
            log.append(connection, log.LogEvent.EVIDENCE_READ, now, reader.name, body, case_id)
        with self._lock:
            self._last[one] = now

    def _may_read_ahead(self, reader: str, case_id: str, now: datetime) -> bool:
        """Whether it is not too much that the reader has read ahead and not looked at, this case among it; notes it then."""
        waiting = {case: at for case, at in self._ahead.get(reader, {}).items() if now - at < LEFT_OVER}
        self._ahead[reader] = waiting
        if case_id not in waiting and len(waiting) >= MOST_AHEAD:
            return False
        waiting.setdefault(case_id, now)
        return True
