"""Every fault of the simulator and every row of FFmpeg's failure table: the camera's state, the metric, and the recovery."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

import streams
from streams.camera import CameraState
from streams.decoding import decode_keyframe
from streams.errors import DecodeError
from streams.simulator.faults import FAULTS
from tests.streams.failures.running import PASSWORD, Outcome
from tests.streams.failures.table import FFMPEG, ROWS

NAMES = [row.name for row in ROWS]
STREAMS = Path(streams.__file__).parent


def test_every_fault_has_a_row() -> None:
    missing = set(FAULTS) - {row.fault for row in ROWS}
    assert not missing, f"write rows for {sorted(missing)} into table.py"
    assert len(set(NAMES)) == len(NAMES)


def test_every_row_of_ffmpegs_failure_table_is_shown() -> None:
    assert {name for names in FFMPEG.values() for name in names} <= set(NAMES)


def test_every_cause_of_a_loss_is_seen_in_the_metrics(outcomes: dict[str, Outcome]) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (STREAMS / "rtp").glob("*.py"))
    causes = {cause for call in re.findall(r"_drop\((.*)\)", text) for cause in re.findall(r'"(\w+)"', call)} | {"garbage_bytes", "damaged"}
    assert len(causes) > 12
    shown = "".join(outcome.metrics for outcome in outcomes.values())
    seen = {cause for cause, count in re.findall(r'curbwatch_camera_drops_total\{camera="[^"]*",cause="(\w+)"\} ([0-9.e+]+)', shown) if float(count) > 0}
    assert not causes - seen


def test_the_cameras_beside_them_lose_nothing(outcomes: dict[str, Outcome]) -> None:
    for name in ("sound", "sound hevc", "sound udp"):
        outcome = outcomes[name]
        assert outcome.recovered is not None
        assert (outcome.recovered.reconnects, outcome.recovered.damaged, dict(outcome.recovered.drops)) == (0, 0, {})
        steps = {after.timestamp - before.timestamp for before, after in pairwise(outcome.keyframes)}
        assert steps == {90_000}, "every keyframe came"


@pytest.mark.parametrize("name", NAMES)
class TestRow:
    def test_state(self, outcomes: dict[str, Outcome], name: str) -> None:
        outcome = outcomes[name]
        row, status = outcome.row, outcome.shown
        assert status is not None
        missing = outcome.missing(status, row.at_least_seconds)
        counts = f"drops {dict(status.drops)}, damaged {status.damaged}, {outcome.shown_keyframes} keyframes"
        assert not missing, f"not shown: {missing}; {outcome.history}, {counts}"
        if row.states == (CameraState.LIVE,) and row.reconnects is False:
            assert status.reconnects == 0, outcome.history
            assert status.state is CameraState.LIVE, outcome.history
        if row.clean:
            assert (status.damaged, dict(status.drops)) == (0, {}), outcome.history
        if row.damaged is False:
            assert status.damaged == 0, dict(status.drops)
        assert PASSWORD not in str(outcome.history), "no password in a reason"

    def test_metric(self, outcomes: dict[str, Outcome], name: str) -> None:
        outcome = outcomes[name]
        status, text = outcome.shown, outcome.metrics
        assert status is not None
        lines = set(text.splitlines())
        camera = status.camera_id
        assert f'curbwatch_camera_state{{camera="{camera}",state="{status.state}"}} 1.0' in lines
        assert f'curbwatch_camera_reconnects_total{{camera="{camera}"}} {float(status.reconnects)}' in lines
        assert f'curbwatch_camera_drops_total{{camera="{camera}",cause="damaged"}} {float(status.damaged)}' in lines
        for cause, count in status.drops.items():
            assert f'curbwatch_camera_drops_total{{camera="{camera}",cause="{cause}"}} {float(count)}' in lines
        offset = f'curbwatch_camera_clock_offset_seconds{{camera="{camera}"}}'
        assert (offset in text) == (status.clock_offset_seconds is not None)

    def test_recovery(self, outcomes: dict[str, Outcome], name: str) -> None:
        outcome = outcomes[name]
        assert outcome.recovered is not None, f"never live again: {outcome.history}"
        assert outcome.recovered.state is CameraState.LIVE
        assert decode_keyframe(outcome.keyframes[-1], ()).damage == (), "what comes then is sound"


@pytest.mark.parametrize("name", [row.name for row in ROWS if row.fault in ("bitflips", "truncated", "huge_picture")])
def test_what_no_gap_shows_is_found_when_it_is_decoded(outcomes: dict[str, Outcome], name: str) -> None:
    """Of the keyframes that the reader called sound while bits were flipped, packets cut or sizes claimed, the decoder or the check refuses some."""
    outcome = outcomes[name]
    refused = 0
    for unit in outcome.keyframes[: outcome.shown_keyframes]:
        try:
            refused += bool(decode_keyframe(unit, ()).damage)
        except DecodeError:
            refused += 1
    assert refused or not outcome.shown_keyframes
