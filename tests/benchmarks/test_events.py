from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from benchmarks import events
from benchmarks.errors import BenchmarkError
from detector.worker.eye import Eye
from models.errors import EvaluationError
from models.photographs import PhotoBox, Photograph
from models.session import open_model

STALL = Path(__file__).parents[1] / "models" / "media" / "stall.jpg"
GROUND, HIGH = (0.4, 0.5, 0.6, 0.9), (0.4, 0.0, 0.6, 0.2)


def photograph(name: str, *boxes: PhotoBox, origin: str = "o") -> Photograph:
    return Photograph(name, STALL, 1280, 720, origin, "street_level", None, boxes)


@pytest.mark.parametrize(
    ("boxes", "sort"),
    [
        pytest.param([PhotoBox(GROUND, "stall")], "positive", id="stands in the zone"),
        pytest.param([], "negative", id="empty street"),
        pytest.param([PhotoBox(GROUND, "parasol")], "neither", id="a parasol alone"),
        pytest.param([PhotoBox(GROUND, "stall", difficult=True)], "neither", id="too hard to judge"),
        pytest.param([PhotoBox(GROUND, "stall", covered=True)], "covered", id="closed and covered"),
        pytest.param([PhotoBox(HIGH, "goods_out")], "out of the zone", id="touches the ground above the zone"),
        pytest.param([PhotoBox(HIGH, "goods_out"), PhotoBox(GROUND, "stall")], "positive", id="one of two stands in it"),
    ],
)
def test_how_a_photograph_counts(boxes: list[PhotoBox], sort: str) -> None:
    assert events.sort_of(photograph("a", *boxes)) == sort


def test_the_scene_judges_selling_only_after_a_minute_unattended_or_not() -> None:
    scene = events.street_scene()
    (view,) = scene.views
    assert view.zones[0].polygon == events.LOWER
    assert not view.lines
    assert {(one.dwell_seconds, one.attendance) for one in scene.kinds.values() if one.enabled} == {(60.0, "off")}
    assert {name for name, one in scene.kinds.items() if one.enabled} == {"V2", "V3"}


def seen(name: str, sort: str, *grades: str) -> events.Seen:
    lines = tuple({"kind": "V2", "first_seen": 2.0, "confirmed_at": 64.0, "grade": grade, "score": 0.5, "xyxy": [0, 0, 1, 1]} for grade in grades)
    return events.Seen(name, name[:2], 1, sort, lines)  # type: ignore[arg-type]


def test_only_lines_of_grade_b_are_hits(tmp_path: Path) -> None:
    all_of_them = [
        seen("aa", "positive", "B"),
        seen("bb", "positive", "C"),
        seen("cc", "negative"),
        seen("dd", "negative", "B", "B"),
        seen("ee", "covered", "B"),
    ]
    path = tmp_path / "seen.jsonl"
    path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in all_of_them), encoding="utf-8")
    figures = events.figures(events.read_seen([path]))
    assert (figures.positives, figures.hit, figures.negatives, figures.alarmed) == (2, 0.5, 2, 0.5)
    assert figures.left_out == {"covered": 1}
    assert figures.delay_seconds == 2.0
    assert figures.intervals["hit"].low <= 0.5 <= figures.intervals["hit"].high
    with pytest.raises(BenchmarkError, match="positives and negatives"):
        events.figures(all_of_them[:2])
    ungraded = asdict(all_of_them[0])
    del ungraded["lines"][0]["grade"]
    for text in ("cut sh", json.dumps(ungraded)):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(BenchmarkError, match=r"seen\.jsonl"):
            events.read_seen([path])


def test_what_another_model_saw_is_not_gone_on_with(tmp_path: Path) -> None:
    out = tmp_path / "seen.jsonl"
    line = json.dumps(asdict(replace(seen("aa", "positive", "B"), looked_by="0123456789abcdef"))) + "\n"
    out.write_text(line + '{"cut sh', encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"seen\.jsonl holds looks of another model"):
        events.watch(Eye(open_model(provider="cpu")), [photograph("stall")], 1, out)
    assert out.read_text(encoding="utf-8") == line, "only what was cut short is taken off"


@pytest.mark.slow
def test_a_still_stall_becomes_a_line_of_grade_b(tmp_path: Path) -> None:
    out = tmp_path / "seen.jsonl"
    eye = Eye(open_model(provider="cpu"))
    events.watch(eye, [photograph("stall", PhotoBox(GROUND, "stall"))], 1, out)
    (one,) = events.read_seen([out])
    assert one.alarmed
    before = out.read_bytes()
    events.watch(eye, [photograph("stall", PhotoBox(GROUND, "stall"))], 1, out)  # it is there
    assert out.read_bytes() == before
