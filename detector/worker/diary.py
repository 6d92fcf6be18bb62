"""What a worker says of itself in its log: a camera that goes live or stops, what is under suspicion, and once a minute a line of sums."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping

from detector.judgement.values import Event
from detector.worker.watched import Watched
from streams.camera import CameraState, CameraStatus

log = logging.getLogger(__name__)

SUMMARY_SECONDS = 60.0
FIRST_SUMMARY_SECONDS = 10.0


class Diary:
    """Remembers what was said last, so that nothing is said twice. `tell` is called about once a second."""

    def __init__(self, now_seconds: float) -> None:
        self._states: dict[str, CameraState] = {}
        self._looks = self._unchanged = 0
        self._next_summary = now_seconds + FIRST_SUMMARY_SECONDS

    def tell(self, statuses: Mapping[str, CameraStatus], watched: Mapping[str, Watched], now_seconds: float) -> None:
        """Logs what is new. Why a camera is not live is said by who reads it."""
        self._states = {camera_id: state for camera_id, state in self._states.items() if camera_id in statuses}
        for camera_id, status in statuses.items():
            if status.state is CameraState.LIVE and self._states.get(camera_id) is not CameraState.LIVE:
                log.info("camera %s is live (%s)", camera_id, "H.265" if status.codec == "hevc" else "H.264")
            self._states[camera_id] = status.state
        if now_seconds < self._next_summary:
            return
        self._next_summary = now_seconds + SUMMARY_SECONDS
        looks, unchanged = sum(one.looks for one in watched.values()), sum(one.unchanged for one in watched.values())
        seen = Counter(thing.label for one in watched.values() for thing in one.things)
        live = sum(state is CameraState.LIVE for state in self._states.values())
        suspicious = sum(one.suspicious for one in watched.values())
        log.info(
            "%d of %d cameras live; %d looks and %d unchanged since the last line; in view: %s; under suspicion: %d",
            live, len(watched), max(0, looks - self._looks), max(0, unchanged - self._unchanged),
            ", ".join(f"{count} {label}" for label, count in seen.most_common(6)) or "nothing known", suspicious,
        )  # fmt: skip
        self._looks, self._unchanged = looks, unchanged


def told_of(camera_id: str, event: Event) -> None:
    """Logs an event of judging that a person may want to know."""
    stay = event.stay
    dwell = stay.dwell_seconds.get(event.kind, 0.0)
    if event.name == "suspected":
        log.info("camera %s: %s may stand there (%s); its dwell begins", camera_id, event.kind, ", ".join(sorted(stay.votes)))
    elif event.name == "confirmed":
        log.info("camera %s: %s confirmed after %.0f s", camera_id, event.kind, dwell)
    elif event.name == "ended":
        log.info("camera %s: %s is over", camera_id, event.kind)
    elif event.name == "dropped":
        log.info("camera %s: it went after %.0f s, no %s", camera_id, dwell, event.kind)
