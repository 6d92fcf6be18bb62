"""What the tests of reading cameras share: small real clips, made once by the real encoders."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

RATE = 25
ENCODERS = {"h264": "libx264", "hevc": "libx265"}


def write_clip(path: Path, codec: str, *, seconds: float = 2.0, width: int = 320, height: int = 240, keyframe_every: int = 25, b_frames: int = 0) -> Path:
    """A clip of coarse noise that drifts: large enough keyframes to be fragmented, and every picture differs."""
    options = {"preset": "ultrafast", "crf": "28"}
    if codec == "hevc":
        options["x265-params"] = f"log-level=none:keyint={keyframe_every}:min-keyint={keyframe_every}:scenecut=0:bframes={b_frames}"
    else:
        options |= {"x264-params": f"keyint={keyframe_every}:min-keyint={keyframe_every}:scenecut=0:bframes={b_frames}"}
    noise = np.random.default_rng(7).integers(0, 255, (height // 8, width // 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(ENCODERS[codec], rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, RATE)
        for number in range(round(seconds * RATE)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(noise, 3 * number, axis=1), format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def make_clip() -> Callable[..., Path]:
    """`write_clip` for tests that need a clip of their own."""
    return write_clip


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The path of a two-second clip, 320x240, a keyframe each second: `clip("h264")`, `clip("hevc")`."""
    folder = tmp_path_factory.mktemp("clips")
    made: dict[str, Path] = {}

    def get(codec: str) -> Path:
        if codec not in made:
            made[codec] = write_clip(folder / f"{codec}.mp4", codec)
        return made[codec]

    return get
