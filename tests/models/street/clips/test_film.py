"""What is laid over a picture, and which rectangles are rendered together; a whole small clip where Blender is there."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from models.street.clips import film


def test_only_what_really_changed_is_taken_over() -> None:
    before = np.full((60, 80, 3), 100, np.uint8)
    part = np.full((30, 40, 3), 103, np.uint8)  # what a denoiser with other neighbours leaves
    part[10:20, 15:25] = 220
    picture = before.copy()
    film.lay(picture, part, (20, 15, 60, 45))
    assert (picture[28:32, 38:42] == 220).all()
    untouched = np.ones((60, 80), bool)
    untouched[20:42, 30:52] = False
    assert np.array_equal(picture[untouched], before[untouched])


@pytest.mark.parametrize(
    ("rects", "count"),
    [
        pytest.param([(0, 0, 20, 20), (400, 300, 420, 320)], 2, id="far apart: two"),
        pytest.param([(0, 0, 100, 100), (50, 50, 150, 150)], 1, id="overlapping: one"),
        pytest.param([(0, 0, 20, 20), (22, 0, 40, 20), (42, 0, 60, 20)], 1, id="side by side: one"),
    ],
)
def test_rectangles_are_rendered_together_where_that_is_cheaper(rects: list[film.Rect], count: int) -> None:
    out = film.joined(rects)
    assert len(out) == count
    for x0, y0, x1, y1 in rects:
        assert any(a <= x0 and b <= y0 and c >= x1 and d >= y1 for a, b, c, d in out)


@pytest.mark.slow
@pytest.mark.street
def test_a_clip_is_made_once_and_again_only_where_an_asset_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec("bpy") is None:
        pytest.skip("extra street is not installed")
    from models.street.clips import making
    from models.street.clips.script import draw_script
    from models.street.environment import require_street

    require_street()
    monkeypatch.setattr(making, "WIDTH", 96)
    monkeypatch.setattr(making, "HEIGHT", 54)
    monkeypatch.setattr(making, "SAMPLES", 1)
    script = draw_script(700_004, "open")
    lines: list[str] = []
    truth = making.make(script, tmp_path, tmp_path / "cache", threads=1, progress=lines.append)
    assert len(lines) == script.shots
    assert (tmp_path / truth["file"]).stat().st_size > 1000
    assert making.make(script, tmp_path, tmp_path / "cache", threads=1, progress=lines.append) == truth
    assert len(lines) == script.shots
    monkeypatch.setattr(making, "version", lambda name: "changed")
    assert making.finished(script, tmp_path) is None
