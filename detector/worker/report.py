"""What a worker tells of its cameras: to the case API with each exchange, and to whoever scrapes its metrics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from detector.judgement.drift import Status
from detector.worker.clocks import wall_at
from detector.worker.watched import Watched
from streams.camera import CameraState, CameraStatus
from streams.health import Fault, is_lost

LOSING = frozenset({CameraState.LIVE, CameraState.STALE, CameraState.BACKING_OFF})
"""States of a camera that should send pictures; one that only connects, is refused or disabled is told of by its state."""


def camera_status(watched: Watched, status: CameraStatus | None, lag_seconds: float, now_seconds: float) -> dict[str, Any]:
    """A camera's status as the case API and its page know it; times with zone."""
    told: dict[str, Any] = {
        "state": "connecting" if status is None else status.state.value,
        "look_lag_seconds": round(lag_seconds, 2),
        "view_version": watched.document.version,
        **sight_status(watched),
        "looks": watched.looks,
        "unchanged": watched.unchanged,
        "first_look_at": _iso(watched.first_look_wall),
        "last_look_at": _iso(watched.last_look_wall),
    }
    if status is None:
        return told
    age = None if status.last_picture_seconds is None else max(0.0, now_seconds - status.last_picture_seconds)
    if is_lost(age, watched.sight.limits) and status.state in LOSING:
        told["faults"] = [Fault.LOST.value, *told["faults"]]
    return told | {
        "reason": status.reason,
        "since": wall_at(status.since_seconds).isoformat(),
        "last_picture_at": None if status.last_picture_seconds is None else wall_at(status.last_picture_seconds).isoformat(),
        "last_picture_age_seconds": None if age is None else round(age, 2),
        "reconnects": status.reconnects,
        "codec": None if status.codec is None else status.codec.value,
        "clock_offset_seconds": status.clock_offset_seconds,
        "keyframe_interval_seconds": status.keyframe_interval_seconds,
        "reader": status.reader,
        "reader_reason": status.reader_reason,
        "transport": status.transport,
        "encrypted": status.encrypted,
        "verified": status.verified,
        "clock_drift_ppm": None if status.clock_drift_ppm is None else round(status.clock_drift_ppm, 1),
        "decoded_whole": status.decoded_whole,
        "main_open": status.main_open,
        "drops": {**status.drops, "damaged": status.damaged, "undecodable": watched.undecodable},
    }


def sight_status(watched: Watched) -> dict[str, Any]:
    """How a camera's pictures are and where it looks: which view is seen, where its zones lie, why nothing is judged if so, what is wrong with the picture."""
    with watched.lock:
        preset, health = watched.preset, watched.sight.health
        placement = preset.placement
        return {
            "view_id": preset.drawn.view_id if watched.identified else None,
            "view_state": placement.status.value if watched.identified else Status.UNRECOGNISED.value,
            "view_since": _iso(preset.since_wall),
            "view_shift": round(placement.shift, 4),
            "view_roll_degrees": round(placement.roll_degrees, 2),
            "view_agreement": round(placement.agreement, 3),
            "paused": watched.paused,
            "faults": [fault.value for fault in health.faults],
            "brightness": None if health.brightness is None else round(health.brightness, 1),
            "contrast": None if health.contrast is None else round(health.contrast, 1),
            "blur": None if health.blur is None else round(health.blur, 3),
            "withheld": watched.withheld,
            "measures": watched.sight.measures,
        }


def announcement(watched: Watched, public_url: str | None, worker: str) -> dict[str, Any]:
    """What makes the camera known to the registry; no credentials."""
    name = watched.named.name
    return {"name": None if name is None or isinstance(name, str) else name.model_dump(), "public_url": public_url, "worker": worker}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
