"""A packet whose evidence does not bear the grade that it claims is told by whoever verifies it, by its own receipt."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.borne import grade_notes
from evidence.packet import read_manifest
from evidence.verify import verify_path
from tests.evidence import archive as archives
from tests.evidence.archive import Archive
from tests.evidence.shop import NOON, faults
from tests.evidence.test_grading import BEGIN, case
from tests.evidence.test_without_curbwatch import checked, key_file

AHEAD = "claims grade B, bears C: it is dated after it arrived: the worker's clock cannot be right / 声称 B 级，只达 C 级：时间晚于送达时间，工作机的时钟不可信"


def notes(manifest: dict[str, Any], received: timedelta = timedelta(hours=1)) -> list[str]:
    return list(grade_notes(read_manifest(manifest, "manifest"), BEGIN + received))


def test_what_bears_what_it_claims_is_not_told(manifest: dict[str, Any]) -> None:
    assert notes(case(manifest, {}, {})) == []


def test_what_is_dated_after_its_receipt_is_told_in_both_languages(manifest: dict[str, Any]) -> None:
    assert notes(case(manifest, {}, {}), timedelta(hours=-8)) == [AHEAD]


def test_nothing_lowers_a_lead(manifest: dict[str, Any]) -> None:
    assert notes(case(manifest, {}, {"grade": "C"}), timedelta(hours=-8)) == []


def test_what_the_former_rules_let_pass_is_told_as_such(manifest: dict[str, Any]) -> None:
    files = [file for file in case(manifest, {}, {})["files"] if "closeup" not in file["role"]]
    (note,) = notes(case(manifest, {}, {"files": files}))
    assert note.startswith("claims grade B, bears C by the rules of now (not by those of before, under which it may have come): it has no close-up / ")


@pytest.mark.parametrize("phase", ["continued", "ended"])
def test_what_goes_on_with_an_act_needs_no_clip_of_its_own(manifest: dict[str, Any], phase: str) -> None:
    """Its case rests on the confirmation; its times count all the same."""
    read = read_manifest(case(manifest, {}, {}), "manifest")
    going_on = read.model_copy(update={"phase": phase, "files": ()})
    assert list(grade_notes(going_on, BEGIN + timedelta(hours=1))) == []
    assert list(grade_notes(going_on, BEGIN - timedelta(hours=8))) == [AHEAD]


@pytest.mark.parametrize(
    ("begin", "told"),
    [
        pytest.param(timedelta(hours=8), "its stay ends 29", id="eight hours ahead"),
        pytest.param(timedelta(seconds=-20), None, id="within what clocks are off"),
        pytest.param(timedelta(days=-400), "s before it came", id="more than a year behind"),
    ],
)
def test_an_export_with_what_is_dated_after_it_came_says_so(begin: timedelta, told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing fails: the packet is what its worker signed, and a lead by its own receipt."""
    shop: Callable[..., Any] = archives.Shop
    monkeypatch.setattr(archives, "Shop", lambda *args, **but: shop(*args, **{**but, "begin": NOON + begin}))
    archive = Archive.made(tmp_path / "export")
    report = verify_path(archive.root, archive.keys)
    assert faults(report) == []
    dates = [[note for note in packet.notes if "arrived" in note] for packet in report.packets]
    assert [len(one) for one in dates] == [0 if told is None else 1] * 3
    if shutil.which("node"):
        status, lines = checked(archive.root, key_file(archive))
        found = [line for line in lines if line.startswith("note: packets/") and "claims grade B, bears C: " in line]
        assert (status, len(found)) == (0, 0 if told is None else 3), lines
        assert told is None or all(told in line for line in found)
