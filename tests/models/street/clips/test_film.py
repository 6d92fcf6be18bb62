"""A whole small clip, where Blender is there."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


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
