from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import street_events as work
from benchmarks import street_judging as judging
from benchmarks.errors import BenchmarkError
from benchmarks.street_tables import told
from curbwatch.demo.truth import TRUTH_FILE, read_truth
from curbwatch.street_scene import scene_text
from detector.worker.eye import Eye
from evidence.kinds import load_catalogue
from evidence.packet import Grade
from models.session import open_model
from tests.benchmarks.street_told import ELSEWHERE, bait, clip, line


def outcomes(acts: int, look_alikes: int) -> list[judging.ClipOutcome]:
    """Clips with one act or look-alike of V7 each; every fourth act is missed, every fifth look-alike raised, and one act of V2 that is found."""
    kinds = tuple(kind.model_copy(update={"enabled": True}) for kind in load_catalogue().kinds)
    on = load_catalogue().model_copy(update={"kinds": kinds})
    out = [judging.judge(clip(("V7", 4, 110)), [line("V7", at=65.0 + i)] if i % 4 else [], 60.0, on) for i in range(acts)]
    out += [judging.judge(clip(baits=[bait("V7")]), [] if i % 5 else [line("V7", xyxy=ELSEWHERE, grade=Grade.C)], 60.0) for i in range(look_alikes)]
    return [replace(one, clip=str(i)) for i, one in enumerate([*out, judging.judge(clip(("V2", 4, 110)), [line(), line(at=90)], 60.0)])]


def test_figures_in_total_and_by_kind() -> None:
    found = work.figures(outcomes(12, 10))
    seven = found.kinds["V7"]
    assert (seven.shown, seven.acts, seven.look_alikes, seven.lines) == (True, 12, 10, 11)
    assert (seven.recall, seven.precision, seven.raised_share, seven.duplicate_share) == (0.75, 9 / 11, 0.2, 0.0)
    assert (seven.delay_median, seven.delay_longest) == (7.0, 12.0)
    assert seven.intervals["recall"].low < 0.75 < seven.intervals["recall"].high
    assert seven.intervals["precision"].low < 9 / 11 < seven.intervals["precision"].high
    assert (found.total.acts, found.total.lines, found.total.duplicate_share) == (13, 13, 1 / 13)
    assert found.grades == {"B": 11, "C": 2}
    assert found.turned_clips == found.moved_clips == 0
    acts = (work.Situation("stall", "V2", None, True, 1, 1), work.Situation("stall", "V7", None, True, 12, 9))
    assert found.situations == (*acts, work.Situation("permitted_pitch", "V7", "permit", False, 10, 8))


@pytest.mark.parametrize(("acts", "look_alikes"), [(9, 10), (10, 9)])
def test_a_kind_with_too_few_of_either_sort_is_not_shown(acts: int, look_alikes: int) -> None:
    some = outcomes(acts, look_alikes)
    found = work.figures(some)
    assert found.kinds["V7"] == work.KindFigures(False, acts, look_alikes)
    assert [one.split()[0] for one in told(some, found, 4.0) if "not shown" in one] == ["V2", "V7"]
    assert work.figures(outcomes(10, 10)).kinds["V7"].shown


def test_the_table_tells_every_kind_the_total_and_turned_cameras() -> None:
    some = [*outcomes(12, 10), judging.judge(clip(("V2", 40, 120), nudged=76.0), [line(at=90.0)], 60.0)]
    lines = list(told(some, work.figures(some), 10.0))
    assert any(one.startswith("V7") and "0.818 (" in one and "median 7.0 s, longest 12.0 s" in one for one in lines)
    assert any(one.startswith("all") for one in lines)
    assert lines[-1] == "cameras turned away: 1; an alarm left 1 of them afterwards (1 lines)"
    assert any("a look every 10 s" in one for one in lines)
    assert "    V7 permitted_pitch (permit): 8 of 10 kept quiet" in lines
    assert "    V7 stall (no reason told): 9 of 12 found" in lines


def test_events_that_were_left_out_are_told() -> None:
    some = [*outcomes(12, 10), replace(judging.judge(clip(("V2", 4, 110)), [], 60.0), left_out=2)]
    assert any("2 events not seen well enough" in words for words in told(some, work.figures(some), 4.0))


def test_no_act_at_all_is_said() -> None:
    with pytest.raises(BenchmarkError, match="no clip shows an act"):
        work.figures([judging.judge(clip(), [], 60.0)])


def test_the_truth_draws_the_scene() -> None:
    truth = next(iter(read_truth(TRUTH_FILE).values()))
    scene = work.scene_of(truth, 30.0)
    assert scene.kinds["V2"].dwell_seconds == 30.0
    assert [zone.id for zone in scene.views[0].zones] == ["sidewalk", "carriageway"]


def test_a_missing_clip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    path.write_bytes(TRUTH_FILE.read_bytes())
    with pytest.raises(BenchmarkError, match=r"cam1_stall\.mp4"):
        work.run(Eye(open_model(provider="cpu")), path, dwell_seconds=20, look_seconds=2)


def test_a_scene_beside_the_clip_is_what_it_is_judged_by(tmp_path: Path) -> None:
    truth = {
        "camera_id": "a", "dwell_seconds": 60.0, "kinds": ["V1", "V2"],
        "zones": [{"id": "sidewalk", "kind": "sidewalk", "polygon": [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]}],
        "lines": [{"id": "shops-1", "outside": "right", "points": [[0, 0.5], [1, 0.5]]}],
        "permits": [
            {"id": "permit-1", "from": "2026-01-01", "until": "2026-12-31", "hours": "22:00-03:00", "polygon": [[0.1, 0.6], [0.3, 0.6], [0.3, 0.8], [0.1, 0.8]]}
        ],
    }  # fmt: skip
    (tmp_path / "a.yaml").write_text(scene_text(truth), encoding="utf-8")
    scene = work.scene_beside(tmp_path / "a.mp4", clip(), 30.0)
    assert {override.dwell_seconds for override in scene.kinds.values()} == {30.0}
    assert scene.kinds["V1"].enabled
    (view,) = scene.views
    assert (view.permits[0].hours, view.lines[0].outside, view.zones[0].id) == (("22:00-03:00",), "right", "sidewalk")
