"""What a worker's cameras remember, written to the state store and taken up again after a restart or a reboot."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime

from detector.errors import DetectorError
from detector.judgement.memory import MemoryFault, state_from_json, state_to_json
from detector.judgement.values import ViewState
from detector.worker.clocks import boot_id, wall_at
from detector.worker.preset import Preset
from detector.worker.sight_kept import SightFault, sight_to_json
from detector.worker.sight_kept import take_up as take_up_sight
from detector.worker.state import Debt, SavedView, StateStore
from detector.worker.watched import Watched

log = logging.getLogger(__name__)


UNKNOWN_PAUSE_SECONDS = 366 * 86400.0
"""Taken for a pause of which no clock says how long it was: longer than any act goes on unseen, so that each ends as unseen and begins anew."""
SIGHT = "sight/"
"""Under `sight/CAMERA/VIEW` the store remembers what a view is recognised by."""


def saved_view(watched: Watched, state: ViewState, preset: Preset | None = None) -> SavedView:
    """A memory of the camera as the store keeps it, of the view that is seen or another; the caller holds the camera's lock."""
    last = state.last_look_seconds or 0.0
    view = (preset or watched.preset).drawn
    return SavedView(view.camera_id, view.view_id, boot_id(), last, wall_at(last).isoformat(), state_to_json(state))


def keep_step(store: StateStore, watched: Watched, state: ViewState, debts: Iterable[Debt]) -> None:
    """Writes the memory that a look leaves, before it is in force, and the debts that came of it; on disk when it returns. The caller holds the lock.

    Raises:
        StateError: nothing was written.
    """
    store.save([saved_view(watched, state)], debts)


def keep(store: StateStore, watched: Iterable[Watched], *, wait_seconds: float = -1) -> None:
    """Writes the memories in force in one transaction; on disk when it returns.

    The cameras' locks are held until then, so that no older memory is written over what a look has just written.

    Args:
        wait_seconds: for a camera that is being judged right now (below 0: as long as it takes); then it is passed over and stays dirty.

    Raises:
        StateError: nothing was written, and all of them stay dirty.
    """
    with ExitStack() as locks:
        mine = []
        for one in watched:
            if one.lock.acquire(timeout=wait_seconds):
                locks.callback(one.lock.release)
                mine.append(one)
        dirty = [(one, preset) for one in mine for preset in one.presets if preset.dirty]
        store.save([saved_view(one, preset.state, preset) for one, preset in dirty])
        for _, preset in dirty:
            preset.dirty = False


def keep_sight(store: StateStore, watched: Watched) -> None:
    """Writes what has changed of what the camera's views are recognised by. A hint for the next run: where the disk does not take it, it is tried again."""
    with watched.lock:
        for preset in watched.presets:
            if preset.unwritten:
                try:
                    store.remember(f"{SIGHT}{preset.drawn.camera_id}/{preset.drawn.view_id}", sight_to_json(preset))
                except DetectorError as error:
                    log.debug("camera %s: %s", preset.drawn.camera_id, error)
                else:
                    preset.unwritten = False


def take_up(store: StateStore, watched: Watched, now_seconds: float, now_wall: datetime) -> None:
    """Gives the camera the memory of the worker's last run, of each of its views, where there is one that can be read.

    Within one boot the monotonic clock went on; after a reboot it began anew, and the pause is told by the wall clock (at least a second). Where that went back
    meanwhile (an empty battery, and no time heard yet) nobody knows how long nobody looked: `UNKNOWN_PAUSE_SECONDS`.
    """
    for preset in watched.presets:
        camera_id, view_id = preset.drawn.camera_id, preset.drawn.view_id
        try:
            kept = store.document(f"{SIGHT}{camera_id}/{view_id}")
            if isinstance(kept, dict):
                take_up_sight(preset, kept, now_seconds)
        except (SightFault, ValueError) as error:
            log.warning("camera %s, view %s: %s", camera_id, view_id, error)
        saved = store.view(camera_id, view_id)
        if saved is None:
            continue
        try:
            state = state_from_json(saved.state)
        except MemoryFault as error:
            log.warning("camera %s: %s", watched.camera.camera_id, error)
            continue
        shift = 0.0
        if saved.boot_id != boot_id() or saved.monotonic_seconds > now_seconds:
            shift = now_seconds - _pause_seconds(saved, now_wall) - saved.monotonic_seconds
        watched.remember(state, shift, view_id)


def _pause_seconds(saved: SavedView, now_wall: datetime) -> float:
    told = (now_wall.astimezone(UTC) - datetime.fromisoformat(saved.wall)).total_seconds()
    if told >= 0.0:
        return max(1.0, told)
    log.warning(
        "camera %s, view %s: the clock went back over a reboot (by %.0f s at least), so nobody knows for how long nobody looked: what stood there ends unseen",
        saved.camera_id, saved.view_id, -told,
    )  # fmt: skip
    return UNKNOWN_PAUSE_SECONDS
