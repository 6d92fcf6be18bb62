"""`curbwatch replay` of cameras that move: a tour of presets that is one act with its gaps, and a camera that is turned away and raises nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from curbwatch.__main__ import main
from evidence.signing import SigningKey
from evidence.verify import verify_path
from tests.stall_clip import STALL
from tests.street_picture import seen, street, with_noise

pytestmark = pytest.mark.slow
RULE = '{V2: {dwell_seconds: 26, minimum_looks: 3, grace_seconds: 6, minimum_score: 0.1, attendance: "off"}}'
PAVEMENT = "[{id: pavement, kind: sidewalk, polygon: [[0, 0.2], [1, 0.2], [1, 1], [0, 1]]}]"


def stall(right: float = 0.0) -> np.ndarray:
    """The rendered stall as a camera sees it that is turned to the right by a share of its picture."""
    picture = cv2.imread(str(STALL))
    assert picture is not None
    height, width = picture.shape[0] & ~1, picture.shape[1] & ~1
    matrix = np.array([[1.0, 0.0, -right * width], [0.0, 1.0, 0.0]])
    return np.asarray(cv2.warpAffine(picture[:height, :width], matrix, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def elsewhere() -> np.ndarray:
    height, width = stall().shape[:2]
    return np.asarray(cv2.cvtColor(cv2.resize(seen(street(3)), (width, height)), cv2.COLOR_GRAY2BGR), np.uint8)


def record(path: Path, parts: Iterable[tuple[np.ndarray, int]]) -> Path:
    """Pictures, each for so many seconds; a keyframe each second, a sensor's noise."""
    parts = list(parts)
    height, width = parts[0][0].shape[:2]
    with av.open(str(path), "w") as container:
        container.metadata["creation_time"] = "2026-11-20T07:30:00Z"
        stream = container.add_stream("libx264", rate=1, options={"preset": "ultrafast", "crf": "22", "x264-params": "keyint=1"})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = width, height, "yuv420p", Fraction(1, 1)
        number = 0
        for picture, seconds in parts:
            for _ in range(seconds):
                number += 1
                container.mux(stream.encode(av.VideoFrame.from_ndarray(with_noise(picture, 2, number), format="bgr24")))
        container.mux(stream.encode(None))
    return path


def replay(folder: Path, video: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], list[Any], dict[str, Any]]:
    """The lines, the manifests of the packets, which verify, and the summary."""
    capsys.readouterr()
    arguments = ["curbwatch", "replay", str(video), "--scene", str(folder / "scene.yaml"), "--json", "--evidence", str(folder / "out"), "--look-seconds", "2"]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    *lines, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    manifests = []
    for packet in sorted((folder / "out" / "packets").iterdir()) if lines else ():
        assert verify_path(packet, [SigningKey.load(folder / "out" / "keys" / "worker.pem").public_key], unreceipted=True).ok
        manifests.append(json.loads((packet / "manifest.json").read_text())["manifest"])
    return lines, manifests, last["summary"]


def test_a_stall_that_stands_through_a_tour_is_one_act_with_the_gaps_of_the_tour(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, picture in (("market", stall()), ("gate", elsewhere())):
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), picture)
    views = "".join(f"\n  - {{camera_id: ptz, view_id: {name}, reference: {name}.jpg, zones: {PAVEMENT}}}" for name in ("gate", "market"))
    (tmp_path / "scene.yaml").write_text(f"schema: curbwatch.scene/1\nkinds: {RULE}\nviews:{views}\n")
    video = record(tmp_path / "tour.mp4", [(stall(), 14), (elsewhere(), 14)] * 4)
    lines, manifests, _ = replay(tmp_path, video, capsys, monkeypatch)
    assert [line["kind"] for line in lines] == ["V2"]
    confirmed = next(one for one in manifests if one["phase"] == "confirmed")
    assert confirmed["view"]["id"] == "market"
    assert confirmed["view"]["moved"] is None
    assert {gap["reason"] for gap in confirmed["stay"]["gaps"]} == {"view not seen"}
    assert len(confirmed["stay"]["gaps"]) >= 2
    assert 26 <= confirmed["stay"]["dwell_seconds"] <= 45
    assert [one["phase"] for one in manifests] == ["confirmed"], "that it was looked away from is no end"


def test_a_camera_that_is_turned_away_raises_nothing_and_one_that_shifted_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scene.yaml").write_text(f"schema: curbwatch.scene/1\nkinds: {RULE}\nviews:\n  - {{camera_id: gate, zones: {PAVEMENT}}}\n")
    away = record(tmp_path / "away.mp4", [(stall(), 20), (stall(0.25), 80)])
    lines, manifests, summary = replay(tmp_path, away, capsys, monkeypatch)
    assert (lines, manifests, summary["violations"]) == ([], [], 0)
    (suspended,) = summary["zones_suspended"]
    assert (suspended["view"], suspended["why"], suspended["until"]) == ("main", "moved", None)
    assert 20 <= suspended["from"] <= 30
    assert summary["not_judged"] == sum(summary["not_judged_why"].values()) > 20
    assert set(summary["not_judged_why"]) <= {"unsure", "moved"}
    assert summary["looks"] + summary["unchanged"] + summary["not_judged"] == 50
    little = record(tmp_path / "little.mp4", [(stall(), 14), (stall(0.03), 50)])
    lines, manifests, _ = replay(tmp_path, little, capsys, monkeypatch)
    assert [line["kind"] for line in lines] == ["V2"]
    assert manifests[0]["view"]["moved"]["shift"] == pytest.approx(0.03, abs=0.005)


def test_faults_of_the_picture_are_told_with_their_seconds(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scene.yaml").write_text(f"schema: curbwatch.scene/1\nkinds: {RULE}\nviews:\n  - {{camera_id: gate, zones: {PAVEMENT}}}\n")
    black, white = np.full_like(stall(), 3), np.full_like(stall(), 252)
    video = record(tmp_path / "faults.mp4", [(stall(), 16), (black, 30), (stall(), 20), (white, 30)])
    _, _, summary = replay(tmp_path, video, capsys, monkeypatch)
    dark, bright = summary["picture_faults"]
    assert (dark["fault"], bright["fault"], bright["until"]) == ("dark", "over_exposed", None)
    assert 15 <= dark["from"] <= 18
    assert 46 <= dark["until"] <= 54
    assert 65 <= bright["from"] <= 68
    assert set(summary["not_judged_why"]) >= {"dark", "over_exposed"}
    arguments = ["curbwatch", "replay", str(video), "--scene", str(tmp_path / "scene.yaml")]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit):
        main()
    first, second = [line for line in capsys.readouterr().out.splitlines() if line.startswith("picture ")]
    assert first == f"picture too dark from {dark['from']:.0f} s to {dark['until']:.0f} s"
    assert second == f"picture over-exposed from {bright['from']:.0f} s to the end"
