"""When a clip is made again, and what is told of all that lie in a folder; nothing is rendered."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from models.errors import StreetError
from models.street.assets.versions import version
from models.street.clips import making
from models.street.clips.script import draw_script
from models.street.light import light_of

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


@pytest.mark.parametrize(
    ("worths", "tried", "best"),
    [
        pytest.param([0.9], [0], 0, id="the first will do"),
        pytest.param([0.2, None, 0.8], [0, 2], 2, id="one has no room: the third"),
        pytest.param([0.2, 0.6, 0.5, None, 0.1, 0.3, 0.4, 0.5], [0, 1, 2, 4, 5, 6, 7, 1], 1, id="none is good: the best, staged once more"),
        pytest.param([0.2, 0.1, None, None, None, None, None, 0.7], [0, 1, 7], 7, id="the last is the best"),
    ],
)
def test_streets_are_tried_until_a_camera_sees_all(
    worths: list[float | None], tried: list[int], best: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def cast(script: object, take: int) -> int:
        if worths[take] is None:
            raise StreetError("no room")
        return take

    def film_of(take: int, *_: object, **__: object) -> SimpleNamespace:
        asked.append(take)
        return SimpleNamespace(worth=worths[take])

    monkeypatch.setattr(making, "cast", cast)
    monkeypatch.setattr(making.film, "Film", film_of)
    light = light_of("day", Random(1))
    assert making._staged(SCRIPT, light, (64, 36), 1, tmp_path / "take")[0] == best
    assert asked == tried
    assert making._staged(SCRIPT, light, (64, 36), 1, tmp_path / "take")[0] == best, "as kept, without trying again"
    assert asked == [*tried, best]


def test_no_room_anywhere_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cast(script: object, take: int) -> None:
        raise StreetError(f"no room in take {take}")

    monkeypatch.setattr(making, "cast", cast)
    with pytest.raises(StreetError, match="no room"):
        making._staged(SCRIPT, light_of("day", Random(1)), (64, 36), 1, tmp_path / "take")
