"""Zones, lines and permits as the camera sees them, from an eye across a drawn street; no Blender."""

from __future__ import annotations

import pytest

from evidence.views import ViewDocument
from models.street.clips import viewing
from models.street.clips.cast import Cast, cast
from models.street.clips.script import draw_script
from models.street.lens import Lens
from models.street.polygons import cut_to_picture
from models.street.seeing import Eye, eye_of


@pytest.fixture(scope="module")
def played() -> Cast:
    seed = next(seed for seed in range(700_000, 700_200) if any(event.reason == "inside_line" for event in draw_script(seed, "open").events))
    return cast(draw_script(seed, "open"))


def eye_across(played: Cast, k: float = 0.1) -> Eye:
    return eye_of((-6.0, played.plan.layout.far_kerb_y, 6.0), (0.0, -1.5, 0.5), 1.0, 62.0, 16 / 9, Lens(k))


def test_zones_and_lines_make_a_view(played: Cast) -> None:
    eye = eye_across(played)
    zones = viewing.zones(played, eye, 1280)
    assert zones[0]["id"] == "sidewalk"
    lines = viewing.lines(eye, played.plan.layout, 1280, viewing.notches(played))
    assert {line["outside"] for line in lines} <= {"left", "right"}
    ViewDocument.model_validate({"camera_id": "a", "zones": zones, "lines": lines})


def test_a_terrace_stands_on_the_shop_s_side_of_its_line(played: Cast) -> None:
    from detector.judgement.geometry import share_beyond, share_in

    eye = eye_across(played, 0.0)
    terrace = next(one for one in played.staged if one.event.reason == "inside_line")
    assert viewing.notches(played)
    foot = [(terrace.x + dx, terrace.y + dy, terrace.z) for dx in (-0.5, 0.5) for dy in (-0.4, 0.4)]
    import numpy as np

    flat, _ = eye.project(np.array(foot))
    box = (float(flat[:, 0].min()), float(flat[:, 1].min()), float(flat[:, 0].max()), float(flat[:, 1].max()))
    lines = viewing.lines(eye, played.plan.layout, 1280, viewing.notches(played))
    nearest = min(lines, key=lambda line: min(abs(x - (box[0] + box[2]) / 2) for x, _ in line["points"]))
    assert share_beyond(box, tuple(map(tuple, nearest["points"])), nearest["outside"]) < 0.5
    (pavement,) = (zone["polygon"] for zone in viewing.zones(played, eye, 1280) if zone["id"] == "sidewalk")
    assert share_in(box, [tuple(map(tuple, pavement))]) < 0.5


def test_a_zone_ends_where_the_street_is_too_small_to_judge(played: Cast) -> None:
    layout = played.plan.layout
    wide = viewing.strip(eye_of((-28.0, -3.0, 6.0), (0.0, -3.0, 0.5), 0.0, 60.0, 16 / 9, Lens(0.0)), layout.kerb_y, -0.3, layout.kerb, 1280)
    assert wide
    assert min(y for _, y in wide) > 0.1


@pytest.mark.parametrize(
    ("points", "corners"),
    [
        pytest.param([(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)], 4, id="inside: as it is"),
        pytest.param([(-1.0, 0.2), (2.0, 0.2), (2.0, 0.8), (-1.0, 0.8)], 4, id="cut at both sides"),
        pytest.param([(0.2, 0.2), (0.5, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)], 4, id="a corner that bends nothing goes"),
        pytest.param([(2.0, 2.0), (3.0, 2.0), (3.0, 3.0)], 0, id="outside: nothing"),
    ],
)
def test_polygons_are_cut_to_the_picture(points: list[tuple[float, float]], corners: int) -> None:
    cut = cut_to_picture(points)
    assert len(cut) == corners
    assert all(0 <= v <= 1 for point in cut for v in point)


def test_of_a_line_that_the_lens_bends_its_nearest_piece_tells_the_side() -> None:
    bent = [[0.1, 0.5], [0.3, 0.56], [0.5, 0.58], [0.7, 0.56], [0.9, 0.5]]
    assert viewing._side(bent, (0.5, 0.56)) == "left"  # above the line's middle, though below the chord of its ends
    assert viewing._side(bent, (0.5, 0.60)) == "right"
