"""The sum over a clip's coded pictures, twice: of what the camera sent, and of what lies in the file that was written. Only where both agree is it claimed.

A muxer may change what a camera sends: a NAL unit with a start code inside comes out as two (ITU-T H.264 7.4.1 forbids it, cameras do not always read that).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    try:
        written = coded_of_file(path)
    except PacketError as error:
        return None, f"the clip cannot be read again: {error}"
    came = 0
    for own in _stretches(clip, units):
        if len(own) == written.pictures and coded_sha256(clip.codec, (nal for unit in own for nal in unit.nals)) == written.sha256:
            return written.sha256, None
        came = max(came, len(own))
    if came != written.pictures:
        return None, f"of {came} pictures that came {written.pictures} are in the clip: the others cannot be decoded there"
    return None, "the clip's coded pictures are not those that came: putting them into the file has changed them"


def _stretches(clip: Clip, units: Sequence[AccessUnit]) -> Iterator[Sequence[AccessUnit]]:
    """What may have gone into the clip: from a picture that decoding can begin at to the clip's last. Pictures that came in one go have one time of arrival."""
    for first, unit in enumerate(units):
        if unit.codec is clip.codec and unit.arrival_seconds == clip.start_arrival_seconds and (unit.keyframe or unit.recovery):
            rest = [one for one in units[first:] if one.codec is clip.codec and one.arrival_seconds <= clip.end_arrival_seconds]
            yield rest
            if len(rest) > clip.pictures and rest[clip.pictures - 1].arrival_seconds == clip.end_arrival_seconds:
                yield rest[: clip.pictures]  # others came with the last one
