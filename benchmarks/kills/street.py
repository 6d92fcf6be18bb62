"""The cameras of `bench kills`: what the demo's clips show, cut so that an act begins and ends once in each round, and when each act stood there.

The coded pictures are the demo's own, reordered by whole groups of pictures: 42 s of the empty place, 78 s of what stands there. Two cameras half a round
apart (one H.264, one H.265) bring an act a minute. Nobody can hide in a restart: the place is empty for longer than a worker is away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import av
import yaml
from av.packet import Packet

from benchmarks.errors import BenchmarkError
from curbwatch.demo.cameras import MEDIA, SHIPPED_SCENE

GROUP_SECONDS = 2
"""Of the demo's clips: a keyframe every two seconds."""
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
    kind: str
    begins_seconds: float
    ends_seconds: float


CAMERAS = (
    ActCamera("cam1", "cam1_stall.mp4", "V2", 0.0, float(GROUP_SECONDS * STANDING_GROUPS)),
    ActCamera("cam2", "cam2_goods_out.mp4", "V3", ROUND_SECONDS / 2, ROUND_SECONDS / 2 + GROUP_SECONDS * STANDING_GROUPS),
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
        BenchmarkError: the demo's clip cannot be cut.
    """
    if target.is_file():
        return target
    groups = _groups(MEDIA / camera.clip)
    empty = list(islice(cycle(groups[0:3]), EMPTY_GROUPS))  # the first six seconds
    standing = list(islice(cycle(groups[4:]), STANDING_GROUPS))
    shift = round(camera.begins_seconds / GROUP_SECONDS)
    sequence = [*standing, *empty]
    sequence = sequence[-shift:] + sequence[:-shift] if shift else sequence
    draft = target.with_suffix(".draft.mp4")
    with av.open(str(MEDIA / camera.clip)) as source, av.open(str(draft), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        time_base = source.streams.video[0].time_base or Fraction(1, 90_000)
        group_ticks = round(GROUP_SECONDS / time_base)
        for place, group in enumerate(sequence):
            first = group[0][0]
            for pts, is_keyframe, data in group:
                packet = Packet(data)
                packet.pts = packet.dts = place * group_ticks + pts - first
                packet.time_base, packet.stream, packet.is_keyframe = time_base, stream, is_keyframe
                out.mux(packet)
    draft.replace(target)
    return target


def _groups(clip: Path) -> list[list[tuple[int, bool, bytes]]]:
    """A clip's groups of pictures: time in ticks, whether it is a keyframe, the coded picture."""
    groups: list[list[tuple[int, bool, bytes]]] = []
    with av.open(str(clip)) as source:
        for packet in source.demux(source.streams.video[0]):
            if packet.pts is None:
                continue
            if packet.is_keyframe:
                groups.append([])
            groups[-1].append((packet.pts, packet.is_keyframe, bytes(packet)))
    if len(groups) < EMPTY_GROUPS or any(len(group) != len(groups[0]) for group in groups):
        raise BenchmarkError(f"{clip}: is not the demo's clip of equal groups of pictures")
    return groups


def write_scene(cameras: Sequence[ActCamera], target: Path) -> Path:
    """The demo's scene of these cameras, with the dwell and the grace of this benchmark."""
    scene: dict[str, Any] = yaml.safe_load(SHIPPED_SCENE.read_text("utf-8"))
    ids = {camera.camera_id for camera in cameras}
    scene["kinds"] = {camera.kind: dict(KINDS) for camera in cameras}
    scene["views"] = [view for view in scene["views"] if view["camera_id"] in ids]
    target.write_text(yaml.safe_dump(scene, allow_unicode=True, sort_keys=False), "utf-8")
    return target
