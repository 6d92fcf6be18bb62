"""`curbwatch replay`: its lines for wrong use, and a small recording of a stall that becomes a violation and a packet."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from curbwatch.__main__ import main
from detector.worker.files import DiskFault
from detector.worker.held import HeldEvidence
from detector.worker.outbox import Outbox
from evidence.signing import SigningKey
from evidence.verify import verify_path
from tests.stall_clip import write_stall

SCENE = """
schema: curbwatch.scene/1
kinds: {V2: {dwell_seconds: 3, minimum_looks: 3, grace_seconds: 20, minimum_score: 0.1, attendance: "off"}}
views:
  - camera_id: gate
    version: 4
    zones: [{id: pavement, kind: sidewalk, polygon: [[0, 0.2], [1, 0.2], [1, 1], [0, 1]]}]
"""
FIELDS = {"kind", "camera", "place", "first_seen", "confirmed_at", "xyxy", "score", "grade"}
"""What every line of `--json` has at the least."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of the rendered stall, a keyframe each second; its container tells when it began."""
    return write_stall(tmp_path_factory.mktemp("clip") / "stall.mp4", rate=5, seconds=10, began="2026-11-20T07:30:00Z")


@pytest.fixture
def folder(tmp_path: Path, clip: Path) -> Path:
    """Files that the rows name by `{folder}`."""
    (tmp_path / "scene.yaml").write_text(SCENE, encoding="utf-8")
    (tmp_path / "two.yaml").write_text(SCENE + "  - {camera_id: market}\n", encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("schema: [", encoding="utf-8")
    (tmp_path / "whole.mp4").symlink_to(clip)
    (tmp_path / "cut.mp4").write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video", encoding="utf-8")
    return tmp_path


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> int:
    monkeypatch.setattr(sys, "argv", ["curbwatch", "replay", *(one.replace("{folder}", str(folder)) for one in arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    assert code is None or isinstance(code, int)
    return code or 0


WRONG = [
    pytest.param(["{folder}/none.mp4"], "none.mp4: there is no such video file", id="missing"),
    pytest.param(["{folder}"], "there is no such video file", id="a folder"),
    pytest.param(["{folder}/empty.mp4"], "empty.mp4: cannot be read as video", id="empty"),
    pytest.param(["{folder}/text.mp4"], "text.mp4: cannot be read as video", id="text"),
    pytest.param(["{folder}/cut.mp4"], "cut.mp4: cannot be read as video", id="truncated"),
    pytest.param(["{folder}/cut.mp4", "--began", "2026-11-25T08:00:00+0800"], "it may be truncated", id="truncated, its beginning given"),
    pytest.param(["{folder}/whole.mp4", "--scene", "{folder}/none.yaml"], "none.yaml", id="no such scene"),
    pytest.param(["{folder}/whole.mp4", "--scene", "{folder}/broken.yaml"], "broken.yaml", id="a scene that is no YAML"),
    pytest.param(["{folder}/whole.mp4", "--scene", "{folder}/scene.yaml", "--camera", "door"], "has no view of the camera 'door'", id="an unknown camera"),
    pytest.param(["{folder}/whole.mp4", "--scene", "{folder}/two.yaml"], "has no view of the camera 'whole'; name one", id="two cameras, none named"),
    pytest.param(["{folder}/whole.mp4", "--camera", "a b"], "--camera 'a b': use 1 to 64 letters", id="no camera id"),
    pytest.param(["{folder}/whole.mp4", "--model", "no-such-model"], "no-such-model", id="no such model"),
]


@pytest.mark.parametrize(("arguments", "complaint"), WRONG)
def test_wrong_use_is_one_line_and_status_2(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert run(folder, monkeypatch, arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1, printed.err
    assert printed.err.startswith("curbwatch: ")
    assert complaint in printed.err


@pytest.mark.parametrize(
    "arguments", [["--look-seconds", "0"], ["--began", "yesterday"], ["--began", "2026-11-25T08:00:00"], ["--speed", "2"]], ids=lambda one: " ".join(one)
)
def test_values_that_an_option_does_not_take(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert run(folder, monkeypatch, ["{folder}/whole.mp4", *arguments]) == 2
    assert f"replay: invalid value for '{arguments[0]}'" in capsys.readouterr().err


def replayed(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *further: str) -> list[dict[str, Any]]:
    arguments = ["{folder}/whole.mp4", "--scene", "{folder}/scene.yaml", "--provider", "cpu", "--look-seconds", "1", "--no-gate", "--json", *further]
    assert run(folder, monkeypatch, arguments) == 0
    *lines, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (set(last), last["summary"]["violations"]) == ({"summary"}, len(lines)), "the last line is no violation"
    return lines


def test_a_stall_is_one_json_line_and_one_packet_that_verifies(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = replayed(folder, monkeypatch, capsys, "--evidence", str(folder / "evidence"))
    assert set(line) >= FIELDS
    assert (line["kind"], line["camera"], line["place"]["zone_ids"]) == ("V2", "gate", ["pavement"])
    assert 0 <= line["first_seen"] < line["confirmed_at"] < 10
    x0, y0, x1, y1 = line["xyxy"]
    assert 0 <= x0 < x1 <= line["width"]
    assert 0 <= y0 < y1 <= line["height"]
    assert 0 < line["score"] <= 1
    assert line["grade"] in ("B", "C")
    worker = SigningKey.load(folder / "evidence" / "keys" / "worker.pem").public_key
    report = verify_path(folder / "evidence" / "packets", [worker], unreceipted=True)
    assert report.ok, report
    assert not (folder / "evidence" / "held").exists(), "an act that goes on has its packet; nothing is held for a recording that is over"
    (manifest,) = [json.loads(path.read_bytes())["manifest"] for path in (folder / "evidence" / "packets").glob("*/manifest.json")]
    began = datetime.fromisoformat("2026-11-20T07:30:00+00:00")
    first_seen = datetime.fromisoformat(manifest["stay"]["first_seen"])
    assert (first_seen - began).total_seconds() == pytest.approx(line["first_seen"], abs=0.1), "the container's creation time is its first picture's"


def test_a_video_without_violations_has_no_line(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "scene.yaml").write_text(SCENE.replace("dwell_seconds: 3", "dwell_seconds: 600"), encoding="utf-8")
    assert replayed(folder, monkeypatch, capsys) == []


def test_nothing_is_kept_of_what_became_no_act(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "scene.yaml").write_text(SCENE.replace("dwell_seconds: 3", "dwell_seconds: 12"), encoding="utf-8")
    held: list[str] = []
    hold = HeldEvidence.hold_keyframe

    def noted(evidence: HeldEvidence, stay_id: str, *further: Any) -> None:
        held.append(stay_id)
        hold(evidence, stay_id, *further)

    monkeypatch.setattr(HeldEvidence, "hold_keyframe", noted)
    worker = folder / "evidence" / "held" / "of-a-worker"
    worker.mkdir(parents=True)
    assert replayed(folder, monkeypatch, capsys, "--evidence", str(folder / "evidence")) == []
    assert held, "something was suspected"
    assert list((folder / "evidence" / "held").iterdir()) == [worker], "only what this replay has held goes"


def test_what_is_owed_to_a_packet_that_could_not_be_made_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(*_: object) -> None:
        raise DiskFault("the disk is full")

    monkeypatch.setattr(Outbox, "put", full)
    assert len(replayed(folder, monkeypatch, capsys, "--evidence", str(folder / "evidence"))) == 1
    assert {path.name for path in (folder / "evidence" / "held").rglob("*.h26[45]")} >= {"keyframe_first.h264", "keyframe_confirming.h264"}


def test_a_scene_that_contradicts_itself_is_told_on_standard_error(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    zones = "zones: [{id: road, kind: carriageway, polygon: [[0, 0.2], [1, 0.2], [1, 1], [0, 1]]}, "
    permit = "    permits: [{id: p, from: 2025-01-01, until: 2026-11-19, polygon: [[0.1, 0.3], [0.2, 0.3], [0.2, 0.4]]}]\n"
    text = SCENE.replace("zones: [", zones) + permit + "  - {camera_id: market}\n"
    (folder / "scene.yaml").write_text(text, encoding="utf-8")
    arguments = ["{folder}/whole.mp4", "--scene", "{folder}/scene.yaml", "--camera", "gate", "--provider", "cpu", "--look-seconds", "4"]
    assert run(folder, monkeypatch, arguments) == 0
    told = capsys.readouterr().err.splitlines()
    assert [line for line in told if line.startswith("curbwatch: ") and "the zone pavement (sidewalk) overlaps the zone road (carriageway)" in line]
    assert [line for line in told if "warning: " in line and "the permit p is over since 2026-11-19" in line], "as of the recording's time"
    assert not [line for line in told if "market" in line], "of another camera nothing is told"
