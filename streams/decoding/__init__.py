"""From coded pictures to pixels: a keyframe's crop, at the size that a model wants, in a process that hostile bytes may crash."""

from streams.decoding.clipwork import ClipWork
from streams.decoding.picture import decode_keyframe
from streams.decoding.pool import DecoderPool, PoolCounts
from streams.decoding.stills import cut_still
from streams.decoding.values import GREY, LUMA_SHAPE, MAX_PIXELS, WHOLE, Crop, Decoded, DecodedCrop, Letterbox

__all__ = [
    "GREY",
    "LUMA_SHAPE",
    "MAX_PIXELS",
    "WHOLE",
    "ClipWork",
    "Crop",
    "Decoded",
    "DecodedCrop",
    "DecoderPool",
    "Letterbox",
    "PoolCounts",
    "cut_still",
    "decode_keyframe",
]
