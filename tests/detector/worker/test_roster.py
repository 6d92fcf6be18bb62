"""The cameras of a worker and their views: what another list means."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.fleet.spec import WatchedCamera, WorkerSpec
from detector.worker.roster import Roster, usable_views
from evidence.views import KindOverride, whole_view
from streams.camera import CameraState
from streams.errors import CameraSpecError

GATE, YARD = WatchedCamera("gate", "rtsp://192.0.2.1/a"), WatchedCamera("yard", "rtsp://192.0.2.2/a")
BROKEN = WatchedCamera("broken", "gopher://192.0.2.3/a")


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    return Roster(WorkerSpec(name="w1", data_dir=str(tmp_path), cameras=()))


def told(roster: Roster, *cameras: WatchedCamera) -> tuple[list[str], list[str], list[str]]:
    changes = roster.take(cameras)
    return [one.camera.camera_id for one in changes.joined], [spec.camera_id for spec in changes.read], list(changes.left)


def test_what_another_list_means(roster: Roster) -> None:
    assert told(roster, GATE, YARD) == (["gate", "yard"], ["gate", "yard"], [])
    gate = roster.watched["gate"]
    assert told(roster, GATE, YARD) == ([], [], [])
    named = WatchedCamera("gate", "rtsp://192.0.2.1/a", name_zh="东门")
    assert told(roster, named, YARD) == ([], [], []), "another name is no other stream"
    assert gate.camera.name_zh == "东门"
    moved = WatchedCamera("yard", "rtsp://192.0.2.9/b")
    assert told(roster, moved, GATE) == ([], ["yard"], [])
    assert list(roster.watched) == ["yard", "gate"]
    assert roster.watched["gate"] is gate
    assert told(roster, GATE) == ([], [], ["yard"])
    assert str(roster.take([GATE, YARD])) == "1 joined (yard)"
    assert str(roster.take([YARD, *(WatchedCamera(f"c{i}", f"rtsp://192.0.2.3/{i}") for i in range(12))])).endswith("c6, c7, …); 1 left (gate)")


def test_a_camera_whose_address_cannot_be_used(roster: Roster, caplog: pytest.LogCaptureFixture) -> None:
    assert told(roster, GATE, BROKEN) == (["gate", "broken"], ["gate"], [])
    assert roster.refused["broken"].state is CameraState.REFUSED
    since = roster.refused["broken"].since_seconds
    assert told(roster, GATE, BROKEN) == ([], [], [])
    assert roster.refused["broken"].since_seconds == since
    assert caplog.text.count("camera broken") == 1, "it is told once"
    mended = WatchedCamera("broken", "rtsp://192.0.2.3/a")
    assert told(roster, GATE, mended) == ([], ["broken"], [])
    assert not roster.refused
    assert told(roster, GATE, BROKEN) == ([], [], ["broken"]), "what can no longer be read is let go"
    with pytest.raises(CameraSpecError):
        roster.take([BROKEN])
    assert list(roster.watched) == ["gate", "broken"], "a list of which nothing can be read changes nothing"


def test_what_the_registry_takes_away_goes_whatever_it_gives_instead(tmp_path: Path) -> None:
    roster = Roster(WorkerSpec(name="w1", data_dir=str(tmp_path), cameras=(), registry_url="https://cases.example"))
    assert told(roster) == ([], [], []), "a worker may begin without any"
    assert told(roster, GATE) == (["gate"], ["gate"], [])
    assert told(roster, BROKEN) == (["broken"], [], ["gate"])
    assert told(roster) == ([], [], ["broken"])


def test_a_view_that_cannot_be_used_does_not_keep_the_next_from_coming_into_force(roster: Roster, caplog: pytest.LogCaptureFixture) -> None:
    roster.take([GATE, YARD])
    documents = [whole_view("gate").model_copy(update={"version": 7, "kinds": {"V99": KindOverride()}}), whole_view("yard").model_copy(update={"version": 8})]
    roster.put_in_force(documents)
    assert [watched.document.version for watched in roster.watched.values()] == [whole_view("gate").version, 8]
    assert "camera gate: its new view cannot be used" in caplog.text
    roster.take([GATE])
    roster.take([GATE, YARD])
    assert roster.watched["yard"].document.version == 8, "a camera that comes back is judged on the view last heard"


def test_remembered_views_that_cannot_be_used_are_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    assert [view.camera_id for view in usable_views([whole_view("gate").to_json(), {"camera_id": "?"}, 7])] == ["gate"]
    assert caplog.text.count("passed over") == 2
