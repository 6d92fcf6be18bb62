"""Knows when every camera was looked at for its clip's whole length, from what the API tells of each camera's looks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

LONGEST_INTERVAL_SECONDS = 15.0
"""A keyframe stands for at most this long: a camera that was dark in between was not looked at then (the worker's calm interval is 10 s)."""


@dataclass(frozen=True, slots=True)
class LookSpan:
    """The looks of one camera by one run of the worker: the first and the last, with zone, and how many keyframes it judged.

    A keyframe that the change gate let pass counts here: the street was watched, only nothing had moved since the last look.
    """

    first: datetime
    last: datetime
    keyframes: int

    @property
    def seconds(self) -> float:
        """Seconds that the keyframes stand for."""
        return min((self.last - self.first).total_seconds(), max(0, self.keyframes - 1) * LONGEST_INTERVAL_SECONDS)


class Coverage:
    """Adds up the spans of looks of each camera; a worker that was restarted begins a new span."""

    def __init__(self, clip_seconds: Mapping[str, float]) -> None:
        self._clip_seconds = dict(clip_seconds)
        self._spans: dict[str, dict[datetime, float]] = {camera: {} for camera in clip_seconds}

    def saw(self, camera_id: str, span: LookSpan) -> None:
        """Notes what the API told of a camera."""
        spans = self._spans.get(camera_id)
        if spans is not None:
            spans[span.first] = max(span.seconds, spans.get(span.first, 0.0))

    def seconds(self, camera_id: str) -> float:
        """Seconds during which the camera was looked at."""
        return sum(self._spans[camera_id].values())

    def shares(self) -> dict[str, float]:
        """For each camera the share of its clip that was looked at; 1.0 and more means all of it."""
        return {camera: self.seconds(camera) / length for camera, length in self._clip_seconds.items()}

    def whole(self, times: float = 1.0) -> bool:
        """Whether every camera was looked at for so many times its clip's length."""
        return all(share >= times for share in self.shares().values())
