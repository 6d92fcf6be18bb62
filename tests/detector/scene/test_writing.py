from __future__ import annotations

from pathlib import Path

import pytest

from detector.scene.scene import parse_scene, read_scene
from detector.scene.writing import scene_text
from evidence.views import ViewDocument


def test_views_are_written_as_they_are_read(street: Path) -> None:
    views = read_scene(street).views
    text = scene_text(views, '泉城路: a note with # and "quotes"')
    again, faults = parse_scene(text)
    assert faults == []
    assert again is not None
    assert again.views == views
    assert again.note == '泉城路: a note with # and "quotes"'
    assert "    time_zone: Asia/Urumqi\n" in text.replace('"', "")


@pytest.mark.parametrize("name", ["no", "1e3", "007", "a: b", "[x]", "null", "#3", "王家 铺子", "- x", "'", "\\"])
def test_any_text_stays_what_it_was(name: str) -> None:
    document = {"camera_id": "1", "zones": [{"id": "1", "kind": "sidewalk", "polygon": [[0, 0], [1, 0], [0.333333, 1]], "name": {"zh": name, "en": name}}]}
    view = ViewDocument.model_validate({**document, "lines": [{"id": "no", "shop": name, "points": [[0, 0], [1, 1e-7]], "outside": "left"}]})
    again, faults = parse_scene(scene_text([view]))
    assert faults == []
    assert again is not None
    assert again.views == (view,)


def test_a_zone_is_one_line() -> None:
    zone = {"id": "a", "kind": "sidewalk", "polygon": [[0.125, 0], [1, 0], [0, 1]]}
    text = scene_text([ViewDocument.model_validate({"camera_id": "cam1", "zones": [zone]})])
    assert text.splitlines()[2:] == ["  - camera_id: cam1", "    zones:", "      - {id: a, kind: sidewalk, polygon: [[0.125, 0], [1, 0], [0, 1]]}"]
