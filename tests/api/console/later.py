"""Packets of one act as its worker makes them: the confirmation with clip and pictures, later looks with their own picture, the end with the empty place."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import cv2
import numpy as np

from evidence.packet import Phase
from tests.api.conftest import START, Packet

WIDTH, HEIGHT = 320, 180
Told = tuple[dict[str, Any], list[bytes]]
PLACES = {0: (0.10, 0.30, 0.30, 0.60), 3: (0.20, 0.35, 0.40, 0.65), 6: (0.30, 0.40, 0.50, 0.70), 36: (0.45, 0.45, 0.65, 0.75), 66: (0.55, 0.45, 0.75, 0.75)}
"""By the minute, where the thing stood when somebody looked: it was moved between looks."""
STAY = (0.25, 0.40, 0.55, 0.75)
"""The place of the stay, which is none of them."""


def painted(name: str) -> bytes:
    """A picture whose colour is its name's own."""
    colour = hashlib.sha256(name.encode()).digest()[:3]
    return cv2.imencode(".jpg", np.full((HEIGHT, WIDTH, 3), tuple(colour), np.uint8))[1].tobytes()


def told(packet: Packet, phase: Phase, minute: int, pictures: dict[str, float], ordinal: int = 0) -> Told:
    """A packet of the act at a minute; each picture with the minute that it shows. The clip goes with the confirmation only."""
    clip = packet.files[0]
    files = [*([clip] if phase is Phase.CONFIRMED else [])]
    files += [(role, f"{role}_{minute}.jpg", painted(f"{packet.camera} {role} {at}"), "image/jpeg") for role, at in pictures.items()]
    changes = {} if phase is Phase.CONFIRMED else {"overlay": []}
    part = packet.but(phase=phase, minutes=float(minute), ordinal=ordinal, xyxy=STAY, files=tuple(files), changes={**packet.changes, **changes})
    manifest = part.manifest()
    for file in manifest["files"]:
        if file["role"] in pictures:
            file["at_seconds"] = 60.0 * pictures[file["role"]]
    manifest["stay"]["confirmed_at"] = (START + timedelta(minutes=packet.first_minute + 6)).isoformat()
    manifest["stay"]["samples"] = [
        {**manifest["stay"]["samples"][0], "at": (START + timedelta(minutes=at)).isoformat(), "monotonic_seconds": 60.0 * at, "xyxy": list(box)}
        for at, box in PLACES.items()
        if at <= minute
    ]
    manifest["stay"]["looks"] = len(manifest["stay"]["samples"])
    return manifest, [data for _, _, data, _ in part.files]


def confirmed(packet: Packet) -> Told:
    """The middle picture lies between two looks."""
    return told(packet, Phase.CONFIRMED, 6, {"snapshot_first": 0, "snapshot_middle": 3.5, "snapshot_confirming": 6, "closeup": 6})


def continued(packet: Packet, minute: int, ordinal: int) -> Told:
    return told(packet, Phase.CONTINUED, minute, {"snapshot_confirming": 6, "snapshot_continued": minute, "closeup": minute}, ordinal)


def ended(packet: Packet, minute: int, gone: int) -> Told:
    """Its close-up is of the empty place, as its worker makes it."""
    manifest, files = told(packet, Phase.ENDED, minute, {"snapshot_confirming": 6, "snapshot_gone": gone, "closeup": gone})
    moment = (START + timedelta(minutes=gone)).isoformat()
    manifest["ending"] |= {"first_gone": moment, "sure_at": moment}
    return manifest, files


def sha256_of(packet: Packet, role: str, at: float) -> str:
    """Of a picture."""
    return hashlib.sha256(painted(f"{packet.camera} {role} {at}")).hexdigest()
