"""A recording of the rendered stall, for the tests that judge one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2

STALL = Path(__file__).parent / "models" / "media" / "stall.jpg"


def write_stall(path: Path, *, rate: int, seconds: int, began: str | None = None) -> Path:
    """The still picture of the stall as an H.264 MP4, a keyframe each second; `began` is the container's creation time."""
    picture = cv2.imread(str(STALL))
    assert picture is not None
    with av.open(str(path), "w") as container:
        if began is not None:
            container.metadata["creation_time"] = began
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "x264-params": f"keyint={rate}:min-keyint={rate}:scenecut=0"})
        stream.width, stream.height, stream.pix_fmt = picture.shape[1] & ~1, picture.shape[0] & ~1, "yuv420p"
        stream.time_base = Fraction(1, rate)
        for _ in range(rate * seconds):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture[: stream.height, : stream.width], format="bgr24")))
        container.mux(stream.encode(None))
    return path
