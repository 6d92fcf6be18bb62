"""Every look at evidence stands in the log, at a case with its manifests as at a file: who, of which unit, why. A look at the same thing for the same
purpose within ten minutes is one look. What a page only reads ahead is handed out and written down too, but as that (`ahead`): it is no look until it is told.
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


class Readings:
    """Writes looks at evidence down before the evidence is handed out; may be used from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last: dict[tuple[str, str, str | None, str], datetime] = {}
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
        one = (reader.name, purpose, case_id, f"{what} ahead" if ahead else what)
        with self._lock:
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
