from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from benchmarks import street_events as work
from benchmarks.errors import BenchmarkError
from benchmarks.street_tables import told
from curbwatch.demo.truth import TRUTH_FILE, ClipTruth, TrueAct, TrueBait, read_truth
from curbwatch.street_scene import scene_text
from detector.replay import Violation
from detector.worker.eye import Eye
from evidence.kinds import load_catalogue
from evidence.packet import Grade
from models.session import open_model

PLACE = (0.4, 0.4, 0.6, 0.8)
ELSEWHERE = (0.1, 0.4, 0.3, 0.8)
SHADE = (0.35, 0.1, 0.65, 0.35)


def clip(*acts: tuple[str, float, float], baits: Sequence[TrueBait] = (), nudged: float | None = None, shade: bool = False) -> ClipTruth:
    shown = tuple(
        TrueAct.model_validate(
            {"kind": kind, "class": "stall", "xyxy": PLACE, "start_second": start, "end_second": end, "shade_xyxy": SHADE if shade else None}
        )
        for kind, start, end in acts
    )
    return ClipTruth(file="a.mp4", camera_id="cam", seconds=120, codec="h264", acts=shown, baits=tuple(baits), nudged_second=nudged)


def bait(of: str = "V2", start: float = 0, end: float = 120, reason: str = "permit") -> TrueBait:
    return TrueBait(what="permitted_pitch", why="within its hours", of=of, reason=reason, xyxy=ELSEWHERE, start_second=start, end_second=end)


def line(kind: str = "V2", at: float = 70.0, xyxy: tuple[float, float, float, float] = PLACE, grade: Grade = Grade.B) -> Violation:
    x0, y0, x1, y1 = (1000 * v for v in xyxy)
    return Violation(kind, "cam", {}, 4.0, at, (x0, y0, x1, y1), 1000, 1000, 0.5, grade, "act")


@pytest.mark.parametrize(
    ("acts", "lines", "outcome"),
    [
        pytest.param([("V2", 4, 110)], [line()], (1, 1, 1, 0, 0, [6.0]), id="found, six seconds after its dwell"),
        pytest.param([("V2", 4, 110)], [line("V3")], (1, 0, 0, 0, 1, []), id="of another kind"),
        pytest.param([("V2", 4, 110)], [line(xyxy=(0, 0, 0.2, 0.2))], (1, 0, 0, 0, 1, []), id="somewhere else"),
        pytest.param([("V2", 4, 110)], [line(), line(at=100)], (1, 1, 1, 1, 0, [6.0]), id="one act, one line: the second is a duplicate"),
        pytest.param([("V2", 4, 110)], [line("V3", at=66), line()], (1, 1, 1, 0, 1, [6.0]), id="first of another kind, then of its own"),
        pytest.param([("V2", 4, 50)], [], (0, 0, 0, 0, 0, []), id="gone before its dwell: nothing is due"),
        pytest.param([("V2", 4, 50)], [line()], (0, 0, 0, 0, 1, []), id="an alarm for it is false"),
        pytest.param([], [line(grade=Grade.C)], (0, 0, 0, 0, 1, []), id="an empty street"),
    ],
)
def test_lines_are_paired_with_acts(acts: list[tuple[str, float, float]], lines: list[Violation], outcome: tuple[object, ...]) -> None:
    one = work.judge(clip(*acts), lines, 60.0).total
    assert (one.acts, one.found, one.right, one.duplicates, one.false, one.delays) == outcome


def test_precision_goes_by_the_line_s_kind_and_recall_by_the_act_s() -> None:
    one = work.judge(clip(("V2", 4, 110)), [line("V3")], 60.0)
    assert (one.tallies["V2"].recall, one.tallies["V2"].precision) == (0.0, None)
    assert (one.tallies["V3"].recall, one.tallies["V3"].precision) == (None, 0.0)
    assert one.false == ("V3 at 70 s in [400, 400, 600, 800]: that is V2",)


def test_the_parasol_of_an_unlawful_stall_is_a_duplicate_and_names_no_act() -> None:
    shown = clip(("V2", 4, 110), shade=True)
    one = work.judge(shown, [line("V15", xyxy=SHADE)], 60.0)
    assert (one.total.found, one.total.duplicates, one.total.false) == (0, 1, 0)
    assert work.judge(clip(("V2", 4, 110)), [line("V15", xyxy=SHADE)], 60.0).total.false == 1
    assert work.judge(shown, [line("V3", xyxy=SHADE)], 60.0).total.false == 1


@pytest.mark.parametrize(
    ("lines", "raised", "words"),
    [
        pytest.param([], 0, (), id="silent"),
        pytest.param([line(xyxy=ELSEWHERE)], 1, ("V2 at 70 s in [100, 400, 300, 800]: permitted_pitch, permit",), id="raised"),
        pytest.param([line("V3", xyxy=ELSEWHERE), line(xyxy=ELSEWHERE)], 1, None, id="by two lines, once"),
        pytest.param([line()], 0, None, id="a line somewhere else is not about it"),
    ],
)
def test_look_alikes_that_a_line_is_about_are_counted(lines: list[Violation], raised: int, words: tuple[str, ...] | None) -> None:
    one = work.judge(clip(baits=[bait()]), lines, 60.0)
    assert (one.tallies["V2"].look_alikes, one.tallies["V2"].raised) == (1, raised)
    assert words is None or one.false == words


def test_whatever_leaves_a_camera_that_was_turned_away_is_told_apart() -> None:
    shown = clip(("V2", 40, 120), baits=[bait(), bait("V1", 0, 30, "short"), bait("V3", 50, 120)], nudged=76.0)
    one = work.judge(shown, [line(at=75.0, xyxy=ELSEWHERE), line(at=76.0), line(at=110.0)], 60.0)
    assert (one.turned, one.moved_lines, one.total.acts, one.total.false) == (True, 2, 0, 3)
    assert one.false[1] == "V2 at 76 s in [400, 400, 600, 800] after the camera was turned away"
    assert {kind: tally.look_alikes for kind, tally in one.tallies.items()} == {"V2": 1, "V1": 1}, "V3's had no time to fire"
    assert not work.judge(clip(("V2", 4, 110)), [], 60.0).turned


@pytest.mark.parametrize("unseen", [{"visible": 0.1}, {"clearness": 0.7}], ids=["hardly seen", "not clear"])
def test_what_the_truth_does_not_bear_out_is_left_out_with_all_lines_about_it(unseen: dict[str, float]) -> None:
    shown = clip(("V2", 4, 110), baits=[bait()])
    vague = shown.model_copy(update={"acts": tuple(act.model_copy(update=unseen) for act in shown.acts)})
    one = work.judge(vague, [line(), line("V3"), line(xyxy=ELSEWHERE)], 60.0)
    assert (one.total.acts, one.total.right, one.total.false, one.left_out) == (0, 0, 1, 1)
    vague = shown.model_copy(update={"baits": (bait().model_copy(update=unseen),)})
    one = work.judge(vague, [line(), line(xyxy=ELSEWHERE)], 60.0)
    assert (one.total.right, one.total.false, one.total.look_alikes, one.left_out) == (1, 0, 0, 1)
    told_of = list(told([one], work.figures([one]), 4.0))
    assert any("1 events not seen well enough" in words for words in told_of)


def outcomes(acts: int, look_alikes: int) -> list[work.ClipOutcome]:
    """Clips with one act or look-alike of V7 each; every fourth act is missed, every fifth look-alike raised, and one act of V2 that is found."""
    kinds = tuple(kind.model_copy(update={"enabled": True}) for kind in load_catalogue().kinds)
    on = load_catalogue().model_copy(update={"kinds": kinds})
    out = [work.judge(clip(("V7", 4, 110)), [line("V7", at=65.0 + i)] if i % 4 else [], 60.0, on) for i in range(acts)]
    out += [work.judge(clip(baits=[bait("V7")]), [] if i % 5 else [line("V7", xyxy=ELSEWHERE, grade=Grade.C)], 60.0) for i in range(look_alikes)]
    return [replace(one, clip=str(i)) for i, one in enumerate([*out, work.judge(clip(("V2", 4, 110)), [line(), line(at=90)], 60.0)])]


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


@pytest.mark.parametrize(("acts", "look_alikes"), [(9, 10), (10, 9)])
def test_a_kind_with_too_few_of_either_sort_is_not_shown(acts: int, look_alikes: int) -> None:
    some = outcomes(acts, look_alikes)
    found = work.figures(some)
    assert found.kinds["V7"] == work.KindFigures(False, acts, look_alikes)
    assert [one.split()[0] for one in told(some, found, 4.0) if "not shown" in one] == ["V2", "V7"]
    assert work.figures(outcomes(10, 10)).kinds["V7"].shown


def test_the_table_tells_every_kind_the_total_and_turned_cameras() -> None:
    some = [*outcomes(12, 10), work.judge(clip(("V2", 40, 120), nudged=76.0), [line(at=90.0)], 60.0)]
    lines = list(told(some, work.figures(some), 10.0))
    assert any(one.startswith("V7") and "0.818 (" in one and "median 7.0 s, longest 12.0 s" in one for one in lines)
    assert any(one.startswith("all") for one in lines)
    assert lines[-1] == "cameras turned away: 1; an alarm left 1 of them afterwards (1 lines)"
    assert any("a look every 10 s" in one for one in lines)


def test_no_act_at_all_is_said() -> None:
    with pytest.raises(BenchmarkError, match="no clip shows an act"):
        work.figures([work.judge(clip(), [], 60.0)])


def test_an_outcome_is_data() -> None:
    assert asdict(work.judge(clip(("V2", 4, 110)), [line()], 60.0))["tallies"]["V2"]["found"] == 1


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


def test_a_kind_that_is_off_is_rightly_named_by_what_its_class_makes() -> None:
    def act(kind: str, label: str, *also: str) -> TrueAct:
        return TrueAct.model_validate({"kind": kind, "class": label, "also": also, "xyxy": PLACE, "start_second": 0, "end_second": 90})

    assert work.kinds_of(act("V2", "stall")) == {"V2"}
    assert work.kinds_of(act("V2", "stall", "V3")) == {"V2", "V3"}
    assert work.kinds_of(act("V1", "vendor_vehicle")) == {"V2"}
    assert work.kinds_of(act("V0", "goods_out", "V9")) == {"V3", "V9"}


def test_nothing_is_due_that_has_not_stood_for_its_dwell_when_the_camera_is_turned_away() -> None:
    shown = clip(("V2", 20, 120))
    assert work.judge(shown, [], 60.0).total.acts == 1
    turned = work.judge(shown.model_copy(update={"nudged_second": 76.0}), [line()], 60.0)
    assert (turned.total.acts, turned.total.right) == (0, 0)
    assert turned.false == ("V2 at 70 s in [400, 400, 600, 800]",)


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
