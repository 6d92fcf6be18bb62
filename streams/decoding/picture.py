"""Decoding keyframes that are due, and only those; the crop is cut and scaled straight from the YUV planes.

A 1080p keyframe costs 6 to 26 ms to decode, its crop 0.5 ms from the planes and 2.6 ms by way of a whole BGR picture (MEASURED.md), so
the planes are cut with numpy and one swscale call makes RGB at the model's size. A decoder context lives as long as one picture: opening one costs
0.1 ms, and nothing of a camera's stream can leak into the next. This runs in the calling process: what unknown cameras send is decoded by `DecoderPool`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import av
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from streams.decoding.opening import open_decoder, refusal
from streams.decoding.planes import cell_means, planar, rows_of
from streams.decoding.soundness import doubt, portrait_of
from streams.decoding.values import GREY, LUMA_SHAPE, WHOLE, Crop, Decoded, DecodedCrop, Letterbox
from streams.decoding.whole import beginning_of, decode_pictures, pictures_of
from streams.errors import DecodeError
from streams.media import AccessUnit, Codec


def decode_keyframe(unit: AccessUnit, crops: Sequence[Crop]) -> Decoded:
    """Decodes one keyframe, or a picture with its prelude, on the calling thread.

    Raises:
        DecodeError: it does not decode, or is gigantic.
    """
    pictures = pictures_of(unit)
    if len(pictures) > 1:
        frame, damage = decode_pictures(unit.codec, pictures, beginning_of(unit))
    else:
        frame, damage = decode_one(unit.codec, pictures[0].data)
        damage = ("gap", *damage) if unit.damaged else damage
    frame = planar(frame)
    portrait = portrait_of(frame)
    seen = doubt(portrait, None, None)
    return replace(cut_out(frame, crops, (*damage, seen) if seen else damage), whole=portrait[0])


def decode_one(codec: Codec, data: bytes, *, coarse: bool = False) -> tuple[VideoFrame, tuple[str, ...]]:
    """The picture of a keyframe (Annex B with its parameter sets) and the decoder's complaints; `coarse` as in `open_decoder`.

    Raises:
        DecodeError: it does not decode, or is gigantic.
    """
    context = open_decoder(codec, coarse=coarse)
    try:
        frames = [*context.decode(av.Packet(data)), *context.decode(None)]
    except FFmpegError as error:
        raise refusal(context, error) from error
    if not frames:
        raise DecodeError("the keyframe holds no picture")
    return frames[0], ("corrupt",) if frames[0].is_corrupt else ()


def cut_out(frame: VideoFrame, crops: Sequence[Crop], damage: tuple[str, ...] = (), reformatter: VideoReformatter | None = None) -> Decoded:
    """What was asked of a decoded yuv420p picture. A `reformatter` that is kept saves 0.2 ms a picture; it belongs to one thread."""
    reformatter = reformatter or VideoReformatter()
    made = tuple(_cut(frame, crop, reformatter) for crop in crops)
    return Decoded(frame.width, frame.height, made, _luma(frame, crops[0] if crops else WHOLE), damage)


def _planes(frame: VideoFrame, x0: int, y0: int, x1: int, y1: int) -> VideoFrame:
    """The rectangle (even pixels) of a yuv420p frame as a frame of its own; three plane copies, no colour conversion."""
    part = VideoFrame(x1 - x0, y1 - y0, "yuv420p")
    for index, shift in enumerate((0, 1, 1)):
        rows, into = rows_of(frame.planes[index]), rows_of(part.planes[index])
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
    rows = rows_of(frame.planes[0])[y0:y1, x0:x1]
    # Means over cells by every fourth row and column: within a grey level of the full mean on street pictures, a sixteenth of the work.
    step = 4 if min(rows.shape) >= 4 * LUMA_SHAPE[0] else 1
    return cell_means(rows[::step, ::step], LUMA_SHAPE)
