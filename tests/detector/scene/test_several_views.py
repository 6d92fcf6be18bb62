"""A scene with several views of one camera, reference pictures and thresholds of picture health."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from detector.scene.scene import parse_scene, read_scene
from evidence.views import PictureRules, Reference
from tests.conftest import REPO

SCENE = """\
schema: curbwatch.scene/1
picture: {dark_below: 20, follow: 0.04}
views:
  - camera_id: ptz
    view_id: north
    reference: pictures/north.jpg
    zones: [{id: walk, kind: sidewalk, polygon: [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]}]
  - camera_id: gate
    zones: [{id: walk, kind: sidewalk, polygon: [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]}]
    picture: {follow: 0}
  - camera_id: ptz
    view_id: market
    reference: {file: market.jpg}
    zones: [{id: walk, kind: sidewalk, polygon: [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]}]
"""


def test_each_position_of_a_camera_has_its_view(tmp_path: Path) -> None:
    path = tmp_path / "street.yaml"
    path.write_text(SCENE)
    scene = read_scene(path)
    assert scene.where == str(path)
    assert [view.view_id for view in scene.views_of("ptz")] == ["north", "market"]
    assert [view.reference for view in scene.views_of("ptz")] == [Reference(file="pictures/north.jpg"), Reference(file="market.jpg")]
    first = scene.view("ptz")
    assert first is not None
    assert first.view_id == "north"
    assert scene.views_of("nobody") == ()


def test_thresholds_of_a_view_lie_over_those_of_the_file() -> None:
    scene, faults = parse_scene(SCENE)
    assert scene is not None, faults
    (gate,) = scene.views_of("gate")
    assert gate.picture is not None
    assert gate.picture.over(scene.picture) == PictureRules(dark_below=20, follow=0)


def test_the_examples_of_the_docs_are_sound() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", (REPO / "docs" / "views.md").read_text(), re.DOTALL)
    assert len(examples) == 2
    for text in examples:
        scene, faults = parse_scene(text)
        assert scene is not None, [str(fault) for fault in faults]


@pytest.mark.parametrize(
    ("change", "field", "what"),
    [
        (("    view_id: market\n", "    view_id: north\n"), "views[2].camera_id", "has a view already in line 4"),
        (("    reference: {file: market.jpg}\n", ""), "views[2].reference", "several views"),
        (("pictures/north.jpg", "/etc/north.jpg"), "views[0].reference.file", "beside the scene file"),
        (("pictures/north.jpg", "../north.jpg"), "views[0].reference.file", "beside the scene file"),
        (("dark_below: 20", "dark_below: 300"), "picture.dark_below", "less than or equal to 255"),
        (("dark_below: 20", "darkness: 20"), "picture.darkness", "not a known key"),
        (("{follow: 0}", "{follow: 0.5}"), "views[1].picture.follow", "less than or equal to 0.2"),
    ],
    ids=["a position twice", "one that cannot be recognised", "a file elsewhere", "a file above", "beyond its bounds", "an unknown one", "of a view"],
)  # fmt: skip
def test_faults_name_the_field(change: tuple[str, str], field: str, what: str) -> None:
    scene, faults = parse_scene(SCENE.replace(*change))
    assert scene is None
    assert [(fault.field.startswith(field.rsplit(".", 1)[0]), what in fault.what) for fault in faults] == [(True, True)], [str(fault) for fault in faults]
