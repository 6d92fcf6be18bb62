"""One run of all rows, for all tests of this folder."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.streams.failures.running import SETTINGS, Outcome, Run
from tests.streams.failures.table import ROWS

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
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What became of each row's camera."""
    folder = tmp_path_factory.mktemp("failing")
    clips = {codec: [write_clip(folder / f"{codec}.mp4", codec, 160, 120), write_clip(folder / f"{codec}-large.mp4", codec, 240, 176)] for codec in ENCODERS}
    clips["tiny"] = [write_clip(folder / "tiny.mp4", "h264", 64, 48)]
    clips["refresh"] = [write_clip(folder / "refresh.mp4", "h264", 160, 120, seconds=40, refresh=True)]
    with pytest.MonkeyPatch.context() as shorter:  # a real clock's drift is told after a minute
        shorter.setattr("streams.rtp.clock.LEAST_GAP_SECONDS", 0.4)
        shorter.setattr("streams.rtp.clock.LEAST_SPAN_SECONDS", 3.0)
        shorter.setattr("streams.rtp.depacketiser.BLIND_SECONDS", SETTINGS.blind_seconds)
        return Run(ROWS, clips).run()
