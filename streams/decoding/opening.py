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


def open_decoder(codec: Codec, err_detect: str = STRICT, *, coarse: bool = False) -> VideoCodecContext:
    """A single-threaded decoder that is told to complain of what it sees, and to refuse gigantic pictures before it takes memory for them.

    Args:
        coarse: leaves out the loop filter, which smooths the edges of blocks: for a keyframe that is shrunk to less than half, 4 % of an H.264 one's time and
            6 % of an H.265 one's, for 0.2 and 0.6 grey levels on average (two 1080p clips, shrunk to 640x360). Compressed hard, blocks show even then: 0.5
            grey levels at quantiser 26, 1.4 at 36, 2.4 at 50 (H.264), so it is not asked for there (`values.COARSE_BITS`).
    """
    context = av.CodecContext.create(codec.value, "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    context.options = {"err_detect": err_detect, "max_pixels": str(MAX_PIXELS), **({"skip_loop_filter": "all"} if coarse else {})}
    return context


def refusal(context: VideoCodecContext, error: FFmpegError) -> DecodeError:
    """What libavcodec's error says of the picture."""
    if context.width * context.height > MAX_PIXELS:
        return DecodeError(f"the picture claims {context.width}x{context.height} pixels, more than any street camera sends")
    return DecodeError(f"the keyframe does not decode ({error.strerror or 'invalid data'})")
