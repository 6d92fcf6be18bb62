"""One run of all rows, for all tests of this folder."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from streams.settings import ReaderSettings
from tests.streams.failures.running import SETTINGS, Outcome, Run
from tests.streams.failures.table import ROWS, SLOW_ROWS, SOUND

ENCODERS = {"h264": ("libx264", "x264-params"), "hevc": ("libx265", "x265-params")}
RATE = 25


def write_clip(path: Path, codec: str, width: int, height: int, *, seconds: int = 2, refresh: bool = False) -> Path:
    """Grey blocks that drift, a keyframe each second, or with `refresh` none but the first: no picture is doubted for its colours."""
    encoder, parameters = ENCODERS[codec]
    log = "log-level=none:" if codec == "hevc" else ""
    options = {
        "preset": "ultrafast",
        "crf": "28",
        parameters: f"{log}keyint={RATE}:min-keyint={RATE}:scenecut=0:bframes=0" + (":intra-refresh=1" if refresh else ""),
    }
    blocks = np.random.default_rng(7).integers(40, 215, (height // 8, width // 8, 1), np.uint8).repeat(8, 0).repeat(8, 1).repeat(3, 2)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoder, rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, RATE)
        for number in range(seconds * RATE):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(blocks, 3 * number, axis=1), format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def failing_clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """What the cameras play, by codec."""
    folder = tmp_path_factory.mktemp("failing")
    clips = {codec: [write_clip(folder / f"{codec}.mp4", codec, 160, 120), write_clip(folder / f"{codec}-large.mp4", codec, 240, 176)] for codec in ENCODERS}
    clips["tiny"] = [write_clip(folder / "tiny.mp4", "h264", 64, 48)]
    clips["refresh"] = [write_clip(folder / "refresh.mp4", "h264", 160, 120, seconds=40, refresh=True)]
    return clips


def played(run: Run) -> Run:
    """Runs it, with a clock whose drift is told after seconds: a real one's is after a minute."""
    with pytest.MonkeyPatch.context() as shorter:
        shorter.setattr("streams.rtp.clock.LEAST_GAP_SECONDS", 0.4)
        shorter.setattr("streams.rtp.clock.LEAST_SPAN_SECONDS", 3.0)
        shorter.setattr("streams.rtp.depacketiser.BLIND_SECONDS", SETTINGS.blind_seconds)
        run.run()
    return run


@pytest.fixture(scope="session")
def run(failing_clips: dict[str, list[Path]]) -> Run:
    """All rows, played."""
    return played(Run(ROWS, failing_clips))


@pytest.fixture(scope="session")
def outcomes(run: Run) -> dict[str, Outcome]:
    """What became of each row's camera."""
    return run.outcomes


@pytest.fixture(scope="session")
def unharmed(failing_clips: dict[str, list[Path]]) -> dict[str, Outcome]:
    """What becomes of the rows where no fault acts."""
    return played(Run([replace(row, show_seconds=10.0) for row in ROWS if row.name not in SOUND], failing_clips, at_fault=False)).outcomes


@pytest.fixture(scope="session")
def slow_outcomes(failing_clips: dict[str, list[Path]]) -> dict[str, Outcome]:
    """What became of the slow rows' cameras, with the reader's own settings."""
    return Run(SLOW_ROWS, failing_clips, ReaderSettings(stagger_seconds=0.0)).run()
