from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from models.street.video import Made, add_truth, write_truth


def made(name: str, **truth: Any) -> Made:
    return Made(Path(f"{name}.mp4"), {"file": f"{name}.mp4", "acts": [], **truth})


def test_a_clip_s_truth_takes_the_place_of_its_older_one(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    add_truth(made("cam2", seed=1), path)
    add_truth(made("cam1", seed=5), path)
    add_truth(made("cam2", seed=2), path)
    clips = json.loads(path.read_text(encoding="utf-8"))["clips"]
    assert [(clip["file"], clip["seed"]) for clip in clips] == [("cam1.mp4", 5), ("cam2.mp4", 2)]


def test_all_at_once(tmp_path: Path) -> None:
    write_truth([made("b"), made("a")], tmp_path / "truth.json")
    assert [clip["file"] for clip in json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["clips"]] == ["b.mp4", "a.mp4"]
