"""Recorded streets: a camera that stays is judged at every look, whoever walks before it, and a still scene is not taken for a frozen picture."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.fleet.spec import WatchedCamera
from detector.judgement.drift import Status
from detector.worker import measuring
from detector.worker.sight import gauge_crop, gauge_in
from detector.worker.watched import Watched
from evidence.kinds import load_catalogue
from evidence.views import ViewDocument, Zone, ZoneKind
from streams.decoding import Crop, decode_keyframe
from streams.health import alike_share
from streams.recorded import read_access_units

pytestmark = pytest.mark.shared
START = datetime(2026, 11, 25, 4, tzinfo=UTC)
ZONE = Zone(id="walk", kind=ZoneKind.SIDEWALK, polygon=((0.1, 0.3), (0.9, 0.3), (0.9, 0.95), (0.1, 0.95)))
SMALL = Crop(0.0, 0.0, 1.0, 1.0, 64, 36)


def pictures(path: Path) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """Arrival, cells and gauge of each keyframe."""
    found = []
    for unit in read_access_units(path):
        if unit.keyframe:
            size = decode_keyframe(unit, (SMALL,))
            decoded = decode_keyframe(unit, (SMALL, gauge_crop((size.width, size.height))))
            gauge = gauge_in(decoded.crops[1:], (decoded.width, decoded.height))
            assert gauge is not None
            assert decoded.whole is not None
            found.append((unit.arrival_seconds, decoded.whole, gauge))
    return found


@pytest.mark.parametrize(
    ("name", "status"),
    [("pedestrians_h264.mp4", Status.IN_PLACE), ("pedestrians_h265.mp4", Status.IN_PLACE), ("car_park_h264.mp4", Status.UNMEASURED)],
    ids=["H.264", "H.265", "bare asphalt has nothing to be recognised by"],
)
def test_a_camera_that_stays_is_judged_at_every_look(shared: Path, name: str, status: Status) -> None:
    one = Watched.of(WatchedCamera("c1", "x"), load_catalogue(), ViewDocument(camera_id="c1", zones=(ZONE,)))
    before, alike = None, 0.0
    for at, whole, gauge in pictures(shared / "footage" / name):
        if measuring.glance(one, whole, at):
            measuring.measure(one, gauge, at, START + timedelta(seconds=at), None)
        assert one.paused is None, at
        alike = alike if before is None else max(alike, alike_share(before, whole))
        before = whole
    assert one.preset.placement.status is status
    assert one.sight.health.faults == ()
    assert alike < 0.7, "far from what counts as frozen"


def test_real_footage_that_is_shifted_is_followed_and_turned_away_is_suspended(shared: Path) -> None:
    one = Watched.of(WatchedCamera("c1", "x"), load_catalogue(), ViewDocument(camera_id="c1", zones=(ZONE,)))
    statuses = []
    for number, (at, _, gauge) in enumerate(pictures(shared / "footage" / "pedestrians_h264.mp4")[:30]):
        right = 0 if number < 8 else 9 if number < 16 else 90
        height, width = gauge.shape
        moved = cv2.warpAffine(gauge, np.array([[1.0, 0, -right], [0, 1.0, 0]]), (width, height), borderMode=cv2.BORDER_REFLECT)
        if measuring.glance(one, cv2.resize(moved, (64, 36), interpolation=cv2.INTER_AREA), at):
            measuring.measure(one, np.asarray(moved, np.uint8), at, START + timedelta(seconds=at), None)
        statuses.append(one.preset.placement.status)
    assert set(statuses[8:10]) <= {Status.UNSURE, Status.FOLLOWED}
    assert statuses[15] is Status.FOLLOWED
    assert statuses[16] is Status.UNSURE
    assert statuses[-1] in (Status.MOVED, Status.UNRECOGNISED)
