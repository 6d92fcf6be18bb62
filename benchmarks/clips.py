"""The clips that benchmarks play: the drawn street, 1080p25, a keyframe every 2 s, encoded once and kept.

A keyframe costs 6 to 9 ms to decode if x264 `ultrafast` made it and 14 to 26 ms if `medium` did (MEASURED.md), so a clip's name says how it was made
and every result names its clip.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from benchmarks.errors import BenchmarkError
from benchmarks.street import HEIGHT_PX, WIDTH_PX, DrawnStreet

RATE = 25
KEYFRAME_EVERY = 2 * RATE
CLIP_SECONDS = 12


@dataclass(frozen=True, slots=True)
class ClipRecipe:
    """How a benchmark clip is made.

    Attributes:
        encoder: FFmpeg's name of it.
        kilobits: mean rate; peaks of one and a half times that are allowed, as cameras do.
        options: of the encoder.
    """

    name: str
    encoder: str
    kilobits: int
    options: tuple[tuple[str, str], ...]

    @property
    def description(self) -> str:
        """One line for reports."""
        codec = "H.264 High" if self.encoder == "libx264" else "H.265 Main"
        return f"drawn street, {WIDTH_PX}x{HEIGHT_PX} {RATE} fps, {codec}, preset medium, {self.kilobits / 1000:g} Mb/s, a keyframe every 2 s"


H264 = ClipRecipe(
    "street-h264-1080p25-medium-3000k",
    "libx264",
    3000,
    (("preset", "medium"), ("profile", "high"), ("x264-params", f"keyint={KEYFRAME_EVERY}:min-keyint={KEYFRAME_EVERY}:scenecut=0:open-gop=0:bframes=0")),
)
H265 = ClipRecipe(
    "street-h265-1080p25-medium-2000k",
    "libx265",
    2000,
    (("preset", "medium"), ("x265-params", f"log-level=none:keyint={KEYFRAME_EVERY}:min-keyint={KEYFRAME_EVERY}:scenecut=0:open-gop=0:bframes=0")),
)
RECIPES = {"h264": H264, "h265": H265}


def default_folder() -> Path:
    """Where clips are kept unless another folder is given: the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "curbwatch" / "benchmarks"


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip and what a result says of it.

    Attributes:
        rate: pictures a second.
        keyframe_seconds: mean distance of keyframes; no camera can be looked at more often.
        mbit: megabits a second of the video.
        subject: one line that names it.
    """

    path: Path
    rate: float
    keyframe_seconds: float
    mbit: float
    subject: str


def read_clip(path: Path, description: str | None = None) -> Clip:
    """Counts a clip's pictures, keyframes and bytes.

    Raises:
        BenchmarkError: it is no video, or holds no keyframe.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            sizes = [(packet.size, packet.is_keyframe) for packet in container.demux(stream) if packet.size]
            rate, codec = float(stream.average_rate or RATE), stream.codec_context
            shape = f"{codec.width}x{codec.height} {rate:g} fps, {codec.name}"
    except (OSError, FFmpegError, IndexError) as error:
        raise BenchmarkError(f"the clip {path} is not a video that can be read: give an MP4 of H.264 or H.265") from error
    keyframes = sum(keyframe for _, keyframe in sizes)
    if not keyframes:
        raise BenchmarkError(f"the clip {path} holds no keyframe: nothing could be looked at")
    seconds = len(sizes) / rate
    mbit = round(8 * sum(size for size, _ in sizes) / seconds / 1e6, 2)
    every = seconds / keyframes
    said = description or f"{shape}, a keyframe every {every:.1f} s"
    return Clip(path, rate, every, mbit, f"{path.stem}: {said}, really {mbit:g} Mb/s")


def ensure_clip(recipe: ClipRecipe, folder: Path, progress: Callable[[str], None], *, seconds: int = CLIP_SECONDS) -> Path:
    """The clip's path; made first where it is missing, which takes a minute or two.

    Raises:
        BenchmarkError: the folder cannot be written, or this FFmpeg lacks the encoder.
    """
    path = folder / f"{recipe.name}-{seconds}s.mp4"
    if path.is_file():
        return path
    partial = path.with_suffix(".part.mp4")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _encode(recipe, partial, seconds, progress)
        partial.replace(path)
    except (OSError, FFmpegError, ValueError) as error:
        raise BenchmarkError(f"the benchmark clip {path} cannot be made ({error}); give a writable folder with --clips") from error
    finally:
        with suppress(OSError):
            partial.unlink()
    return path


def _encode(recipe: ClipRecipe, path: Path, seconds: int, progress: Callable[[str], None]) -> None:
    street = DrawnStreet()
    with av.open(str(path), "w") as container:
        stream = container.add_stream(recipe.encoder, rate=RATE, options=dict(recipe.options))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.time_base = Fraction(1, RATE)
        context = stream.codec_context
        context.bit_rate = recipe.kilobits * 1000
        context.options = {**dict(recipe.options), "maxrate": f"{recipe.kilobits * 3 // 2}k", "bufsize": f"{recipe.kilobits * 2}k"}
        for number in range(seconds * RATE):
            if number % RATE == 0:
                progress(f"making {path.stem.removesuffix('.part')}: second {number // RATE + 1} of {seconds}")
            container.mux(stream.encode(VideoFrame.from_ndarray(street.picture(number / RATE), format="rgb24")))
        container.mux(stream.encode(None))
