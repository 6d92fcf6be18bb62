"""Alarms that were kept back because people silenced their thing: noted once an act, and told to the case API with the worker's reports until it has them.

What is not raised must be counted somewhere, else a wrong silence looks like a calm street. What is to be told is remembered over a restart; told twice it
counts once, since it has the act's id.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from detector.errors import DetectorError
from detector.worker.hush import Hush
from detector.worker.state import StateStore

log = logging.getLogger(__name__)

DOCUMENT = "suppressed"
"""Under this name the state remembers what the API has not heard."""
AT_ONCE = 200
"""That many are told with one report."""
MOST_WAITING = 5000
"""While the API is away; beyond it the oldest are given up, with a line in the log."""


class SuppressedAlarms:
    """What is to be told of kept-back alarms. `collect` and `told` are called by the line's thread in turn, `waiting` by any."""

    def __init__(self, state: StateStore) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._waiting: dict[str, dict[str, Any]] = {}
        """Act id → what is told of it, oldest first."""
        self._given_up = 0

    def open(self) -> None:
        """Takes up what an earlier run had not told; what cannot be read of it is passed over."""
        kept = self._state.document(DOCUMENT) or []
        for one in kept if isinstance(kept, list) else ():
            if isinstance(one, dict) and isinstance(one.get("act_id"), str):
                self._waiting[one["act_id"]] = one

    @property
    def waiting(self) -> int:
        """How many the API has not heard of."""
        return len(self._waiting)

    def collect(self, cameras: Iterable[Hush]) -> list[dict[str, Any]]:
        """What the next report tells: what the cameras have kept back since, and what was not heard before; the oldest first."""
        news = [one for camera in cameras for one in camera.untold()]
        with self._lock:
            for one in news:
                self._waiting.setdefault(one.act_id, one.to_json())
            while len(self._waiting) > MOST_WAITING:
                self._waiting.pop(next(iter(self._waiting)))
                self._given_up += 1
                if self._given_up & (self._given_up - 1) == 0:  # the 1st, 2nd, 4th, 8th … one
                    log.error("%d kept-back alarms were forgotten, since the case API has not heard of more than %d", self._given_up, MOST_WAITING)
            if news:
                self._keep()
            return list(self._waiting.values())[:AT_ONCE]

    def told(self, items: Iterable[Mapping[str, Any]]) -> None:
        """The API has taken a report with these."""
        with self._lock:
            before = len(self._waiting)
            for one in items:
                self._waiting.pop(str(one["act_id"]), None)
            if len(self._waiting) != before:
                self._keep()

    def _keep(self) -> None:
        """A disk that takes nothing costs no more than the memory of a crash: the cameras tell again what still stands there."""
        try:
            self._state.remember(DOCUMENT, list(self._waiting.values()))
        except DetectorError as error:
            log.warning("what was kept back cannot be remembered over a restart: %s", error)
