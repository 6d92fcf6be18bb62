from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import hold
from benchmarks.clips import read_clip


def test_two_cameras_are_held_and_every_keyframe_is_accounted_for(small_clip: Path) -> None:
    said: list[str] = []
    result = hold.run(read_clip(small_clip), cameras=2, seconds=4.0, transport="tcp", segmented=False, progress=said.append)
    row = result.rows[0]
    assert (row["keyframes_missing"], row["lost"], row["reconnects"], row["keyframes_expected"]) == (0, 0, 0, 4)
    assert row["keyframes_least"] >= 3
    assert said
    assert len(result.settings["samples"]) == 2
    assert all(target["met"] for target in result.targets)


@pytest.mark.parametrize(
    ("fault", "missed"),
    [
        pytest.param({"keyframes_missing": 1}, "keyframes missing", id="one is missing"),
        pytest.param({"lost": 3}, "pictures damaged", id="damage"),
        pytest.param({"reconnects": 1}, "connections", id="a reconnect"),
        pytest.param({"keyframes_least": 280}, "keyframes of the camera", id="a camera with too few"),
    ],
)
def test_a_loss_is_missed_by_name(fault: dict[str, int], missed: str) -> None:
    row = {"keyframes_missing": 0, "lost": 0, "reconnects": 0, "keyframes_least": 299, "keyframes_expected": 300}
    bad = [target.what for target in hold.targets(row | fault) if not target.met]
    assert len(bad) == 1
    assert bad[0].startswith(missed)
