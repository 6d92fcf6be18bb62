"""Prepared cases: real packets of the demo's clips, made by the real worker's code, and as many acts as are asked for derived from them.

A packet is made once per clip by `curbwatch replay`: an H.264 camera with a stall, an H.265 camera with goods outside, whose clips have an H.264 copy
for browsers. Each prepared case is such a packet of a camera of its own with its times moved, signed anew; its pictures and clips are the packet's. Every
second one has later packets too (`later.COURSES`): the act went on, ended, or went on after its end.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.review.later import COURSES, later_packets
from evidence.packet import Phase, act_id_of, packet_id_of
from evidence.signing import SigningKey

DEMO = Path(__file__).parents[2] / "curbwatch" / "demo"
SOURCES = {"h264": ("cam1", "cam1_stall.mp4"), "h265": ("cam2", "cam2_goods_out.mp4")}
SPACING = timedelta(seconds=37)
"""Between two acts, so that the queue is not of one moment."""


@dataclass(frozen=True, slots=True)
class Template:
    """A packet that other cases are derived from: its manifest as JSON data, and the folder with its files."""

    codec: str
    manifest: dict[str, Any]
    folder: Path


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case to be delivered: what is signed, and its files; then the manifests of the packets that follow, which name the same files."""

    codec: str
    manifest: dict[str, Any]
    files: tuple[Path, ...]
    later: tuple[dict[str, Any], ...] = ()


def templates(folder: Path) -> tuple[Template, ...]:
    """The packet of each source, made first where `folder` does not hold it.

    Raises:
        BenchmarkError: replaying the clip brought no packet.
    """
    return tuple(_template(codec, folder / codec) for codec in SOURCES)


def _template(codec: str, folder: Path) -> Template:
    camera, clip = SOURCES[codec]
    if not any(folder.glob("packets/*/manifest.json")):
        command = [sys.executable, "-m", "curbwatch", "replay", str(DEMO / "media" / clip)]
        command += ["--scene", str(DEMO / "scene.yaml"), "--camera", camera, "--evidence", str(folder), "--look-seconds", "4"]  # as the demo looks
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchmarkError(f"the clip {clip} could not be replayed: {done.stderr.strip()[-300:]}")
    found = next(folder.glob("packets/*/manifest.json"), None)
    if found is None:
        raise BenchmarkError(f"replaying {clip} confirmed nothing, so there is no packet in {folder / 'packets'}")
    document = json.loads(found.read_text("utf-8"))
    return Template(codec, document.get("manifest", document), found.parent)


def prepared(made: Sequence[Template], count: int, latest: datetime, key: SigningKey, worker: str, seed: int = 1) -> Iterator[Prepared]:
    """`count` cases in turns from the templates, the last of them confirmed at `latest`; the same for the same seed."""
    dice = random.Random(seed)
    for number in range(count):
        template = made[number % len(made)]
        moved = latest - SPACING * (count - 1 - number) - datetime.fromisoformat(template.manifest["stay"]["confirmed_at"])
        manifest = _moved(template.manifest, moved)
        camera = {"id": f"review-{number:04d}", "name": {"zh": f"路口 {number + 1}", "en": f"Crossing {number + 1}"}}
        manifest["camera"] = {**manifest["camera"], **camera}
        manifest["worker"]["name"] = worker
        if "key_id" in manifest["worker"]:
            manifest["worker"]["key_id"] = key.key_id
        for sample in manifest["stay"]["samples"]:
            if sample.get("score") is not None:
                sample["score"] = round(min(0.99, sample["score"] + dice.uniform(-0.05, 0.2)), 4)
        first_seen = datetime.fromisoformat(manifest["stay"]["first_seen"])
        manifest["act_id"] = act_id_of(camera["id"], manifest["view"]["id"], manifest["kind"]["id"], first_seen, str(number))  # type: ignore[arg-type]
        manifest["packet_id"] = packet_id_of(manifest["act_id"], Phase.CONFIRMED)
        later = tuple(later_packets(manifest, COURSES[number // len(made) % len(COURSES)]))
        yield Prepared(template.codec, manifest, tuple(template.folder / file["name"] for file in manifest["files"]), later)


def _moved(value: Any, by: timedelta) -> Any:
    """A copy in which every time with a zone lies later by as much."""
    if isinstance(value, dict):
        return {name: _moved(one, by) for name, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, by) for one in value]
    if isinstance(value, str) and len(value) >= 20 and value[4:5] == "-" and value[10:11] == "T":
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return (moment + by).isoformat() if moment.tzinfo else value
    return value
