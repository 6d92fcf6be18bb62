from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detector.fleet.spec import WatchedCamera
from detector.judgement.values import Thing
from detector.scene.seen import SeenError
from detector.worker.seen import AT_ONCE, WRITE_SECONDS, SeenKeeper, read_seen
from detector.worker.state import StateStore
from detector.worker.watched import Watched
from evidence.kinds import load_catalogue
from evidence.views import whole_view

NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
WHOLE = (0.0, 0.0, 1.0, 1.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    store = StateStore(tmp_path / "worker" / "state.sqlite")
    store.open()
    yield store
    store.close()


def watched(camera_id: str, *, seen: bool = True) -> Watched:
    one = Watched.of(WatchedCamera(camera_id, ""), load_catalogue(), whole_view(camera_id))
    if seen:
        one.seen.add("main", [Thing("person", (0.4, 0.4, 0.45, 0.6), 0.9), Thing("car", (0.6, 0.5, 0.8, 0.7), 0.9)], 0.0, NOON, WHOLE)
    return one


def test_what_is_written_is_read_beside_the_running_worker_and_taken_up_after_it(store: StateStore, tmp_path: Path) -> None:
    keeper = SeenKeeper(store)
    keeper.tend([watched("cam1")], 0.0, all_of_them=True)
    for folder in (tmp_path / "worker", tmp_path):
        camera, view, grid = read_seen(folder, None)
        assert (camera, view, grid.arrivals("people"), grid.arrivals("vehicles")) == ("cam1", "main", 1, 1)
    again = watched("cam1", seen=False)
    SeenKeeper(store).take_up([again, watched("cam2", seen=False)])
    assert again.seen.grids["main"].arrivals("people") == 1


def test_grids_are_written_a_few_at_a_time_and_not_often(store: StateStore) -> None:
    cameras = [watched(f"cam{number}") for number in range(2 * AT_ONCE + 3)]
    keeper = SeenKeeper(store)

    def unwritten(now: float) -> int:
        keeper.tend(cameras, now)
        return sum(camera.seen.grids["main"].changed for camera in cameras)

    assert unwritten(0.0) == len(cameras), "the first quarter of an hour is not over"
    assert unwritten(WRITE_SECONDS) == AT_ONCE + 3
    assert unwritten(WRITE_SECONDS + 1) == 3
    assert unwritten(WRITE_SECONDS + 2) == 0


def test_a_camera_that_saw_nothing_new_is_not_written(store: StateStore, tmp_path: Path) -> None:
    SeenKeeper(store).tend([watched("cam1", seen=False)], 0.0, all_of_them=True)
    with pytest.raises(SeenError, match="has written where things were seen"):
        read_seen(tmp_path / "worker", None)


def test_which_of_several_must_be_named(store: StateStore, tmp_path: Path) -> None:
    SeenKeeper(store).tend([watched("cam1"), watched("cam2")], 0.0, all_of_them=True)
    with pytest.raises(SeenError, match=r"name one with --camera and --view; there are cam1 \(view main\), cam2 \(view main\)"):
        read_seen(tmp_path, None)
    assert read_seen(tmp_path, "cam2")[0] == "cam2"
    with pytest.raises(SeenError, match="has nothing of that camera and view; there are cam1"):
        read_seen(tmp_path, "cam3")


def test_a_damaged_grid_begins_anew(store: StateStore, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store.remember("seen/cam1/main", {"schema": "curbwatch.seen/1", "grid": [1, 1]})
    one = watched("cam1", seen=False)
    SeenKeeper(store).take_up([one])
    assert one.seen.grids == {}
    assert "is begun anew" in caplog.text
    with pytest.raises(SeenError, match="another size"):
        read_seen(tmp_path, "cam1")


def test_a_disk_that_takes_nothing_is_told_of_once(store: StateStore, caplog: pytest.LogCaptureFixture) -> None:
    keeper, one = SeenKeeper(store), watched("cam1")
    store.close()
    keeper.tend([one], 0.0, all_of_them=True)
    keeper.tend([one], 1.0, all_of_them=True)
    assert caplog.text.count("cannot be written") == 1
    assert one.seen.grids["main"].changed
    store.open()
    keeper.tend([one], 2.0, all_of_them=True)
    assert not one.seen.grids["main"].changed


def test_a_state_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"no database at all, and long enough to be looked at" * 40)
    with pytest.raises(SeenError, match="cannot be read"):
        read_seen(tmp_path, None)
