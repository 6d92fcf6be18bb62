"""Decoding keyframes that are due, and only those; the crop is cut and scaled straight from the YUV planes.

A 1080p keyframe costs 6 to 26 ms to decode, its crop 0.5 ms from the planes and 2.6 ms by way of a whole BGR picture (MEASURED.md), so
the planes are cut with numpy and one swscale call makes RGB at the model's size. A decoder context lives as long as one picture: opening one costs
0.1 ms, and nothing of a camera's stream can leak into the next. What goes in and out is plain data, so a pool of processes can serve later.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import av
import numpy as np
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from streams.errors import DecodeError
from streams.media import AccessUnit

MAX_PIXELS = 64_000_000
"""Beyond any street camera; a picture that claims more is broken or hostile."""
LUMA_SHAPE = (36, 64)
GREY = 114
"""The letterbox's grey, as YOLO models were trained with."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the picture (0..1) and the size it is wanted in; without a size, native resolution."""

    x0: float
    y0: float
    x1: float
    y1: float
    width_px: int | None = None
    height_px: int | None = None


WHOLE = Crop(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How pixels of a crop lie in the picture: picture = (crop - pad) / scale + origin."""

    scale: float
    pad_x: float
    pad_y: float
    origin_x: float
    origin_y: float

    def to_picture(self, xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
        """Boxes (n, 4) of the crop as boxes of the picture, in pixels."""
        pad = np.array([self.pad_x, self.pad_y] * 2, np.float32)
        origin = np.array([self.origin_x, self.origin_y] * 2, np.float32)
        return np.asarray((xyxy - pad) / np.float32(self.scale) + origin, np.float32)


@dataclass(frozen=True, slots=True)
class DecodedCrop:
    """A crop's pixels, RGB (h, w, 3) uint8, and how they lie in the picture."""

    pixels: NDArray[np.uint8]
    letterbox: Letterbox


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was asked of a keyframe.

    Attributes:
        width, height: of the whole picture, in pixels.
        crops: in the order they were asked for.
        luma: (36, 64) uint8 of the first crop's rectangle (the whole picture without crops), for the change gate.
        damage: what the decoder complained of; empty when sound.
    """

    width: int
    height: int
    crops: tuple[DecodedCrop, ...]
    luma: NDArray[np.uint8]
    damage: tuple[str, ...]


def decode_keyframe(unit: AccessUnit, crops: Sequence[Crop]) -> Decoded:
    """Decodes one keyframe on the calling thread.

    Raises:
        DecodeError: it does not decode, or is gigantic.
    """
    frame = _decode(unit)
    if frame.format.name == "gray":
        frame = _uncoloured(frame)
    elif frame.format.name not in ("yuv420p", "yuvj420p"):
        frame = frame.reformat(format="yuv420p", threads=1)
    reformatter = VideoReformatter()
    made = tuple(_cut(frame, crop, reformatter) for crop in crops)
    damage = ("corrupt",) if frame.is_corrupt else ()
    return Decoded(frame.width, frame.height, made, _luma(frame, crops[0] if crops else WHOLE), damage)


def _decode(unit: AccessUnit) -> VideoFrame:
    context = av.CodecContext.create(unit.codec.value, "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    context.options = {"err_detect": "crccheck+bitstream+buffer+explode", "max_pixels": str(MAX_PIXELS)}
    try:
        packet = av.Packet(unit.annexb(with_parameter_sets=True))
        frames = [*context.decode(packet), *context.decode(None)]
    except FFmpegError as error:
        if context.width * context.height > MAX_PIXELS:  # refused by the decoder before it takes memory for it
            raise DecodeError(f"the picture claims {context.width}x{context.height} pixels, more than any street camera sends") from error
        raise DecodeError(f"the keyframe does not decode ({error.strerror or 'invalid data'})") from error
    if not frames:
        raise DecodeError("the keyframe holds no picture")
    return frames[0]


def _rows(plane: VideoPlane) -> NDArray[np.uint8]:
    """A plane's memory as rows, writable where the frame is our own."""
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)


def _uncoloured(frame: VideoFrame) -> VideoFrame:
    """A frame without colour with neutral chroma; swscale would take its luma for full range."""
    whole = VideoFrame(frame.width, frame.height, "yuv420p")
    luma = _rows(frame.planes[0])
    _rows(whole.planes[0])[: frame.height, : frame.width] = luma[: frame.height, : frame.width]
    for plane in whole.planes[1:]:
        _rows(plane)[:] = 128
    whole.color_range, whole.colorspace = frame.color_range, frame.colorspace
    return whole


def _planes(frame: VideoFrame, x0: int, y0: int, x1: int, y1: int) -> VideoFrame:
    """The rectangle (even pixels) of a yuv420p frame as a frame of its own; three plane copies, no colour conversion."""
    part = VideoFrame(x1 - x0, y1 - y0, "yuv420p")
    for index, shift in enumerate((0, 1, 1)):
        rows, into = _rows(frame.planes[index]), _rows(part.planes[index])
        cut = rows[y0 >> shift : y1 >> shift, x0 >> shift : x1 >> shift]
        into[: cut.shape[0], : cut.shape[1]] = cut
    part.color_range, part.colorspace = frame.color_range, frame.colorspace
    return part


def _rectangle(frame: VideoFrame, crop: Crop) -> tuple[int, int, int, int]:
    """The crop in even pixels of the frame, at least 2x2."""
    x0 = min(int(max(0.0, crop.x0) * frame.width) & ~1, (frame.width - 2) & ~1)
    y0 = min(int(max(0.0, crop.y0) * frame.height) & ~1, (frame.height - 2) & ~1)
    x1 = min(frame.width & ~1, max(x0 + 2, (round(min(1.0, crop.x1) * frame.width) + 1) & ~1))
    y1 = min(frame.height & ~1, max(y0 + 2, (round(min(1.0, crop.y1) * frame.height) + 1) & ~1))
    return x0, y0, x1, y1


def _cut(frame: VideoFrame, crop: Crop, reformatter: VideoReformatter) -> DecodedCrop:
    x0, y0, x1, y1 = _rectangle(frame, crop)
    part = frame if (x0, y0, x1, y1) == (0, 0, frame.width, frame.height) else _planes(frame, x0, y0, x1, y1)
    width, height = x1 - x0, y1 - y0
    if crop.width_px is None or crop.height_px is None:
        pixels = reformatter.reformat(part, format="rgb24", threads=1).to_ndarray()
        return DecodedCrop(np.ascontiguousarray(pixels, np.uint8), Letterbox(1.0, 0.0, 0.0, float(x0), float(y0)))
    scale = min(crop.width_px / width, crop.height_px / height)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    how = Interpolation.AREA if scale < 0.5 else Interpolation.FAST_BILINEAR
    small = reformatter.reformat(part, new_width, new_height, "rgb24", interpolation=how, threads=1).to_ndarray()
    canvas = np.full((crop.height_px, crop.width_px, 3), GREY, np.uint8)
    pad_x, pad_y = (crop.width_px - new_width) // 2, (crop.height_px - new_height) // 2
    canvas[pad_y : pad_y + new_height, pad_x : pad_x + new_width] = small
    return DecodedCrop(canvas, Letterbox(scale, float(pad_x), float(pad_y), float(x0), float(y0)))


def _luma(frame: VideoFrame, crop: Crop) -> NDArray[np.uint8]:
    x0, y0, x1, y1 = _rectangle(frame, crop)
    rows = _rows(frame.planes[0])[y0:y1, x0:x1]
    height, width = LUMA_SHAPE
    ys = np.linspace(0, rows.shape[0], height + 1).astype(int)
    xs = np.linspace(0, rows.shape[1], width + 1).astype(int)
    # Means over cells by every fourth row and column: within a grey level of the full mean on street pictures, a sixteenth of the work.
    step = 4 if min(rows.shape) >= 4 * height else 1
    thin = rows[::step, ::step].astype(np.uint32)
    ys, xs = np.minimum(ys // step, thin.shape[0] - 1)[:-1], np.minimum(xs // step, thin.shape[1] - 1)[:-1]
    sums = np.add.reduceat(np.add.reduceat(thin, ys, axis=0), xs, axis=1)
    counts = np.outer(np.diff([*ys, thin.shape[0]]), np.diff([*xs, thin.shape[1]]))
    return np.asarray(sums // np.maximum(counts, 1), np.uint8)


class DecoderPool:
    """A few threads that decode for all cameras (libavcodec runs without Python's lock)."""

    def __init__(self, workers: int) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="decoder")

    def submit(self, camera_id: str, unit: AccessUnit, crops: Sequence[Crop]) -> Future[Decoded]:
        """Decodes on a pool thread; the future raises DecodeError naming the camera."""

        def work() -> Decoded:
            try:
                return decode_keyframe(unit, crops)
            except DecodeError as error:
                raise DecodeError(f"camera {camera_id}: {error}") from error

        return self._threads.submit(work)

    def close(self) -> None:
        """Lets what is being decoded finish and drops the rest."""
        self._threads.shutdown(wait=True, cancel_futures=True)
