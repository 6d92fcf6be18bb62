"""The scene beside a rendered clip is one that every reader of scenes takes."""

from __future__ import annotations

from typing import Any

import pytest

from curbwatch.street_scene import scene_text
from detector.scene.scene import parse_scene
from evidence.kinds import load_catalogue
from models.street.clips.forms import LOOK_ALIKES

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


def test_the_kinds_that_the_clip_shows_are_on_and_no_others() -> None:
    scene, faults = parse_scene(scene_text({**TRUTH, "kinds": ["V2", "V4", "V7"]}))
    assert not faults
    assert scene is not None
    assert {kind.id for kind in scene.catalogue(load_catalogue()).kinds if kind.enabled} == {"V2", "V3", "V4", "V7"}, "V3 is on as shipped"
    assert "that nothing real has proven" in scene_text({**TRUTH, "kinds": ["V4"]})
    assert "that nothing real has proven" not in scene_text(TRUTH)


def test_zones_of_all_kinds_that_clips_draw_are_read() -> None:
    names = sorted({"sidewalk", "green_belt", *(form.zone for forms in LOOK_ALIKES.values() for form in forms if form.zone)})
    corners = [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]
    scene, faults = parse_scene(scene_text({**TRUTH, "zones": [{"id": f"{name}-1", "kind": name, "polygon": corners} for name in names]}))
    assert not faults
    view = None if scene is None else scene.view("open_700000")
    assert view is not None
    assert sorted(zone.kind.value for zone in view.zones) == names
