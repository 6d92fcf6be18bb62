"""The session description (RFC 4566) of a camera: which medium is H.264 or H.265, how to ask for it, its parameter sets."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from streams.errors import NoVideo, Unsupported
from streams.media import Codec, ParameterSets
from streams.rtsp.messages import shown

CODECS = {"H264": Codec.H264, "H265": Codec.H265, "HEVC": Codec.H265}
MAX_LINES = 2000
MAX_LINE_CHARS = 16 * 1024
MAX_MEDIA = 64
MAX_PAYLOAD_TYPES = 32
"""Of one medium; cameras offer one or two."""
MAX_AUDIO_TRACKS = 8
STATIC_NAMES = {0: "PCMU", 8: "PCMA", 14: "MPA", 26: "JPEG", 32: "MPV", 33: "MP2T"}
"""Payload types that need no name of their own (RFC 3551 6)."""


@dataclass(frozen=True, slots=True)
class VideoMedium:
    """The video track to set up.

    Attributes:
        control: its control attribute, relative or absolute, or empty.
        clock_rate: ticks a second, 90,000 for video.
        interleaved_pictures: NAL units come out of order (H.264's packetization-mode 2, H.265's decoding order numbers), which this reader does not take.
    """

    codec: Codec
    payload_type: int
    clock_rate: int
    control: str
    parameter_sets: ParameterSets
    interleaved_pictures: bool = False


@dataclass(frozen=True, slots=True)
class Description:
    """What the camera offers: its session-wide control attribute, its first video track that can be read, the names of its audio tracks' encodings."""

    control: str
    video: VideoMedium
    audio: tuple[str, ...] = ()


def parse_description(text: str) -> Description:
    """Reads an SDP body.

    Raises:
        Unsupported: it offers no H.264 or H.265 video; the message names what it offers. `NoVideo` where there is none of any kind.
    """
    session_control = ""
    media: list[tuple[str, list[str]]] = []
    for raw in text.splitlines()[:MAX_LINES]:
        line = raw[:MAX_LINE_CHARS].strip()
        if line.startswith("m="):
            if len(media) == MAX_MEDIA:
                break
            media.append((line[2:], []))
        elif media:
            media[-1][1].append(line)
        elif line.startswith("a=control:"):
            session_control = line[10:].strip()
    offered: list[str] = []
    audio: list[str] = []
    video: VideoMedium | None = None
    for heading, lines in media:
        words = heading.split()
        kind = words[0] if words else "?"
        for payload_type in _payload_types(words[3:]):
            name, rate = _encoding(lines, payload_type)
            offered.append(f"{kind}/{name or STATIC_NAMES.get(payload_type, payload_type)}")
            if kind == "audio":
                audio.append(shown(name or str(STATIC_NAMES.get(payload_type, payload_type)), 40))
            if video is None and kind == "video" and name.upper() in CODECS:
                video = _video(CODECS[name.upper()], payload_type, rate, lines)
    if video is not None:
        return Description(session_control, video, tuple(audio[:MAX_AUDIO_TRACKS]))
    names = ", ".join(shown(name, 40) for name in offered[:8])
    error = Unsupported if any(heading.startswith("video") for heading, _ in media) else NoVideo
    raise error(f"the camera offers no H.264 or H.265 video, only {names or 'nothing'}")


def _video(codec: Codec, payload_type: int, rate: int, lines: list[str]) -> VideoMedium:
    control = next((line[10:].strip() for line in lines if line.startswith("a=control:")), "")
    fmtp = _format(lines, payload_type)
    out_of_order = fmtp.get("packetization-mode") == "2" or fmtp.get("sprop-max-don-diff", "0") not in ("0", "")
    return VideoMedium(codec, payload_type, rate, control, _sets(codec, fmtp), out_of_order)


def _payload_types(words: list[str]) -> list[int]:
    numbers = [int(word) for word in words[:MAX_PAYLOAD_TYPES] if word.isascii() and word.isdigit() and len(word) < 4]
    return [number for number in dict.fromkeys(numbers) if number < 128]


def control_url(base: str, *controls: str) -> str:
    """The address of a track: absolute controls as they are, relative ones behind the whole base (RFC 2326 C.1.1); `*` is the base.

    Behind a base with a query the track is put behind the query, as FFmpeg and live555 do and most cameras expect; see `control_urls`.
    """
    url = base
    for control in controls:
        if control in ("", "*"):
            continue
        if control.lower().startswith(("rtsp://", "rtsps://")):
            url = control
        elif control.startswith("/"):
            url = "/".join(url.split("/", 3)[:3]) + control
        else:
            url = f"{url}{control}" if url.endswith("/") else f"{url}/{control}"
    return url


def control_urls(base: str, session: str, track: str) -> tuple[str, ...]:
    """The addresses to try for a track, in order; more than one where the base has a query.

    Servers differ: `…/1?channel=2/track1` (FFmpeg's and live555's reading, by far the most), `…/1/track1?channel=2` (some vendors), and
    `…/1/track1` (what RFC 3986 makes of it, and GStreamer's server). Which one it is shows only in a 404 to SETUP.
    """
    above = session if session.lower().startswith("rtsp") else ""
    first = control_url(base, above, track)
    whole = above or base
    path, mark, query = whole.partition("?")
    if not mark or track in ("", "*") or "://" in track or track.startswith("/"):
        return (first,)
    return tuple(dict.fromkeys((first, control_url(path, track) + "?" + query.rstrip("/"), control_url(path, track))))


def _encoding(lines: list[str], payload_type: int) -> tuple[str, int]:
    prefix = f"a=rtpmap:{payload_type} "
    for line in lines:
        if line.startswith(prefix):
            name, _, rate = line.partition(" ")[2].strip().partition("/")
            digits = rate.split("/")[0]
            return name, int(digits) if digits.isascii() and digits.isdigit() and 0 < len(digits) < 8 and int(digits) > 0 else 90_000
    return "", 90_000


def _format(lines: list[str], payload_type: int) -> dict[str, str]:
    prefix = f"a=fmtp:{payload_type} "
    for line in lines:
        if line.startswith(prefix):
            pairs = (part.strip().partition("=") for part in line.partition(" ")[2].split(";"))
            return {name.strip().lower(): value.strip() for name, _, value in pairs if name}
    return {}


def _sets(codec: Codec, fmtp: dict[str, str]) -> ParameterSets:
    sets = ParameterSets(codec)
    names = ("sprop-parameter-sets",) if codec is Codec.H264 else ("sprop-vps", "sprop-sps", "sprop-pps")
    for name in names:
        for text in fmtp.get(name, "").split(","):
            try:
                nal = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
            except (binascii.Error, ValueError):
                continue
            if len(nal) > 2:
                sets = sets.updated(nal)
    return sets
