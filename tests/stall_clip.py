"""A recording of the rendered stall, for the tests that judge one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2

STALL = Path(__file__).parent / "models" / "media" / "trading.jpg"
"""Rendered: picture 1 of seed 360010, of the open quarter (`curbwatch street dataset --seed 360010 --count 6 --split open`)."""


def write_stall(path: Path, *, rate: int, seconds: int, began: str | None = None, cut: tuple[float, float, float, float] | None = None) -> Path:
    """The still picture of the stall as an H.264 MP4, a keyframe each second; `began` is the container's creation time.

    Args:
        cut: the part of the picture (shares of it) that the clip shows as large as the whole, as a camera with a longer lens would.
    """
    picture = cv2.imread(str(STALL))
    assert picture is not None
    if cut is not None:
        height, width = picture.shape[:2]
        part = picture[round(cut[1] * height) : round(cut[3] * height), round(cut[0] * width) : round(cut[2] * width)]
        picture = cv2.resize(part, (width, height), interpolation=cv2.INTER_LANCZOS4)
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
