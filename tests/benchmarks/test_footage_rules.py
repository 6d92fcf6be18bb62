"""Rules on real pixels: what each view says of a place, before anything is looked at."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks import footage_rules as work
from benchmarks.errors import BenchmarkError
from benchmarks.events import NOON
from detector.judgement.geometry import footprint
from detector.judgement.permits import permit_verdict
from evidence.views import ZoneKind

PLACE = (0.4, 0.5, 0.6, 0.8)


@pytest.mark.parametrize("kind", work.ZONES, ids=lambda kind: kind.value)
def test_every_kind_that_a_class_shows_is_on_in_each_zone(kind: ZoneKind) -> None:
    scene = work.demanding(kind)
    (view,) = scene.views
    assert [zone.kind for zone in view.zones] == [kind]
    assert len(scene.kinds) >= 14
    assert all(one.enabled and one.dwell_seconds == work.DWELL_SECONDS for one in scene.kinds.values())


@pytest.mark.parametrize("rule", work.RULES, ids=lambda rule: rule.name)
def test_at_noon_of_that_day_a_rule_decides_as_it_must(rule: work.Rule) -> None:
    (view,) = work.permitted(rule, PLACE).views
    verdict = permit_verdict(view, footprint(PLACE), NOON)
    becomes = () if verdict.covers else {"09002": ("V18",), "09006": ("V2",), None: ("V1", "V2", "V3")}[verdict.breach_code]
    assert becomes == rule.kinds


def test_a_file_of_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "rules.jsonl"
    told = work.Told("permits", "a clip", "no permit", "p1", (), None)
    path.write_text(json.dumps(asdict(told)) + "\n", encoding="utf-8")
    assert work.read_told(path) == [told]
    path.write_text("{}\n", encoding="utf-8")
    with pytest.raises(BenchmarkError, match="take its last line off"):
        work.read_told(path)
