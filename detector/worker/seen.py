"""Where things were seen in each view, kept beside the worker's memory and read from there by whoever draws zones.

The grids are hints for people: they are written rarely, a few cameras at a time, and what a crash loses is a quarter of an hour of them.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detector.errors import DetectorError
from detector.scene.seen import SeenError, SeenGrid, seen_from_json
from detector.worker.state import StateStore
from detector.worker.watched import Watched

log = logging.getLogger(__name__)

WRITE_SECONDS = 900.0
AT_ONCE = 8
"""Cameras written at one tick of a second: 400 cameras are through in a minute, and no tick takes more than so many synchronous writes."""
NAME = "seen/"


def _name(camera_id: str, view_id: str) -> str:
    return f"{NAME}{camera_id}/{view_id}"


@dataclass(slots=True)
class SeenKeeper:
    """Writes the grids of a worker's cameras in turn. Called on one thread."""

    store: StateStore
    _written: dict[str, float] = field(default_factory=dict)
    _fails: bool = False

    def take_up(self, watched: Iterable[Watched]) -> None:
        """Gives cameras the grids of the last run; one that cannot be read begins anew."""
        for one in watched:
            for camera_id, view_id in [(preset.drawn.camera_id, preset.drawn.view_id) for preset in one.presets]:
                try:
                    data = self.store.document(_name(camera_id, view_id))
                    if data is not None:
                        one.seen.grids.setdefault(view_id, seen_from_json(data, f"camera {camera_id}"))
                except (DetectorError, ValueError) as error:
                    log.warning("where things were seen is begun anew: %s", " ".join(str(error).split()))

    def tend(self, watched: Iterable[Watched], now_seconds: float, *, all_of_them: bool = False) -> None:
        """Writes what is due of what changed; `all_of_them` at the end of a run. A disk that takes nothing is told of once."""
        written = 0
        for one in watched:
            camera_id = one.camera.camera_id
            since = self._written.setdefault(camera_id, now_seconds)
            if not all_of_them and (now_seconds - since < WRITE_SECONDS or written >= AT_ONCE):
                continue
            with one.lock:
                due = [(view_id, grid.to_json(), grid) for view_id, grid in one.seen.grids.items() if grid.changed]
            self._written[camera_id] = now_seconds
            try:
                for view_id, data, grid in due:
                    self.store.remember(_name(camera_id, view_id), data)
                    grid.changed = False
                    written += 1
            except DetectorError as error:
                if not self._fails:
                    log.warning("where things were seen cannot be written: %s", error)
                self._fails = True
            else:
                self._fails = self._fails and not due


def read_seen(folder: Path, camera_id: str | None, view_id: str | None = None) -> tuple[str, str, SeenGrid]:
    """The grid of one view, of the data folder of `curbwatch watch` (or of one worker in it); the worker may be running.

    Returns:
        Camera, view and grid.

    Raises:
        SeenError: there is none, or there are several and none is named.
    """
    found = {(camera, view): data for state in _states(folder) for camera, view, data in _documents(state)}
    if not found:
        raise SeenError(f"{folder}: no worker that keeps its data there has written where things were seen; the first quarter of an hour is not written yet")
    fits = {key: data for key, data in found.items() if camera_id in (None, key[0]) and view_id in (None, key[1])}
    if len(fits) != 1:
        names = sorted({f"{camera} (view {view})" for camera, view in (fits or found)})
        listed = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        raise SeenError(f"{folder}: {'name one with --camera and --view' if fits else 'has nothing of that camera and view'}; there are {listed}")
    ((camera, view), data) = next(iter(fits.items()))
    return camera, view, seen_from_json(data, f"{folder}, camera {camera}")


def _states(folder: Path) -> list[Path]:
    return [path for path in (folder / "state.sqlite", *sorted(folder.glob("*/state.sqlite"))) if path.is_file()]


def _documents(path: Path) -> Iterator[tuple[str, str, Any]]:
    """Camera, view and JSON value of each grid of a state file, which is read and never written."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as db:
            rows = db.execute("SELECT name, body FROM documents WHERE name LIKE ?", (f"{NAME}%",)).fetchall()
    except sqlite3.Error as error:
        raise SeenError(f"{path}: cannot be read ({error})") from error
    for name, body in rows:
        camera, _, view = name.removeprefix(NAME).rpartition("/")
        try:
            yield camera, view, json.loads(body)
        except ValueError:
            yield camera, view, None
