from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cameras import simulated_cameras
from benchmarks.errors import BenchmarkError
from benchmarks.fault_plan import acts_while_playing, begin, fault_plan, tell, usable_faults


def test_the_plan_is_the_seeds_alone_and_each_fault_ends() -> None:
    faults = usable_faults()
    plan = fault_plan([3, 17], 3600, 7, faults)
    assert plan == fault_plan([3, 17], 3600, 7, faults)
    assert plan != fault_plan([3, 17], 3600, 8, faults)
    for camera in (3, 17):
        turns = [turn for turn in plan if turn.camera == camera]
        assert [turn.fault is None for turn in turns] == [number % 2 == 1 for number in range(len(turns))], "by turns at fault and sound"
        assert len(turns) > 40
    assert [turn.at_seconds for turn in plan] == sorted(turn.at_seconds for turn in plan)
    names = {turn.fault for turn in plan if turn.fault}
    assert any(map(acts_while_playing, names))
    assert not all(map(acts_while_playing, names))


def test_every_fault_without_a_password_is_in_one_sort() -> None:
    playing, beginning = usable_faults()
    assert {"stall", "loss", "clock_jump", "new_source"} <= set(playing)
    assert {"hang_describe", "forbidden", "udp_only"} <= set(beginning)
    assert not {"stale_nonce", "sha256", "basic"} & {*playing, *beginning}


def test_the_simulator_takes_faults_live_and_says_what_it_does_not_know(small_clip: Path) -> None:
    with simulated_cameras([small_clip], 1) as cameras:
        for fault in ("stall", "hang_describe", None):
            begin(cameras.urls[0], fault)
        with pytest.raises(BenchmarkError, match=r"does not take the fault 'nonsense': RTSP/1\.0 451"):
            tell(cameras.urls[0], "nonsense")
    with pytest.raises(BenchmarkError, match="does not take the fault 'stall'"):
        tell(cameras.urls[0], "stall")
