from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import streams.playback
from streams.errors import RecordedFileError
from streams.media import AccessUnit
from streams.playback import play_file

Clip = Callable[[str], Path]


async def play(path: Path, seconds: float) -> list[AccessUnit]:
    units: list[AccessUnit] = []
    with suppress(TimeoutError):
        await asyncio.wait_for(play_file(path, units.append), seconds)
    return units


async def test_a_file_plays_over_and_over_in_its_own_time(make_clip: Callable[..., Path], tmp_path: Path) -> None:
    path = make_clip(tmp_path / "short.mp4", "h264", seconds=0.6, keyframe_every=15)
    began = time.monotonic()
    units = await play(path, 1.7)
    assert 30 <= len(units) <= 45
    stamps = [unit.timestamp for unit in units]
    assert {after - before for before, after in pairwise(stamps)} == {3600}, "also where the file begins anew"
    assert units[-1].arrival_seconds - began == pytest.approx(units[-1].timestamp / 90_000, abs=0.3)
    assert [unit.keyframe for unit in units][:31:15] == [True, True, True]


async def test_a_hole_in_a_files_time_is_not_waited_for(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path) -> object:
        for number, unit in enumerate(original(path)):
            yield replace(unit, arrival_seconds=unit.arrival_seconds + (36_000 if number >= 5 else 0))

    original = streams.playback.read_access_units
    monkeypatch.setattr(streams.playback, "read_access_units", broken)
    monkeypatch.setattr(streams.playback, "MOST_PAUSE_SECONDS", 0.3)
    assert len(await play(clip("h264"), 1.5)) > 20


async def test_what_is_no_video_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordedFileError):
        await play_file(tmp_path / "missing.mp4", lambda unit: None)
