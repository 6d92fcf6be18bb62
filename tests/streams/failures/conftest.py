"""One run of all rows, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.streams.failures.running import Outcome, Run
from tests.streams.failures.table import ROWS


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory: pytest.TempPathFactory, make_clip: Callable[..., Path]) -> dict[str, Outcome]:
    """What became of each row's camera."""
    folder = tmp_path_factory.mktemp("failing")
    clips = {
        codec: [
            make_clip(folder / f"{codec}.mp4", codec, width=160, height=120),
            make_clip(folder / f"{codec}-large.mp4", codec, width=240, height=176),
        ]
        for codec in ("h264", "hevc")
    }
    clips["tiny"] = [make_clip(folder / "tiny.mp4", "h264", width=64, height=48)]
    with pytest.MonkeyPatch.context() as shorter:  # a real clock's drift is told after a minute
        shorter.setattr("streams.rtp.clock.LEAST_GAP_SECONDS", 0.4)
        shorter.setattr("streams.rtp.clock.LEAST_SPAN_SECONDS", 3.0)
        return Run(ROWS, clips).run()
