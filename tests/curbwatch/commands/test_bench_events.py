"""`bench events-street` as a person calls it; what it replays is told by the test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import street_events
from benchmarks.errors import BenchmarkError
from benchmarks.results import read_result
from benchmarks.street_judging import ClipOutcome, Tally
from curbwatch.commands.bench_events import events_street
from evidence.packet import Grade


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """What `run` is asked for; one act of V7 in each of eleven clips is found."""
    calls: list[dict[str, Any]] = []

    def run(eye: object, truth: Path, **rest: Any) -> list[ClipOutcome]:
        calls.append(rest)
        return [ClipOutcome(str(i), {"V7": Tally(acts=1, found=1, right=1, look_alikes=1, delays=[3.0])}, {"C": 1}) for i in range(11)]

    monkeypatch.setattr(street_events, "run", run)
    monkeypatch.chdir(tmp_path)
    one = {"file": "a.mp4", "camera_id": "a", "seconds": 180, "codec": "h264", "split": "open"}
    Path("truth.json").write_text(json.dumps({"clips": [one, {**one, "file": "b.mp4"}]}), encoding="utf-8")
    return calls


def test_both_look_intervals_give_a_json_line_each(asked: list[dict[str, Any]]) -> None:
    done = CliRunner().invoke(events_street, ["truth.json", "--look-seconds", "4", "--look-seconds", "10", "--json"], catch_exceptions=False)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["look_seconds"] for one in told] == [one["look_seconds"] for one in asked] == [4.0, 10.0]
    assert told[0]["kinds"]["V7"]["recall"] == told[0]["total"]["precision"] == 1.0
    assert told[0]["grades"] == {"C": 11}


def test_lines_of_every_grade_count_unless_cases_alone_are_asked_for(asked: list[dict[str, Any]]) -> None:
    for arguments in ([], ["--grade", "B"]):
        assert CliRunner().invoke(events_street, ["truth.json", *arguments], catch_exceptions=False).exit_code == 0
    assert [set(one["grades"]) for one in asked] == [{Grade.A, Grade.B, Grade.C}, {Grade.A, Grade.B}]


def test_the_table_is_printed(asked: list[dict[str, Any]]) -> None:
    output = CliRunner().invoke(events_street, ["truth.json"], catch_exceptions=False).stdout
    assert "V7        11          11    11  1.000 (1.00 to 1.00)" in output
    assert "median 3.0 s" in output
    assert output.endswith("2 clips of the rendered street, assets of: open\n")


def test_what_is_kept_is_a_result_with_a_row_for_each_look_interval(asked: list[dict[str, Any]]) -> None:
    arguments = ["truth.json", "--look-seconds", "4", "--look-seconds", "10", "--out", "kept.json"]
    assert CliRunner().invoke(events_street, arguments, catch_exceptions=False).exit_code == 0
    kept = read_result(Path("kept.json"))
    assert (kept.bench, kept.subject, kept.settings["grade"]) == ("events-street", "2 clips of the rendered street, assets of: open", "C")
    assert kept.settings["model"].startswith("curbwatch-n-street ")
    assert kept.row("a look every 10 s")["kinds"]["V7"]["recall"] == 1.0


def test_sealed_clips_of_nobody_s_commit_are_refused_before_anything_is_replayed(asked: list[dict[str, Any]]) -> None:
    Path("truth.json").write_text(Path("truth.json").read_text().replace('"open"', '"sealed", "seeds_of": "%s"' % ("0" * 40)), encoding="utf-8")
    refused = CliRunner().invoke(events_street, ["truth.json"])
    assert isinstance(refused.exception, BenchmarkError)
    assert "there is no commit" in str(refused.exception)
    assert asked == []
