"""Permits from pixels to the signed packet: one recording of a stall in a painted box, at seven moments of the calendar."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from curbwatch.__main__ import main
from tests.stall_clip import write_stall

pytestmark = pytest.mark.slow
GROUND = "[[0, 0.2], [1, 0.2], [1, 1], [0, 1]]"
SCENE = f"""
schema: curbwatch.scene/1
kinds:
  V2: {{dwell_seconds: 3, minimum_looks: 3, grace_seconds: 20, minimum_score: 0.1, attendance: "off"}}
  V18: {{dwell_seconds: 3, minimum_looks: 3, grace_seconds: 20, minimum_score: 0.1, attendance: "off"}}
views:
  - camera_id: gate
    zones:
      - {{id: pavement, kind: sidewalk, polygon: {GROUND}}}
      # tactile
    permits:
      - {{id: box, version: 3, source: 夜市公告, from: 2026-01-01, until: 2190-12-31, goods: [西瓜], polygon: {GROUND}, TERMS}}
"""
TACTILE = f"- {{id: blind, kind: tactile_paving, polygon: {GROUND}}}"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of the rendered stall, a keyframe each second."""
    return write_stall(tmp_path_factory.mktemp("clip") / "stall.mp4", rate=5, seconds=10, began="2026-11-20T07:30:00Z")


@pytest.mark.parametrize(
    ("terms", "zone", "began", "told", "verdict", "code"),
    [
        pytest.param('hours: ["06:00-22:00"], breach: "09002"', "", "2026-07-01T12:00:00+0800", None, None, None, id="in its hours"),
        pytest.param('hours: ["19:00-01:00"], breach: "09002"', "", "2026-07-02T00:30:00+0800", None, None, None, id="in its hours, past midnight"),
        pytest.param('hours: ["19:00-01:00"], breach: "09002"', "", "2026-07-02T01:30:00+0800", ("V18", "B"), "outside_hours", "09002", id="after them"),
        pytest.param('hours: ["19:00-01:00"], breach: {hours: "09006"}', "", "2026-07-01T12:00:00+0800", ("V2", "B"), "outside_hours", "09006", id="as 09006"),
        pytest.param('breach: "09002"', TACTILE, "2026-07-01T12:00:00+0800", ("V18", "B"), "on_tactile_paving", "09002", id="on tactile paving"),
        pytest.param('weekdays: [workday], breach: "09002"', "", "2026-05-09T12:00:00+0800", None, None, None, id="on a Saturday that is worked"),
        pytest.param('weekdays: [workday], breach: "09002"', "", "2026-05-05T12:00:00+0800", ("V18", "B"), "outside_weekdays", "09002", id="on a holiday"),
        pytest.param('weekdays: [workday], breach: "09002"', "", "2190-03-01T12:00:00+0800", ("V2", "C"), "not_judged", None, id="in a year that nobody knows"),
    ],
)
def test_days_and_hours_decide(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    terms: str, zone: str, began: str, told: tuple[str, str] | None, verdict: str | None, code: str | None,
) -> None:  # fmt: skip
    scene, evidence = tmp_path / "scene.yaml", tmp_path / "evidence"
    scene.write_text(SCENE.replace("TERMS", terms).replace("# tactile", zone), encoding="utf-8")
    monkeypatch.setattr(
        sys,
        "argv",
        ["curbwatch", "replay", str(clip), "--scene", str(scene), "--began", began, "--look-seconds", "1", "--no-gate", "--evidence", str(evidence), "--json"],
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    *lines, _ = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["kind"], line["grade"]) for line in lines] == ([] if told is None else [told])
    if told is not None:
        checked: list[dict[str, Any]] = json.loads(next(evidence.rglob("manifest.json")).read_bytes())["manifest"]["permit"]["checked"]
        assert [(one["id"], one["version"], one["source"], one["verdict"], one["code"]) for one in checked] == [("box", 3, "夜市公告", verdict, code)]
