"""Opening libavcodec's decoders, and what their errors say."""

from __future__ import annotations

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from streams.decoding.values import MAX_PIXELS
from streams.errors import DecodeError
from streams.media import Codec

STRICT = "crccheck+bitstream+buffer+explode"
LENIENT = "crccheck+bitstream+buffer"
"""For H.265 from a recovery point on: the pictures that are referred to are missing at first, and with `explode` libavcodec would never go on."""


def open_decoder(codec: Codec, err_detect: str = STRICT) -> VideoCodecContext:
    """A single-threaded decoder that is told to complain of what it sees, and to refuse gigantic pictures before it takes memory for them."""
    context = av.CodecContext.create(codec.value, "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    context.options = {"err_detect": err_detect, "max_pixels": str(MAX_PIXELS)}
    return context


def refusal(context: VideoCodecContext, error: FFmpegError) -> DecodeError:
    """What libavcodec's error says of the picture."""
    if context.width * context.height > MAX_PIXELS:
        return DecodeError(f"the picture claims {context.width}x{context.height} pixels, more than any street camera sends")
    return DecodeError(f"the keyframe does not decode ({error.strerror or 'invalid data'})")
