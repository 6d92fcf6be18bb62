"""The scripts of the clips as the demo and the judge of it rely on them."""

from __future__ import annotations

import pytest

from models.street.scripts import DEMO, EXTRA, SCRIPTS, Script


def test_eight_cameras_two_of_them_show_a_violation() -> None:
    assert [script.camera_id for script in DEMO] == [f"cam{i}" for i in range(1, 9)]
    acts = {script.camera_id: event.violation for script in DEMO for event in script.standing if event.violation}
    assert acts == {"cam1": "V2", "cam2": "V3"}


def test_both_codecs_are_there() -> None:
    assert {script.codec for script in DEMO} == {"h264", "hevc"}


@pytest.mark.parametrize("script", [*DEMO, EXTRA], ids=lambda script: script.name)
def test_what_stands_fits_into_the_clip_and_is_either_a_violation_or_a_bait(script: Script) -> None:
    for event in script.standing:
        assert 0 <= event.start_second < event.end_second <= script.seconds
        assert (event.violation is None) != (event.bait is None)
    assert all(walker.start_second < script.seconds for walker in script.walkers)


def test_seeds_and_names_are_each_one_s_own() -> None:
    assert len({script.seed for script in SCRIPTS.values()}) == len(SCRIPTS) == 9
    assert max(script.seed for script in SCRIPTS.values()) <= 10, "no seed that a model is trained on begins lower than 200000"


def test_a_summary_names_the_violation_or_the_bait() -> None:
    assert SCRIPTS["cam1_stall"].summary() == "V2 stall from second 6"
    assert SCRIPTS["cam7_bicycles"].summary() == "bait: a row of parked bicycles"
    assert SCRIPTS["cam6_empty"].summary() == "nothing stays, 2 people pass"
