"""The cameras of `bench kills`: what the demo's clips show, cut so that an act begins and ends once in each round, and when each act stood there.

The demo's pictures, small and ten a second so that making evidence of them costs little on a busy machine, in another order: 42 s of the empty place, 78 s of
what stands there. Two cameras half a round apart (one H.264, one H.265) bring an act a minute. Nobody can hide in a restart: the place is empty for longer
than a worker is away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import yaml
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from curbwatch.demo.cameras import MEDIA, SHIPPED_SCENE

GROUP_SECONDS = 2
EMPTY_UNTIL, STANDING_FROM = 3, 4
"""In groups of pictures of the demo's clips: what stands there comes after six seconds."""
RATE = 10
WIDTH_PX, HEIGHT_PX = 640, 360
KEYFRAMES = f"keyint={GROUP_SECONDS * RATE}:min-keyint={GROUP_SECONDS * RATE}:scenecut=0:bframes=0"
ENCODERS = {"h264": ("libx264", {"x264-params": KEYFRAMES}), "hevc": ("libx265", {"x265-params": f"{KEYFRAMES}:log-level=none"})}
EMPTY_GROUPS, STANDING_GROUPS = 21, 39
ROUND_SECONDS = float(GROUP_SECONDS * (EMPTY_GROUPS + STANDING_GROUPS))
KINDS = {"dwell_seconds": 20, "minimum_looks": 4, "grace_seconds": 8}
"""Of the scene: a stay is an act after 20 s, and over 8 s after it was last seen."""


@dataclass(frozen=True, slots=True)
class ActCamera:
    """A camera that brings acts.

    Attributes:
        clip: among the demo's.
        begins_seconds, ends_seconds: of each round, in which the thing stands there; the end may lie in the next round.
    """

    camera_id: str
    clip: str
    codec: str
    kind: str
    begins_seconds: float
    ends_seconds: float


CAMERAS = (
    ActCamera("cam1", "cam1_stall.mp4", "h264", "V2", 0.0, float(GROUP_SECONDS * STANDING_GROUPS)),
    ActCamera("cam2", "cam2_goods_out.mp4", "hevc", "V3", ROUND_SECONDS / 2, ROUND_SECONDS / 2 + GROUP_SECONDS * STANDING_GROUPS),
)


@dataclass(frozen=True, slots=True)
class TrueAct:
    """An act as it was played: seconds of this machine's monotonic clock."""

    camera_id: str
    kind: str
    begins: float
    ends: float


def acts_between(cameras: Sequence[ActCamera], origin: float, begins: float, ends: float) -> list[TrueAct]:
    """The acts that begin and end between two moments, where every camera's first round began at `origin`."""
    acts = []
    for camera in cameras:
        number = 0
        while (start := origin + number * ROUND_SECONDS + camera.begins_seconds) < ends:
            act = TrueAct(camera.camera_id, camera.kind, start, start + camera.ends_seconds - camera.begins_seconds)
            if act.begins >= begins and act.ends <= ends:
                acts.append(act)
            number += 1
        # What stands there when the first round begins has begun before anybody looked, and is none that must be found.
    return sorted(acts, key=lambda act: act.begins)


def write_clip(camera: ActCamera, target: Path) -> Path:
    """Writes a camera's round, unless it is there.

    Raises:
        BenchmarkError: the demo's clip cannot be read.
    """
    if target.is_file():
        return target
    groups = _groups(MEDIA / camera.clip)
    empty = list(islice(cycle(groups[:EMPTY_UNTIL]), EMPTY_GROUPS))
    standing = list(islice(cycle(groups[STANDING_FROM:]), STANDING_GROUPS))
    shift = round(camera.begins_seconds / GROUP_SECONDS)
    sequence = [*standing, *empty]
    sequence = sequence[-shift:] + sequence[:-shift] if shift else sequence
    draft = target.with_suffix(".draft.mp4")
    encoder, options = ENCODERS[camera.codec]
    with av.open(str(draft), "w") as out:
        stream = cast(VideoStream, out.add_stream(encoder, rate=RATE, options={"preset": "veryfast", **options}))
        stream.width, stream.height, stream.pix_fmt, stream.time_base = WIDTH_PX, HEIGHT_PX, "yuv420p", Fraction(1, RATE)
        for picture in (picture for group in sequence for picture in group):
            out.mux(stream.encode(VideoFrame.from_ndarray(picture, format="yuv420p")))
        out.mux(stream.encode(None))
    draft.replace(target)
    return target


def _groups(clip: Path) -> list[list[NDArray[np.uint8]]]:
    """A clip's pictures of each two seconds, small and fewer, as planes of YUV 4:2:0."""
    pictures: list[NDArray[np.uint8]] = []
    with av.open(str(clip)) as source:
        video = source.streams.video[0]
        video.thread_type = "AUTO"
        every = round(float(video.average_rate or RATE) / RATE * 2) / 2
        for number, frame in enumerate(source.decode(video)):
            if number >= len(pictures) * every:
                pictures.append(np.asarray(frame.reformat(WIDTH_PX, HEIGHT_PX, "yuv420p").to_ndarray(), np.uint8))
    size = GROUP_SECONDS * RATE
    groups = [pictures[place : place + size] for place in range(0, len(pictures) - size + 1, size)]
    if len(groups) <= STANDING_FROM:
        raise BenchmarkError(f"{clip}: is shorter than the demo's clips")
    return groups


def write_scene(cameras: Sequence[ActCamera], target: Path) -> Path:
    """The demo's scene of these cameras, with the dwell and the grace of this benchmark."""
    scene: dict[str, Any] = yaml.safe_load(SHIPPED_SCENE.read_text("utf-8"))
    ids = {camera.camera_id for camera in cameras}
    scene["kinds"] = {camera.kind: dict(KINDS) for camera in cameras}
    scene["views"] = [view for view in scene["views"] if view["camera_id"] in ids]
    target.write_text(yaml.safe_dump(scene, allow_unicode=True, sort_keys=False), "utf-8")
    return target
