from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import event_pages_street as pages
from benchmarks import street_events, street_judging
from benchmarks.errors import BenchmarkError
from benchmarks.event_pages import share
from benchmarks.still_camera import write_shots
from curbwatch.commands.bench_events import events_street
from curbwatch.demo.truth import ClipTruth, TrueAct
from models.measuring.page import Page, Text, open_page
from tests.benchmarks.street_told import ELSEWHERE, PLACE, bait, clip, line


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A grey clip."""
    write_shots(iter([np.full((720, 1280, 3), 128, np.uint8)] * 4), tmp_path / "a.mp4")
    return tmp_path


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return open_page(tmp_path / "report", Text("题", "title"), "")


def outcome() -> street_judging.ClipOutcome:
    """An act that is found and told twice, one that is missed, and a line about a look-alike."""
    second = elsewhere(clip(("V7", 4, 70)))
    first = clip(("V2", 4, 80), baits=[bait()])
    both = first.model_copy(update={"acts": (*first.acts, *second)})
    return street_judging.judge(both, [line(), line(at=75), line(xyxy=ELSEWHERE)], 60.0)


def elsewhere(of: ClipTruth) -> tuple[TrueAct, ...]:
    return tuple(act.model_copy(update={"xyxy": (0.7, 0.1, 0.9, 0.3), "label": "garbage_pile"}) for act in of.acts)


def green_and_orange(sheet: Path) -> tuple[bool, bool]:
    picture = cv2.imread(str(sheet))
    assert picture is not None
    near = [(np.abs(picture[:, :, ::-1].astype(int) - colour).max(2) < 40).mean() > 0.001 for colour in ((46, 160, 67), (250, 130, 30))]
    return bool(near[0]), bool(near[1])


def test_what_a_picture_can_show_of_a_clip() -> None:
    shown = {one.sort: one for one in outcome().shown}
    assert (shown["found"].second, shown["found"].xyxy) == (42.0, PLACE)
    assert shown["missed"].words == "V7 garbage_pile from 4 s"
    assert shown["false"].second == 70.0
    assert shown["false"].xyxy == pytest.approx(ELSEWHERE)
    assert shown["false"].words == outcome().false[0]
    assert "permit" in shown["false"].words


def test_the_middle_of_an_act_is_before_the_camera_is_turned_away() -> None:
    (act,) = street_judging.judge(clip(("V2", 4, 118), nudged=84.0), [], 60.0).shown
    assert act.second == 44.0


def test_each_act_and_each_false_line_is_shown(clips: Path, page: Page) -> None:
    told = [outcome()]
    found = street_events.figures(told)
    page.write({"looks": [pages.add_street(page, told, found, 4.0, clips)]})
    text = (page.folder / "index.html").read_text(encoding="utf-8")
    assert share(found.total.recall, found.total.intervals.get("recall")) in text
    assert "A look every 4 s" in text
    assert "V7 garbage_pile from 4 s" in text
    assert told[0].false[0] in text
    assert told[0].duplicated[0] in text
    assert text.count("1 of 1 are shown") == 3
    assert green_and_orange(page.folder / "found_4s_1.jpg") == (True, False)
    assert green_and_orange(page.folder / "missed_4s_1.jpg") == (True, False)
    assert green_and_orange(page.folder / "false_4s_1.jpg") == (False, True)


def test_so_many_tiles_at_most(clips: Path, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_TILES", 1)
    told = [outcome(), outcome()]
    pages.add_street(page, told, street_events.figures(told), 4.0, clips)
    page.write({})
    assert "显示 1 个，共 2 个" in (page.folder / "index.html").read_text(encoding="utf-8")


def test_the_frame_of_a_second(tmp_path: Path, small_clip: Path) -> None:
    assert pages.frame_at(small_clip, 0.5).shape == (192, 320, 3)
    assert not np.array_equal(pages.frame_at(small_clip, 0.5), pages.frame_at(small_clip, 1.5))
    assert np.array_equal(pages.frame_at(small_clip, 1.9), pages.frame_at(small_clip, 60.0))  # the last one
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    for name in ("broken.mp4", "gone.mp4"):
        with pytest.raises(BenchmarkError, match=name):
            pages.frame_at(tmp_path / name, 1.0)


def test_the_command_writes_one_page_of_both_look_intervals(clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(street_events, "run", lambda *_, **__: [replace(outcome(), clip="a.mp4")])
    (clips / "truth.json").write_text('{"clips": []}', encoding="utf-8")
    report = clips / "report"
    arguments = [str(clips / "truth.json"), "--look-seconds", "4", "--look-seconds", "10", "--report"]
    assert CliRunner().invoke(events_street, [*arguments, str(report)], catch_exceptions=False).exit_code == 0
    assert [one["look_seconds"] for one in json.loads((report / "figures.json").read_text(encoding="utf-8"))["looks"]] == [4.0, 10.0]
    assert (report / "found_10s_1.jpg").is_file()
    refused = CliRunner().invoke(events_street, [*arguments, str(clips / "a.mp4")])
    assert refused.exit_code == 2
    assert "is a file" in refused.stderr
