from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from benchmarks import street_judging as judging
from curbwatch.demo.truth import TrueAct
from detector.replay import Violation
from evidence.packet import Grade
from tests.benchmarks.street_told import ELSEWHERE, PLACE, SHADE, bait, clip, line


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
    one = judging.judge(clip(*acts), lines, 60.0).total
    assert (one.acts, one.found, one.right, one.duplicates, one.false, one.delays) == outcome


def test_precision_goes_by_the_line_s_kind_and_recall_by_the_act_s() -> None:
    one = judging.judge(clip(("V2", 4, 110)), [line("V3")], 60.0)
    assert (one.tallies["V2"].recall, one.tallies["V2"].precision) == (0.0, None)
    assert (one.tallies["V3"].recall, one.tallies["V3"].precision) == (None, 0.0)
    assert one.false == ("V3 at 70 s in [400, 400, 600, 800]: that is V2",)


def test_the_parasol_of_an_unlawful_stall_is_a_duplicate_and_names_no_act() -> None:
    shown = clip(("V2", 4, 110), shade=True)
    one = judging.judge(shown, [line("V15", xyxy=SHADE)], 60.0)
    assert (one.total.found, one.total.duplicates, one.total.false) == (0, 1, 0)
    assert judging.judge(clip(("V2", 4, 110)), [line("V15", xyxy=SHADE)], 60.0).total.false == 1
    assert judging.judge(shown, [line("V3", xyxy=SHADE)], 60.0).total.false == 1


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
    one = judging.judge(clip(baits=[bait()]), lines, 60.0)
    assert (one.tallies["V2"].look_alikes, one.tallies["V2"].raised) == (1, raised)
    assert words is None or one.false == words


def test_whatever_leaves_a_camera_that_was_turned_away_is_told_apart() -> None:
    shown = clip(("V2", 40, 120), baits=[bait(), bait("V1", 0, 30, "short"), bait("V3", 50, 120)], nudged=76.0)
    one = judging.judge(shown, [line(at=75.0, xyxy=ELSEWHERE), line(at=76.0), line(at=110.0)], 60.0)
    assert (one.turned, one.moved_lines, one.total.acts, one.total.false) == (True, 2, 0, 3)
    assert one.false[1] == "V2 at 76 s in [400, 400, 600, 800] after the camera was turned away"
    assert {kind: tally.look_alikes for kind, tally in one.tallies.items()} == {"V2": 1, "V1": 1}, "V3's had no time to fire"
    assert not judging.judge(clip(("V2", 4, 110)), [], 60.0).turned


@pytest.mark.parametrize("unseen", [{"visible": 0.1}, {"clearness": 0.7}], ids=["hardly seen", "not clear"])
def test_what_the_truth_does_not_bear_out_is_left_out_with_all_lines_about_it(unseen: dict[str, float]) -> None:
    shown = clip(("V2", 4, 110), baits=[bait()])
    vague = shown.model_copy(update={"acts": tuple(act.model_copy(update=unseen) for act in shown.acts)})
    one = judging.judge(vague, [line(), line("V3"), line(xyxy=ELSEWHERE)], 60.0)
    assert (one.total.acts, one.total.right, one.total.false, one.left_out) == (0, 0, 1, 1)
    vague = shown.model_copy(update={"baits": (bait().model_copy(update=unseen),)})
    one = judging.judge(vague, [line(), line(xyxy=ELSEWHERE)], 60.0)
    assert (one.total.right, one.total.false, one.total.look_alikes, one.left_out) == (1, 0, 0, 1)


def test_an_outcome_is_data() -> None:
    assert asdict(judging.judge(clip(("V2", 4, 110)), [line()], 60.0))["tallies"]["V2"]["found"] == 1


def test_a_kind_that_is_off_is_rightly_named_by_what_its_class_makes() -> None:
    def act(kind: str, label: str, *also: str) -> TrueAct:
        return TrueAct.model_validate({"kind": kind, "class": label, "also": also, "xyxy": PLACE, "start_second": 0, "end_second": 90})

    assert judging.kinds_of(act("V2", "stall")) == {"V2"}
    assert judging.kinds_of(act("V2", "stall", "V3")) == {"V2", "V3"}
    assert judging.kinds_of(act("V1", "vendor_vehicle")) == {"V2"}
    assert judging.kinds_of(act("V0", "goods_out", "V9")) == {"V3", "V9"}


def test_nothing_is_due_that_has_not_stood_for_its_dwell_when_the_camera_is_turned_away() -> None:
    shown = clip(("V2", 20, 120))
    assert judging.judge(shown, [], 60.0).total.acts == 1
    turned = judging.judge(shown.model_copy(update={"nudged_second": 76.0}), [line()], 60.0)
    assert (turned.total.acts, turned.total.right) == (0, 0)
    assert turned.false == ("V2 at 70 s in [400, 400, 600, 800]",)


def test_each_event_has_its_verdict() -> None:
    shown = clip(("V2", 4, 110), ("V3", 4, 50), baits=[bait(), bait("V1", 0, 30, "short")])
    shown = shown.model_copy(update={"acts": tuple(act.model_copy(update={"asset": "stall_rack", "reason": "public_way"}) for act in shown.acts)})
    one = judging.judge(shown, [line(xyxy=ELSEWHERE)], 60.0)
    stall, permitted = judging.Verdict("stall_rack", "V2", "public_way", True, False), judging.Verdict("permitted_pitch", "V2", "permit", False, False)
    assert one.verdicts[:2] == (stall, permitted), "an act that is gone before its dwell is none"
    assert judging.judge(shown, [line()], 60.0).verdicts[:2] == (replace(stall, right=True), replace(permitted, right=True))
    assert [verdict.reason for verdict in one.verdicts] == ["public_way", "permit", "short"]
