"""The sum over a clip's coded pictures, twice: of what the camera sent, and of what lies in the file that was written. Only where both agree is it claimed.

A muxer may change what a camera sends: a NAL unit with a start code inside comes out as two (ITU-T H.264 7.4.1 forbids it, cameras do not always read that).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from evidence.coded import CodedSum, coded_of_file
from evidence.errors import PacketError
from streams.clips import Clip
from streams.media import AccessUnit, Codec


def coded_sha256(codec: Codec, nals: Iterable[bytes]) -> str:
    """The sum (`evidence.coded`) over NAL units as they came."""
    total = CodedSum(codec.value)
    total.add(nals)
    return total.sha256


def coded_claim(clip: Clip, units: Sequence[AccessUnit], path: Path) -> tuple[str | None, str | None]:
    """The sum of what the camera sent of a clip, if the file at `path` holds the very same; else None and the reason.

    Raises:
        OSError: the file cannot be read.
    """
    own = [unit for unit in units if unit.codec is clip.codec and clip.start_arrival_seconds <= unit.arrival_seconds <= clip.end_arrival_seconds]
    if len(own) != clip.pictures:
        return None, f"of {len(own)} pictures that came {clip.pictures} are in the clip: the others cannot be decoded there"
    sent = coded_sha256(clip.codec, (nal for unit in own for nal in unit.nals))
    try:
        written = coded_of_file(path)
    except PacketError as error:
        return None, f"the clip cannot be read again: {error}"
    if written.sha256 != sent:
        return None, "the clip's coded pictures are not those that came: putting them into the file has changed them"
    return sent, None
