from __future__ import annotations

from pathlib import Path

import pytest

from curbwatch.demo.cameras import SHIPPED_CAMERAS, CameraList, read_cameras
from curbwatch.demo.errors import CameraListError

CAMERA = "{id: cam1, clip: a.mp4, name: {zh: 一, en: one}, shows: {zh: 摊位, en: a stall}}"


def written(folder: Path, text: str) -> Path:
    path = folder / "cameras.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_clip_beside_the_list_goes_before_a_shipped_one(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    for clip in (media / "a.mp4", media / "b.mp4", tmp_path / "b.mp4"):
        clip.touch()
    path = written(tmp_path, f"schema: curbwatch.demo/1\ncameras:\n  - {CAMERA}\n  - {CAMERA.replace('cam1', 'cam2').replace('a.mp4', 'b.mp4')}\n")
    first, second = read_cameras(path, media)
    assert (first.clip, second.clip) == (media / "a.mp4", tmp_path / "b.mp4")
    assert (first.camera_id, first.violation, first.shows.en) == ("cam1", None, "a stall")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("cameras: [", "not YAML (line 1)", id="broken YAML"),
        pytest.param("", "valid dictionary", id="an empty file"),
        pytest.param("schema: curbwatch.demo/1\ncameras: []", "cameras", id="no camera left"),
        pytest.param(f"schema: curbwatch.demo/2\ncameras: [{CAMERA}]", "schema", id="of another version"),
        pytest.param(f"schema: curbwatch.demo/1\ncameras: [{CAMERA.replace('clip', 'film')}]", "cameras.0.clip", id="an unknown key"),
        pytest.param(f"schema: curbwatch.demo/1\ncameras: [{CAMERA}, {CAMERA}]", "'cam1' is there twice", id="a camera twice"),
        pytest.param(f"schema: curbwatch.demo/1\ncameras: [{CAMERA.replace('a.mp4', 'none.mp4')}]", "cam1: there is no clip 'none.mp4'", id="no such clip"),
    ],
)
def test_a_list_that_is_not_usable_is_one_line(text: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    path = written(tmp_path, text)
    with pytest.raises(CameraListError) as caught:
        read_cameras(path, tmp_path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert complaint in message
    assert "\n" not in message


def test_a_list_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CameraListError, match="cannot be read as a list of the demo's cameras"):
        read_cameras(tmp_path / "none.yaml")


def test_the_shipped_list_agrees_with_the_scripts_of_its_clips() -> None:
    import yaml

    from models.street.scripts import DEMO

    listed = CameraList.model_validate(yaml.safe_load(SHIPPED_CAMERAS.read_text(encoding="utf-8"))).cameras
    assert [(camera.id, camera.clip, camera.violation) for camera in listed] == [
        (script.camera_id, f"{script.name}.mp4", next((event.violation for event in script.standing if event.violation), None)) for script in DEMO
    ]
