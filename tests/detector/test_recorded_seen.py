from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from detector.recorded_seen import first_picture, seen_in, still_of, things_in
from detector.scene.seen import SeenGrid
from models.pictures import read_picture
from models.session import YoloSession, open_model
from streams.errors import RecordedFileError
from tests.stall_clip import STALL, write_stall


@pytest.fixture(scope="module")
def session() -> YoloSession:
    return open_model("curbwatch-n-street")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_stall(tmp_path_factory.mktemp("clip") / "clip.mp4", rate=2, seconds=8)


def test_the_street_of_a_recording_without_what_moves(clip: Path) -> None:
    still = still_of(clip, None)
    assert still.taken == 8
    assert still.things == ()
    assert np.abs(still.picture.astype(int) - first_picture(clip)).mean() < 2


def test_what_stands_is_told_and_counted_once(clip: Path, session: YoloSession) -> None:
    grid = SeenGrid()
    still = still_of(clip, session, grid)
    assert grid.looks == still.taken
    seen, broken = seen_in(clip, session, 2.0, datetime(2026, 7, 1, tzinfo=UTC))
    assert (seen.looks, broken) == (4, 0)
    for group in ("people", "vehicles", "cycles"):
        assert seen.arrivals(group) <= 3, "it stands still"


def test_things_lie_in_shares_of_the_picture(session: YoloSession) -> None:
    things = things_in(session, read_picture(STALL))
    assert things
    assert all(0 <= thing.xyxy[0] < thing.xyxy[2] <= 1 and 0 <= thing.xyxy[1] < thing.xyxy[3] <= 1 for thing in things)


def test_a_recording_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "none.mp4").write_bytes(b"nothing")
    for look in (lambda path: still_of(path, None), first_picture):
        with pytest.raises(RecordedFileError):
            look(tmp_path / "none.mp4")
