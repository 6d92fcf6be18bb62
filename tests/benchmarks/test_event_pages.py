from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import event_pages as pages
from benchmarks import events, footage_events
from benchmarks.errors import BenchmarkError
from benchmarks.still_camera import write_shots
from curbwatch.commands.bench import bench
from models.errors import EvaluationError, PictureError, TrainingError
from models.measuring.page import Page, Text
from models.photographs import Photograph, read

LINE = {"kind": "V2", "first_seen": 2.0, "confirmed_at": 64.0, "grade": "B", "score": 0.5, "xyxy": [300, 200, 700, 500]}
EYE = SimpleNamespace(session=SimpleNamespace(sha256="0123456789abcdef"), verifier=None)
SORTS = ("positive", "positive", "negative", "negative", "covered")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixteen grey photographs of as many origins with a red stall in each."""
    entries: list[Mapping[str, Any]] = []
    (tmp_path / "photographs").mkdir()
    for number in range(16):
        picture = np.full((600, 800, 3), 128, np.uint8)
        picture[180:420, 240:480] = (0, 0, 255)
        cv2.imwrite(str(tmp_path / "photographs" / f"p{number}.png"), picture)
        boxes = [{"box": [0.3, 0.3, 0.6, 0.7], "class": "stall"}]
        entries.append({"id": f"p{number}", "file": f"p{number}.png", "width": 800, "height": 600, "origin": f"o{number}", "boxes": boxes})
    (tmp_path / "photographs" / "manifest.json").write_text(json.dumps(entries), encoding="utf-8")
    return tmp_path / "photographs"


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return pages.open_report(tmp_path / "report", Text("题", "title"), "a model")


def seen(*lines: int) -> list[events.Seen]:
    """One of each of `SORTS` and more, with so many lines of grade B."""
    return [events.Seen(f"p{i}", f"o{i}", 1, SORTS[i % 5], (LINE,) * count) for i, count in enumerate(lines)]  # type: ignore[arg-type]


def write_seen(path: Path, all_of_them: list[events.Seen]) -> Path:
    path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in all_of_them), encoding="utf-8")
    return path


def html(folder: Path) -> str:
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert "http" not in text
    return text


def share_of(sheet: Path, colour: tuple[int, int, int]) -> float:
    """Of a sheet, the share of pixels that are near a colour (RGB)."""
    picture = cv2.imread(str(sheet))
    assert picture is not None
    return float((np.abs(picture[:, :, ::-1].astype(int) - colour).max(2) < 40).mean())


def test_still_cameras_are_told_with_intervals_and_shown_by_what_became_of_them(folder: Path, page: Page) -> None:
    told = seen(1, 0, 4, 0, 1, 1)
    found = events.figures(told)
    path = pages.write_stills(page, told, found, read(folder, None))
    text = html(path.parent)
    assert pages.share(found.hit, found.intervals["hit"]) in text
    assert "(" in pages.share(found.alarmed, found.intervals["alarmed"])
    assert "1 covered" in text
    assert "收摊或遮盖 1 张" in text
    assert "2.0 秒" in text
    assert "2 of 2 photographs" in text  # found
    figures = json.loads((path.parent / "figures.json").read_text(encoding="utf-8"))
    assert (figures["flagged"], figures["missed"], figures["found"]) == (["p2"], ["p1"], ["p0", "p5"])
    for name, green, orange in (("flagged", True, True), ("missed", True, False), ("found", True, True)):
        sheet = path.parent / f"{name}_1.jpg"
        assert (share_of(sheet, (46, 160, 67)) > 0.001) == green
        assert (share_of(sheet, (250, 130, 30)) > 0.001) == orange
        assert f"{name}_1.jpg" in text


def test_at_most_forty_of_a_sort_are_shown_and_of_how_many_is_said(folder: Path, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_PHOTOGRAPHS", 2)
    told = [events.Seen(f"p{i}", f"o{i}", 1, "positive" if i else "negative", (LINE,)) for i in range(9)]
    text = html(pages.write_stills(page, told, events.figures(told), read(folder, None)).parent)
    assert "2 of 8 photographs" in text
    assert "显示 2 张，共 8 张" in text


def test_evenly() -> None:
    assert pages.evenly(range(10), 3) == [0, 3, 6]
    assert pages.evenly(range(2), 3) == [0, 1]
    assert pages.evenly([], 3) == []


def test_a_caption_has_room_for_three_lines() -> None:
    assert pages.captioned([]) == "no line"
    assert pages.captioned([{"kind": "V2", "score": score / 10} for score in range(5)]) == "V2 0.40, V2 0.30, V2 0.20 + 2"


def test_a_photograph_that_is_not_there_is_named(folder: Path, page: Page) -> None:
    told = seen(1, 0, 1, 0)
    photographs = read(folder, None)
    with pytest.raises(BenchmarkError, match="p1 was seen"):
        pages.write_stills(page, told, events.figures(told), [one for one in photographs if one.id != "p1"])
    (folder / "p2.png").unlink()
    with pytest.raises(PictureError, match=r"p2\.png"):
        pages.write_stills(page, told, events.figures(told), photographs)


def test_the_command_writes_the_page_of_several_folds(folder: Path, tmp_path: Path) -> None:
    told = seen(1, 0, 1, 0, 0, 1)
    files = [str(write_seen(tmp_path / "a.jsonl", told[:3])), str(write_seen(tmp_path / "b.jsonl", told[3:]))]
    arguments = ["events", *files, "--photographs", str(folder), "--report", str(tmp_path / "report")]
    done = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    assert "3 positives, a line of grade B: 0.667" in done.stdout
    assert "0.667" in html(tmp_path / "report")
    (folder / "p2.png").unlink()
    with pytest.raises(TrainingError, match=r"p2\.png is not there"):
        CliRunner().invoke(bench, arguments, catch_exceptions=False)


@pytest.mark.parametrize("photographs", [False, True])
def test_a_report_that_cannot_be_is_one_line(folder: Path, tmp_path: Path, photographs: bool) -> None:
    path = write_seen(tmp_path / "a.jsonl", seen(1, 0, 1, 0))
    report = tmp_path / "a.jsonl" if photographs else tmp_path / "report"
    more = ["--photographs", str(folder)] if photographs else []
    done = CliRunner().invoke(bench, ["events", str(path), *more, "--report", str(report)])
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].startswith("Error: ")
    assert ("is a file" if photographs else "name their folder with --photographs") in done.stderr
    assert not (tmp_path / "report").exists()


def test_a_folder_below_a_file_is_said_before_the_work_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(EvaluationError, match="cannot be made"):
        pages.open_report(tmp_path / "file" / "report", Text("题", "title"), "")


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    """A grey clip of four keyframes under each name of the footage."""
    (tmp_path / "footage").mkdir()
    for name in {spot.clip for spot in footage_events.SPOTS}:
        write_shots(iter([np.full((720, 1280, 3), 128, np.uint8)] * 4), tmp_path / "footage" / f"{name}.mp4")
    return tmp_path / "footage"


def outcomes(photographs: tuple[Photograph, ...], plain: int = 0) -> list[footage_events.Outcome]:
    """Nothing as it is unless asked for, and every second stall found."""
    told = []
    for number, (name, cut, _) in enumerate(footage_events.plan(photographs)):
        lines = ({**LINE, "confirmed_at": 6.0},) * (plain if cut is None else number % 2)
        told.append(footage_events.Outcome(name, None if cut is None else cut.photograph.id, lines, None if cut is None else bool(number % 2)))
    return told


@pytest.mark.parametrize("plain", [0, 1])
def test_the_page_of_footage_says_what_so_few_seconds_bound(folder: Path, footage: Path, page: Page, plain: int) -> None:
    photographs = read(folder, None)
    path = pages.write_footage(page, outcomes(photographs, plain), 148.0, footage, photographs)
    text = html(path.parent)
    assert "3/T，即每小时 73 次" in text
    assert "3/T, 73 an hour" in text
    assert f"{3 * plain} lines of grade B in 148 distinct seconds" in text
    assert ("the bound does not hold" in text) == bool(plain)
    assert "5 of 10 became a line" in text
    assert json.loads((path.parent / "figures.json").read_text(encoding="utf-8"))["stalls_found"] == 5
    assert share_of(path.parent / "as_it_is_1.jpg", (46, 160, 67)) < 0.0001
    assert (share_of(path.parent / "as_it_is_1.jpg", (250, 130, 30)) > 0.001) == bool(plain)
    assert share_of(path.parent / "stalls_1.jpg", (46, 160, 67)) > 0.001  # where a stall was set in
    assert share_of(path.parent / "stalls_1.jpg", (250, 130, 30)) > 0.001


def test_the_command_writes_the_page_of_footage(folder: Path, footage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photographs = read(folder, None)
    monkeypatch.setattr("curbwatch.commands.bench_events._eye_and_held_back", lambda *_: (EYE, photographs))
    out = tmp_path / "outcomes.jsonl"
    out.write_text("".join(json.dumps(asdict(replace(one, looked_by="0123456789abcdef"))) + "\n" for one in outcomes(photographs)), encoding="utf-8")
    arguments = ["events-footage", str(footage), str(out), "--photographs", str(folder), "--report", str(tmp_path / "report")]
    done = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    assert "distinct seconds" in html(tmp_path / "report")
    assert CliRunner().invoke(bench, [*arguments[:-1], str(out)]).exit_code == 2
