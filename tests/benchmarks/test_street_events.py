from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import street_events as work
from benchmarks.errors import BenchmarkError
from curbwatch.demo.truth import TRUTH_FILE, ClipTruth, TrueAct, read_truth
from curbwatch.street_scene import scene_text
from detector.replay import Violation
from detector.worker.eye import Eye
from evidence.packet import Grade
from models.session import open_model

PLACE = (0.4, 0.4, 0.6, 0.8)


def clip(*acts: tuple[str, float, float]) -> ClipTruth:
    shown = tuple(TrueAct(kind=kind, label="stall", xyxy=PLACE, start_second=start, end_second=end) for kind, start, end in acts)
    return ClipTruth(file="a.mp4", camera_id="cam", seconds=120, codec="h264", acts=shown)


def line(kind: str = "V2", at: float = 70.0, xyxy: tuple[float, float, float, float] = (400, 400, 600, 800)) -> Violation:
    return Violation(kind, "cam", {}, 4.0, at, xyxy, 1000, 1000, 0.5, Grade.B, "act")


@pytest.mark.parametrize(
    ("acts", "lines", "outcome"),
    [
        pytest.param([("V2", 4, 110)], [line()], (1, 1, 1, 1, (6.0,)), id="found, six seconds after its dwell"),
        pytest.param([("V2", 4, 110)], [line("V3")], (1, 0, 1, 0, ()), id="of another kind"),
        pytest.param([("V2", 4, 110)], [line(xyxy=(0, 0, 200, 200))], (1, 0, 1, 0, ()), id="somewhere else"),
        pytest.param([("V2", 4, 110)], [line(), line(at=100)], (1, 1, 2, 1, (6.0,)), id="one act, one line: the second is false"),
        pytest.param([("V2", 4, 50)], [], (0, 0, 0, 0, ()), id="gone before its dwell: nothing is due"),
        pytest.param([("V2", 4, 50)], [line()], (0, 0, 1, 0, ()), id="an alarm for it is false"),
        pytest.param([], [line()], (0, 0, 1, 0, ()), id="an empty street"),
    ],
)
def test_lines_are_paired_with_acts(acts: list[tuple[str, float, float]], lines: list[Violation], outcome: tuple[object, ...]) -> None:
    one = work.judge(clip(*acts), lines, 60.0)
    assert (one.acts, one.found, one.lines, one.right, one.delays) == outcome


def test_figures_over_clips() -> None:
    outcomes = [work.ClipOutcome(f"{i}", 1, int(i < 3), 1, int(i < 3), (float(i),) if i < 3 else ()) for i in range(4)]
    found = work.figures(outcomes)
    assert (found.precision, found.recall, found.delay_median, found.delay_longest) == (0.75, 0.75, 1.0, 2.0)
    assert found.intervals["recall"].low < 0.75 < found.intervals["recall"].high
    with pytest.raises(BenchmarkError, match="no clip shows an act"):
        work.figures([work.ClipOutcome("a", 0, 0, 0, 0, ())])


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


def test_a_kind_that_the_catalogue_lacks_is_rightly_named_by_what_its_class_makes() -> None:
    def act(kind: str, label: str, *also: str) -> TrueAct:
        return TrueAct.model_validate({"kind": kind, "class": label, "also": also, "xyxy": PLACE, "start_second": 0, "end_second": 90})

    assert work.kinds_of(act("V2", "stall")) == {"V2"}
    assert work.kinds_of(act("V2", "stall", "V3")) == {"V2", "V3"}
    assert work.kinds_of(act("V0", "vendor_vehicle")) == {"V2"}
    assert work.kinds_of(act("V0", "goods_out", "V9")) == {"V3", "V9"}


def test_nothing_is_due_that_has_not_stood_for_its_dwell_when_the_camera_is_turned_away() -> None:
    shown = clip(("V2", 20, 120))
    assert work.judge(shown, [], 60.0).acts == 1
    turned = work.judge(shown.model_copy(update={"nudged_second": 76.0}), [line()], 60.0)
    assert (turned.acts, turned.right) == (0, 0)
    assert turned.false == ("V2 at 70 s in [400, 400, 600, 800]",)


def test_a_scene_beside_the_clip_is_what_it_is_judged_by(tmp_path: Path) -> None:
    truth = {
        "camera_id": "a", "dwell_seconds": 60.0, "zones": [{"id": "sidewalk", "kind": "sidewalk", "polygon": [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]}],
        "lines": [{"id": "shops-1", "outside": "right", "points": [[0, 0.5], [1, 0.5]]}],
        "permits": [
            {"id": "permit-1", "from": "2026-01-01", "until": "2026-12-31", "hours": "22:00-03:00", "polygon": [[0.1, 0.6], [0.3, 0.6], [0.3, 0.8], [0.1, 0.8]]}
        ],
    }  # fmt: skip
    (tmp_path / "a.yaml").write_text(scene_text(truth), encoding="utf-8")
    scene = work.scene_beside(tmp_path / "a.mp4", clip(), 30.0)
    assert {override.dwell_seconds for override in scene.kinds.values()} == {30.0}
    (view,) = scene.views
    assert (view.permits[0].hours, view.lines[0].outside, view.zones[0].id) == (("22:00-03:00",), "right", "sidewalk")
