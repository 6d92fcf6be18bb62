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
from tests.streams.failures.running import PASSWORD, Outcome, Run, value
from tests.streams.failures.table import FFMPEG, ROWS, SLOW_ROWS, SOUND, TOLERATED

NAMES = [row.name for row in ROWS]
STREAMS = Path(streams.__file__).parent
AFTER_LAST = {
    CameraState.LIVE: {CameraState.LIVE},
    CameraState.REFUSED: {CameraState.REFUSED},
    CameraState.BACKING_OFF: {CameraState.BACKING_OFF, CameraState.CONNECTING},
    CameraState.CONNECTING: {CameraState.CONNECTING, CameraState.BACKING_OFF},
}
"""Which state the metrics show when the row's last state was seen."""


def assert_metrics(outcome: Outcome) -> None:
    """The scrape shows what the row says."""
    row, text, status = outcome.row, outcome.metrics, outcome.shown
    assert status is not None
    camera = status.camera_id

    def sample(family: str, **labels: str) -> float | None:
        return value(text, f"curbwatch_camera_{family}", camera=camera, **labels)

    states = [state for state in CameraState if sample("state", state=state) == 1.0]
    assert len(states) == 1
    if row.reconnects is not None:
        again = {CameraState.LIVE} if CameraState.LIVE in row.states else set()
        assert states[0] in AFTER_LAST[row.states[-1]] | again
        assert ((sample("reconnects") or 0.0) > 0) == row.reconnects
    for cause in row.drops:
        assert (sample("drops", cause=cause) or 0.0) > 0, f"a drop {cause}"
    if row.clean:
        assert not re.findall(r"^curbwatch_camera_drops_total\{.*\} (?!0\.0$)", text, re.MULTILINE)
    if row.damaged is not None:
        assert ((sample("drops", cause="damaged") or 0.0) > 0) == row.damaged
    if row.offset_seconds is not None:
        offset = sample("clock_offset_seconds")
        assert offset is not None
        assert abs(offset - row.offset_seconds) < 1.0
    if row.no_offset:
        assert sample("clock_offset_seconds") is None
    if row.drift_ppm is not None:
        assert sample("clock_drift_ppm") == pytest.approx(row.drift_ppm, rel=0.5)
    if row.whole:
        assert sample("decoded_whole") == 1.0
    if row.over is not None:
        assert sample("udp") == float(row.over == "udp")
    if row.tls and states == [CameraState.LIVE]:
        assert sample("encrypted") == 1.0


def test_every_fault_has_a_row() -> None:
    missing = set(FAULTS) - {row.fault for row in ROWS}
    assert not missing, f"write rows for {sorted(missing)} into table.py"
    assert len(set(NAMES)) == len(NAMES)


def test_every_row_of_ffmpegs_failure_table_is_shown() -> None:
    assert {name for names in FFMPEG.values() for name in names} <= {*NAMES, *(row.name for row in SLOW_ROWS)}


def test_every_tolerated_row_is_a_row() -> None:
    assert SOUND.union(*TOLERATED.values()) <= set(NAMES)


def test_tasks_and_descriptors_of_cameras_that_left_are_gone(run: Run) -> None:
    assert run.left[0] <= run.base[0], "tasks on the reader's loop"
    assert run.left[1] <= run.base[1], "descriptors"


@pytest.mark.slow
def test_without_its_fault_no_row_passes(unharmed: dict[str, Outcome]) -> None:
    """The table's own test: what a sound camera shows too, shows nothing."""
    assert not [name for name, outcome in unharmed.items() if not outcome.wrong()]
    seen = {name for name, outcome in unharmed.items() if not outcome.wrong(acts=False)}
    assert seen <= set().union(*TOLERATED.values()), "rows that only the simulator's count tells apart"


@pytest.mark.slow
@pytest.mark.parametrize("name", [row.name for row in SLOW_ROWS])
def test_a_keyframe_only_every_20_s(slow_outcomes: dict[str, Outcome], name: str) -> None:
    outcome = slow_outcomes[name]
    assert not outcome.wrong(), outcome.history
    assert_metrics(outcome)
    stamps = [unit.timestamp for unit in outcome.keyframes[: outcome.shown_keyframes] if not unit.prelude]
    assert all(after - before >= 20 * 90_000 for before, after in pairwise(stamps))


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
        status = outcome.shown
        assert status is not None
        told = f"{outcome.history}, drops {dict(status.drops)}, damaged {status.damaged}, {outcome.shown_keyframes} keyframes, {outcome.acts} acts"
        assert not (wrong := outcome.wrong()), f"{wrong}; {told}"
        assert PASSWORD not in str(outcome.history), "no password in a reason"

    def test_metric(self, outcomes: dict[str, Outcome], name: str) -> None:
        assert_metrics(outcomes[name])

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
