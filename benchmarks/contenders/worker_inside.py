"""The worker that `curbwatch watch` starts, run in this process, with the few places where an observer looks in.

Everything of the worker is real: reader, decoders, gate, detector, judging, state, evidence desk, diary. This module alone knows its inner names.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from detector.fleet.spec import WatchedCamera, WorkerSpec
from detector.worker.watched import Watched
from detector.worker.worker import Worker
from streams.camera import CameraStatus
from streams.media import AccessUnit

OnKeyframe = Callable[[str, AccessUnit], None]
OnTaken = Callable[[str, AccessUnit], None]
START_SECONDS = 60.0


class WorkerInside:
    """A worker on a thread of its own, begun without cameras.

    Args:
        on_keyframe: told of every keyframe that the reader hands out, on the reader's thread.
        on_taken: told of every keyframe that leaves the mailbox for a look, on the dispatcher's thread.
    """

    def __init__(self, spec: WorkerSpec, *, on_keyframe: OnKeyframe | None = None, on_taken: OnTaken | None = None) -> None:
        self._spec, self._stop = spec, threading.Event()
        self._worker = worker = Worker(spec)
        self._failure: BaseException | None = None
        if on_keyframe is not None:
            worker._reader._on_keyframe = both(on_keyframe, worker._reader._on_keyframe)
        if on_taken is not None:
            worker._mailbox.take = told(worker._mailbox.take, on_taken)  # type: ignore[method-assign, assignment]
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def _run(self) -> None:
        try:
            self._worker.run(self._stop)
        except BaseException as error:
            self._failure = error

    def start(self) -> None:
        """Starts it and waits until it reads.

        Raises:
            Exception: what kept it from starting.
        """
        self._thread.start()
        for _ in range(round(START_SECONDS / 0.05)):
            if self._failure is not None:
                raise self._failure
            if hasattr(self._worker, "_looker") and self._worker._reader._loop is not None:
                return
            self._thread.join(0.05)
        raise TimeoutError(f"the worker does not start within {START_SECONDS:.0f} s")

    def want(self, urls: Sequence[str], transport: str = "tcp") -> None:
        """Gives it cameras c0, c1, …"""
        self._worker.want(tuple(WatchedCamera(f"c{number}", url, transport) for number, url in enumerate(urls)))

    def stop(self) -> None:
        """Ends it as SIGTERM would."""
        self._stop.set()
        self._thread.join(START_SECONDS)

    @property
    def watched(self) -> Mapping[str, Watched]:
        """What it judges, by camera."""
        return dict(self._worker._roster.watched)

    def statuses(self) -> Mapping[str, CameraStatus]:
        """How the reader fares with each camera."""
        return self._worker._reader.statuses()

    def reports(self) -> Mapping[str, Mapping[str, Any]]:
        """What it tells the case API of each camera, `look_lag_seconds` among it."""
        return self._worker._statuses()

    @property
    def model(self) -> Mapping[str, Any]:
        """What detects."""
        session = self._worker._eye.session
        return {"model": session.name, "provider": session.provider, "size": [session.input_width_px, session.input_height_px]}


def both(first: OnKeyframe, then: OnKeyframe) -> OnKeyframe:
    """Calls one after the other."""

    def call(camera_id: str, unit: AccessUnit) -> None:
        first(camera_id, unit)
        then(camera_id, unit)

    return call


def told(take: Callable[[str], AccessUnit | None], on_taken: OnTaken) -> Callable[[str], AccessUnit | None]:
    """The mailbox's `take`, which tells of what it gave."""

    def call(camera_id: str) -> AccessUnit | None:
        unit = take(camera_id)
        if unit is not None:
            on_taken(camera_id, unit)
        return unit

    return call


def write_scene(path: Path, zone: Sequence[float], cameras: int) -> Path:
    """A scene file in which each camera's one pavement is the rectangle `zone` (shares of the picture)."""
    x0, y0, x1, y1 = zone
    polygon = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
    views = [{"camera_id": f"c{number}", "zones": [{"id": "pavement", "kind": "sidewalk", "polygon": polygon}]} for number in range(cameras)]
    path.write_text(json.dumps({"schema": "curbwatch.scene/1", "views": views}), "utf-8")
    return path
