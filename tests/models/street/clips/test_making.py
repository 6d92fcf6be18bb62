"""When a clip is made again, and what is told of all that lie in a folder; nothing is rendered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.street.assets.versions import version
from models.street.clips import making
from models.street.clips.script import draw_script

SCRIPT = draw_script(700_000, "open")


def keep(folder: Path, **changes: Any) -> dict[str, Any]:
    truth = {"file": f"{SCRIPT.name}.mp4", "assets": {"stall_table": version("stall_table")}, "versions": making._versions(), **changes}
    (folder / f"{SCRIPT.name}.json").write_text(json.dumps(truth), encoding="utf-8")
    (folder / f"{SCRIPT.name}.mp4").write_bytes(b"clip")
    return truth


def test_what_is_there_and_of_today_s_assets_is_kept(tmp_path: Path) -> None:
    truth = keep(tmp_path)
    assert making.make(SCRIPT, tmp_path, tmp_path / "cache") == truth
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"assets": {"stall_table": "000000000000"}}, id="an asset changed"),
        pytest.param({"assets": {"no_such_thing": "000000000000"}}, id="an asset is gone"),
        pytest.param({"versions": [0, 0]}, id="scripts or film changed"),
    ],
)
def test_what_is_stale_is_made_again(changes: dict[str, Any], tmp_path: Path) -> None:
    keep(tmp_path, **changes)
    assert making.finished(SCRIPT, tmp_path) is None


def test_a_truth_without_its_clip_is_none(tmp_path: Path) -> None:
    keep(tmp_path)
    (tmp_path / f"{SCRIPT.name}.mp4").unlink()
    assert making.finished(SCRIPT, tmp_path) is None
    assert json.loads(making.write_truths(tmp_path).read_text(encoding="utf-8")) == {"clips": []}


def test_all_clips_of_a_folder_are_told_in_one_file(tmp_path: Path) -> None:
    truth = keep(tmp_path)
    making.write_truths(tmp_path)
    assert json.loads(making.write_truths(tmp_path).read_text(encoding="utf-8")) == {"clips": [truth]}


def test_cost_is_counted_over_interruptions(tmp_path: Path) -> None:
    (tmp_path / "spent").write_text("12.5", encoding="ascii")
    assert making._Cost(tmp_path / "spent").keep() >= 12.5
