from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from curbwatch.__main__ import cli
from detector.scene.errors import DrawingError, SceneError
from models.pictures import read_picture

STREET = """\
schema: curbwatch.scene/1
kinds: {V2: {dwell_seconds: 120}}
views:
  - camera_id: cam1
    zones:
      - {id: pavement, kind: sidewalk, polygon: [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]}
    permits:
      - {id: old, from: 2020-05-01, until: 2020-08-31, polygon: [[0.2, 0.6], [0.4, 0.6], [0.4, 0.7], [0.2, 0.7]]}
  - camera_id: cam2
    kinds: {V3: {enabled: false}}
    zones:
      - {id: road, kind: carriageway, polygon: [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]}
"""
PICTURE = Path(__file__).parent.parent.parent / "models" / "media" / "stall.jpg"


@pytest.fixture
def street(tmp_path: Path) -> Path:
    path = tmp_path / "street.yaml"
    path.write_text(STREET, encoding="utf-8")
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.yaml"
    path.write_text("schema: curbwatch.scene/1\nviews:\n  - camera: cam1\n", encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["scene", *map(str, arguments)])


def test_check_tells_a_summary_changes_and_warnings(street: Path) -> None:
    result = run("check", street)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == f"{street}: sound: 2 views, 2 zones, 0 lines, 1 permits, 1 warnings"
    assert lines[1].endswith("stall on the public way: dwell_seconds 120")
    assert lines[2].startswith("  changed at cam2: V3")
    assert lines[3] == f"{street}: warning: line 8, views[0].permits[0]: camera cam1: the permit old is over since 2020-08-31"


def test_check_tells_every_fault_and_goes_on_to_the_next_file(street: Path, broken: Path) -> None:
    result = run("check", broken, street)
    assert result.exit_code == 2
    unknown, missing = result.stderr.splitlines()
    assert unknown.startswith(f"curbwatch: {broken}: line 3, views[0].camera: is not a known key here; did you mean camera_id? (there are camera_id, view_id, ")
    assert missing == f"curbwatch: {broken}: line 3, views[0].camera_id: is missing"
    assert "sound" in result.stdout


def test_check_as_json(street: Path, broken: Path) -> None:
    result = run("check", "--json", street, broken)
    assert result.exit_code == 2
    sound, faulty = map(json.loads, result.stdout.splitlines())
    assert sound["ok"] is True
    assert sound["kinds"] == {"V2": {"dwell_seconds": 120.0}}
    assert [view["camera"] for view in sound["views"]] == ["cam1", "cam2"]
    assert sound["views"][0]["look_crop"] == [0.06, 0.0613, 0.94, 1.0]
    assert sound["warnings"][0]["line"] == 8
    assert faulty == {
        "file": str(broken),
        "ok": False,
        "faults": faulty["faults"],
    }
    assert {"line": 3, "field": "views[0].camera_id", "what": "is missing"} in faulty["faults"]


CONTRADICTORY = """\
schema: curbwatch.scene/1
views:
  - camera_id: cam1
    zones:
      - {id: no-cars, kind: no_parking, polygon: [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]}
      - {id: bays, kind: parking_bay, polygon: [[0.2, 0.6], [0.4, 0.6], [0.4, 0.7], [0.2, 0.7]]}
"""


def test_a_scene_that_contradicts_itself_is_not_sound(tmp_path: Path, street: Path, broken: Path) -> None:
    path = tmp_path / "contradictory.yaml"
    path.write_text(CONTRADICTORY, encoding="utf-8")
    result = run("check", path, street)
    assert result.exit_code == 1
    (told,) = result.stderr.splitlines()
    assert told.startswith(
        f"curbwatch: {path}: line 6, views[0].zones[1].polygon: camera cam1: the zone bays (parking_bay) overlaps the zone no-cars (no_parking) "
    )
    assert result.stdout.startswith(f"{path}: 1 contradictions: 1 views, 2 zones")
    told_json = json.loads(run("check", "--json", path).stdout)
    assert (told_json["ok"], told_json["contradictions"][0]["line"]) == (False, 6)
    assert run("check", path, broken).exit_code == 2, "what cannot be used at all weighs more"
    assert run("draw", path, "-o", tmp_path / "drawn.png").exit_code == 0, "drawn all the same, so that a person sees it"


def test_draw_over_the_reference_picture_beside_the_scene(street: Path, tmp_path: Path) -> None:
    text = street.read_text(encoding="utf-8").replace("  - camera_id: cam1\n", "  - camera_id: cam1\n    reference: cam1.jpg\n")
    street.write_text(text, encoding="utf-8")
    assert "its reference picture cam1.jpg does not lie beside the scene" in run("check", street).stdout
    (tmp_path / "cam1.jpg").write_bytes(PICTURE.read_bytes())
    assert "its reference picture" not in run("check", street).stdout
    over, named = tmp_path / "over.png", tmp_path / "named.png"
    assert run("draw", street, "--camera", "cam1", "-o", over).exit_code == 0
    assert run("draw", street, "--camera", "cam1", "--picture", PICTURE, "-o", named).exit_code == 0
    assert over.read_bytes() == named.read_bytes()


def test_check_of_nothing_is_wrong_use() -> None:
    assert run("check").exit_code == 2


def test_draw_over_a_plain_ground_and_over_a_picture(street: Path, tmp_path: Path) -> None:
    plain, over = tmp_path / "plain.png", tmp_path / "over.jpg"
    result = run("draw", street, "--camera", "cam1", "-o", plain)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{plain}: cam1, 1 zones, 0 lines, 1 permits\n"
    assert read_picture(plain).shape[0] == 720
    result = run("draw", street, "--camera", "cam2", "--picture", PICTURE, "-o", over, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["camera"], told["output"]) == ("cam2", str(over))
    assert read_picture(over).shape[:2] == (told["height"], told["width"])


@pytest.mark.shared
def test_draw_over_the_first_keyframe_of_a_clip(shared: Path, street: Path, tmp_path: Path) -> None:
    out = tmp_path / "over.png"
    assert run("draw", street, "--camera", "cam1", "--picture", shared / "footage" / "car_park_h264.mp4", "-o", out).exit_code == 0
    assert read_picture(out).shape[0] == 720


@pytest.mark.parametrize(
    ("arguments", "error", "what"),
    [
        pytest.param((), DrawingError, "has 2 views; name one with --camera: cam1, cam2", id="which of two"),
        pytest.param(("--camera", "cam9"), DrawingError, "has no view of the camera 'cam9'; there are cam1, cam2", id="none of that name"),
    ],
)
def test_draw_names_what_it_lacks(street: Path, tmp_path: Path, arguments: tuple[str, ...], error: type[Exception], what: str) -> None:
    result = run("draw", street, *arguments, "-o", tmp_path / "out.png")
    assert isinstance(result.exception, error)
    assert what in str(result.exception)
    assert not (tmp_path / "out.png").exists()


def test_draw_of_a_camera_that_turns_wants_the_position(tmp_path: Path) -> None:
    zone = "zones: [{id: a, kind: sidewalk, polygon: [[0.1, 0.5], [0.9, 0.5], [0.5, 0.9]]}]"
    views = "".join(f"  - {{camera_id: cam1, view_id: {name}, reference: {name}.jpg, {zone}}}\n" for name in ("gate", "corner"))
    path = tmp_path / "turning.yaml"
    path.write_text(f"schema: curbwatch.scene/1\nviews:\n{views}", encoding="utf-8")
    assert str(run("draw", path, "-o", tmp_path / "a.png").exception) == f"{path}: name one with --view; there are gate, corner"
    assert str(run("draw", path, "--view", "yard", "-o", tmp_path / "a.png").exception) == f"{path}: has no view 'yard' of cam1; there are gate, corner"
    assert run("draw", path, "--view", "corner", "-o", tmp_path / "a.png").exit_code == 0


def test_draw_of_a_broken_scene_is_one_line(broken: Path, tmp_path: Path) -> None:
    result = run("draw", broken, "-o", tmp_path / "out.png")
    assert isinstance(result.exception, SceneError)
    assert "\n" not in str(result.exception)
