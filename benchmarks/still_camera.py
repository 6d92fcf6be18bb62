"""A still picture as a pole camera would send it: noise and a mast that sways, one keyframe each two seconds and nothing between.

The picture lies whole in a 1280x720 frame; what it does not fill shows the same picture blurred, so that no black bar tells one camera from another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import repeat
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 1280, 720
SECONDS, KEYFRAME_SECONDS = 90, 2
NOISE_LEVELS = 3.0
"""Standard deviation of the sensor's noise, as a lit street gives it by day."""
SWAY_PX = 0.7
"""Standard deviation of where the mast stands, in pixels either way; it stays within three of these."""
CRF = 26
MARGIN = 8
BLUR_PX = 24.0
Picture = NDArray[np.uint8]


def placed(width_px: int, height_px: int) -> tuple[float, float, float]:
    """Scale, left and top by which a picture of this size lies whole in the frame."""
    scale = min(WIDTH_PX / width_px, HEIGHT_PX / height_px)
    return scale, (WIDTH_PX - width_px * scale) / 2, (HEIGHT_PX - height_px * scale) / 2


def frame_of(picture: Picture) -> Picture:
    """The picture (h, w, 3) whole in a frame (720, 1280, 3), on itself blurred."""
    height, width = picture.shape[:2]
    small = cv2.GaussianBlur(cv2.resize(picture, (WIDTH_PX // 8, HEIGHT_PX // 8), interpolation=cv2.INTER_AREA), (0, 0), BLUR_PX / 8)
    frame = np.asarray(cv2.resize(small, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_LINEAR), np.uint8)
    scale, left, top = placed(width, height)
    inner_width, inner_height = min(WIDTH_PX, round(width * scale)), min(HEIGHT_PX, round(height * scale))
    inner = cv2.resize(picture, (inner_width, inner_height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    x, y = min(round(left), WIDTH_PX - inner_width), min(round(top), HEIGHT_PX - inner_height)
    frame[y : y + inner_height, x : x + inner_width] = inner
    return frame


def shots(frames: Iterable[Picture], seed: int) -> Iterator[Picture]:
    """Each frame with its own noise and sway."""
    random = np.random.default_rng(seed)
    noise = random.normal(0, NOISE_LEVELS, (HEIGHT_PX + 2 * MARGIN, WIDTH_PX + 2 * MARGIN, 3)).astype(np.float32)
    for frame in frames:
        dx, dy = np.clip(random.normal(0, SWAY_PX, 2), -3 * SWAY_PX, 3 * SWAY_PX)
        shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        swayed = cv2.warpAffine(frame, shift, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        x, y = random.integers(0, 2 * MARGIN, 2)
        grain = noise[y : y + HEIGHT_PX, x : x + WIDTH_PX] * random.choice((-1, 1))
        yield np.clip(swayed.astype(np.float32) + grain, 0, 255).astype(np.uint8)


def write_shots(pictures: Iterator[Picture], path: Path) -> None:
    """Writes RGB pictures as an H.264 MP4, each a keyframe, one each two seconds."""
    unfinished = path.with_suffix(".part.mp4")
    with av.open(str(unfinished), "w") as container:
        options = {"preset": "veryfast", "crf": str(CRF), "x264-params": "keyint=1:scenecut=0", "threads": "1"}
        stream = container.add_stream("libx264", rate=Fraction(1, KEYFRAME_SECONDS), options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.codec_context.time_base = Fraction(KEYFRAME_SECONDS)
        for number, picture in enumerate(pictures):
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(KEYFRAME_SECONDS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    unfinished.replace(path)


def write_still(picture: Picture, path: Path, seed: int) -> None:
    """A camera that has nothing but this picture (h, w, 3) RGB before it, for a minute and a half."""
    write_shots(shots(repeat(frame_of(picture), SECONDS // KEYFRAME_SECONDS + 1), seed), path)
