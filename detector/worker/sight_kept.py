"""What a view is recognised by, over restarts: its reference picture where the worker took it itself, what it looked like since, and where it lay last."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.errors import DetectorError
from detector.judgement.drift import Anchor, Gallery, Placement, Status
from detector.judgement.drift.landmarks import Block
from detector.scene.presets import drawing_of
from detector.worker.preset import Preset

QUALITY = 85
"""Of the JPEGs: 10 KB each; what a gauge is measured by changes by less than a twentieth of a pixel."""


class SightFault(DetectorError):
    """What was kept of a view's pictures is not what this version wrote."""


def sight_to_json(preset: Preset) -> dict[str, Any]:
    """A view's pictures and placement as JSON data; some 70 KB."""
    placement, gallery = preset.placement, preset.gallery
    reference = preset.drawn.reference
    return {
        "drawing": drawing_of(preset.drawn),
        "named": None if reference is None else reference.model_dump(mode="json"),
        "reference": None if gallery is None else _coded(gallery.luma),
        "blocks": [] if gallery is None else [[block.x, block.y] for block in gallery.reference.blocks],
        "anchors": [] if gallery is None else [[_coded(one.luma), list(one.homography)] for one in sorted(gallery.anchors, key=lambda one: one.at_seconds)],
        "status": (placement.before if placement.status is Status.UNSURE else placement.status).value,
        "homography": list(placement.homography),
        "shift": placement.shift, "roll_degrees": placement.roll_degrees, "zoom": placement.zoom, "agreement": placement.agreement,
    }  # fmt: skip


def take_up(preset: Preset, told: Mapping[str, Any], now_seconds: float) -> bool:
    """Gives a view what was kept of it; whether it was of the same drawing. What lay elsewhere is in doubt until it is measured anew.

    Raises:
        SightFault: it cannot be read.
    """
    reference = preset.drawn.reference
    named = None if reference is None else reference.model_dump(mode="json")
    try:
        if told["named"] != named or (named is None and told["drawing"] != drawing_of(preset.drawn)):
            return False
        if told["reference"] is None:
            return False
        gallery = Gallery.of(_decoded(told["reference"]), [Block(int(x), int(y)) for x, y in told["blocks"]])
        anchors = []
        for number, (picture, homography) in enumerate(told["anchors"]):
            anchors.append(Anchor.of(_decoded(picture), _nine(homography), now_seconds - len(told["anchors"]) + number))
        placement = Placement(
            Status(told["status"]), _nine(told["homography"]), None, shift=float(told["shift"]), roll_degrees=float(told["roll_degrees"]),
            zoom=float(told["zoom"]), agreement=float(told["agreement"]),
        ).doubted()  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise SightFault(f"what its pictures looked like cannot be read ({type(error).__name__}); it is learned anew") from error
    preset.gallery = Gallery(gallery.luma, gallery.reference, tuple(anchors))
    preset.placement, preset.is_recalled = placement, reference is not None
    preset.lay(placement.homography)
    return True


def _nine(values: Any) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values)
    if len(numbers) != 9 or not np.isfinite(numbers).all():
        raise ValueError("a homography has nine numbers")
    return numbers


def _coded(luma: NDArray[np.uint8]) -> str:
    written, data = cv2.imencode(".jpg", luma, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not written:
        raise SightFault("a picture cannot be coded")
    return base64.b64encode(data.tobytes()).decode()


def _decoded(text: str) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(text, validate=True), np.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise ValueError("no picture")
    return np.asarray(picture, np.uint8)
