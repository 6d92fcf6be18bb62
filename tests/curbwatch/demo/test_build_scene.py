from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from curbwatch.demo.build_scene import OVERRIDES, build_views, main, write_scene
from curbwatch.demo.cameras import SHIPPED_SCENE
from curbwatch.demo.truth import TRUTH_FILE, read_truth
from detector.scene.scene import read_scene
from evidence.kinds import load_catalogue
from evidence.views import ZoneKind


def test_the_file_says_what_the_truth_says(truth_file: Path, tmp_path: Path) -> None:
    views = build_views(read_truth(truth_file).values())
    path = tmp_path / "scene.yaml"
    path.write_text(write_scene(views), encoding="utf-8")
    scene = read_scene(path)
    for view in views:
        assert scene.view(view.camera_id) == view
    stall = scene.view("cam1")
    assert stall is not None
    assert [zone.kind for zone in stall.zones] == [ZoneKind.SIDEWALK, ZoneKind.CARRIAGEWAY]
    assert (stall.lines[0].outside, stall.permits) == ("right", ())
    permitted = scene.view("cam5")
    assert permitted is not None
    (permit,) = permitted.permits
    assert permit.first_day <= datetime.now(UTC).date() <= permit.last_day
    assert (permit.hours, len(permit.weekdays)) == (("00:00-24:00",), 7)


def test_the_dwell_is_shortened_and_the_file_says_so(truth_file: Path) -> None:
    text = write_scene(build_views(read_truth(truth_file).values()))
    assert "SHORTENED" in text
    assert "V2 20 s instead of 300 s, V3 20 s instead of 600 s" in yaml.safe_load(text)["note"]
    shipped = load_catalogue()
    judged = shipped.overridden(OVERRIDES, "the demo's scene")
    changed = {kind.id: kind.overridden for kind in judged.kinds if kind.overridden}
    assert changed == dict.fromkeys(OVERRIDES, ("dwell_seconds", "grace_seconds", "minimum_looks"))


def test_a_truth_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "truth.json")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_shipped_scene_is_what_the_builder_makes(tmp_path: Path) -> None:
    if not TRUTH_FILE.exists():
        pytest.skip("the clips are not rendered yet")
    target = tmp_path / "scene.yaml"
    assert main([str(TRUTH_FILE), str(target)]) == 0
    assert target.read_text(encoding="utf-8") == SHIPPED_SCENE.read_text(encoding="utf-8")
