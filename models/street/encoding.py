"""Rendered states as a clip, the way a pole camera's encoder would give it.

The lens's softness is added in 2D and noise is left out: a camera's encoder flattens it at these bit rates (150 to 250 kbit/s), and at a
keyframe every 2 s it would be most of the file (a minute of 1080p: 7.6 MB with noise of 1.6 grey levels at CRF 27, 1.1 MB without at CRF 44,
and the detector's scores do not tell the two apart).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FPS = 25
KEYFRAME_SECONDS = 2
SOFTNESS_PX = 0.6
"""Standard deviation of the lens's blur at 1080p."""
CRF = {"h264": "44", "hevc": "40"}


def through_encoder(picture: NDArray[np.uint8], crf: int) -> NDArray[np.uint8]:
    """What is left of a picture (h, w, 3) RGB, sides even, after a camera's H.264 encoder at a rate factor: blocks, ringing, washed colours."""
    import av

    height, width = picture.shape[:2]
    coder = av.CodecContext.create("libx264", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = width, height, "yuv420p", Fraction(1, FPS)
    coder.options = {"preset": "veryfast", "tune": "zerolatency", "crf": str(crf), "threads": "1"}
    reader = av.CodecContext.create("h264", "r")
    packets = [*coder.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")), *coder.encode(None)]
    frames = [frame for packet in packets for frame in reader.decode(packet)] + reader.decode(None)
    return np.asarray(frames[0].to_ndarray(format="rgb24"), np.uint8)


def encode(frames: list[NDArray[np.uint8]], target: Path, codec: str) -> None:
    """Writes one BGR state a second as a clip of 25 pictures a second, a keyframe every 2 s, no B-pictures."""
    import av
    import cv2

    height, width = frames[0].shape[:2]
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part.mp4")
    with av.open(str(unfinished), "w", options={"movflags": "faststart"}) as container:
        options: dict[str, str] = {"preset": "slow" if codec == "h264" else "medium", "bf": "0", "crf": CRF[codec]}
        interval = FPS * KEYFRAME_SECONDS
        if codec == "h264":
            options |= {"profile": "high", "x264-params": f"keyint={interval}:min-keyint={interval}:scenecut=0"}
            stream = container.add_stream("libx264", rate=FPS)
        else:
            options |= {"x265-params": f"keyint={interval}:min-keyint={interval}:scenecut=0:open-gop=0:log-level=error"}
            stream = container.add_stream("libx265", rate=FPS)
            stream.codec_context.codec_tag = "hvc1"
        stream.width, stream.height, stream.pix_fmt, stream.options = width, height, "yuv420p", {**options}
        stream.codec_context.time_base = Fraction(1, FPS)
        for second, frame in enumerate(frames):
            soft = np.asarray(cv2.GaussianBlur(frame, (0, 0), SOFTNESS_PX), np.uint8)
            picture = av.VideoFrame.from_ndarray(soft, format="bgr24")
            for k in range(FPS):
                picture.pts = second * FPS + k
                picture.time_base = Fraction(1, FPS)
                container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    unfinished.replace(target)


def encode_pictures(
    pictures: Iterable[NDArray[np.uint8]], target: Path, codec: str, width: int, height: int, rate: int, bit_rate: int, began: dt.datetime
) -> None:
    """Writes RGB pictures, `rate` a second, at a camera's bit rate, a keyframe every 2 s, no B-pictures; the container tells when its first was taken."""
    import av

    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part.mp4")
    interval = rate * KEYFRAME_SECONDS
    with av.open(str(unfinished), "w", options={"movflags": "faststart"}) as container:
        container.metadata["creation_time"] = began.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
        options: dict[str, str] = {"bf": "0", "maxrate": str(2 * bit_rate), "bufsize": str(3 * bit_rate)}
        if codec == "h264":
            options |= {"preset": "veryfast", "profile": "high", "x264-params": f"keyint={interval}:min-keyint={interval}:scenecut=0"}
            stream = container.add_stream("libx264", rate=rate)
        else:
            options |= {"preset": "ultrafast", "x265-params": f"keyint={interval}:min-keyint={interval}:scenecut=0:open-gop=0:log-level=error"}
            stream = container.add_stream("libx265", rate=rate)
            stream.codec_context.codec_tag = "hvc1"
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate, stream.options = width, height, "yuv420p", bit_rate, {**options}
        stream.codec_context.time_base = Fraction(1, rate)
        stream.codec_context.thread_count = 1
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    unfinished.replace(target)
