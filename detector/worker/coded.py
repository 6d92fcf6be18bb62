"""A sum over coded pictures: that a clip holds, bit for bit, what the camera sent, whatever file it is put into."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from streams.clips import Clip
from streams.media import AccessUnit, Codec, nal_type

LAST_CODED = {Codec.H264: 5, Codec.H265: 31}
"""The highest type of a NAL unit that holds a coded picture (H.264 table 7-1: from 1; H.265 table 7-1: from 0)."""


def coded_sha256(codec: Codec, nals: Iterable[bytes]) -> str:
    """SHA-256 over the NAL units that hold coded pictures, in order: of each its length (four bytes, most significant first) and its bytes."""
    digest = hashlib.sha256()
    for nal in nals:
        if (codec is Codec.H265 or nal_type(codec, nal) > 0) and nal_type(codec, nal) <= LAST_CODED[codec]:
            digest.update(len(nal).to_bytes(4, "big") + nal)
    return digest.hexdigest()


def coded_sha256_of(clip: Clip, units: Sequence[AccessUnit]) -> str | None:
    """The sum of what the camera sent of a clip; None where pictures that cannot be decoded there were left out of it."""
    own = [unit for unit in units if unit.codec is clip.codec and clip.start_arrival_seconds <= unit.arrival_seconds <= clip.end_arrival_seconds]
    if len(own) != clip.pictures:
        return None
    return coded_sha256(clip.codec, (nal for unit in own for nal in unit.nals))
