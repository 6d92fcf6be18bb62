"""What a packet's evidence bears, whatever it claims: each bar by its name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evidence.grading import ONE_PICTURE, REASONS, grade_of, lowered_of, text_of
from evidence.kinds import load_catalogue
from evidence.packet import Grade, read_manifest

CATALOGUE = load_catalogue().version
BEGIN = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def at(seconds: float) -> str:
    return (BEGIN + timedelta(seconds=seconds)).isoformat()


def picture(name: str, digit: str, at_seconds: float | None = 300.0) -> dict[str, Any]:
    told = {"role": name, "name": f"{name}.jpg", "sha256": digit * 64, "bytes": 5, "media_type": "image/jpeg", "at_seconds": at_seconds}
    return {**told, "original": False, "derived_from": "c" * 64}


def clip(**changes: Any) -> dict[str, Any]:
    told = {"role": "clip_confirmed", "name": "clip.mp4", "sha256": "c" * 64, "bytes": 300_000, "media_type": "video/mp4", "original": True}
    return {**told, "picture_seconds": [0.04 * number for number in range(300)], "coded_sha256": "d" * 64} | changes


CLIP, CLOSEUP = clip(), picture("closeup", "3")
FILES = [CLIP, picture("snapshot_first", "1", 2.0), picture("snapshot_confirming", "2"), CLOSEUP]
NAMED = {"text": {"zh": "规则", "en": "the rule"}}


def case(manifest: dict[str, Any], stay: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A case of six minutes with two pictures and a clip, and what differs."""
    samples = [
        {"at": at(second), "monotonic_seconds": float(second), "status": "looked", "xyxy": [0.1, 0.1, 0.2, 0.2], "score": 0.8, "class": "stall"}
        for second in (0, 360)
    ]
    whole = {
        "first_seen": at(0), "last_seen": at(360), "confirmed_at": at(300), "dwell_seconds": 360.0, "looks": 9, "missed": 0, "unchanged": 0,
        "samples": samples, "gaps": [],
    }  # fmt: skip
    rule = {**manifest["rule"], "thresholds": {"dwell_seconds": 300, "minimum_looks": 5, "grace_seconds": 30}}
    return {**manifest, "grade": "B", "closed_to_a": [], "files": FILES, "overlay": [], "stay": whole | stay, "rule": rule} | changes


GAP = {"from": at(60), "until": at(300), "reason": "nobody looked"}
STEPPED = {"kind": "system", "arrival": {"wall_synchronised": True, "max_error_seconds": 0.01, "stepped_seconds": -7200.0}}


@pytest.mark.parametrize(
    ("stay", "changes", "reasons"),
    [
        pytest.param({}, {}, [], id="a case"),
        pytest.param({}, {"files": []}, ["one_moment", "no_closeup", "no_clip"], id="no files at all"),
        pytest.param({}, {"files": [FILES[1] | {"original": True, "derived_from": None}]}, ["one_moment", "no_closeup", "no_clip"], id="one picture"),
        pytest.param({}, {"files": [CLIP, FILES[1], CLOSEUP]}, ["one_moment"], id="a clip and one picture"),
        pytest.param({}, {"files": FILES[:3]}, ["no_closeup"], id="no close-up"),
        pytest.param({}, {"files": [*FILES[:2], picture("snapshot_confirming", "1"), CLOSEUP]}, ["one_moment"], id="the same picture twice"),
        pytest.param({}, {"files": [*FILES[:2], picture("snapshot_confirming", "2", 9.0), CLOSEUP]}, ["one_moment"], id="seconds apart"),
        pytest.param({}, {"files": [*FILES[:2], picture("snapshot_confirming", "2", None), CLOSEUP]}, ["one_moment"], id="of no moment"),
        pytest.param({}, {"files": [clip(bytes=24), *FILES[1:]]}, ["short_clip"], id="a clip of a few bytes"),
        pytest.param({}, {"files": [clip(picture_seconds=[0.0, 4.0]), *FILES[1:]]}, ["short_clip"], id="a clip of four seconds"),
        pytest.param({}, {"files": [clip(picture_seconds=None), *FILES[1:]]}, ["short_clip"], id="a clip of no length"),
        pytest.param({}, {"files": [clip(coded_sha256=None), *FILES[1:]]}, ["short_clip"], id="a clip without its sum"),
        pytest.param({}, {"files": [clip(coded_sha256=None, coded_missing="lost pictures"), *FILES[1:]]}, [], id="a clip that says why it has no sum"),
        pytest.param(
            {},
            {"files": [clip(picture_seconds=[0.0, 6.0]), clip(picture_seconds=[0.0, 6.0], name="b.mp4", role="clip_suspected"), *FILES[1:]]},
            [],
            id="two clips of six seconds",
        ),
        pytest.param(
            {"looks": 1, "dwell_seconds": 0.0},
            {"rule": {"id": "V2", "version": "1", "thresholds": {}, **NAMED}},
            ["short_dwell", "few_looks"],
            id="a rule that asks nothing is the catalogue's",
        ),
        pytest.param(
            {"looks": 1, "dwell_seconds": 5.0},
            {"rule": {"id": "X1", "version": "1", "thresholds": {"dwell_seconds": 1, "minimum_looks": 1}, **NAMED}},
            ["short_dwell", "few_looks"],
            id="a rule that asks next to nothing",
        ),
        pytest.param(
            {"dwell_seconds": 60.0},
            {"rule": {"id": "V2", "version": CATALOGUE, "thresholds": {"dwell_seconds": 20, "minimum_looks": 2}, **NAMED}},
            ["short_dwell"],
            id="less than the catalogue, by nobody's word",
        ),
        pytest.param(
            {"dwell_seconds": 60.0, "looks": 2},
            {
                "rule": {
                    "id": "V2",
                    "version": CATALOGUE,
                    "thresholds": {"dwell_seconds": 20, "minimum_looks": 2},
                    "overridden": ["dwell_seconds", "minimum_looks"],
                    **NAMED,
                }
            },
            [],
            id="less than the catalogue, by the city's word",
        ),
        pytest.param({"dwell_seconds": 6.0}, {}, ["short_dwell"], id="six seconds"),
        pytest.param({"looks": 2}, {}, ["few_looks"], id="two looks"),
        pytest.param({"confirmed_at": at(-3600)}, {}, ["disordered_times"], id="confirmed before it was seen"),
        pytest.param({"last_seen": at(-10)}, {}, ["disordered_times"], id="last seen before first"),
        pytest.param({"gaps": [GAP]}, {}, ["dwell_in_gaps"], id="dwell in a gap"),
        pytest.param({"gaps": [GAP, GAP], "dwell_seconds": 300.0}, {}, ["dwell_in_gaps"], id="told twice"),
        pytest.param({"gaps": [GAP], "dwell_seconds": 150.0}, {}, ["short_dwell"], id="a gap that is no dwell"),
        pytest.param({"last_seen": at(-10)}, {"clocks": STEPPED}, [], id="by a clock that was set, as it says"),
        pytest.param(
            {"last_seen": at(-10)},
            {"clocks": STEPPED, "files": [*FILES[:2], picture("snapshot_confirming", "2", -6900.0), CLOSEUP]},
            [],
            id="pictures by a clock that was set, as it says",
        ),
    ],
)
def test_what_bars_a_case(manifest: dict[str, Any], stay: dict[str, Any], changes: dict[str, Any], reasons: list[str]) -> None:
    grade, bars = grade_of(read_manifest(case(manifest, stay, changes), "manifest"))
    assert [bar.reason for bar in bars] == reasons
    assert grade is (Grade.C if reasons else Grade.B)
    assert all(bar.text in (REASONS[bar.reason], ONE_PICTURE) for bar in bars)


@pytest.mark.parametrize(
    ("received", "kind", "reasons"),
    [
        pytest.param(timedelta(hours=9), "system", [], id="waited for hours"),
        pytest.param(timedelta(days=300), "system", [], id="waited for months"),
        pytest.param(timedelta(days=400), "system", ["dated_back"], id="waited for more than a year, it says"),
        pytest.param(timedelta(minutes=-20), "system", ["dated_ahead"], id="to come"),
        pytest.param(timedelta(days=4000), "media", [], id="a recorded file"),
    ],
)
def test_times_that_do_not_fit_the_arrival(manifest: dict[str, Any], received: timedelta, kind: str, reasons: list[str]) -> None:
    read = read_manifest(case(manifest, {}, {"clocks": {"kind": kind}}), "manifest")
    assert [bar.reason for bar in grade_of(read, BEGIN + received)[1]] == reasons


@pytest.mark.parametrize(
    ("files", "told"),
    [
        pytest.param([*FILES[:2], picture("snapshot_confirming", "1"), CLOSEUP], "the same byte for byte", id="the same picture twice"),
        pytest.param([*FILES[:2], picture("snapshot_confirming", "1", 9.0), CLOSEUP], "far enough apart", id="the same too soon"),
        pytest.param([*FILES[:2], picture("snapshot_confirming", "2", 9.0), CLOSEUP], "far enough apart", id="two different ones too soon"),
        pytest.param([CLIP, FILES[1], CLOSEUP], "far enough apart", id="one picture"),
    ],
)
def test_pictures_that_lie_apart_and_are_one_are_told_from_those_of_one_moment(manifest: dict[str, Any], files: list[dict[str, Any]], told: str) -> None:
    read = read_manifest(case(manifest, {}, {"files": files}), "manifest")
    (bar,) = grade_of(read)[1]
    assert (bar.reason, told in bar.text.en, text_of("one_moment", read)) == ("one_moment", True, bar.text)
    assert ("逐字节相同" in bar.text.zh) == ("byte" in told)


def of_kind(manifest: dict[str, Any], kind: str, version: str = CATALOGUE) -> dict[str, Any]:
    asked = {"dwell_seconds": 300, "minimum_looks": 5}
    named = {"kind": {**manifest["kind"], "id": kind, "catalogue_version": version}, "rule": {"id": kind, "version": "1", "thresholds": asked, **NAMED}}
    return case(manifest, {}, named)


@pytest.mark.parametrize("version", [CATALOGUE, "of another city"])
@pytest.mark.parametrize(
    ("kind", "reasons"),
    [
        pytest.param("V2", [], id="proven"),
        pytest.param("V4", ["unproven"], id="known from rendered pictures only"),
        pytest.param("V16", ["unproven"], id="named by people only"),
        pytest.param("X1", [], id="unknown here"),
    ],
)
def test_a_kind_that_is_not_proven_gives_leads(manifest: dict[str, Any], kind: str, reasons: list[str], version: str) -> None:
    read = read_manifest(of_kind(manifest, kind, version), "manifest")
    grade, bars = grade_of(read)
    assert [bar.reason for bar in bars] == reasons
    assert grade is (Grade.C if reasons else Grade.B)
    assert grade_of(read, rules=2) == (Grade.B, ()), "before these rules that was its worker's word"
    assert grade_of(read, unproven=False) == (Grade.B, ()), "it was proven when it came"


def test_nothing_lowers_a_lead(manifest: dict[str, Any]) -> None:
    assert grade_of(read_manifest(case(manifest, {}, {"grade": "C", "files": []}), "manifest")) == (Grade.C, ())


def test_what_came_before_these_rules_is_graded_by_those_of_then(manifest: dict[str, Any]) -> None:
    asked = {"rule": {"id": "V2", "version": "1", "thresholds": {}, **NAMED}, "files": [clip(bytes=24, picture_seconds=None), *FILES[1:3]]}
    read = read_manifest(case(manifest, {"looks": 1}, asked), "manifest")
    assert grade_of(read, rules=1) == (Grade.B, ())
    assert grade_of(read)[0] is Grade.C


def test_reasons_as_they_are_kept() -> None:
    assert lowered_of("no_clip,one_moment,of_tomorrow") == ["one_moment", "no_clip"]
    assert lowered_of(None) == []
