"""The scene beside a rendered clip is one that every reader of scenes takes."""

from __future__ import annotations

from typing import Any

import pytest

from curbwatch.street_scene import scene_text
from detector.scene.scene import parse_scene
from evidence.kinds import load_catalogue

TRUTH: dict[str, Any] = {
    "camera_id": "open_700000",
    "dwell_seconds": 60.0,
    "zones": [{"id": "sidewalk", "kind": "sidewalk", "polygon": [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]}],
    "lines": [{"id": "shops-1", "outside": "right", "points": [[0, 0.5], [1, 0.5]]}],
    "permits": [{"id": "permit-1", "from": "2026-01-01", "until": "2026-12-31", "hours": "22:00-03:00", "polygon": [[0.1, 0.6], [0.3, 0.6], [0.3, 0.8]]}],
}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="zones, a line and a permit"),
        pytest.param({"lines": [], "permits": []}, id="zones alone"),
    ],
)
def test_it_is_read_and_shortens_every_kind_s_dwell(changes: dict[str, Any]) -> None:
    scene, faults = parse_scene(scene_text({**TRUTH, **changes}))
    assert not faults
    assert scene is not None
    assert {kind.dwell_seconds for kind in scene.catalogue(load_catalogue()).kinds} == {60.0}
    view = scene.view("open_700000")
    assert view is not None
    assert (len(view.zones), len(view.lines), len(view.permits)) == (1, 0 if changes else 1, 0 if changes else 1)
